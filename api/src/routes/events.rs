//! Live events over SSE.

use etm_types::Height;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::http::HeaderMap;
use axum::response::sse::{Event as Frame, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use etm_mempool::PooledTransaction;
use etm_types::api::error::ErrorCode;
use etm_types::api::event::Event;
use etm_types::api::query::EventsQuery;
use futures::stream;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::door::{Line, Work};
use crate::error::ApiError;
use crate::extract::Query;
use crate::shares::Share;
use crate::state::{Api, Asked, Happening};

/// Blocks that are sent again to a client that comes back.
const REPLAY_MAX: u64 = 1_000;
const KINDS: [&str; 4] = ["block", "round", "missed", "pending"];

struct Listener {
    api: Api,
    events: broadcast::Receiver<Arc<Happening>>,
    /// What enters the pool, if that is wanted.
    pending: Option<broadcast::Receiver<(Arc<PooledTransaction>, bool)>>,
    /// Heights to be sent again before live events: the next, and the last.
    replay: std::ops::RangeInclusive<u64>,
    ready: VecDeque<Frame>,
    /// Highest block whose events were taken up.
    taken: u64,
    kinds: Vec<String>,
    _place: Share,
    _work: Option<Work>,
}

/// Live events: `block`, `round`, `missed`, `pending` (every transaction that enters this node's pool, whoever brought it). The id of the last event of a block is its height: a client that reconnects with
/// `Last-Event-ID` gets all events of the blocks it missed, up to 1,000 blocks, and `lagged` before them if there were more.
#[utoipa::path(get, path = "/events", tag = "events", params(EventsQuery), responses((status = 200, description = "A stream of Event objects", content_type = "text/event-stream", body = Event)))]
pub(crate) async fn stream(
    Asked(api): Asked,
    line: Option<Extension<Arc<Line>>>,
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
    let last = headers.get("last-event-id").map(|id| {
        let id = id.to_str().ok().and_then(|id| id.parse::<u64>().ok());
        id.ok_or_else(|| {
            let message = "last-event-id must be the id of an event: the height of a block";
            ApiError::new(ErrorCode::InvalidQuery, message)
        })
    });
    let last = last.transpose()?;
    let place = api.place(&api.shared.streams).map_err(|full| {
        ApiError::new(ErrorCode::TooManyRequests, format!("event streams: {full}"))
    })?;
    let work = line.map(|Extension(line)| line.work());
    // Subscribe before looking at the height, so that no block falls in between.
    let events = api.shared.events.subscribe();
    let wants_pending = kinds.is_empty() || kinds.iter().any(|kind| kind == "pending");
    let pending = wants_pending.then(|| api.shared.backend.pool_events());
    let height = api.recorded();
    let after = last.or(query.after_height).unwrap_or(height.0);
    let wanted = after.saturating_add(1);
    let from = wanted.max(height.next().saturating_sub(REPLAY_MAX).0);
    let mut ready = VecDeque::new();
    if from > wanted {
        let events = from - wanted;
        ready.push_back(frame(&Event::Lagged { events }, None));
    }
    let listener = Listener {
        api,
        events,
        pending,
        replay: from..=height.0,
        ready,
        taken: 0,
        kinds,
        _place: place,
        _work: work,
    };
    let frames = stream::unfold(listener, |mut listener| async {
        let frame = listener.next().await?;
        Some((Ok::<_, Infallible>(frame), listener))
    });
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(15));
    Ok(Sse::new(frames).keep_alive(keep_alive).into_response())
}

