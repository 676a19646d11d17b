//! Nodes that are not as they should be: behind, silent, of another chain, with a wrong clock, or none at all.

use crate::support::{assert_shape, err, out, wallet, write_private};
use axum::{
    Router,
    http::StatusCode,
    routing::{get, post},
};
use serde_json::{Value, json};
use std::{
    path::Path,
    process::Output,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

pub const ADDRESS: &str = "AFk29RFUnBUgzVuWHhiwckwHqqC6jQcG2c";

fn chain() -> String {
    "11".repeat(32)
}

fn now_ms() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(elapsed.as_millis()).unwrap()
}

/// The status of a node that keeps up.
pub fn status() -> Value {
    let now = now_ms();
    let miner = json!({ "id": 0, "name": "alpha" });
    json!({
        "chain": { "id": chain(), "name": "testing", "devnet": false, "genesis_timestamp_ms": 0 },
        "node": { "version": "0.1.0", "api_version": 1, "node_key": null, "miner": null, "started_ms": now },
        "tip": { "height": 900, "hash": "22".repeat(32), "round": 8, "slot": 3, "timestamp_ms": now, "producer": miner },
        "progress": {
            "round": 8, "first_height": 808, "last_height": 908, "blocks_done": 93, "blocks_total": 101, "slot": 94,
            "producer": miner, "upcoming": [], "missed": 0, "ends_ms": now + 24_000, "committee": [miner],
            "announced": [miner], "next_day_ms": now
        },
        "finality": { "last_ms": 300, "mean_ms": 300, "max_ms": 300, "blocks": 10, "block_interval_ms": 3000 },
        "sync": { "state": "synced", "best_height": 900, "tip_age_ms": 100, "now_ms": now, "history_lag": 0, "warnings": [] },
        "peers": 3,
        "pending_transactions": 0
    })
}

/// Runs a command against a node that answers as `router` does.
fn run_with(router: Router, home: &Path, arguments: &[&str]) -> Output {
    with_node(router, |url| {
        wallet(home, arguments)
            .env("ETM_NODE", url)
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap()
    })
}

/// What is seen of a node that answers as `router` does.
fn with_node<T>(router: Router, look: impl FnOnce(String) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        axum::serve(listener, router).await
    });
    look(url)
}

fn answering(path: &str, answer: Value) -> Router {
    Router::new().route(path, get(move || async move { answer.to_string() }))
}

fn with_status(status: Value) -> Router {
    answering("/api/v1/status", status)
}

pub fn seen(router: Router, arguments: &[&str]) -> (i32, String, String) {
    let home = tempfile::tempdir().unwrap();
    let output = run_with(router, home.path(), arguments);
    let code = output.status.code().unwrap();
    (code, out(&output), err(&output))
}

/// What a looking command says beside its result, if the node's status is `status`.
fn warning(status: Value, arguments: &[&str]) -> (i32, String) {
    let supply = StatusCode::NOT_FOUND;
    let body = json!({ "error": { "code": "not_found", "message": "there is no such block" } });
    let router = with_status(status).route(
        "/api/v1/blocks/{block}",
        get(move || async move { (supply, body.to_string()) }),
    );
    let (code, _, message) = seen(router, arguments);
    (code, message)
}

#[test]
fn a_node_that_is_behind_is_said_to_be_and_asked_all_the_same() {
    let mut behind = status();
    behind["sync"]["state"] = "behind".into();
    behind["sync"]["best_height"] = 990.into();
    let (code, message) = warning(behind.clone(), &["block", "5"]);
    assert_eq!(
        (code, message.as_str()),
        (
            1,
            "etm: warning: the node is 90 blocks behind (at 900, heard of 990): what it says is old\n\
             etm: the node says: there is no such block\n"
        )
    );
    // Nothing but the result and the failure.
    let (_, quiet) = warning(behind.clone(), &["block", "5", "--quiet"]);
    assert_eq!(quiet, "etm: the node says: there is no such block\n");
    let (code, shown, _) = seen(with_status(behind), &["status"]);
    assert!(
        code == 0 && shown.contains("90 blocks behind"),
        "{code}: {shown}"
    );

    let mut stalled = status();
    stalled["sync"]["state"] = "stalled".into();
    stalled["sync"]["tip_age_ms"] = 61_000.into();
    let (_, message) = warning(stalled, &["block", "5"]);
    assert!(message.contains("no block for 61 s"), "{message}");
}

#[test]
fn clocks_that_differ_are_told_of() {
    for (shift, devnet, said) in [
        (600_000i64, false, "10 min 0 s ahead of this machine's"),
        (-600_000, false, "behind this machine's"),
        (-600_000, true, "behind this machine's"),
        // Time travel is no fault of any clock.
        (600_000, true, ""),
        (20_000, false, ""),
    ] {
        let mut skewed = status();
        let now = now_ms().checked_add_signed(shift).unwrap();
        skewed["sync"]["now_ms"] = now.into();
        skewed["chain"]["devnet"] = devnet.into();
        let (_, message) = warning(skewed, &["block", "5"]);
        assert_eq!(message.contains("clock"), !said.is_empty(), "{message}");
        // A test that takes its time may see 10 min 1 s.
        let said = said.trim_start_matches("10 min 0 s ");
        assert!(message.contains(said), "{message}");
    }
}

