//! The engine: consensus, ordering of finalized blocks and state, on any runtime and network.
//!
//! [`start`] is the production path; nodes call it on real sockets and the whole-network tests on a simulated network.

pub mod announced;
pub mod application;
pub mod automaton;
pub mod begin;
pub mod block;
pub mod candidates;
pub mod channels;
pub mod clock;
pub mod counters;
pub mod duties;
pub mod elector;
pub mod gossip;
pub mod heard;
pub mod journal;
pub mod laggards;
pub mod missing;
pub mod orchestrator;
pub mod outcomes;
pub mod pace;
pub mod paced;
mod parts;
pub mod peers;
pub mod provider;
pub mod round_info;
pub mod running;
pub mod silence;
mod start;
pub mod state;
pub mod storage;
#[cfg(test)]
mod testing;
pub(crate) mod throttle;
pub mod tip;
pub mod types;
pub mod upstream;

use std::{num::NonZeroU32, sync::Arc};

use commonware_consensus::{
    marshal::{self, standard::Standard},
    simplex,
};
use commonware_p2p::max_message_size;
use commonware_runtime::{Handle, Quota};
use etm_types::MinerSecrets;
use thiserror::Error;

use block::{EngineBlock, Marshal};
use clock::ChainClock;
use duties::Desk;
use orchestrator::Timeouts;
use pace::Pace;
use running::RunningSlot;
use silence::Silence;
pub use start::start;
pub use storage::Retention;
use tip::Tip;
use types::{Digest, PublicKey, Scheme};

use crate::{
    feed::Feed,
    guard::Faults,
    pool::Pool,
    upstream::{Standing, Upstreams},
};
use etm_execution::Genesis;

/// The channels of the engine, in the order [`start`] takes them, and what a peer may send on each.
///
/// The network sets memory aside for a burst of every peer that it may come to know, twice (once in each direction) and
/// at once, so that bursts decide what a node takes before it does anything. They are what an honest peer sends within a
/// view, or, for backfill, what a node that catches up asks one peer for at a time.
pub const CHANNELS: [(u64, Quota); 6] = [
    (0, quota(256, 16)), // votes
    (1, quota(256, 16)), // certificates
    (2, quota(256, 8)),  // resolver of certificates
    (3, quota(512, 32)), // backfill of blocks
    (4, quota(32, 2)),   // broadcast of blocks
    (5, quota(128, 16)), // transactions
];

/// Messages a peer may send in a second, and at once.
const fn quota(per_second: u32, burst: u32) -> Quota {
    match (NonZeroU32::new(per_second), NonZeroU32::new(burst)) {
        (Some(per_second), Some(burst)) => Quota::per_second(per_second).allow_burst(burst),
        _ => Quota::per_second(NonZeroU32::MIN),
    }
}

/// Blocks of one peer that are kept while consensus may ask for them. A peer sends one in a slot of its own, and the
/// same again if it did not become final; whoever sends more replaces its own.
pub(crate) const BLOCKS_OF_A_PEER: usize = 2;

/// The largest committee: genesis refuses a larger one.
const MAX_COMMITTEE: u32 = etm_types::limits::MAX_COMMITTEE_MEMBERS as u32;

/// The largest message of the engine in bytes.
pub fn max_engine_message_size() -> u32 {
    max_message_size(&[
        max_vote_size(),
        marshal::max_payload_size::<Standard<EngineBlock>, Scheme>(MAX_COMMITTEE, &()),
    ])
}

/// The largest message of consensus, with the round that the muxers put in front.
pub(crate) fn max_vote_size() -> usize {
    simplex::max_payload_size::<Scheme, Digest>(MAX_COMMITTEE) + 10
}

/// What an engine is started with.
pub struct Config<B, T> {
    /// The node's key in the network.
    pub me: PublicKey,
    /// The keys, if the node produces blocks when it is drawn. The node key must be that of `me`.
    pub secrets: Option<MinerSecrets>,
    /// The chain.
    pub genesis: Arc<Genesis>,
    /// The clock of block timestamps.
    pub clock: ChainClock,
    /// Prefix of the partitions on disk.
    pub prefix: String,
    /// Closes the connections of peers that misbehave.
    pub blocker: B,
    /// Told of the peers of each round.
    pub tracker: T,
    /// Timeouts of consensus.
    pub timeouts: Timeouts,
    /// How much history is kept.
    pub retention: Retention,
    /// Of a hundred slots of this node, how many it lets pass.
    pub lazy_percent: u8,
    /// Pending transactions.
    pub pool: Arc<Pool>,
    /// Where what ends it is noted; what is noted there ends it.
    pub faults: Faults,
    /// Candidates beyond the committees that the network has places for: the same on all nodes of a chain.
    pub places: usize,
    /// Other nodes to get blocks from and to pass transactions on to, where the network has no place for this one.
    pub upstreams: Upstreams,
}

/// The network of an engine: its channels in the order of [`CHANNELS`].
pub struct Network<S, R> {
    pub votes: (S, R),
    pub certificates: (S, R),
    /// Resolver of certificates.
    pub resolver: (S, R),
    /// Backfill of blocks.
    pub backfill: (S, R),
    /// Broadcast of blocks.
    pub broadcast: (S, R),
    pub transactions: (S, R),
}

/// What the tasks of an engine are, in their order.
pub const PARTS: [&str; 7] = [
    "broadcast",
    "rounds",
    "marshal",
    "state",
    "duties",
    "machine",
    "upstreams",
];

/// A running engine.
pub struct Engine {
    /// Gives finalized blocks and certificates.
    pub marshal: Marshal,
    /// Finalized blocks, for followers.
    pub feed: Feed,
    /// The newest finalized state and the pool.
    pub desk: Desk,
    /// The newest finalized and executed header.
    pub tip: Tip,
    /// The slot that is running.
    pub running: RunningSlot,
    /// How this node's clock compares with the chain's.
    pub pace: Pace,
    /// Whether this node votes.
    pub silence: Silence,
    /// Where this node gets its blocks from.
    pub standing: Standing,
    /// Block 0.
    pub genesis: EngineBlock,
    /// The block it began with, if it got the state after it instead of executing all before.
    pub origin: Option<EngineBlock>,
    /// The tasks; the end of one is the end of the engine.
    pub handles: Vec<Handle<()>>,
}

/// An engine could not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The genesis state could not be written or read.
    #[error("genesis state: {0}")]
    State(#[from] state::StateError),
    /// The storage failed.
    #[error("storage: {0}")]
    Storage(String),
    /// The genesis names no valid first block.
    #[error("the genesis has no valid first block")]
    Genesis,
    /// The genesis was never checked, and is none.
    #[error("the genesis: {0}")]
    Unchecked(#[from] etm_execution::GenesisError),
}
