//! Serving: bounds, headers and errors that hold for every route.

use std::future::Future;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, ALLOW, CONTENT_LENGTH, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use etm_types::api::error::ErrorCode;
use tokio::net::TcpListener;

use crate::error::ApiError;
use crate::extract::{MAX_BODY_BYTES, too_large};
use crate::routes::{self, PREFIX};
use crate::state::Api;

/// How long a request may take; submissions that wait have [`SUBMIT_TIMEOUT`].
const TIMEOUT: Duration = Duration::from_secs(20);
const SUBMIT_TIMEOUT: Duration = Duration::from_secs(75);
/// Exports of scenarios may take longer.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(120);

impl Api {
    /// All routes with their bounds, for a server of one's own.
    pub fn router(&self) -> Router {
        routes::router()
            .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
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
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let graceful = async move {
            shutdown.await;
            // Tells the branch below, which gives open streams a moment and then ends them.
            let _ = stop.send(());
        };
        let server = axum::serve(listener, self.router()).with_graceful_shutdown(graceful);
        tokio::select! {
            result = async { server.await } => result,
            () = async {
                let _ = stopped.await;
                tokio::time::sleep(Duration::from_secs(2)).await;
            } => Ok(()),
        }
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
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

async fn answer(api: &Api, path: &str, request: Request, next: Next) -> Response {
    let length = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > MAX_BODY_BYTES as u64) {
        return too_large().into_response();
    }
    let Ok(_permit) = api.shared.requests.try_acquire() else {
        let message = "the node answers as many requests as it can; try again";
        return ApiError::new(ErrorCode::TooManyRequests, message).into_response();
    };
    let timeout = match path.strip_prefix(PREFIX) {
        Some("/transactions") => SUBMIT_TIMEOUT,
        Some(path) if path.starts_with("/scenario/") => EXPORT_TIMEOUT,
        _ => TIMEOUT,
    };
    let Ok(response) = tokio::time::timeout(timeout, next.run(request)).await else {
        let message = format!("the answer took longer than {} s", timeout.as_secs());
        return ApiError::new(ErrorCode::Timeout, message).into_response();
    };
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let allowed = response.headers().get(ALLOW).cloned();
        let names = allowed
            .as_ref()
            .and_then(|allowed| allowed.to_str().ok())
            .unwrap_or("another method");
        let message = format!("this route takes {names}");
        let mut response = ApiError::new(ErrorCode::MethodNotAllowed, message).into_response();
        if let Some(allowed) = allowed {
            response.headers_mut().insert(ALLOW, allowed);
        }
        return response;
    }
    response
}
