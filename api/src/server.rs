//! Serving: bounds, headers and errors that hold for every route.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, CONTENT_LENGTH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use etm_types::api::error::ErrorCode;
use tokio::net::TcpListener;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use crate::delivery::{self, PREFIX};
use crate::door::Line;
use crate::error::ApiError;
use crate::extract::{MAX_BODY_BYTES, too_large};
use crate::listen;
use crate::routes::{self, Parts, ROUTES, Route};
use crate::sending;
use crate::shares::{Full, Whose};
use crate::state::Api;

/// How long a request may take; submissions that wait have [`SUBMIT_TIMEOUT`].
const TIMEOUT: Duration = Duration::from_secs(20);
const SUBMIT_TIMEOUT: Duration = Duration::from_secs(75);
/// How long a client may take to send a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// Exports of scenarios may take longer.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(120);

/// Up to which block the history was written when an answer was given, and up to which the chain was final: where they differ, what an
/// answer tells of the past may lack the last blocks.
const HISTORY_HEIGHT: HeaderName = HeaderName::from_static("etm-history-height");
const CHAIN_HEIGHT: HeaderName = HeaderName::from_static("etm-chain-height");

impl Api {
    /// All routes with their bounds, for a server of one's own.
    pub fn router(&self) -> Router {
        self.router_of(Parts::All)
    }

    fn router_of(&self, parts: Parts) -> Router {
        // Counted last but for their coding: what an answer is made of before is gone when it is sent.
        routes::router(parts)
            .layer(from_fn(delivery::headers))
            .layer(from_fn_with_state(
                Arc::clone(&self.shared.sending),
                sending::counted,
            ))
            .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
            .layer(from_fn_with_state(self.clone(), guard))
            .with_state(self.clone())
    }

    /// Serves on `listener` until `shutdown` is done; then requests in work are finished, streams of events are closed.
    ///
    /// # Errors
    /// If the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        self.serve_parts(listener, Parts::All, shutdown).await
    }

    /// Serves some of the routes on `listener`, as [`Api::serve`].
    ///
    /// # Errors
    /// If the listener fails.
    pub async fn serve_parts(
        self,
        listener: TcpListener,
        parts: Parts,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        // Who watches over the node hears no events.
        let announcing = (parts != Parts::Watching).then(|| tokio::spawn(self.clone().announce()));
        let door = Arc::clone(&self.shared.door);
        listen::serve(listener, self.router_of(parts), door, shutdown).await;
        if let Some(announcing) = announcing {
            announcing.abort();
        }
        Ok(())
    }
}

/// Bounds every request and gives every answer its headers and, if it is an error of the framework, its shape.
async fn guard(State(api): State<Api>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    // Anybody's page may read and submit what was signed elsewhere; there are no cookies and no credentials. The devnet's controls are
    // for the page of the node itself and for programs.
    let shared = path.starts_with(PREFIX) && !path.contains("/devnet/");
    let mut response = if shared && request.method() == Method::OPTIONS {
        let mut response = StatusCode::NO_CONTENT.into_response();
        let headers = response.headers_mut();
        headers.insert(
            ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET, POST"),
        );
        headers.insert(
            ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("content-type, last-event-id"),
        );
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
        response
    } else {
        answer(&api, &path, request, next).await
    };
    let class = usize::from(response.status().as_u16() / 100);
    if let Some(counter) = api.shared.answered.get(class) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
    let headers = response.headers_mut();
    if shared {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("etm-history-height, etm-chain-height"),
        );
        headers.insert(HISTORY_HEIGHT, api.recorded().0.into());
        headers.insert(CHAIN_HEIGHT, api.chain_height().into());
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

async fn answer(api: &Api, path: &str, request: Request, next: Next) -> Response {
    if let Some(refusal) = refusal(&request) {
        return refusal;
    }
    if path == "/healthz" {
        // Not counted among those in work: a node that has much to do is not dead.
        return next.run(request).await;
    }
    // A body that comes slowly keeps nobody else waiting: it is read before the request takes one of the places.
    let request = match whole(request).await {
        Ok(request) => request,
        Err(error) => return error.into_response(),
    };
    let waits = |query: &str| query.split('&').any(|part| part.starts_with("wait="));
    let shared = &api.shared;
    let (places, timeout) = match path.strip_prefix(PREFIX) {
        // Whoever watches the node hears of it also when all places are taken.
        None if matches!(path, "/readyz" | "/metrics") => (&shared.watching, TIMEOUT),
        Some("/transactions") if request.uri().query().is_some_and(waits) => {
            (&shared.waiting, SUBMIT_TIMEOUT)
        }
        Some("/transactions" | "/status" | "/mempool") => (&shared.quick, TIMEOUT),
        Some(path) if path.starts_with("/scenario/") => (&shared.bulk, EXPORT_TIMEOUT),
        Some(path) if path.starts_with("/chain/blocks/") || path.starts_with("/chain/snapshot") => {
            (&shared.bulk, TIMEOUT)
        }
        _ => (&shared.requests, TIMEOUT),
    };
    let line = request.extensions().get::<Arc<Line>>();
    let whose = line.map_or(Whose::NOBODY, |line| line.whose());
    let _place = match places.take(whose, 1) {
        Ok(place) => place,
        Err(full) => {
            let message = match full {
                _ if Arc::ptr_eq(places, &shared.waiting) => cannot_wait(full),
                Full::Address(_) => format!("requests in work: {full}"),
                Full::All(_) => "the node answers as many requests as it can; try again".to_owned(),
            };
            return ApiError::new(ErrorCode::TooManyRequests, message).into_response();
        }
    };
    // From here on the connection is not idle.
    let _work = line.map(Line::work);
    match tokio::time::timeout(timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let message = format!("the answer took longer than {} s", timeout.as_secs());
            ApiError::new(ErrorCode::Timeout, message).into_response()
        }
    }
}

