//! The chain as an application of consensus: building, checking and finalizing blocks.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use commonware_codec::Encode as _;
use commonware_consensus::{Heightable as _, marshal::ancestry::Ancestry};
use commonware_cryptography::{
    Digestible as _,
    bls12381::primitives::{group::Private, ops, variant::MinSig},
};
use commonware_glue::stateful::{Application, Finality, Input, Proposed, db::DatabaseSet};
use commonware_runtime::Spawner;
use commonware_storage::{Context as StorageContext, qmdb::sync::Target};
use etm_types::{BlsSignature, Hash, NodeKey, namespace};
use futures::StreamExt as _;
use rand_core::CryptoRng;
use tracing::{debug, warn};

use super::{
    block::EngineBlock,
    clock::ChainClock,
    state::{self, Batch, BatchSource, Commitment, Databases, Sealed},
    types::{ConsensusContext, Digest, Scheme},
};
use crate::stub::{self, BlockContext, Genesis, Outcome};
use etm_types::{Block, Body, Header, block};

/// How long a block may be ahead of the local clock before it is refused. Longer than every timeout of a view, so
/// that nobody can be brought to finalize what others refuse for the time they have.
pub const MAX_AHEAD: Duration = Duration::from_secs(10);

/// What consensus executes. Clones share everything.
#[derive(Clone)]
pub struct App {
    shared: Arc<AppShared>,
}

/// What the clones of an [`App`] share.
pub struct AppShared {
    /// Parameters of the chain.
    pub genesis: Genesis,
    /// Block 0.
    pub genesis_block: EngineBlock,
    /// Time of blocks.
    pub clock: ChainClock,
    /// The key of beacon contributions, if this node produces.
    pub secret: Option<Private>,
    /// Told of every finalized block once its state is applied.
    pub observer: Arc<dyn Fn(u64, Hash, Commitment) + Send + Sync>,
    /// Outcomes of blocks above the finalized one, by height and hash.
    pub executed: Mutex<BTreeMap<(u64, Digest), Outcome>>,
}

impl App {
    /// The application on what its clones share.
    pub fn new(shared: AppShared) -> Self {
        Self {
            shared: Arc::new(shared),
        }
    }

    fn vrf(&self, parent: &Header) -> Option<BlsSignature> {
        let secret = self.shared.secret.as_ref()?;
        let name = namespace::vrf(&self.shared.genesis.chain);
        let message = vrf_message(parent);
        let signature = ops::sign_message::<MinSig>(secret, &name, &message);
        <[u8; 48]>::try_from(&signature.encode()[..])
            .ok()
            .map(BlsSignature)
    }

    fn remember(&self, height: u64, digest: Digest, outcome: Outcome) {
        self.executed().insert((height, digest), outcome);
    }

    fn executed(&self) -> std::sync::MutexGuard<'_, BTreeMap<(u64, Digest), Outcome>> {
        self.shared
            .executed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    async fn build<E: Spawner + StorageContext>(
        &self,
        runtime: &E,
        consensus: &ConsensusContext,
        parent: &EngineBlock,
        batch: Batch<E>,
    ) -> Option<(EngineBlock, Sealed<E>)> {
        let height = parent.header().height.checked_add(1)?;
        let earliest = parent
            .header()
            .timestamp_ms
            .checked_add(self.shared.genesis.slot_ms)?;
        self.shared
            .clock
            .wait_until(runtime, height, earliest, Duration::MAX)
            .await;
        let timestamp_ms = self.shared.clock.now_ms(runtime).max(earliest);
        let context = BlockContext {
            height,
            round: consensus.round.epoch().get(),
            slot: consensus.round.view().get(),
            parent_slot: consensus.parent.0.get(),
            parent_beacon: parent.header().beacon,
            timestamp_ms,
            vrf: self.vrf(parent.header())?,
            leader: node_key(&consensus.leader),
        };
        let outcome = stub::execute(
            &BatchSource::<E>(&batch),
            &self.shared.genesis,
            &context,
            &[],
        )
        .await
        .inspect_err(|error| warn!(%error, height, "could not build a block"))
        .ok()?;
        let (sealed, commitment) = state::seal::<E>(batch, outcome.changes.clone())
            .await
            .inspect_err(|error| warn!(%error, height, "could not seal the state"))
            .ok()?;
        let block = EngineBlock::new(Block {
            header: Header {
                chain: self.shared.genesis.chain,
                height,
                round: context.round,
                slot: context.slot,
                parent_slot: context.parent_slot,
                parent: Hash(parent.digest().0),
                timestamp_ms,
                producer: outcome.producer,
                leader: context.leader,
                vrf: context.vrf,
                beacon: outcome.beacon,
                transactions_root: block::transactions_root(&[]),
                receipts_root: block::receipts_root(&outcome.receipts),
                committee_root: block::committee_root(outcome.committee.as_ref()),
                state_root: Hash(commitment.root),
                ops_root: Hash(commitment.ops_root),
                ops_start: commitment.ops_start,
                ops_end: commitment.ops_end,
            },
            body: Body {
                transactions: Vec::new(),
                committee: outcome.committee.clone(),
            },
        })?;
        self.remember(height, block.digest(), outcome);
        Some((block, sealed))
    }

