//! `etm tx HASH --prove`: what the certified blocks of a round say, and what a node can't make of it.

use crate::{
    support::{assert_shape, report_of, wallet},
    verify::{Rounds, SENT, Served},
};
use axum::{Router, extract::Path as Segment, routing::get};
use etm_types::{Address, Height, api::Bytes, codec, range::RangeWriter};
use serde_json::{Value, json};
use std::{path::Path, process::Stdio, sync::Arc};

/// How a node lies.
#[derive(Clone, Copy)]
struct Lies {
    /// What it makes of its answer about the transaction.
    told: fn(&mut Value),
    /// The block it sends instead of the one at a height.
    block: fn(u64) -> u64,
    /// What it makes of the receipts.
    receipts: fn(&mut Vec<Bytes>),
    evidence: fn(&Rounds, u64) -> Vec<u8>,
}

const HONEST: Lies = Lies {
    told: |_| (),
    block: |height| height,
    receipts: |_| (),
    evidence: Rounds::evidence,
};

fn block(rounds: &Rounds, height: u64) -> &etm_types::FinalizedBlock {
    &rounds.blocks[usize::try_from(height - 1).unwrap()]
}

/// What the node says of a transaction of block [`SENT`].
fn told(rounds: &Rounds, index: usize) -> Value {
    let block = block(rounds, SENT);
    let transaction = &block.block.body.transactions[index];
    let unsigned = &transaction.unsigned;
    let refused = json!({ "code": "no_position", "message": "there is none" });
    json!({
        "hash": transaction.hash().to_string(), "status": "finalized", "height": SENT, "index": index,
        "timestamp_ms": block.block.header.timestamp_ms, "sender": Address::of(&unsigned.sender).to_string(), "nonce": unsigned.nonce,
        "fee": unsigned.fee.0.to_string(), "expires_at": unsigned.expires_at.0, "size": 100, "payload": { "kind": "withdraw" },
        "outcome": { "accepted": index == 0, "refused": (index > 0).then_some(refused), "effect": { "state": "immediate" } },
        "public_key": "00".repeat(32), "signature": "00", "encoded": etm_types::bytes::hex(&codec::to_bytes(transaction)),
        "block_hash": null, "receipts": []
    })
}

fn node(rounds: &Arc<Rounds>, lies: Lies) -> Router {
    let parameters = rounds.parameters();
    let (of, ranged, received) = (Arc::clone(rounds), Arc::clone(rounds), Arc::clone(rounds));
    rounds
        .node(lies.evidence)
        .route("/api/v1/parameters", get(async move || parameters.to_string()))
        .route(
            "/api/v1/transactions/{hash}",
            get(async move |Segment(hash): Segment<String>| {
                let all = [0, 1].map(|index| told(&of, index));
                let mut found = all.into_iter().find(|told| told["hash"] == hash.as_str()).unwrap();
                (lies.told)(&mut found);
                found.to_string()
            }),
        )
        .route(
            "/api/v1/chain/blocks/{range}",
            get(async move |Segment(range): Segment<String>| {
                let height: u64 = range.split('-').next().unwrap().parse().unwrap();
                let block = block(&ranged, (lies.block)(height));
                let chain = block.block.header.chain;
                let mut writer = RangeWriter::new(chain, Height(height));
                assert!(writer.push(&[], &codec::to_bytes(&*block.block)));
                writer.finish().unwrap()
            }),
        )
        .route(
            "/api/v1/blocks/{height}/receipts",
            get(async move |Segment(height): Segment<u64>| {
                let block = block(&received, height);
                let receipts = &block.outcome.receipts;
                let mut encoded: Vec<Bytes> =
                    receipts.iter().map(|receipt| Bytes(codec::to_bytes(receipt))).collect();
                (lies.receipts)(&mut encoded);
                json!({ "height": height, "hash": block.hash.to_string(), "receipts_root": "00".repeat(32), "receipts": [], "encoded": encoded })
                    .to_string()
            }),
        )
}

fn hash(rounds: &Rounds, index: usize) -> String {
    let transactions = &block(rounds, SENT).block.body.transactions;
    transactions[index].hash().to_string()
}

fn prove(node: &Served, home: &Path, hash: &str) -> (i32, Value, String) {
    let output = wallet(home, &["tx", hash, "--prove", "--json"])
        .env("ETM_NODE", format!("http://{}", node.address))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    report_of(&output)
}