impl Listener {
    async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(frame);
            }
            if let Some(height) = self.replay.next() {
                // Without a block of the past the stream would have a gap: it ends, and the client comes again.
                let happening = self.api.past(height).await?;
                self.take(&happening);
                continue;
            }
            // A transaction comes before the block that holds it.
            tokio::select! {
                biased;
                entered = entered(&mut self.pending) => match entered {
                    Ok((pooled, held)) => {
                        let history = &self.api.shared.history;
                        let transaction = history.show_pending(pooled.transaction(), held);
                        return Some(frame(&Event::Pending { transaction }, None));
                    }
                    Err(RecvError::Lagged(events)) => {
                        return Some(frame(&Event::Lagged { events }, None));
                    }
                    // The node is ending; the blocks it has made still come.
                    Err(RecvError::Closed) => self.pending = None,
                },
                happening = self.events.recv() => match happening {
                    Ok(happening) => self.take(&happening),
                    Err(RecvError::Lagged(events)) => {
                        return Some(frame(&Event::Lagged { events }, None));
                    }
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }

    /// Makes what the client wants of a happening ready to be sent. The last event of a block bears its height as id, so that a client
    /// that comes again after any part of them gets all of them again.
    fn take(&mut self, happening: &Happening) {
        if happening.height <= self.taken {
            return;
        }
        self.taken = happening.height;
        let wanted = |event: &&Event| {
            self.kinds.is_empty()
                || matches!(event, Event::Lagged { .. })
                || self.kinds.iter().any(|wanted| wanted == kind(event))
        };
        let mut events = happening.events.iter().filter(wanted).peekable();
        while let Some(event) = events.next() {
            let id = events.peek().is_none().then_some(happening.height);
            self.ready.push_back(frame(event, id));
        }
    }
}

impl Api {
    /// The events of a block that is in the history.
    async fn past(&self, height: u64) -> Option<Happening> {
        let read = self.blocking(move |api| {
            let history = &api.shared.history;
            let Some(recorded) = history.finalized(Height(height))? else {
                return Ok(None);
            };
            let hash = recorded.block.hash();
            let block = history.show_block(&recorded.block, &recorded.receipts, hash);
            let finality = recorded
                .finalized_ms
                .map(|at| at.saturating_sub(block.timestamp_ms));
            Ok(Some(api.happening(block, finality)?))
        });
        read.await.ok().flatten()
    }

    /// Tells those who listen of blocks once they are in the history. Ends with the node.
    pub(crate) async fn announce(self) {
        let mut recorded = self.shared.recorded.clone();
        let mut told = recorded.borrow_and_update().0;
        while recorded.changed().await.is_ok() {
            let height = *recorded.borrow_and_update();
            self.announce_blocks(&mut told, height.0).await;
        }
    }

    /// Tells of the blocks after `told` up to `height`. A history that is begun anew comes by heights that were told already.
    async fn announce_blocks(&self, told: &mut u64, height: u64) {
        let first = (*told + 1).max((height + 1).saturating_sub(REPLAY_MAX));
        if self.shared.events.receiver_count() == 0 {
            *told = height.max(*told);
            return;
        }
        if first > *told + 1 {
            let events = first - *told - 1;
            *told = first - 1;
            self.publish(Happening {
                height: *told,
                events: vec![Event::Lagged { events }],
            });
        }
        for next in first..=height {
            let Some(happening) = self.past(next).await else {
                return;
            };
            self.publish(happening);
            *told = next;
        }
    }
}

/// The next transaction that enters the pool; never, if nobody wants to know.
async fn entered(
    pending: &mut Option<broadcast::Receiver<(Arc<PooledTransaction>, bool)>>,
) -> Result<(Arc<PooledTransaction>, bool), RecvError> {
    match pending {
        Some(pending) => pending.recv().await,
        None => std::future::pending().await,
    }
}

const fn kind(event: &Event) -> &'static str {
    match event {
        Event::Block { .. } => "block",
        Event::Round { .. } => "round",
        Event::Missed { .. } => "missed",
        Event::Pending { .. } => "pending",
        Event::Lagged { .. } => "lagged",
    }
}

fn frame(event: &Event, id: Option<u64>) -> Frame {
    let frame = Frame::default().event(kind(event));
    let frame = match id {
        Some(id) => frame.id(id.to_string()),
        None => frame,
    };
    match serde_json::to_string(event) {
        Ok(json) => frame.data(json),
        Err(error) => frame.comment(format!("an event could not be written: {error}")),
    }
}
