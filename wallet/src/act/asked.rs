//! What is asked of the chain for what a person wants.

use super::{
    intent::{Intent, Open},
    preview::{Change, Scene},
};
use crate::{
    context::find_miner,
    failure::{Failure, Result},
    figures::etm,
};
use etm_mechanism::Request;
use etm_types::{
    MinerId, Units,
    api::{
        Amount, Bytes,
        account::Account,
        miner::{EstimateBasis, MinerPage, MinerTotals},
        query::{PreviewQuery, PreviewRequest},
    },
};

/// The question to the node that a change is.
pub(super) fn query(intent: &Intent, change: &Change, fee: Units, nonce: u64) -> PreviewQuery {
    let (request, amount) = match change {
        Change::Update => (PreviewRequest::Update, None),
        Change::Asks(Request::Transfer { amount, .. }) => (PreviewRequest::Transfer, Some(*amount)),
        Change::Asks(Request::Lock(amount)) => (PreviewRequest::Lock, Some(*amount)),
        Change::Asks(Request::Unlock(amount)) => (PreviewRequest::Unlock, Some(*amount)),
        Change::Asks(Request::Vote(_)) => (PreviewRequest::Vote, None),
        Change::Asks(Request::Withdraw) => (PreviewRequest::Withdraw, None),
        Change::Asks(Request::Register(_)) => (PreviewRequest::Register, None),
        Change::Asks(Request::Resign) => (PreviewRequest::Resign, None),
    };
    let keys = intent.keys();
    PreviewQuery {
        request,
        amount: amount.map(Amount::from),
        miner: match change {
            Change::Asks(Request::Vote(MinerId(id))) => Some(id.to_string()),
            _ => None,
        },
        name: match change {
            Change::Asks(Request::Register(name)) => Some(name.to_string()),
            _ => None,
        },
        node_key: keys.map(|keys| keys.node.node_key().into()),
        bls_key: keys.map(|keys| Bytes(keys.bls.public_key().0.to_vec())),
        fee: Some(Amount::from(fee)),
        nonce: Some(nonce),
    }
}

/// A table without rows, where miners don't matter.
pub(super) fn no_miners(account: &Account) -> MinerPage {
    MinerPage {
        round: account.effective_round,
        height: account.height,
        draw_round: account.effective_round,
        fair_seed: Default::default(),
        totals: MinerTotals {
            miners: 0,
            candidates: 0,
            votes: Default::default(),
            weight: Default::default(),
            locked: Default::default(),
            voters: 0,
        },
        estimate: EstimateBasis {
            amount: Default::default(),
            time_gain: 1,
            votes: Default::default(),
            bonus_per_round: Default::default(),
            bonus_per_seat: Default::default(),
            seats: 0,
            rounds_per_day_milli: 0,
        },
        outlook_average: Default::default(),
        past: false,
        total: 0,
        offset: 0,
        miners: Vec::new(),
        next: None,
    }
}

/// Fees that `etm lock all` leaves: to vote, to vote for another, to unlock.
const FEES_KEPT: u64 = 3;

/// What is to be done, with all names and amounts found. `further` transactions with the same fee follow.
pub(super) fn change(
    intent: &Intent,
    scene: &Scene<'_>,
    fee: Units,
    further: u64,
) -> Result<Change> {
    intent.change(|open| match open {
        Open::LockAll => {
            let least = scene.parameters.min_fee.0;
            let fees = fee.0.saturating_mul(further.saturating_add(1));
            let kept = fees.saturating_add(least.saturating_mul(FEES_KEPT));
            let balance = scene.account.balance;
            match balance.0.checked_sub(kept).filter(|rest| *rest > 0) {
                Some(rest) => Ok(Request::Lock(Units(rest))),
                None => {
                    let message = format!(
                        "the balance of {} is no more than this fee and {FEES_KEPT} to vote and to unlock with",
                        etm(balance)
                    );
                    Err(Failure::failed("insufficient_balance", message))
                }
            }
        }
        Open::UnlockAll => match &scene.account.projected {
            Some(position) => Ok(Request::Unlock(Units::from(position.locked))),
            None => Err(Failure::failed("no_position", "nothing is locked")),
        },
        Open::Vote(named) => {
            let miner = find_miner(&scene.miners.miners, named)?;
            Ok(Request::Vote(MinerId(miner.id)))
        },
    })
}
