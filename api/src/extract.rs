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

/// A part of the path.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(path)| Self(path))
            .map_err(|error| {
                // All that can be wrong with a text is its percent-encoding.
                let message = format!("the path can't be read: {}", error.body_text());
                ApiError::new(ErrorCode::InvalidPath, message)
            })
    }
}

/// Query parameters.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        query
            .map(|axum::extract::Query(query)| Self(query))
            .map_err(|error| ApiError::new(ErrorCode::InvalidQuery, explained(&error.body_text())))
    }
}

/// What the framework says about a query, in words that say what would be right.
fn explained(text: &str) -> String {
    let text = text
        .strip_prefix("Failed to deserialize query string: ")
        .unwrap_or(text);
    if let Some(name) = text
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'))
    {
        return format!("{name} is needed");
    }
    if let Some(name) = text
        .strip_prefix("duplicate field `")
        .and_then(|rest| rest.strip_suffix('`'))
    {
        return format!("{name} may be given once only");
    }
    for reason in [
        "invalid digit found in string",
        "cannot parse integer from empty string",
    ] {
        if let Some(name) = text.strip_suffix(reason) {
            return format!("{name}a whole number without sign was expected");
        }
    }
    if let Some(name) = text.strip_suffix("number too large to fit in target type") {
        return format!("{name}the number is too large");
    }
    text.to_owned()
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
        // A struct may be read from an array, too; here only an object is meant.
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        if first != Some(&b'{') {
            let message = "the body must be a JSON object";
            return Err(ApiError::new(ErrorCode::InvalidBody, message));
        }
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
    within("limit", asked, default, max)
}

/// A number of a query: what was asked for, within 1 ..= `max`.
pub(crate) fn within(
    name: &str,
    asked: Option<u32>,
    default: u32,
    max: u32,
) -> Result<u32, ApiError> {
    match asked {
        None => Ok(default),
        Some(asked) if (1..=max).contains(&asked) => Ok(asked),
        Some(asked) => Err(ApiError::new(
            ErrorCode::InvalidQuery,
            format!("{name} must be 1 to {max}, it is {asked}"),
        )),
    }
}
