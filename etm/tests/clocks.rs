//! A devnet of real processes with wrong clocks, where libfaketime is installed (Debian: `apt-get install libfaketime`).
//!
//! `cargo test -p etm --test clocks -- --nocapture` prints the figures; those of ADR 1 are from there.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking, in its helpers too

#[path = "support/http.rs"]
mod http;
#[path = "support/processes.rs"]
mod processes;

use http::{Http, eventually};
use processes::free_port;
use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const NODES: u16 = 5;
const SLOT: Duration = Duration::from_millis(500);

/// For how long blocks are counted.
const COUNTED: Duration = Duration::from_secs(10);

/// The library that shows a process another clock.
fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?;
    let candidates = folders
        .flatten()
        .map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    candidates.into_iter().find(|file| file.exists())
}

/// Nodes of a devnet, each with a clock of its own.
struct Nodes {
    data: PathBuf,
    library: PathBuf,
    port: u16,
    running: Vec<Child>,
}

impl Nodes {
    fn start(data: PathBuf, library: PathBuf) -> Self {
        let port = free_port();
        let made = Command::new(env!("CARGO_BIN_EXE_etm"))
            .args(["devnet", "--quiet-voters", "--no-lazy-miner"])
            .args(["--blocks", "1", "--round", "40", "--committee", "5"])
            .args(["--miners", &NODES.to_string()])
            .args(["--slot", &format!("{}ms", SLOT.as_millis())])
            .args(["--port", &port.to_string(), "--data"])
            .arg(&data)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(made.success(), "the devnet is founded");
        let mut nodes = Self {
            data,
            library,
            port,
            running: Vec::new(),
        };
        for number in 0..NODES {
            nodes.clock(number, 0);
            let node = nodes.spawn(number);
            nodes.running.push(node);
        }
        nodes
    }

    fn clock_file(&self, number: u16) -> PathBuf {
        self.data.join(format!("clock-{number}"))
    }

    /// From now on the clock of a node is wrong by so many seconds.
    fn clock(&self, number: u16, seconds: i64) {
        let file = self.clock_file(number);
        let new = file.with_extension("new");
        fs::write(&new, format!("{seconds:+}\n")).unwrap();
        fs::rename(new, file).unwrap();
    }

    fn spawn(&self, number: u16) -> Child {
        Command::new(env!("CARGO_BIN_EXE_etm"))
            .args(["devnet-node", "--number", &number.to_string()])
            .args(["--api", &format!("127.0.0.1:{}", self.port + number)])
            .arg("--data")
            .arg(&self.data)
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", self.clock_file(number))
            .env("FAKETIME_CACHE_DURATION", "1")
            // Deadlines are by the clock that only goes on, which no administrator sets.
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    }

    fn http(&self, number: u16) -> Http {
        Http {
            client: reqwest::Client::new(),
            port: self.port + number,
        }
    }

    async fn heights(&self) -> Vec<u64> {
        let mut heights = Vec::new();
        for number in 0..NODES {
            heights.push(self.http(number).height().await);
        }
        heights
    }

    async fn best(&self) -> u64 {
        self.heights().await.into_iter().max().unwrap()
    }

    /// How many blocks come while some time passes.
    async fn count(&self, what: &str) -> f64 {
        let (from, begun) = (self.best().await, Instant::now());
        tokio::time::sleep(COUNTED).await;
        let blocks = self.best().await - from;
        let slots = begun.elapsed().as_secs_f64() / SLOT.as_secs_f64();
        #[allow(clippy::cast_precision_loss)] // few
        let share = blocks as f64 / slots;
        println!(
            "{what}: {blocks} blocks, {:.0} % of the slots",
            100.0 * share
        );
        share
    }

    /// That at least `least` of the slots have blocks: a busy machine may need more than one try, and a clock that costs
    /// slots costs them in each.
    async fn no_less(&self, least: f64, what: &str) {
        let mut share = 0.0;
        for _ in 0..3 {
            share = self.count(what).await;
            if share >= least {
                return;
            }
        }
        panic!("{what}: {share} of the slots, and not {least}");
    }

    /// How long it takes until all nodes have executed two blocks more than any has now.
    async fn go_on(&self, what: &str) -> Duration {
        let (target, begun) = (self.best().await + 2, Instant::now());
        eventually(what, async || {
            let heights = self.heights().await;
            heights.iter().all(|height| *height >= target).then_some(())
        })
        .await;
        println!("{what}: after {:.1} s", begun.elapsed().as_secs_f64());
        begun.elapsed()
    }

    /// Waits until a node warns of its clock.
    async fn warned(&self, number: u16, says: &str) {
        let http = self.http(number);
        eventually(says, async || {
            let status = http.try_get("status").await?;
            let warnings = status["sync"]["warnings"].as_array()?.clone();
            // It follows all the same.
            (status["sync"]["state"] == "synced").then_some(())?;
            let warned = |warning: &serde_json::Value| warning.as_str().unwrap().contains(says);
            warnings.iter().any(warned).then_some(())
        })
        .await;
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        for node in &mut self.running {
            let _ = node.kill();
            let _ = node.wait();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_clock_costs_the_others_no_slot_and_says_so() {
    let Some(library) = library() else {
        println!("skipped: libfaketime is not installed");
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let mut nodes = Nodes::start(home.path().join("devnet"), library);
    nodes.go_on("all nodes are up").await;
    let calm = nodes.count("calm").await;
    assert!(calm > 0.0, "no blocks");

    for ahead in [2, 5] {
        nodes.clock(0, ahead);
        nodes.warned(0, "ahead of the time the committee").await;
        let what = format!("one of five {ahead} s ahead");
        nodes.no_less(0.7 * calm, &what).await;
    }
    for node in [0, 1] {
        nodes.clock(node, 9);
    }
    nodes.warned(1, "ahead of the time the committee").await;
    nodes.no_less(0.7 * calm, "two of five 9 s ahead").await;
    for node in [0, 1] {
        nodes.clock(node, 0);
    }
    nodes.go_on("right again").await;

    for wrong in [30, -30] {
        nodes.clock(2, wrong);
        let way = if wrong > 0 { "ahead of" } else { "behind" };
        nodes.warned(2, way).await;
        nodes.clock(2, 0);
        let back = nodes
            .go_on(&format!("{wrong:+} s off, and right again"))
            .await;
        assert!(back < Duration::from_secs(20), "as long as it was off");
    }

    // It has to find out anew what time the others have, and which of them it may talk to.
    nodes.clock(3, 30);
    let _ = nodes.running[3].kill();
    let _ = nodes.running[3].wait();
    nodes.running[3] = nodes.spawn(3);
    nodes.go_on("started 30 s off").await;
    nodes.clock(3, 0);
    nodes.go_on("right again").await;

    for node in 0..NODES {
        nodes.clock(node, 60);
    }
    nodes.go_on("all 60 s ahead").await;
    for node in 0..NODES {
        nodes.clock(node, 0);
    }
    let back = nodes.go_on("and all back").await;
    assert!(back < Duration::from_secs(20), "as long as they were off");
}
