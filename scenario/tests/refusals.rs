//! Everything a runner refuses, with the path and the reason it gives; and `etm replay` around it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use etm_scenario::{ReplayError, Replayed, replay, replay_file};
use serde_json::{Value, json};
use std::fs::{self, File};

const BEACON: &str = "1111111111111111111111111111111111111111111111111111111111111111";

/// A scenario that is fine.
fn fine() -> Value {
    json!({
        "format": "etm-scenario/1",
        "params": { "committee": 1, "blocks_per_round": 2, "min_committee": 1 },
        "genesis": {
            "timestamp": 10,
            "beacon": BEACON,
            "accounts": [{ "id": "alice", "free": "500000000" }],
            "miners": [{ "owner": "m0", "name": "m0" }, { "owner": "m1", "name": "m1" }],
            "positions": [{ "account": "alice", "locked": "100000000", "t": 1, "miner": 0 }]
        },
        "rounds": [
            {
                "blocks": [{
                    "producer": 0, "missed": [0], "timestamp": 11, "fees": "5",
                    "requests": [{ "account": "alice", "lock": "100000000" }]
                }],
                "beacon": BEACON
            },
            {
                "blocks": [{ "producer": 0, "timestamp": 12 }, { "producer": 0, "timestamp": 13 }],
                "beacon": BEACON
            }
        ]
    })
}

fn play(json: &str, check: bool) -> (u8, String, String) {
    told(replay("file", json, check))
}

/// The exit code that `etm replay` has for it, what was answered, and what is wrong.
fn told(answer: Result<Replayed, ReplayError>) -> (u8, String, String) {
    match answer {
        Ok(Replayed::States(states)) => (0, serde_json::to_string(&states).unwrap(), String::new()),
        Ok(Replayed::Agree { rounds }) => {
            (0, format!("file: {rounds} rounds agree\n"), String::new())
        }
        Err(ReplayError::Different(error)) => (1, String::new(), format!("{error}\n")),
        Err(ReplayError::Malformed(error)) => (2, String::new(), format!("{error}\n")),
    }
}

/// Sets the value at a JSON pointer; a null removes it, `-` appends.
fn with(pointer: &str, value: Value) -> Value {
    let mut scenario = fine();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match scenario.pointer_mut(parent).unwrap() {
        Value::Object(object) if value == json!("REMOVE") => {
            object.remove(key);
        }
        Value::Object(object) => {
            object.insert(key.to_owned(), value);
        }
        Value::Array(array) if key == "-" => array.push(value),
        Value::Array(array) => array[key.parse::<usize>().unwrap()] = value,
        other => panic!("{other} has no fields"),
    }
    scenario
}

/// Refused with this path and a message that holds these words, in one line, with exit code 2 and no output.
fn refused(scenario: &Value, path: &str, words: &str) {
    let (code, out, errors) = play(&scenario.to_string(), false);
    assert_eq!((code, out.as_str()), (2, ""), "{errors}");
    assert!(
        errors.starts_with(&format!("file: {path}: ")),
        "{path}: {errors}"
    );
    assert!(errors.contains(words), "{words}: {errors}");
    assert_eq!(errors.trim_end().lines().count(), 1);
}

#[test]
fn a_fine_one_runs() {
    let (code, out, errors) = play(&fine().to_string(), false);
    assert_eq!((code, errors.as_str()), (0, ""));
    let states: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(states["rounds"][1]["miners"][0]["n"], 4);
    // What has a default may be left out.
    let mut short = fine();
    let genesis = short["genesis"].as_object_mut().unwrap();
    genesis["accounts"][0]
        .as_object_mut()
        .unwrap()
        .remove("free");
    genesis["positions"][0].as_object_mut().unwrap().remove("t");
    genesis["positions"][0]["miner"] = json!(0);
    assert_eq!(play(&short.to_string(), false).0, 0);
}

