//! Whatever comes in: a stable code, 4xx, nothing changed.

use etm_types::api::transaction::{SubmitResponse, TransactionStatus};
use etm_types::codec::to_bytes;
use etm_types::{ChainId, Height, Payload, Units};

use crate::support::{Server, submission};
use etm_history::testing::{account, account_key};

const ADDRESS: &str = "A2wvYa1o5Jbm1DKXgPuTsBzbwT4Ry8p9hK";

/// What must not change when input is refused.
fn fingerprint(server: &Server) -> (u64, String, String, String) {
    let state = server.chain(|chain| (chain.height(), format!("{:?}", chain.state)));
    (
        state.0.0,
        state.1,
        server.get("/api/v1/mempool").body,
        server.get("/api/v1/rounds").body,
    )
}

#[test]
fn every_get_route_refuses_what_it_does_not_know() {
    let server = Server::new(true);
    server.pass(9);
    let own = account(6).to_string();
    let hash = "00".repeat(32);
    let routes = [
        "status",
        "parameters",
        "genesis",
        "supply",
        "mempool",
        "peers",
    ];
    for route in routes {
        assert_eq!(
            server
                .request("POST", &format!("/api/v1/{route}"), "", b"")
                .code(),
            "method_not_allowed"
        );
    }
    let with_query = [
        "supply/history?points=3".to_owned(),
        format!("accounts/{own}/bonus?limit=3"),
        format!("accounts/{own}/timeline?limit=3"),
        format!("accounts/{own}/transactions?limit=3"),
        format!("accounts/{own}/preview?request=vote&miner=1"),
        "miners?sort=votes&order=asc&tab=all&limit=2".to_owned(),
        "miners/0?time_gain=3".to_owned(),
        "miners/miner1/history?limit=2".to_owned(),
        "rounds?limit=2".to_owned(),
        "certificates?from_round=0&limit=2".to_owned(),
        "boundaries?from_round=0&limit=2".to_owned(),
        "blocks?limit=2".to_owned(),
        "search?q=miner".to_owned(),
    ];
    for path in with_query {
        let answer = server.get(&format!("/api/v1/{path}"));
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        let answer = server.get(&format!("/api/v1/{path}&nonsense=1"));
        assert_eq!(answer.code(), "invalid_query", "{path}");
    }
    for (path, code) in [
        ("nothing", "route_not_found"),
        ("accounts", "route_not_found"),
        ("accounts/B123", "invalid_address"),
        (ADDRESS, "route_not_found"),
        ("accounts/A1/bonus", "invalid_address"),
        ("accounts/A1/timeline", "invalid_address"),
        ("accounts/A1/transactions", "invalid_address"),
        ("accounts/A1/preview?request=resign", "invalid_address"),
        ("proofs/account/A1", "invalid_address"),
        ("proofs/position/A1", "invalid_address"),
        ("proofs/round/x", "invalid_path"),
        ("proofs/round/99", "not_found"),
        ("miners/99", "not_found"),
        ("miners/nobody", "not_found"),
        ("miners/nobody/history", "not_found"),
        ("miners?limit=0", "invalid_query"),
        ("miners?limit=5001", "invalid_query"),
        ("miners?time_gain=33", "invalid_query"),
        ("miners?amount=1.5", "invalid_query"),
        ("miners?ids=1,x", "invalid_query"),
        ("miners?sort=best", "invalid_query"),
        ("miners?account=A1", "invalid_address"),
        ("rounds/next", "invalid_path"),
        ("rounds/-1", "invalid_path"),
        ("rounds/18446744073709551615", "not_found"),
        ("rounds/18446744073709551616", "invalid_path"),
        ("rounds/99/receipt", "not_found"),
        ("rounds/current/receipt", "not_found"),
        ("rounds/99/certificate", "not_found"),
        ("certificates?from_round=99", "invalid_query"),
        ("certificates?limit=51", "invalid_query"),
        ("rounds/99/evidence", "not_found"),
        ("rounds/current/evidence", "not_found"),
        ("rounds/x/evidence", "invalid_path"),
        ("boundaries?from_round=99", "invalid_query"),
        ("boundaries?limit=1001", "invalid_query"),
        ("boundaries?limit=0", "invalid_query"),
        ("blocks/99", "not_found"),
        ("blocks/x", "invalid_path"),
        ("blocks/99/receipts", "not_found"),
        ("blocks/99/certificate", "not_found"),
        ("transactions/xyz", "invalid_path"),
        ("search?q=", "invalid_query"),
        ("search", "invalid_query"),
        ("events?kinds=gossip", "invalid_query"),
        ("supply/history?points=501", "invalid_query"),
    ] {
        assert_eq!(
            server.get(&format!("/api/v1/{path}")).code(),
            code,
            "{path}"
        );
    }
    for kind in ["blocks", "transactions"] {
        assert_eq!(
            server.get(&format!("/api/v1/{kind}/{hash}")).code(),
            "not_found"
        );
        let upper = "AB".repeat(32);
        assert_eq!(
            server.get(&format!("/api/v1/{kind}/{upper}")).code(),
            "invalid_path"
        );
    }
    // What was asked for, and what there is.
    for (path, told) in [
        ("blocks/99", "no final block 99: the newest is 9".to_owned()),
        (
            "blocks/0",
            "no block 0: that is genesis, which GET /api/v1/genesis gives".to_owned(),
        ),
        (
            &format!("blocks/{hash}"),
            format!("no final block with the hash {hash}"),
        ),
        (
            &format!("transactions/{hash}"),
            format!("no transaction with the hash {hash} is final or in this node's pool"),
        ),
        ("miners/99", "there is no miner 99".to_owned()),
    ] {
        let answer = server.get(&format!("/api/v1/{path}"));
        assert_eq!(answer.json()["error"]["message"], told, "{path}");
    }
    let running = server.get("/api/v1/status").json()["progress"]["round"].clone();
    let running = running.as_u64().unwrap();
    let newest = format!(
        "the newest finished one is {}, {running} is running",
        running - 1
    );
    for (path, told) in [
        (
            "rounds/99",
            format!("no round 99: {newest}, and {} is announced", running + 1),
        ),
        (
            "rounds/99/receipt",
            format!("no receipt of round 99: {newest}"),
        ),
        (
            "rounds/99/certificate",
            format!("no certificate of round 99: {newest}"),
        ),
        (
            "rounds/99/evidence",
            format!("no evidence of round 99: {newest}"),
        ),
    ] {
        let answer = server.get(&format!("/api/v1/{path}"));
        assert_eq!(answer.json()["error"]["message"], told, "{path}");
    }
    let preview = |query: &str| server.get(&format!("/api/v1/accounts/{own}/preview?{query}"));
    for query in [
        "",
        "request=lock",
        "request=vote",
        "request=withdraw&amount=1",
        "request=unlock&amount=1&miner=1",
        "request=x",
    ] {
        assert_eq!(preview(query).code(), "invalid_query", "{query}");
    }
    let (node, bls) = ("ab".repeat(32), "ab".repeat(96));
    for query in [
        format!("request=register&node_key={node}"),
        format!("request=update&bls_key={bls}"),
        format!("request=update&node_key={node}&bls_key=abab"),
        format!("request=update&node_key=abab&bls_key={bls}"),
        format!("request=resign&node_key={node}&bls_key={bls}"),
    ] {
        assert_eq!(preview(&query).code(), "invalid_query", "{query}");
    }
    assert_eq!(preview("request=vote&miner=nobody").code(), "not_found");
    for path in [
        "/nothing.js",
        "/docs/other.js",
        "/api",
        "/api/v2/status",
        "/openapi.json/x.css",
        // A probe of a mistyped path fails; the page's own routes stand behind a `#`.
        "/health",
        "/readyz/",
        "/metricz",
        "/miners/1",
    ] {
        assert_eq!(server.get(path).code(), "route_not_found", "{path}");
    }
}

