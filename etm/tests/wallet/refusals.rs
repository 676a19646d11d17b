//! What is refused, and nodes that go away.

use crate::{devnet::Devnet, home::Home, life::eventually};
use std::process::{Child, Output};

/// Mistakes of people: one clear line each, the right exit code, and nothing sent.
pub fn mistakes(wallet: &Home) {
    // Nobody can be asked here: one document says so, and nothing else.
    let unasked = wallet.run(&["lock", "100", "--json"]);
    assert_eq!(unasked.code, 2, "{unasked:?}");
    let said: serde_json::Value = serde_json::from_str(&unasked.err).unwrap();
    assert_eq!(said["error"]["code"], "no_terminal", "{said}");
    let alice = wallet.json(&["keys", "show", "alice"])["address"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut mistyped = alice.clone();
    mistyped.replace_range(5..6, if &alice[5..6] == "x" { "y" } else { "x" });
    let sign = ["--yes", "--passphrase-file", "pass"];
    let wrong = ["--yes", "--passphrase-file", "wrong"];
    let no_chain = "00".repeat(32);
    wallet.write("wrong", "not the passphrase");
    let cases: Vec<(Vec<&str>, i32, &str)> = vec![
        (
            [&["send", &mistyped, "1"][..], &sign].concat(),
            2,
            "checksum",
        ),
        (
            [&["send", &alice, "1.000000001"][..], &sign].concat(),
            2,
            "9 decimals",
        ),
        (
            [&["send", &alice, "400000000"][..], &sign].concat(),
            1,
            "more than the balance",
        ),
        (
            [&["send", &alice, "1"][..], &wrong].concat(),
            1,
            "wrong passphrase or damaged file",
        ),
        (
            [&["vote", "ambre"][..], &sign].concat(),
            2,
            "did you mean \"amber\"?",
        ),
        (
            [&["unlock", "5000"][..], &sign].concat(),
            1,
            "the position holds",
        ),
        (
            [&["lock", "1", "--fee", "0.01"][..], &sign].concat(),
            2,
            "no fee below",
        ),
        (
            [&["send", &alice, "1", "--chain", &no_chain][..], &sign].concat(),
            1,
            "not 0000",
        ),
        (vec!["send", &alice, "1"], 2, "--yes"),
        (vec!["miner", "show", "ambre"], 2, "did you mean \"amber\"?"),
        (vec!["round", "999999"], 1, "999999"),
        (
            [&["send", &alice, "1", "--expires-at", "1"][..], &sign].concat(),
            2,
            "--expires-at 1 is over",
        ),
        (
            vec!["faucet", "voter", "--amount", "100000.00000001"],
            1,
            "the faucet gives 0.00000001 to 100000 ETM",
        ),
        (vec!["watch", "voter", "--json"], 2, "etm history ACCOUNT"),
        (vec!["devnet", "--json"], 2, "etm watch --json"),
        (vec!["--json"], 2, "etm watch --json"),
        (vec!["devnet", "--quiet"], 2, "--quiet"),
        (vec!["balanse"], 2, "balance"),
    ];
    let before = wallet.json(&["balance", "voter"]);
    for (arguments, code, text) in cases {
        let refused = wallet.run(&arguments);
        assert_eq!(refused.code, code, "{arguments:?}: {refused:?}");
        assert!(refused.err.contains(text), "{arguments:?}: {refused:?}");
        assert!(!refused.err.contains("not the passphrase"));
    }
    assert_eq!(
        wallet.json(&["balance", "voter"])["nonce"],
        before["nonce"],
        "nothing was sent"
    );
}

/// A transfer that leaves a gap of one nonce, so that it stays pending, and is waited for. Answers the nonce that is missing.
fn held(wallet: &Home, alice: &str, patience: &str) -> (Child, u64) {
    let missing = wallet.json(&["balance", "voter"])["next_nonce"]
        .as_u64()
        .unwrap();
    let nonce = (missing + 1).to_string();
    let waiting = wallet.start(&[
        "send",
        alice,
        "1",
        "--nonce",
        &nonce,
        "--wait",
        "--wait-timeout",
        patience,
        "--timeout",
        "5",
        "--yes",
        "--json",
        "--passphrase-file",
        "pass",
    ]);
    eventually("the transaction is pending", || {
        let account = wallet.json(&["balance", "voter"]);
        account["pending_transactions"]
            .as_array()
            .is_some_and(|pending| !pending.is_empty())
    });
    (waiting, missing)
}

fn text(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

/// The node is restarted while a transaction is waited for, and has forgotten it: the wallet sends it again. Then the node goes away for
/// good: the wallet gives up in time, with the hash.
pub fn a_node_that_goes_away(wallet: &Home, mut devnet: Devnet) {
    let alice = wallet.address("alice");
    let (waiting, missing) = held(wallet, &alice, "240");
    devnet.restart();
    let fills = [
        "send",
        &alice,
        "1",
        "--nonce",
        &missing.to_string(),
        "--wait",
    ];
    let filled = wallet.signed(&fills);
    assert_eq!(filled["status"], "finalized");
    let ended = waiting.wait_with_output().unwrap();
    let (out, err) = text(&ended);
    assert_eq!(ended.status.code(), Some(0), "{out}{err}");
    assert!(out.contains("\"finalized\""), "{out}");

    let (waiting, _) = held(wallet, &alice, "12");
    devnet.kill();
    let ended = waiting.wait_with_output().unwrap();
    let (out, err) = text(&ended);
    assert_eq!(ended.status.code(), Some(4), "{out}{err}");
    let failure: serde_json::Value = serde_json::from_str(&err).unwrap();
    assert_eq!(failure["error"]["code"], "timed_out");
    let told = failure["error"].to_string();
    assert!(
        told.contains("is not final after 12 s") && told.contains("etm tx "),
        "{told}"
    );
    let gone = wallet.run(&["status", "--timeout", "2"]);
    assert_eq!(gone.code, 3, "{gone:?}");
    assert_eq!(gone.err.lines().count(), 1, "{gone:?}");
}
