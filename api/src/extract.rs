//! Inputs: decoded strictly, refused with the one error shape.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use etm_types::api::error::ErrorCode;
use etm_types::{Address, Hash};
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// Largest body of a request in bytes: a transaction has at most 1,024, twice that in hex.
pub(crate) const MAX_BODY_BYTES: usize = 16 * 1024;

/// Query parameters.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        query
            .map(|axum::extract::Query(query)| Self(query))
            .map_err(|error| ApiError::new(ErrorCode::InvalidQuery, error.body_text()))
    }
}

/// A body of JSON.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let kind = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or("");
        let kind = kind.split(';').next().unwrap_or("").trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            let message = "the body must be JSON, with the header content-type: application/json";
            return Err(ApiError::new(ErrorCode::UnsupportedMediaType, message));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|error| {
            if error.status().as_u16() == 413 {
                too_large()
            } else {
                ApiError::new(ErrorCode::InvalidBody, error.body_text())
            }
        })?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| ApiError::new(ErrorCode::InvalidBody, error.to_string()))
    }
}

/// The answer to a body above [`MAX_BODY_BYTES`].
pub(crate) fn too_large() -> ApiError {
    ApiError::new(
        ErrorCode::BodyTooLarge,
        format!("a body may have {MAX_BODY_BYTES} bytes at most"),
    )
}

/// An address of a path or query.
pub(crate) fn address(text: &str) -> Result<Address, ApiError> {
    text.parse().map_err(|error| {
        ApiError::new(
            ErrorCode::InvalidAddress,
            format!("{text:.64} is no address: {error}"),
        )
    })
}

/// A hash of a path.
pub(crate) fn hash(text: &str) -> Result<Hash, ApiError> {
    let parsed = text.parse::<etm_types::api::Hash>();
    let parsed = parsed
        .map_err(|error| ApiError::new(ErrorCode::InvalidPath, format!("not a hash: {error}")));
    parsed.map(|hash| Hash(hash.0))
}

/// A number of a path.
pub(crate) fn number(text: &str, what: &str) -> Result<u64, ApiError> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parsed = text.parse().ok().filter(|_| digits);
    parsed.ok_or_else(|| {
        ApiError::new(
            ErrorCode::InvalidPath,
            format!("{text:.64} is no {what}: a whole number was expected"),
        )
    })
}

/// A page's length: what was asked for, within 1 ..= `max`.
pub(crate) fn limit(asked: Option<u32>, default: u32, max: u32) -> Result<u32, ApiError> {
    match asked {
        None => Ok(default),
        Some(limit) if (1..=max).contains(&limit) => Ok(limit),
        Some(limit) => Err(ApiError::new(
            ErrorCode::InvalidQuery,
            format!("limit must be 1 to {max}, it is {limit}"),
        )),
    }
}
