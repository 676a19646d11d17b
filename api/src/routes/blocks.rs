//! Blocks, receipts, certificates.

use axum::Json;
use etm_types::api::block::{Block, BlockCertificate, BlockPage, BlockReceipts};
use etm_types::api::query::{BlocksQuery, PAGE_DEFAULT, PAGE_MAX};
use etm_types::{Height, MinerId};

use crate::error::{ApiError, ApiResult};
use crate::extract::{Path, Query, hash, limit, number};
use crate::state::{Api, Asked};

/// The height that a path names: a number or the hash of a block.
fn height(api: &Api, text: &str) -> Result<Height, ApiError> {
    if text.len() == 64 {
        let found = api.shared.history.find_block(&hash(text)?)?;
        let missing = format!("no final block with the hash {text}");
        return found.ok_or_else(|| api.not_found_in_blocks(missing));
    }
    number(text, "height or hash").map(Height)
}

fn missing(api: &Api, height: Height) -> ApiError {
    let newest = api.chain_height();
    let what = match height.0 {
        0 => "no block 0: that is genesis, which GET /api/v1/genesis gives".to_owned(),
        height if height > newest => format!("no final block {height}: the newest is {newest}"),
        height => format!("no block {height} is kept here"),
    };
    ApiError::not_found_at(height.0, what)
}

/// Blocks, newest first.
#[utoipa::path(get, path = "/blocks", tag = "blocks", params(BlocksQuery), responses((status = 200, body = BlockPage)))]
pub(crate) async fn list(
    Asked(api): Asked,
    Query(query): Query<BlocksQuery>,
) -> ApiResult<BlockPage> {
    let limit = limit(query.limit, PAGE_DEFAULT, PAGE_MAX)?;
    let producer = query.producer.map(MinerId);
    api.history(move |history| history.blocks(query.before_height.map(Height), producer, limit))
        .await
        .map(Json)
}

/// One block in full.
#[utoipa::path(get, path = "/blocks/{block}", tag = "blocks", params(("block" = String, Path, description = "height or hash")), responses((status = 200, body = Block)))]
pub(crate) async fn one(Asked(api): Asked, Path(text): Path<String>) -> ApiResult<Block> {
    api.blocking(move |api| {
        let history = &api.shared.history;
        let height = height(api, &text)?;
        let block = history.block(height, history.height()?)?;
        block.map(Json).ok_or_else(|| missing(api, height))
    })
    .await
}

/// All that happened in a block, in order.
#[utoipa::path(get, path = "/blocks/{block}/receipts", tag = "blocks", params(("block" = String, Path, description = "height or hash")), responses((status = 200, body = BlockReceipts)))]
pub(crate) async fn receipts(
    Asked(api): Asked,
    Path(text): Path<String>,
) -> ApiResult<BlockReceipts> {
    api.blocking(move |api| {
        let history = &api.shared.history;
        let height = height(api, &text)?;
        let receipts = history.receipts(height)?;
        receipts.map(Json).ok_or_else(|| missing(api, height))
    })
    .await
}

/// What makes a block final.
#[utoipa::path(get, path = "/blocks/{block}/certificate", tag = "blocks", params(("block" = String, Path, description = "height or hash")), responses((status = 200, body = BlockCertificate)))]
pub(crate) async fn certificate(
    Asked(api): Asked,
    Path(text): Path<String>,
) -> ApiResult<BlockCertificate> {
    api.blocking(move |api| {
        let height = height(api, &text)?;
        let certificate = api.block_certificate(height.0)?;
        certificate.map(Json).ok_or_else(|| missing(api, height))
    })
    .await
}
