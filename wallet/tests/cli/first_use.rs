//! What a wallet holds a node to, from which moment on.

use crate::{
    config::make_key,
    support::{err, wallet, write_private},
    verify::{Rounds, Served, words},
};
use axum::{
    Router,
    extract::Path as Segment,
    http::StatusCode,
    routing::{get, post},
};
use serde_json::{Value, json};
use std::{path::Path, process::Stdio, sync::Arc};

const TO: &str = "AFk29RFUnBUgzVuWHhiwckwHqqC6jQcG2c";

/// An account with 100 ETM.
fn account(address: &str) -> Value {
    let all = "10000000000";
    json!({
        "address": address, "height": 31, "exists": true, "nonce": 0, "next_nonce": 0, "free": all, "earned": "0", "balance": all,
        "locked": "0", "locking": "0", "unlocking": "0", "deposit": "0", "total": all, "position": null, "projected": null,
        "projected_best": null, "projected_worst": null,
        "round_end": {
            "round": 8, "height": 35, "blocks_to_come": 4, "days": 0, "halvings_due": 0, "halvings_expected": 0, "halvings_most": 0
        },
        "pending_requests": [], "pending_transactions": [], "miner": null, "effective_round": 8
    })
}

/// Where an account sends 1 ETM for a fee of `fee`.
fn preview(address: &str, fee: u64) -> Value {
    json!({
        "address": address, "height": 31, "waiting": 0, "accepted": true, "refused": null, "before": null, "after": null,
        "after_best": null, "after_worst": null, "time_gain_change": "none", "fee": fee.to_string(), "balance_before": "10000000000",
        "balance_after": (9_900_000_000 - fee).to_string(), "effective_round": 8, "effective_height": 35, "miners": [], "warnings": []
    })
}

/// A node that takes no transaction; what it says of the chain's parameters may be another thing.
fn node(rounds: &Arc<Rounds>, lie: fn(&mut Value)) -> Router {
    let mut told = rounds.parameters();
    lie(&mut told);
    let fee = rounds.genesis.draft().params.fee.0;
    rounds
        .node(Rounds::evidence)
        .route("/api/v1/parameters", get(async move || told.to_string()))
        .route(
            "/api/v1/accounts/{address}",
            get(async |Segment(address): Segment<String>| account(&address).to_string()),
        )
        .route(
            "/api/v1/accounts/{address}/preview",
            get(async move |Segment(address): Segment<String>| preview(&address, fee).to_string()),
        )
        .route(
            "/api/v1/transactions",
            post(async || {
                let error = json!({ "error": { "code": "pool_full", "message": "no room" } });
                (StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }),
        )
}

/// Sends 1 ETM; exit code, what is printed, and what is said beside it.
fn send(node: &Served, home: &Path, further: &[&str]) -> (i32, Value, String) {
    let all = ["send", TO, "1", "--json", "--key", "alice"];
    let output = wallet(home, &[&all, further].concat())
        .env("ETM_NODE", format!("http://{}", node.address))
        .current_dir(home)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let printed = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap(), printed, err(&output))
}

fn home_with_key() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    make_key(home.path(), "alice");
    home
}

fn codes(preview: &Value) -> Vec<&str> {
    let warnings = preview["warnings"].as_array().unwrap().iter();
    warnings
        .map(|warning| warning["code"].as_str().unwrap())
        .collect()
}

/// Whoever only looks, agrees to nothing: a chain of the node's own making would be called the right one from then on.
#[test]
fn a_dry_run_pins_no_chain_and_a_signature_does() {
    let home = home_with_key();
    let home = home.path();
    let rounds = Arc::new(Rounds::new("own"));
    let node = Served::new(node(&rounds, |_| ()));
    for _ in 0..2 {
        let (code, printed, said) = send(&node, home, &["--dry-run"]);
        assert_eq!(code, 0, "{said}");
        let preview = &printed;
        assert_eq!(codes(preview), ["first_use"], "{preview}");
        assert_eq!(preview["terms_proved"], true);
        let said = preview["warnings"][0]["message"].as_str().unwrap();
        assert!(said.contains(&rounds.id()), "{said}");
    }
    let (code, report, said) = node.run(home, &["3"]);
    assert_eq!(
        (code, words(&report)),
        (0, ("asked", "consistent")),
        "{said}"
    );

    let home = home_with_key();
    let home = home.path();
    // A signature that was not made is none.
    write_private(home.join("wrong"), "another passphrase");
    let (_, _, said) = send(&node, home, &["--yes", "--passphrase-file", "wrong"]);
    assert!(said.contains("passphrase"), "{said}");
    let (_, printed, _) = send(&node, home, &["--dry-run"]);
    assert_eq!(codes(&printed), ["first_use"], "{printed}");
    let signing = ["--yes", "--passphrase-file", "pass"];
    let (_, _, said) = send(&node, home, &signing);
    assert!(said.contains("no room"), "{said}");
    let (code, printed, said) = send(&node, home, &["--dry-run"]);
    assert_eq!(code, 0, "{said}");
    assert!(codes(&printed).is_empty(), "{printed}");
    let (code, report, _) = node.run(home, &["3"]);
    assert_eq!((code, words(&report)), (0, ("pinned", "ok")));
    // Named, it is nobody's first word.
    let home = home_with_key();
    let (_, printed, _) = send(&node, home.path(), &["--dry-run", "--chain", &rounds.id()]);
    assert!(codes(&printed).is_empty(), "{printed}");
}

/// A supply told too high would let a node show balances that nobody can have.
#[test]
fn a_supply_that_is_not_that_of_genesis_is_refused() {
    let home = home_with_key();
    let rounds = Arc::new(Rounds::new("own"));
    let node = Served::new(node(&rounds, |told| {
        told["genesis_supply"] = "9000000000000000000".into();
    }));
    let (code, _, said) = send(&node, home.path(), &["--dry-run"]);
    assert_eq!(code, 1);
    assert!(
        said.contains("genesis_supply is 9000000000000000000"),
        "{said}"
    );
}

/// A chain id that follows from no genesis may be that of no chain.
#[test]
fn a_node_that_gives_no_genesis_is_held_to_nothing() {
    let home = home_with_key();
    let home = home.path();
    let rounds = Arc::new(Rounds::new("own"));
    let honest = node(&rounds, |_| ());
    let gives_none = Router::new()
        .route("/api/v1/genesis", get(async || StatusCode::NOT_FOUND))
        .fallback_service(honest);
    let node = Served::new(gives_none);
    let signing = ["--yes", "--anyway", "--passphrase-file", "pass"];
    let (_, _, said) = send(&node, home, &signing);
    assert!(said.contains("no room"), "{said}");
    assert!(!home.join(".local/share/etm/chains/pins.toml").exists());
    let (_, printed, _) = send(&node, home, &["--dry-run"]);
    assert_eq!(codes(&printed), ["terms_not_proved"], "{printed}");
}
