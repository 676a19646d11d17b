//! Nodes that begin with the state after a round.

use crate::support::{
    Node, etm, eventually, failure, follower, free_port, get, height, in_memory, miner, succeed,
};
use serde_json::Value;
use std::{fs, path::Path};

/// What a command says that must fail.
fn fails(arguments: &[&str]) -> (i32, String) {
    let (code, said) = failure(&etm().args(arguments).output().unwrap());
    assert_eq!(said.trim().lines().count(), 1, "{said}");
    (code, said)
}

/// Height and hash of a node's newest block.
fn tip(port: u16) -> Option<(u64, String)> {
    let (_, body) = get(port, "/api/v1/status")?;
    let status: Value = serde_json::from_str(&body).ok()?;
    let tip = &status["tip"];
    Some((tip["height"].as_u64()?, tip["hash"].as_str()?.to_owned()))
}

/// The node on `own` is further than a height, on the chain of the node on `port`.
fn goes_on(own: u16, port: u16, from: u64) {
    let (height, hash) = eventually("new blocks", || {
        tip(own).filter(|(height, _)| *height > from)
    });
    let theirs = eventually("the block", || {
        let (_, body) = get(port, &format!("/api/v1/blocks/{height}"))?;
        let block: Value = serde_json::from_str(&body).ok()?;
        block["hash"].as_str().map(str::to_owned)
    });
    assert_eq!(hash, theirs);
}

#[test]
fn nodes_begin_with_a_snapshot_and_go_on_with_blocks() {
    let home = in_memory();
    let (peers, api) = (free_port(), free_port());
    let data = miner(home.path(), peers, api, &[]);
    let data = data.to_str().unwrap();
    let first = Node::start(etm().args(["node", "run", "--data", data]));
    let early = eventually("an answer", || get(api, "/api/v1/chain/snapshot"));
    if early.0 != 200 {
        assert!(early.1.contains("round 0 is running"), "{early:?}");
    }
    eventually("the end of round 1", || {
        height(api).filter(|height| *height > 41)
    });

    // By files, with what the other node says of the chain.
    let file = home.path().join("etm.snapshot");
    let file = file.to_str().unwrap();
    let made = succeed(&["node", "snapshot", "make", file, "--data", data, "--json"]);
    let made: Value = serde_json::from_str(&made).unwrap();
    let (round, at) = (
        made["round"].as_u64().unwrap(),
        made["height"].as_u64().unwrap(),
    );
    assert!(round >= 1 && at == (round + 1) * 20 - 1, "{made}");
    let checkpoint = succeed(&["node", "checkpoint", "--data", data]);
    let checkpoint = checkpoint.trim();
    // Of a node elsewhere, with no folder here.
    let there = format!("http://127.0.0.1:{api}");
    let from = succeed(&["node", "checkpoint", "--from", &there]);
    let hash = from.trim().split(':').nth(1);
    assert_eq!(hash.map(str::len), Some(64), "{from}");
    // For the folder of another chain it says nothing.
    let elsewhere = in_memory();
    let foreign = miner(elsewhere.path(), free_port(), free_port(), &[]);
    let foreign = foreign.to_str().unwrap();
    let (code, said) = fails(&["node", "checkpoint", "--data", foreign, "--from", &there]);
    assert!(code == 1 && said.contains("is of chain"), "{said}");
    let (folder, own, _) = follower(home.path(), "restored", api);
    let restore = ["node", "snapshot", "restore", file, "--data", &folder];

    // What is not right leaves no chain, and the next attempt none of the last.
    let chain = Path::new(&folder).join("chain");
    let whole = fs::read(file).unwrap();
    let cut = home.path().join("cut");
    fs::write(&cut, &whole[..whole.len() - 9]).unwrap();
    let bad = cut.to_str().unwrap();
    let (code, said) = fails(&["node", "snapshot", "restore", bad, "--data", &folder]);
    assert!(code == 1 && said.contains("cut short"), "{said}");
    let mut flipped = whole.clone();
    let last = flipped.len() - 40;
    flipped[last] ^= 1;
    fs::write(&cut, &flipped).unwrap();
    let (_, said) = fails(&["node", "snapshot", "restore", bad, "--data", &folder]);
    assert!(said.contains("operations of the state"), "{said}");
    let nowhere = home.path().join("nowhere");
    let nowhere = nowhere.to_str().unwrap();
    let (code, said) = fails(&["node", "snapshot", "restore", nowhere, "--data", &folder]);
    assert_eq!(code, 2, "{said}");
    assert_eq!(said.matches(nowhere).count(), 1, "{said}");
    assert!(said.contains("No such file"), "{said}");
    let other = format!("{round}:{}", "ab".repeat(32));
    let with = [&restore[..], &["--checkpoint", &other]].concat();
    let (_, said) = fails(&with);
    assert!(said.contains("not those of the checkpoint"), "{said}");
    assert!(fs::read_dir(&chain).is_ok_and(|mut files| files.next().is_none()));
    let left = Path::new(&folder).join("chain.restoring");
    assert!(!left.exists());
    fs::create_dir_all(left.join("node-state-log-blobs")).unwrap();
    fs::write(left.join("node-state-log-blobs").join("00"), "torn").unwrap();

    let own_round: u64 = checkpoint.split(':').next().unwrap().parse().unwrap();
    let restored = if own_round <= round {
        succeed(&[&restore[..], &["--checkpoint", checkpoint]].concat())
    } else {
        succeed(&restore)
    };
    assert!(restored.contains("begins anew"), "{restored}");
    for part in ["block", "state_root"] {
        let made = made[part].as_str().unwrap();
        assert!(restored.contains(made), "{part}: {restored}");
    }
    let (code, said) = fails(&restore);
    assert!(
        code == 1 && said.contains("holds a chain already"),
        "{said}"
    );

    let node = Node::start(etm().args(["node", "run", "--data", &folder]));
    goes_on(own, api, at);
    // What it doesn't have it says.
    for path in ["blocks/1", "rounds", "miners/0/history"] {
        let (status, body) = get(own, &format!("/api/v1/{path}")).unwrap();
        assert_eq!(status, 410, "{path}: {body}");
        assert!(body.contains(&format!("snapshot of block {at}")), "{body}");
    }
    let (status, body) = get(own, "/api/v1/chain/blocks/1-2").unwrap();
    assert_eq!(status, 410, "{body}");
    let (_, body) = eventually("readiness", || {
        get(own, "/readyz").filter(|(status, _)| *status == 200)
    });
    assert!(body.contains("keeps no history"), "{body}");
    votes_by_a_node_without_a_past(home.path(), own, api);
    // It goes on after a stop like any other.
    assert_eq!(node.stop().0, 0);
    let reached = height(api).unwrap();
    let node = Node::start(etm().args(["node", "run", "--data", &folder]));
    goes_on(own, api, reached);

    // By itself, from the node that did.
    let (folder, third, _) = follower(home.path(), "synced", own);
    let run = ["node", "run", "--sync", "snapshot", "--data", &folder];
    let url = format!("http://127.0.0.1:{own},http://127.0.0.1:{api}");
    let run = [&run[..], &["--upstreams", &url]].concat();
    let synced = Node::start(etm().args(&run));
    goes_on(third, api, reached);
    let (status, body) = get(third, "/api/v1/blocks/1").unwrap();
    assert!(
        status == 410 && body.contains("snapshot of block"),
        "{body}"
    );
    for node in [synced, node, first] {
        assert_eq!(node.stop().0, 0);
    }
}

