//! A state of many positions on disk: what it takes to found it, to end a round and to begin a day with it, to read accounts and to prove them.
//!
//! `ETM_BENCH_POSITIONS=10000000 cargo bench -p etm-node --bench at_size` (100,000 if it is not said). *Cold*: the operating system was told
//! to forget the files, and the database has just been opened. The memory is the most this process ever had until then, genesis included.

#![allow(clippy::unwrap_used, reason = "a benchmark")]

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use commonware_runtime::{Runner as _, Supervisor as _, tokio};
use commonware_storage::qmdb::floor::Proportional;
use etm_execution::read;
use etm_node::engine::{
    state::{self, Database, Value},
    storage,
};
use etm_types::{Address, state::Record};
use made::{Disk, Maker, bystander, collect, evict, genesis};

#[macro_use]
mod made;

const MINERS: u32 = 1_000;
/// Requests that wait for the end of the round.
const REQUESTS: u32 = 4_096;
/// Accounts that are read.
const ACCOUNTS: u32 = 1_000;

/// Bytes of all files in a folder.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let sizes = entries.map(|entry| match entry.metadata().unwrap() {
        metadata if metadata.is_dir() => size(&entry.path()),
        metadata => metadata.len(),
    });
    sizes.sum()
}

/// A figure of this process in MiB: `VmHWM`, `VmRSS`.
fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.trim_start_matches(':').split_whitespace().next());
    kib.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1_024
}

/// The middle and the 99th of a hundred.
fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let of = |percent: usize| times[(times.len() - 1) * percent / 100];
    format!("{:.1?} / {:.1?}", of(50), of(99))
}

fn main() {
    let positions: u32 = std::env::var("ETM_BENCH_POSITIONS")
        .ok()
        .and_then(|positions| positions.parse().ok())
        .unwrap_or(100_000);
    println!("inputs: {MINERS} miners, {positions} positions, {REQUESTS} requests in the round");
    let secrets = made::secrets(MINERS);
    let begun = Instant::now();
    let genesis = genesis(REQUESTS, positions, &secrets);
    println!(
        "genesis made in memory: {:.1?}, {} MiB",
        begun.elapsed(),
        memory("VmHWM")
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    tokio::Runner::new(made::files(folder.path())).start(|context| async move {
        let config = || state::config("bench", storage::cache());
        let begun = Instant::now();
        made::found(&context, &genesis).await;
        println!(
            "written to disk: {:.1?}, {} MiB of files, {} MiB",
            begun.elapsed(),
            size(&path) >> 20,
            memory("VmHWM")
        );
        let before = memory("VmRSS");
        evict(&path);
        let begun = Instant::now();
        let database = Database::init(context.child("state"), config(), None)
            .await
            .unwrap();
        println!(
            "opened, cold: {:.1?}, {} MiB more",
            begun.elapsed(),
            memory("VmRSS").saturating_sub(before)
        );
        let mut maker = Maker::new(&genesis, &secrets);
        drop(collect(database, &mut maker, REQUESTS).await);
        let day = genesis.chain().params.mechanism.day_seconds * 1_000;
        for (what, later_ms) in [("a round ends", 0), ("a round ends and a day begins", day)] {
            maker.later_ms = later_ms;
            let database = Database::<tokio::Context>::init(context.child("again"), config(), None)
                .await
                .unwrap();
            evict(&path);
            let mut times = Vec::new();
            for _ in 0..2 {
                let begun = Instant::now();
                let outcome = maker.execute(&database, &[]).await;
                let _sealed = sealed!(database, outcome);
                times.push(begun.elapsed());
                assert_eq!(outcome.report.unwrap().requests.len(), REQUESTS as usize);
            }
            println!("{what}: cold {:.1?}, warm {:.1?}", times[0], times[1]);
        }
        let database = Database::<tokio::Context>::init(context.child("reading"), config(), None)
            .await
            .unwrap();
        let first = REQUESTS.max(MINERS);
        let far = positions.saturating_sub(first).max(1);
        let accounts: Vec<Address> = (0..ACCOUNTS)
            .map(|index| bystander(first + (u64::from(index) * 7_919_999 % u64::from(far)) as u32))
            .collect();
        for temperature in ["cold", "warm"] {
            if temperature == "cold" {
                evict(&path);
            }
            let (mut reads, mut proofs) = (Vec::new(), Vec::new());
            for account in &accounts {
                let begun = Instant::now();
                let params = &genesis.chain().params;
                let view = read::account(&Disk(&database), params, account).await;
                reads.push(begun.elapsed());
                assert!(positions <= first || view.unwrap().position.is_some());
                let begun = Instant::now();
                let key = Record::Account(account).key();
                let proof = state::prove(&database, key).await.unwrap();
                proofs.push(begun.elapsed());
                assert!(positions <= first || proof.is_some());
            }
            println!(
                "an account is read: {temperature} {} (p50 / p99); proved: {}",
                percentiles(reads),
                percentiles(proofs)
            );
        }
        println!("memory at its most: {} MiB", memory("VmHWM"));
    });
}
