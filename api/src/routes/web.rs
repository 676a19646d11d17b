//! Static pages: the voting page, built into the program, and the viewer of the API's document.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use etm_types::api::error::ErrorCode;

use super::PREFIX;
use crate::error::ApiError;
use crate::extract::Path;

/// Files of the voting page: path and bytes; empty if it was not built.
const PAGE: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// No third party, no inline script or style, no frame, no form.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const DOCS: &[(&str, &str)] = &[
    ("index.html", include_str!("../../assets/docs.html")),
    ("docs.css", include_str!("../../assets/docs.css")),
    ("docs.js", include_str!("../../assets/docs.js")),
];

const WITHOUT_PAGE: &str = include_str!("../../assets/without-page.html");

fn file(path: &str, bytes: &'static [u8], forever: bool) -> Response {
    let kind = match path.rsplit('.').next().unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    let cache = if forever {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    (
        [
            (CONTENT_TYPE, kind),
            (CACHE_CONTROL, cache),
            (CONTENT_SECURITY_POLICY, POLICY),
        ],
        bytes,
    )
        .into_response()
}

/// The viewer of the API's document.
pub(crate) async fn docs() -> Redirect {
    Redirect::permanent("/docs/index.html")
}

/// A file of the viewer.
pub(crate) async fn docs_file(Path(name): Path<String>) -> Result<Response, ApiError> {
    let found = DOCS.iter().find(|(path, _)| *path == name);
    let found = found.map(|(path, text)| file(path, text.as_bytes(), false));
    found.ok_or_else(|| ApiError::new(ErrorCode::RouteNotFound, "there is no such file"))
}

/// Everything else: files of the voting page, its own routes, or an error.
pub(crate) async fn page(method: Method, uri: Uri) -> Result<Response, ApiError> {
    let path = uri.path();
    let missing = || {
        ApiError::new(
            ErrorCode::RouteNotFound,
            format!("there is no route {path:.100}; see /docs"),
        )
    };
    if path == "/api" || path.starts_with("/api/") {
        return Err(ApiError {
            message: format!(
                "there is no route {path:.100}; routes begin with {PREFIX}, see /docs"
            ),
            ..missing()
        });
    }
    if method != Method::GET && method != Method::HEAD {
        return Err(missing());
    }
    if let Some((path, bytes)) = PAGE.iter().find(|(name, _)| *name == path) {
        // The build puts a hash of the content into the names in this folder.
        return Ok(file(path, bytes, path.starts_with("/assets/")));
    }
    let last = path.rsplit('/').next().unwrap_or("");
    let is_file = last.contains('.') && !path.starts_with("/miners/");
    if is_file {
        return Err(missing());
    }
    match PAGE.iter().find(|(name, _)| *name == "/index.html") {
        Some((path, bytes)) => Ok(file(path, bytes, false)),
        None if path == "/" => Ok(file("index.html", WITHOUT_PAGE.as_bytes(), false)),
        None => {
            let mut response = file("index.html", WITHOUT_PAGE.as_bytes(), false);
            *response.status_mut() = StatusCode::NOT_FOUND;
            Ok(response)
        }
    }
}