#[test]
fn unknown_fields() {
    refused(&with("/extra", json!(1)), "extra", "unknown field");
    refused(
        &with("/params/extra", json!(1)),
        "params.extra",
        "unknown field",
    );
    refused(
        &with("/genesis/extra", json!(1)),
        "genesis.extra",
        "unknown field",
    );
    for list in ["accounts", "miners", "positions"] {
        let pointer = format!("/genesis/{list}/0/extra");
        refused(
            &with(&pointer, json!(1)),
            &format!("genesis.{list}[0].extra"),
            "unknown field",
        );
    }
    refused(
        &with("/rounds/0/extra", json!(1)),
        "rounds[0].extra",
        "unknown field",
    );
    refused(
        &with("/rounds/0/blocks/0/extra", json!(1)),
        "rounds[0].blocks[0].extra",
        "unknown field",
    );
    let request = "/rounds/0/blocks/0/requests/0";
    refused(
        &with(&format!("{request}/extra"), json!(1)),
        "rounds[0].blocks[0].requests[0].extra",
        "unknown field",
    );
    let transfer =
        json!({ "account": "alice", "transfer": { "to": "bob", "amount": "1", "memo": "" } });
    refused(
        &with(request, transfer),
        "rounds[0].blocks[0].requests[0].transfer.memo",
        "unknown field",
    );
}

#[test]
fn missing_fields() {
    for (pointer, path) in [
        ("/format", "."),
        ("/params", "."),
        ("/genesis", "."),
        ("/rounds", "."),
        ("/genesis/timestamp", "genesis"),
        ("/genesis/beacon", "genesis"),
        ("/genesis/accounts/0/id", "genesis.accounts[0]"),
        ("/genesis/miners/0/owner", "genesis.miners[0]"),
        ("/genesis/miners/0/name", "genesis.miners[0]"),
        ("/genesis/positions/0/account", "genesis.positions[0]"),
        ("/genesis/positions/0/locked", "genesis.positions[0]"),
        ("/rounds/0/beacon", "rounds[0]"),
        ("/rounds/0/blocks", "rounds[0]"),
        ("/rounds/0/blocks/0/producer", "rounds[0].blocks[0]"),
        ("/rounds/0/blocks/0/timestamp", "rounds[0].blocks[0]"),
        (
            "/rounds/0/blocks/0/requests/0/account",
            "rounds[0].blocks[0].requests[0]",
        ),
    ] {
        refused(&with(pointer, json!("REMOVE")), path, "missing field");
    }
}

#[test]
fn wrong_types() {
    for (pointer, value, path) in [
        ("/format", json!("etm-scenario/2"), "format"),
        ("/params/committee", json!("1"), "params.committee"),
        ("/params/committee", Value::Null, "params.committee"),
        ("/params/min_lock", json!(1), "params.min_lock"),
        ("/genesis/timestamp", json!(-1), "genesis.timestamp"),
        ("/genesis/timestamp", json!(1.5), "genesis.timestamp"),
        ("/genesis/beacon", json!("11"), "genesis.beacon"),
        (
            "/genesis/beacon",
            json!(BEACON.replace('1', "A")),
            "genesis.beacon",
        ),
        ("/genesis/accounts", json!({}), "genesis.accounts"),
        (
            "/genesis/accounts/0/free",
            json!(5),
            "genesis.accounts[0].free",
        ),
        (
            "/genesis/positions/0/t",
            json!("1"),
            "genesis.positions[0].t",
        ),
        (
            "/genesis/positions/0/miner",
            json!("m0"),
            "genesis.positions[0].miner",
        ),
        (
            "/rounds/0/blocks/0/producer",
            json!(-1),
            "rounds[0].blocks[0].producer",
        ),
        (
            "/rounds/0/blocks/0/missed",
            json!([null]),
            "rounds[0].blocks[0].missed[0]",
        ),
        (
            "/rounds/0/blocks/0/fees",
            json!(""),
            "rounds[0].blocks[0].fees",
        ),
        (
            "/rounds/0/blocks/0/requests",
            Value::Null,
            "rounds[0].blocks[0].requests",
        ),
    ] {
        refused(&with(pointer, value), path, "");
    }
    refused(&json!([]), ".", "");
    refused(&json!(null), ".", "");
}

#[test]
fn amounts() {
    let pointer = "/genesis/accounts/0/free";
    for text in [
        "18446744073709551616",
        "-1",
        "+1",
        "01",
        "1.0",
        " 1",
        "",
        "1e3",
        "0x1",
        "１",
    ] {
        refused(
            &with(pointer, json!(text)),
            "genesis.accounts[0].free",
            "18446744073709551615",
        );
    }
    // Each fits, together with what will be issued they don't.
    refused(
        &with(pointer, json!("18446744073709551615")),
        "genesis",
        "265,000,000 ETM",
    );
    let fees = with("/rounds/0/blocks/0/fees", json!("18446744073709551615"));
    refused(&fees, "rounds[0].blocks[0].fees", "out of range");
}

