//! What all requests share.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use etm_execution::{ChainParams, Genesis};
use etm_history::{BlockTime, History, HistoryError};
use etm_types::api::block::BlockSummary;
use etm_types::api::chain::ChainRef;
use etm_types::api::error::ErrorCode;
use etm_types::api::event::Event;
use etm_types::api::{self};
use etm_types::{Height, Round};
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;

use crate::backend::Backend;
use crate::door::{Door, Limits, Line};
use crate::error::ApiError;
use crate::reader::Reader;
use crate::reads::Reads;
use crate::shares::{Full, Share, Shares, Turn, Turns, Whose};
use crate::view::table::Table;

/// Blocks a slow client may fall behind before it misses some.
const EVENTS: usize = 1_024;
/// Blocks over which times to finality are averaged.
const RECENT_BLOCKS: u32 = 100;
/// A history that is so few blocks behind is about to take them up, and is waited for.
const SETTLE_BLOCKS: u64 = 3;
/// How long a request waits for the history, however often it reads.
const PATIENCE: Duration = Duration::from_secs(5);
/// Ranges of blocks that are read at once; others wait for their turn.
const MAX_RANGES: usize = 4;

/// The API of one node: serves the routes, and tells of new blocks once they are in the history.
///
/// Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Api {
    pub(crate) shared: Arc<Shared>,
    /// Who asks.
    whose: Whose,
    waited: Waited,
}

/// How long a request has waited for the history, in milliseconds; none for what is no request.
#[derive(Clone, Default)]
struct Waited(Option<Arc<AtomicU64>>);

impl Waited {
    /// How long it may wait.
    fn left(&self) -> Duration {
        let waited = self.0.as_ref();
        let waited = waited.map_or(0, |waited| waited.load(Ordering::Relaxed));
        PATIENCE.saturating_sub(Duration::from_millis(waited))
    }

    fn add(&self, passed: Duration) {
        if let Some(waited) = &self.0 {
            let passed = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
            waited.fetch_add(passed, Ordering::Relaxed);
        }
    }
}

/// The API as one request asks it.
pub(crate) struct Asked(pub(crate) Api);

impl FromRequestParts<Api> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Infallible> {
        let line = parts.extensions.get::<Arc<Line>>();
        Ok(Self(Api {
            shared: Arc::clone(&api.shared),
            whose: line.map_or(Whose::NOBODY, |line| line.whose()),
            waited: Waited(Some(Arc::default())),
        }))
    }
}

pub(crate) struct Shared {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) history: Arc<History>,
    pub(crate) events: broadcast::Sender<Arc<Happening>>,
    /// The height up to which the history is written.
    pub(crate) recorded: watch::Receiver<Height>,
    /// Where the history stood when it was last waited for in vain; `u64::MAX` if it never was.
    stuck: AtomicU64,
    pub(crate) reads: Reads,
    pub(crate) table: tokio::sync::Mutex<Option<Arc<Table>>>,
    pub(crate) door: Arc<Door>,
    pub(crate) requests: Arc<Shares>,
    pub(crate) quick: Arc<Shares>,
    pub(crate) bulk: Arc<Shares>,
    pub(crate) waiting: Arc<Shares>,
    pub(crate) watching: Arc<Shares>,
    pub(crate) streams: Arc<Shares>,
    /// KiB of large answers that may be on their way.
    pub(crate) sending: Arc<Shares>,
    /// Turns of those who export scenarios.
    pub(crate) exports: Turns,
    /// Turns of those who read ranges of blocks.
    pub(crate) blocks: Turns,
    pub(crate) answered: [AtomicU64; 6],
    /// All tokens of genesis, once they were asked for.
    pub(crate) genesis_supply: OnceLock<u64>,
    /// The answer to `GET genesis`, once it was asked for.
    pub(crate) genesis: OnceLock<Option<axum::body::Bytes>>,
}

/// Events that happened together, in order.
pub(crate) struct Happening {
    /// The block whose events these are, all of them.
    pub(crate) height: u64,
    pub(crate) events: Vec<Event>,
}

impl Api {
    /// The API over a node and its history. Nothing is served before [`Api::serve`].
    pub fn new(backend: Arc<dyn Backend>, history: Arc<History>) -> Self {
        Self::with_limits(backend, history, Limits::default())
    }

