//! The chain for those who follow it: final blocks in ranges, as they are.

use axum::Json;
use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use etm_types::Height;
use etm_types::api::chain::ChainOffer;
use etm_types::api::error::ErrorCode;
use etm_types::api::{self};
use etm_types::range::{self, RangeWriter};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

use crate::backend::BackendError;
use crate::delivery::{self, FOR_GOOD};
use crate::error::{ApiError, ApiResult};
use crate::extract::Path;
use crate::state::{Api, Asked};

/// A range that takes longer to read ends with the blocks it has: whoever follows goes on from there.
const PATIENCE: Duration = Duration::from_secs(3);

/// What this node gives to those who follow it.
#[utoipa::path(get, path = "/chain", tag = "chain", responses((status = 200, body = ChainOffer)))]
pub(crate) async fn offer(Asked(api): Asked) -> ApiResult<ChainOffer> {
    Ok(Json(ChainOffer {
        chain: api.chain_ref(),
        genesis_hash: api::Hash::from(api.shared.history.chain().genesis_hash),
        height: api.chain_height(),
        range_version: range::VERSION,
        range_blocks: u32::try_from(range::MAX_BLOCKS).unwrap_or(u32::MAX),
    }))
}

/// Final blocks with what makes them final, in the binary form that docs/api.md describes: from the first height of `{first}-{last}`, up to the
/// last or fewer. A range that is whole never changes.
#[utoipa::path(get, path = "/chain/blocks/{range}", tag = "chain", params(("range" = String, Path, description = "first and last height: `65-128`")), responses((status = 200, description = "A range of blocks", content_type = "application/octet-stream", body = Vec<u8>)))]
pub(crate) async fn blocks(
    Asked(api): Asked,
    headers: HeaderMap,
    Path(text): Path<String>,
) -> Result<Response, ApiError> {
    let (first, last) = heights(&text)?;
    let tip = api.chain_height();
    if first > tip {
        let message = format!("block {first} is not final yet; the newest is {tip}");
        return Err(ApiError::not_found(message));
    }
    let (body, whole) = {
        // Reads go where consensus reads too: a few at a time.
        let _turn = api.turn(&api.shared.blocks).await?;
        read(&api, first, last, tip).await?
    };
    let tag = delivery::tag(&body);
    let mut response = if delivery::has(&headers, &tag) {
        delivery::unchanged(&tag)
    } else {
        body.into_response()
    };
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    let cache = if whole { FOR_GOOD } else { "no-store" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    Ok(response)
}

/// The heights that a path names.
fn heights(text: &str) -> Result<(u64, u64), ApiError> {
    let height = |text: &str| {
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u64>().ok().filter(|_| plain)
    };
    let parsed = text
        .split_once('-')
        .and_then(|(first, last)| Some((height(first)?, height(last)?)));
    match parsed {
        Some((first, last)) if 0 < first && first <= last => {
            if last - first < range::MAX_BLOCKS as u64 {
                return Ok((first, last));
            }
            let most = range::MAX_BLOCKS;
            Err(ApiError::new(
                ErrorCode::InvalidPath,
                format!(
                    "at most {most} blocks at a time: ask for {first}-{}",
                    first + most as u64 - 1
                ),
            ))
        }
        _ => Err(ApiError::new(
            ErrorCode::InvalidPath,
            format!("`{text:.50}` is no range of heights from 1 on, like 65-128"),
        )),
    }
}

/// The range, and whether the same question will always have this answer.
async fn read(api: &Api, first: u64, last: u64, tip: u64) -> Result<(Bytes, bool), ApiError> {
    let mut range = RangeWriter::new(api.genesis().chain().id, Height(first));
    let mut height = first;
    let until = Instant::now() + PATIENCE;
    while height <= last.min(tip) && range.takes_more() {
        let block = api.shared.backend.chain_block(Height(height));
        let block = if height == first {
            // Without one there is no answer; how long that is waited for is bounded as for any other.
            block.await
        } else {
            match timeout_at(until, block).await {
                Ok(block) => block,
                Err(_) => break,
            }
        };
        let block = match block {
            Ok(Some(block)) => block,
            // So far it is an answer.
            Ok(None) | Err(_) if height > first => break,
            Ok(None) => {
                let message = format!("this node no longer keeps block {height}");
                return Err(ApiError::new(ErrorCode::Pruned, message));
            }
            Err(BackendError::Unavailable(reason)) => {
                return Err(ApiError::new(ErrorCode::Unavailable, reason));
            }
            Err(BackendError::Failed(reason)) => return Err(ApiError::internal(&reason)),
        };
        // Nothing after it could be checked by whoever follows.
        let ends_round = api
            .genesis()
            .chain()
            .params
            .is_last_of_round(Height(height));
        if ends_round && block.certificate.is_empty() {
            if height > first {
                break;
            }
            let message = format!("this node has no certificate of block {height} yet");
            return Err(ApiError::new(ErrorCode::Unavailable, message));
        }
        if !range.push(&block.certificate, &block.block) {
            return Err(ApiError::internal(&"a block is longer than any may be"));
        }
        height += 1;
    }
    let whole = height > last || !range.takes_more();
    let bytes = range.finish();
    let bytes = bytes.ok_or_else(|| ApiError::internal(&"an empty range"))?;
    Ok((bytes.into(), whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_named_in_one_way() {
        assert_eq!(heights("1-1").unwrap(), (1, 1));
        assert_eq!(heights("65-320").unwrap(), (65, 320));
        for wrong in [
            "",
            "-",
            "1",
            "1-",
            "-1",
            "0-4",
            "2-1",
            "1-257",
            "+1-2",
            "1-2-3",
            "1 -2",
            "a-b",
            "1-99999999999999999999",
            "0x1-2",
        ] {
            assert!(heights(wrong).is_err(), "{wrong}");
        }
    }
}
