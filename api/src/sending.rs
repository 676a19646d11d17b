//! Answers on their way: what clients have yet to take of large ones is bounded, and so is how long they may take.
//!
//! A client that asks for much and reads little keeps the answer in this node's memory, on each of its connections.

#[cfg(test)]
mod tests;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use etm_types::api::error::ErrorCode;
use hyper::body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::error::ApiError;

/// Answers up to this size are not counted: as many of them as there may be connections are 128 MiB.
const SMALL_BYTES: u64 = 64 * 1024;
/// KiB of all larger answers that are on their way.
const MOST_KIB: usize = 256 * 1024;
/// What is handed over at once.
const PIECE_BYTES: usize = 32 * 1024;
/// Everybody has this long, and a second more for each `BYTES_A_SECOND`.
const PATIENCE: Duration = Duration::from_secs(30);
const BYTES_A_SECOND: u64 = 32 * 1024;

/// Room for answers on their way.
pub(crate) fn room() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(MOST_KIB))
}

/// Counts the answer of a route, if it is large.
pub(crate) async fn counted(
    State(room): State<Arc<Semaphore>>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    count(&room, response, Instant::now())
}

fn count(room: &Arc<Semaphore>, response: Response, now: Instant) -> Response {
    // A stream has no size, and keeps nothing but what comes next.
    let Some(bytes) = response.body().size_hint().exact() else {
        return response;
    };
    if bytes <= SMALL_BYTES {
        return response;
    }
    let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
    let Ok(place) = Arc::clone(room).try_acquire_many_owned(kib) else {
        let message = "as many large answers as there may be are on their way; try again";
        return ApiError::new(ErrorCode::TooManyRequests, message).into_response();
    };
    let deadline = now + PATIENCE + Duration::from_secs(bytes / BYTES_A_SECOND);
    response.map(|body| {
        Body::new(Counted {
            body,
            rest: Bytes::new(),
            deadline,
            _place: place,
        })
    })
}

/// A large answer, handed over in pieces: what was handed over is no part of it any more.
struct Counted {
    body: Body,
    rest: Bytes,
    deadline: Instant,
    _place: OwnedSemaphorePermit,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if Instant::now() > self.deadline {
            let slow = std::io::Error::other("the client takes its answer too slowly");
            return Poll::Ready(Some(Err(axum::Error::new(slow))));
        }
        if self.rest.is_empty() {
            match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(frame) => return Poll::Ready(Some(Ok(frame))),
                },
                other => return other,
            }
        }
        let length = self.rest.len().min(PIECE_BYTES);
        // A copy, as a part of the whole would keep all of it.
        let piece = Bytes::copy_from_slice(&self.rest.split_to(length));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = u64::try_from(self.rest.len()).unwrap_or(u64::MAX);
        match self.body.size_hint().exact() {
            Some(bytes) => SizeHint::with_exact(rest.saturating_add(bytes)),
            None => SizeHint::new(),
        }
    }
}
