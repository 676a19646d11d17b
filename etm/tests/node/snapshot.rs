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

/// What the wallet of somebody says who asks a node.
fn asked(home: &Path, port: u16, words: &[&str]) -> String {
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
}

fn json(port: u16, path: &str) -> Value {
    let (status, body) = get(port, &format!("/api/v1/{path}")).unwrap();
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).unwrap()
}

/// All that the node on `own`, which began after a round, tells of what came after is what the node on `port` tells, which has all.
fn tells_the_same(own: u16, port: u16, (round, at): (u64, u64)) {
    let recorded = |port| json(port, "blocks?limit=1")["height"].as_u64().unwrap();
    let tip = recorded(own).min(recorded(port));
    for height in at + 1..=tip {
        let path = format!("blocks/{height}");
        let (mut late, mut whole) = (json(own, &path), json(port, &path));
        (late["confirmations"], whole["confirmations"]) = (0.into(), 0.into());
        assert_eq!(late, whole);
        let path = format!("blocks/{height}/receipts");
        assert_eq!(json(own, &path), json(port, &path));
    }
    let finished = (tip + 1) / 20;
    for round in round + 1..finished {
        let path = format!("rounds/{round}");
        assert_eq!(json(own, &path), json(port, &path));
        let path = format!("rounds/{round}/receipt");
        assert_eq!(json(own, &path), json(port, &path));
    }
    assert!(finished > round + 2, "{finished} rounds");
    let miners = json(port, "miners?limit=10");
    let owner = miners["miners"][0]["owner"].as_str().unwrap();
    for (list, rows, of) in [
        ("bonus", "rounds", "round"),
        ("timeline", "entries", "round"),
        ("transactions", "transactions", "height"),
    ] {
        let path = format!("accounts/{owner}/{list}?limit=200");
        let (late, whole) = (json(own, &path), json(port, &path));
        assert_eq!(late["counted_from"], round + 1, "{list}");
        assert!(whole["counted_from"].is_null(), "{list}");
        let (first, last) = match of {
            "round" => (round + 1, finished - 1),
            _ => (at + 1, tip),
        };
        let of_both = |page: &Value| -> Vec<Value> {
            let rows = page[rows].as_array().unwrap().iter();
            let here = |row: &&Value| {
                let place = row[of].as_u64().unwrap();
                first <= place && place <= last
            };
            rows.filter(here).cloned().collect()
        };
        assert_eq!(of_both(&late), of_both(&whole), "{list}");
        assert!(list != "bonus" || !of_both(&late).is_empty());
        let rows = late[rows].as_array().unwrap();
        assert!(rows.iter().all(|row| row[of].as_u64().unwrap() >= first));
        assert!(late["next"].is_null(), "{late}");
    }
    let account = json(own, &format!("accounts/{owner}"));
    assert!(account["position"]["earned_total"].is_null(), "{account}");
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
    // What is no snapshot is left alone; an earlier one gives way.
    fs::write(file, "important").unwrap();
    let (code, said) = fails(&["node", "snapshot", "make", file, "--data", data]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("is there and is no snapshot"), "{said}");
    assert_eq!(fs::read_to_string(file).unwrap(), "important");
    fs::write(file, "etm/snapshot/v1 and no more").unwrap();
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

    without_a_history_nothing_is_kept_for_one(home.path(), file, api);

    let node = Node::start(etm().args(["node", "run", "--data", &folder]));
    goes_on(own, api, at);
    // What it doesn't have it says.
    let before = [
        "blocks/1".to_owned(),
        format!("blocks/{at}"),
        format!("blocks?before_height={at}"),
        format!("rounds/{round}"),
        format!("rounds?before_round={round}"),
        format!("miners/0/history?before_round={round}"),
        format!("boundaries?from_round={round}"),
    ];
    eventually("a history", || {
        get(own, "/api/v1/rounds").filter(|(status, _)| *status == 200)
    });
    for path in before {
        let (status, body) = get(own, &format!("/api/v1/{path}")).unwrap();
        assert_eq!(status, 410, "{path}: {body}");
        let first = format!("from round {} (block {})", round + 1, at + 1);
        assert!(
            body.contains("began with a snapshot") && body.contains(&first),
            "{path}: {body}"
        );
    }
    let (status, body) = get(own, "/api/v1/chain/blocks/1-2").unwrap();
    assert_eq!(status, 410, "{body}");
    let (_, body) = eventually("readiness", || {
        get(own, "/readyz").filter(|(status, _)| *status == 200)
    });
    assert!(!body.contains("keeps no history"), "{body}");
    votes_by_a_node_with_a_short_past(home.path(), own, api);
    eventually("two rounds more", || {
        height(own).filter(|height| *height > at + 45)
    });
    tells_the_same(own, api, (round, at));
    // Committees are proved from genesis by a node that has all; from there on this one has what a round is checked with.
    for (port, checked) in [(api, round + 1), (own, round + 2)] {
        let said = asked(home.path(), port, &["verify-round", &checked.to_string()]);
        assert!(said.contains("ok"), "{said}");
    }
    // It goes on after a stop like any other.
    assert_eq!(node.stop().0, 0);
    let reached = height(api).unwrap();
    let node = Node::start(etm().args(["node", "run", "--data", &folder]));
    goes_on(own, api, reached);
    tells_the_same(own, api, (round, at));
    // A history that is deleted while it runs begins anew after the snapshot.
    let history = Path::new(&folder).join("history.db");
    fs::remove_file(&history).unwrap();
    eventually("the history anew", || {
        let (_, body) = get(own, "/readyz")?;
        (history.exists() && body.contains("\"ready\":true")).then_some(())
    });
    tells_the_same(own, api, (round, at));
    // Without what it begins with there is none, and the node goes on.
    let base = chain.join("history.base");
    let mut bytes = fs::read(&base).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&base, bytes).unwrap();
    fs::remove_file(&history).unwrap();
    let (_, body) = eventually("the refusal", || {
        get(own, "/api/v1/rounds").filter(|(status, _)| *status == 410)
    });
    assert!(
        body.contains(&format!("snapshot of block {at}")) && body.contains("damaged"),
        "{body}"
    );
    let (status, body) = get(own, "/readyz").unwrap();
    let warned = body.contains("can't be read");
    assert!(
        (status == 200 || body.contains("catching up")) && warned,
        "{body}"
    );
    goes_on(own, api, height(api).unwrap());

    // By itself, from the node that did.
    let (folder, third, _) = follower(home.path(), "synced", own);
    let run = ["node", "run", "--sync", "snapshot", "--data", &folder];
    let url = format!("http://127.0.0.1:{own},http://127.0.0.1:{api}");
    let run = [&run[..], &["--upstreams", &url]].concat();
    let synced = Node::start(etm().args(&run));
    goes_on(third, api, reached);
    let (status, body) = get(third, "/api/v1/blocks/1").unwrap();
    assert!(
        status == 410 && body.contains("began with a snapshot"),
        "{body}"
    );
    // Its log says what became of its history, as an error.
    drop(node);
    for node in [synced, first] {
        assert_eq!(node.stop().0, 0);
    }
}

