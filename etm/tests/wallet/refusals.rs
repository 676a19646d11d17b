//! What is refused, and nodes that go away.

use crate::{devnet::Devnet, home::Home};
use std::{
    io::{BufRead, BufReader, Read},
    process::Child,
};

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
            "the node says: amount: the faucet gives 0.00000001 to 100000 ETM",
        ),
        (vec!["watch", "voter", "--json"], 2, "etm history ACCOUNT"),
        (vec!["devnet", "--json"], 2, "etm watch --json"),
        (vec!["--json"], 2, "etm watch --json"),
        (vec!["devnet", "--quiet"], 2, "--quiet"),
        (vec!["balanse"], 2, "balance"),
        (
            vec!["lock", "-5"],
            2,
            "etm: -5: there is no negative amount",
        ),
        (vec!["send", &alice, "-1,000.5"], 2, "etm: -1,000.5: there"),
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

/// A transfer that leaves a gap of one nonce, so that it stays pending, and is waited for. Answers what else is said, and the nonce that
/// is missing.
fn held(wallet: &Home, alice: &str, patience: &str) -> (Child, impl Read, u64) {
    let missing = wallet.json(&["balance", "voter"])["next_nonce"]
        .as_u64()
        .unwrap();
    let nonce = (missing + 1).to_string();
    let mut waiting = wallet.start(&[
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
        "--anyway",
        "--passphrase-file",
        "pass",
    ]);
    let mut said = BufReader::new(waiting.stderr.take().unwrap());
    // From here on the node has taken it, and has said so.
    let mut told = String::new();
    while !told.contains("waiting until it is final") {
        assert_ne!(said.read_line(&mut told).unwrap(), 0, "{told}");
    }
    (waiting, said, missing)
}

fn ended(waiting: Child, mut said: impl Read) -> (Option<i32>, String, String) {
    let mut err = String::new();
    said.read_to_string(&mut err).unwrap();
    let ended = waiting.wait_with_output().unwrap();
    (
        ended.status.code(),
        String::from_utf8(ended.stdout).unwrap(),
        err,
    )
}

/// The node is restarted while a transaction is waited for, and has forgotten it: the wallet sends it again. Then the node goes away for
/// good: the wallet gives up in time, with the hash.
pub fn a_node_that_goes_away(wallet: &Home, mut devnet: Devnet) {
    let alice = wallet.address("alice");
    let (waiting, said, missing) = held(wallet, &alice, "240");
    devnet.restart();
    let fills = [
        "send",
        &alice,
        "1",
        "--nonce",
        &missing.to_string(),
        "--wait",
        "--anyway",
    ];
    let filled = wallet.signed(&fills);
    assert_eq!(filled["status"], "finalized");
    let (code, out, err) = ended(waiting, said);
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("final at height"), "{out}");

    // What can't be in a block yet is waited for no longer than was said, in JSON, too.
    let later = (missing + 4).to_string();
    let gap = [
        "send",
        &alice,
        "1",
        "--nonce",
        &later,
        "--wait",
        "--wait-timeout",
        "1",
        "--anyway",
    ];
    let end = ["--yes", "--passphrase-file", "pass", "--json"];
    let over = wallet.run(&[&gap[..], &end].concat());
    assert_eq!(over.code, 4, "{over:?}");
    let failure: serde_json::Value = serde_json::from_str(&over.err).unwrap();
    assert_eq!(failure["error"]["code"], "timed_out", "{over:?}");

    let (waiting, said, _) = held(wallet, &alice, "12");
    devnet.kill();
    let (code, out, err) = ended(waiting, said);
    assert_eq!(code, Some(4), "{out}{err}");
    assert!(
        err.contains("is not final after 12 s") && err.contains("etm tx "),
        "{err}"
    );
    let gone = wallet.run(&["status", "--timeout", "2"]);
    assert_eq!(gone.code, 3, "{gone:?}");
    assert_eq!(gone.err.lines().count(), 1, "{gone:?}");
}
