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
        return found.ok_or_else(|| api.not_found_in_blocks(no_block(text)));
    }
    number(text, "height or hash").map(Height)
}

fn no_block(text: &str) -> String {
    format!("there is no final block {text:.64} (genesis, height 0, is GET /api/v1/genesis)")
}

fn missing(height: Height, text: &str) -> ApiError {
    ApiError::not_found_at(height.0, no_block(text))
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
        block.map(Json).ok_or_else(|| missing(height, &text))
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
        receipts.map(Json).ok_or_else(|| missing(height, &text))
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
        certificate.map(Json).ok_or_else(|| missing(height, &text))
    })
    .await
}