    /// As [`Api::new`], with other bounds of connections.
    pub fn with_limits(backend: Arc<dyn Backend>, history: Arc<History>, limits: Limits) -> Self {
        let shared = Shared {
            backend,
            recorded: history.recorded(),
            history,
            stuck: AtomicU64::new(u64::MAX),
            reads: Reads::default(),
            events: broadcast::channel(EVENTS).0,
            table: tokio::sync::Mutex::new(None),
            requests: Shares::new(limits.requests, limits.requests_of_address),
            quick: Shares::new(limits.quick, limits.quick_of_address),
            bulk: Shares::new(limits.bulk, limits.bulk_of_address),
            waiting: Shares::new(limits.waiting, limits.waiting_of_address),
            watching: Shares::new(limits.watching, limits.watching_of_address),
            streams: Shares::new(limits.streams, limits.streams_of_address),
            sending: Shares::new(limits.answers_kib, limits.answers_kib_of_address),
            exports: Turns::new(1),
            blocks: Turns::new(MAX_RANGES),
            door: Door::new(limits),
            answered: Default::default(),
            genesis_supply: OnceLock::new(),
            genesis: OnceLock::new(),
        };
        Self {
            shared: Arc::new(shared),
            whose: Whose::NOBODY,
            waited: Waited::default(),
        }
    }

    /// The API as the node itself asks it, for what it makes once for all.
    pub(crate) fn for_all(&self) -> Self {
        Self {
            whose: Whose::NOBODY,
            ..self.clone()
        }
    }

    /// A place for whoever asks.
    pub(crate) fn place(&self, places: &Arc<Shares>) -> Result<Share, Full> {
        places.take(self.whose, 1)
    }

    /// Waits for a turn of whoever asks.
    pub(crate) async fn turn(&self, turns: &Turns) -> Result<Turn, ApiError> {
        let turn = turns.next(self.whose).await;
        turn.map_err(|error| ApiError::internal(&error))
    }

    /// All events of a block that is in the history: its missed slots, itself, and its round if it was the last of it.
    pub(crate) fn happening(
        &self,
        block: BlockSummary,
        finality_ms: Option<u64>,
    ) -> Result<Happening, HistoryError> {
        let history = &self.shared.history;
        let (height, round) = (block.height, block.round);
        let missed = block.missed.iter().map(|missed| Event::Missed {
            missed: missed.clone(),
            round,
        });
        let mut events: Vec<Event> = missed.collect();
        events.push(Event::Block { block, finality_ms });
        if height == history.last_height(Round(round)).0
            && let Some(round) = history.round_summary(Round(round))?
        {
            events.push(Event::Round { round });
        }
        Ok(Happening { height, events })
    }

    pub(crate) fn publish(&self, happening: Happening) {
        // An error means that nobody listens.
        let _ = self.shared.events.send(Arc::new(happening));
    }

    pub(crate) fn genesis(&self) -> &Arc<Genesis> {
        self.shared.backend.genesis()
    }

    pub(crate) fn params(&self) -> &ChainParams {
        &self.genesis().chain().params
    }

    pub(crate) fn chain_ref(&self) -> ChainRef {
        let chain = self.genesis().chain();
        ChainRef {
            id: api::Hash::from(chain.id),
            name: chain.name.clone(),
            devnet: chain.params.devnet,
            genesis_timestamp_ms: chain.genesis_timestamp_ms,
        }
    }

    /// The block up to which the history is written.
    pub(crate) fn recorded(&self) -> Height {
        *self.shared.recorded.borrow()
    }

    /// Blocks that are final and not in the history, and should be.
    pub(crate) fn history_lag(&self) -> u64 {
        match self.shared.history.is_off() {
            Some(_) => 0,
            None => self.chain_height().saturating_sub(self.recorded().0),
        }
    }

    /// The newest block that is final and executed here.
    pub(crate) fn chain_height(&self) -> u64 {
        self.shared.backend.tip().map_or(0, |tip| tip.height.0)
    }

