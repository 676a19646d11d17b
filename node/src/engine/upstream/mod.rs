//! Gets finalized blocks from upstreams, for a node without a place in the network, or one that has fallen behind.
//!
//! Blocks are fetched ahead of the chain's tip, in ranges, from several upstreams at once, and held until marshal asks for them. What marshal
//! is told is only that there is something to ask for ([`Marshal::hint_finalized`]); it checks every certificate itself, against the
//! committee of the round, and says what it thinks of each answer. So a block that is not good costs its giver the trust, and nobody else
//! anything.

pub mod backfill;
mod coming;
mod questions;
mod sources;
mod wanted;
mod window;

#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use commonware_consensus::marshal::resolver::handler::{Handler, Key};
use commonware_cryptography::certificate::Provider as _;
use commonware_macros::select_loop;
use commonware_resolver::{Consumer as _, Delivery, Outcome};
use commonware_runtime::{
    Clock, ContextCell, Handle, Metrics, Spawner, spawn_cell,
    telemetry::metrics::{Counter, MetricsExt as _},
};
use commonware_utils::{futures::Pool, vec::NonEmptyVec};
use etm_execution::Chain;
use etm_types::{Height, Round, Transaction};
use tokio::sync::mpsc;
use tracing::{debug, info, warn};

use super::{
    block::Marshal,
    counters::ToEngine as _,
    provider::Schemes,
    tip::Tip,
    types::{Digest, PublicKey},
};
use crate::upstream::{Place, Standing, UpstreamError, Upstreams};
use backfill::Asked;
use coming::Questions;
use questions::{download, listen, submit};
use sources::{Need, SLOW, Sources};
use wanted::Wishes;
use window::{Piece, Window};

/// Blocks that are asked for at a time. Ranges end at multiples of it, so that many ask for the same ones, and caches can answer.
const RANGE: u64 = 64;

/// How far ahead of the tip blocks are fetched: so many, or two rounds if that is more.
const AHEAD: u64 = 512;

/// Bytes of blocks that are held; no range is asked for beyond.
pub(crate) const HELD_BYTES: usize = 32 << 20;

/// How often this looks whether something has to be done that nobody tells of.
const LOOK: Duration = Duration::from_secs(1);

/// After this long without anything to go on with, other upstreams are asked for the same blocks.
const STUCK: Duration = Duration::from_secs(3);

/// How many blocks a node that has a place in the network has to be behind until it asks upstreams as well.
const BEHIND: u64 = 16;

/// Upstreams that a transaction is passed on to at a time.
const TOLD_OF_TRANSACTIONS: usize = 2;

/// Messages of transactions on their way at a time; what does not fit is passed on later.
pub const MESSAGES: usize = 16;

/// What upstreams are asked with.
pub struct Config {
    pub chain: Chain,
    /// This node.
    pub me: PublicKey,
    /// Whom to ask.
    pub upstreams: Upstreams,
    /// Told that there is something to ask for.
    pub marshal: Marshal,
    /// Takes what was asked for.
    pub handler: Handler<Digest>,
    /// What marshal asks for.
    pub asked: mpsc::UnboundedReceiver<Asked>,
    /// Transactions to be passed on.
    pub transactions: mpsc::Receiver<Vec<Transaction>>,
    /// The newest executed block.
    pub tip: Tip,
    /// The committees that are known.
    pub schemes: Schemes,
    /// Where the node gets its blocks from, and how upstreams do.
    pub standing: Standing,
}

/// An answer of an upstream.
struct Download {
    first: Height,
    /// The number of the question.
    number: u64,
    source: usize,
    /// How long it took.
    after: Duration,
    pieces: Result<Vec<Piece>, UpstreamError>,
}

/// What marshal thinks of an answer.
struct Verdict {
    key: Key<Digest>,
    height: Height,
    source: usize,
    outcome: Option<Outcome>,
}

/// Asks upstreams for blocks.
pub struct Fetcher<E: Spawner + Metrics + Clock> {
    context: ContextCell<E>,
    config: Config,
    sources: Sources,
    window: Window,
    coming: Questions,
    /// The block that is needed next, and since when somebody has it.
    offered: (Height, SystemTime),
    wishes: Wishes,
    /// Messages of transactions on their way.
    messages: usize,
    /// When there was last something to go on with.
    progress: SystemTime,
    /// The tip when that was.
    progress_tip: Height,
    fetched: Counter,
    wrong: Counter,
}