/// Why a submission can't wait, and what can be done instead: nothing was submitted so far.
fn cannot_wait(full: Full) -> String {
    let (many, who) = match full {
        Full::All(most) => (most, "in all"),
        Full::Address(most) => (most, "of this address"),
    };
    format!(
        "{many} submissions {who} wait for their blocks, which is as many as may: submit it without wait, and ask for it by its hash (GET {PREFIX}/transactions/HASH)"
    )
}

/// Refuses methods that a route doesn't have and, where there are none at all, parameters.
fn refusal(request: &Request) -> Option<Response> {
    let path = request.extensions().get::<MatchedPath>()?;
    let route = ROUTES.get(path.as_str()).copied().unwrap_or(Route::PAGE);
    let takes_parameters = match *request.method() {
        Method::GET | Method::HEAD => route.get,
        Method::POST => route.post,
        _ => None,
    };
    match takes_parameters {
        None => {
            let takes = match (route.get, route.post) {
                (Some(_), Some(_)) => "GET, HEAD, POST",
                (None, Some(_)) => "POST",
                _ => "GET, HEAD",
            };
            let method = request.method().as_str();
            let message = format!("this route takes {takes}, not {method:.20}");
            let mut response = ApiError::new(ErrorCode::MethodNotAllowed, message).into_response();
            let headers = response.headers_mut();
            headers.insert(ALLOW, HeaderValue::from_static(takes));
            Some(response)
        }
        Some(false) if request.uri().query().is_some_and(|query| !query.is_empty()) => {
            let message = "this route takes no parameters";
            Some(ApiError::new(ErrorCode::InvalidQuery, message).into_response())
        }
        Some(_) => None,
    }
}

/// The request with its body in memory.
async fn whole(request: Request) -> Result<Request, ApiError> {
    let length = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > MAX_BODY_BYTES as u64) {
        return Err(too_large());
    }
    let (parts, body) = request.into_parts();
    let read = axum::body::to_bytes(body, MAX_BODY_BYTES);
    match tokio::time::timeout(BODY_TIMEOUT, read).await {
        Ok(Ok(bytes)) => Ok(Request::from_parts(parts, Body::from(bytes))),
        Ok(Err(error)) => {
            let long = std::error::Error::source(&error)
                .is_some_and(|source| source.is::<http_body_util::LengthLimitError>());
            if long {
                Err(too_large())
            } else {
                let message = "the body broke off or is not framed as HTTP wants it";
                Err(ApiError::new(ErrorCode::InvalidBody, message))
            }
        }
        Err(_) => {
            let message = format!("the body took longer than {} s", BODY_TIMEOUT.as_secs());
            Err(ApiError::new(ErrorCode::Timeout, message))
        }
    }
}
