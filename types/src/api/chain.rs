//! The chain and the node as a whole: status, parameters, supply, pool, peers.

use serde::{Deserialize, Serialize};

use super::{Amount, Hash, Integer, MinerRef};

/// `GET /api/v1/status`: where the chain is and how this node does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Status {
    /// The chain this node follows.
    pub chain: ChainRef,
    pub node: NodeInfo,
    /// The last finalized block.
    pub tip: Tip,
    /// The running round.
    pub progress: RoundProgress,
    /// How long blocks take to become final.
    pub finality: Finality,
    /// Whether the node keeps up.
    pub sync: Sync,
    /// Peers connected now.
    pub peers: u32,
    /// Transactions waiting in the pool.
    pub pending_transactions: u32,
}

/// Which chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainRef {
    /// `SHA-256("etm/genesis/v1" || canonical genesis)`.
    pub id: Hash,
    /// The name in the genesis, for people.
    #[cfg_attr(feature = "openapi", schema(example = "etm-devnet"))]
    pub name: String,
    /// Whether the genesis says that this is a devnet: faucet and time travel exist.
    pub devnet: bool,
    pub genesis_timestamp_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NodeInfo {
    /// Software version.
    #[cfg_attr(feature = "openapi", schema(example = "0.1.0"))]
    pub version: String,
    /// Version of these routes and shapes; 1 under `/api/v1`.
    pub api_version: u32,
    /// The node's network key (ed25519).
    pub node_key: Option<Hash>,
    /// The miner this node works for, if any.
    pub miner: Option<MinerRef>,
    /// When the node was started, on the machine's clock.
    pub started_ms: u64,
}

/// The last finalized block, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tip {
    /// Its height; 0 is genesis.
    pub height: u64,
    pub hash: Hash,
    pub round: u64,
    /// Its slot in the round.
    pub slot: u64,
    pub timestamp_ms: u64,
    /// Who produced it; none for genesis.
    pub producer: Option<MinerRef>,
}

/// The running round: that of the next block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoundProgress {
    /// The round of the next block.
    pub round: u64,
    /// First height of the round.
    pub first_height: u64,
    /// Last height of the round.
    pub last_height: u64,
    /// Blocks of the round that are final.
    pub blocks_done: u64,
    /// Blocks the round will have.
    pub blocks_total: u64,
    /// The slot whose block is awaited.
    pub slot: u64,
    /// Who is on turn in that slot.
    pub producer: Option<MinerRef>,
    /// Who is on turn in the slots after it, in order.
    pub upcoming: Vec<Turn>,
    /// Slots missed so far in the round.
    pub missed: u64,
    /// When the round should end if blocks go on coming as the last 100 did, each of which counts for a slot at least and ten at most. Says
    /// nothing while the node is not `synced` (`sync.state`).
    pub ends_ms: u64,
    /// The committee of the running round, in the order drawn.
    pub committee: Vec<MinerRef>,
    /// The committee announced for the next round, in the order drawn.
    pub announced: Vec<MinerRef>,
    /// When the next day boundary comes (positions gain 1 at the end of the round that holds it).
    pub next_day_ms: u64,
}

/// One slot and who is on turn in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Turn {
    /// The slot in the round.
    pub slot: u64,
    /// The member on turn.
    pub miner: MinerRef,
}

/// Time from a block's timestamp until this node had it final, over the last blocks. Empty (`null`) right after a start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finality {
    /// Of the last block.
    pub last_ms: Option<u64>,
    /// Mean of the last blocks.
    pub mean_ms: Option<u64>,
    /// The longest of the last blocks.
    pub max_ms: Option<u64>,
    /// How many blocks that were.
    pub blocks: u32,
    /// Mean time between two blocks.
    pub block_interval_ms: Option<u64>,
}

/// Whether the node keeps up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sync {
    /// What the node is doing.
    pub state: SyncState,
    /// Highest block heard of, if that is above the tip.
    pub best_height: u64,
    /// Age of the tip on the chain's clock.
    pub tip_age_ms: u64,
    /// The chain's clock on this node (on a devnet time travel moves it ahead of the machine's).
    pub now_ms: u64,
    /// How far the history lags behind the tip, in blocks.
    pub history_lag: u64,
    /// What whoever runs the node has to look at, a sentence each: its clock, its connections, its votes.
    pub warnings: Vec<String>,
    /// Where the node gets its blocks from.
    #[serde(default)]
    pub source: BlockSource,
}

/// Where a node gets its blocks from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BlockSource {
    /// From the network of committees and candidates, in which it has a place.
    #[default]
    Network,
    /// From other nodes' `GET /api/v1/chain/blocks`: it follows, and checks everything itself.
    Upstreams,
}

