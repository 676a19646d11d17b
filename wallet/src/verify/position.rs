//! The position of an account, proved by the state: what is signed is judged by it, and the node's word for it may hide what it costs.

use super::{
    ending::{Ending, Seat, ending},
    votes::{NoProof, proved_votes},
};
use crate::{
    context::{Context, miner_text},
    failure::{Failure, Result},
    figures::etm,
};
use etm_types::{
    ChainId,
    api::{
        account::{Account, Position},
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
        /// What of the end of the round nothing proves.
        ending: Ending,
    },
    /// Nothing can prove it: why, in words, and what of the end of the round is the node's word beside.
    Unprovable(&'static str, Ending),
    /// It could be proved, and is not: why, in words.
    Unproved(&'static str),
    /// The node says that it can't prove it now: it is asked again.
    Later,
    /// What was proved is of another round than what was told: both are asked for anew.
    Elsewhere,
    /// What was proved is of a round whose end is proved by now, as in [`Self::Elsewhere`]: why, in words.
    Overtaken(String),
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
        let why = match locks {
            false => {
                "it is the node's word alone that nothing is locked: nothing proves that something is not there"
            }
            true => {
                "it is the node's word alone that nothing is locked yet, and what a waiting request of this account locks: nothing proves that something is not there"
            }
        };
        return unprovable(account, parameters, why);
    };
    let Some(miner) = &told.miner else {
        let why = "it is the node's word alone what is locked, at which t, and that it votes for nobody: only a position that votes can be proved";
        return unprovable(account, parameters, why);
    };
    let address = Some(account.address.as_str());
    // Whatever was asked for before, and however long that took: it is the round that this account was told of.
    let running = account.effective_round;
    match proved_votes(context, chain, running, miner.id, address).await? {
        Err(NoProof::NotGiven) => Ok(Standing::Unproved(
            "it is the node's word alone what is locked, its t and its vote: it gives no proof of them",
        )),
        Err(NoProof::Later) => Ok(Standing::Later),
        Err(NoProof::FarAway) => Ok(Standing::Unproved(
            "it is the node's word alone what is locked, its t and its vote: too many rounds lead to a proof of them; `etm verify-round` walks over them first",
        )),
        Err(NoProof::Overtaken(reason)) => Ok(Standing::Overtaken(reason)),
        Ok(proved) => judge(account, told, &proved, parameters),
    }
}

/// What a node tells of what nothing can prove has to make sense all the same.
fn unprovable(account: &Account, parameters: &Parameters, why: &'static str) -> Result<Standing> {
    let ending = ending(account, account.position.as_ref(), parameters, Seat::None);
    match ending {
        Ok(ending) => Ok(Standing::Unprovable(why, ending)),
        Err(what) => Err(lie(&format!("the node tells {what}: nothing was signed"))),
    }
}

fn lie(message: &str) -> Failure {
    Failure::failed("does_not_verify", message).hint("--node names another node")
}

fn judge(
    account: &Account,
    told: &Position,
    proved: &CheckedVotes,
    parameters: &Parameters,
) -> Result<Standing> {
    // A position is another one from the end of a round on, and not before.
    if proved.round != account.effective_round {
        return Ok(Standing::Elsewhere);
    }
    let differs = |what: String| {
        Err(lie(&format!(
            "the node tells {what}, proved by the state after block {}: nothing was signed",
            proved.height
        )))
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
    match ending(account, Some(told), parameters, Seat::of(proved)) {
        Ok(ending) => Ok(Standing::Proved {
            height: proved.height,
            timestamp_ms: proved.timestamp_ms,
            ending,
        }),
        Err(what) => differs(what),
    }
}

#[cfg(test)]
mod tests;
