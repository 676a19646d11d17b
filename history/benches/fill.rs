//! What it takes to begin a history with a snapshot: the time, how long a stop waits, and how long SQLite's log becomes meanwhile.
//!
//! `cargo bench -p etm-history --features testing --bench fill [-- POSITIONS]`, 300,000 if nothing is said.

#![allow(clippy::unwrap_used)] // nobody but who measures runs this

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use etm_history::testing::{ChainParams, TestChain, genesis, positions};
use etm_history::{ChainFacts, History, HistoryError, Origin};

/// How long a history is written before it is stopped, the first time; then longer by as much.
const STEP: Duration = Duration::from_millis(35);

fn length(file: &Path, suffix: &str) -> u64 {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    fs::metadata(name).map_or(0, |file| file.len())
}

/// Writes it, at most for so long; how long the stop waited if it was not whole by then, and the longest log.
fn write(
    file: &Path,
    facts: &Arc<ChainFacts>,
    origin: &Origin,
    time: Duration,
) -> (Option<Duration>, u64) {
    let history = History::after(file, Arc::clone(facts), origin.clone());
    let (begun, mut log) = (Instant::now(), 0);
    thread::scope(|scope| {
        let writes = scope.spawn(|| history.wanted());
        while !writes.is_finished() && begun.elapsed() < time {
            log = length(file, "-wal").max(log);
            thread::sleep(Duration::from_micros(500));
        }
        let stopped = Instant::now();
        history.stop();
        let wanted = writes.join().unwrap();
        let stops = matches!(wanted, Err(HistoryError::Stopped));
        assert!(stops || wanted.is_ok(), "{wanted:?}");
        (stops.then(|| stopped.elapsed()), log)
    })
}

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let count: u32 = numbers.next().unwrap_or(300_000);
    let mut params = ChainParams::devnet();
    params.mechanism.blocks_per_round = 4;
    params.mechanism.committee = 3;
    params.mechanism.min_committee = 1;
    let mut chain = TestChain::new(genesis(params, 5, 4));
    for _ in 0..7 {
        chain.produce(Vec::new(), 0, 0);
    }
    let folder = tempfile::tempdir().unwrap();
    let origin = chain.origin_of(&folder.path().join("base"), &positions(count));
    let facts = Arc::new(chain.facts());

    let file = folder.path().join("at-once");
    let begun = Instant::now();
    let (_, log) = write(&file, &facts, &origin, Duration::MAX);
    println!(
        "{count} positions: {:.2} s, a file of {} bytes, a log of {log} at most",
        begun.elapsed().as_secs_f64(),
        length(&file, "")
    );

    let file = folder.path().join("stopped");
    let (mut waits, mut time) = (Vec::new(), STEP);
    while let (Some(wait), _) = write(&file, &facts, &origin, time) {
        waits.push(wait);
        time += STEP;
    }
    waits.sort_unstable();
    println!(
        "stopped {} times: waited {:?} at most, {:?} in the middle",
        waits.len(),
        waits.last().copied().unwrap_or_default(),
        waits.get(waits.len() / 2).copied().unwrap_or_default()
    );
}
