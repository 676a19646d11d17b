//! What a node does beside consensus: passing transactions on, and showing that it runs.
//!
//! A transaction that a user gave to this node is passed on to all peers before the user has the answer, and again every few slots until
//! it is final or has expired, so that those hear of it which were away. Nobody else passes it on.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, UNIX_EPOCH},
};

use commonware_macros::select_loop;
use commonware_p2p::{Blocker, Receiver, Recipients, Sender, block};
use commonware_runtime::{
    Clock, ContextCell, Handle, IoBuf, Metrics, Spawner, Storage, spawn_cell,
    telemetry::metrics::{Counter, MetricsExt as _},
};
use etm_execution::Chain;
use etm_mempool::{Admitted, NotAdmitted};
use etm_types::{Hash, SecretKey, Transaction};
use rand_core::CryptoRng;
use tokio::sync::{mpsc, oneshot};
use tracing::{debug, error, info, warn};

mod heartbeats;
#[cfg(test)]
mod tests;

use heartbeats::Heartbeats;

use super::{
    announced::{Announced, Announcement, is_possible},
    clock::ChainClock,
    gossip::{self, Message},
    journal::Journal,
    peers::max_peers,
    throttle::Throttle,
    tip::Tip,
    types::PublicKey,
};
use crate::{
    pool::{Bucket, Budgets, Pool, REFUSED_COST, SubmitError},
    reader::{BoxFuture, StateReader, StateUnavailable},
};

/// Submissions that wait until they are written and passed on. Those who submit more wait for a place.
const MAX_WAITING: usize = 1_024;

/// What a peer may cost in vain: 512 refused transactions at once, 64 a second from then on, or 64 times as many that are here already or
/// whose accounts answer for them.
const PEER_BUDGET: Bucket = Bucket {
    burst: 512 * REFUSED_COST,
    per_second: 64 * REFUSED_COST,
};

/// Slots after which a node says again which version it runs, and at which height it is.
const ANNOUNCE_SLOTS: u32 = 5;

/// A transaction that is in the pool, to be kept and passed on.
struct Submission {
    transaction: Transaction,
    done: oneshot::Sender<()>,
}

/// Where those outside the engine hand in transactions, and look into the newest finalized state and the pool. Clones share everything.
#[derive(Clone)]
pub struct Desk {
    reader: Arc<OnceLock<Arc<dyn StateReader>>>,
    pool: Arc<Pool>,
    submissions: mpsc::Sender<Submission>,
    announced: Announced,
}

impl Desk {
    /// What a peer last said of itself: its word, which nothing proves.
    pub fn announced(&self, peer: &PublicKey) -> Option<Announcement> {
        self.announced.of(peer)
    }

    /// The state.
    ///
    /// # Errors
    /// [`StateUnavailable`] while the node has not recovered it.
    pub fn reader(&self) -> Result<&dyn StateReader, StateUnavailable> {
        self.reader
            .get()
            .map(AsRef::as_ref)
            .ok_or_else(|| StateUnavailable("the node is starting".into()))
    }

    /// Lets go of the state; called when the node ends.
    pub fn close(&self) {
        if let Some(reader) = self.reader.get() {
            reader.close();
        }
    }

    /// Pending transactions.
    pub fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// Checks a transaction, takes it into the pool, writes it to disk and passes it on to the peers, in this order. What is pending
    /// here already, since a peer brought it, is from now on passed on by this node as well.
    ///
    /// # Errors
    /// [`SubmitError`]
    pub async fn submit(&self, transaction: Transaction) -> Result<(Hash, Admitted), SubmitError> {
        let owned = self.pool.owns(&transaction.hash());
        let taken = self
            .pool
            .submit(self.reader()?, transaction.clone(), true)
            .await;
        let is_new = !owned && self.pool.owns(&transaction.hash());
        let pending = matches!(&taken, Err(SubmitError::Pool(NotAdmitted::AlreadyPending)));
        if taken.is_ok() || pending && is_new {
            self.keep(transaction).await?;
        }
        taken
    }

