//! What a request costs beside the fee, and what to know before signing it.

use super::{Change, Preview, Request, Scene, Warning};
use crate::figures::{counted, etm};
use etm_execution::ChainParams;
use etm_types::{
    MinerId, Payload, Units, UnsignedTransaction,
    api::{Amount, miner::MinerState},
};

/// A fee of so many times the least is asked about apart.
const DEAR: u64 = 100;

/// What a least fee counts as at most, whatever the node says that it is.
const USUAL: u64 = ChainParams::mainnet().fee.0;

/// All there is to know before signing.
pub fn warnings(scene: &Scene<'_>, change: &Change, preview: &Preview) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |code, message: String| warnings.push(Warning::new(code, message));
    let gains = preview
        .before
        .as_ref()
        .zip(preview.after.as_ref())
        .map(|(before, after)| (before.time_gain, after.time_gain));
    match (change, gains) {
        (Change::Asks(Request::Lock(_)), Some((before, after))) if after < before => {
            warn(
                "top_up_lowers_time_gain",
                format!(
                    "locking more lowers t from {before} to {after} for everything that is locked"
                ),
            );
        }
        (Change::Asks(Request::Vote(_)), Some((before, after))) if after < before => {
            warn(
                "switch_halves",
                format!("switching to another miner halves t from {before} to {after}"),
            );
        }
        (Change::Asks(Request::Withdraw), Some((before, after))) => {
            if after < before {
                warn(
                    "withdraw_halves",
                    format!("withdrawing the vote halves t from {before} to {after}"),
                );
            }
            warn(
                "not_voting",
                "what is locked earns nothing until you vote again".to_owned(),
            );
        }
        (Change::Asks(Request::Register(_)), _) => {
            warn(
                "deposit",
                format!(
                    "a deposit of {} is taken: it comes back once the miner has resigned and no committee needs it",
                    etm(scene.parameters.deposit)
                ),
            );
        }
        (Change::Asks(Request::Unlock(_)), None) => {
            warn(
                "position_removed",
                "the position is removed, with its time gain and its vote".to_owned(),
            );
        }
        _ => {}
    }
    let voted = |id: u32| {
        preview
            .before
            .as_ref()
            .and_then(|position| position.miner.as_ref())
            .is_some_and(|miner| miner.id == id)
    };
    if let Change::Asks(Request::Vote(MinerId(id))) = change {
        if voted(*id) {
            warn(
                "same_miner",
                "you vote for this miner already: another vote changes nothing and costs its fee"
                    .to_owned(),
            );
        }
        if let Some(miner) = scene.miners.miners.iter().find(|miner| miner.id == *id) {
            if miner.state == MinerState::Resigning {
                warn(
                    "miner_resigning",
                    "the miner resigned in this round: the vote will be void".to_owned(),
                );
            }
            if !miner.ready {
                warn(
                    "miner_not_ready",
                    "the miner's node has not shown that it runs: it can't be drawn now".to_owned(),
                );
            }
        }
    }
    if matches!(change, Change::Asks(Request::Lock(_)))
        && preview
            .after
            .as_ref()
            .is_some_and(|position| position.miner.is_none())
    {
        warn(
            "not_voting",
            "what is locked votes for nobody and earns nothing until you vote: `etm vote MINER`"
                .to_owned(),
        );
    }
    if !scene.account.pending_requests.is_empty() {
        warn(
            "pending_requests",
            format!(
                "{} counted in, on the node's word alone",
                counted(
                    scene.account.pending_requests.len(),
                    "accepted request of this round is",
                    "accepted requests of this round are"
                )
            ),
        );
    }
    if !scene.account.pending_transactions.is_empty() {
        warn(
            "pending_transactions",
            format!(
                "{} counted in",
                counted(
                    scene.account.pending_transactions.len(),
                    "transaction of this account waits for a block and is",
                    "transactions of this account wait for a block and are"
                )
            ),
        );
    }
    let fee = preview.fee;
    let least = scene.parameters.min_fee;
    let costs = Costs {
        fee: fee.0,
        least: least.0,
        amount: match change {
            // What sends the smallest amount there is, as a transaction that cancels another does, is not made for the sake of it.
            Change::Asks(Request::Transfer {
                amount: Units(1), ..
            }) => None,
            Change::Asks(
                Request::Transfer { amount, .. } | Request::Lock(amount) | Request::Unlock(amount),
            ) => Some(amount.0),
            _ => None,
        },
        left: preview.balance_after.0,
        keeps: preview.after.is_some(),
    };
    warnings.extend(costs.asked_apart().into_iter().map(|code| Warning {
        confirm: true,
        ..Warning::new(
            code,
            match code {
                NO_FEE_LEFT if preview.balance_after.0 >= least.0 => format!(
                    "{} are left: less than another fee of {}; the least is {}",
                    etm(preview.balance_after),
                    etm(fee),
                    etm(least)
                ),
                NO_FEE_LEFT => format!(
                    "{} are left: less than one fee of {}, so nothing can be voted, unlocked or sent until something comes in",
                    etm(preview.balance_after),
                    etm(fee)
                ),
                _ if is_far(fee.0, least.0) && fee > least => format!(
                    "the fee of {} is far above the least, {}",
                    etm(fee),
                    etm(least)
                ),
                _ if fee > least => {
                    format!("the fee of {} is above 1 % of the amount", etm(fee))
                }
                _ => format!(
                    "the fee of {} is the least that this node names, and far above what is usual, {}",
                    etm(fee),
                    etm(Amount(USUAL))
                ),
            },
        )
    }));
    warnings
}

const NO_FEE_LEFT: &str = "no_fee_left";
const HIGH_FEE: &str = "high_fee";

/// What a request costs, in units. The page asks about the same (`vectors/previews/apart.json`).
struct Costs {
    /// Of one transaction.
    fee: u64,
    /// The least that the chain takes, as the node says.
    least: u64,
    /// What is sent, locked or unlocked, if anything is.
    amount: Option<u64>,
    /// What can be spent right after.
    left: u64,
    /// Whether something is locked then, which takes a fee to get out.
    keeps: bool,
}

/// Whether a fee is asked about apart: it is far above the least, as the node says or as is usual, or above a hundredth of what is sent, locked or
/// unlocked. In units.
fn is_dear(fee: u64, least: u64, amount: Option<u64>) -> bool {
    let least = least.min(USUAL);
    fee > least && (is_far(fee, least) || amount.is_some_and(|amount| fee > amount / 100))
}

/// Whether a fee is far above the least, as the node says or as is usual.
fn is_far(fee: u64, least: u64) -> bool {
    fee >= least.min(USUAL).saturating_mul(DEAR)
}

/// Whether the fee of a transaction is asked about apart where no node says what the least is.
pub fn costs_much(transaction: &UnsignedTransaction) -> bool {
    let amount = match &transaction.payload {
        Payload::Transfer { amount, .. }
        | Payload::Lock { amount }
        | Payload::Unlock { amount } => Some(amount.0),
        _ => None,
    };
    is_dear(transaction.fee.0, USUAL, amount)
}

impl Costs {
    /// What is asked about apart.
    fn asked_apart(&self) -> Vec<&'static str> {
        let mut apart = Vec::new();
        if self.keeps && self.left < self.fee {
            apart.push(NO_FEE_LEFT);
        }
        if is_dear(self.fee, self.least, self.amount) {
            apart.push(HIGH_FEE);
        }
        apart
    }
}

#[cfg(test)]
mod tests;