impl<E: Spawner + Metrics + Clock> Fetcher<E> {
    /// Creates it.
    pub fn new(context: E, mut config: Config) -> Self {
        let fetched = context.counter("fetched", "blocks that upstreams gave");
        let wrong = context.counter(
            "wrong",
            "answers of upstreams that no honest node of this chain gives",
        );
        let sources = Sources::new(std::mem::take(&mut config.upstreams));
        let progress = context.current();
        Self {
            context: ContextCell::new(context),
            config,
            sources,
            window: Window::default(),
            coming: Questions::default(),
            offered: (Height::ZERO, progress),
            wishes: Wishes::default(),
            messages: 0,
            progress,
            progress_tip: Height::ZERO,
            fetched,
            wrong,
        }
    }

    /// Starts it; it ends with the node.
    pub fn start(mut self) -> Handle<()> {
        spawn_cell!(self.context, self.run())
    }

    async fn run(mut self) {
        let (heard, mut told) = mpsc::channel(1);
        for (index, upstream) in self.sources.all().into_iter().enumerate() {
            let heard = heard.clone();
            let _listener = self
                .context
                .child("listener")
                .spawn(move |_| listen(index, upstream, heard));
        }
        let mut tip = self.config.tip.subscribe();
        tip.mark_changed();
        let mut downloads: Pool<'_, Download> = Pool::default();
        let mut verdicts: Pool<'_, Verdict> = Pool::default();
        let mut messages: Pool<'_, (usize, Result<(), UpstreamError>)> = Pool::default();
        let mut look = self.context.current();
        select_loop! {
            self.context,
            on_start => {
                self.fetch(&mut downloads);
                self.answer(&mut verdicts);
            },
            on_stopped => {
                debug!("shutting down");
            },
            Some(asked) = self.config.asked.recv() else {
                debug!("marshal is gone, shutting down");
                break;
            } => {
                self.wishes.hear(asked);
                while let Ok(asked) = self.config.asked.try_recv() {
                    self.wishes.hear(asked);
                }
            },
            Some((source, says)) = told.recv() else break => {
                self.sources.heard(source, says);
                self.hint();
            },
            changed = tip.changed() => {
                if changed.is_err() {
                    break;
                }
                tip.mark_unchanged();
                // The newest stays: if it ends a round, that does not end before its certificate is known.
                self.window.forget(self.tip().saturating_sub(1));
                self.hint();
            },
            download = downloads.next_completed() => {
                self.take(download);
                self.hint();
            },
            verdict = verdicts.next_completed() => {
                self.judge(verdict);
            },
            Some(transactions) = self.config.transactions.recv() else break => {
                self.pass_on(&transactions, &mut messages);
            },
            (source, result) = messages.next_completed() => {
                self.messages = self.messages.saturating_sub(1);
                if let Err(reason) = result {
                    debug!(source, %reason, "an upstream took no transactions");
                }
            },
            _ = self.context.sleep_until(look) => {
                look = self.context.current() + LOOK;
                self.hint();
                self.look_after();
                let status = self.sources.status(self.context.current());
                self.config.standing.set_upstreams(status);
            },
        }
    }

    fn tip(&self) -> Height {
        self.config.tip.get().height
    }

    /// How far blocks are fetched now; none if upstreams aren't needed.
    fn limit(&self) -> Option<Height> {
        let (tip, theirs) = (self.tip(), self.sources.tip(self.context.current())?);
        let needed = match self.config.standing.place() {
            Place::Upstreams => 1,
            Place::Network => BEHIND,
        };
        let round = u64::from(self.config.chain.params.mechanism.blocks_per_round);
        let ahead = AHEAD.max(round.saturating_mul(2));
        (theirs >= tip.saturating_add(needed)).then(|| theirs.min(tip.saturating_add(ahead)))
    }