#[test]
fn bodies_are_checked_before_anything_else() {
    let server = Server::new(true);
    server.pass(2);
    let before = fingerprint(&server);
    let route = "/api/v1/transactions";
    for (body, code) in [
        ("", "invalid_body"),
        ("{", "invalid_body"),
        ("[]", "invalid_body"),
        ("null", "invalid_body"),
        ("{}", "invalid_body"),
        (r#"{"transaction":1}"#, "invalid_body"),
        (r#"{"transaction":"0G"}"#, "invalid_body"),
        (r#"{"transaction":"AB"}"#, "invalid_body"),
        (r#"{"transaction":"00","secret":"s"}"#, "invalid_body"),
        (r#"{"transaction":"00","transaction":"00"}"#, "invalid_body"),
        (r#"{"transaction":""}"#, "malformed_transaction"),
        (r#"{"transaction":"00"}"#, "malformed_transaction"),
        (r#"{"transaction":"01ff"}"#, "malformed_transaction"),
    ] {
        assert_eq!(server.post(route, body).code(), code, "{body}");
    }
    let long = format!(r#"{{"transaction":"{}"}}"#, "01".repeat(1_025));
    assert_eq!(server.post(route, &long).code(), "malformed_transaction");
    let json = "content-type: application/json\r\n";
    assert_eq!(
        server
            .request("POST", route, json, &vec![b' '; 10 << 20])
            .code(),
        "body_too_large"
    );
    assert_eq!(
        server
            .request("POST", route, json, &vec![b' '; 16 * 1024 + 1])
            .code(),
        "body_too_large"
    );
    assert_eq!(
        server
            .request("GET", "/api/v1/status", "", &vec![b' '; 10 << 20])
            .code(),
        "body_too_large"
    );
    assert_eq!(
        server
            .request("POST", route, "content-type: text/plain\r\n", b"{}")
            .code(),
        "unsupported_media_type"
    );
    assert_eq!(
        server.request("POST", route, "", b"{}").code(),
        "unsupported_media_type"
    );
    assert_eq!(
        server.request("POST", route, json, b"\xff\xfe").code(),
        "invalid_body"
    );
    assert_eq!(
        server.post(&format!("{route}?wait=forever"), "{}").code(),
        "invalid_query"
    );
    assert_eq!(
        server
            .post(&format!("{route}?timeout_ms=60001"), "{}")
            .code(),
        "invalid_body"
    );
    for route in ["/api/v1/devnet/faucet", "/api/v1/devnet/time-travel"] {
        for body in ["", "[]", r#"{"x":1}"#] {
            assert_eq!(
                server.post(route, body).code(),
                "invalid_body",
                "{route} {body}"
            );
        }
    }
    let own = account(6);
    for body in [
        format!(r#"{{"address":"{own}","amount":"-1"}}"#),
        format!(r#"{{"address":"{own}","amount":"0"}}"#),
        format!(r#"{{"address":"{own}","amount":"18446744073709551616"}}"#),
        format!(r#"{{"address":"{own}","amount":5}}"#),
    ] {
        assert_eq!(
            server.post("/api/v1/devnet/faucet", &body).code(),
            "invalid_body",
            "{body}"
        );
    }
    assert_eq!(
        server
            .post("/api/v1/devnet/faucet", r#"{"address":"A1"}"#)
            .code(),
        "invalid_address"
    );
    for body in [
        "{}",
        r#"{"days":1,"rounds":1}"#,
        r#"{"days":0}"#,
        r#"{"days":401}"#,
        r#"{"days":-1}"#,
        r#"{"rounds":4294967296}"#,
    ] {
        assert_eq!(
            server.post("/api/v1/devnet/time-travel", body).code(),
            "invalid_body",
            "{body}"
        );
    }
    assert_eq!(fingerprint(&server), before);
}

#[test]
fn bad_transactions_are_refused_with_their_code() {
    let server = Server::new(true);
    server.pass(2);
    let sign = |payload: Payload, change: &dyn Fn(&mut etm_types::UnsignedTransaction)| {
        let mut unsigned = server.chain(|chain| chain.sign(6, 0, payload)).unsigned;
        change(&mut unsigned);
        unsigned.sign(&account_key(6))
    };
    let lock = || Payload::Lock {
        amount: Units(5 * Units::ETM.0),
    };
    let before = fingerprint(&server);
    type Change = dyn Fn(&mut etm_types::UnsignedTransaction);
    let cases: [(&str, &Change); 7] = [
        ("wrong_chain", &|unsigned| unsigned.chain = ChainId([9; 32])),
        ("fee_too_low", &|unsigned| unsigned.fee = Units(1)),
        ("expired", &|unsigned| unsigned.expires_at = Height(2)),
        ("nonce_too_high", &|unsigned| unsigned.nonce = 1_000),
        ("nonce_too_high", &|unsigned| unsigned.nonce = u64::MAX),
        ("cannot_pay_fee", &|unsigned| unsigned.fee = Units(u64::MAX)),
        ("invalid_payload", &|unsigned| {
            unsigned.payload = Payload::Lock { amount: Units(0) }
        }),
    ];
    for (code, change) in cases {
        assert_eq!(server.submit(&sign(lock(), change)).code(), code);
    }
    let mut forged = sign(lock(), &|_| ());
    forged.signature.0[7] ^= 1;
    assert_eq!(server.submit(&forged).code(), "wrong_signature");
    let mut altered = sign(lock(), &|_| ());
    altered.unsigned.payload = Payload::Lock {
        amount: Units(6 * Units::ETM.0),
    };
    assert_eq!(server.submit(&altered).code(), "wrong_signature");
    let good = sign(lock(), &|_| ());
    let encoding = to_bytes(&good);
    for cut in [1, 40, encoding.len() - 1] {
        let body = format!(
            r#"{{"transaction":"{}"}}"#,
            etm_types::api::Bytes(encoding[..cut].to_vec())
        );
        assert_eq!(
            server.post("/api/v1/transactions", &body).code(),
            "malformed_transaction"
        );
    }
    let longer = format!(
        r#"{{"transaction":"{}00"}}"#,
        etm_types::api::Bytes(encoding)
    );
    assert_eq!(
        server.post("/api/v1/transactions", &longer).code(),
        "malformed_transaction"
    );
    assert_eq!(fingerprint(&server), before);

    assert_eq!(server.submit(&good).status, 202);
    // Sent again, it is what it was: pending, then final, for ever.
    assert_eq!(server.submit(&good).status, 202);
    let dearer = sign(lock(), &|unsigned| unsigned.fee = Units(unsigned.fee.0 + 1));
    assert_eq!(server.submit(&dearer).code(), "replacement_fee_too_low");
    server.pass(1);
    let replayed = server.submit(&good);
    let told = replayed.ok::<SubmitResponse>();
    assert_eq!(
        (replayed.status, told.status, told.height),
        (
            200,
            TransactionStatus::Finalized,
            Some(server.chain(|chain| chain.height().0))
        )
    );
    assert!(told.outcome.is_some());
    assert_eq!(
        server
            .post("/api/v1/transactions", &submission(&dearer))
            .code(),
        "nonce_too_low"
    );
}

#[test]
fn only_devnets_have_a_faucet() {
    let server = Server::new(false);
    let own = account(6);
    assert_eq!(
        server
            .post(
                "/api/v1/devnet/faucet",
                &format!(r#"{{"address":"{own}"}}"#)
            )
            .code(),
        "not_a_devnet"
    );
    assert_eq!(
        server
            .post("/api/v1/devnet/time-travel", r#"{"days":1}"#)
            .code(),
        "not_a_devnet"
    );
    assert_eq!(server.get("/api/v1/scenario/full").code(), "not_a_devnet");
}
