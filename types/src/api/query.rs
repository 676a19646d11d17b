//! Query parameters. Unknown parameters are refused.

use serde::{Deserialize, Serialize};

use super::{Amount, Bytes, Hash};

/// How many rows a page has when the query doesn't say.
pub const PAGE_DEFAULT: u32 = 50;
/// How many rows a page has at most.
pub const PAGE_MAX: u32 = 500;
/// How many rows a page of the miners' table has at most.
pub const MINERS_PAGE_MAX: u32 = 5_000;

/// `GET miners`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct MinersQuery {
    /// Column to sort by; `fair` if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<MinerSort>,
    /// Direction; what is natural for the column if left out (descending for figures).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    /// Which miners; all registered ones if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tab: Option<MinerTab>,
    /// Part of a name, an owner's address, or `#id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Only these ids, separated by commas (favourites); at most 500.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ids: Option<String>,
    /// An account: marks the miner it votes for, and fills tab `mine` (voted for or owned).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Time gain of the bonus estimate, 1 ..= 32; 1 if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 32))]
    pub time_gain: Option<u8>,
    /// Amount of the bonus estimate in units; 1,000 ETM if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Rows to skip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Rows to send; 50 if left out, at most 5,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 5000))]
    pub limit: Option<u32>,
}

/// Columns of the miners' table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MinerSort {
    /// A fair order that changes every round.
    #[default]
    Fair,
    /// By election weight, the largest first.
    Rank,
    /// By id.
    Id,
    /// By name.
    Name,
    /// By votes.
    Votes,
    /// By ETM locked behind it.
    Locked,
    /// By number of voters.
    Voters,
    /// By blocks produced.
    Produced,
    /// By slots missed.
    Missed,
    /// By optimal coefficient.
    Coefficient,
    /// By election weight.
    Weight,
    /// By chance of a seat.
    Inclusion,
    /// By seats in the last 100 rounds.
    Seats,
    /// By actual seats less expected ones.
    Luck,
    /// By estimated bonus.
    Bonus,
    /// By the last block produced.
    LastBlock,
}

/// Direction of a sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Smallest first.
    Asc,
    /// Largest first.
    Desc,
}

/// Tabs of the miners' table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MinerTab {
    /// All registered ones.
    #[default]
    All,
    /// In the committee of the running round.
    Committee,
    /// In the committee of the next round.
    Announced,
    /// In no committee of the last 100 rounds.
    NotElectedLately,
    /// Voted for or owned by the account of the query.
    Mine,
}

/// `GET miners/{miner}`: what to estimate with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct MinerQuery {
    /// An account: says whether it votes for the miner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Time gain of the bonus estimate, 1 ..= 32; 1 if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 32))]
    pub time_gain: Option<u8>,
    /// Amount of the bonus estimate in units; 1,000 ETM if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
}

/// Lists of rounds, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct RoundsQuery {
    /// Only rounds before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_round: Option<u64>,
    /// Rows to send; 50 if left out, at most 500.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 500))]
    pub limit: Option<u32>,
}

/// `GET accounts/{address}/bonus`, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct BonusQuery {
    /// Only rounds before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_round: Option<u64>,
    /// Only rounds in which something was shared with the position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earned_only: Option<bool>,
    /// Rows to send; 50 if left out, at most 500.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 500))]
    pub limit: Option<u32>,
}

/// Lists with an offset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct OffsetQuery {
    /// Rows to skip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Rows to send; 50 if left out, at most 500.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 500))]
    pub limit: Option<u32>,
}

/// Lists of transactions, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct TransactionsQuery {
    /// `next` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<u64>,
    /// Rows to send; 50 if left out, at most 500.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 500))]
    pub limit: Option<u32>,
}

/// Lists of blocks, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct BlocksQuery {
    /// Only blocks under this height.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_height: Option<u64>,
    /// Only blocks of this miner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub producer: Option<u32>,
    /// Rows to send; 50 if left out, at most 500.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 500))]
    pub limit: Option<u32>,
}

/// `GET certificates`, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct CertificatesQuery {
    /// First round to send; 0 if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_round: Option<u64>,
    /// Rounds to send; 20 if left out, at most 50.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 50))]
    pub limit: Option<u32>,
}

/// `GET boundaries`, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct BoundariesQuery {
    /// First round to send; 0 if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_round: Option<u64>,
    /// Rounds to send; at most 1,000, which is what is sent if left out. Fewer come where they would be too many bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 1000))]
    pub limit: Option<u32>,
}

/// `GET proofs/votes/{miner}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct VotesQuery {
    /// An account whose position votes for the miner, to be proved, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// `GET supply/history`: evenly spread points, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct SupplyHistoryQuery {
    /// Points to send; 100 if left out, at most 500.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 500))]
    pub points: Option<u32>,
}

/// `POST transactions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct SubmitQuery {
    /// Answer only once the transaction is that far, or the wait runs out; at once if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// How long to wait at most; 20,000 if left out, at most 60,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

/// How far to wait. Blocks are final before anything executes on them here, so both come together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// Until it is in a block.
    Included,
    /// Until its block is final.
    Finalized,
}

/// `GET search`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// A height, a hash, an address, a miner's name or `#id`, or the beginning of a name.
    pub q: String,
}

/// `GET accounts/{address}/preview`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct PreviewQuery {
    /// What is to be done.
    pub request: PreviewRequest,
    /// How much to lock, unlock or send, in units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// The miner to vote for: id or name. With `lock`: vote for it as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub miner: Option<String>,
    /// The name to register under. Without it, it is taken to be free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The node key to register, with `bls_key`. Without both, they are taken to be free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_key: Option<Hash>,
    /// The BLS key to register.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bls_key: Option<Bytes>,
    /// The fee to count with; the chain's minimum if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Amount>,
    /// The nonce it will be signed with. What the account has in the pool with lower ones is run before it: as many as the pool holds
    /// of one account, 64 at most. Without it, nothing that waits is counted in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<u64>,
}

/// Requests that can be previewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PreviewRequest {
    /// Lock `amount`.
    Lock,
    /// Unlock `amount`.
    Unlock,
    /// Vote for `miner`.
    Vote,
    /// Withdraw the vote.
    Withdraw,
    /// Send `amount`.
    Transfer,
    /// Register as a miner.
    Register,
    /// Change what the account's miner has registered.
    Update,
    /// Resign as a miner.
    Resign,
}

/// `GET events`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct EventsQuery {
    /// Only these kinds, separated by commas: `block`, `round`, `missed`, `pending`; all if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kinds: Option<String>,
    /// Begin after this height; the header `Last-Event-ID` does the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_height: Option<u64>,
}
