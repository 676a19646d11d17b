//! What the API needs of the node. The node implements it; the tests do, over real execution.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::declined::Declined;
use etm_execution::Genesis;
use etm_mempool::{PooledTransaction, Summary};
use etm_types::api::chain::{BlockSource, UpstreamPeer};
use etm_types::state::StateKey;
use etm_types::{Address, Hash, Header, Height, NodeKey, Round, Slot, Transaction, Units};
use tokio::sync::broadcast;

/// A boxed future, so that [`Backend`] is object safe.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The node, as the API sees it. All methods may be called at any time from any thread, many at once.
pub trait Backend: Send + Sync + 'static {
    /// The chain's genesis, from which its id and parameters follow.
    fn genesis(&self) -> &Arc<Genesis>;

    fn node(&self) -> NodeFacts;

    /// What the node is doing.
    fn sync(&self) -> SyncFacts;

    /// The chain's clock, in milliseconds since the Unix epoch (on a devnet ahead of the machine's after time travel).
    fn now_ms(&self) -> u64;

    /// The last finalized block that this node executed; none if that is the genesis.
    fn tip(&self) -> Option<Header>;

    /// Values of the state after the last finalized block that this node executed, all of one and the same block.
    ///
    /// # Errors
    /// [`BackendError`] if the node can't answer now.
    fn get_many<'a>(
        &'a self,
        keys: &'a [StateKey],
    ) -> BoxFuture<'a, Result<StateValues, BackendError>>;

    /// The same with a proof of each against the state root in the header of block `height` of the answer.
    ///
    /// # Errors
    /// [`BackendError`] if the node can't answer now.
    fn prove<'a>(
        &'a self,
        keys: &'a [StateKey],
    ) -> BoxFuture<'a, Result<StateProofs, BackendError>>;

    /// Checks a transaction (chain, fee, signature, then nonce and balance against the state, then proofs of possession), takes it into
    /// the pool, writes it to disk and passes it on to the peers. One that is in the pool already, or was in one of the last blocks, is
    /// taken as well. What the API has checked itself: only that the bytes are a transaction.
    ///
    /// # Errors
    /// [`Declined`] with a stable code; the node is as it was.
    fn submit(&self, transaction: Transaction) -> BoxFuture<'_, Result<Submitted, Declined>>;

    /// The pool in figures.
    fn pool_summary(&self) -> Summary;

    /// Bounds of the pool: transactions and bytes.
    fn pool_limits(&self) -> (usize, usize);

    /// How far a nonce may be ahead of the account's next one for the pool to hold it.
    fn pool_nonce_gap(&self) -> u64;

    /// The best transactions of the pool, at most `count`, and whether each is held; those that are held come last.
    fn pool_best(&self, count: usize) -> Vec<(Arc<PooledTransaction>, bool)>;

    /// Every transaction that enters the pool from now on, whoever brought it, and whether it is held.
    fn pool_events(&self) -> broadcast::Receiver<(Arc<PooledTransaction>, bool)>;

    /// A transaction of the pool by its hash, and whether it is held.
    fn pool_get(&self, hash: &Hash) -> Option<(Arc<PooledTransaction>, bool)>;

    /// The transactions of one sender in the pool in the order of nonces, and whether each is held.
    fn pool_of(&self, sender: &Address) -> Vec<(Arc<PooledTransaction>, bool)>;

    /// The peers the node knows.
    fn peers(&self) -> Vec<PeerFacts>;

    /// The slot consensus is in, slots missed since the tip counted; none if it doesn't run here.
    fn current_slot(&self) -> Option<SlotFacts>;

    /// What a finalization says, decoded; `members` is the size of the committee of its round.
    fn decode_certificate(&self, certificate: &[u8], members: usize) -> Option<CertificateFacts>;

    /// The encoding of the final block at `height` and that of what makes it final; empty if it became final with a later one. None if
    /// this node no longer keeps it. Only called for heights up to the tip.
    ///
    /// # Errors
    /// [`BackendError`]
    fn chain_block(
        &self,
        height: Height,
    ) -> BoxFuture<'_, Result<Option<ChainBlock>, BackendError>>;

    /// The encoding of the head of a snapshot: the last block of the newest round that has ended, and what proves it.
    ///
    /// # Errors
    /// [`BackendError`]
    fn snapshot(&self) -> BoxFuture<'_, Result<Given, BackendError>>;

    /// The encoding of the piece of the state after the last block of `round` that begins with `operation` of its log.
    ///
    /// # Errors
    /// [`BackendError`]
    fn snapshot_piece(
        &self,
        round: Round,
        operation: u64,
    ) -> BoxFuture<'_, Result<Given, BackendError>>;

    /// Where the node gets its blocks from, and the nodes it follows.
    fn upstreams(&self) -> (BlockSource, Vec<UpstreamPeer>);

    /// Metrics of the node in Prometheus' text format, to be merged with those of the API.
    fn metrics(&self) -> String;

    /// Devnets: sends tokens from the faucet's account. Only called when the chain is a devnet.
    ///
    /// # Errors
    /// [`Declined`]
    fn faucet(
        &self,
        to: Address,
        amount: Option<Units>,
    ) -> BoxFuture<'_, Result<FaucetSent, Declined>>;

    /// Devnets: moves the chain's clock ahead (blocks are really made). Only called when the chain is a devnet.
    ///
    /// # Errors
    /// [`Declined`]
    fn time_travel(&self, distance: TravelDistance) -> BoxFuture<'_, Result<Travel, Declined>>;
}

