//! The life of a voter: make keys, get tokens, lock, vote, earn, switch, unlock, run for miner, check rounds, and be refused.

use crate::{
    checking,
    devnet::Devnet,
    elsewhere, golden,
    home::{Home, assert_api_shape, assert_shape, units},
    liar, names, refusals, terminal,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

pub const ETM: u128 = 100_000_000;

/// Asks until `wanted` holds.
pub fn eventually(what: &str, mut wanted: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !wanted() {
        assert!(begun.elapsed() < Duration::from_secs(300), "never: {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

pub fn round(wallet: &Home) -> u64 {
    let status = wallet.json(&["status"]);
    status["progress"]["round"].as_u64().unwrap()
}

fn next_round(wallet: &Home) {
    let now = round(wallet);
    eventually("the next round", || round(wallet) > now);
}

#[test]
fn a_voter_lives_on_a_devnet() {
    let devnet = Devnet::start();
    let wallet = Home::new(&devnet);
    keys_and_funds(&wallet);
    looking(&wallet);
    locking_and_voting(&wallet);
    terminal::signing(&wallet);
    terminal::watching(&wallet);
    earning(&wallet);
    switching(&wallet, &devnet);
    unlocking(&wallet);
    waiting_and_proving(&wallet);
    running_for_miner(&wallet);
    signing_offline(&wallet);
    checking::rounds(&wallet, &devnet);
    checking::votes(&wallet);
    liar::lies(&wallet, &devnet);
    liar::true_answers_to_other_questions(&wallet, &devnet);
    liar::a_slow_node(&wallet, &devnet);
    liar::a_node_that_stands_still(&wallet, &devnet);
    liar::answers_about_something_else(&wallet, &devnet);
    checking::audits(&wallet, &devnet);
    names::contacts(&wallet);
    names::nothing_to_print_on(&wallet);
    names::lock_and_vote(&wallet);
    names::vote_behind_a_waiting_lock(&wallet);
    names::an_expired_file_is_not_signed(&wallet);
    names::completions(&wallet);
    names::proxies(&wallet);
    names::without_a_home(&wallet);
    elsewhere::python(&wallet, &devnet);
    refusals::mistakes(&wallet);
    refusals::a_node_that_goes_away(&wallet, devnet);
}

fn keys_and_funds(wallet: &Home) {
    let made = wallet.json(&["keys", "new", "voter", "--passphrase-file", "pass"]);
    assert_shape("key", &made);
    wallet.write("secret", "devnet alice");
    let imported = wallet.json(&[
        "keys",
        "import",
        "alice",
        "--v1-secret",
        // "devnet alice" is none of the original network's phrases.
        "--yes",
        "--secret-file",
        "secret",
        "--passphrase-file",
        "pass",
    ]);
    assert!(
        units(&wallet.json(&["balance", "alice"])["balance"]) > 0,
        "alice of the devnet has tokens: {imported}"
    );

    let empty = wallet.json(&["balance", "voter"]);
    assert_eq!(
        (&empty["exists"], units(&empty["balance"])),
        (&false.into(), 0)
    );
    // Block 1, which is shown below, holds nothing.
    eventually("block 1 is there", || {
        wallet.json(&["status"])["tip"]["height"].as_u64() >= Some(1)
    });
    let sent = wallet.json(&["faucet", "voter", "--amount", "5000", "--wait"]);
    assert_shape("faucet", &sent);
    assert_eq!(
        units(&wallet.json(&["balance", "voter"])["balance"]),
        5000 * ETM
    );
}

/// Every looking command, in both forms: the text against golden files, JSON against the API's own document.
fn looking(wallet: &Home) {
    next_round(wallet);
    let shapes: [(&str, &[&str]); 7] = [
        ("Status", &["status"]),
        ("Account", &["balance", "voter"]),
        ("MinerPage", &["miner", "list", "--sort", "id"]),
        ("MinerDetail", &["miner", "show", "amber"]),
        ("Round", &["round"]),
        ("Supply", &["supply"]),
        ("BonusPage", &["rewards", "voter"]),
    ];
    for (shape, arguments) in shapes {
        assert_api_shape(shape, &wallet.json(arguments));
    }
    let position = wallet.json(&["position", "voter"]);
    assert_api_shape("Account", &position["account"]);
    let block = wallet.json(&["block", "1", "--receipts"]);
    assert_api_shape("Block", &block["block"]);
    assert_api_shape("BlockReceipts", &block["receipts"]);
    for (name, arguments) in [
        ("status", &["status"][..]),
        ("balance", &["balance", "voter"]),
        ("position-none", &["position", "voter"]),
        ("rewards-none", &["rewards", "voter"]),
        ("block", &["block", "1"]),
        ("round", &["round", "announced"]),
    ] {
        golden::check(name, &wallet.text(arguments));
    }
    assert!(wallet.text(&["miner", "list"]).contains("SEAT CHANCE"));
    assert!(wallet.text(&["supply"]).contains("as the schedule says"));
}

fn locking_and_voting(wallet: &Home) {
    golden::check("preview-lock", &wallet.preview(&["lock", "1000"]));
    let dry = wallet.json(&["lock", "1,000", "--dry-run"]);
    assert_eq!(units(&dry["after"]["locked"]), 1000 * ETM);
    let history = wallet.json(&["history", "voter"]);
    assert_api_shape("TransactionPage", &history);
    assert_eq!(history["total"], 1, "a dry run sends nothing: {history}");
    let locked = wallet.signed(&["lock", "1000", "--wait"]);
    assert_shape("sent", &locked);
    assert_eq!(locked["status"], "finalized");
    assert_eq!(locked["preview"]["warnings"][0]["code"], "not_voting");
    next_round(wallet);
    let position = &wallet.json(&["position", "voter"])["account"]["position"];
    assert_eq!(
        (units(&position["locked"]), &position["miner"]),
        (1000 * ETM, &Value::Null)
    );

    golden::check("preview-vote", &wallet.preview(&["vote", "amber"]));
    let voted = wallet.signed(&["vote", "amber", "--wait"]);
    let effect = &voted["preview"]["miners"][0];
    assert_eq!(effect["miner"]["name"], "amber");
    assert!(units(&effect["votes_after"]) > units(&effect["votes_before"]));
    assert!(effect["inclusion_after_ppb"].as_u64() >= effect["inclusion_before_ppb"].as_u64());
    next_round(wallet);
    let position = &wallet.json(&["position", "voter"])["account"]["position"];
    assert_eq!(position["miner"]["name"], "amber");
    // What was promised is what came.
    let promised = voted["preview"]["after"]["locked"].clone();
    assert_eq!(position["locked"], promised);
    let hash = voted["hash"].as_str().unwrap();
    assert_api_shape("Transaction", &wallet.json(&["tx", hash]));
    eventually("the vote took effect", || {
        wallet.text(&["tx", hash]).contains("took effect")
    });
    golden::check("tx", &wallet.text(&["tx", hash]));
}

fn earning(wallet: &Home) {
    eventually("a bonus", || {
        units(&wallet.json(&["rewards", "voter"])["total_earned"]) > 0
    });
    let rewards = wallet.json(&["rewards", "voter", "--earned-only"]);
    let row = &rewards["rounds"][0];
    assert!(
        matches!(row["why"].as_str(), Some("shared" | "shared_lucky")),
        "{row}"
    );
    let text = wallet.text(&["rewards", "voter", "--earned-only"]);
    assert!(text.contains("of the pool of amber"), "{text}");
    let csv = wallet.text(&["rewards", "voter", "--csv"]);
    assert!(
        csv.starts_with("address,round,height,time_utc,earned_etm,why"),
        "{csv}"
    );
    let balance = wallet.json(&["balance", "voter"]);
    assert!(units(&balance["earned"]) > 0);
}

/// Lets days pass until there is a time gain to lose, and tries; again if the position's miner halved it away meanwhile.
fn with_a_time_gain<T>(
    wallet: &Home,
    devnet: &Devnet,
    mut attempt: impl FnMut() -> Option<T>,
) -> T {
    for _ in 0..8 {
        devnet.travel_days(32);
        eventually("a time gain", || {
            let account = &wallet.json(&["position", "voter"])["account"];
            account["position"]["time_gain"].as_u64() >= Some(8)
        });
        if let Some(done) = attempt() {
            return done;
        }
    }
    panic!("the time gain never lasts");
}

/// The previews of what costs a time gain; a switch then halves it.
fn switching(wallet: &Home, devnet: &Devnet) {
    for (name, arguments, telling) in [
        (
            "preview-switch",
            &["vote", "birch"][..],
            "switching to another miner halves t",
        ),
        ("preview-top-up", &["lock", "2000"], "locking more lowers t"),
        (
            "preview-unvote",
            &["unvote"],
            "withdrawing the vote halves t",
        ),
    ] {
        let text = with_a_time_gain(wallet, devnet, || {
            let text = wallet.preview(arguments);
            text.contains(telling).then_some(text)
        });
        golden::check(name, &text);
    }
    let mut targets = ["birch", "cedar", "dune", "ember"].into_iter().cycle();
    let (target, switched) = with_a_time_gain(wallet, devnet, || {
        let target = targets.next()?;
        let switched = wallet.signed(&["vote", target, "--wait"]);
        let gain = switched["preview"]["before"]["time_gain"].as_u64();
        next_round(wallet);
        (gain >= Some(2)).then_some((target, switched))
    });
    let preview = &switched["preview"];
    let gain = |side: &str| preview[side]["time_gain"].as_u64().unwrap();
    assert_eq!(gain("after"), gain("before") / 2);
    assert_eq!(preview["warnings"][0]["code"], "switch_halves");
    assert_eq!(preview["miners"].as_array().map(Vec::len), Some(2));

    let after = wallet.json(&["position", "voter"]);
    assert_eq!(after["account"]["position"]["miner"]["name"], target);
    let timeline = after["timeline"].as_array().unwrap();
    for entry in timeline {
        assert_api_shape("TimelineEntry", entry);
    }
    let switch = timeline
        .iter()
        .find(|entry| {
            entry["change"]["kind"] == "request"
                && entry["change"]["request"]["miner"]["name"] == target
        })
        .expect("the switch is in the timeline");
    let gain = |side: &str| switch[side]["time_gain"].as_u64().unwrap();
    assert_eq!(gain("after"), (gain("before") / 2).max(1), "{switch}");
    // Whether amber's blocks fell into rounds with a time gain to halve is chance; the cause stands beside each that did.
    let halvings: Vec<&Value> = timeline
        .iter()
        .filter(|entry| entry["change"]["kind"] == "halving")
        .collect();
    for halving in &halvings {
        let blocks = halving["change"]["blocks"].as_array().unwrap();
        assert!(!blocks.is_empty(), "{halving}");
    }
    let text = wallet.text(&["position", "voter"]);
    for part in ["next +1", "Forecast", "T EXPECTED", "days passed"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        halvings.is_empty() || text.contains("added block"),
        "{text}"
    );
}

fn unlocking(wallet: &Home) {
    golden::check("preview-unlock", &wallet.preview(&["unlock", "400"]));
    golden::check("preview-unlock-all", &wallet.preview(&["unlock", "all"]));
    let unlocked = wallet.signed(&["unlock", "400", "--wait"]);
    // Both sides are of one moment: between two commands a day may pass.
    let preview = &unlocked["preview"];
    assert_eq!(
        preview["after"]["time_gain"],
        preview["before"]["time_gain"]
    );
    next_round(wallet);
    assert_eq!(
        units(&wallet.json(&["position", "voter"])["account"]["position"]["locked"]),
        600 * ETM
    );
}

/// Transactions that wait for a nonce before them are replaced and cancelled; what became of the one that stayed is proved.
pub fn waiting_and_proving(wallet: &Home) {
    let voter = wallet.address("voter");
    let next = wallet.json(&["balance", "voter"])["next_nonce"]
        .as_u64()
        .unwrap();
    let (gap, waits) = (next.to_string(), (next + 1).to_string());
    let held = |amount: &str| wallet.signed(&["send", &voter, amount, "--nonce", &waits]);
    let first = held("1")["hash"].as_str().unwrap().to_owned();
    let sign = ["--yes", "--passphrase-file", "pass"];
    for (arguments, code, words) in [
        (&["tx", "replace", &first][..], 2, "a fee of 0.11"),
        (
            &["tx", "replace", &first, "--fee", "0.10999999"],
            2,
            "a fee of 0.11",
        ),
        (
            &["tx", "cancel", &first, "--fee", "0.2", "--nonce", "1"],
            2,
            "--nonce",
        ),
        (
            &["tx", "cancel", "abc", "--fee", "0.2"],
            2,
            "no transaction's hash",
        ),
        (&["tx", &first, "--prove"], 1, "waits for a block"),
    ] {
        let sign = if arguments.contains(&"--prove") {
            &[][..]
        } else {
            &sign[..]
        };
        let refused = wallet.run(&[arguments, sign].concat());
        assert_eq!(refused.code, code, "{arguments:?}: {refused:?}");
        assert!(refused.err.contains(words), "{arguments:?}: {refused:?}");
    }
    let dearer = wallet.signed(&["tx", "replace", &first, "--fee", "0.11", "--anyway"]);
    assert_shape("sent", &dearer);
    let second = dearer["hash"].as_str().unwrap().to_owned();
    let shown = wallet.json(&["tx", &second]);
    assert_eq!(
        (&shown["nonce"], &shown["payload"]["amount"]),
        (&(next + 1).into(), &ETM.to_string().into())
    );
    assert_eq!(wallet.run(&["tx", &first]).code, 1, "it is gone");
    // The fee of what cancels is not held against the smallest amount, which it sends.
    let nothing = wallet.signed(&["tx", "cancel", &second, "--fee", "0.2"]);
    let third = nothing["hash"].as_str().unwrap().to_owned();
    assert_eq!(wallet.json(&["tx", &third])["payload"]["amount"], "1");
    let told = wallet.preview(&["send", &voter, "2", "--nonce", &gap]);
    assert!(
        told.contains("1 transaction of this account waited for it") && told.contains(&third),
        "{told}"
    );
    wallet.signed(&["send", &voter, "2", "--nonce", &gap, "--wait"]);
    eventually("what waited is in a block", || {
        wallet.json(&["tx", &third])["status"] == "finalized"
    });
    let late = wallet.run(&[&["tx", "cancel", &third, "--fee", "0.3"][..], &sign].concat());
    assert_eq!(late.code, 1, "{late:?}");
    assert!(late.err.contains("nothing takes its place"), "{late:?}");
    next_round(wallet);
    let sent = ["send", &voter, "1", "--wait", "--prove"];
    let sent = wallet.signed(&[&sent[..], &["--wait-timeout", "120"]].concat());
    assert_shape("sent", &sent);
    assert_eq!(
        (&sent["proof"]["ok"], &sent["proof"]["read"]["accepted"]),
        (&true.into(), &true.into()),
        "{sent}"
    );
    let proved = wallet.json(&["tx", &third, "--prove"]);
    assert_shape("proved-transaction", &proved);
    let read = &proved["read"];
    assert_eq!(
        (
            &proved["ok"],
            &read["accepted"],
            &read["nonce"],
            units(&read["fee"])
        ),
        (&true.into(), &true.into(), &(next + 1).into(), ETM / 5)
    );
}

fn running_for_miner(wallet: &Home) {
    let keys = wallet.json(&["miner", "node-keys", "node.key"]);
    assert_shape("node-keys", &keys);
    let arguments = [
        "miner",
        "register",
        "arnber",
        "--dial",
        "127.0.0.1:4999",
        "--node-keys",
        "node.key",
        "--contact",
        "quince@example.org",
        "--no-check",
        "--wait",
    ];
    // Nobody listens there: a script is refused, and a person would be asked.
    let sign = ["--yes", "--passphrase-file", "pass"];
    let alone = wallet.run(&[&arguments[..9], &sign].concat());
    assert_eq!(alone.code, 1, "{alone:?}");
    assert!(
        alone
            .err
            .contains("no node of this chain answers at 127.0.0.1:4999"),
        "{alone:?}"
    );
    for miner in ["amber", "birch"] {
        let dial = wallet.json(&["miner", "show", miner])["dial_address"].clone();
        let mut taken = arguments;
        taken[4] = dial.as_str().unwrap();
        let taken = wallet.run(&[&taken[..], &sign[..]].concat());
        assert_eq!(taken.code, 2, "{taken:?}");
        let said = format!("is where the node of {miner} (#");
        assert!(taken.err.contains(&said), "{taken:?}");
    }
    // Whoever has nothing yet learns what it takes.
    let poor = wallet.json(&["keys", "new", "poor", "--passphrase-file", "pass"]);
    let key = poor["public_key"].as_str().unwrap();
    let dry = ["--dry-run", "--public-key", key];
    let refused = wallet.run(&[&arguments[..], &dry].concat());
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.err.contains("takes a deposit of") && refused.err.contains("ETM are missing"),
        "{refused:?}"
    );
    wallet.text(&["keys", "delete", "poor", "--yes"]);
    // What only shows waits for nothing.
    let dry = wallet.json(&[&arguments[..], &["--dry-run"]].concat());
    assert!(dry["does"].is_string(), "{dry}");
    golden::check("preview-register", &wallet.preview(&arguments[..10]));
    let nonce = wallet.json(&["balance", "alice"])["nonce"].clone();
    let registered = wallet.text(&[&arguments[..], &sign[..]].concat());
    assert!(
        registered.contains("etm miner show arnber") && registered.contains("etm node run"),
        "{registered}"
    );
    next_round(wallet);
    let shown = wallet.json(&["miner", "show", "arnber"]);
    golden::check("miner-show", &wallet.text(&["miner", "show", "arnber"]));
    assert_eq!(
        (&shown["contact"], &shown["node_key"]),
        (&json!("quince@example.org"), &keys["node_key"])
    );
    // The same keys for another miner cost nobody a fee.
    let mut again = arguments;
    again[2] = "quince";
    let taken = wallet.run(&[&again[..], &["--key", "alice"], &sign[..]].concat());
    assert_eq!(taken.code, 1, "{taken:?}");
    assert!(
        taken.err.contains("in use by another miner; make new keys"),
        "{taken:?}"
    );
    assert_eq!(wallet.json(&["balance", "alice"])["nonce"], nonce);
    // Whoever votes for the miner it looks like is told.
    let told = wallet.preview(&["vote", "amber"]);
    assert!(told.contains("a name that looks alike: arnber"), "{told}");
    wallet.signed(&["miner", "update", "--no-contact", "--wait", "--anyway"]);
    assert_eq!(
        wallet.json(&["miner", "show", "arnber"])["contact"],
        Value::Null
    );
    assert_eq!(
        wallet.json(&["miner", "show", "arnber"])["dial_address"],
        "127.0.0.1:4999"
    );
    wallet.signed(&["miner", "resign", "--wait"]);
    next_round(wallet);
    // Nobody votes for it and nothing is drawn: these are no figures of it.
    let shown = wallet.json(&["miner", "show", "arnber"]);
    let round = shown["resigned_round"].as_u64().unwrap();
    let text = wallet.text(&["miner", "show", "arnber"]);
    assert!(
        text.contains(&format!("resigned in round {round}")),
        "{text}"
    );
    assert!(
        !text.contains("rank") && !text.contains("chance of a seat"),
        "{text}"
    );
    eventually("the deposit is back", || {
        units(&wallet.json(&["balance", "voter"])["deposit"]) == 0
    });
}

/// Prepared here, signed without a node, sent by a third command.
fn signing_offline(wallet: &Home) {
    let alice = wallet.json(&["keys", "show", "alice"])["address"]
        .as_str()
        .unwrap()
        .to_owned();
    let written = wallet.json(&[
        "send",
        &alice,
        "1.5",
        "--memo",
        "thanks",
        "--unsigned",
        "--out",
        "tx.json",
    ]);
    assert_shape("written", &written);
    let nowhere = ["--node", "http://127.0.0.1:1"];
    let mut sign = vec![
        "tx",
        "sign",
        "tx.json",
        "--out",
        "signed.json",
        "--yes",
        "--passphrase-file",
        "pass",
    ];
    sign.extend(nowhere);
    let signed = wallet.json(&sign);
    assert_shape("written", &signed);
    // Whatever the node called the least where it was written: a fee of more than a hundredth is asked about apart.
    let dear = [
        "send",
        &alice,
        "1.5",
        "--fee",
        "0.2",
        "--unsigned",
        "--out",
        "dear.json",
        "--yes",
    ];
    let refused = wallet.run(&dear);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("the fee of 0.2 ETM"), "{refused:?}");
    wallet.json(&[&dear[..], &["--anyway"]].concat());
    let mut dear = sign.clone();
    dear[2] = "dear.json";
    dear[4] = "dear-signed.json";
    let refused = wallet.run(&dear);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("the fee is 0.2 ETM"), "{refused:?}");
    wallet.text(&[&dear[..], &["--anyway"]].concat());
    golden::check("tx-decode", &wallet.text(&["tx", "decode", "signed.json"]));
    let decoded = wallet.json(&["tx", "decode", "signed.json"]);
    assert_shape("tx-decode", &decoded);
    assert_eq!(decoded["hash"], signed["hash"]);
    let before = units(&wallet.json(&["balance", "alice"])["balance"]);
    let sent = wallet.json(&["tx", "broadcast", "signed.json", "--wait"]);
    assert_shape("sent", &sent);
    assert_eq!(
        units(&wallet.json(&["balance", "alice"])["balance"]),
        before + 3 * ETM / 2
    );
    // The same once more changes nothing, and is no failure: it is where it was to go.
    let again = wallet.run(&["tx", "broadcast", "signed.json"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.err.contains("final already"), "{again:?}");
    assert_eq!(
        units(&wallet.json(&["balance", "alice"])["balance"]),
        before + 3 * ETM / 2
    );
}
