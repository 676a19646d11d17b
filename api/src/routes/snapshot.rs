//! The state after the last block of a round, in pieces, for nodes that begin with it. Bytes; `etm_node::snapshot` makes and checks them.

use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use etm_types::Round;
use etm_types::api::error::ErrorCode;

use crate::backend::Given;
use crate::delivery::FOR_GOOD;
use crate::error::ApiError;
use crate::extract::Path;
use crate::state::Asked;

/// The last block of the newest round that has ended, with its certificate and the committees of that round and the next.
#[utoipa::path(get, path = "/chain/snapshot", tag = "chain", responses((status = 200, description = "The block of a snapshot, docs/snapshot.md", content_type = "application/octet-stream", body = Vec<u8>)))]
pub(crate) async fn head(Asked(api): Asked) -> Result<Response, ApiError> {
    let _turn = api.turn(&api.shared.blocks).await?;
    answer(api.shared.backend.snapshot().await?, "no-store")
}

/// The piece of the state after the last block of a round that begins with an operation of its log, with its proof.
#[utoipa::path(get, path = "/chain/snapshot/{round}/{operation}", tag = "chain", params(("round" = u64, Path), ("operation" = u64, Path)), responses((status = 200, description = "A piece of a state, docs/snapshot.md", content_type = "application/octet-stream", body = Vec<u8>)))]
pub(crate) async fn piece(
    Asked(api): Asked,
    Path((round, operation)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let (round, operation) = (number(&round).map(Round)?, number(&operation)?);
    let _turn = api.turn(&api.shared.blocks).await?;
    let given = api.shared.backend.snapshot_piece(round, operation).await?;
    answer(given, FOR_GOOD)
}

fn number(text: &str) -> Result<u64, ApiError> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain).ok_or_else(|| {
        ApiError::new(
            ErrorCode::InvalidPath,
            format!("`{text:.50}` is no number: a round, then an operation"),
        )
    })
}

fn answer(given: Given, cache: &'static str) -> Result<Response, ApiError> {
    let bytes = match given {
        Given::Bytes(bytes) => bytes,
        Given::Gone(reason) => return Err(ApiError::new(ErrorCode::Pruned, reason)),
        Given::Unknown(reason) => return Err(ApiError::not_found(reason)),
    };
    let mut response = Bytes::from(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    Ok(response)
}
