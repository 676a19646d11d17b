//! The chain as an application of consensus: building, checking and finalizing blocks.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use commonware_consensus::{Heightable as _, marshal::ancestry::Ancestry};
use commonware_cryptography::Digestible as _;
use commonware_glue::stateful::{Application, Finality, Input, Proposed, db::DatabaseSet};
use commonware_runtime::{
    Spawner,
    telemetry::metrics::{Counter, Gauge, GaugeExt as _, MetricsExt as _},
};
use commonware_storage::{Context as StorageContext, qmdb::sync::Target};
use etm_execution::{
    BlockContext, Chain, CheckedTransaction, ExecutionError, Genesis, Outcome, build,
    check_unknown, execute, read, vrf_message,
};
use etm_types::{Block, BlockOutcome, BlsSecret, Body, Hash, Header, Height, block, namespace};
use futures::StreamExt as _;
use rand_core::CryptoRng;
use thiserror::Error;
use tracing::{debug, error, info, warn};

use super::{
    block::EngineBlock,
    candidates::Candidates,
    counters::ToChain as _,
    pace::{Pace, Parent},
    peers::Peer,
    state::{self, Batch, BatchSource, Commitment, Databases, ReadSource, Sealed, StateError},
    tip::Tip,
    types::{ConsensusContext, Digest, Scheme, node_key, public_key},
};
use crate::{
    feed::Recorder,
    guard::Faults,
    pool::{self, Pool},
};

/// Candidates that are read beyond those that there are places for, since some have one by their seat on a committee.
const MAX_ON_COMMITTEES: usize = 2 * etm_types::limits::MAX_COMMITTEE_MEMBERS;

/// A node whose blocks are older than so many slots catches up, and logs the last of each round instead of every block.
const CATCHES_UP_SLOTS: u64 = 100;

