//! Accounts and their positions.

use serde::{Deserialize, Serialize};

use super::request::Request;
use super::transaction::TransactionSummary;
use super::{Amount, Hash, Integer, MinerRef};

/// `GET /api/v1/accounts/{address}`: an account as of the tip.
///
/// An address that never received anything is answered, too, with `exists: false` and zeros: it may receive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Account {
    /// The address asked for.
    pub address: String,
    /// As of this height.
    pub height: u64,
    /// Whether the chain knows the account.
    pub exists: bool,
    /// The nonce of its next transaction, as the chain sees it.
    pub nonce: u64,
    /// The nonce to use for a new transaction: after those that wait in this node's pool.
    pub next_nonce: u64,
    /// Free balance.
    pub free: Amount,
    /// Bonus earned by the position and not drawn yet; spendable like `free`.
    pub earned: Amount,
    /// `free + earned`: what can be spent now.
    pub balance: Amount,
    /// Locked in the position, as it is now.
    pub locked: Amount,
    /// Accepted locks of the running round that aren't in effect yet: no longer spendable.
    pub locking: Amount,
    /// Accepted unlocks of the running round that aren't in effect yet: spendable from the next round on.
    pub unlocking: Amount,
    /// Deposit of the account's miner, if it owns one.
    pub deposit: Amount,
    /// `balance + locked + locking + deposit`. (`unlocking` is a part of `locked + locking`.)
    pub total: Amount,
    /// The position, as it is now.
    pub position: Option<Position>,
    /// The position as it will be after the end of the running round, if all slots are used until then: with halvings, days and
    /// the accepted requests.
    pub projected: Option<ProjectedPosition>,
    /// The same if its miner adds no more block in the round and time passes: the best that can be expected.
    pub projected_best: Option<ProjectedPosition>,
    /// The same if its miner, as a member of the committee, adds all blocks that are to come: the worst.
    pub projected_worst: Option<ProjectedPosition>,
    /// What the end of the running round brings.
    pub round_end: RoundEnd,
    /// Requests accepted in the running round, in effect at its end.
    pub pending_requests: Vec<PendingRequest>,
    /// Its transactions in this node's pool.
    pub pending_transactions: Vec<TransactionSummary>,
    /// The miner it owns, if any.
    pub miner: Option<MinerRef>,
    /// The round at whose end pending requests take effect.
    pub effective_round: u64,
}

/// The end of the running round, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoundEnd {
    /// The running round.
    pub round: u64,
    /// Its last height.
    pub height: u64,
    /// Blocks that are to come.
    pub blocks_to_come: u32,
    /// Day boundaries it crosses if all slots are used; never fewer.
    pub days: u32,
    /// How often the position's time gain is halved: by the blocks its miner has added so far.
    pub halvings_due: u32,
    /// And if all slots are used until then. The order of turns is known.
    pub halvings_expected: u32,
    /// And if its miner adds all blocks that are to come.
    pub halvings_most: u32,
}

/// A position and what is to come for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Position {
    /// Tokens locked, `T`.
    pub locked: Amount,
    /// Time gain coefficient `t`, 1 ..= 32.
    pub time_gain: u8,
    /// The miner it votes for.
    pub miner: Option<MinerRef>,
    /// `w(T)` of mechanism.md section 4.
    pub base_weight: Integer,
    /// Votes `X = w(T) * g(t)`, raw.
    pub votes: Integer,
    /// Votes of its miner `S`, raw; 0 without a miner.
    pub miner_votes: Integer,
    /// `X / S` in parts per billion; 0 without a miner.
    pub share_ppb: u32,
    /// Bonus earned over the position's life, drawn or not. Null while the node's history lags behind the round, or if it began after the
    /// position.
    pub earned_total: Option<Amount>,
    /// The round at whose end it came into effect; none if it is from genesis, or that is not known (as `earned_total`).
    pub since_round: Option<u64>,
    /// When the next day boundary comes. `time_gain` grows at the end of the round that holds it, unless it is 32.
    pub next_day_ms: u64,
    /// The time gain after the round that holds the next day boundary, if its miner adds no more block until then. Halvings that are
    /// due come first, then the days that passed in the running round.
    pub time_gain_after_next_day: u8,
    /// Blocks its miner has added in the running round so far: at the round's end `t` is halved as often.
    pub halvings_due: u32,
    /// Chance that its miner sits in the next draw's committee, in parts per billion; 0 without a miner.
    pub inclusion_ppb: u32,
    /// Forecast of time gain and votes, one entry a day boundary.
    pub forecast: Vec<ForecastPoint>,
}

