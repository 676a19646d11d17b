//! Contacts, lock and vote in one, what a shell is offered, networks with a proxy, and machines without a home.

use crate::home::{Home, assert_shape, units};
use crate::life::{ETM, eventually, round};
use std::fs::File;

pub fn contacts(wallet: &Home) {
    let alice = wallet.address("alice");
    assert_eq!(
        wallet.json(&["contacts", "list"])["contacts"],
        serde_json::json!([])
    );
    let added = wallet.json(&["contacts", "add", "bob", &alice]);
    assert_shape("contacts", &added);
    assert_eq!(added["contacts"][0]["address"], alice.as_str());
    for arguments in [
        &["balance", "bob"][..],
        &["position", "bob"],
        &["history", "bob"],
        &["rewards", "bob"],
    ] {
        assert!(wallet.text(arguments).contains(&alice), "{arguments:?}");
    }
    let before = units(&wallet.json(&["balance", "bob"])["balance"]);
    let planned = [
        "send",
        "bob",
        "1.5",
        "--memo",
        "for\u{200b}lunch",
        "--dry-run",
    ];
    let (text, dry) = (wallet.text(&planned), wallet.json(&planned));
    for part in [&alice[..], "1.5 ETM", "for?lunch", "can't be seen", "bob"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_shape("dry-run", &dry);
    let transfer = &dry["transactions"][0];
    assert_eq!(transfer["kind"], "transfer", "{dry}");
    assert_eq!(transfer["facts"]["recipient"], alice.as_str(), "{dry}");
    wallet.signed(&["send", "bob", "1.75", "--wait"]);
    assert_eq!(
        units(&wallet.json(&["balance", "alice"])["balance"]),
        before + 7 * ETM / 4
    );
    // A name that somebody's mistyped address would be.
    let mistyped: String = alice[..alice.len() - 1].to_owned();
    for (arguments, code, words) in [
        (
            &["contacts", "add", "voter", &alice][..],
            2,
            "voter is the name of a key",
        ),
        (
            &["contacts", "add", "carol", "Axyz"],
            2,
            "is not an address",
        ),
        (
            &["contacts", "add", "b b", &alice],
            2,
            "is no name for a contact",
        ),
        (&["contacts", "add", &mistyped, &alice], 2, "looks like one"),
        (
            &["keys", "new", &alice, "--passphrase-file", "pass"],
            2,
            "looks like one",
        ),
        (&["contacts", "remove", "bobby"], 2, "did you mean \"bob\"?"),
        (
            &["send", "bobb", "1", "--yes", "--passphrase-file", "pass"],
            2,
            "did you mean the contact \"bob\"?",
        ),
    ] {
        let refused = wallet.run(arguments);
        assert_eq!(refused.code, code, "{arguments:?}: {refused:?}");
        assert!(refused.err.contains(words), "{arguments:?}: {refused:?}");
    }
    // A key that is made later under the same name: the name means nobody any more.
    wallet.json(&["keys", "new", "bob", "--passphrase-file", "pass"]);
    let refused = wallet.run(&["balance", "bob"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(
        refused.err.contains("is a key") && refused.err.contains("and a contact"),
        "{refused:?}"
    );
    wallet.json(&["contacts", "remove", "bob"]);
    assert_eq!(units(&wallet.json(&["balance", "bob"])["balance"]), 0);
}

/// Whoever can't be told of what was done is told that it was: what is sent once more pays once more.
pub fn nothing_to_print_on(wallet: &Home) {
    let alice = wallet.address("alice");
    let full = |arguments: &[&str]| {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let ended = wallet.command(arguments).stdout(full).output().unwrap();
        assert_eq!(ended.status.code(), Some(1), "{ended:?}");
        String::from_utf8(ended.stderr).unwrap()
    };
    let pass = ["--passphrase-file", "pass"];
    for (amount, json) in [("0.5", &[][..]), ("0.6", &["--json"])] {
        let send = ["send", &alice, amount, "--yes", "--wait"];
        let said = full(&[&send[..], &pass, json].concat());
        let hash = said.split("transaction ").nth(1).unwrap();
        let hash = hash.split(' ').next().unwrap();
        assert_eq!(wallet.json(&["tx", hash])["status"], "finalized", "{said}");
    }
    let said = full(&[&["keys", "new", "unseen"][..], &pass].concat());
    assert!(said.contains("key unseen is in "), "{said}");
    wallet.json(&["keys", "show", "unseen"]);
}

/// One command, one passphrase, two transactions: the second counts on the first.
pub fn lock_and_vote(wallet: &Home) {
    wallet.json(&["keys", "new", "second", "--passphrase-file", "pass"]);
    wallet.json(&["faucet", "second", "--amount", "3000", "--wait"]);
    let both = ["lock", "500", "--vote", "cedar", "--key", "second"];
    let dry = wallet.json(&[&both[..], &["--dry-run"]].concat());
    let expected = (500 * ETM, "cedar", 3000 * ETM - 500 * ETM - 2 * ETM / 10);
    let found = |preview: &serde_json::Value| {
        assert_eq!(units(&preview["after"]["locked"]), expected.0, "{preview}");
        assert_eq!(preview["after"]["miner"]["name"], expected.1, "{preview}");
        assert_eq!(units(&preview["balance_after"]), expected.2, "{preview}");
        let warnings = preview["warnings"].to_string();
        assert!(!warnings.contains("not_voting"), "{warnings}");
    };
    found(&dry);
    assert_shape("dry-run", &dry);
    let voted = dry["after"]["miner"]["id"].to_string();
    assert_eq!(dry["transactions"][1]["facts"]["miner"], voted, "{dry}");
    let sent = wallet.signed(&[&both[..], &["--wait"]].concat());
    assert_shape("sent-both", &sent);
    found(&sent["preview"]);
    for part in ["lock", "vote"] {
        assert_eq!(sent[part]["status"], "finalized", "{sent}");
        assert_eq!(sent[part]["outcome"]["accepted"], true, "{sent}");
    }
    eventually("the position votes", || {
        let position = &wallet.json(&["position", "second"])["account"]["position"];
        position["miner"]["name"] == "cedar" && units(&position["locked"]) == 500 * ETM
    });
    let refused = wallet.run(&[&both[..], &["--unsigned", "--out", "both.json"]].concat());
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("a file holds one"), "{refused:?}");
    let refused = wallet.run(&[
        "lock",
        "1",
        "--vote",
        "nobody",
        "--key",
        "second",
        "--dry-run",
    ]);
    assert_eq!(refused.code, 2, "{refused:?}");
}

/// A vote is judged with the lock before it that waits, and what is said of it is what comes. A nonce that is missing keeps both waiting.
pub fn vote_behind_a_waiting_lock(wallet: &Home) {
    wallet.json(&["keys", "new", "third", "--passphrase-file", "pass"]);
    wallet.json(&["faucet", "third", "--amount", "700", "--wait"]);
    let vote = ["vote", "cedar", "--key", "third"];
    let early = wallet.run(&[&vote[..], &["--dry-run"]].concat());
    assert_eq!(early.code, 1, "{early:?}");
    wallet.signed(&["lock", "500", "--key", "third", "--nonce", "1"]);
    let planned = wallet.text(&[&vote[..], &["--nonce", "2", "--dry-run"]].concat());
    for part in [
        "500 ETM",
        "1 transaction of this account waits for a block and is counted in",
        "that nothing is locked yet",
    ] {
        assert!(planned.contains(part), "{part}: {planned}");
    }
    let unlocks = ["unlock", "501", "--key", "third", "--nonce", "2"];
    let much = wallet.run(&[&unlocks[..], &["--dry-run"]].concat());
    assert_eq!(much.code, 1, "{much:?}");
    assert!(much.err.contains("counted in"), "{much:?}");
    let voted = wallet.signed(&[&vote[..], &["--nonce", "2"]].concat());
    let said = &voted["preview"]["after"];
    assert_eq!(units(&said["locked"]), 500 * ETM, "{voted}");
    assert_eq!(said["miner"]["name"], "cedar", "{voted}");
    wallet.signed(&["lock", "100", "--key", "third", "--nonce", "0", "--wait"]);
    eventually("the position votes", || {
        let position = &wallet.json(&["position", "third"])["account"]["position"];
        position["miner"]["name"] == "cedar" && units(&position["locked"]) == 600 * ETM
    });
}

/// What has expired, as far as the chain was proved here, is not signed; no node is asked.
pub fn an_expired_file_is_not_signed(wallet: &Home) {
    let to = wallet.address("voter");
    let late = ["--unsigned", "--expires-in", "1", "--out", "late.json"];
    wallet.json(&[&["send", &to, "1"][..], &late].concat());
    let begun = round(wallet);
    eventually("the end of its round", || round(wallet) > begun + 1);
    wallet.text(&["verify-round"]);
    let decoded = wallet.text(&["tx", "decode", "late.json"]);
    assert!(decoded.contains("it has expired: block "), "{decoded}");
    let sign = ["tx", "sign", "late.json", "--out", "late-signed.json"];
    let end = [
        "--node",
        "http://127.0.0.1:1",
        "--yes",
        "--passphrase-file",
        "pass",
    ];
    let refused = wallet.run(&[&sign[..], &end].concat());
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("nothing was signed"), "{refused:?}");
}

/// What a shell is offered for the last of these words.
fn offered(wallet: &Home, words: &[&str]) -> Vec<String> {
    let mut command = wallet.command(words);
    let output = command
        .env("ETM_COMPLETE", words.len().to_string())
        .output()
        .unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

pub fn completions(wallet: &Home) {
    assert_eq!(offered(wallet, &["vote", "am"]), ["amber"]);
    assert!(offered(wallet, &["lock", "5", "--vote", ""]).contains(&"cedar".to_owned()));
    assert!(offered(wallet, &["miner", "list", "--sort", ""]).contains(&"coefficient".to_owned()));
    assert_eq!(
        offered(wallet, &["miner", "list", "--tab", "com"]),
        ["committee"]
    );
    assert_eq!(
        offered(wallet, &["simulate", "--preset", "holders"]),
        ["holders-40k"]
    );
    assert_eq!(offered(wallet, &["balance", "vot"]), ["voter"]);
    assert_eq!(offered(wallet, &["status", "--key", "vot"]), ["voter"]);
    assert_eq!(offered(wallet, &["status", "--key=vot"]), ["--key=voter"]);
    assert_eq!(offered(wallet, &["status", "-k", "vot"]), ["voter"]);
    assert_eq!(offered(wallet, &["lock", "1", "--dry"]), ["--dry-run"]);
    assert_eq!(
        offered(wallet, &["tx", "decode", "signed"]),
        ["signed.json"]
    );
    assert_eq!(offered(wallet, &["completions", "po"]), ["powershell"]);
    // The presets are the lab's own.
    let refused = wallet.run(&["simulate", "--preset", "none", "--print"]);
    for preset in offered(wallet, &["simulate", "--preset", ""]) {
        assert!(refused.err.contains(&preset), "{refused:?}");
    }
    // In bash itself, where it is at hand.
    let script = wallet.text(&["completions", "bash"]);
    wallet.write("etm.bash", &script);
    let program = env!("CARGO_BIN_EXE_etm");
    let asks = format!(
        "source etm.bash; compopt() {{ :; }}; COMP_WORDS=({program} vote am); COMP_CWORD=2; _etm; echo \"${{COMPREPLY[*]}}\""
    );
    let mut bash = std::process::Command::new("bash");
    bash.args(["-c", &asks])
        .current_dir(wallet.path(""))
        .envs(wallet.environment());
    match bash.output() {
        Ok(output) => assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "amber\n",
            "{output:?}"
        ),
        Err(_) => println!("SKIPPED: there is no bash here"),
    }
    // No hidden command, and no files where none are wanted.
    let commands = offered(wallet, &[""]);
    assert!(
        commands.contains(&"audit".to_owned()) && commands.contains(&"lock".to_owned()),
        "{commands:?}"
    );
    assert!(
        !commands.iter().any(|one| one.contains("devnet-node")),
        "{commands:?}"
    );
    let none: [String; 0] = [];
    assert_eq!(offered(wallet, &["vote", "pass"]), none);
    // No node: nothing is offered, and nothing is said.
    assert_eq!(
        offered(wallet, &["vote", "--node", "http://127.0.0.1:1", ""]),
        none
    );
}

/// A proxy that is dead stands before no node on this machine, and is named where it stands before another.
pub fn proxies(wallet: &Home) {
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let mut command = wallet.command(&["status"]);
        let here = command.env(name, "http://127.0.0.1:1").output().unwrap();
        assert!(here.status.success(), "{name}: {here:?}");
        let mut command = wallet.command(&["status", "--node", "http://192.0.2.1:8080"]);
        let elsewhere = command.env(name, "http://127.0.0.1:1").output().unwrap();
        assert_eq!(elsewhere.status.code(), Some(3), "{name}: {elsewhere:?}");
        let said = String::from_utf8_lossy(&elsewhere.stderr).into_owned();
        assert!(said.contains(&format!("the proxy of {name}")), "{said}");
        // The lab asks without any.
        let url = wallet.url();
        let out = format!("lab-of-{name}");
        let asked = [
            "simulate", "--from", &url, "--rounds", "3", "--seeds", "1", "--out", &out,
        ];
        let mut command = wallet.command(&asked);
        let lab = command.env(name, "http://127.0.0.1:1").output().unwrap();
        assert!(lab.status.success(), "{name}: {lab:?}");
    }
}

