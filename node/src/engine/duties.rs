//! What a node does beside consensus: passing transactions on, and showing that it runs.

use std::sync::{Arc, OnceLock};

use commonware_glue::stateful;
use commonware_macros::select_loop;
use commonware_p2p::{Receiver, Recipients, Sender};
use commonware_runtime::{
    Clock, ContextCell, Handle, IoBuf, Metrics, Spawner, Storage, spawn_cell,
    telemetry::metrics::{Counter, MetricsExt as _},
};
use commonware_utils::channel::mpsc;
use etm_execution::{Chain, read};
use etm_mempool::Admitted;
use etm_types::{
    Address, Beacon, Hash, MinerId, Payload, SecretKey, Transaction, Units, UnsignedTransaction,
    codec, state::Record,
};
use rand_core::CryptoRng;
use tracing::{debug, info, warn};

use super::{
    application::{App, Tip},
    types::PublicKey,
};
use crate::{
    pool::{Pool, SubmitError},
    reader::{DatabaseReader, StateReader, StateUnavailable},
};

/// The newest finalized state and the pool, for those outside the engine. Clones share everything.
#[derive(Clone)]
pub struct Ledger {
    reader: Arc<OnceLock<Arc<dyn StateReader>>>,
    pool: Arc<Pool>,
    gossip: mpsc::UnboundedSender<Transaction>,
}

impl Ledger {
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

    /// Checks a transaction, takes it into the pool and passes it on to the peers.
    ///
    /// # Errors
    /// [`SubmitError`]; nothing has changed.
    pub async fn submit(&self, transaction: Transaction) -> Result<(Hash, Admitted), SubmitError> {
        let admitted = self
            .pool
            .submit(self.reader()?, transaction.clone(), true)
            .await?;
        // The node is stopping if nobody listens.
        let _ = self.gossip.send(transaction);
        Ok(admitted)
    }
}

/// What [`Duties`] works with.
pub struct Config<E: Spawner + Metrics + Clock + Storage + CryptoRng> {
    /// The chain.
    pub chain: Chain,
    /// The node's key, which signs heartbeats; none for a node that serves no miner.
    pub key: Option<SecretKey>,
    /// Pending transactions.
    pub pool: Arc<Pool>,
    /// The newest finalized header.
    pub tip: Tip,
    /// Owns the state.
    pub stateful: stateful::Mailbox<E, App>,
}

/// Passes transactions on and sends heartbeats.
pub struct Duties<E: Spawner + Metrics + Clock + Storage + CryptoRng> {
    context: ContextCell<E>,
    config: Config<E>,
    reader: Arc<OnceLock<Arc<dyn StateReader>>>,
    outgoing: mpsc::UnboundedReceiver<Transaction>,
    /// Keeps `outgoing` open when nobody outside wants to submit.
    _gossip: mpsc::UnboundedSender<Transaction>,
    received: Counter,
    heartbeats: Counter,
    /// The round of the last heartbeat, so that none is made twice.
    last_heartbeat: Option<u64>,
    miner: Option<MinerId>,
}

impl<E: Spawner + Metrics + Clock + Storage + CryptoRng> Duties<E> {
    /// Creates them with what others use of them.
    pub fn new(context: E, config: Config<E>) -> (Self, Ledger) {
        let (gossip, outgoing) = mpsc::unbounded_channel();
        let reader = Arc::new(OnceLock::new());
        let ledger = Ledger {
            reader: reader.clone(),
            pool: config.pool.clone(),
            gossip: gossip.clone(),
        };
        let received = context.counter("received", "transactions received from peers");
        let heartbeats = context.counter("heartbeats", "heartbeats sent");
        let duties = Self {
            context: ContextCell::new(context),
            config,
            reader,
            outgoing,
            _gossip: gossip,
            received,
            heartbeats,
            last_heartbeat: None,
            miner: None,
        };
        (duties, ledger)
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
        let database = self.config.stateful.subscribe_databases().await;
        let reader: Arc<dyn StateReader> = Arc::new(DatabaseReader::new(database));
        let _ = self.reader.set(reader.clone());
        let mut tip = self.config.tip.subscribe();
        let mut round = None;
        // On a quiet chain nothing may ever change again without a heartbeat: look once at the start.
        tip.mark_changed();
        select_loop! {
            self.context,
            on_stopped => {},
            changed = tip.changed() => {
                if changed.is_err() {
                    break;
                }
                let height = tip.borrow_and_update().height.saturating_add(1);
                let running = self.config.chain.params.round_of(height);
                if let Err(reason) = self.heartbeat(reader.as_ref(), running, &mut sender).await {
                    debug!(%reason, "no heartbeat");
                }
                if round.replace(running) != Some(running) {
                    for transaction in self.config.pool.own() {
                        pass_on(&mut sender, &transaction);
                    }
                }
            },
            Some(transaction) = self.outgoing.recv() else break => {
                pass_on(&mut sender, &transaction);
            },
            message = receiver.recv() => {
                let Ok((peer, bytes)) = message else {
                    warn!("the channel of transactions is closed");
                    break;
                };
                self.received.inc();
                let bytes = bytes.as_ref().to_vec();
                match Transaction::from_bytes(&bytes) {
                    Ok(transaction) => {
                        if let Err(reason) = self
                            .config
                            .pool
                            .submit(reader.as_ref(), transaction, false)
                            .await
                        {
                            debug!(?peer, %reason, "did not take a transaction");
                        }
                    }
                    Err(reason) => debug!(?peer, %reason, "a peer sent no transaction"),
                }
            },
        }
    }