    async fn keep(&self, transaction: Transaction) -> Result<(), StateUnavailable> {
        let stopping = || StateUnavailable("the node is stopping".into());
        let (done, is_done) = oneshot::channel();
        let submission = Submission { transaction, done };
        self.submissions
            .send(submission)
            .await
            .map_err(|_| stopping())?;
        is_done.await.map_err(|_| stopping())
    }
}

/// What [`Duties`] works with.
pub struct Config<B> {
    pub chain: Chain,
    /// The node's key, which signs heartbeats; none for a node that serves no miner.
    pub key: Option<SecretKey>,
    /// Pending transactions.
    pub pool: Arc<Pool>,
    /// The newest finalized header.
    pub tip: Tip,
    /// The clock of block timestamps.
    pub clock: ChainClock,
    /// Gives the state, once it is recovered.
    pub reader: BoxFuture<'static, Arc<dyn StateReader>>,
    /// Closes the connections of peers that send what no honest node sends.
    pub blocker: B,
    /// Where the transactions of this node's users are kept.
    pub partition: String,
    /// Takes what upstreams are to be told of, if there are any.
    pub upstreams: Option<mpsc::Sender<Vec<Transaction>>>,
}

/// Passes transactions on and sends heartbeats.
pub struct Duties<E: Spawner + Metrics + Clock + Storage + CryptoRng, B> {
    context: ContextCell<E>,
    config: Config<B>,
    reader: Arc<OnceLock<Arc<dyn StateReader>>>,
    submissions: mpsc::Receiver<Submission>,
    /// Keeps `submissions` open when nobody outside wants to submit.
    _submit: mpsc::Sender<Submission>,
    journal: Journal<E>,
    /// What the journal held at the start.
    found: Vec<Transaction>,
    budgets: Budgets<PublicKey>,
    received: Counter,
    passed_on: Counter,
    over_budget: Counter,
    heartbeats: Heartbeats,
    announced: Announced,
    throttle: Throttle,
}

