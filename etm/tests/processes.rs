//! A devnet of real processes: transactions over HTTP, the bonus, a node that is killed, a restart, the run as a scenario.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking, in its helpers too

#[path = "support/http.rs"]
mod http;
#[path = "support/processes.rs"]
mod processes;

use etm_types::{MinerId, Payload, Units};
use http::{ETM, Http, address_of, eventually, key_of, submission, units};
use processes::{Devnet, free_port, signal};
use std::{
    fs,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// The process of one node.
fn process_of(data: &Path, number: u16) -> Option<u32> {
    let wanted = [data.to_str().unwrap(), "--number", &number.to_string()].join("\0");
    fs::read_dir("/proc").unwrap().flatten().find_map(|entry| {
        let process = entry.file_name().to_str()?.parse().ok()?;
        let command = fs::read_to_string(entry.path().join("cmdline")).ok()?;
        (command.contains("devnet-node") && command.contains(&wanted)).then_some(process)
    })
}

/// What `etm load` tells of 400 transactions to the seven nodes.
fn load(data: &Path, port: u16) -> serde_json::Value {
    let mut load = Command::new(env!("CARGO_BIN_EXE_etm"));
    load.args(["load", "--count", "400", "--rate", "200"]);
    for number in 0..7 {
        let process = process_of(data, number).unwrap();
        load.args(["--api", &format!("http://127.0.0.1:{}", port + number)])
            .args(["--process", &process.to_string()]);
    }
    let output = load.output().unwrap();
    let problem = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{problem}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Asks for the next block, again and again, until told to stop: either it is not final yet, or it is there. How many there were.
async fn newest_blocks(node: Http, until: Arc<AtomicBool>) -> u64 {
    let begin = node.height().await;
    let mut height = begin;
    while !until.load(Ordering::Relaxed) {
        let next = height + 1;
        let url = format!(
            "http://127.0.0.1:{}/api/v1/chain/blocks/{next}-{next}",
            node.port
        );
        let answer = node.client.get(url).send().await.unwrap();
        match answer.status().as_u16() {
            200 => height = next,
            404 => tokio::task::yield_now().await,
            _ => panic!("{}", answer.text().await.unwrap()),
        }
    }
    height - begin
}

/// Transactions of holders in the blocks after a height: all but the heartbeats of nodes.
async fn transactions_after(node: &Http, height: &serde_json::Value) -> usize {
    let (mut height, tip) = (height.as_u64().unwrap(), node.height().await);
    let mut count = 0;
    while height < tip {
        height += 1;
        let block = node.get(&format!("blocks/{height}")).await;
        let transactions = block["transaction_list"].as_array().unwrap();
        let of_holders = transactions
            .iter()
            .filter(|transaction| transaction["payload"]["kind"] != "heartbeat");
        count += of_holders.count();
    }
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_of_processes_votes_pays_survives_a_kill_and_continues() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("devnet");
    let port = free_port();
    let devnet = Devnet::start(&data, port, 7, 300);
    let client = reqwest::Client::new();
    let first = Http {
        client: client.clone(),
        port,
    };
    eventually("the first block", async || {
        (first.height().await > 0).then_some(())
    })
    .await;

    // Lock and vote for the member of the running committee with the most blocks to come: the bonus arrives unasked.
    let (key, address) = (key_of("alice"), address_of("alice"));
    first
        .send(
            &key,
            Payload::Lock {
                amount: Units(50_000 * ETM),
            },
        )
        .await;
    first.send(&key, Payload::Vote { miner: MinerId(0) }).await;
    let position = eventually("the position votes", async || {
        let account = first.get(&format!("accounts/{address}")).await;
        (account["position"]["miner"]["id"] == 0).then(|| account["position"].clone())
    })
    .await;
    assert_eq!(units(&position["locked"]), 50_000 * ETM);
    eventually("the bonus", async || {
        let account = first.get(&format!("accounts/{address}")).await;
        (units(&account["earned"]) > 0).then_some(())
    })
    .await;

    // A transaction sent twice is what it was: final, in the same block.
    let replayed = first.sign(&key, Payload::Withdraw).await;
    let body = submission(&replayed);
    let (status, answer) = first.post("transactions?wait=finalized", &body).await;
    assert_eq!(status, 200, "{answer}");
    eventually(
        "the same transaction, final in the same block",
        async || {
            // The history has a final block a moment before the pool lets go of its transactions.
            let (status, again) = first.post("transactions", &body).await;
            assert!(
                status == 202 || again["height"] == answer["height"],
                "{again}"
            );
            (status == 200).then_some(())
        },
    )
    .await;

    // Transfers and requests at a rate, to every node: all become final, once each.
    let before = first.get("status").await["tip"]["height"].clone();
    let done = Arc::new(AtomicBool::new(false));
    let probe = Http {
        client: client.clone(),
        port,
    };
    let newest = tokio::spawn(newest_blocks(probe, Arc::clone(&done)));
    let loaded = data.clone();
    let figures = tokio::task::spawn_blocking(move || load(&loaded, port));
    let figures = figures.await.unwrap();
    done.store(true, Ordering::Relaxed);
    assert!(newest.await.unwrap() > 1);
    assert_eq!(figures["accepted"], 400, "{figures}");
    assert_eq!(figures["final"], 400, "{figures}");
    assert_eq!(figures["processor"].as_array().unwrap().len(), 7);
    assert!(figures["latency_ms"]["p50"].as_f64() <= figures["latency_ms"]["p99"].as_f64());
    assert_eq!(transactions_after(&first, &before).await, 400);

    // Kill a node just after it took a transaction, which has to wait for another: the network goes on, the node comes back with it
    // and catches up.
    let third = Http {
        client,
        port: port + 3,
    };
    let mut waiting = third.sign(&key, Payload::Withdraw).await.unsigned;
    waiting.nonce += 7;
    let waiting = waiting.sign(&key);
    let (status, answer) = third.post("transactions", &submission(&waiting)).await;
    assert_eq!(
        (status, &answer["status"]),
        (202, &"held".into()),
        "{answer}"
    );
    let victim = process_of(&data, 3).unwrap();
    signal("-KILL", victim);
    let killed_at = first.height().await;
    eventually("blocks without the killed node", async || {
        (first.height().await >= killed_at + 5).then_some(())
    })
    .await;
    eventually("the killed node at the tip", async || {
        let height = third.try_get("status").await?["tip"]["height"].as_u64()?;
        (height + 3 >= first.height().await && height > killed_at).then_some(())
    })
    .await;
    assert_ne!(process_of(&data, 3), Some(victim));
    let path = format!("transactions/{}", waiting.hash());
    assert_eq!(third.get(&path).await["status"], "held");

    // Every node has the same blocks.
    let common = third.height().await.min(first.height().await);
    let path = format!("blocks/{common}");
    assert_eq!(
        first.get(&path).await["hash"],
        third.get(&path).await["hash"]
    );

    // Stopped and started again, the chain goes on.
    let before = first.height().await;
    tokio::task::spawn_blocking(|| devnet.stop()).await.unwrap();
    let devnet = Devnet::start(&data, port, 7, 300);
    eventually("the chain goes on", async || {
        (first.height().await > before).then_some(())
    })
    .await;

    // The whole run as a scenario, the restart in it, gives the committees of the chain.
    first.replayed(folder.path()).await;
    tokio::task::spawn_blocking(|| devnet.stop()).await.unwrap();
}
