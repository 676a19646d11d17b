//! Rounds, and the receipts with which a round is checked.

use serde::{Deserialize, Serialize};

use super::block::{BlockCertificate, CommitteeMember, MissedSlot};
use super::{Amount, Bytes, Hash, Integer, MinerRef};

/// A round as a row of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoundSummary {
    /// Its number.
    pub round: u64,
    /// Finished, running or announced.
    pub state: RoundState,
    pub first_height: u64,
    pub last_height: u64,
    /// Timestamp of its last block so far.
    pub timestamp_ms: Option<u64>,
    /// Its blocks so far.
    pub blocks: u32,
    /// Its missed slots so far.
    pub missed: u32,
    /// Size of its committee.
    pub seats: u32,
    /// Its transactions so far.
    pub transactions: u64,
    /// Fees its blocks collected so far.
    pub fees: Amount,
    /// Its lucky member, once it is finished.
    pub lucky: Option<MinerRef>,
    /// Bonus shared at its end, carry included.
    pub bonus: Option<Amount>,
    /// Day boundaries counted at its end.
    pub days: Option<u32>,
}

/// Where a round is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoundState {
    /// All its blocks are final.
    Finished,
    /// Its blocks are being made.
    Running,
    /// Its committee is drawn, it hasn't begun.
    Announced,
}

/// A page of rounds, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoundPage {
    /// The running round.
    pub running: u64,
    pub rounds: Vec<RoundSummary>,
    /// `before_round` of the next page, if there is one.
    pub next: Option<u64>,
}

/// `GET /api/v1/rounds/{round}`: one round. `current` and `announced` are allowed as numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Round {
    #[serde(flatten)]
    pub summary: RoundSummary,
    /// The beacon that orders its slots: of the last block of the round before.
    pub seed: Option<Hash>,
    /// The beacon of its last block, once it is finished: it drew the lucky member and the committee of two rounds later.
    pub beacon: Option<Hash>,
    /// Its committee, in the order drawn.
    pub committee: Vec<Seat>,
    pub missed_slots: Vec<MissedSlot>,
    /// How its bonus was shared, once it is finished.
    pub distribution: Option<Distribution>,
    /// Average coefficient after it, times 2^32.
    pub v_avg: Option<Integer>,
    /// The committee drawn at its end, for two rounds later.
    pub drawn: Option<Drawn>,
    /// Requests that took effect at its end.
    pub requests_applied: Option<u32>,
    /// Requests that were void at its end.
    pub requests_void: Option<u32>,
}

/// A committee drawn at the end of a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Drawn {
    /// The round it serves in.
    pub round: u64,
    /// Its members in the order drawn.
    pub members: Vec<MinerRef>,
    /// True if there were too few candidates, so that the committee of the round before serves again.
    pub kept: bool,
}

/// One seat of a committee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Seat {
    /// Place in the draw, from 0.
    pub index: u32,
    pub miner: MinerRef,
    /// Blocks it produced in the round so far.
    pub produced: u32,
    /// Slots it missed in the round so far.
    pub missed: u32,
    /// Its voters' pool, once the round is finished.
    pub pool: Option<Amount>,
    /// Votes `S` in the round, raw.
    pub votes: Integer,
    /// Whether it is the lucky member.
    pub lucky: bool,
    /// Rewards of its blocks so far.
    pub rewards: Amount,
    /// Its share of the fees, once the round is finished.
    pub fees: Option<Amount>,
    /// How often its voters' time gain was halved at the end of the round.
    pub halvings: Option<u32>,
}

/// How the bonus and the fees of a round were shared (mechanism.md section 8, steps 1 and 2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Distribution {
    /// Carried in from the round before.
    pub carry_in: Amount,
    /// Bonus the round's blocks added.
    pub issued: Amount,
    /// `B`: the sum of both.
    pub total: Amount,
    /// `a`: what every member's pool gets.
    pub ordinary_pool: Amount,
    /// `B - A`: what the lucky member's pool gets on top.
    pub lucky_extra: Amount,
    /// Carried into the round after.
    pub carry_out: Amount,
    /// What was shared out to positions: `total - carry_out`. (What is left of a unit stays with each position as a fraction.)
    pub credited: Amount,
    /// Fees shared, with the remainder of the round before.
    pub fees: Amount,
    /// Share of each block.
    pub fee_per_block: Amount,
    /// Remainder that joins the fees of the next round.
    pub fees_remainder: Amount,
}