    /// Asks for what is missing ahead of the tip.
    fn fetch(&mut self, downloads: &mut Pool<'_, Download>) {
        let now = self.context.current();
        let Some(limit) = self.limit() else {
            return;
        };
        if self.offered.0 != self.tip().next() {
            self.offered = (self.tip().next(), now);
        }
        for source in self.coming.overdue(SLOW, now).collect::<Vec<_>>() {
            self.sources.is_late(source);
        }
        // Others are asked for what the next block waits for.
        if let Some(late) = self.coming.late(self.tip(), SLOW, now) {
            self.ask(late.first, late.last, &late.sources, downloads);
        }
        let mut from = self.tip().max(Height(1));
        while self.window.bytes() < HELD_BYTES {
            let Some((first, last)) = self.window.gap(from, limit, &self.coming) else {
                return;
            };
            let end = first
                .saturating_sub(first.0 % RANGE)
                .saturating_add(RANGE - 1);
            let Some(last) = self.ask(first, last.min(end), &[], downloads) else {
                return;
            };
            from = last.saturating_add(1);
        }
    }

    /// Asks one upstream, but for `others`, for the blocks from one to another. Returns the last of those that it has; `None` if there is nobody to ask.
    fn ask(
        &mut self,
        first: Height,
        last: Height,
        others: &[usize],
        downloads: &mut Pool<'_, Download>,
    ) -> Option<Height> {
        let now = self.context.current();
        let waits = now.duration_since(self.offered.1).unwrap_or_default();
        let need = match first {
            _ if first > self.tip().saturating_add(RANGE) => Need::Later,
            _ if waits < SLOW => Need::Soon,
            _ => Need::Long,
        };
        let (source, theirs, upstream) = self.sources.ask(first, others, need, now)?;
        let last = last.min(theirs);
        let number = self.coming.ask(first, last, source, now);
        let chain = self.config.chain.clone();
        let task = self
            .context
            .child("download")
            .spawn(move |context| async move {
                let pieces = download(&context, upstream, chain, first, last).await;
                let after = context.current().duration_since(now);
                (pieces, after.unwrap_or_default())
            });
        downloads.push(async move {
            let ended = |error: commonware_runtime::Error| {
                let reason = UpstreamError::Passing(error.to_string());
                (Err(reason), Duration::ZERO)
            };
            let (pieces, after) = task.await.unwrap_or_else(ended);
            Download {
                first,
                number,
                source,
                after,
                pieces,
            }
        });
        Some(last)
    }

    /// Takes an answer of an upstream up.
    fn take(&mut self, download: Download) {
        let Download {
            first,
            number,
            source,
            after,
            pieces,
        } = download;
        self.sources.answered(source, after);
        let is_needed = self.coming.answered(first, number, source, pieces.is_ok());
        let tip = self.tip();
        match pieces {
            Ok(pieces) if is_needed => {
                self.fetched.inc_by(pieces.len() as u64);
                for piece in pieces {
                    if piece.height() >= tip {
                        self.window.insert(piece, source);
                    }
                }
            }
            // Somebody else was quicker.
            Ok(_) => {}
            Err(reason) => self.blame(source, &reason),
        }
    }

    fn blame(&mut self, source: usize, reason: &UpstreamError) {
        let now = self.context.current();
        let pause = self.sources.failed(source, reason, now);
        let upstream = self.sources.address(source);
        match reason {
            UpstreamError::Wrong(_) => {
                self.wrong.inc();
                self.window.distrust(source);
                warn!(upstream, %reason, ?pause, "an upstream is put aside: it gives what no honest node gives");
            }
            UpstreamError::Passing(_) => {
                info!(upstream, %reason, ?pause, "an upstream is put aside for a while");
            }
        }
    }

    /// The highest height whose committee is known.
    fn known(&self) -> Height {
        let params = &self.config.chain.params;
        let round = params.round_of(self.tip().next());
        let known = |round: &Round| self.config.schemes.scheme(round.to_engine()).is_some();
        let rounds = [round.next(), round];
        let round = rounds.into_iter().find(known);
        round.map_or(Height::ZERO, |round| params.last_height(round))
    }

    /// The highest block that is here with a certificate which can be checked.
    fn certified(&self) -> Option<Height> {
        self.window
            .certified(self.known())
            .filter(|height| *height > self.tip())
    }

