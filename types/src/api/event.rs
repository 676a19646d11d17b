//! Events, as `GET /api/v1/events` streams them (server-sent events; the event name is `kind`, the data is this JSON).

use serde::{Deserialize, Serialize};

use super::block::{BlockSummary, MissedSlot};
use super::round::RoundSummary;
use super::transaction::TransactionSummary;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// A block became final. Events of a block come together: its missed slots, itself, its round if it was the last of it. The last of
    /// them that the client listens to bears the height as its id: a client that reconnects with it gets all it missed (at most 1,000 blocks).
    Block {
        block: BlockSummary,
        /// Time from its timestamp until this node had it final.
        finality_ms: Option<u64>,
    },
    /// A round ended with the block before this event.
    Round { round: RoundSummary },
    /// A slot was missed, as the block after it shows.
    Missed { missed: MissedSlot, round: u64 },
    /// A transaction entered the pool.
    Pending { transaction: TransactionSummary },
    /// This client was too slow, or away for too long, and missed events: fetch anew.
    Lagged {
        /// Of how many blocks and pending transactions it missed the events.
        events: u64,
    },
}

impl Event {
    /// The kinds there are, as JSON names them.
    pub const KINDS: [&str; 5] = ["block", "round", "missed", "pending", "lagged"];
}