#[test]
fn a_transaction_of_a_finished_round_is_proved_with_its_outcome() {
    let home = tempfile::tempdir().unwrap();
    let rounds = Arc::new(Rounds::new("inclusion"));
    let served = Served::new(node(&rounds, HONEST));
    for (index, refused) in [(0, Value::Null), (1, "no_position".into())] {
        let (code, report, said) = prove(&served, home.path(), &hash(&rounds, index));
        assert_eq!(code, 0, "{said} {report:#}");
        assert_shape("proved-transaction", &report);
        let read = &report["read"];
        assert_eq!(
            (&read["height"], &read["round"], &read["index"]),
            (&SENT.into(), &1.into(), &index.into())
        );
        assert_eq!(
            (&read["accepted"], &read["refused"]),
            (&(index == 0).into(), &refused)
        );
        // What only the node's genesis vouches for is not plainly "ok"; from then on the chain is pinned.
        let verdict = if index == 0 { "consistent" } else { "ok" };
        assert_eq!(report["verdict"], verdict);
    }
}

#[test]
fn what_a_node_says_of_a_transaction_is_held_against_the_certified_blocks() {
    let lies: [(&str, &str, Lies); 7] = [
        (
            "another height",
            "transaction",
            Lies {
                told: |told| told["height"] = (SENT + 1).into(),
                ..HONEST
            },
        ),
        (
            "another block",
            "block",
            Lies {
                block: |height| height - 1,
                ..HONEST
            },
        ),
        (
            "other bytes",
            "transaction",
            Lies {
                told: |told| told["encoded"] = "00".into(),
                ..HONEST
            },
        ),
        (
            "refused",
            "outcome",
            Lies {
                told: |told| told["outcome"]["accepted"] = false.into(),
                ..HONEST
            },
        ),
        (
            "a receipt changed",
            "outcome",
            Lies {
                receipts: |receipts| receipts[0].0[40] ^= 1,
                ..HONEST
            },
        ),
        (
            "a receipt left out",
            "outcome",
            Lies {
                receipts: |receipts| {
                    receipts.remove(0);
                },
                ..HONEST
            },
        ),
        (
            "another round",
            "round",
            Lies {
                evidence: |rounds, round| rounds.evidence(round + 1),
                ..HONEST
            },
        ),
    ];
    let rounds = Arc::new(Rounds::new("inclusion"));
    for (what, step, lies) in lies {
        let home = tempfile::tempdir().unwrap();
        let served = Served::new(node(&rounds, lies));
        let (code, report, said) = prove(&served, home.path(), &hash(&rounds, 0));
        assert_eq!(code, 1, "{what}: {said} {report:#}");
        assert_shape("proved-transaction", &report);
        let steps = report["steps"].as_array().unwrap();
        let failed: Vec<&Value> = steps.iter().filter(|step| step["ok"] == false).collect();
        assert_eq!(failed.len(), 1, "{what}: {report:#}");
        assert_eq!(failed[0]["step"], step, "{what}: {report:#}");
        assert_eq!(
            (&report["verdict"], &report["read"]),
            (&"differs".into(), &Value::Null),
            "{what}"
        );
    }
    // It tells of another transaction than it was asked for.
    let other = Lies {
        told: |told| told["hash"] = "00".repeat(32).into(),
        ..HONEST
    };
    let home = tempfile::tempdir().unwrap();
    let served = Served::new(node(&rounds, other));
    let (code, _, said) = prove(&served, home.path(), &hash(&rounds, 0));
    assert_eq!(code, 3, "{said}");
}

#[test]
fn what_cannot_be_proved_yet_says_when_it_can() {
    let rounds = Arc::new(Rounds::new("inclusion"));
    type Change = fn(&mut Value);
    let early: [(&str, Change); 2] = [
        ("waits for a block", |told| told["height"] = Value::Null),
        ("of round 8, which is not over", |told| {
            told["height"] = 33.into();
        }),
    ];
    for (words, told) in early {
        let home = tempfile::tempdir().unwrap();
        let served = Served::new(node(&rounds, Lies { told, ..HONEST }));
        let (code, report, said) = prove(&served, home.path(), &hash(&rounds, 0));
        assert_eq!((code, &report), (1, &Value::Null), "{said}");
        assert!(said.contains(words), "{said}");
    }
}
