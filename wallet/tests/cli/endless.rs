//! Lists that a node lets go on and on.

use crate::node::{ADDRESS, seen, status};
use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    routing::get,
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// So many answers of a list are enough to see that it has no end.
const PATIENCE: u64 = 8;

/// A node that gives `page` of each number in answer to `path`, counted.
fn endless(
    path: &str,
    page: impl Fn(u64) -> Value + Clone + Send + Sync + 'static,
) -> (Router, Arc<AtomicU64>) {
    let answers = Arc::new(AtomicU64::new(0));
    let list = move |State(answers): State<Arc<AtomicU64>>, _: Query<HashMap<String, String>>| {
        let page = page(answers.fetch_add(1, Ordering::SeqCst));
        async move { page.to_string() }
    };
    let told = status();
    let router = Router::new()
        .route(path, get(list))
        .with_state(Arc::clone(&answers))
        .route(
            "/api/v1/status",
            get(move || async move { told.to_string() }),
        );
    (router, answers)
}

fn refused(node: (Router, Arc<AtomicU64>), arguments: &[&str], words: &str) {
    let (router, answers) = node;
    let (code, shown, message) = seen(router, arguments);
    assert_ne!(code, 0, "{arguments:?}: {shown}");
    assert!(message.contains(words), "{arguments:?}: {message}");
    let answers = answers.load(Ordering::SeqCst);
    assert!(answers <= PATIENCE, "{arguments:?}: {answers} answers");
}

fn miners(total: u64) -> impl Fn(u64) -> Value + Clone {
    let cases = include_str!("../../../vectors/previews/cases.json");
    let cases: Value = serde_json::from_str(cases).unwrap();
    let list = cases["cases"][0]["miners"].clone();
    move |answer| {
        let mut list = list.clone();
        let mut row = list["miners"][0].take();
        row["id"] = answer.into();
        list["miners"] = json!([row]);
        list["offset"] = answer.into();
        list["next"] = (answer + 1).into();
        list["total"] = total.into();
        list
    }
}

const ALL_MINERS: [&str; 4] = ["miner", "list", "--limit", "0"];

#[test]
fn of_miners() {
    let path = "/api/v1/miners";
    for (total, words) in [
        (u64::MAX, "tells of 18446744073709551615 miners"),
        (1_000, "miners in 3 pages"),
        (2, "3 miners, asked was the 2"),
    ] {
        refused(endless(path, miners(total)), &ALL_MINERS, words);
    }
}

fn transactions(total: u64) -> impl Fn(u64) -> Value + Clone {
    move |answer| {
        let height = u64::from(u32::MAX) - answer;
        let row = json!({
            "hash": "33".repeat(32), "status": "finalized", "height": height, "index": 0, "timestamp_ms": 1, "sender": ADDRESS,
            "nonce": height, "fee": "1", "expires_at": height, "size": 1, "payload": { "kind": "withdraw" }, "outcome": null
        });
        json!({ "total": total, "transactions": [row], "next": height })
    }
}

#[test]
fn of_transactions() {
    let path = "/api/v1/accounts/{address}/transactions";
    for (total, words) in [
        (1 << 30, "tells of 1073741824 transactions"),
        (1_000, "transactions in 5 pages"),
        (2, "3 transactions, asked was the 2"),
    ] {
        let all = ["history", ADDRESS, "--limit", "0"];
        refused(endless(path, transactions(total)), &all, words);
    }
}

fn rounds(total: u64) -> impl Fn(u64) -> Value + Clone {
    move |answer| {
        let round = u64::from(u32::MAX) - answer;
        let row = json!({
            "round": round, "height": round, "timestamp_ms": 1, "earned": "0", "why": "no_vote", "miner": null, "locked": "1", "time_gain": 1,
            "votes": "4294967296", "miner_votes": "0", "share_ppb": 0, "pool": "0", "lucky": false, "lucky_extra": "0", "miner_blocks": 0
        });
        json!({ "address": ADDRESS, "round": round, "total_earned": "0", "total": total, "rounds": [row], "next": round })
    }
}

#[test]
fn of_rewards() {
    let path = "/api/v1/accounts/{address}/bonus";
    for (total, words) in [
        (1 << 30, "tells of 1073741824 rounds"),
        (1_000, "rounds in 5 pages"),
        (2, "3 rounds, asked was the 2"),
    ] {
        let all = ["rewards", ADDRESS, "--limit", "0"];
        refused(endless(path, rounds(total)), &all, words);
    }
}

/// A node that forgets rounds tells of those it has.
#[test]
fn of_rewards_what_is_kept_comes_though_the_rest_was_forgotten() {
    let told = status();
    let first = rounds(300)(0);
    let next = first["next"].as_u64().unwrap();
    let router = Router::new()
        .route(
            "/api/v1/accounts/{address}/bonus",
            get(
                move |Query(query): Query<HashMap<String, String>>| async move {
                    match query.contains_key("before_round") {
                        false => (StatusCode::OK, first.to_string()),
                        true => {
                            let error = json!({ "code": "pruned", "message": "from round 9 on" });
                            (StatusCode::GONE, json!({ "error": error }).to_string())
                        }
                    }
                },
            ),
        )
        .route(
            "/api/v1/status",
            get(move || async move { told.to_string() }),
        );
    for all in [
        ["rewards", ADDRESS, "--limit", "0"].as_slice(),
        &["rewards", ADDRESS, "--csv"],
    ] {
        let (code, shown, message) = seen(router.clone(), all);
        assert_eq!(code, 0, "{message}");
        assert!(shown.contains(&next.to_string()), "{shown}");
        assert!(
            message.contains(&format!("no round before {next}")),
            "{message}"
        );
    }
}