#[test]
fn a_node_of_another_chain_is_refused_by_every_command() {
    let other = "ab".repeat(32);
    for arguments in [
        &["status"][..],
        &["block", "5"],
        &["supply"],
        &["balance", ADDRESS],
        &["miner", "list"],
        &["round"],
        &["verify-round"],
        &["watch", "--json"],
    ] {
        let arguments = [arguments, &["--chain", &other]].concat();
        let (code, shown, message) = seen(with_status(status()), &arguments);
        assert_eq!(code, 1, "{arguments:?}: {message}");
        assert!(
            message.contains(&format!(
                "the node follows chain {} (testing), not {other}",
                chain()
            )),
            "{arguments:?}: {message}"
        );
        assert!(shown.is_empty(), "{shown}");
    }
}

#[test]
fn what_is_no_node_is_called_that() {
    let page = || Router::new().fallback(|| async { "<html>hello</html>" });
    let strange = || with_status(json!({ "chain": "what?" }));
    let failing =
        || Router::new().fallback(|| async { (StatusCode::INTERNAL_SERVER_ERROR, "out of order") });
    let slow = || {
        Router::new().fallback(|| async {
            tokio::time::sleep(Duration::from_secs(60)).await;
        })
    };
    let cases: [(&dyn Fn() -> Router, &str); 4] = [
        (&page, "not as an En-Tan-Mo node"),
        (&strange, "not as an En-Tan-Mo node"),
        (&failing, "HTTP status 500"),
        (&slow, "did not answer in time"),
    ];
    for (router, text) in cases {
        let (code, shown, message) = seen(router(), &["status", "--timeout", "1"]);
        assert_eq!((code, shown.as_str()), (3, ""), "{message}");
        assert!(
            message.contains(text) && message.lines().count() == 1,
            "{message}"
        );
        let (code, _, message) = seen(router(), &["status", "--timeout", "1", "--json"]);
        assert_eq!(code, 3);
        assert_shape("error", &serde_json::from_str(&message).unwrap());
    }
}

/// A server of something else, by its first byte.
#[test]
fn a_server_of_something_else_is_not_asked_whether_it_runs() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 1024];
            let _ = std::io::Read::read(&mut stream, &mut request);
            let _ = std::io::Write::write_all(&mut stream, b"220 mail.example ESMTP\r\n");
        }
    });
    let home = tempfile::tempdir().unwrap();
    let asked = crate::support::run(home.path(), &["status", "--node", &url]);
    assert_eq!(asked.status.code(), Some(3));
    let told = err(&asked);
    assert!(told.contains("not as an En-Tan-Mo node"), "{told}");
    assert!(told.contains("no HTTP"), "{told}");
    assert!(!told.contains("is it running"), "{told}");
}

/// A stream that is none at once, and one that goes bad: nobody waits for events without a word.
#[test]
fn events_that_are_none_are_told_of() {
    let page = with_status(status()).route("/api/v1/events", get(|| async { "<html>" }));
    let (code, shown, message) = seen(page, &["watch", "--json"]);
    assert_eq!((code, shown.as_str()), (3, ""), "{message}");
    assert!(message.contains("no stream of events"), "{message}");

    let bad = with_status(status()).route(
        "/api/v1/events",
        get(|| async {
            let kind = [("content-type", "text/event-stream")];
            (
                kind,
                "data: {\"kind\":\"of the future\"}\n\ndata: rubbish\n\n",
            )
        }),
    );
    let home = tempfile::tempdir().unwrap();
    let line = with_node(bad, |url| {
        let mut watching = wallet(home.path(), &["watch", "--json"])
            .env("ETM_NODE", url)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let told = watching.stderr.take().unwrap();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(told), &mut line).unwrap();
        let _ = watching.kill();
        let _ = watching.wait();
        line
    });
    assert!(
        line.contains("an event: ") && line.ends_with("; trying again\n"),
        "{line}"
    );
}

#[test]
fn what_strangers_write_does_not_move_the_cursor() {
    let mut painted = status();
    painted["chain"]["name"] = "\u{1b}[2J\u{202e}net".into();
    let (code, shown, _) = seen(with_status(painted), &["status"]);
    assert_eq!(code, 0);
    assert!(shown.starts_with("?[2J?net at height 900"), "{shown}");
}

/// A transaction that expires after block 999, signed into a file, and its hash.
fn signed(home: &Path) -> (String, String) {
    let path = |name: &str| home.join(name).to_str().unwrap().to_owned();
    let (pass, seed, file) = (path("pass"), path("seed"), path("tx.json"));
    write_private(&pass, "correct horse battery staple");
    write_private(&seed, &"42".repeat(32));
    let import = [
        "keys",
        "import",
        "cold",
        "--seed",
        "--secret-file",
        &seed,
        "--passphrase-file",
        &pass,
    ];
    let sign = [
        "send",
        ADDRESS,
        "1",
        "--offline",
        "--chain",
        &chain(),
        "--nonce",
        "0",
        "--fee",
        "0.1",
        "--expires-at",
        "999",
        "--out",
        &file,
        "--yes",
        "--passphrase-file",
        &pass,
        "--json",
    ];
    let imported = crate::support::run(home, &import);
    assert_eq!(imported.status.code(), Some(0), "{}", err(&imported));
    let signed = crate::support::run(home, &sign);
    let signed: Value = serde_json::from_slice(&signed.stdout).unwrap();
    (file, signed["hash"].as_str().unwrap().to_owned())
}

