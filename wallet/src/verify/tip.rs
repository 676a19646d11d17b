//! The last block that a node names, held against what was proved of its chain before: transactions expire by it.

use super::{anchor, held::Held};
use crate::{
    context::Context,
    failure::{Failure, Result},
};
use etm_types::{ChainId, api::chain::Parameters};

/// Rounds whose ends are asked for before a signature, at most.
const WALK: u64 = 2_000;
/// Nodes behind one address may be so many blocks apart.
pub(crate) const AHEAD: u64 = 100;

/// What is known of the last block that a node names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    /// The round before its own ended, or the one before that: it is no further ahead than two rounds have blocks, or some hundred blocks.
    Proved,
    /// It is the node's word: nothing of the chain was proved here before, or too long ago.
    Unknown,
    /// The node gives no proof that it came so far, though some of the way was proved here before.
    Unproved,
}

/// Holds `tip` against what was proved of the chain, and that against what the node proves.
///
/// # Errors
/// [`Failure`] if the chain had come further before, or has not come as far.
pub(crate) async fn reached(
    context: &Context,
    chain: ChainId,
    parameters: &Parameters,
    tip: u64,
) -> Result<Reached> {
    let held = Held::open(None)?;
    let trust = held.load(chain)?;
    let next = trust.as_ref().map_or(0, |trust| trust.next().0);
    let known = trust.is_some();
    let length = u64::from(parameters.blocks_per_round).max(1);
    let running = tip.saturating_add(1) / length;
    let wanted = match place(next, running, AHEAD.div_ceil(length)) {
        Place::Behind => {
            let ended = next.saturating_sub(1);
            let message = format!(
                "the node says that round {running} is running, and the end of round {ended} was proved here before: nothing was signed"
            );
            return Err(Failure::failed("node_behind", message).hint("--node names another node"));
        }
        Place::Here => return Ok(Reached::Proved),
        Place::Far => return Ok(Reached::Unknown),
        Place::On(wanted) => wanted,
    };
    let anchors = anchor::wanted(None, None)?;
    let walked = held.walk_on(trust, context, chain, wanted, &anchors).await;
    match walked {
        Ok(_) => Ok(Reached::Proved),
        Err(failure) if failure.code == "does_not_verify" => Err(failure),
        Err(failure) if failure.code == "round_not_finished" => {
            let message = format!(
                "the node says that the chain is at block {tip}, and {}: nothing was signed",
                failure.message
            );
            Err(Failure::failed("does_not_verify", message).hint("--node names another node"))
        }
        Err(_) if known => Ok(Reached::Unproved),
        Err(_) => Ok(Reached::Unknown),
    }
}

/// Where the round is that a node says is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Its end was proved before.
    Behind,
    /// The ends of all before it were, but for the last of them.
    Here,
    /// The way leads on to this round.
    On(u64),
    /// It is too long.
    Far,
}

/// Where `running` is, if the end of round `next` is the first that was not proved, and a node may be so many rounds behind another one, or behind
/// with its proofs, as are its `slack`.
const fn place(next: u64, running: u64, slack: u64) -> Place {
    let wanted = running.saturating_sub(slack);
    match wanted.checked_sub(next) {
        _ if next > running.saturating_add(slack) => Place::Behind,
        None | Some(0) => Place::Here,
        Some(way) if way > WALK => Place::Far,
        Some(_) => Place::On(wanted),
    }
}

#[cfg(test)]
mod tests;
