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

    /// What it says of itself to whoever watches over it.
    async fn ready(&self) -> serde_json::Value {
        eventually("readyz", async || {
            let url = format!("http://127.0.0.1:{}/readyz", self.port);
            let answer = self.client.get(url).send().await.ok()?;
            answer.json().await.ok()
        })
        .await
    }

    /// The code of what it refuses.
    async fn refused(&self, path: &str) -> String {
        let url = format!("http://127.0.0.1:{}/api/v1/{path}", self.port);
        let answer = self.client.get(url).send().await.unwrap();
        let answer: serde_json::Value = answer.json().await.unwrap();
        answer["error"]["code"]
            .as_str()
            .unwrap_or("none")
            .to_owned()
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

/// Makes nonsense of the beginning of every page but the first, once all of them are in the file.
fn flip(file: &Path) {
    const PAGE: usize = 4_096;
    rusqlite::Connection::open(file)
        .unwrap()
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    let mut bytes = fs::read(file).unwrap();
    for page in bytes.chunks_mut(PAGE).skip(1) {
        page.iter_mut().take(100).for_each(|byte| *byte ^= 0x5a);
    }
    // Into the file that is there.
    let mut file = fs::OpenOptions::new().write(true).open(file).unwrap();
    std::io::Write::write_all(&mut file, &bytes).unwrap();
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

    // Damaged under a running node: whoever reads finds out.
    flip(&history(&data, 0));
    eventually("the damaged history put aside", async || {
        let _ = nodes[0].try_get("blocks/5").await;
        let ready = nodes[0].ready().await;
        (ready["history"]["put_aside"] == 1).then_some(())
    })
    .await;
    let tip = nodes[3].height().await;
    eventually("the history whole again", async || {
        let ready = nodes[0].ready().await;
        let height = ready["history"]["height"].as_u64().unwrap();
        (height >= tip && ready["history"]["trouble"].is_null()).then_some(())
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
    // One can't be written any more, another need not be.
    for node in [0, 3] {
        fs::remove_dir_all(
            history(&data, node)
                .with_file_name("chain")
                .join("node-outcomes"),
        )
        .unwrap();
    }
    fs::remove_file(history(&data, 3)).unwrap();
    let devnet = Devnet::start(&data, port, 4, SLOT_MS);
    for node in &nodes[..3] {
        eventually("all histories beyond the restart", async || {
            (node.recorded().await > before).then_some(())
        })
        .await;
        assert_eq!(node.hashes(20).await, hashes);
    }
    assert!(history(&data, 2).with_extension("db.damaged").exists());
    for node in [0, 3] {
        let ready = nodes[node].ready().await;
        let warnings = ready["warnings"].to_string();
        assert!(
            warnings.contains("no longer in chain/node-outcomes"),
            "{ready}"
        );
        assert_eq!(ready["ready"], node == 0, "{ready}");
    }
    eventually(
        "the node goes on and says why it has no history",
        async || {
            let told = nodes[3].refused("blocks/5").await == "pruned";
            let ready = nodes[3].ready().await;
            let reasons = ready["reasons"].to_string();
            let goes_on = ready["chain_height"].as_u64() > Some(before);
            (told && goes_on && reasons.contains("can't write its history from block 1 on"))
                .then_some(())
        },
    )
    .await;
    tokio::task::spawn_blocking(|| devnet.stop()).await.unwrap();
    // Both stops were normal ones.
    for node in 0..4 {
        let log = history(&data, node).with_file_name("log");
        let log = fs::read_to_string(log).unwrap();
        for said in ["panicked", "a task of the node failed"] {
            assert!(!log.contains(said), "node {node}: {log}");
        }
    }
}