    /// Sends a heartbeat if the node serves a miner and one is due (mechanism.md, section 6).
    async fn heartbeat<S>(
        &mut self,
        reader: &dyn StateReader,
        round: u64,
        sender: &mut S,
    ) -> Result<(), SubmitError>
    where
        S: Sender<PublicKey = PublicKey>,
    {
        let Some(key) = self.config.key.clone() else {
            return Ok(());
        };
        if self.last_heartbeat == Some(round) {
            return Ok(());
        }
        let Some(miner) = self.miner(reader, &key).await? else {
            return Ok(());
        };
        let chain = &self.config.chain;
        let source = reader.source();
        let failed = |error: etm_execution::ExecutionError<StateUnavailable>| {
            StateUnavailable(error.to_string())
        };
        let Some(view) = read::miner(&source, &chain.params, miner)
            .await
            .map_err(failed)?
        else {
            self.miner = None;
            return Ok(());
        };
        let seen = view.presence.map_or(0, |presence| presence.seen);
        let due = seen.saturating_add(chain.params.heartbeat_rounds());
        if !view.standing.registered || (round < due && view.presence.is_some()) {
            return Ok(());
        }
        let (globals, _) = read::globals(&source).await.map_err(failed)?;
        let blocks = u64::from(chain.params.mechanism.blocks_per_round);
        let transaction = UnsignedTransaction {
            chain: chain.id,
            sender: key.public_key(),
            nonce: 0,
            fee: Units::ZERO,
            expires_at: round
                .saturating_add(1)
                .saturating_mul(blocks)
                .saturating_sub(1),
            payload: Payload::Heartbeat {
                miner,
                round,
                seed: Beacon(globals.beacon),
            },
        }
        .sign(&key);
        self.config
            .pool
            .submit(reader, transaction.clone(), false)
            .await?;
        self.last_heartbeat = Some(round);
        self.heartbeats.inc();
        info!(%miner, round, "sent a heartbeat");
        pass_on(sender, &transaction);
        Ok(())
    }

    /// The miner that registered this node's key.
    async fn miner(
        &mut self,
        reader: &dyn StateReader,
        key: &SecretKey,
    ) -> Result<Option<MinerId>, SubmitError> {
        if self.miner.is_some() {
            return Ok(self.miner);
        }
        let record = Record::NodeKey(&key.node_key()).key();
        let values = reader.get_many(&[record]).await?;
        let Some(owner) = values
            .into_iter()
            .next()
            .flatten()
            .and_then(|bytes| codec::from_bytes::<Address>(&bytes).ok())
        else {
            return Ok(None);
        };
        let source = reader.source();
        let account = read::account(&source, &self.config.chain.params, &owner)
            .await
            .map_err(|error| StateUnavailable(error.to_string()))?;
        self.miner = account.record.miner;
        Ok(self.miner)
    }
}

fn pass_on<S: Sender<PublicKey = PublicKey>>(sender: &mut S, transaction: &Transaction) {
    let bytes = codec::to_bytes(transaction);
    sender.send(Recipients::All, IoBuf::from(bytes), false);
}
