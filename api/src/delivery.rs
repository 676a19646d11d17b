//! How answers travel: small, and not twice.
//!
//! Files of the page lie in the program compressed already and are sent as the client can take them. JSON is compressed on the way. What
//! is final bears the hash of its content as tag, so that who has it is told so instead of sent it again. It is asked for each time: the
//! chain behind an address can be another one tomorrow, and only the tag would tell.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use etm_types::Hash;
use http_body_util::BodyExt;

/// Where the versioned routes lie.
pub(crate) const PREFIX: &str = "/api/v1";

/// How long a client or a proxy may keep what never changes on any chain: a piece that is named by its hash, or by its chain and heights.
pub(crate) const FOR_GOOD: &str = "public, max-age=31536000, immutable";

/// Proxies that collect an answer before they pass it on would hold events back: this tells nginx and its kin not to.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Whether the client can take a coding, as it says in `accept-encoding`.
pub(crate) fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let values = headers.get_all(axum::http::header::ACCEPT_ENCODING);
    values
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| {
            let mut words = part.split(';').map(str::trim);
            let named = words
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case(coding));
            named && !words.any(|word| matches!(word, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
}

/// The tag of a content. Weak: the same content may come in another coding.
pub(crate) fn tag(bytes: &[u8]) -> String {
    let hash = Hash::of(&[b"etm/etag/v1", bytes]);
    format!("W/\"{}\"", etm_types::bytes::hex(&hash.0[..16]))
}

/// Whether the client has the content with this tag.
pub(crate) fn has(headers: &HeaderMap, tag: &str) -> bool {
    let plain = tag.trim_start_matches("W/");
    let values = headers.get_all(IF_NONE_MATCH).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.trim_start_matches("W/") == plain)
}

/// "You have it already."
pub(crate) fn unchanged(tag: &str) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// Whether what a route answers never changes on one chain once it is final.
fn is_final(path: &str) -> bool {
    let Some(path) = path.strip_prefix(PREFIX) else {
        return false;
    };
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    matches!(
        parts.as_slice(),
        ["genesis" | "parameters"]
            | ["blocks" | "rounds", _]
            | ["blocks", _, "receipts" | "certificate"]
            | ["rounds", _, "receipt" | "certificate" | "evidence"]
    )
}

/// Gives answers of the API their cache headers.
pub(crate) async fn headers(mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    // The tag of what `GET` would answer takes its content.
    let bare = request.method() == Method::HEAD && is_final(&path);
    if bare {
        *request.method_mut() = Method::GET;
    }
    let read = request.method() == Method::GET;
    let asked = request.headers().clone();
    let mut response = next.run(request).await;
    if !path.starts_with(PREFIX) {
        return response;
    }
    let streams = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    let headers = response.headers_mut();
    if streams {
        headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
        return response;
    }
    if !(read && is_final(&path) && response.status() == StatusCode::OK) {
        response
            .headers_mut()
            .entry(CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
        return response;
    }
    tagged(&asked, response).await.map(|body| match bare {
        true => Body::empty(),
        false => body,
    })
}

/// The answer with its tag, or that the client has it.
async fn tagged(asked: &HeaderMap, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = body.collect().await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let bytes: Bytes = body.to_bytes();
    let tag = tag(&bytes);
    let mut response = if has(asked, &tag) {
        unchanged(&tag)
    } else {
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            parts.headers.insert(ETAG, tag);
        }
        Response::from_parts(parts, Body::from(bytes))
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.append(VARY, HeaderValue::from_static("accept-encoding"));
    response
}