    /// Lets marshal ask for the highest block that is here. It finds out itself what is missing below. The end of the running round is asked
    /// for as well: without its own certificate no round ends.
    fn hint(&mut self) {
        let params = &self.config.chain.params;
        let round = params.round_of(self.tip());
        let rounds = [round, round.next()].into_iter();
        let ends = rounds.map(|round| params.last_height(round));
        let ends = ends.filter(|end| *end <= self.known());
        let here = ends.filter(|end| {
            let entry = self.window.get(*end);
            entry.is_some_and(|entry| !entry.certificate.is_empty())
        });
        let heights: Vec<Height> = here.chain(self.certified()).collect();
        for height in heights {
            let height = height.to_engine();
            if !self.wishes.contains(&Key::Finalized { height }) {
                let me = NonEmptyVec::new(self.config.me.clone());
                self.config.marshal.hint_finalized(height, me);
            }
        }
    }

    /// Where nothing goes on, asks others for the same blocks.
    fn look_after(&mut self) {
        let (now, tip) = (self.context.current(), self.tip());
        let next = tip.next();
        let waits =
            self.limit().is_some() && self.certified().is_none() && !self.coming.covers(next);
        if !waits || tip != self.progress_tip {
            (self.progress, self.progress_tip) = (now, tip);
            return;
        }
        if now.duration_since(self.progress).unwrap_or_default() < STUCK {
            return;
        }
        self.progress = now;
        // What is here has no certificate that can be checked: somebody keeps them back, or gave other blocks.
        let source = self.window.get(next).map(|entry| entry.source);
        self.window = Window::default();
        if let Some(source) = source {
            let reason = "it gave blocks without what makes them final";
            let pause = self.sources.withholds(source, reason, now);
            let upstream = self.sources.address(source);
            info!(
                upstream,
                reason,
                ?pause,
                "an upstream is put aside for a while"
            );
        }
    }

    /// Gives marshal what it wants and is here.
    fn answer(&mut self, verdicts: &mut Pool<'_, Verdict>) {
        let mut liars = Vec::new();
        for found in self.wishes.find(&self.window, &mut liars) {
            let (key, height, source) = (found.key, found.height, found.source);
            let subscribers = found.subscribers;
            let verdict = self
                .config
                .handler
                .deliver(Delivery { key, subscribers }, found.value);
            verdicts.push(async move {
                Verdict {
                    key,
                    height,
                    source,
                    outcome: verdict.await.ok(),
                }
            });
        }
        for (height, source) in liars {
            self.window.remove(height);
            let reason = format!("block {height} is not the one that the chain has there");
            self.blame(source, &UpstreamError::Wrong(reason));
        }
    }

    /// Takes note of what marshal thinks of an answer.
    fn judge(&mut self, verdict: Verdict) {
        let Verdict {
            key,
            height,
            source,
            outcome,
        } = verdict;
        match outcome {
            Some(Outcome::Invalid) => {
                self.window.remove(height);
                let reason = format!(
                    "what it gave as block {height} is not what the committee of its round has signed"
                );
                self.blame(source, &UpstreamError::Wrong(reason));
                // Somebody else is asked for it.
                self.wishes.again(&key);
                return;
            }
            Some(Outcome::Resolved(_)) => {
                let certified = matches!(key, Key::Finalized { .. });
                self.sources.good(source, certified);
            }
            Some(Outcome::Unresolved | Outcome::Ignored) | None => {}
        }
        self.wishes.answered(&key);
    }

    /// Passes transactions on to upstreams. A node with a place in the network has told its peers already.
    fn pass_on(
        &mut self,
        transactions: &[Transaction],
        messages: &mut Pool<'_, (usize, Result<(), UpstreamError>)>,
    ) {
        if self.config.standing.place() == Place::Network {
            return;
        }
        let now = self.context.current();
        for (index, upstream) in self.sources.listeners(TOLD_OF_TRANSACTIONS, now) {
            if self.messages >= MESSAGES {
                return;
            }
            self.messages += 1;
            let transactions = transactions.to_vec();
            let task = self
                .context
                .child("submission")
                .spawn(move |context| submit(context, upstream, transactions));
            messages.push(async move {
                let result = task
                    .await
                    .unwrap_or_else(|error| Err(UpstreamError::Passing(error.to_string())));
                (index, result)
            });
        }
    }
}
