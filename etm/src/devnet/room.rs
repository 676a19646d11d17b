//! Whether there is room: for so many nodes on this machine, and for so many seats among the miners.

use crate::{devnet::options::Options, screen};
use etm_execution::Genesis;

/// What a node takes at most while little happens, connected with a hundred others: 54 MB were seen in a process of its own.
const NODE_MIB: u64 = 60;

/// Raises the limit on open files. Where it does not suffice for all `nodes` in one process, each gets its own. Says so, and where memory
/// may not suffice.
pub fn make(options: &Options, nodes: usize, blocks_per_round: u32) -> Options {
    let mut options = options.clone();
    let nodes = u64::try_from(nodes).unwrap_or(u64::MAX);
    if let Some(limit) = etm_node::files::raise_limit() {
        let together = etm_node::files::needed(nodes, nodes, blocks_per_round);
        let alone = etm_node::files::needed(1, nodes, blocks_per_round);
        if !options.processes && nodes > 1 && limit < together {
            screen::remark(format_args!(
                "note: {nodes} nodes in one process open up to {together} files, and the limit is {limit} (`ulimit -n`): each \
                 node runs in a process of its own"
            ));
            options.processes = true;
        }
        if options.processes && limit < alone {
            screen::remark(format_args!(
                "note: a node may open up to {alone} files, and the limit is {limit}; raise it with `ulimit -n {alone}`"
            ));
        }
    }
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    if let Some(note) = too_little(&memory, nodes) {
        screen::remark(note);
    }
    options
}

/// What to say if the memory that `meminfo` tells of is not enough for so many nodes. Where it tells of none, nobody knows.
fn too_little(meminfo: &str, nodes: u64) -> Option<String> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    let (free, needed) = (kib / 1024, nodes.saturating_mul(NODE_MIB));
    (needed > free).then(|| {
        format!(
            "note: {nodes} nodes take some {needed} MiB of memory, and {free} MiB are free; fewer may run (`--miners`)"
        )
    })
}

/// What to say if a chain begins with fewer miners than a committee has seats: the draw takes all there are.
pub fn empty_seats(genesis: &Genesis) -> Option<String> {
    let seats = usize::try_from(genesis.chain().params.mechanism.committee).unwrap_or(usize::MAX);
    let miners = genesis.draft().miners.len();
    (miners < seats).then(|| {
        format!(
            "note: a committee of this chain has {seats} seats, and its genesis {miners} miners: only {miners} can sit until others register"
        )
    })
}

#[cfg(test)]
mod tests;