    /// Timestamps and times to finality of the last blocks in the history; none if it can't be read.
    pub(crate) async fn recent(&self) -> Vec<BlockTime> {
        let history = Arc::clone(&self.shared.history);
        let read = move || Ok(history.finality(RECENT_BLOCKS)?);
        self.shared
            .reads
            .run(self.whose, read)
            .await
            .unwrap_or_default()
    }

    /// Gives the history time to take up the blocks that are final by now, if it is just behind them.
    async fn settle(&self) {
        if (1..=SETTLE_BLOCKS).contains(&self.history_lag()) {
            let _ = self.reached(self.chain_height()).await;
        }
    }

    /// Waits until the history is written up to a height; false if it isn't in time. One that was waited for in vain is not waited
    /// for again until it moves, and a request that reads again and again waits no longer than one that reads once.
    pub(crate) async fn reached(&self, height: u64) -> bool {
        let before = self.recorded();
        let has_ended = self.shared.history.has_ended().is_some();
        if has_ended || self.shared.stuck.load(Ordering::Relaxed) == before.0 {
            return before >= Height(height);
        }
        let left = self.waited.left();
        let begun = Instant::now();
        let mut recorded = self.shared.recorded.clone();
        let reached = recorded.wait_for(|recorded| *recorded >= Height(height));
        let reached = matches!(tokio::time::timeout(left, reached).await, Ok(Ok(_)));
        self.waited.add(begun.elapsed());
        // One that had less than all its time tells nothing about the history.
        if !reached && left == PATIENCE {
            self.shared.stuck.store(before.0, Ordering::Relaxed);
        }
        reached
    }

    /// What to say of something that isn't in the history: if blocks are missing there, it may be in one of them.
    pub(crate) fn behind(&self, error: ApiError) -> ApiError {
        let (recorded, chain) = (self.recorded().0, self.chain_height());
        let elsewhere = |height| height <= recorded || height > chain;
        if error.code != ErrorCode::NotFound
            || recorded >= chain
            || error.told_by.is_some_and(elsewhere)
        {
            return error;
        }
        let what = format!(
            "{}, as far as this node's history goes: to block {recorded} of {chain}",
            error.message
        );
        ApiError::lagging(&what, self.shared.history.has_ended())
    }

    /// What to say where the history has not come up to the state in time.
    pub(crate) fn lags(&self) -> ApiError {
        let what = "the history is behind the state";
        ApiError::lagging(what, self.shared.history.has_ended())
    }

    /// What to say of something that no block of the history has, and one that was removed may have had.
    pub(crate) fn not_found_in_blocks(&self, what: impl Into<String>) -> ApiError {
        let mut what = what.into();
        if let Some(first) = self.shared.history.first_kept() {
            what.push_str(&format!("; this node keeps blocks from {first} on"));
        }
        ApiError::not_found(what)
    }

    /// Runs a read of the history where it may block.
    pub(crate) async fn history<T: Send + 'static>(
        &self,
        read: impl FnOnce(&History) -> Result<T, HistoryError> + Send + 'static,
    ) -> Result<T, ApiError> {
        self.blocking(move |api| read(&api.shared.history).map_err(ApiError::from))
            .await
    }

    /// Runs something slow, most of it reading the history, where it may block; see [`Reads`].
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        self.settle().await;
        let api = self.clone();
        let answer = self.shared.reads.run(self.whose, move || work(&api)).await;
        answer.map_err(|error| self.behind(error))
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.shared.backend))
    }

    /// When the next day boundary comes after a moment of the chain's clock.
    pub(crate) fn next_day_ms(&self, now_ms: u64) -> u64 {
        let genesis = self.genesis().chain().genesis_timestamp_ms / 1_000;
        let day = self.params().mechanism.day_seconds.max(1);
        let next = self.days(now_ms).saturating_add(1);
        (genesis.saturating_add(next.saturating_mul(day))).saturating_mul(1_000)
    }

    /// Day boundaries from genesis until then.
    pub(crate) fn days(&self, now_ms: u64) -> u64 {
        let genesis = self.genesis().chain().genesis_timestamp_ms / 1_000;
        self.params().mechanism.day_of(now_ms / 1_000, genesis).0
    }
}

#[cfg(test)]
mod tests;
