//! Answers on their way: what clients have yet to take of large ones is bounded, and so is how long they may take.
//!
//! A client that asks for much and reads little keeps the answer in this node's memory, on each of its connections. What has not been
//! taken when its time is over goes with the connection, whether the client takes a little now and then or nothing at all.

#[cfg(test)]
mod tests;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_ENCODING;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use etm_types::api::error::ErrorCode;
use hyper::body::{Frame, SizeHint};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::delivery::accepts;
use crate::door::Line;
use crate::error::ApiError;
use crate::shares::{Full, Share, Shares, Whose};

/// Answers up to this size are not counted: as many of them as there may be connections are 128 MiB.
const SMALL_BYTES: u64 = 64 * 1024;
/// What is handed over at once.
const PIECE_BYTES: usize = 32 * 1024;
/// Everybody has this long, and a second more for each `BYTES_A_SECOND`.
const PATIENCE: Duration = Duration::from_secs(30);
const BYTES_A_SECOND: u64 = 32 * 1024;
/// Nobody has longer, however large the answer is, unless it is kept anyway.
const LONGEST: Duration = Duration::from_secs(300);

/// What compressing an answer takes while it is on its way.
const CODING_KIB: usize = 320;

/// Marks an answer that takes no memory of its own, as all who ask are given the same bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept;

/// Counts the answer of a route, if it is large.
pub(crate) async fn counted(
    State(room): State<Arc<Shares>>,
    request: Request,
    next: Next,
) -> Response {
    let line = request.extensions().get::<Arc<Line>>().cloned();
    let coded = accepts(request.headers(), "gzip");
    let response = next.run(request).await;
    count(&room, line.as_ref(), coded, response, Instant::now())
}

fn count(
    room: &Arc<Shares>,
    line: Option<&Arc<Line>>,
    coded: bool,
    response: Response,
    now: Instant,
) -> Response {
    // A stream has no size, and keeps nothing but what comes next.
    let Some(bytes) = response.body().size_hint().exact() else {
        return response;
    };
    let kept = response.extensions().get::<Kept>().is_some();
    let coded = coded && !response.headers().contains_key(CONTENT_ENCODING);
    if bytes <= SMALL_BYTES || (kept && !coded) {
        return response;
    }
    let whole = match kept {
        true => 0,
        false => usize::try_from(bytes.div_ceil(1024)).unwrap_or(usize::MAX),
    };
    let kib = whole.saturating_add(if coded { CODING_KIB } else { 0 });
    let whose = line.map_or(Whose::NOBODY, |line| line.whose());
    let place = match room.take(whose, kib) {
        Ok(place) => place,
        Err(full) => return refused(full).into_response(),
    };
    let patience = PATIENCE + Duration::from_secs(bytes / BYTES_A_SECOND);
    let deadline = now
        + if kept {
            patience
        } else {
            patience.min(LONGEST)
        };
    // Nobody asks a body for more while its client takes nothing.
    let end = line.map(|line| {
        let line = Arc::downgrade(line);
        let end = tokio::spawn(async move {
            tokio::time::sleep_until(deadline).await;
            if let Some(line) = line.upgrade() {
                line.close();
            }
        });
        end.abort_handle()
    });
    response.map(|body| {
        Body::new(Counted {
            body,
            rest: Bytes::new(),
            deadline,
            end,
            _place: place,
        })
    })
}

fn refused(full: Full) -> ApiError {
    let message = match full {
        Full::All(_) => {
            "as many large answers as there may be are on their way; try again".to_owned()
        }
        Full::Address(kib) => format!(
            "{} MiB of large answers are on their way to this address, which is as much as one may have; take those first",
            kib / 1024
        ),
    };
    ApiError::new(ErrorCode::TooManyRequests, message)
}

/// A large answer, handed over in pieces: what was handed over is no part of it any more.
struct Counted {
    body: Body,
    rest: Bytes,
    deadline: Instant,
    /// What closes the connection once the time is over.
    end: Option<AbortHandle>,
    _place: Share,
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(end) = &self.end {
            end.abort();
        }
    }
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
