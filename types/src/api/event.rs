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
    /// A block became final. The event's id is its height: a client that reconnects with it gets the blocks it missed (at most 1,000).
    Block {
        /// The block.
        block: BlockSummary,
        /// Time from its timestamp until this node had it final.
        finality_ms: Option<u64>,
    },
    /// A round ended with the block before this event.
    Round {
        /// The round.
        round: RoundSummary,
    },
    /// A slot was missed, as the block after it shows.
    Missed {
        /// The slot.
        missed: MissedSlot,
        /// Its round.
        round: u64,
    },
    /// A transaction entered the pool.
    Pending {
        /// The transaction.
        transaction: TransactionSummary,
    },
    /// This client was too slow and missed events: fetch anew.
    Lagged {
        /// How many it missed.
        events: u64,
    },
}
