//! The position of an account, proved by the state: what is signed is judged by it, and the node's word for it may hide what it costs.

use super::votes::{NoProof, proved_votes};
use crate::{
    context::{Context, miner_text},
    failure::{Failure, Result},
    figures::etm,
};
use etm_types::{
    ChainId,
    api::{
        account::{Account, Position, ProjectedPosition},
        chain::Parameters,
        votes::CheckedVotes,
    },
};

/// What the state says of what a node tells of a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is so after the block with this height, made at this time (milliseconds since 1970).
    Proved {
        height: u64,
        timestamp_ms: u64,
        /// Whether the node says that the vote ends with the round.
        leaves: bool,
    },
    /// Nothing can prove it: why, in words.
    Unprovable(&'static str),
    /// It could be proved, and is not: why, in words.
    Unproved(&'static str),
    /// What was proved is of another round than what was told: both are asked for anew.
    Elsewhere,
}

/// Holds what a node tells of an account's position against the state. Something may be locked at the end of the round though nothing is yet:
/// then a request `locks` it.
///
/// # Errors
/// [`Failure`] if it is another one, or what the node gives as a proof is none.
pub(crate) async fn standing(
    context: &Context,
    chain: ChainId,
    parameters: &Parameters,
    account: &Account,
    locks: bool,
) -> Result<Standing> {
    let Some(told) = &account.position else {
        return Ok(Standing::Unprovable(match locks {
            false => {
                "it is the node's word alone that nothing is locked: nothing proves that something is not there"
            }
            true => {
                "it is the node's word alone that nothing is locked yet, and what a waiting request of this account locks: nothing proves that something is not there"
            }
        }));
    };
    let Some(miner) = &told.miner else {
        return Ok(Standing::Unprovable(
            "it is the node's word alone what is locked, at which t, and that it votes for nobody: only a position that votes can be proved",
        ));
    };
    let address = Some(account.address.as_str());
    // Whatever was asked for before, and however long that took: it is the round that this account was told of.
    let running = account.effective_round;
    match proved_votes(context, chain, running, miner.id, address).await? {
        Err(NoProof::NotGiven) => Ok(Standing::Unproved(
            "it is the node's word alone what is locked, its t and its vote: it gives no proof of them",
        )),
        Err(NoProof::FarAway) => Ok(Standing::Unproved(
            "it is the node's word alone what is locked, its t and its vote: too many rounds lead to a proof of them; `etm verify-round` walks over them first",
        )),
        Ok(proved) => judge(account, told, &proved, late_days(parameters, account)),
    }
}

/// Days that may begin by the end of the round beside those that are told: every second slot missed, each for one and a half, is the longest that is
/// foreseen.
fn late_days(parameters: &Parameters, account: &Account) -> u64 {
    let to_come = u64::from(account.round_end.blocks_to_come);
    let late_ms = to_come.saturating_mul(parameters.slot_ms).saturating_mul(3) / 2;
    let day_ms = parameters.day_seconds.saturating_mul(1_000).max(1);
    late_ms / day_ms + 1
}

fn judge(account: &Account, told: &Position, proved: &CheckedVotes, late: u64) -> Result<Standing> {
    // A position is another one from the end of a round on, and not before.
    if proved.round != account.effective_round {
        return Ok(Standing::Elsewhere);
    }
    let differs = |what: String| {
        let message = format!(
            "the node tells {what}, proved by the state after block {}: nothing was signed",
            proved.height
        );
        Err(Failure::failed("does_not_verify", message).hint("--node names another node"))
    };
    let position = proved.position.as_ref();
    let Some(position) = position.filter(|position| position.address == account.address) else {
        return differs("of a position that isn't the one".to_owned());
    };
    if position.locked != told.locked {
        return differs(format!(
            "that {} are locked, and it is {}",
            etm(told.locked),
            etm(position.locked)
        ));
    }
    if position.time_gain != told.time_gain {
        return differs(format!(
            "that t is {}, and it is {}",
            told.time_gain, position.time_gain
        ));
    }
    if told.miner.as_ref() != Some(&proved.miner) {
        let named = told.miner.as_ref().map_or_else(String::new, miner_text);
        return differs(format!(
            "that the vote is for {named}, and it is for {}",
            miner_text(&proved.miner)
        ));
    }
    for projected in [
        &account.projected,
        &account.projected_best,
        &account.projected_worst,
    ] {
        if !follows(account, told, projected.as_ref(), late) {
            let then = projected.as_ref().map_or_else(
                || "nothing is left".to_owned(),
                |projected| {
                    format!(
                        "{} at t = {} are left, for {}",
                        etm(projected.locked),
                        projected.time_gain,
                        projected
                            .miner
                            .as_ref()
                            .map_or_else(|| "nobody".to_owned(), miner_text)
                    )
                },
            );
            return differs(format!(
                "that at the end of the round {then}, which can't come of {} at t = {} for {}",
                etm(position.locked),
                position.time_gain,
                miner_text(&proved.miner)
            ));
        }
    }
    let then = account.projected.as_ref();
    Ok(Standing::Proved {
        height: proved.height,
        timestamp_ms: proved.timestamp_ms,
        leaves: then.is_some_and(|then| then.miner.is_none())
            && account.pending_requests.is_empty(),
    })
}

/// Whether the end of the round can make this of a position, as far as that can be said where accepted requests change it too. So many days more than
/// told may begin `late`.
fn follows(account: &Account, now: &Position, then: Option<&ProjectedPosition>, late: u64) -> bool {
    if !account.pending_requests.is_empty() {
        return true;
    }
    let Some(then) = then else {
        return false;
    };
    let end = &account.round_end;
    let halved = now.time_gain.checked_shr(end.halvings_most).unwrap_or(0);
    let days = u8::try_from(late.saturating_add(end.days.into())).unwrap_or(u8::MAX);
    let most = now.time_gain.saturating_add(days).min(32);
    // Only the end of its miner takes a vote from it; that is asked about apart.
    let votes = |then: &ProjectedPosition| then.miner.is_none() || then.miner == now.miner;
    votes(then) && then.locked == now.locked && (halved.max(1)..=most).contains(&then.time_gain)
}

#[cfg(test)]
mod tests;
