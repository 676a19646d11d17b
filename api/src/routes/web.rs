//! Static pages: the voting page, built into the program, and the viewer of the API's document.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::Extension;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LOCATION, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use etm_types::api::error::ErrorCode;

use crate::delivery::{PREFIX, accepts, has, tag, unchanged};
use crate::error::ApiError;
use crate::extract::Path;
use crate::sending::Kept;

/// A file of the voting page.
struct PageFile {
    path: &'static str,
    plain: &'static [u8],
    /// The same compressed, where that is worth it.
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

/// Files of the voting page; empty if it was not built.
const PAGE: &[PageFile] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// The tags of their contents, by path.
static TAGS: LazyLock<HashMap<&str, String>> = LazyLock::new(|| {
    PAGE.iter()
        .map(|file| (file.path, tag(file.plain)))
        .collect()
});

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
        Extension(Kept),
        bytes,
    )
        .into_response()
}

/// A file of the page, as the client can take it.
fn page_file(page: &PageFile, asked: &HeaderMap) -> Response {
    // The build puts a hash of the content into the names in this folder.
    let forever = page.path.starts_with("/assets/");
    let found = TAGS.get(page.path).map_or("", String::as_str);
    let mut response = if has(asked, found) {
        unchanged(found)
    } else {
        let (bytes, coding) = match (page.brotli, page.gzip) {
            (Some(bytes), _) if accepts(asked, "br") => (bytes, Some("br")),
            (_, Some(bytes)) if accepts(asked, "gzip") => (bytes, Some("gzip")),
            _ => (page.plain, None),
        };
        let mut response = file(page.path, bytes, forever);
        if let Some(coding) = coding {
            let headers = response.headers_mut();
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response
    };
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(found) {
        headers.insert(ETAG, tag);
    }
    response
}

/// The viewer of the API's document. The way there is relative: a node may stand behind a folder of another server.
pub(crate) async fn docs(uri: Uri) -> Response {
    let place = if uri.path().ends_with('/') {
        "index.html"
    } else {
        "docs/index.html"
    };
    (
        StatusCode::PERMANENT_REDIRECT,
        [(LOCATION, HeaderValue::from_static(place))],
    )
        .into_response()
}

/// A file of the viewer.
pub(crate) async fn docs_file(Path(name): Path<String>) -> Result<Response, ApiError> {
    let found = DOCS.iter().find(|(path, _)| *path == name);
    let found = found.map(|(path, text)| file(path, text.as_bytes(), false));
    found.ok_or_else(|| ApiError::new(ErrorCode::RouteNotFound, "there is no such file"))
}

/// Everything else: the voting page, its files, or an error.
pub(crate) async fn page(method: Method, uri: Uri, asked: HeaderMap) -> Result<Response, ApiError> {
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
    if let Some(found) = PAGE.iter().find(|file| file.path == path) {
        return Ok(page_file(found, &asked));
    }
    // The page's own routes stand behind a `#`: no other path is one, so that a probe of a mistyped one fails.
    if path != "/" {
        return Err(missing());
    }
    Ok(match PAGE.iter().find(|file| file.path == "/index.html") {
        Some(found) => page_file(found, &asked),
        None => file("index.html", WITHOUT_PAGE.as_bytes(), false),
    })
}
