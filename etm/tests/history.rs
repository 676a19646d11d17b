//! Nobody waits for history: its file is locked, deleted and damaged under a devnet of real processes, which goes on.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking, in its helpers too

#[path = "support/http.rs"]
mod http;
#[path = "support/processes.rs"]
mod processes;

use http::{Http, eventually};
use processes::{Devnet, free_port};
use std::{fs, path::Path, time::Duration};

/// How long another process has the histories locked.
const LOCKED: Duration = Duration::from_secs(20);

const SLOT_MS: u64 = 300;

impl Http {
    /// Up to which block the node's history is written.
    async fn recorded(&self) -> u64 {
        let page = self.get("blocks?limit=1").await;
        page["blocks"][0]["height"].as_u64().unwrap_or(0)
    }

    /// The hashes of the first blocks.
    async fn hashes(&self, count: u64) -> Vec<String> {
        let mut hashes = Vec::new();
        for height in 1..=count {
            let block = self.get(&format!("blocks/{height}")).await;
            hashes.push(block["hash"].as_str().unwrap().to_owned());
        }
        hashes
    }
}

fn history(data: &Path, node: u16) -> std::path::PathBuf {
    data.join(format!("node-{node}")).join("history.db")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_that_is_locked_deleted_or_damaged_stops_no_chain() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("devnet");
    let port = free_port();
    let devnet = Devnet::start(&data, port, 4, SLOT_MS);
    let nodes: Vec<Http> = (0..4)
        .map(|number| Http {
            client: reqwest::Client::new(),
            port: port + number,
        })
        .collect();
    eventually("a round", async || {
        (nodes[0].height().await > 12).then_some(())
    })
    .await;

    // Two of four histories are locked: without those nodes' votes nothing would become final.
    let locks: Vec<rusqlite::Connection> = [0, 1]
        .map(|node| {
            let lock = rusqlite::Connection::open(history(&data, node)).unwrap();
            lock.execute_batch("BEGIN IMMEDIATE").unwrap();
            lock
        })
        .into();
    let (begun, from) = (std::time::Instant::now(), nodes[3].height().await);
    let stuck = nodes[0].recorded().await;
    eventually(
        "as many blocks as fit into the time of the lock",
        async || {
            let blocks = nodes[3].height().await - from;
            (begun.elapsed() >= LOCKED && blocks * SLOT_MS >= 15_000).then_some(())
        },
    )
    .await;
    assert!(nodes[0].recorded().await <= stuck + 2, "the lock holds");
    drop(locks);
    let tip = nodes[3].height().await;
    for node in &nodes {
        eventually("the histories at the tip", async || {
            (node.recorded().await >= tip).then_some(())
        })
        .await;
    }

    // Deleted under a running node.
    let hashes = nodes[3].hashes(20).await;
    fs::remove_file(history(&data, 0)).unwrap();
    eventually("the history written anew", async || {
        history(&data, 0).exists().then_some(())
    })
    .await;
    let tip = nodes[3].height().await;
    eventually("the new history at the tip", async || {
        (nodes[0].recorded().await >= tip).then_some(())
    })
    .await;
    assert_eq!(nodes[0].hashes(20).await, hashes);

    // Deleted, damaged and old while the network is stopped.
    let before = nodes[3].height().await;
    tokio::task::spawn_blocking(|| devnet.stop()).await.unwrap();
    fs::remove_file(history(&data, 1)).unwrap();
    fs::write(history(&data, 2), vec![0x5a; 100_000]).unwrap();
    // SQLite would find all it needs in the log.
    let _ = fs::remove_file(history(&data, 2).with_extension("db-wal"));
    let devnet = Devnet::start(&data, port, 4, SLOT_MS);
    for node in &nodes {
        eventually("all histories beyond the restart", async || {
            (node.recorded().await > before).then_some(())
        })
        .await;
        assert_eq!(node.hashes(20).await, hashes);
    }
    assert!(history(&data, 2).with_extension("db.damaged").exists());
    tokio::task::spawn_blocking(|| devnet.stop()).await.unwrap();
}
