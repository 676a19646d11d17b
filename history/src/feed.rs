//! What the history is written from.

use etm_mechanism::{Genesis, GenesisMiner, GenesisPosition, Params, RoundReport};
use etm_types::{Address, Block, ChainId, Committee, Hash, Receipt};

/// What never changes about a chain: its genesis and parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainFacts {
    /// The chain's id.
    pub id: ChainId,
    /// Hash of the genesis block: the parent of height 1.
    pub genesis_hash: Hash,
    /// Time of genesis in milliseconds since the Unix epoch.
    pub genesis_timestamp_ms: u64,
    /// Parameters of the mechanism.
    pub params: Params,
    /// Accounts, miners and positions of genesis.
    pub genesis: Genesis<Address>,
    /// The committees of rounds 0 and 1.
    pub committees: [Committee; 2],
}

impl ChainFacts {
    /// From a checked genesis and the hash of its block (which depends on the state's database).
    pub fn new(genesis: &etm_execution::Genesis, genesis_hash: Hash) -> Self {
        let draft = genesis.draft();
        let miners = draft.miners.iter();
        let positions = draft.positions.iter();
        Self {
            id: genesis.chain().id,
            genesis_hash,
            genesis_timestamp_ms: draft.timestamp_ms,
            params: draft.params.mechanism,
            genesis: Genesis {
                timestamp: draft.timestamp_ms / 1_000,
                beacon: draft.beacon.0,
                accounts: draft
                    .accounts
                    .iter()
                    .map(|(account, free)| (*account, *free))
                    .collect(),
                miners: miners
                    .map(|miner| GenesisMiner {
                        owner: miner.owner,
                        name: miner.name,
                    })
                    .collect(),
                positions: positions
                    .map(|(account, position)| GenesisPosition {
                        account: *account,
                        locked: position.locked,
                        t: position.time_gain,
                        miner: position.miner,
                    })
                    .collect(),
            },
            committees: genesis.committees().clone(),
        }
    }
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