/// Where nothing is read from a home folder, none is needed.
pub fn without_a_home(wallet: &Home) {
    let voter = wallet.address("voter");
    for arguments in [
        &["status"][..],
        &["miner", "list"],
        &["round"],
        &["balance", &voter],
        &["verify-round"],
        &["verify-votes", "amber"],
        &["tx", "decode", "signed.json"],
        &["completions", "bash"],
    ] {
        let output = wallet
            .command(arguments)
            .env_remove("HOME")
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }
    for (arguments, words) in [
        (&["keys", "list"][..], "--keys or ETM_KEYS"),
        (&["contacts", "list"], "--config or ETM_CONFIG"),
        (&["config", "get"], "--config or ETM_CONFIG"),
    ] {
        let output = wallet
            .command(arguments)
            .env_remove("HOME")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(words), "{said}");
    }
    // What can't be kept is told, or refused where somebody named where to.
    let with = |name: &str, value: &str, arguments: &[&str]| {
        let mut command = wallet.command(arguments);
        let output = command.env(name, value).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said)
    };
    let (code, said) = with("HOME", "/proc", &["verify-round"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("is not remembered (/proc/"), "{said}");
    let (code, said) = with("ETM_CHAINS", "/dev/null", &["balance", &voter]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("/dev/null: "), "{said}");
    // A relative folder of the environment counts as none.
    let (code, said) = with("XDG_DATA_HOME", "elsewhere", &["keys", "show", "voter"]);
    assert_eq!(code, Some(0), "{said}");
}
