//! Live events over SSE.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event as Frame, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use etm_types::api::error::ErrorCode;
use etm_types::api::event::Event;
use etm_types::api::query::EventsQuery;
use futures::stream;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast};

use crate::error::ApiError;
use crate::extract::Query;
use crate::state::Api;

/// Blocks that are sent again to a client that comes back.
const REPLAY_MAX: u64 = 1_000;
const KINDS: [&str; 4] = ["block", "round", "missed", "pending"];

struct Listener {
    api: Api,
    events: broadcast::Receiver<Arc<Event>>,
    /// Heights to be sent again before live events: the next, and the last.
    replay: std::ops::RangeInclusive<u64>,
    ready: VecDeque<Arc<Event>>,
    /// Highest block sent.
    sent: u64,
    kinds: Vec<String>,
    _permit: OwnedSemaphorePermit,
}

/// Live events: `block`, `round`, `missed`, `pending`. A client that reconnects with `Last-Event-ID` gets the blocks it missed, up to 1,000.
#[utoipa::path(get, path = "/events", tag = "events", params(EventsQuery), responses((status = 200, description = "A stream of Event objects", content_type = "text/event-stream", body = Event)))]
pub(crate) async fn stream(
    State(api): State<Api>,
    headers: HeaderMap,
    Query(query): Query<EventsQuery>,
) -> Result<Response, ApiError> {
    let kinds: Vec<String> = query
        .kinds
        .as_deref()
        .unwrap_or("")
        .split(',')
        .map(str::trim)
        .filter(|kind| !kind.is_empty())
        .map(str::to_owned)
        .collect();
    if let Some(unknown) = kinds.iter().find(|kind| !KINDS.contains(&kind.as_str())) {
        let message = format!(
            "{unknown:.20} is no kind of event; there are {}",
            KINDS.join(", ")
        );
        return Err(ApiError::new(ErrorCode::InvalidQuery, message));
    }
    let last = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok())
        .and_then(|id| id.parse().ok());
    let permit = Arc::clone(&api.shared.streams).try_acquire_owned();
    let permit = permit.map_err(|_| {
        ApiError::new(
            ErrorCode::TooManyRequests,
            "too many listen already; try again later",
        )
    })?;
    // Subscribe before looking at the height, so that no block falls in between.
    let events = api.shared.events.subscribe();
    let height = *api.shared.recorded.borrow();
    let after = last.or(query.after_height).unwrap_or(height);
    let from = after
        .saturating_add(1)
        .max((height + 1).saturating_sub(REPLAY_MAX));
    let listener = Listener {
        api,
        events,
        replay: from..=height,
        ready: VecDeque::new(),
        sent: 0,
        kinds,
        _permit: permit,
    };
    let frames = stream::unfold(listener, |mut listener| async {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(frame(&event)), listener))
    });
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(15));
    Ok(Sse::new(frames).keep_alive(keep_alive).into_response())
}

impl Listener {
    async fn next(&mut self) -> Option<Arc<Event>> {
        loop {
            let event = match self.ready.pop_front() {
                Some(event) => event,
                None if !self.replay.is_empty() => {
                    self.fetch().await;
                    continue;
                }
                None => match self.events.recv().await {
                    Ok(event) => event,
                    Err(RecvError::Lagged(events)) => Arc::new(Event::Lagged { events }),
                    Err(RecvError::Closed) => return None,
                },
            };
            let kind = match &*event {
                Event::Block { block, .. } if block.height <= self.sent => continue,
                Event::Block { block, .. } => {
                    self.sent = block.height;
                    "block"
                }
                Event::Round { .. } => "round",
                Event::Missed { .. } => "missed",
                Event::Pending { .. } => "pending",
                Event::Lagged { .. } => return Some(event),
            };
            if self.kinds.is_empty() || self.kinds.iter().any(|wanted| wanted == kind) {
                return Some(event);
            }
        }
    }

    /// Takes up the next block that is to be sent again.
    async fn fetch(&mut self) {
        let Some(height) = self.replay.next() else {
            return;
        };
        let found = self
            .api
            .history(move |history| history.finalized(height))
            .await;
        if let Ok(Some(recorded)) = found {
            let hash = recorded.block.hash();
            let block =
                self.api
                    .shared
                    .history
                    .show_block(&recorded.block, &recorded.receipts, hash);
            self.ready.push_back(Arc::new(Event::Block {
                block,
                finality_ms: None,
            }));
        }
    }
}

fn frame(event: &Event) -> Frame {
    let (name, id) = match event {
        Event::Block { block, .. } => ("block", Some(block.height)),
        Event::Round { .. } => ("round", None),
        Event::Missed { .. } => ("missed", None),
        Event::Pending { .. } => ("pending", None),
        Event::Lagged { .. } => ("lagged", None),
    };
    let frame = Frame::default().event(name);
    let frame = match id {
        Some(id) => frame.id(id.to_string()),
        None => frame,
    };
    match serde_json::to_string(event) {
        Ok(json) => frame.data(json),
        Err(error) => frame.comment(format!("an event could not be written: {error}")),
    }
}