/// A node that is to keep no history takes nothing from the state to begin one with.
fn without_a_history_nothing_is_kept_for_one(home: &Path, file: &str, api: u16) {
    for (name, kept) in [("with", "rounds 300"), ("without", "off")] {
        let (folder, ..) = follower(home, name, api);
        let mut restore = etm();
        restore
            .env("ETM_NODE_HISTORY", kept)
            .args(["node", "snapshot", "restore", file, "--data", &folder]);
        let (code, said) = failure(&restore.output().unwrap());
        assert_eq!(code, 0, "{said}");
        let base = Path::new(&folder).join("chain/history.base");
        assert_eq!(base.exists(), kept != "off", "{kept}");
    }
}

/// The table of miners is that of the other node, and what it took from a lock, a vote and the rewards is told by this node.
fn votes_by_a_node_with_a_short_past(home: &Path, own: u16, api: u16) {
    let key = home.join("net/owners/treasury/owner.key");
    let pass = home.join("pass");
    fs::write(&pass, "a passphrase").unwrap();
    let (key, pass) = (key.to_str().unwrap(), pass.to_str().unwrap());
    let wallet = |port: u16, words: &[&str]| asked(home, port, words);
    let import = ["keys", "import", "treasury", "--seed", "--secret-file", key];
    wallet(own, &[&import[..], &["--passphrase-file", pass]].concat());
    let tables = eventually("both nodes at one block", || {
        let of = |port| -> Option<Value> {
            let (_, body) = get(port, "/api/v1/miners?limit=10")?;
            serde_json::from_str(&body).ok()
        };
        let (without, with) = (of(own)?, of(api)?);
        let same = without["height"] == with["height"];
        (same && without["past"] == true && with["past"] == true).then_some((without, with))
    });
    for part in [
        "id",
        "name",
        "votes",
        "weight",
        "inclusion_ppb",
        "produced",
        "outlook",
        "locked",
        "voters",
    ] {
        let of = |table: &Value| table["miners"][0][part].clone();
        assert_eq!(of(&tables.0), of(&tables.1), "{part}");
    }
    let shown = wallet(own, &["miner", "list"]);
    assert!(
        !shown.contains("keeps no history") && shown.contains("VOTERS"),
        "{shown}"
    );
    let name = tables.0["miners"][0]["name"].as_str().unwrap();
    let shown = wallet(own, &["miner", "show", name]);
    assert!(
        shown.contains("paid to voters") && shown.contains("began with a snapshot"),
        "{shown}"
    );
    let sign = ["--key", "treasury", "--yes", "--passphrase-file", pass];
    let vote = [&["lock", "100", "--vote", name, "--wait"], &sign[..]].concat();
    let shown = wallet(own, &vote);
    assert!(shown.contains("accepted"), "{shown}");
    let position = eventually("the vote counts", || {
        let (_, body) = get(api, "/api/v1/miners/0")?;
        let miner: Value = serde_json::from_str(&body).ok()?;
        (miner["voters"] == 2).then_some(miner)
    });
    assert!(position["past"].as_bool().unwrap());
    // A position that began after the snapshot is told of in full.
    let shown = eventually("its first bonus", || {
        Some(wallet(own, &["rewards", "treasury"])).filter(|shown| shown.contains("WHY"))
    });
    assert!(shown.contains("earned since round"), "{shown}");
    let shown = wallet(own, &["position", "treasury"]);
    assert!(!shown.contains("not known"), "{shown}");
    let shown = wallet(own, &["history", "treasury"]);
    assert!(shown.contains("began with a snapshot"), "{shown}");
}