#[test]
fn requests_have_one_operation() {
    let request = "/rounds/0/blocks/0/requests/0";
    let path = "rounds[0].blocks[0].requests[0]";
    refused(
        &with(request, json!({ "account": "alice" })),
        path,
        "exactly one",
    );
    let two = json!({ "account": "alice", "lock": "1", "withdraw": true });
    refused(&with(request, two), path, "exactly one");
    refused(
        &with(request, json!({ "account": "alice", "withdraw": false })),
        path,
        "true",
    );
    refused(
        &with(request, json!({ "account": "alice", "resign": false })),
        path,
        "true",
    );
    refused(
        &with(request, json!({ "account": "alice", "lock": null })),
        &format!("{path}.lock"),
        "decimal string",
    );
    refused(
        &with(request, json!({ "account": "alice", "lock": 5 })),
        &format!("{path}.lock"),
        "decimal string",
    );
    refused(
        &with(request, json!({ "account": "alice", "vote": "0" })),
        &format!("{path}.vote"),
        "",
    );
    refused(
        &with(
            request,
            json!({ "account": "alice", "vote": 4294967296u64 }),
        ),
        &format!("{path}.vote"),
        "",
    );
    refused(
        &with(
            request,
            json!({ "account": "alice", "transfer": { "to": "b" } }),
        ),
        &format!("{path}.transfer"),
        "missing field",
    );
}

#[test]
fn members_of_the_committee() {
    refused(
        &with("/rounds/0/blocks/0/producer", json!(1)),
        "rounds[0].blocks[0].producer",
        "miner 1 is not in the committee of round 0",
    );
    refused(
        &with("/rounds/1/blocks/1/producer", json!(9)),
        "rounds[1].blocks[1].producer",
        "miner 9",
    );
    refused(
        &with("/rounds/0/blocks/0/missed", json!([0, 1])),
        "rounds[0].blocks[0].missed[1]",
        "miner 1",
    );
}

#[test]
fn numbers_of_blocks() {
    refused(
        &with("/rounds/0/blocks", json!([])),
        "rounds[0].blocks",
        "has 1 blocks, not 0",
    );
    let block = json!({ "producer": 0, "timestamp": 14 });
    refused(
        &with("/rounds/0/blocks/-", block.clone()),
        "rounds[0].blocks",
        "has 1 blocks, not 2",
    );
    refused(
        &with("/rounds/1/blocks/-", block),
        "rounds[1].blocks",
        "has 2 blocks, not 3",
    );
}

#[test]
fn timestamps_increase() {
    refused(
        &with("/rounds/0/blocks/0/timestamp", json!(10)),
        "rounds[0].blocks[0].timestamp",
        "10 is not above 10",
    );
    refused(
        &with("/rounds/0/blocks/0/timestamp", json!(0)),
        "rounds[0].blocks[0].timestamp",
        "increase",
    );
    refused(
        &with("/rounds/1/blocks/0/timestamp", json!(11)),
        "rounds[1].blocks[0].timestamp",
        "11 is not above 11",
    );
    refused(
        &with("/rounds/1/blocks/1/timestamp", json!(12)),
        "rounds[1].blocks[1].timestamp",
        "12 is not above 12",
    );
}

#[test]
fn invalid_genesis() {
    let position = |account: &str, locked: &str, t: u8, miner: u32| json!({ "account": account, "locked": locked, "t": t, "miner": miner });
    let first = "/genesis/positions/0";
    refused(
        &with(first, position("alice", "99999999", 1, 0)),
        "genesis.positions[0].locked",
        "below the least lock of 100000000",
    );
    for t in [0, 33, 255] {
        refused(
            &with(first, position("alice", "100000000", t, 0)),
            "genesis.positions[0].t",
            "1 to 32",
        );
    }
    refused(
        &with(first, position("alice", "100000000", 1, 2)),
        "genesis.positions[0].miner",
        "no miner 2",
    );
    let again = position("alice", "100000000", 1, 0);
    refused(
        &with("/genesis/positions/-", again),
        "genesis.positions[1].account",
        "already",
    );
    let miner = |owner: &str, name: &str| json!({ "owner": owner, "name": name });
    refused(
        &with("/genesis/miners/1", miner("m1", "m0")),
        "genesis.miners[1].name",
        "taken",
    );
    refused(
        &with("/genesis/miners/1", miner("m0", "m1")),
        "genesis.miners[1].owner",
        "already",
    );
    for name in ["", "Upper", "with space", "é", "aaaaaaaaaaaaaaaaaaaaa"] {
        refused(
            &with("/genesis/miners/1", miner("m1", name)),
            "genesis.miners[1].name",
            "name",
        );
    }
    let account = json!({ "id": "alice", "free": "0" });
    refused(
        &with("/genesis/accounts/-", account),
        "genesis.accounts[1].id",
        "twice",
    );
    refused(
        &with("/params/min_committee", json!(2)),
        "genesis.positions",
        "1 miners have votes, at least 2 must",
    );
    // With MIN_LOCK 0 a position still holds something.
    let mut nothing = with(first, position("alice", "0", 1, 0));
    nothing["params"]["min_lock"] = json!("0");
    refused(&nothing, "genesis.positions[0].locked", "below");
}

