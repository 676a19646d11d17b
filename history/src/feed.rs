//! What the history is written from.

use std::sync::Arc;

use etm_execution::Genesis;
use etm_execution::genesis::DraftPosition;
use etm_mechanism::Params;
use etm_types::{Address, ChainId, Hash};

/// What never changes about a chain: its genesis and parameters. Nothing is computed or copied from the genesis' accounts and positions.
#[derive(Clone, Debug)]
pub struct ChainFacts {
    pub id: ChainId,
    /// Hash of the genesis block: the parent of height 1.
    pub genesis_hash: Hash,
    /// Time of genesis in milliseconds since the Unix epoch.
    pub genesis_timestamp_ms: u64,
    /// Parameters of the mechanism.
    pub params: Params,
    /// Accounts, miners and positions of genesis.
    pub genesis: Arc<Genesis>,
}

impl ChainFacts {
    /// From a checked genesis and the hash of its block (which depends on the state's database).
    pub fn new(genesis: &Arc<Genesis>, genesis_hash: Hash) -> Self {
        let draft = genesis.draft();
        Self {
            id: genesis.chain().id,
            genesis_hash,
            genesis_timestamp_ms: draft.timestamp_ms,
            params: draft.params.mechanism,
            genesis: Arc::clone(genesis),
        }
    }

    /// The position an account had at genesis.
    pub(crate) fn genesis_position(&self, account: &Address) -> Option<&DraftPosition> {
        self.genesis.draft().positions.get(account)
    }
}