/// What a position may be like after a coming day boundary, if nobody sends a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForecastPoint {
    /// The day boundary.
    pub at_ms: u64,
    /// Time gain if the miner adds no block: the most it can be.
    pub time_gain_best: u8,
    /// Votes in that case, raw.
    pub votes_best: Integer,
    /// Time gain if the miner is elected and produces as often as its chance and record say. An estimate.
    pub time_gain_expected: u8,
    /// Votes in that case, raw.
    pub votes_expected: Integer,
}

/// A position as it is after the end of a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProjectedPosition {
    /// Tokens locked.
    pub locked: Amount,
    pub time_gain: u8,
    /// The miner it will vote for.
    pub miner: Option<MinerRef>,
    /// Votes, raw.
    pub votes: Integer,
}

/// A request accepted in the running round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PendingRequest {
    /// What is asked.
    pub request: Request,
    /// The transaction that asked.
    pub transaction: Option<Hash>,
    /// The block that accepted it.
    pub height: Option<u64>,
    /// The round at whose end it takes effect.
    pub effective_round: u64,
}

/// `GET /api/v1/accounts/{address}/bonus`: what the position earned, round by round, and why. Newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BonusPage {
    /// The account.
    pub address: String,
    /// As of the end of this round: the last one that is finished. None before the first round ends.
    pub round: Option<u64>,
    /// All the account earned in all its positions' lives, drawn or not.
    pub total_earned: Amount,
    /// Rounds that match, all pages together.
    pub total: u64,
    /// The round from which on `total_earned` and `total` count and there are rows, where the node began with a snapshot and can't know what
    /// was before; null if from genesis.
    pub counted_from: Option<u64>,
    pub rounds: Vec<BonusRow>,
    /// `before_round` of the next page, if there is one.
    pub next: Option<u64>,
}

/// The bonus of one position in one round. All figures are those the distribution of that round used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BonusRow {
    pub round: u64,
    /// Its last height, with which the bonus was credited.
    pub height: u64,
    /// Timestamp of that block.
    pub timestamp_ms: u64,
    /// What was credited: the growth of `floor(sum of gains / 2^64)`, exact to the unit.
    pub earned: Amount,
    /// Why it is that much, or nothing.
    pub why: BonusReason,
    /// The miner voted for during the round.
    pub miner: Option<MinerRef>,
    /// Time gain during the round.
    pub time_gain: u8,
    /// Tokens locked during the round.
    pub locked: Amount,
    /// Votes of the position, `X`, raw.
    pub votes: Integer,
    /// Votes of the miner, `S`, raw; null where it had no seat: no round says what they came to.
    pub miner_votes: Option<Integer>,
    /// `X / S` in parts per billion; null with it.
    pub share_ppb: Option<u32>,
    /// The miner's pool `p`, 0 if it wasn't in the committee.
    pub pool: Amount,
    /// Whether the miner was the lucky member.
    pub lucky: bool,
    /// The part of the pool that came from luck.
    pub lucky_extra: Amount,
    /// Blocks the miner added in the round: `t` was halved as often afterwards.
    pub miner_blocks: u32,
}

/// Why a position earned, or didn't.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BonusReason {
    /// Its miner was in the committee: it got its share of the pool.
    Shared,
    /// Its miner was in the committee and lucky: it got its share of the larger pool.
    SharedLucky,
    /// Its miner wasn't in the committee of the round.
    NotInCommittee,
    /// It voted for nobody.
    NoVote,
    /// Its miner was in the committee, but the round had no bonus to share.
    NothingToShare,
}

/// `GET /api/v1/accounts/{address}/timeline`: what changed the position, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimelinePage {
    /// The account.
    pub address: String,
    /// Entries that match, all pages together.
    pub total: u64,
    /// The round from which on `total` counts and there are entries, where the node began with a snapshot and can't know what was before; null
    /// if from genesis.
    pub counted_from: Option<u64>,
    pub entries: Vec<TimelineEntry>,
    /// `offset` of the next page, if there is one.
    pub next: Option<u64>,
}

/// One change of a position; all changes happen at the end of a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimelineEntry {
    /// The round at whose end it happened.
    pub round: u64,
    /// The last height of that round.
    pub height: u64,
    /// Timestamp of that block.
    pub timestamp_ms: u64,
    /// What happened.
    pub change: TimelineChange,
    /// The position before; none if there was none.
    pub before: Option<ProjectedPosition>,
    /// The position after; none if it is gone.
    pub after: Option<ProjectedPosition>,
}

