//! What happened on a chain, in SQLite, written from finalized blocks.
//!
//! [`History::record`] takes the blocks in the order of heights, one SQL transaction each: after a crash at any point the file holds
//! whole blocks, and the feed begins anew at [`History::height`] + 1 or anywhere before it. A block that is there already changes
//! nothing, a gap and a different block at a recorded height are errors.
//!
//! What is kept: blocks with receipts and certificates, where each transaction is and whom it concerns, accepted requests, rounds with
//! seats, pools and draws, votes and counters of miners where they changed, what is locked behind whom. What is not kept, because it
//! would cost a row for each voter and round: the bonus of positions. [`History::life`] and the pages of bonus and timeline recompute it for
//! one account, exact to the unit, in steps that grow with the page and the logarithm of the seats in between.
//!
//! Reading returns the shapes of [`etm_types::api`] where there is one. The crate knows nothing of HTTP or consensus.

mod cancel;
mod condition;
mod course;
mod error;
mod feed;
mod fill;
mod follow;
mod holder;
mod kept;
mod life;
mod lock;
mod origin;
mod position;
mod prune;
mod read;
mod record;
mod round_end;
mod rows;
mod schema;
mod stand;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod value;

pub use cancel::Cancel;
pub use condition::Condition;
pub use course::SeatFacts;
pub use error::{HistoryError, Result};
pub use etm_types::FinalizedBlock;
pub use feed::ChainFacts;
pub use life::Life;
pub use origin::Origin;
pub use read::{
    BlockTime, MinerFacts, MinerFigures, RecentSeats, RecordedBlock, SeatsExpected,
    TransactionPlace,
};
pub use record::Recorded;
pub use store::History;

#[cfg(test)]
mod tests;
