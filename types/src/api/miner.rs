//! Miners: the voting page's table, one miner, its history.

use serde::{Deserialize, Serialize};

use super::{Amount, Bytes, Hash, Integer, MinerRef};

/// `GET /api/v1/miners`: a page of the voting table.
///
/// The figures of all rows belong to one moment: the end of the last finished round, at which votes and weights last changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MinerPage {
    /// The running round; votes and weights are constant in it.
    pub round: u64,
    /// As of this height (counters of blocks and missed slots are brought up to date by block).
    pub height: u64,
    /// The draw the inclusion probabilities speak of: the committee of this round.
    pub draw_round: u64,
    /// Seed of the fair order: `sort=fair` sorts by `SHA-256(seed || u32be(id))`. It changes every round.
    pub fair_seed: Hash,
    /// Sums over all registered miners, not only the matching ones.
    pub totals: MinerTotals,
    /// What the bonus estimates were computed with.
    pub estimate: EstimateBasis,
    /// `v_avg` times 2^32, as the draw at the end of the running round will see it if all slots are used until then.
    pub outlook_average: Integer,
    /// Whether this node knows the miners' past. Where it keeps no history, what is locked behind them, their voters, recent rounds, seats and last
    /// blocks are 0 or absent here.
    pub past: bool,
    /// Miners that match, all pages together.
    pub total: u64,
    /// `offset` of the first row here.
    pub offset: u64,
    /// The rows.
    pub miners: Vec<Miner>,
    /// `offset` of the next page, if there is one.
    pub next: Option<u64>,
}

/// Sums over all registered miners.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MinerTotals {
    /// Registered miners.
    pub miners: u32,
    /// Of these, candidates of the next draw: ready, with a weight above 0.
    pub candidates: u32,
    /// Votes, raw.
    pub votes: Integer,
    /// Election weights of the candidates, raw.
    pub weight: Integer,
    /// Locked behind miners.
    pub locked: Amount,
    /// Positions that vote.
    pub voters: u64,
}

/// The inputs of the bonus estimate that all miners share.
///
/// `estimate = floor(bonus_per_seat * inclusion * X / (S + X) * rounds_per_day)` with `X` the votes of `amount` locked at `time_gain`:
/// what the voters of the miner would get, shared with those who are there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EstimateBasis {
    /// The amount asked about; 1,000 ETM if not said.
    pub amount: Amount,
    /// The time gain asked about; 1 if not said.
    pub time_gain: u8,
    /// Votes `X` of that, raw.
    pub votes: Integer,
    /// Bonus of a whole round at the present height, carry apart.
    pub bonus_per_round: Amount,
    /// What a seat brings a round on average: half the bonus shared by `k`, the other half to one lucky member of `k`.
    pub bonus_per_seat: Amount,
    /// Seats there are.
    pub seats: u32,
    /// Rounds a day at the target slot time, times 1,000.
    pub rounds_per_day_milli: u64,
}

/// A row of the voting table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Miner {
    /// Place by election weight, from 1. Ties go to the smaller id.
    pub rank: u32,
    /// Miner id.
    pub id: u32,
    /// Name. From a stranger, though only of `a-z 0-9 ! @ $ & _ .`.
    pub name: String,
    /// Address of the owner.
    pub owner: String,
    /// Registered, resigning or resigned.
    pub state: MinerState,
    /// Whether its node has shown that it runs, so that it can be drawn.
    pub ready: bool,
    /// Whether it sits in the committee of the running round.
    pub in_committee: bool,
    /// Whether it sits in the committee announced for the next round.
    pub announced: bool,
    /// Votes `S`, raw.
    pub votes: Integer,
    /// Share of all votes, in parts per billion.
    pub votes_share_ppb: u32,
    /// ETM locked behind it.
    pub locked: Amount,
    /// Positions that vote for it.
    pub voters: u64,
    /// Blocks produced, `m`.
    pub produced: u64,
    /// Slots whose outcome is known, `n`.
    pub slots: u64,
    /// Slots missed, `n - m`.
    pub missed: u64,
    /// Optimal coefficient `v` times 2^32.
    pub coefficient: Integer,
    /// Election weight `R`, raw.
    pub weight: Integer,
    /// `R / sum of R`, in parts per billion: the chance to be drawn first.
    pub first_pick_ppb: u32,
    /// Chance of a seat in the next draw, in parts per billion.
    pub inclusion_ppb: u32,
    /// What the draw at the end of the running round will see.
    pub outlook: MinerOutlook,
    /// For each of the last 100 rounds whose committee was drawn (fewer on a young chain; those of rounds 0 and 1 are named by genesis), oldest
    /// first: `1` if it sat in it, `0` if not.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[01]{0,100}$"))]
    pub recent: String,
    /// Seats it had in those rounds.
    pub seats: u32,
    /// Seats expected in those rounds: the sum of its inclusion probabilities at the draws, times 1,000,000.
    pub expected_seats_micro: u64,
    /// Standard deviation of that number, times 1,000,000. About 95 % of fair histories lie within twice that.
    pub seats_deviation_micro: u64,
    /// Estimated bonus a day for the amount and time gain asked about (see [`EstimateBasis`]). An estimate.
    pub estimated_bonus_per_day: Amount,
    /// Height of the last block it produced.
    pub last_block: Option<u64>,
    /// Whether the account named in the query votes for it.
    pub my_vote: bool,
}

