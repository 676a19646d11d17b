//! What the last block of a round costs at most: with nothing and with everything prepared that somebody can prepare.
//!
//! `cargo bench -p etm-execution --bench last_block`. State in memory, one thread. Printed are the least of a few runs, its
//! ratio to a calm round, and how the state is read and written: these don't depend on the machine. What reading and writing
//! take with the state on disk is measured by `cargo bench -p etm-node`.

#![allow(clippy::unwrap_used, reason = "a benchmark")]

use etm_execution as execution;
use etm_execution::{MemorySource, Source, execute};
use etm_types::StateKey;
use futures::executor::block_on;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

#[path = "../src/tests/world.rs"]
mod world;
use world::{World, world};

const REPEATS: usize = 5;

struct Counting<'a> {
    state: &'a MemorySource,
    batches: AtomicUsize,
    keys: AtomicUsize,
}

impl Source for Counting<'_> {
    type Error = Infallible;

    async fn get_many(&self, keys: &[StateKey]) -> Result<Vec<Option<Vec<u8>>>, Infallible> {
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.keys.fetch_add(keys.len(), Ordering::Relaxed);
        self.state.get_many(keys).await
    }
}

/// Measures and prints; answers the time.
fn measure(what: &str, world: &World, calm: Option<Duration>) -> Duration {
    let mut least = Duration::MAX;
    let mut counts = (0, 0, 0, 0);
    for _ in 0..REPEATS {
        let source = Counting {
            state: &world.state,
            batches: AtomicUsize::new(0),
            keys: AtomicUsize::new(0),
        };
        let begun = Instant::now();
        let outcome = block_on(execute(
            &source,
            world.genesis.chain(),
            &world.last,
            &world.transactions,
        ))
        .unwrap();
        least = least.min(begun.elapsed());
        let requests = outcome.report.unwrap().requests.len();
        assert_eq!(requests, world::REQUESTS as usize);
        let bytes = outcome
            .changes
            .values()
            .map(|value| value.as_ref().map_or(0, Vec::len))
            .sum();
        counts = (
            source.batches.into_inner(),
            source.keys.into_inner(),
            outcome.changes.len(),
            bytes,
        );
    }
    let ratio = calm.map_or(1.0, |calm| least.as_secs_f64() / calm.as_secs_f64());
    let (batches, keys, changes, bytes) = counts;
    println!(
        "{what:<58} {:>7.1} ms {ratio:>5.2}  {batches:>2} reads of {keys:>7} records, {changes:>7} written ({} KiB)",
        least.as_secs_f64() * 1e3,
        bytes / 1024
    );
    least
}

fn main() {
    println!(
        "inputs: mainnet parameters, {} miners, {} requests; state in memory",
        world::MINERS,
        world::REQUESTS
    );
    let calm = measure("calm", &world(0), None);
    let mut pairs = world(world::PAIRS);
    measure(
        "every pair of cohorts that meets prepared",
        &pairs,
        Some(calm),
    );
    pairs.lengthen_chains(8);
    measure(
        "and a chain of 8 merged cohorts for each position",
        &pairs,
        Some(calm),
    );
    for count in [1_000, 10_000, 100_000] {
        let resigning = (world::RESIGNATIONS * (world::BLOCKS as u32 - 1)).min(count);
        let mut world = world(0);
        world.add_miners(count, resigning);
        let what = format!("{count} more miners, {resigning} resign");
        measure(&what, &world, Some(calm));
        world.cross_a_day();
        measure(&format!("{what}, a day begins"), &world, Some(calm));
    }
}