#[test]
fn invalid_parameters() {
    for (name, value) in [
        ("committee", 0),
        ("blocks_per_round", 1),
        ("min_committee", 0),
        ("day_seconds", 0),
    ] {
        refused(
            &with(&format!("/params/{name}"), json!(value)),
            "params",
            "",
        );
    }
}

#[test]
fn broken_json() {
    for (text, words) in [
        ("", "EOF"),
        ("{", "EOF"),
        (
            "{\"format\":\"etm-scenario/1\",\"format\":\"etm-scenario/1\"}",
            "duplicate field",
        ),
        ("nonsense", "expected"),
    ] {
        let (code, out, errors) = play(text, false);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(
            errors.contains(words) && errors.lines().count() == 1,
            "{errors}"
        );
    }
    let (code, _, errors) = play(&format!("{} x", fine()), false);
    assert_eq!(code, 2);
    assert!(errors.contains("trailing characters"), "{errors}");
    let deep = "[".repeat(100_000);
    assert_eq!(play(&deep, false).0, 2);
}

#[test]
fn pairs_are_checked() {
    let (_, out, _) = play(&fine().to_string(), false);
    let states: Value = serde_json::from_str(&out).unwrap();
    let pair = json!({ "scenario": fine(), "states": states });
    assert_eq!(play(&pair.to_string(), false), (0, out, String::new()));
    let (code, out, errors) = play(&pair.to_string(), true);
    assert_eq!(
        (code, out.as_str(), errors.as_str()),
        (0, "file: 2 rounds agree\n", "")
    );

    let mut wrong = pair.clone();
    wrong["states"]["rounds"][1]["accounts"][0]["free"] = json!("1");
    wrong["states"]["rounds"][1]["positions"][0]["t"] = json!(2);
    let (code, out, errors) = play(&wrong.to_string(), true);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(
        errors.starts_with("file: rounds[1].accounts[0].free: expected \"1\", computed \""),
        "{errors}"
    );

    let mut wrong = pair.clone();
    wrong["states"]["rounds"].as_array_mut().unwrap().pop();
    let (code, _, errors) = play(&wrong.to_string(), true);
    assert_eq!(code, 1);
    assert!(
        errors.starts_with("file: rounds[1]: expected nothing, computed {"),
        "{errors}"
    );

    let mut broken = pair.clone();
    broken["states"]["rounds"][0]["carry"] = json!(0);
    let (code, _, errors) = play(&broken.to_string(), true);
    assert_eq!(code, 2);
    assert!(
        errors.starts_with("file: states.rounds[0].carry: "),
        "{errors}"
    );

    let mut broken = pair.clone();
    broken["scenario"]["rounds"][0]["blocks"][0]["producer"] = json!(7);
    let (code, _, errors) = play(&broken.to_string(), true);
    assert_eq!(code, 2);
    assert!(
        errors.starts_with("file: scenario.rounds[0].blocks[0].producer: "),
        "{errors}"
    );

    let mut more = pair;
    more["comment"] = json!("");
    assert_eq!(play(&more.to_string(), true).0, 2);
    // A bare scenario has nothing to check.
    let (code, _, errors) = play(&fine().to_string(), true);
    assert_eq!(code, 2);
    assert!(errors.contains("nothing to check"), "{errors}");
}

#[test]
fn files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.json");
    let run = |path: &std::path::Path| {
        let (code, out, errors) = told(replay_file(path, |path| File::open(path), false));
        (code, out.len(), errors)
    };
    let (code, length, errors) = run(&path);
    assert_eq!((code, length), (2, 0));
    assert_eq!(errors.lines().count(), 1);
    fs::write(&path, fine().to_string()).unwrap();
    assert_eq!(run(&path).0, 0);
    fs::write(&path, b"{\"format\": \"\xff\"}").unwrap();
    let (code, _, errors) = run(&path);
    assert_eq!(code, 2);
    assert!(errors.contains("byte 12: not UTF-8"), "{errors}");
}
