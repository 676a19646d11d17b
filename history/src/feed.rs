//! What the history is written from.

use etm_mechanism::{Genesis, Params, RoundReport};
use etm_types::state::NodeRecord;
use etm_types::{Address, Block, ChainId, Committee, Hash, Receipt, Units};

/// What never changes about a chain: its genesis and parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainFacts {
    /// SHA-256 of the canonical genesis.
    pub id: ChainId,
    /// The name in the genesis, for people.
    pub name: String,
    /// Whether it is a devnet: faucet and time travel exist.
    pub devnet: bool,
    /// The canonical encoding of the genesis.
    pub canonical_genesis: Vec<u8>,
    /// Hash of the genesis block: the parent of height 1.
    pub genesis_hash: Hash,
    /// Time of genesis in milliseconds since the Unix epoch.
    pub genesis_timestamp_ms: u64,
    /// Parameters of the mechanism.
    pub params: Params,
    /// Target length of a slot in milliseconds.
    pub slot_ms: u64,
    /// Rounds within which a node must have shown that it runs.
    pub ready_rounds: u64,
    /// Smallest fee of a transaction.
    pub min_fee: Units,
    /// The most blocks a transaction may expire ahead of the tip.
    pub max_expiry_blocks: u64,
    /// Accounts, miners and positions of genesis.
    pub genesis: Genesis<Address>,
    /// What the miners of genesis registered about their nodes, by id.
    pub nodes: Vec<NodeRecord>,
    /// The committees of rounds 0 and 1.
    pub committees: [Committee; 2],
}

/// A final block with all that execution found out about it. Delivered in the order of heights, at least once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalizedBlock {
    /// The block.
    pub block: Block,
    /// Its hash.
    pub hash: Hash,
    /// The encoded finalization.
    pub certificate: Vec<u8>,
    /// Its receipts, in order.
    pub receipts: Vec<Receipt>,
    /// In the last block of a round: what the end of the round did.
    pub report: Option<RoundReport<Address>>,
    /// When this node had it final, on the chain's clock in milliseconds; none if it was caught up with later.
    pub finalized_ms: Option<u64>,
}