/// `GET /api/v1/rounds/{round}/receipt`: everything with which a finished round is checked, with no trust in the node that sent it.
///
/// 1. The header's SHA-256 is the hash that `certificate` finalizes, with the committee of the round.
/// 2. Each header names its parent; each `vrf` verifies with its producer's BLS key; each beacon follows from it.
/// 3. Each producer is the member on turn in its slot, from `seed`.
/// 4. `lucky` and the pools follow from the beacon, the schedule and `distribution`.
/// 5. `draw` follows from the beacon and the candidates' weights; its members are the committee in the last block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoundReceipt {
    /// Format of this document, for those who save it.
    #[cfg_attr(feature = "openapi", schema(example = "etm-receipt/1"))]
    pub format: String,
    /// The chain id.
    pub chain: Hash,
    pub round: u64,
    /// Blocks a round, `L`.
    pub blocks_per_round: u32,
    /// Committee size, `K`.
    pub committee_size: u32,
    /// Fewest candidates for a draw.
    pub min_committee: u32,
    /// The beacon that orders the round's slots.
    pub seed: Hash,
    /// The committee of the round, in the order drawn, with keys.
    pub committee: Vec<CommitteeMember>,
    /// Hash of the block before the round.
    pub parent: Hash,
    /// The encoded headers of the round's blocks, in order.
    pub headers: Vec<Bytes>,
    /// The finalization of the last of them.
    pub certificate: BlockCertificate,
    /// How bonus and fees were shared.
    pub distribution: Distribution,
    /// The lucky member and how it was found.
    pub lucky: LuckyReceipt,
    /// Pools of the members, in the order drawn.
    pub pools: Vec<PoolReceipt>,
    /// The draw at the end of the round.
    pub draw: DrawReceipt,
}

/// A finished round as a check of its evidence finds it: every value is computed from bytes that the committee's certificate covers.
/// `docs/verify.md` says how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckedRound {
    /// The chain id.
    pub chain: Hash,
    pub round: u64,
    pub first_height: u64,
    pub last_height: u64,
    /// The beacon that orders its slots: of the block before it.
    pub seed: Hash,
    /// The beacon of its last block.
    pub beacon: Hash,
    /// Day boundaries since the block before it.
    pub days: u64,
    /// Its committee, in the order drawn.
    pub committee: Vec<CommitteeMember>,
    pub blocks: Vec<CheckedBlock>,
    /// Who signed that the last of them is final, in the order drawn.
    pub signers: Vec<MinerRef>,
    /// How bonus and fees were shared.
    pub distribution: Distribution,
    /// The lucky member.
    pub lucky: LuckyReceipt,
    /// The pools, in the order drawn.
    pub pools: Vec<CheckedPool>,
    /// The draw at its end.
    pub draw: CheckedDraw,
}

/// The pool of one member of a checked round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckedPool {
    /// The member.
    pub miner: MinerRef,
    /// Its pool `p`.
    pub pool: Amount,
    /// Its votes `S`, raw; with 0 the pool goes to the carry.
    pub votes: Integer,
    /// Blocks it produced in the round.
    pub produced: u32,
    /// Slots it missed in the round; none where more were missed in all than a check tells apart (`docs/verify.md`, section 6).
    pub missed: Option<u32>,
    /// Its share of the fees.
    pub fees: Amount,
}

/// A block of a checked round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckedBlock {
    pub height: u64,
    pub hash: Hash,
    pub slot: u64,
    pub timestamp_ms: u64,
    /// Who produced it.
    pub miner: MinerRef,
}

