//! What the last block of a round costs with the state on disk, by the number of requests that waited for it.
//!
//! `cargo bench -p etm-node`. *Warm*: the operating system has the files in memory. *Cold*: it was told to forget them, and the
//! database has just been opened, as after a restart or with a state larger than memory. `ETM_BENCH_POSITIONS` is the number of
//! positions there are (as many as requests, if less). It has to stay well below the timeouts of consensus, or the round could not end:
//! `ChainParams::MAX_ROUND_REQUESTS` bounds what a round may collect.

#![allow(clippy::unwrap_used, reason = "a benchmark")]

use std::time::{Duration, Instant};

use commonware_runtime::{Runner as _, Supervisor as _, tokio};
use commonware_storage::qmdb::floor::Proportional;
use etm_execution::ChainParams;
use etm_node::engine::{
    state::{self, Database, Value},
    storage,
};

use made::{Maker, collect, evict, genesis};

#[macro_use]
mod made;

const MINERS: u32 = 101;
const REPEATS: usize = 5;

/// Executing and sealing the last block of a round in which `requests` wait: warm, at best and in the middle of the repeats,
/// and cold.
fn measure(requests: u32, positions: u32) -> [Duration; 3] {
    let secrets = made::secrets(MINERS);
    let genesis = genesis(requests, positions, &secrets);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    tokio::Runner::new(made::files(folder.path())).start(|context| async move {
        let config = || state::config("bench", storage::cache());
        made::found(&context, &genesis).await;
        let database = Database::init(context.child("state"), config(), None)
            .await
            .unwrap();
        let mut maker = Maker::new(&genesis, &secrets);
        drop(collect(database, &mut maker, requests).await);
        let database = Database::<tokio::Context>::init(context.child("again"), config(), None)
            .await
            .unwrap();
        evict(&path);
        let mut times: Vec<Duration> = Vec::new();
        for _ in 0..=REPEATS {
            let begun = Instant::now();
            let outcome = maker.execute(&database, &[]).await;
            let _sealed = sealed!(database, outcome);
            times.push(begun.elapsed());
            assert_eq!(outcome.report.unwrap().requests.len(), requests as usize);
        }
        let cold = times.remove(0);
        times.sort_unstable();
        [times[0], times[REPEATS / 2], cold]
    })
}

fn main() {
    println!(
        "inputs: {MINERS} miners, a voter with a position for every request, votes for another miner; state on disk; \
         a chain allows {} requests a round",
        ChainParams::MAX_ROUND_REQUESTS
    );
    let positions = std::env::var("ETM_BENCH_POSITIONS")
        .ok()
        .and_then(|positions| positions.parse().ok())
        .unwrap_or(0);
    println!("requests   last block of the round: warm, least / median of {REPEATS}; cold");
    for requests in [0, 1_024, 4_096, ChainParams::MAX_ROUND_REQUESTS * 9 / 10] {
        let [least, median, cold] = measure(requests, positions);
        println!("{requests:>8}   {least:>8.1?} / {median:.1?}; {cold:.1?}");
    }
}