/// A miner as the draw at the end of the running round will see it, if all slots are used until then and nobody asks for anything
/// more: blocks that are to come, halvings, days and accepted requests are in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MinerOutlook {
    /// Votes `S`, raw.
    pub votes: Integer,
    /// Blocks produced, `m`.
    pub produced: u64,
    /// Slots whose outcome is known, `n`.
    pub slots: u64,
    /// Whether it can be drawn if it has votes: registered, and its node has shown that it runs.
    pub eligible: bool,
    /// Election weight `R`, raw; 0 if it can't be drawn.
    pub weight: Integer,
    /// Chance of a seat, in parts per billion.
    pub inclusion_ppb: u32,
}

/// Where a miner is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MinerState {
    /// Registered: can be voted for.
    Registered,
    /// Its resignation was accepted in the running round.
    Resigning,
    /// Resigned: no votes; it may still serve in committees drawn before.
    Resigned,
}

/// `GET /api/v1/miners/{id or name}`: one miner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MinerDetail {
    /// As of this height.
    pub height: u64,
    /// Its row of the table.
    #[serde(flatten)]
    pub miner: Miner,
    /// What the estimate was computed with.
    pub estimate: EstimateBasis,
    /// Whether this node knows its past. Where it keeps no history, what is locked behind it, its voters, recent rounds, seats, sums, last block and
    /// last round are 0 or absent here.
    pub past: bool,
    /// The round from which on `rewards_total` and the other sums count, where the node began with a snapshot and can't know what was before;
    /// null if from genesis.
    pub counted_from: Option<u64>,
    /// The block that accepted its registration; none for a genesis miner, or where that was before `counted_from`.
    pub registered_height: Option<u64>,
    /// The round at whose end it resigned, if it did and this node knows its past.
    pub resigned_round: Option<u64>,
    /// Other registered miners whose names look like its own: `arnber` and `amber`.
    pub lookalikes: Vec<MinerRef>,
    pub deposit: Amount,
    /// How people reach it. From a stranger: show it as text only.
    pub contact: Option<String>,
    /// The node's network key (ed25519).
    pub node_key: Hash,
    /// The key of votes and beacon (BLS12-381, 96 bytes).
    pub bls_key: Bytes,
    /// Where the node is dialled.
    pub dial_address: String,
    /// The last round in which its node showed that it runs.
    pub last_seen_round: Option<u64>,
    /// All rewards it got.
    pub rewards_total: Amount,
    /// All fee shares it got.
    pub fees_total: Amount,
    /// All the bonus its pools gave to its voters.
    pub pools_total: Amount,
    /// Times it was the lucky member.
    pub lucky_total: u64,
    /// Seats it ever had.
    pub seats_total: u64,
    /// Its voters by the size of their positions: class `c` holds those of at least `10^c` and less than `10^(c+1)` units.
    pub voters_by_size: Vec<SizeClass>,
    /// The rewards of its last owner-visible rounds come from `GET miners/{id}/history`; this is its newest round there.
    pub last_round: Option<u64>,
}

/// A class of positions by size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SizeClass {
    /// Smallest position of the class.
    pub from: Amount,
    /// Positions beyond this belong to the next class.
    pub below: Amount,
    /// Positions.
    pub voters: u64,
    /// Locked in them.
    pub locked: Amount,
}

/// `GET /api/v1/miners/{id}/history`: a miner round by round, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MinerHistoryPage {
    pub miner: MinerRef,
    /// The rounds. Rounds in which nothing about the miner changed and it had no seat are left out unless asked for.
    pub rounds: Vec<MinerRound>,
    /// `before_round` of the next page, if there is one.
    pub next: Option<u64>,
}

/// A miner in one round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MinerRound {
    pub round: u64,
    /// Its last height.
    pub height: u64,
    /// Timestamp of that block.
    pub timestamp_ms: u64,
    /// Votes `S` at the end of the round, raw.
    pub votes: Integer,
    /// Election weight `R` at the end of the round, raw.
    pub weight: Integer,
    /// Optimal coefficient `v` times 2^32 at the end of the round.
    pub coefficient: Integer,
    /// Blocks produced since registration, `m`.
    pub produced_total: u64,
    /// Slots since registration, `n`.
    pub slots_total: u64,
    /// ETM locked behind it at the end of the round.
    pub locked: Amount,
    /// Voters at the end of the round.
    pub voters: u64,
    /// Its seat in the committee of the round, if it had one, and what came of it.
    pub seat: Option<MinerSeat>,
}

/// What came of a seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MinerSeat {
    /// Place in the draw, from 0.
    pub index: u32,
    /// Blocks it produced in the round.
    pub produced: u32,
    /// Slots it missed in the round.
    pub missed: u32,
    /// Its voters' pool.
    pub pool: Amount,
    /// Whether it was the lucky member.
    pub lucky: bool,
    /// Votes `S` by which the pool was shared, raw. With 0 the pool went to the carry.
    pub votes: Integer,
    /// Rewards of its blocks.
    pub rewards: Amount,
    /// Its share of the fees.
    pub fees: Amount,
}