/// What changed a position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TimelineChange {
    /// The position is from genesis.
    Genesis,
    /// A request of the account took effect.
    Request {
        request: Request,
        /// The transaction that asked.
        transaction: Hash,
        /// False if a resignation in the same round made it void.
        applied: bool,
    },
    /// Its miner added blocks: `t = max(1, floor(t / 2^blocks))`.
    Halving {
        miner: MinerRef,
        /// Heights of the blocks that caused it, in order: one halving each.
        blocks: Vec<u64>,
    },
    /// Day boundaries passed: `t = min(32, t + days)`.
    Day {
        /// How many.
        days: u32,
    },
    /// Its miner resigned: `t` stays, the vote is gone.
    MinerResigned { miner: MinerRef },
}

/// `GET /api/v1/accounts/{address}/preview`: what a request would change, before it is signed. Nothing is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preview {
    /// The account.
    pub address: String,
    /// As of this height.
    pub height: u64,
    /// How many transactions of the account that wait for a block are counted in: those with lower nonces than the query names.
    pub waiting: u32,
    /// Whether the chain would accept the request now, behind those that wait.
    pub accepted: bool,
    /// If not: the code (see the error codes) and what is wrong.
    pub refused: Option<super::error::ErrorDetail>,
    /// The position after the end of the running round without the request, if all slots are used until then: halvings, days, the
    /// account's accepted requests and those that wait are in it.
    pub before: Option<ProjectedPosition>,
    /// The same with the request.
    pub after: Option<ProjectedPosition>,
    /// With the request, if the miner voted for now adds no more block in the round and time passes.
    pub after_best: Option<ProjectedPosition>,
    /// With the request, if the miner voted for now, as a member of the committee, adds all blocks that are to come.
    pub after_worst: Option<ProjectedPosition>,
    /// Why the time gain changes, if it does.
    pub time_gain_change: TimeGainChange,
    /// The fee counted with.
    pub fee: Amount,
    /// The balance now, less what those that wait take.
    pub balance_before: Amount,
    /// The balance right after inclusion (an unlock is spendable only after the round).
    pub balance_after: Amount,
    /// The round at whose end it takes effect if it is included before that end.
    pub effective_round: u64,
    /// The last height of that round.
    pub effective_height: u64,
    /// The miners whose votes change, and their chance of a seat before and after.
    pub miners: Vec<PreviewMiner>,
    /// Things that cost the voter something.
    pub warnings: Vec<PreviewWarning>,
}

/// Why a request changes the time gain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TimeGainChange {
    /// It doesn't.
    None,
    /// A new position starts at 1.
    New,
    /// A top-up mixes new tokens at 1 with those that are locked.
    Mixed,
    /// A vote for another miner, or a withdrawn vote, halves it.
    Halved,
    /// The position is removed.
    Removed,
}

/// The effect on one miner, as the draw at the end of the running round will see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewMiner {
    pub miner: MinerRef,
    /// Its votes without the request, raw.
    pub votes_before: Integer,
    /// Its votes with the request, all else equal, raw.
    pub votes_after: Integer,
    /// Its election weight without the request, raw.
    pub weight_before: Integer,
    /// Its election weight with the request, raw.
    pub weight_after: Integer,
    /// Its chance of a seat without the request, in parts per billion.
    pub inclusion_before_ppb: u32,
    /// Its chance of a seat with the request, in parts per billion.
    pub inclusion_after_ppb: u32,
}

/// Something a request costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PreviewWarning {
    /// A top-up lowers the time gain of what is locked already.
    TopUpLowersTimeGain,
    /// A switch halves the time gain.
    SwitchHalves,
    /// Withdrawing the vote halves the time gain.
    WithdrawHalves,
    /// The position is removed with its time gain and its vote.
    PositionRemoved,
    /// The vote is for the miner that is voted for already: no effect but the fee.
    SameMiner,
    /// The miner has resigned in this round: the vote will be void.
    MinerResigning,
    /// The miner's node hasn't shown that it runs: it is no candidate now.
    MinerNotReady,
    /// Another miner has a name that looks like that of the miner voted for.
    LookalikeMiner,
    /// The tokens will not vote: no miner is chosen.
    NotVoting,
    /// Pending requests of this account are counted in.
    PendingRequests,
    /// Transactions of this account that wait for a block are counted in.
    PendingTransactions,
    /// What is left of the balance covers no further fee: nothing can be voted, unlocked or sent until something comes in.
    NoFeeLeft,
}