/// The node can't answer now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// It is starting, stopping or catching up.
    #[error("the node can't answer now: {0}")]
    Unavailable(String),
    /// Something broke.
    #[error("the node failed: {0}")]
    Failed(String),
}

/// What is given of something that may no longer be kept, or not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// This.
    Bytes(Vec<u8>),
    /// Nothing: it is no longer kept.
    Gone(String),
    /// Nothing: there is no such thing, or not yet.
    Unknown(String),
}

/// Values of the state after one block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateValues {
    /// The block.
    pub height: Height,
    /// One for each key asked for, in the same order.
    pub values: Vec<Option<Vec<u8>>>,
}

/// Values with proofs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateProofs {
    /// The block against whose state root the proofs hold.
    pub height: Height,
    /// One for each key asked for, in the same order.
    pub entries: Vec<ProvedValue>,
}

/// A value and its proof.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProvedValue {
    /// The value, if the key is there.
    pub value: Option<Vec<u8>>,
    /// The encoded proof, where the database can give one.
    pub proof: Option<Vec<u8>>,
}

/// A transaction is in the pool, or final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Submitted {
    pub hash: Hash,
    /// Whether it is held until nonces before it arrive.
    pub held: bool,
    /// The block it is final in, if it came before.
    pub final_at: Option<Height>,
}

/// A final block as one node gives it to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainBlock {
    /// The canonical encoding.
    pub block: Vec<u8>,
    /// The encoded finalization.
    pub certificate: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFacts {
    pub version: String,
    /// Its network key.
    pub node_key: Option<NodeKey>,
    /// When it was started, on the machine's clock in milliseconds.
    pub started_ms: u64,
}

/// What a node is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncFacts {
    /// What it is doing.
    pub state: etm_types::api::chain::SyncState,
    /// Highest height heard of.
    pub best_height: Height,
    /// What whoever runs the node has to look at, a sentence each.
    pub warnings: Vec<String>,
}

/// A slot of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotFacts {
    pub round: Round,
    /// The slot, from 1.
    pub slot: Slot,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerFacts {
    /// Its network key.
    pub node_key: NodeKey,
    /// Where it is dialled, if known.
    pub address: Option<String>,
    /// Whether there is a connection now.
    pub connected: bool,
    /// The version it announced, if any.
    pub version: Option<String>,
    /// The height it announced, if any.
    pub height: Option<Height>,
}

/// What a finalization says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// The view (slot) it was finalized in.
    pub view: u64,
    pub parent_view: u64,
    /// Indices of the signers in the committee sorted by node key.
    pub signers: Vec<u32>,
}

/// The faucet sent something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaucetSent {
    /// The transfer.
    pub hash: Hash,
    pub amount: Units,
}

/// How far to travel in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TravelDistance {
    /// So many days of the chain.
    Days(u32),
    /// So many rounds.
    Rounds(u32),
}

/// Where time travel goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Travel {
    /// The chain's clock before.
    pub from_ms: u64,
    /// The chain's clock once it is there.
    pub to_ms: u64,
    /// The round it should reach, if rounds were asked for.
    pub target_round: Option<Round>,
}
