//! Connections: who is let in, and how long each may keep the node waiting.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{Request, StatusCode};
use axum::response::IntoResponse as _;
use etm_types::api::error::ErrorCode;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;

use crate::door::{Door, Line};
use crate::shares::Full;

/// How long a connection may be idle, or take until the head of its request is there.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client may take no byte of what is sent to it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes that the head of a request may have.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// How long requests in work are waited for at the end.
const GRACE: Duration = Duration::from_secs(2);

/// Connections that the system keeps until they are let in, or as many as it is willing to. With the usual 128 it breaks some of a few
/// hundred that come at once.
const BACKLOG: i32 = 1_024;

/// How long a listener that fails is left alone.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `shutdown` is done; then finishes what is in work, for a moment, and closes all connections.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    door: Arc<Door>,
    shutdown: impl Future<Output = ()>,
) {
    if let Err(error) = SockRef::from(&listener).listen(BACKLOG) {
        tracing::debug!(%error, "the backlog stays what it was");
    }
    let connections = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let (stream, line) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &door) => accepted,
        };
        // Events are small and wanted at once.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(WRITE_TIMEOUT));
        let service = TowerToHyperService::new(router.clone());
        let of_request = Arc::clone(&line);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(
                TokioIo::new(Box::pin(stream)),
                service_fn(move |mut request: Request<Incoming>| {
                    request.extensions_mut().insert(Arc::clone(&of_request));
                    let answer =
                        (head_bytes(&request) <= MAX_HEAD_BYTES).then(|| service.call(request));
                    async move {
                        match answer {
                            Some(answer) => answer.await as Result<_, Infallible>,
                            None => Ok(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response()),
                        }
                    }
                }),
            );
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            tokio::select! {
                result = connection => {
                    if let Err(error) = result {
                        tracing::trace!(%error, "a connection broke");
                    }
                }
                () = line.closed() => tracing::trace!("an idle connection was closed to make room"),
            }
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, connections.shutdown()).await;
}

/// The bytes of a request's head, nearly: what was read at once may be more than fits the buffer.
fn head_bytes(request: &Request<Incoming>) -> usize {
    let fields = request.headers().iter();
    let fields = fields.map(|(name, value)| name.as_str().len() + value.len());
    let target = request.uri().path_and_query();
    target.map_or(0, |target| target.as_str().len()) + fields.sum::<usize>()
}

/// The next connection that is let in.
async fn accept(listener: &TcpListener, door: &Arc<Door>) -> (TcpStream, Arc<Line>) {
    let mut failing = false;
    loop {
        door.settled().await;
        match listener.accept().await {
            Ok((stream, address)) => {
                failing = false;
                match door.enter(address.ip()) {
                    Ok(line) => return (stream, line),
                    Err(full) => refuse(&stream, full),
                }
            }
            Err(error) => {
                // Mostly too many open files. Said once, however long it lasts.
                if !failing {
                    tracing::warn!(%error, "connections can't be accepted");
                    failing = true;
                }
                door.close_idle();
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Says why and hangs up. Nobody waits for a client that doesn't listen.
fn refuse(stream: &TcpStream, full: Full) {
    let code = ErrorCode::TooManyRequests;
    let body = serde_json::to_string(&code.body(format!("connections: {full}")));
    let body = body.unwrap_or_default();
    let answer = format!(
        "HTTP/1.1 {} Too Many Requests\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        code.status(),
        body.len(),
    );
    let sent = stream.try_write(answer.as_bytes());
    tracing::debug!(?sent, %full, "a connection was refused");
}