/// What a node is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SyncState {
    /// Not ready yet.
    Starting,
    /// Behind, fetching blocks.
    Behind,
    /// At the tip.
    Synced,
    /// At the tip as far as it knows, but no block came for a long time.
    Stalled,
}

/// `GET /api/v1/parameters`: the constants of this chain and of the mechanism.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Parameters {
    pub chain: ChainRef,
    /// Units in 1 ETM: 10^8.
    pub units_per_etm: Amount,
    /// Raw votes (and weight) of what people see as 1 vote: 10^6 * 2^32.
    pub vote_scale: Integer,
    /// Fixed-point 1 of the optimal coefficient v: 2^32.
    pub coefficient_scale: Integer,
    /// Committee size K.
    pub committee: u32,
    /// Blocks a round L.
    pub blocks_per_round: u32,
    /// Fewest candidates for a draw; with fewer the committee of the round before serves again.
    pub min_committee: u32,
    /// Target length of a slot.
    pub slot_ms: u64,
    /// Length of a day.
    pub day_seconds: u64,
    /// Rounds within which a node must have shown that it runs to be a candidate.
    pub ready_rounds: u32,
    /// Smallest position.
    pub min_lock: Amount,
    /// Deposit of a miner.
    pub deposit: Amount,
    /// Smallest fee of a transaction (a heartbeat has none).
    pub min_fee: Amount,
    /// Largest time gain.
    pub max_time_gain: u8,
    /// Largest number of transactions in a block.
    pub max_block_transactions: u32,
    /// Largest block in bytes.
    pub max_block_bytes: u32,
    /// Largest transaction in bytes.
    pub max_transaction_bytes: u32,
    /// `g(1) ..= g(32)` of mechanism.md section 4.
    pub time_gain_table: Vec<Integer>,
    /// Reward and bonus by span of heights; neighbours that pay the same are one.
    pub schedule: Vec<ScheduleSpan>,
    /// Supply at genesis.
    pub genesis_supply: Amount,
    pub genesis_beacon: Hash,
    /// The namespaces signatures are made in, without the chain id that is mixed in.
    pub namespaces: Namespaces,
}

/// Signing namespaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Namespaces {
    pub transaction: String,
    /// Beacon signatures.
    pub vrf: String,
    pub proof_of_possession: String,
    /// Votes of the consensus.
    pub consensus: String,
}

/// One span of the schedule of rewards (mechanism.md section 7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScheduleSpan {
    /// First height of the span.
    pub first_height: u64,
    /// Last height of the span.
    pub last_height: u64,
    /// What the producer of a block gets.
    pub reward: Amount,
    /// What a block adds to the voter bonus (rounded down in the last span, where a few blocks add 1 unit more).
    pub bonus: Amount,
    /// All rewards up to the last height of the span.
    pub reward_total: Amount,
    /// All bonus up to the last height of the span.
    pub bonus_total: Amount,
}

/// `GET /api/v1/supply`: where all tokens are, at the tip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Supply {
    /// As of this height.
    pub height: u64,
    /// Supply at genesis.
    pub genesis: Amount,
    /// Producer rewards issued.
    pub rewards_issued: Amount,
    /// Voter bonus issued.
    pub bonus_issued: Amount,
    /// `genesis + rewards_issued + bonus_issued`.
    pub total: Amount,
    /// Rewards the schedule has issued by this height. Equal to `rewards_issued`, or something is wrong.
    pub rewards_scheduled: Amount,
    /// Bonus the schedule has issued by this height. Equal to `bonus_issued`, or something is wrong.
    pub bonus_scheduled: Amount,
    /// All the rewards there will ever be.
    pub rewards_maximum: Amount,
    /// All the bonus there will ever be.
    pub bonus_maximum: Amount,
    /// All the tokens there will ever be.
    pub maximum: Amount,
    /// Locked in positions, with what is accepted but not yet in effect.
    pub locked: Amount,
    /// Deposits of miners, with what is accepted but not yet in effect.
    pub deposits: Amount,
    /// Fees of the running round, to be shared at its end.
    pub fees_pending: Amount,
    /// Bonus issued and not credited: carry, running round, fractions.
    pub escrow: Amount,
    /// The part of the escrow that is carried into the next distribution.
    pub carry: Amount,
    /// Bonus shared out to positions so far, fractions of a unit included.
    pub bonus_credited: Amount,
    /// What can be spent: free balances and earned bonus not yet drawn.
    pub spendable: Amount,
    /// `locked` over `total`, in parts per billion.
    pub locked_share_ppb: u32,
    /// Positions there are.
    pub positions: u64,
    /// Positions that vote.
    pub voters: u64,
    /// Accounts there are, as far as the history knows.
    pub accounts: u64,
    /// Reward and bonus by span of heights; neighbours that pay the same are one.
    pub schedule: Vec<ScheduleSpan>,
}