/// Why there is no sealed block: what was proposed gets no vote, or nothing is proposed.
#[derive(Debug, Error)]
enum NotSealed {
    #[error("the block belongs to another chain")]
    Chain,
    #[error("the header does not commit to the body")]
    Body,
    #[error("the slot of the block had not begun")]
    Early,
    #[error("transaction {0}: {1}")]
    Transaction(usize, etm_execution::Invalid),
    #[error(transparent)]
    Execution(#[from] ExecutionError<StateError>),
    #[error("{0}")]
    State(#[from] StateError),
    #[error("the header's {0} is not what follows from execution")]
    Outcome(&'static str),
    #[error("this node has no key to produce blocks with")]
    NoKey,
    #[error("this node lets the slot pass")]
    Lazy,
    #[error("the block would be malformed")]
    Malformed,
    #[error("the check of the block's signatures was cut short: {0}")]
    Unchecked(commonware_runtime::Error),
}

/// What consensus executes. Clones share everything.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// What an [`App`] is made of.
pub struct Config {
    /// The chain and what it began with.
    pub genesis: Arc<Genesis>,
    /// Block 0.
    pub genesis_block: EngineBlock,
    /// Time of blocks.
    pub pace: Pace,
    /// The key of beacon contributions, if this node produces.
    pub secret: Option<BlsSecret>,
    /// Of a hundred slots of this node, how many it lets pass.
    pub lazy_percent: u8,
    /// Pending transactions.
    pub pool: Arc<Pool>,
    /// Takes down what becomes of finalized blocks.
    pub recorder: Recorder,
    /// Told of the candidates whose turn it is in later rounds.
    pub candidates: Candidates,
    /// How many of them the network has places for.
    pub places: usize,
    /// The newest finalized header, for whoever wants to know.
    pub tip: Tip,
    /// Told when this machine fails.
    pub faults: Faults,
}

struct Shared {
    config: Config,
    /// Outcomes of blocks above the finalized one, by height and hash.
    executed: Mutex<BTreeMap<(Height, Digest), Outcome>>,
    height: Gauge,
    clock_ahead: Gauge,
    conserved: Gauge,
    transactions: Counter,
    refused: Counter,
}

impl App {
    /// The application, with its metrics in `context`.
    pub fn new<E: StorageContext>(context: &E, config: Config) -> Self {
        Self(Arc::new(Shared {
            config,
            executed: Mutex::default(),
            height: context.gauge("height", "height of the newest finalized block"),
            clock_ahead: context.gauge(
                "clock_ahead_ms",
                "by how many ms this machine's clock is ahead of the committee's time; below 0 if behind",
            ),
            conserved: context.gauge(
                "conserved",
                "1 if no token came out of nothing or vanished as of the newest finalized block",
            ),
            transactions: context.counter("transactions", "transactions in finalized blocks"),
            refused: context.counter("refused_blocks", "proposals this node refused"),
        }))
    }

    fn chain(&self) -> &Chain {
        self.0.config.genesis.chain()
    }

    fn executed(&self) -> MutexGuard<'_, BTreeMap<(Height, Digest), Outcome>> {
        self.0
            .executed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a lazy node lets its slot pass: by a hash of round and slot, so that runs can be repeated.
    fn lets_pass(&self, consensus: &ConsensusContext) -> bool {
        let round = consensus.round.epoch().get().to_be_bytes();
        let slot = consensus.round.view().get().to_be_bytes();
        let Hash([first, ..]) = Hash::of(&[b"etm/lazy", &round, &slot]);
        u16::from(first) * 100 / 256 < u16::from(self.0.config.lazy_percent)
    }

    /// Builds a block on `parent`; its slot has come.
    async fn build<E: Spawner + StorageContext>(
        &self,
        runtime: &E,
        consensus: &ConsensusContext,
        parent: &Header,
        batch: Batch<E>,
    ) -> Result<(EngineBlock, Sealed<E>), NotSealed> {
        let secret = self.0.config.secret.as_ref().ok_or(NotSealed::NoKey)?;
        if self.lets_pass(consensus) {
            return Err(NotSealed::Lazy);
        }
        let chain = self.chain();
        let height = parent.height.saturating_add(1);
        let pace = &self.0.config.pace;
        let on = Parent {
            digest: consensus.parent.1,
            height: parent.height,
            timestamp_ms: parent.timestamp_ms,
        };
        let vrf = secret.sign(
            &namespace::vrf(&chain.id),
            &vrf_message(&parent.beacon, height),
        );
        let turn = consensus.round.to_chain();
        let context = BlockContext {
            height,
            round: turn.round,
            slot: turn.slot,
            parent_slot: consensus.parent.0.to_chain(),
            parent_beacon: parent.beacon,
            timestamp_ms: pace.stamp(runtime, &on),
            vrf,
            leader: node_key(&consensus.leader),
        };
        let source = BatchSource::<E>(&batch);
        let missed = pool::missed(context.slot, context.parent_slot);
        let candidates = self.0.config.pool.choose(&source, height, missed).await?;
        let built = build(&source, chain, &context, &candidates).await?;
        self.0.config.pool.drop_invalid(
            built
                .dropped
                .into_iter()
                .filter_map(|(index, reason)| Some((*candidates.get(index)?.hash(), reason))),
        );
        let outcome = built.outcome;
        let (sealed, commitment) = state::seal::<E>(batch, outcome.changes.clone()).await?;
        let header = Header {
            chain: chain.id,
            height,
            round: context.round,
            slot: context.slot,
            parent_slot: context.parent_slot,
            parent: parent.hash(),
            timestamp_ms: context.timestamp_ms,
            producer: outcome.producer,
            leader: context.leader,
            vrf,
            beacon: outcome.beacon,
            transactions_root: block::transactions_root(&built.included),
            state_root: Hash(commitment.root),
            ops_root: Hash(commitment.ops_root),
            ops_start: commitment.ops_start,
            ops_end: commitment.ops_end,
            receipts_root: block::receipts_root(&outcome.receipts),
            committee_root: block::committee_root(outcome.committee.as_ref()),
        };
        let body = Body {
            transactions: built.included,
            committee: outcome.committee.clone(),
        };
        let block = EngineBlock::new(Block { header, body }).ok_or(NotSealed::Malformed)?;
        self.executed().insert((height, block.digest()), outcome);
        pace.has_come(runtime, block.digest(), context.timestamp_ms, true);
        Ok((block, sealed))
    }

    /// Checks a block against its parent and executes it.
    async fn check<E: Spawner + StorageContext>(
        &self,
        runtime: E,
        block: &EngineBlock,
        parent: &Header,
        batch: Batch<E>,
    ) -> Result<Sealed<E>, NotSealed> {
        let header = block.header();
        if header.chain != self.chain().id {
            return Err(NotSealed::Chain);
        }
        if !block.block().commits_to_body() {
            return Err(NotSealed::Body);
        }
        let earliest = parent
            .timestamp_ms
            .saturating_add(self.chain().params.slot_ms);
        if header.timestamp_ms < earliest {
            return Err(NotSealed::Early);
        }
        let transactions = self.check_transactions(runtime, block).await?;
        let outcome = self
            .execute(&BatchSource::<E>(&batch), block, &transactions, parent)
            .await?;
        if let Some(what) = outcome.contradicts(block.block()) {
            return Err(NotSealed::Outcome(what));
        }
        let (sealed, commitment) = state::seal::<E>(batch, outcome.changes.clone()).await?;
        if commitment != Commitment::of(header) {
            return Err(NotSealed::Outcome("state"));
        }
        self.executed()
            .insert((header.height, block.digest()), outcome);
        Ok(sealed)
    }

    /// Checks what needs no state. The signatures of a full block take all cores for tens of milliseconds: tasks that drive
    /// consensus would wait for as long, so this is done where blocking is allowed. What is in the pool, byte for byte, was
    /// checked when it came there.
    async fn check_transactions<E: Spawner>(
        &self,
        runtime: E,
        block: &EngineBlock,
    ) -> Result<Vec<CheckedTransaction>, NotSealed> {
        let transactions = block.block().body.transactions.clone();
        let genesis = Arc::clone(&self.0.config.genesis);
        let pool = Arc::clone(&self.0.config.pool);
        let work = runtime.shared(true).spawn(move |_| async move {
            check_unknown(genesis.chain(), transactions, |hash| pool.has(hash))
        });
        let checked = work.await.map_err(NotSealed::Unchecked)?;
        checked.map_err(|(index, reason)| NotSealed::Transaction(index, reason))
    }

    async fn execute<S: etm_execution::Source<Error = StateError>>(
        &self,
        source: &S,
        block: &EngineBlock,
        transactions: &[CheckedTransaction],
        parent: &Header,
    ) -> Result<Outcome, NotSealed> {
        let header = block.header();
        let context = BlockContext::of(header, parent.beacon);
        Ok(execute(source, self.chain(), &context, transactions).await?)
    }

    /// Writes down what executing a finalized block brought. Marshal hears only afterwards that the block is done, so a node that
    /// stops in between, for whatever reason, executes it again.
    #[allow(clippy::panic)] // how the engine wants to be told that storage fails: the node can't vouch for what it would do from here
    async fn record(&self, block: &EngineBlock, outcome: Outcome, executed_ms: u64) {
        let recorded = self.0.config.recorder.record(
            block.shared(),
            Hash(block.digest().0),
            BlockOutcome {
                receipts: outcome.receipts,
                report: outcome.report,
                executed_ms,
            },
        );
        if let Err(reason) = recorded.await {
            error!(%reason, height = %block.height(), "can't write down what a block brought");
            panic!("the archive of outcomes fails: {reason}");
        }
    }

    /// Reads what the metrics and the network want to know of a finalized state.
    async fn observe<E: Spawner + StorageContext>(
        &self,
        header: &Header,
        source: &ReadSource<'_, E>,
    ) {
        let _ = self.0.height.try_set(header.height.0);
        let _ = self.0.clock_ahead.try_set(self.0.config.pace.ahead_ms());
        match read::supply(source).await {
            Ok(supply) => {
                let _ = self.0.conserved.try_set(i64::from(supply.conserved));
                if !supply.conserved {
                    error!(
                        height = header.height.0,
                        "tokens came out of nothing or vanished"
                    );
                }
            }
            Err(reason) => error!(%reason, height = header.height.0, "could not read the supply"),
        }
        if !self.chain().params.is_last_of_round(header.height) {
            return;
        }
        // For the round after the next: whoever begins one has heard of this block long before.
        let round = header.round.saturating_add(2);
        let places = self.0.config.places;
        let count = places.saturating_add(MAX_ON_COMMITTEES);
        let params = &self.chain().params;
        match read::miners_in_turn(source, params, round.0, places, count).await {
            Ok(miners) => {
                let peers = miners.iter().filter_map(|miner| {
                    Some(Peer {
                        key: public_key(&miner.node.node.0)?,
                        dial: miner.node.dial.as_str().to_owned(),
                    })
                });
                self.0.config.candidates.set(round, peers.collect());
            }
            Err(reason) => error!(%reason, "could not read the miners"),
        }
    }
}

impl<E: Spawner + StorageContext + CryptoRng> Application<E> for App {
    type SigningScheme = Scheme;
    type Context = ConsensusContext;
    type Block = EngineBlock;
    type Databases = Databases<E>;
    type Captured = ();
    type Provider = ();
    type Input = ();

    fn sync_targets(block: &EngineBlock) -> <Databases<E> as DatabaseSet<E>>::SyncTargets {
        Commitment::of(block.header()).target().unwrap_or_else(|| {
            // An impossible range matches no state: the block is refused.
            Target::new(
                Digest::from([0xff; 32]),
                commonware_utils::non_empty_range!(0u64.into(), 1u64.into()),
            )
        })
    }

    async fn genesis(&mut self) -> EngineBlock {
        self.0.config.genesis_block.clone()
    }

    async fn propose(
        &mut self,
        (runtime, consensus): (E, ConsensusContext),
        ancestry: impl Ancestry<EngineBlock>,
        batches: Batch<E>,
        _: Input<(), ()>,
    ) -> Option<Proposed<Self, E>> {
        let parent = ancestry.peek()?.clone();
        let (block, merkleized) = self
            .build(&runtime, &consensus, parent.inner().header(), batches)
            .await
            .inspect_err(|reason| warn!(%reason, round = %consensus.round, "built no block"))
            .ok()?;
        Some(Proposed { block, merkleized })
    }

    async fn process(
        &mut self,
        (runtime, _): (E, ConsensusContext),
        mut ancestry: impl Ancestry<EngineBlock>,
        batches: Batch<E>,
        _: Finality,
    ) -> Option<Sealed<E>> {
        let block = ancestry.next().await?;
        let parent = ancestry.next().await?;
        let checked = self
            .check(
                runtime.child("check"),
                block.inner(),
                parent.inner().header(),
                batches,
            )
            .await;
        match checked {
            Ok(sealed) => Some(sealed),
            // That says nothing about the block: to refuse it would part this node from all others for good.
            Err(
                reason @ (NotSealed::State(_)
                | NotSealed::Execution(ExecutionError::Source(_))
                | NotSealed::Unchecked(_)),
            ) => self.0.config.faults.end(&reason.to_string()).await,
            Err(reason) => {
                self.0.refused.inc();
                warn!(%reason, height = %block.height(), digest = %block.digest(), "refused a block");
                None
            }
        }
    }

    async fn capture(
        &mut self,
        _: (E, ConsensusContext),
        _: &EngineBlock,
        _: &Sealed<E>,
        _: <Databases<E> as DatabaseSet<E>>::Readers,
    ) {
    }

    async fn finalized(
        &mut self,
        (runtime, _): (E, ConsensusContext),
        block: &EngineBlock,
        (): (),
        readers: <Databases<E> as DatabaseSet<E>>::Readers,
    ) {
        let header = block.header();
        let outcome = {
            let mut executed = self.executed();
            // Every block comes here from `build` or `check` of this run, which put its outcome there.
            let outcome = executed.remove(&(header.height, block.digest()));
            let above = (header.height.saturating_add(1), Digest::from([0; 32]));
            *executed = executed.split_off(&above);
            outcome
        };
        let pace = &self.0.config.pace;
        let executed_ms = pace.clock().now_ms(&runtime);
        pace.is_final(executed_ms, header.timestamp_ms);
        self.observe(header, &ReadSource::<E>(&readers)).await;
        self.0
            .transactions
            .inc_by(block.block().body.transactions.len() as u64);
        let late_ms = executed_ms.saturating_sub(header.timestamp_ms);
        let catches_up =
            late_ms > CATCHES_UP_SLOTS.saturating_mul(self.0.config.genesis.chain().params.slot_ms);
        if catches_up && block.block().body.committee.is_none() {
            debug!(height = header.height.0, "finalized");
        } else {
            info!(
                height = header.height.0,
                round = header.round.0,
                slot = header.slot.0,
                producer = %header.producer,
                transactions = block.block().body.transactions.len(),
                bytes = block.bytes().len(),
                "finalized"
            );
        }
        self.0.config.pool.on_finalized(block.block());
        // Known as final before it is in the history, which therefore never is ahead of the chain.
        self.0.config.tip.advance(header.clone());
        match outcome {
            Some(outcome) => self.record(block, outcome, executed_ms).await,
            None => error!(
                height = header.height.0,
                "a finalized block was never executed"
            ),
        }
    }
}
