//! What one node does for those who follow it: blocks a second that it gives over HTTP, how fast a new node comes to its tip, and how
//! long after it many followers have a block.
//!
//! `cargo bench -p etm --bench followers [-- BLOCKS FOLLOWERS]`; without optimisation, `cargo test -p etm --bench followers`. Everything runs on this
//! machine, the committee and all followers too.

#![allow(clippy::unwrap_used, clippy::panic)] // nobody but who measures runs this

#[path = "../tests/support/http.rs"]
mod http;
#[path = "../tests/support/processes.rs"]
mod processes;

use etm_client::Client;
use etm_types::{
    api::{event::Event, query::EventsQuery},
    range::Range,
};
use http::{Http, eventually};
use processes::{Devnet, free_port};
use std::{
    collections::BTreeMap,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// The time of a slot.
const SLOT_MS: u64 = 500;
/// Blocks of a range.
const RANGE: u64 = 64;
/// Who asks at the same time.
const ASKING: usize = 4;
/// How long is measured what one node gives.
const SERVED: Duration = Duration::from_secs(10);
/// Blocks whose way is measured.
const WATCHED: u64 = 60;

/// A node's process, killed in the end.
struct Node(Child);

impl Node {
    /// A new node that follows the one at `upstream`.
    fn start(home: &Path, api: u16, upstream: u16) -> Self {
        let data = home.join(format!("follower-{api}"));
        let genesis = format!("http://127.0.0.1:{upstream}");
        let listen = format!("127.0.0.1:{api}");
        let etm = || Command::new(env!("CARGO_BIN_EXE_etm"));
        let made = etm()
            .args(["node", "init", "--genesis", &genesis, "--api", &listen])
            .arg("--data")
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let run = etm()
            .args(["node", "run", "--data"])
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(run.unwrap())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks a node for all its blocks, again and again.
async fn served(port: u16, height: u64) {
    let client = Client::new(&format!("http://127.0.0.1:{port}")).unwrap();
    let begin = Instant::now();
    let asking = (0..ASKING as u64).map(|first| {
        let client = client.clone();
        tokio::spawn(async move {
            let (mut blocks, mut bytes) = (0, 0);
            let mut turn = first;
            while begin.elapsed() < SERVED {
                let first = turn % (height / RANGE) * RANGE + 1;
                let answer = client.chain_blocks(first, first + RANGE - 1).await.unwrap();
                bytes += answer.len();
                blocks += Range::from_bytes(&answer).unwrap().blocks.len();
                turn += 1;
            }
            (blocks, bytes)
        })
    });
    let (mut blocks, mut bytes) = (0, 0);
    for asked in asking.collect::<Vec<_>>() {
        let (more, of_bytes) = asked.await.unwrap();
        blocks += more;
        bytes += of_bytes;
    }
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "served to {ASKING} who ask at once: {:.0} blocks and {:.2} MB a second, {} bytes a block",
        blocks as f64 / seconds,
        bytes as f64 / seconds / 1e6,
        bytes / blocks
    );
}

async fn reach(node: &Http, height: u64) {
    eventually("the tip", async || {
        let tip = node.try_get("status").await?["tip"]["height"].as_u64()?;
        (tip >= height).then_some(())
    })
    .await;
}

/// When somebody who listens to a node heard of its blocks.
type Heard = Arc<Mutex<BTreeMap<u64, Instant>>>;

fn listen(port: u16) -> Heard {
    let heard = Heard::default();
    let tell = Arc::clone(&heard);
    tokio::spawn(async move {
        let client = Client::new(&format!("http://127.0.0.1:{port}")).unwrap();
        let query = EventsQuery {
            kinds: Some("block".into()),
            ..EventsQuery::default()
        };
        let mut events = client.events(&query).await.unwrap();
        while let Ok(Some(event)) = events.next().await {
            if let Event::Block { block, .. } = event {
                tell.lock().unwrap().insert(block.height, Instant::now());
            }
        }
    });
    heard
}

async fn measure(home: &Path, blocks: u64, followers: u16) {
    let port = free_port();
    let devnet = Devnet::start(&home.join("devnet"), port, 5, SLOT_MS);
    let leader = Http {
        client: reqwest::Client::new(),
        port,
    };
    println!("waiting for {blocks} blocks, {SLOT_MS} ms each");
    while leader.height().await < blocks {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    served(port, blocks).await;

    let mut nodes = Vec::new();
    let of = |number: u16| Http {
        client: leader.client.clone(),
        port: port + 10 + number,
    };
    let (height, begin) = (leader.height().await, Instant::now());
    nodes.push(Node::start(home, of(0).port, port));
    reach(&of(0), height).await;
    println!(
        "a new node executed {height} blocks {:.1} s after its start",
        begin.elapsed().as_secs_f64()
    );
    for number in 1..followers {
        nodes.push(Node::start(home, of(number).port, port));
        reach(&of(number), height).await;
    }

    let first = listen(port);
    let all: Vec<Heard> = (0..followers)
        .map(|number| listen(of(number).port))
        .collect();
    let until = leader.height().await + WATCHED;
    reach(&leader, until).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let told = first.lock().unwrap().clone();
    let (mut delays, mut missed) = (Vec::new(), 0);
    for heard in &all {
        let heard = heard.lock().unwrap();
        for (height, at) in told.iter().filter(|(height, _)| **height <= until) {
            match heard.get(height) {
                Some(later) => delays.push(later.saturating_duration_since(*at).as_millis()),
                None => missed += 1,
            }
        }
    }
    delays.sort_unstable();
    let percentile = |percent: usize| delays[(delays.len() - 1) * percent / 100];
    println!(
        "{followers} followers of one node, {} blocks: told {} ms after it in the median, {} ms at p99; {missed} not within 5 s",
        told.len(),
        percentile(50),
        percentile(99)
    );
    drop(nodes);
    tokio::task::spawn_blocking(|| devnet.stop()).await.unwrap();
}

fn main() {
    let numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let numbers: Vec<u64> = numbers.collect();
    let blocks = numbers.first().copied().unwrap_or(256).max(RANGE);
    let followers = numbers
        .get(1)
        .map_or(20, |count| u16::try_from(*count).unwrap());
    let home = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(measure(home.path(), blocks, followers));
}