/// The table of miners is that of the other node but for their past, and a lock and a vote go through this node.
fn votes_by_a_node_without_a_past(home: &Path, own: u16, api: u16) {
    let key = home.join("net/owners/treasury/owner.key");
    let pass = home.join("pass");
    fs::write(&pass, "a passphrase").unwrap();
    let (key, pass) = (key.to_str().unwrap(), pass.to_str().unwrap());
    let wallet = |port: u16, words: &[&str]| {
        let node = format!("http://127.0.0.1:{port}");
        let mut command = etm();
        command
            .env("HOME", home)
            .args(["--node", &node])
            .args(words);
        let output = command.output().unwrap();
        let (code, said) = failure(&output);
        assert_eq!(code, 0, "{words:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    };
    let import = ["keys", "import", "treasury", "--seed", "--secret-file", key];
    wallet(own, &[&import[..], &["--passphrase-file", pass]].concat());
    let tables = eventually("both nodes at one block", || {
        let of = |port| -> Option<Value> {
            let (_, body) = get(port, "/api/v1/miners?limit=10")?;
            serde_json::from_str(&body).ok()
        };
        let (without, with) = (of(own)?, of(api)?);
        (without["height"] == with["height"]).then_some((without, with))
    });
    assert_eq!(
        (&tables.0["past"], &tables.1["past"]),
        (&false.into(), &true.into())
    );
    for part in [
        "id",
        "name",
        "votes",
        "weight",
        "inclusion_ppb",
        "produced",
        "outlook",
    ] {
        let of = |table: &Value| table["miners"][0][part].clone();
        assert_eq!(of(&tables.0), of(&tables.1), "{part}");
    }
    let shown = wallet(own, &["miner", "list"]);
    assert!(
        shown.contains("keeps no history") && !shown.contains("VOTERS"),
        "{shown}"
    );
    let name = tables.0["miners"][0]["name"].as_str().unwrap();
    let shown = wallet(own, &["miner", "show", name]);
    assert!(
        shown.contains("election weight") && !shown.contains("paid to voters"),
        "{shown}"
    );
    let sign = ["--key", "treasury", "--yes", "--passphrase-file", pass];
    let vote = [&["lock", "100", "--vote", name], &sign[..]].concat();
    wallet(own, &vote);
    let position = eventually("the vote counts", || {
        let (_, body) = get(api, "/api/v1/miners/0")?;
        let miner: Value = serde_json::from_str(&body).ok()?;
        (miner["voters"] == 2).then_some(miner)
    });
    assert!(position["past"].as_bool().unwrap());
}
