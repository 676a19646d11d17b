//! Finalized blocks, handed to whoever writes history.

use etm_mechanism::RoundReport;
use etm_types::{Address, Block, Hash, Receipt};

/// A final block with all that execution found out about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalizedBlock {
    /// The block.
    pub block: Block,
    /// Its hash.
    pub hash: Hash,
    /// The encoded finalization. Empty if the block became final with a later one and has none of its own; the last
    /// block of a round always has one.
    pub certificate: Vec<u8>,
    /// Its receipts, in order.
    pub receipts: Vec<Receipt>,
    /// In the last block of a round: what its end did.
    pub report: Option<RoundReport<Address>>,
    /// The chain's time when this node executed it, in milliseconds.
    pub finalized_ms: u64,
}

/// Takes finalized blocks.
///
/// Blocks come in the order of heights, at least once: after a crash some come again. A block's state is made durable
/// only after its consumer has accepted it, so nothing is ever missed; a consumer must have the block on disk when it
/// answers.
pub trait Consumer: Send + Sync + 'static {
    /// Takes a block. Called from one task at a time; may block for a short while.
    ///
    /// # Errors
    /// What went wrong. The node tries again, and stops if that does not help.
    fn accept(&self, block: &FinalizedBlock) -> Result<(), String>;
}

/// Forgets every block.
#[derive(Clone, Copy, Debug)]
pub struct NoConsumer;

impl Consumer for NoConsumer {
    fn accept(&self, _: &FinalizedBlock) -> Result<(), String> {
        Ok(())
    }
}
