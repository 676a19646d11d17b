//! How many files this process may have open.

use crate::engine::{peers::max_peers, storage::VIEW_RETENTION};
use etm_mechanism::Params;
use rlimit::{INFINITY, Resource};
use std::{num::NonZeroU32, path::Path};

/// Files that a node keeps open beside its connections: archives, journals, state, history and the log, with room for
/// two rounds at once and for files that are open for a moment.
const FILES_OF_A_NODE: u64 = 104;
/// Files of one more round that marshal keeps open: five archives of four files.
const FILES_OF_A_ROUND: u64 = 20;
/// Files of the state and the archives that come with the size of the chain: a few years, or ten million voters.
const FILES_OF_A_LARGE_CHAIN: u64 = 512;

/// Connections of clients, and handshakes with peers, that a node has at least.
const LEAST: u64 = 16;
/// Handshakes with peers at once, at most: an honest one takes two or three round trips.
const MOST_HANDSHAKES: u64 = 512;

/// What the files that a process may have open leave for those who connect: each node's part. What storage needs is never among it, so
/// nobody can end a node by connecting to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// Connections to the API.
    pub clients: usize,
    /// Handshakes of nodes that are no peers yet.
    pub handshakes: NonZeroU32,
}

impl Shares {
    /// Of a node of a chain that has its process for itself.
    pub fn alone(limit: Option<u64>, params: &Params) -> Self {
        Self::new(limit, 1, peers_of(params), params.blocks_per_round)
    }

    /// Of a process with so many `nodes`, that may open as many files as `limit` says, if that is limited.
    pub fn new(limit: Option<u64>, nodes: u64, peers: u64, blocks_per_round: u32) -> Self {
        let spare = limit.map_or(u64::MAX, |limit| {
            limit.saturating_sub(needed(nodes, peers, blocks_per_round))
        });
        let each = spare / nodes.max(1);
        let handshakes = (LEAST + each / 4).min(MOST_HANDSHAKES);
        let clients = (2 * LEAST).saturating_add(each) - handshakes;
        Self {
            clients: usize::try_from(clients).unwrap_or(usize::MAX),
            handshakes: u32::try_from(handshakes)
                .ok()
                .and_then(NonZeroU32::new)
                .unwrap_or(NonZeroU32::MIN),
        }
    }
}

/// How many files a node of a chain may have open that has its process for itself.
pub fn needed_alone(params: &Params) -> u64 {
    needed(1, peers_of(params), params.blocks_per_round)
}

fn peers_of(params: &Params) -> u64 {
    u64::try_from(max_peers(params.committee).get()).unwrap_or(u64::MAX)
}

/// How many files this process may have open; `None` if there is no limit or none is told.
pub fn limit() -> Option<u64> {
    let (soft, _) = Resource::NOFILE.get().ok()?;
    (soft != INFINITY).then_some(soft)
}

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

/// How many files `nodes` nodes may have open in one process, each with `peers` others and the least of those who connect, on a chain
/// with so many blocks a round.
pub const fn needed(nodes: u64, peers: u64, blocks_per_round: u32) -> u64 {
    // Marshal takes one round more for each view that a round is shorter than what it retains.
    let rounds = (VIEW_RETENTION.get() + 1).saturating_sub(blocks_per_round as u64);
    // Both ends of a connection may be of this process.
    let each = FILES_OF_A_NODE
        .saturating_add(rounds.saturating_mul(FILES_OF_A_ROUND))
        .saturating_add(peers)
        .saturating_add(2 * LEAST);
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

/// The limit on the size of a file as a phrase, and what helps.
pub(crate) fn size_text() -> String {
    match Resource::FSIZE.get() {
        Ok((soft, _)) if soft != INFINITY => format!(
            "this process may write no file beyond {soft} bytes (`ulimit -f`, `LimitFSIZE=` of systemd): raise that and start again"
        ),
        _ => "the file system takes no larger one: use another, and start again".into(),
    }
}

/// Whether what is written at once no longer fits into `file` under the limit on sizes.
pub(crate) fn is_as_large_as_may_be(file: &Path) -> bool {
    /// Buffers are written whole.
    const AT_ONCE: u64 = 1 << 20;
    let Ok((soft, _)) = Resource::FSIZE.get() else {
        return false;
    };
    let length = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
    soft != INFINITY && length.saturating_add(AT_ONCE) > soft
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
