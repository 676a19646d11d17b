//! Receipts: what a block did.

use serde::{Deserialize, Serialize};

use super::error::ErrorDetail;
use super::request::Request;
use super::{Amount, Hash, Integer, MinerRef};
use crate::{MinerId, Receipt, Units};

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
        round: u64,
        /// The last height of that round.
        height: u64,
    },
    /// It took effect at the end of a round.
    Applied { round: u64 },
    /// A resignation in the same round made it void.
    Void { round: u64 },
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
        hash: Hash,
        /// The fee charged.
        fee: Amount,
        /// What the chain made of it.
        outcome: Outcome,
    },
    /// A producer's reward.
    Reward {
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
        slot: u64,
    },
    /// A share of the round's fees.
    FeeShare {
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
        miner: MinerRef,
        /// The pool; it goes to the carry if `votes` is 0.
        amount: Amount,
        /// The miner's votes `S`, raw.
        votes: Integer,
    },
    /// The lucky member of the round.
    Lucky {
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

impl Outcome {
    /// The outcome of a transaction, given what is known of its effect if it was accepted.
    pub fn of(outcome: crate::Outcome, effect: Effect) -> Self {
        match outcome {
            crate::Outcome::Accepted => Self {
                accepted: true,
                refused: None,
                effect,
            },
            crate::Outcome::Refused(refusal) => Self {
                accepted: false,
                refused: Some(ErrorDetail {
                    code: refusal.code().to_owned(),
                    message: refusal.message().to_owned(),
                }),
                effect: Effect::None,
            },
        }
    }
}

impl ReceiptInfo {
    /// A receipt as the API shows it, with miners as `named` names them; `effect` is what is known of an accepted transaction's effect.
    pub fn of(receipt: &Receipt, effect: Effect, named: impl Fn(MinerId) -> MinerRef) -> Self {
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let amount = |units: Units| Amount::from(units);
        match receipt {
            Receipt::Transaction {
                hash,
                fee,
                outcome: result,
                ..
            } => Self::Transaction {
                hash: Hash::from(*hash),
                fee: amount(*fee),
                outcome: Outcome::of(*result, effect),
            },
            Receipt::Missed { slot, miner } => Self::Missed {
                miner: named(*miner),
                slot: slot.0,
            },
            Receipt::Reward {
                miner,
                owner,
                amount: reward,
            } => Self::Reward {
                miner: named(*miner),
                owner: owner.to_string(),
                amount: amount(*reward),
            },
            Receipt::FeeShare {
                miner,
                owner,
                blocks,
                amount: share,
            } => Self::FeeShare {
                miner: named(*miner),
                owner: owner.to_string(),
                blocks: small(*blocks),
                amount: amount(*share),
            },
            Receipt::Bonus {
                total,
                pool,
                lucky,
                carry,
            } => Self::Bonus {
                total: amount(*total),
                pool: amount(*pool),
                lucky: amount(*lucky),
                carry: amount(*carry),
            },
            Receipt::Lucky {
                miner,
                amount: extra,
            } => Self::Lucky {
                miner: named(*miner),
                amount: amount(*extra),
            },
            Receipt::Pool {
                miner,
                amount: pool,
                votes,
            } => Self::Pool {
                miner: named(*miner),
                amount: amount(*pool),
                votes: Integer::from(*votes),
            },
            Receipt::Halving { miner, blocks } => Self::Halving {
                miner: named(*miner),
                times: small(*blocks),
            },
            Receipt::DayTick { days } => Self::DayTick { days: small(*days) },
            Receipt::Request {
                account,
                request,
                applied,
            } => Self::Request {
                account: account.to_string(),
                request: Request::of(request, &named),
                applied: *applied,
            },
            Receipt::Average { v_avg } => Self::Average {
                coefficient: Integer((*v_avg).into()),
            },
            Receipt::Draw {
                round,
                candidates,
                candidates_hash,
                members,
                kept,
                ..
            } => Self::Draw {
                round: round.0,
                members: members.iter().map(|miner| named(*miner)).collect(),
                candidates: *candidates,
                candidates_hash: Hash::from(*candidates_hash),
                kept: *kept,
            },
            Receipt::Fees {
                total,
                per_block,
                remainder,
            } => Self::Fees {
                total: amount(*total),
                per_block: amount(*per_block),
                remainder: amount(*remainder),
            },
            Receipt::DepositReturned {
                miner,
                owner,
                amount: deposit,
            } => Self::DepositReturned {
                miner: named(*miner),
                owner: owner.to_string(),
                amount: amount(*deposit),
            },
        }
    }
}
