//! What happened on a chain, in SQLite, written from finalized blocks.

mod feed;

pub use feed::{ChainFacts, FinalizedBlock};