impl<E, B> Duties<E, B>
where
    E: Spawner + Metrics + Clock + Storage + CryptoRng,
    B: Blocker<PublicKey = PublicKey>,
{
    /// Creates them with what others use of them.
    ///
    /// # Errors
    /// If what users gave to this node before can't be read.
    pub async fn new(
        context: E,
        config: Config<B>,
    ) -> Result<(Self, Desk), commonware_runtime::Error> {
        let (submit, submissions) = mpsc::channel(MAX_WAITING);
        let (journal, found) =
            Journal::open(context.child("journal"), config.partition.clone()).await?;
        let reader = Arc::new(OnceLock::new());
        // The peers of this round and of the one before.
        let peers = max_peers(config.chain.params.mechanism.committee).get();
        let announced = Announced::new(2 * peers);
        let desk = Desk {
            reader: reader.clone(),
            pool: config.pool.clone(),
            submissions: submit.clone(),
            announced: announced.clone(),
        };
        let received = context.counter("received", "messages of transactions received from peers");
        let passed_on = context.counter("passed_on", "transactions passed on to peers");
        let over_budget = context.counter(
            "over_budget",
            "messages not looked at, as their sender had cost too much in vain",
        );
        let sent = context.counter("heartbeats", "heartbeats sent");
        let heartbeats = Heartbeats::new(config.chain.clone(), config.key.clone(), sent);
        let throttle = Throttle::new(context.current());
        let duties = Self {
            context: ContextCell::new(context),
            config,
            reader,
            submissions,
            _submit: submit,
            journal,
            found,
            budgets: Budgets::new(PEER_BUDGET),
            received,
            passed_on,
            over_budget,
            heartbeats,
            announced,
            throttle,
        };
        Ok((duties, desk))
    }

    /// Starts them on the channel of transactions.
    pub fn start<S, R>(mut self, (sender, receiver): (S, R)) -> Handle<()>
    where
        S: Sender<PublicKey = PublicKey>,
        R: Receiver<PublicKey = PublicKey>,
    {
        spawn_cell!(self.context, self.run(sender, receiver))
    }

    async fn run<S, R>(mut self, mut sender: S, mut receiver: R)
    where
        S: Sender<PublicKey = PublicKey>,
        R: Receiver<PublicKey = PublicKey>,
    {
        let reader = self.config.reader.as_mut().await;
        self.tick();
        self.take_up(reader.as_ref()).await;
        let _ = self.reader.set(reader.clone());
        let mut tip = self.config.tip.subscribe();
        // On a quiet chain nothing may ever change again without a heartbeat: look once at the start.
        tip.mark_changed();
        let slot_ms = self.config.chain.params.slot_ms;
        let pause = Duration::from_millis(slot_ms.clamp(100, 1_000));
        let mut next_tick = self.context.current();
        // By time, so that those hear of a halted chain who connect to it, and nobody hears of every block of one that is caught up with.
        let announce_after = Duration::from_millis(slot_ms) * ANNOUNCE_SLOTS;
        let mut next_announcement = next_tick;
        select_loop! {
            self.context,
            on_start => {
                // Who submits more than can be passed on waits here.
                let free = self.context.sleep_until(self.throttle.free_at());
                let submitted = async {
                    free.await;
                    self.submissions.recv().await
                };
            },
            on_stopped => {},
            changed = tip.changed() => {
                if changed.is_err() {
                    break;
                }
                self.tick();
                let height = tip.borrow_and_update().height.saturating_add(1);
                let running = self.config.chain.params.round_of(height);
                if let Err(reason) = self.config.pool.recheck(reader.as_ref()).await {
                    debug!(%reason, "could not look at accounts again");
                }
                if let Err(reason) = self.heartbeats.send(&self.config.pool, reader.as_ref(), running).await {
                    debug!(%reason, "no heartbeat");
                }
                self.pass_on(&mut sender);
                self.renew_if_stale().await;
            },
            _ = self.context.sleep_until(next_tick) => {
                next_tick = self.context.current() + pause;
                self.tick();
                self.pass_on(&mut sender);
                if self.context.current() >= next_announcement {
                    next_announcement = self.context.current() + announce_after;
                    let own = Announcement::own(tip.borrow().height);
                    sender.send(Recipients::All, IoBuf::from(gossip::announce(&own)), false);
                }
                self.journal.start_sync().await;
            },
            Some(first) = submitted else break => {
                self.tick();
                self.keep(first, &mut sender).await;
                // Also while no block comes.
                self.renew_if_stale().await;
            },
            message = receiver.recv() => {
                let Ok((peer, bytes)) = message else {
                    warn!("the channel of transactions is closed");
                    break;
                };
                self.received.inc();
                self.hear(reader.as_ref(), peer, bytes.as_ref()).await;
            },
        }
    }

    /// Tells the pool the time.
    fn tick(&self) -> u64 {
        let now = self.context.current().duration_since(UNIX_EPOCH);
        let now_ms = u64::try_from(now.unwrap_or_default().as_millis()).unwrap_or(u64::MAX);
        self.config.pool.tick(now_ms);
        now_ms
    }

    /// Takes up what waited when the node was stopped.
    async fn take_up(&mut self, reader: &dyn StateReader) {
        let found = std::mem::take(&mut self.found);
        let count = found.len();
        if count == 0 {
            return;
        }
        let (taken, settled) = self.config.pool.take_back(reader, found).await;
        info!(count, taken, "took up the transactions that waited here");
        // What is of the past is not gone through again at the next start.
        if settled {
            self.renew().await;
        }
    }

    async fn renew_if_stale(&mut self) {
        if self.journal.is_stale() {
            self.renew().await;
        }
    }

    /// Writes what still waits to a new journal.
    async fn renew(&mut self) {
        if let Err(reason) = self.journal.renew(&self.config.pool.own()).await {
            error!(%reason, "the journal of pending transactions could not be renewed");
        }
    }

    /// Writes submissions to disk and passes them on; then those who submitted them have their answer.
    async fn keep<S>(&mut self, first: Submission, sender: &mut S)
    where
        S: Sender<PublicKey = PublicKey>,
    {
        let mut waiting = vec![first];
        while waiting.len() < gossip::MAX_TRANSACTIONS
            && let Ok(next) = self.submissions.try_recv()
        {
            waiting.push(next);
        }
        let (transactions, done): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .map(|submission| (submission.transaction, submission.done))
            .unzip();
        // Without the disk the transactions still are in the pool, and with the peers.
        if let Err(reason) = self.journal.append(&transactions).await {
            error!(%reason, "pending transactions could not be written to disk");
        }
        // Before all else that is due, since that is what they wait for.
        self.config.pool.passed_on(&transactions);
        self.send(transactions, sender);
        for done in done {
            // Whoever has gone needs no answer.
            let _ = done.send(());
        }
    }

    /// Passes on what is due, as far as there is room on the way; the rest follows with the next tick.
    fn pass_on<S>(&mut self, sender: &mut S)
    where
        S: Sender<PublicKey = PublicKey>,
    {
        let now = self.context.current();
        while self.throttle.free_at() <= now {
            let due = self.config.pool.to_pass_on(gossip::MAX_TRANSACTIONS);
            if due.is_empty() {
                return;
            }
            self.send(due, sender);
        }
    }

    /// Sends one message of transactions.
    fn send<S>(&mut self, transactions: Vec<Transaction>, sender: &mut S)
    where
        S: Sender<PublicKey = PublicKey>,
    {
        self.passed_on.inc_by(transactions.len() as u64);
        let message = gossip::encode(&transactions);
        self.throttle.sent(message.len(), self.context.current());
        sender.send(Recipients::All, IoBuf::from(message), false);
        if let Some(upstreams) = &self.config.upstreams {
            // What finds no place here is due again.
            let _ = upstreams.try_send(transactions);
        }
    }

    /// Takes what a peer passed on. One that sends what no honest node sends is blocked; one that costs too much in vain is not listened
    /// to for a while.
    async fn hear(&mut self, reader: &dyn StateReader, peer: PublicKey, bytes: &[u8]) {
        let now_ms = self.tick();
        if !self.budgets.has_left(&peer, now_ms) {
            self.over_budget.inc();
            return;
        }
        let transactions = match gossip::decode(bytes) {
            Ok(Message::Transactions(transactions)) => transactions,
            Ok(Message::Announcement(announcement)) => {
                // Costs the same whatever it says: who talks all the time is not listened to.
                self.budgets.spend(&peer, REFUSED_COST, now_ms);
                self.hear_of(peer, announcement);
                return;
            }
            Err(reason) => {
                block!(self.config.blocker, peer, %reason, "a peer sent what is no message");
                return;
            }
        };
        for looked in self.config.pool.look_over(transactions, false) {
            let taken = match looked {
                Ok(at_the_door) => self.config.pool.let_in(reader, at_the_door).await,
                Err(reason) => Err(reason),
            };
            let Err(reason) = taken else {
                continue;
            };
            if reason.is_junk() {
                block!(self.config.blocker, peer, %reason, "a peer sent a transaction that can never be valid");
                return;
            }
            let cost = reason.cost_of_peer(self.config.chain.params.fee);
            if cost > 1 {
                debug!(?peer, %reason, "did not take a transaction");
            }
            self.budgets.spend(&peer, cost, now_ms);
            if !self.budgets.has_left(&peer, now_ms) {
                self.over_budget.inc();
                return;
            }
        }
    }

    /// Keeps what a peer says of itself, if it can be.
    fn hear_of(&self, peer: PublicKey, announcement: Announcement) {
        let now_ms = self.config.clock.now_ms(&*self.context);
        let slot_ms = self.config.chain.params.slot_ms;
        if is_possible(announcement.height, &self.config.tip.get(), now_ms, slot_ms) {
            self.announced.hear(peer, announcement);
        } else {
            debug!(?peer, height = %announcement.height, "a peer says it is where no chain can be yet");
        }
    }
}
