//! Reading: rows become the API's shapes.

mod blocks;
mod miners;
mod rounds;
mod transactions;

pub use blocks::RecordedBlock;
pub use miners::{MinerFacts, MinerFigures, RecentSeats, SeatsExpected};
pub use transactions::TransactionPlace;

use etm_mechanism::Action;
use etm_types::api::receipt::{Effect, Outcome as OutcomeInfo, ReceiptInfo};
use etm_types::api::{self, MinerRef, request::Request};
use etm_types::{Hash, MinerId, Outcome, Receipt};

use crate::store::History;
use crate::value::small;

/// A hash as the API shows it.
pub(crate) fn shown(hash: Hash) -> api::Hash {
    api::Hash::from(hash)
}

/// The outcome of a transaction, given what is known of its effect.
pub(crate) fn outcome(outcome: Outcome, effect: Effect) -> OutcomeInfo {
    match outcome {
        Outcome::Accepted => OutcomeInfo {
            accepted: true,
            refused: None,
            effect,
        },
        Outcome::Refused(refusal) => OutcomeInfo {
            accepted: false,
            refused: Some(api::error::ErrorDetail {
                code: refusal.code().to_owned(),
                message: refusal.message().to_owned(),
            }),
            effect: Effect::None,
        },
    }
}

impl History {
    fn refs(&self, ids: impl IntoIterator<Item = MinerId>) -> Vec<MinerRef> {
        ids.into_iter().map(|id| self.miner_ref(id)).collect()
    }

    /// A request as the API shows it.
    pub fn show_request<R>(&self, request: &Action<R>) -> Request {
        match request {
            Action::Lock(amount) => Request::Lock {
                amount: api::Amount::from(*amount),
            },
            Action::Unlock(amount) => Request::Unlock {
                amount: api::Amount::from(*amount),
            },
            Action::Vote(miner) => Request::Vote {
                miner: self.miner_ref(*miner),
            },
            Action::Withdraw => Request::Withdraw,
            Action::Register(name, _) => Request::Register {
                name: name.as_str().to_owned(),
            },
            Action::Resign => Request::Resign,
        }
    }

    /// A receipt as the API shows it; `effect` is what is known of an accepted transaction's effect.
    pub(crate) fn show_receipt(&self, receipt: &Receipt, effect: Effect) -> ReceiptInfo {
        let amount = |units: etm_types::Units| api::Amount::from(units);
        match receipt {
            Receipt::Transaction {
                hash,
                fee,
                outcome: result,
                ..
            } => ReceiptInfo::Transaction {
                hash: shown(*hash),
                fee: amount(*fee),
                outcome: outcome(*result, effect),
            },
            Receipt::Missed { slot, miner } => ReceiptInfo::Missed {
                miner: self.miner_ref(*miner),
                slot: slot.0,
            },
            Receipt::Reward {
                miner,
                owner,
                amount: reward,
            } => ReceiptInfo::Reward {
                miner: self.miner_ref(*miner),
                owner: owner.to_string(),
                amount: amount(*reward),
            },
            Receipt::FeeShare {
                miner,
                owner,
                blocks,
                amount: share,
            } => ReceiptInfo::FeeShare {
                miner: self.miner_ref(*miner),
                owner: owner.to_string(),
                blocks: small(*blocks),
                amount: amount(*share),
            },
            Receipt::Bonus {
                total,
                pool,
                lucky,
                carry,
            } => ReceiptInfo::Bonus {
                total: amount(*total),
                pool: amount(*pool),
                lucky: amount(*lucky),
                carry: amount(*carry),
            },
            Receipt::Lucky {
                miner,
                amount: extra,
            } => ReceiptInfo::Lucky {
                miner: self.miner_ref(*miner),
                amount: amount(*extra),
            },
            Receipt::Pool {
                miner,
                amount: pool,
                votes,
            } => ReceiptInfo::Pool {
                miner: self.miner_ref(*miner),
                amount: amount(*pool),
                votes: api::Integer::from(*votes),
            },
            Receipt::Halving { miner, blocks } => ReceiptInfo::Halving {
                miner: self.miner_ref(*miner),
                times: small(*blocks),
            },
            Receipt::DayTick { days } => ReceiptInfo::DayTick { days: small(*days) },
            Receipt::Request {
                account,
                request,
                applied,
            } => ReceiptInfo::Request {
                account: account.to_string(),
                request: self.show_request(request),
                applied: *applied,
            },
            Receipt::Average { v_avg } => ReceiptInfo::Average {
                coefficient: api::Integer((*v_avg).into()),
            },
            Receipt::Draw {
                round,
                candidates,
                candidates_hash,
                members,
                kept,
                ..
            } => ReceiptInfo::Draw {
                round: round.0,
                members: self.refs(members.iter().copied()),
                candidates: *candidates,
                candidates_hash: shown(*candidates_hash),
                kept: *kept,
            },
            Receipt::Fees {
                total,
                per_block,
                remainder,
            } => ReceiptInfo::Fees {
                total: amount(*total),
                per_block: amount(*per_block),
                remainder: amount(*remainder),
            },
            Receipt::DepositReturned {
                miner,
                owner,
                amount: deposit,
            } => ReceiptInfo::DepositReturned {
                miner: self.miner_ref(*miner),
                owner: owner.to_string(),
                amount: amount(*deposit),
            },
        }
    }
}
