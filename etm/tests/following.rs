//! Followers as processes, over HTTP: of a devnet and of one another, and a miner that has nothing but the address of one of them.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking, in its helpers too

#[path = "support/http.rs"]
mod http;
#[path = "support/processes.rs"]
mod processes;

use etm_types::{Payload, Units};
use http::{ETM, Http, address_of, eventually, key_of, submission, within};
use processes::{Devnet, free_port};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Runs `etm` in `home`, and expects it to succeed.
fn etm(home: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_etm"))
        .args(arguments)
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// The folder of a new node that follows `upstreams`, the genesis taken from the last of them.
fn folder(home: &Path, name: &str, api: u16, upstreams: &[u16], more: &[&str]) -> PathBuf {
    let url = |port: &u16| format!("http://127.0.0.1:{port}");
    let genesis = url(upstreams.last().unwrap());
    let upstreams = upstreams.iter().map(url).collect::<Vec<_>>().join(",");
    let api = format!("127.0.0.1:{api}");
    let mut arguments = vec!["node", "init", "--genesis", &genesis, "--data", name];
    arguments.extend(["--upstreams", &upstreams, "--api", &api]);
    arguments.extend(more);
    etm(home, &arguments);
    home.join(name)
}

/// A node's process, ended with the test.
struct Node(Child);

impl Node {
    fn start(folder: &Path) -> Self {
        let command = Command::new(env!("CARGO_BIN_EXE_etm"))
            .args(["node", "run", "--data"])
            .arg(folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("log")).unwrap())
            .spawn();
        Self(command.unwrap())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // SIGKILL: what is on its disk has to do.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn at_the_tip(follower: &Http, of: &Http) {
    let from = of.height().await;
    eventually("the follower at the tip", async || {
        let height = follower.try_get("status").await?["tip"]["height"].as_u64()?;
        (height >= from && height + 3 >= of.height().await).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_follow_one_another_and_a_stranger_with_an_address_becomes_a_miner() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let port = free_port();
    let devnet = Devnet::start(&home.join("devnet"), port, 5, 300);
    let client = reqwest::Client::new();
    let http = |port| Http {
        client: client.clone(),
        port,
    };
    let first = http(port);
    eventually("two rounds", async || {
        (first.try_get("status").await?["tip"]["height"].as_u64()? >= 22).then_some(())
    })
    .await;

    // One of its upstreams is no node at all.
    let (near, far) = (http(port + 8), http(port + 9));
    let nearer = folder(
        home,
        "near",
        near.port,
        &[port + 1, port + 7, port + 2],
        &[],
    );
    let follower = Node::start(&nearer);
    at_the_tip(&near, &first).await;
    let status = near.get("status").await;
    assert_eq!(status["sync"]["source"], "upstreams");
    assert_eq!(status["node"]["node_key"], Value::Null);
    eventually("the one that is no node is put aside", async || {
        let peers = near.try_get("peers").await?;
        assert_eq!(peers["upstreams"].as_array()?.len(), 3);
        peers["upstreams"][1]["aside"].is_string().then_some(())
    })
    .await;

    // Killed, it goes on where it was; meanwhile another one follows it, and waits.
    let second = Node::start(&folder(home, "far", far.port, &[near.port], &[]));
    at_the_tip(&far, &first).await;
    drop(follower);
    let killed_at = first.height().await;
    eventually("blocks without it", async || {
        (first.height().await >= killed_at + 12).then_some(())
    })
    .await;
    let _follower = Node::start(&nearer);
    at_the_tip(&near, &first).await;
    at_the_tip(&far, &first).await;
    let path = format!("blocks/{killed_at}");
    let hash = first.get(&path).await["hash"].clone();
    assert_eq!(near.get(&path).await["hash"], hash);
    assert_eq!(far.get(&path).await["hash"], hash);

    // A transaction that is given to the last of them becomes final, and all know it.
    let (key, address) = (key_of("alice"), address_of("alice"));
    let amount = Units(50_000 * ETM);
    let lock = far.sign(&key, Payload::Lock { amount }).await;
    let (status, answer) = far
        .post("transactions?wait=finalized", &submission(&lock))
        .await;
    assert_eq!(status, 200, "{answer}");
    for node in [&first, &near, &far] {
        eventually("the lock", async || {
            let account = node.get(&format!("accounts/{address}")).await;
            let locked = account["position"]["locked"].as_str()?;
            (locked.parse() == Ok(50_000 * ETM)).then_some(())
        })
        .await;
    }
    becomes_a_miner(home, &first, &far, port + 10).await;
    drop(second);
    tokio::task::spawn_blocking(|| devnet.stop()).await.unwrap();
}

/// A newcomer that has nothing but the address of `far`, which knows no member of the committee itself.
async fn becomes_a_miner(home: &Path, first: &Http, far: &Http, api: u16) {
    let dial = format!("127.0.0.1:{}", free_port());
    let keys = ["--miner", "--private-addresses", "true"];
    let listen = ["--listen", &dial, "--external", &dial];
    let data = folder(
        home,
        "late",
        api,
        &[far.port],
        &[&keys[..], &listen[..]].concat(),
    );
    let _late = Node::start(&data);
    let late = Http {
        client: first.client.clone(),
        port: api,
    };
    at_the_tip(&late, first).await;
    assert_eq!(late.get("status").await["sync"]["source"], "upstreams");

    fs::write(home.join("pass"), "correct horse battery staple").unwrap();
    let made = [
        "keys",
        "new",
        "owner",
        "--passphrase-file",
        "pass",
        "--json",
    ];
    let made: Value = serde_json::from_str(&etm(home, &made)).unwrap();
    let wanted = json!({ "address": made["address"], "amount": (100_000 * ETM).to_string() });
    // So much that it is drawn in every other round or so: with a tenth of it one run in twenty saw no seat.
    for _ in 0..10 {
        let (status, answer) = first.post("devnet/faucet", &wanted).await;
        assert_eq!(status, 200, "{answer}");
    }
    let account = format!("accounts/{}", made["address"].as_str().unwrap());
    eventually("the deposit", async || {
        let account = late.try_get(&account).await?;
        let balance: u64 = account["balance"].as_str()?.parse().ok()?;
        (balance >= 1_000_000 * ETM).then_some(())
    })
    .await;
    // Through its own node, and so through two others.
    let url = format!("http://127.0.0.1:{api}");
    let sign = |arguments: &[&str]| {
        let how = [
            "--key", "owner", "--yes", "--wait", "--json", "--node", &url,
        ];
        let pass = ["--passphrase-file", "pass"];
        let answer = etm(home, &[arguments, &how, &pass].concat());
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["outcome"]["accepted"], true, "{answer}");
    };
    tokio::task::block_in_place(|| {
        sign(&[
            "miner",
            "register",
            "late",
            "--dial",
            &dial,
            "--node-keys",
            "late/node.key",
            "--no-check",
        ]);
        sign(&["lock", "900000", "--anyway"]);
    });
    eventually("the newcomer can be voted for", async || {
        (late.try_get("miners/late").await?["state"] == "registered").then_some(())
    })
    .await;
    // Nothing proves the name of a miner that nobody votes for yet.
    tokio::task::block_in_place(|| sign(&["vote", "late", "--anyway"]));
    // Some six rounds later, however long those take here.
    let produced = within(Duration::from_secs(180), async || {
        first.try_get("miners/late").await?["last_block"].as_u64()
    })
    .await;
    let Some(produced) = produced else {
        let (miner, status) = (first.get("miners/late").await, late.get("status").await);
        let log = fs::read_to_string(data.join("log")).unwrap();
        panic!("the newcomer produced nothing: {miner}\n{status}\n{log}");
    };
    // On the committee it was in the network, and its followers saw what it made.
    at_the_tip(far, first).await;
    let path = format!("blocks/{produced}");
    assert_eq!(far.get(&path).await["hash"], late.get(&path).await["hash"]);
}
