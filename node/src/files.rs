//! How many files this process may have open.

use crate::engine::VIEW_RETENTION;
use rlimit::{INFINITY, Resource};

/// Files that a node keeps open beside its connections: archives, journals, state, history and the log, with room for
/// two rounds at once and for files that are open for a moment.
const FILES_OF_A_NODE: u64 = 104;
/// Files of one more round that marshal keeps open: five archives of four files.
const FILES_OF_A_ROUND: u64 = 20;
/// Files of the state and the archives that come with the size of the chain: a few years, or ten million voters.
const FILES_OF_A_LARGE_CHAIN: u64 = 512;

/// Raises the limit on open files of this process as far as it may, and says how many it may have open now; `None` if
/// there is no limit or none is told.
pub fn raise_limit() -> Option<u64> {
    let (soft, hard) = Resource::NOFILE.get().ok()?;
    let limit = if soft != hard && Resource::NOFILE.set(hard, hard).is_ok() {
        hard
    } else {
        soft
    };
    (limit != INFINITY).then_some(limit)
}

/// How many files `nodes` nodes may have open in one process, each with `peers` others, on a chain with so many blocks a
/// round.
pub const fn needed(nodes: u64, peers: u64, blocks_per_round: u32) -> u64 {
    // Marshal takes one round more for each view that a round is shorter than what it retains.
    let rounds = (VIEW_RETENTION.get() + 1).saturating_sub(blocks_per_round as u64);
    // Both ends of a connection may be of this process.
    let each = FILES_OF_A_NODE
        .saturating_add(rounds.saturating_mul(FILES_OF_A_ROUND))
        .saturating_add(peers);
    nodes.saturating_mul(each).saturating_add(if nodes == 1 {
        FILES_OF_A_LARGE_CHAIN
    } else {
        0
    })
}

/// The limit as a phrase.
pub(crate) fn limit_text() -> String {
    match Resource::NOFILE.get() {
        Ok((soft, _)) if soft != INFINITY => format!("this process may have {soft} open"),
        _ => "the system's limit is reached".into(),
    }
}

/// Says what to do where `text` tells of too many open files in the system's words.
pub fn explain(text: &str) -> String {
    if text.contains("Too many open files") && !text.contains(ADVICE) {
        format!("{text}; {}: {ADVICE}", limit_text())
    } else {
        text.to_owned()
    }
}

/// What helps.
pub(crate) const ADVICE: &str = "raise the limit (`ulimit -n`) and start again";

#[cfg(test)]
mod tests;
