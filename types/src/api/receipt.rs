//! Receipts: what a block did.

use serde::{Deserialize, Serialize};

use super::error::ErrorDetail;
use super::request::Request;
use super::{Amount, Hash, Integer, MinerRef};

/// What the chain made of a transaction in a block. The fee is charged either way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Outcome {
    /// Whether its request was accepted.
    pub accepted: bool,
    /// If not, why.
    pub refused: Option<ErrorDetail>,
    /// Whether and when it takes effect.
    pub effect: Effect,
}

/// Whether and when an included transaction takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Effect {
    /// It took effect at once, with its block.
    Immediate,
    /// It will take effect at the end of a round.
    Waiting {
        /// The round.
        round: u64,
        /// The last height of that round.
        height: u64,
    },
    /// It took effect at the end of a round.
    Applied {
        /// The round.
        round: u64,
    },
    /// A resignation in the same round made it void.
    Void {
        /// The round.
        round: u64,
    },
    /// It was refused and has no effect.
    None,
}

/// One receipt. Receipts of transactions come first, in their order; those of the end of a round come last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReceiptInfo {
    /// What became of a transaction.
    Transaction {
        /// Its hash.
        hash: Hash,
        /// The fee charged.
        fee: Amount,
        /// What the chain made of it.
        outcome: Outcome,
    },
    /// A producer's reward.
    Reward {
        /// The miner.
        miner: MinerRef,
        /// Its owner, who gets it.
        owner: String,
        /// How much.
        amount: Amount,
    },
    /// Slots missed before this block.
    Missed {
        /// Who was on turn.
        miner: MinerRef,
        /// The slot.
        slot: u64,
    },
    /// A share of the round's fees.
    FeeShare {
        /// The miner.
        miner: MinerRef,
        /// Its owner, who gets it.
        owner: String,
        /// Blocks it produced in the round.
        blocks: u32,
        /// How much.
        amount: Amount,
    },
    /// A committee member's bonus pool.
    Pool {
        /// The miner.
        miner: MinerRef,
        /// The pool; it goes to the carry if `votes` is 0.
        amount: Amount,
        /// The miner's votes `S`, raw.
        votes: Integer,
    },
    /// The lucky member of the round.
    Lucky {
        /// The miner.
        miner: MinerRef,
        /// What it adds to the pool.
        amount: Amount,
    },
    /// Voters' time gain was halved.
    Halving {
        /// The miner they vote for.
        miner: MinerRef,
        /// How often: the blocks it added in the round.
        times: u32,
    },
    /// Day boundaries passed: every time gain grew.
    DayTick {
        /// How many.
        days: u32,
    },
    /// A request took effect, or was void.
    Request {
        /// Whose.
        account: String,
        /// What was asked.
        request: Request,
        /// False if a resignation in the same round made it void.
        applied: bool,
    },
    /// A committee was drawn.
    Draw {
        /// For which round.
        round: u64,
        /// Its members in the order drawn.
        members: Vec<MinerRef>,
        /// How many candidates there were.
        candidates: u32,
        /// Hash of their list: what they were drawn by.
        candidates_hash: Hash,
        /// True if there were too few, so that the committee of the round before serves again.
        kept: bool,
    },
    /// A resigned miner's deposit went back.
    DepositReturned {
        /// The miner.
        miner: MinerRef,
        /// Its owner, who gets it.
        owner: String,
        /// How much.
        amount: Amount,
    },
    /// How the round's bonus was cut.
    Bonus {
        /// `B`: what there was, the carry included.
        total: Amount,
        /// `a`: the pool of every member.
        pool: Amount,
        /// What the lucky member's pool got on top.
        lucky: Amount,
        /// What is carried into the next round.
        carry: Amount,
    },
    /// The fees of the round.
    Fees {
        /// What there was to share, the remainder of the round before included.
        total: Amount,
        /// What each block earned its producer.
        per_block: Amount,
        /// What joins the fees of the next round.
        remainder: Amount,
    },
    /// The average coefficient was updated.
    Average {
        /// `v_avg`, times 2^32.
        coefficient: Integer,
    },
}