/// The draw at the end of a checked round (mechanism.md section 6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckedDraw {
    /// The round it is for.
    pub round: u64,
    /// Average coefficient used for newcomers, times 2^32.
    pub v_avg: Integer,
    /// The candidates by rising id.
    pub candidates: Vec<CheckedCandidate>,
    /// Hash of their list, from the receipt of the draw.
    pub candidates_hash: Hash,
    /// Sum of their weights, raw.
    pub total_weight: Integer,
    /// True if there were too few, so that the committee of the next round serves again.
    pub kept: bool,
    /// The picks in order; none if `kept`.
    pub picks: Vec<DrawPick>,
    /// The committee drawn, with its keys.
    pub members: Vec<CommitteeMember>,
}

/// A candidate of a checked draw. Nothing binds a name to one that was not drawn, so none is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckedCandidate {
    /// Its miner id.
    pub miner: u32,
    /// Votes `S`, raw.
    pub votes: Integer,
    /// Blocks produced, `m`.
    pub produced: u64,
    /// Slots, `n`.
    pub slots: u64,
    /// Election weight `R`, raw.
    pub weight: Integer,
}

/// How the lucky member was found (mechanism.md section 8, step 2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LuckyReceipt {
    /// The hash `H`.
    pub hash: Hash,
    /// The index `l` in the committee.
    pub index: u32,
    /// The member.
    pub miner: MinerRef,
}

/// The pool of one member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PoolReceipt {
    /// The member.
    pub miner: MinerRef,
    /// Its pool `p`.
    pub pool: Amount,
    /// Its votes `S`, raw; with 0 the pool goes to the carry.
    pub votes: Integer,
    /// Blocks it produced in the round.
    pub produced: u32,
    /// Slots it missed in the round.
    pub missed: u32,
    /// Its share of the fees.
    pub fees: Amount,
}

/// A draw with all its inputs (mechanism.md section 6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DrawReceipt {
    /// The round the committee is drawn for.
    pub round: u64,
    /// The round at whose end it is drawn.
    pub drawn_in: u64,
    /// The beacon of the last block of that round.
    pub beacon: Hash,
    /// Average coefficient used for newcomers, times 2^32.
    pub v_avg: Integer,
    /// The candidates in the order of their ids, those with `R = 0` or not ready left out.
    pub candidates: Vec<DrawCandidate>,
    /// Sum of the candidates' weights, raw.
    pub total_weight: Integer,
    /// `k = min(K, candidates)`.
    pub size: u32,
    /// True if there were fewer candidates than `min_committee`, so that the committee of the next round serves again.
    pub kept: bool,
    /// The committee of the round before, which serves again if `kept`.
    pub previous: Vec<MinerRef>,
    /// The picks in order; none if `kept`.
    pub picks: Vec<DrawPick>,
    /// The committee: its members' ids in the order drawn.
    pub members: Vec<MinerRef>,
}

/// A candidate of a draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DrawCandidate {
    pub miner: MinerRef,
    /// Votes `S`, raw.
    pub votes: Integer,
    /// Blocks produced, `m`.
    pub produced: u64,
    /// Slots, `n`.
    pub slots: u64,
    /// Election weight `R`, raw.
    pub weight: Integer,
}

/// One pick of a draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DrawPick {
    /// Place in the committee, from 0.
    pub index: u32,
    /// The hash `H(i)`.
    pub hash: Hash,
    /// Sum of the weights not yet drawn, raw.
    pub total: Integer,
    /// The point `x(i)`, raw.
    pub point: Integer,
    /// The member drawn.
    pub miner: MinerRef,
}

/// `GET /api/v1/rounds/{round}/certificate`: the step of a light client from one round to the next.
///
/// The last block of round `r` carries the committee of round `r + 2`; its finalization is signed by the committee of round `r`,
/// which the client knows from genesis (rounds 0 and 1) or from the boundary two rounds before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoundaryCertificate {
    /// The round that ended.
    pub round: u64,
    /// The last block and what makes it final.
    pub certificate: BlockCertificate,
    /// The canonical encoding of the committee it carries: its SHA-256 is the header's committee root.
    pub committee_encoded: Bytes,
    /// The same committee, decoded: that of round `round + 2`.
    pub committee: Vec<CommitteeMember>,
}

/// `GET /api/v1/certificates`: boundary certificates of consecutive rounds, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoundaryPage {
    pub certificates: Vec<BoundaryCertificate>,
    /// `from_round` of the next page, if there is one.
    pub next: Option<u64>,
}