    /// Checks a block against its parent and executes it; says why it is refused.
    async fn check<E: Spawner + StorageContext>(
        &self,
        runtime: &E,
        consensus: &ConsensusContext,
        block: &EngineBlock,
        parent: &EngineBlock,
        batch: Batch<E>,
        finality: Finality,
    ) -> Result<Sealed<E>, String> {
        let header = block.header();
        let before = parent.header();
        if finality == Finality::Candidate {
            self.check_header(runtime, consensus, header, before)
                .await?;
        }
        let context = BlockContext {
            height: header.height,
            round: header.round,
            slot: header.slot,
            parent_slot: header.parent_slot,
            parent_beacon: before.beacon,
            timestamp_ms: header.timestamp_ms,
            vrf: header.vrf,
            leader: header.leader,
        };
        let outcome = stub::execute(
            &BatchSource::<E>(&batch),
            &self.shared.genesis,
            &context,
            &[],
        )
        .await
        .map_err(|error| error.to_string())?;
        if outcome.beacon != header.beacon {
            return Err("the beacon does not follow from the contribution".into());
        }
        if outcome.committee != block.block().body.committee {
            return Err("the committee is not the one drawn".into());
        }
        let (sealed, commitment) = state::seal::<E>(batch, outcome.changes.clone())
            .await
            .map_err(|error| error.to_string())?;
        if commitment != commitment_of(header) {
            return Err("the state after the block is another one".into());
        }
        self.remember(header.height, block.digest(), outcome);
        Ok(sealed)
    }

    async fn check_header<E: Spawner + StorageContext>(
        &self,
        runtime: &E,
        consensus: &ConsensusContext,
        header: &Header,
        parent: &Header,
    ) -> Result<(), String> {
        let genesis = &self.shared.genesis;
        if header.chain != genesis.chain {
            return Err("the block belongs to another chain".into());
        }
        if header.height / genesis.blocks_per_round != header.round {
            return Err("the height lies in another round".into());
        }
        if node_key(&consensus.leader) != header.leader {
            return Err("the producer is not on turn".into());
        }
        let earliest = parent.timestamp_ms.saturating_add(genesis.slot_ms);
        if header.timestamp_ms < earliest {
            return Err("the slot of the block had not begun".into());
        }
        // A block from the near future is waited for. One from beyond is refused only after every node has given up
        // its view, so clocks that differ cannot split the committee.
        let in_time = self
            .shared
            .clock
            .wait_until(runtime, header.height, header.timestamp_ms, MAX_AHEAD)
            .await;
        if in_time {
            Ok(())
        } else {
            Err("the timestamp is too far ahead".into())
        }
    }
}

/// What the producer of the next block signs for the beacon.
pub fn vrf_message(parent: &Header) -> Vec<u8> {
    let mut message = parent.beacon.as_bytes().to_vec();
    message.extend_from_slice(&parent.height.saturating_add(1).to_be_bytes());
    message
}

fn node_key(key: &super::types::PublicKey) -> NodeKey {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(key.as_ref());
    NodeKey(bytes)
}

fn commitment_of(header: &Header) -> Commitment {
    Commitment {
        root: header.state_root.0,
        ops_root: header.ops_root.0,
        ops_start: header.ops_start,
        ops_end: header.ops_end,
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
        commitment_of(block.header()).target().unwrap_or_else(|| {
            // An impossible range matches no state: the block is refused.
            Target::new(
                Digest::from([0xff; 32]),
                commonware_utils::non_empty_range!(0u64.into(), 1u64.into()),
            )
        })
    }

    async fn genesis(&mut self) -> EngineBlock {
        self.shared.genesis_block.clone()
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
            .build(&runtime, &consensus, parent.inner(), batches)
            .await?;
        Some(Proposed { block, merkleized })
    }

    async fn process(
        &mut self,
        (runtime, consensus): (E, ConsensusContext),
        mut ancestry: impl Ancestry<EngineBlock>,
        batches: Batch<E>,
        finality: Finality,
    ) -> Option<Sealed<E>> {
        let block = ancestry.next().await?;
        let parent = ancestry.next().await?;
        self.check(
            &runtime,
            &consensus,
            block.inner(),
            parent.inner(),
            batches,
            finality,
        )
        .await
        .inspect_err(|reason| {
            warn!(height = %block.height(), digest = %block.digest(), reason, "refused a block");
        })
        .ok()
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
        _: (E, ConsensusContext),
        block: &EngineBlock,
        (): (),
        _: <Databases<E> as DatabaseSet<E>>::Readers,
    ) {
        let header = block.header();
        {
            let mut executed = self.executed();
            *executed =
                executed.split_off(&(header.height.saturating_add(1), Digest::from([0; 32])));
        }
        debug!(
            height = header.height,
            round = header.round,
            slot = header.slot,
            "finalized"
        );
        (self.shared.observer)(header.height, header.hash(), commitment_of(header));
    }
}