/// One point of `GET /api/v1/supply/history`: the end of a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SupplyPoint {
    pub round: u64,
    /// Its last height.
    pub height: u64,
    /// Timestamp of its last block.
    pub timestamp_ms: u64,
    pub rewards_issued: Amount,
    /// Bonus issued, and by the schedule.
    pub bonus_issued: Amount,
    /// Bonus shared out to positions.
    pub bonus_credited: Amount,
    /// Locked in positions.
    pub locked: Amount,
}

/// `GET /api/v1/mempool`: what waits to be included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mempool {
    /// Transactions waiting.
    pub count: u32,
    /// Of these, held back by a gap in the nonces before them.
    pub held: u32,
    /// Their size.
    pub bytes: u64,
    /// Most transactions the pool takes.
    pub max_count: u32,
    /// Most bytes the pool takes.
    pub max_bytes: u64,
    /// The least fee with which a transfer gets in now.
    pub min_fee: Amount,
    /// The same for a lock, an unlocking, a vote or a withdrawal: blocks take few of what waits for the end of a round, so that it has a part of the pool.
    pub min_fee_request: Amount,
    /// The same for a registration, and enough for new keys.
    pub min_fee_registration: Amount,
    /// The same for a resignation.
    pub min_fee_resignation: Amount,
    /// The best paying ones, at most 100.
    pub transactions: Vec<super::transaction::TransactionSummary>,
}

/// `GET /api/v1/peers`: who this node talks to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Peers {
    pub node: NodeInfo,
    /// The peers it knows.
    pub peers: Vec<Peer>,
    /// The nodes it follows where the network has no place for it.
    #[serde(default)]
    pub upstreams: Vec<UpstreamPeer>,
}

/// A node that is followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UpstreamPeer {
    /// The address of its API.
    pub address: String,
    /// The height it says it is at.
    pub height: Option<u64>,
    /// Blocks it gave that were good.
    pub blocks: u64,
    /// Why it is not asked now, if it is not.
    pub aside: Option<String>,
}

/// `GET /api/v1/chain`: what a node gives to those who follow it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainOffer {
    pub chain: ChainRef,
    /// Hash of block 0.
    pub genesis_hash: Hash,
    /// The newest final block.
    pub height: u64,
    /// How `GET chain/blocks` writes ranges.
    pub range_version: u16,
    /// The most blocks of a range.
    pub range_blocks: u32,
}

/// What the chain says of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PeerRole {
    /// Its miner sits on the committee of the running round.
    Member,
    /// Its miner sits on the committee announced for the next round.
    Announced,
    /// Its miner is registered, and has no seat in these rounds.
    Candidate,
    /// No registered miner has its key.
    Follower,
}

/// One peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Peer {
    /// Its network key (ed25519).
    pub node_key: Hash,
    /// Where it is dialled, if known.
    pub address: Option<String>,
    /// The miner it works for, if any.
    pub miner: Option<MinerRef>,
    /// Whether there is a connection now.
    pub connected: bool,
    /// The last round in which the chain saw its miner's node alive: a block or a heartbeat of it.
    pub last_seen_round: Option<u64>,
    /// Whether its miner is ready: seen lately enough to be drawn.
    pub ready: bool,
    /// What the chain says of it.
    pub role: PeerRole,
    /// The version of its software, as it announced it over the connection that there is. Nothing proves it.
    pub version: Option<String>,
    /// The height of its newest final block, as it announced it. Nothing proves it, and no other figure depends on it. Heights that the chain can't have
    /// reached yet are left out.
    pub height: Option<u64>,
}

/// `GET /api/v1/genesis`: the genesis, from which the chain id follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Genesis {
    /// The chain; its id is `SHA-256("etm/genesis/v1" || canonical)`.
    pub chain: ChainRef,
    /// The canonical encoding.
    pub canonical: super::Bytes,
    /// Hash of the genesis block: the parent of height 1.
    pub block_hash: Hash,
}

/// What `GET /api/v1/search` found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchResults {
    /// What was asked.
    pub query: String,
    /// Best match first, at most 20.
    pub results: Vec<SearchResult>,
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SearchResult {
    Block {
        height: u64,
        hash: Hash,
    },
    /// A transaction, included or pending.
    Transaction {
        hash: Hash,
    },
    Account {
        address: String,
    },
    Miner {
        miner: MinerRef,
    },
    Round {
        /// Its number.
        round: u64,
    },
}