/// A node may take a transaction and say that it can't be in any block: whoever believed it would sign another one, and pay twice.
#[test]
fn a_transaction_that_a_node_refuses_is_named_all_the_same() {
    let home = tempfile::tempdir().unwrap();
    let (file, hash) = signed(home.path());
    let refusing = |code: &'static str| {
        let body = json!({ "error": { "code": code, "message": "no" } }).to_string();
        let post = post(move || async move { (StatusCode::BAD_REQUEST, body) });
        with_status(status()).route("/api/v1/transactions", post)
    };
    for code in [
        "nonce_too_low",
        "expired",
        "insufficient_balance",
        "pool_full",
    ] {
        let broadcast = ["tx", "broadcast", &file];
        let refused = run_with(refusing(code), home.path(), &broadcast);
        assert_eq!(refused.status.code(), Some(1), "{}", err(&refused));
        let told = err(&refused);
        for part in [
            format!("transaction {hash} is signed"),
            "after block 999".to_owned(),
            format!("`etm tx {hash}`, of another node"),
            "sign nothing in its place before that".to_owned(),
        ] {
            assert!(told.contains(&part), "{code}: {told}");
        }
        let refused = run_with(
            refusing(code),
            home.path(),
            &["tx", "broadcast", &file, "--json"],
        );
        let told: Value = serde_json::from_slice(&refused.stderr).unwrap();
        assert_shape("error", &told);
        assert_eq!(told["error"]["code"], code);
        let sent = json!([{ "hash": hash, "expires_at": 999 }]);
        assert_eq!(told["error"]["transactions"], sent);
    }
    // Whoever asks for it hears whose word it is that there is none.
    let body = json!({ "error": { "code": "not_found", "message": "no such transaction" } });
    let unknown = with_status(status()).route(
        "/api/v1/transactions/{hash}",
        get(move || async move { (StatusCode::NOT_FOUND, body.to_string()) }),
    );
    let (code, _, told) = seen(unknown, &["tx", &hash]);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("that is this node's word"), "{told}");
}

/// The node takes the transaction, or not, and falls silent: nobody knows, and the wallet says so with the hash.
#[test]
fn a_transaction_whose_answer_is_lost_is_named() {
    let home = tempfile::tempdir().unwrap();
    let (file, hash) = signed(home.path());
    let silent = with_status(status()).route(
        "/api/v1/transactions",
        post(|| async { tokio::time::sleep(Duration::from_secs(60)).await }),
    );
    let lost = run_with(
        silent,
        home.path(),
        &["tx", "broadcast", &file, "--timeout", "1"],
    );
    assert_eq!(lost.status.code(), Some(3), "{}", err(&lost));
    assert!(
        err(&lost).contains(&format!(
            "it is not known whether transaction {hash} arrived"
        )),
        "{}",
        err(&lost)
    );

    // A node that calls it something else is not believed.
    let liar = with_status(status()).route(
        "/api/v1/transactions",
        post(|| async {
            json!({ "hash": "00".repeat(32), "status": "pending", "height": null, "block_hash": null, "outcome": null })
                .to_string()
        }),
    );
    let lied = run_with(liar, home.path(), &["tx", "broadcast", &file]);
    assert_eq!(lied.status.code(), Some(3), "{}", err(&lied));

    // One of another chain never sees it.
    let mut other = status();
    other["chain"]["id"] = "ab".repeat(32).into();
    let refused = run_with(with_status(other), home.path(), &["tx", "broadcast", &file]);
    assert_eq!(refused.status.code(), Some(1), "{}", err(&refused));
    assert!(
        err(&refused).contains("the transaction is for chain"),
        "{}",
        err(&refused)
    );
}

/// One that gives the same page again and again.
#[test]
fn a_list_whose_pages_do_not_follow_each_other_is_none() {
    let row = |height: u64| {
        json!({
            "hash": "33".repeat(32), "status": "finalized", "height": height, "index": 0, "timestamp_ms": 1, "sender": ADDRESS,
            "nonce": height, "fee": "1", "expires_at": 999, "size": 1, "payload": { "kind": "withdraw" }, "outcome": null
        })
    };
    let page = json!({ "total": 9, "transactions": [row(8), row(7)], "next": 7 });
    let router = with_status(status()).route(
        "/api/v1/accounts/{address}/transactions",
        get(move || async move { page.to_string() }),
    );
    let (code, shown, message) = seen(router, &["history", ADDRESS]);
    assert_eq!((code, shown.as_str()), (3, ""), "{message}");
    assert!(message.contains("that it told of before"), "{message}");
}
