//! `etm keys` as a program: exit codes, what is printed where, and that no secret gets out.

use crate::support::{assert_shape, err, out, run, wallet, write_private};
use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

const WORDS: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
                     abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art";
const ADDRESS: &str = "AFk29RFUnBUgzVuWHhiwckwHqqC6jQcG2c";
/// Somebody else.
const OTHER: &str = "A6PQXuCueQTB1iEnit5HWZA58j4rjES5nQ";
const PASSPHRASE: &str = "correct horse battery staple";

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    write_private(home.path().join("pass"), PASSPHRASE);
    write_private(home.path().join("words"), WORDS);
    home
}

fn import(home: &Path) {
    let (pass, words) = (home.join("pass"), home.join("words"));
    let arguments = [
        "keys",
        "import",
        "alice",
        "--secret-file",
        words.to_str().unwrap(),
        "--passphrase-file",
        pass.to_str().unwrap(),
    ];
    let imported = run(home, &arguments);
    assert_eq!(imported.status.code(), Some(0), "{}", err(&imported));
    assert!(out(&imported).contains(ADDRESS));
}

#[test]
fn a_key_is_imported_shown_exported_and_deleted() {
    let home = home();
    let home = home.path();
    import(home);
    let file = home.join(".local/share/etm/keys/alice.key");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(!fs::read_to_string(&file).unwrap().contains("abandon"));

    let shown = run(home, &["keys", "show", "alice", "--json"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_shape("key", &shown);
    assert_eq!(shown["address"], ADDRESS);
    assert_eq!(shown["path"], "m/44'/1818'/0'/0'");
    let listed: Value =
        serde_json::from_slice(&run(home, &["keys", "list", "--json"]).stdout).unwrap();
    assert_shape("keys-list", &listed);
    assert_eq!(listed["keys"][0], shown);

    let pass = home.join("pass");
    let pass = pass.to_str().unwrap();
    let exported = run(
        home,
        &[
            "keys",
            "export",
            "alice",
            "--yes",
            "--passphrase-file",
            pass,
        ],
    );
    assert_eq!(out(&exported), format!("{WORDS}\n"));
    let copy = home.join("copy");
    let written = run(
        home,
        &[
            "keys",
            "export",
            "alice",
            "--out",
            copy.to_str().unwrap(),
            "--passphrase-file",
            pass,
        ],
    );
    assert_eq!(written.status.code(), Some(0), "{}", err(&written));
    assert_eq!(
        fs::metadata(&copy).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(!out(&written).contains("abandon") && !err(&written).contains("abandon"));

    assert_eq!(
        run(home, &["keys", "delete", "alice", "--yes"])
            .status
            .code(),
        Some(0)
    );
    assert!(!file.exists());
}

#[test]
fn a_passphrase_comes_through_a_descriptor() {
    let home = home();
    let home = home.path();
    import(home);
    let program = crate::support::program();
    let script = format!(
        "exec 3<\"$HOME/pass\"; {} keys export alice --yes --passphrase-fd 3",
        program.display()
    );
    let exported = std::process::Command::new("/bin/sh")
        .args(["-c", &script])
        .env_clear()
        .env("HOME", home)
        .output()
        .unwrap();
    assert_eq!(out(&exported), format!("{WORDS}\n"), "{}", err(&exported));
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    let home = home();
    let home = home.path();
    let refused = run(home, &["keys", "new", "bob"]);
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(
        err(&refused),
        "etm: new passphrase for key bob: there is no terminal to ask on (give it with --passphrase-file or --passphrase-fd)\n"
    );
    import(home);
    let kept = run(home, &["keys", "delete", "alice"]);
    assert_eq!(kept.status.code(), Some(2));
    assert!(err(&kept).contains("--yes"));
    assert_eq!(run(home, &["keys", "show", "alice"]).status.code(), Some(0));
}

#[test]
fn wrong_input_is_one_clear_line_without_secrets() {
    let home = home();
    let home = home.path();
    import(home);
    write_private(home.join("other"), "another passphrase");
    write_private(home.join("short"), "short");
    write_private(home.join("typo"), &WORDS.replace("art", "arf"));
    let path = |name: &str| home.join(name).to_str().unwrap().to_owned();
    let (pass, other, short, typo) = (path("pass"), path("other"), path("short"), path("typo"));
    let cases: [(&[&str], i32, &str); 6] = [
        (
            &[
                "keys",
                "export",
                "alice",
                "--yes",
                "--passphrase-file",
                &other,
            ],
            1,
            "wrong passphrase or damaged file",
        ),
        (&["keys", "show", "alcie"], 2, "did you mean \"alice\"?"),
        (
            &[
                "keys",
                "import",
                "alice",
                "--secret-file",
                &typo,
                "--passphrase-file",
                &pass,
            ],
            2,
            "exists already",
        ),
        (
            &[
                "keys",
                "import",
                "bob",
                "--secret-file",
                &typo,
                "--passphrase-file",
                &pass,
            ],
            2,
            "word 24 is not",
        ),
        (
            &["keys", "new", "bob", "--passphrase-file", &short],
            2,
            "at least 8 characters",
        ),
        (
            &["keys", "new", "../bob", "--passphrase-file", &pass],
            2,
            "no name for a key",
        ),
    ];
    for (arguments, code, text) in cases {
        let output = run(home, arguments);
        let message = err(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
        assert!(message.contains(text), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(output.stdout.is_empty());
        for secret in ["abandon", "arf", "another passphrase", PASSPHRASE] {
            assert!(!message.contains(secret), "{message}");
        }
        let mut json = arguments.to_vec();
        json.push("--json");
        let body: Value = serde_json::from_slice(&run(home, &json).stderr).unwrap();
        assert_shape("error", &body);
    }
    // No half-made files are left.
    let files: Vec<_> = fs::read_dir(home.join(".local/share/etm/keys"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(files, ["alice.key"]);
}

#[test]
fn a_disk_that_takes_no_more_loses_nothing() {
    let home = home();
    let home = home.path();
    import(home);
    let before = fs::read(home.join(".local/share/etm/keys/alice.key")).unwrap();
    // No file may grow beyond nothing: writes fail as they do on a full disk.
    let program = crate::support::program();
    let script = format!(
        "trap '' XFSZ; ulimit -f 0; exec {} keys new bob --passphrase-file \"$HOME/pass\"",
        program.display()
    );
    let refused = std::process::Command::new("/bin/sh")
        .args(["-c", &script])
        .env_clear()
        .env("HOME", home)
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1), "{}", err(&refused));
    assert!(
        err(&refused).contains("cannot be written, nothing was changed"),
        "{}",
        err(&refused)
    );
    let files = fs::read_dir(home.join(".local/share/etm/keys"))
        .unwrap()
        .count();
    assert_eq!(
        (
            files,
            fs::read(home.join(".local/share/etm/keys/alice.key")).unwrap()
        ),
        (1, before)
    );
}

#[test]
fn usage_errors_end_with_2_and_suggest() {
    let home = home();
    let typo = run(home.path(), &["balence"]);
    assert_eq!(typo.status.code(), Some(2));
    assert!(err(&typo).contains("balance"), "{}", err(&typo));
    let unreachable = run(
        home.path(),
        &["balance", ADDRESS, "--node", "http://127.0.0.1:1"],
    );
    assert_eq!(unreachable.status.code(), Some(3), "{}", err(&unreachable));
    let url = run(home.path(), &["status", "--node", "nonsense"]);
    assert_eq!(url.status.code(), Some(2), "{}", err(&url));
    let address = run(
        home.path(),
        &["balance", "AFk29RFUnBUgzVuWHhiwckwHqqC6jQcG2d"],
    );
    assert_eq!(address.status.code(), Some(2));
    assert!(err(&address).contains("checksum"), "{}", err(&address));
    let amount = run(home.path(), &["send", ADDRESS, "1.123456789"]);
    assert_eq!(amount.status.code(), Some(2));
    assert!(err(&amount).contains("9 decimals"), "{}", err(&amount));
}

#[test]
fn colours_only_on_a_terminal() {
    let home = home();
    import(home.path());
    let plain = run(home.path(), &["keys", "show", "alice"]);
    assert!(!out(&plain).contains('\u{1b}'));
}

/// Whoever was told that a payment was refused and signs it once more may pay twice.
#[test]
fn the_very_same_payment_is_asked_about_apart() {
    let home = home();
    let home = home.path();
    import(home);
    let path = |name: &str| home.join(name).to_str().unwrap().to_owned();
    let (pass, chain) = (path("pass"), "11".repeat(32));
    let pays = |amount: &str, nonce: &str, more: &[&str]| {
        let file = path(&format!("{amount}-{nonce}.json"));
        let signing = [
            "send",
            OTHER,
            amount,
            "--offline",
            "--chain",
            &chain,
            "--nonce",
            nonce,
            "--fee",
            "0.1",
            "--expires-at",
            "900",
            "--yes",
            "--passphrase-file",
            &pass,
            "--out",
            &file,
        ];
        run(home, &[&signing[..], more].concat())
    };
    let code = |output: &std::process::Output| output.status.code();
    assert_eq!(code(&pays("12.5", "7", &[])), Some(0));
    let again = pays("12.5", "8", &[]);
    assert_eq!(code(&again), Some(1));
    for part in [
        "the very same was signed here",
        "nothing was signed",
        "--anyway",
    ] {
        assert!(err(&again).contains(part), "{}", err(&again));
    }
    assert!(!home.join("12.5-8.json").exists());
    assert_eq!(code(&pays("12.6", "8", &[])), Some(0));
    assert_eq!(code(&pays("12.5", "8", &["--anyway"])), Some(0));
}

#[test]
fn a_transaction_is_signed_offline_and_decoded() {
    let home = home();
    let home = home.path();
    import(home);
    let path = |name: &str| home.join(name).to_str().unwrap().to_owned();
    let (pass, file, quiet) = (path("pass"), path("tx.json"), path("quiet.json"));
    let chain = "11".repeat(32);
    let signing = |file: &str, how: &str| {
        let arguments = [
            "send",
            ADDRESS,
            "12.5",
            "--memo",
            "rent",
            "--offline",
            "--chain",
            &chain,
            "--nonce",
            "7",
            "--fee",
            "0.1",
            "--expires-at",
            "900",
            "--out",
            file,
            "--yes",
            "--passphrase-file",
            &pass,
            how,
        ];
        run(home, &arguments)
    };
    let signed = signing(&quiet, "--quiet");
    assert_eq!(
        (signed.status.code(), err(&signed)),
        (Some(0), String::new())
    );
    let signed = signing(&file, "--json");
    assert_eq!(signed.status.code(), Some(0), "{}", err(&signed));
    let written: Value = serde_json::from_slice(&signed.stdout).unwrap();
    let decoded: Value =
        serde_json::from_slice(&run(home, &["tx", "decode", &file, "--json"]).stdout).unwrap();
    assert_shape("written", &written);
    assert_shape("tx-decode", &decoded);
    assert_eq!(decoded["hash"], written["hash"]);
    assert_eq!(decoded["does"], format!("send 12.5 ETM to {ADDRESS}"));
    assert_eq!(
        (
            &decoded["nonce"],
            &decoded["fee"],
            &decoded["signature_valid"]
        ),
        (&7.into(), &"10000000".into(), &true.into())
    );

    // A changed transaction is seen before it is sent anywhere.
    let text = fs::read_to_string(&file).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_shape("transaction-file", &document);
    let hex = document["transaction"].as_str().unwrap();
    let at = hex.len() / 2;
    let digit = if hex.as_bytes()[at] == b'0' { "1" } else { "0" };
    fs::write(
        &file,
        text.replace(hex, &format!("{}{digit}{}", &hex[..at], &hex[at + 1..])),
    )
    .unwrap();
    let refused = run(
        home,
        &["tx", "broadcast", &file, "--node", "http://127.0.0.1:1"],
    );
    assert!(
        matches!(refused.status.code(), Some(1 | 2)),
        "{}",
        err(&refused)
    );
    assert!(
        wallet(home, &["tx", "sgin"])
            .output()
            .is_ok_and(|output| err(&output).contains("etm tx sign"))
    );
}

#[test]
fn every_report_of_keys_has_its_shape() {
    let home = home();
    let home = home.path();
    let pass = home.join("pass");
    let pass = pass.to_str().unwrap();
    let path = |name: &str| home.join(name).to_str().unwrap().to_owned();
    let (node, copy, manual) = (path("node.key"), path("copy"), path("man"));
    let cases: [(&str, &[&str]); 8] = [
        ("key", &["keys", "new", "bob", "--passphrase-file", pass]),
        ("keys-list", &["keys", "list"]),
        ("key", &["keys", "show", "bob"]),
        (
            "keys-export",
            &["keys", "export", "bob", "--yes", "--passphrase-file", pass],
        ),
        (
            "keys-export-out",
            &[
                "keys",
                "export",
                "bob",
                "--out",
                &copy,
                "--passphrase-file",
                pass,
            ],
        ),
        ("keys-delete", &["keys", "delete", "bob", "--yes"]),
        ("node-keys", &["miner", "node-keys", &node]),
        ("manual", &["man", "--out", &manual]),
    ];
    for (shape, arguments) in cases {
        let mut arguments = arguments.to_vec();
        arguments.push("--json");
        let output = run(home, &arguments);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        assert_shape(shape, &serde_json::from_slice(&output.stdout).unwrap());
        assert!(output.stderr.is_empty(), "{}", err(&output));
    }
}

/// Each of these would be another account's secret, and nothing else would say so.
#[test]
fn an_original_secret_with_a_slip_is_not_stored_silently() {
    let home = home();
    let home = home.path();
    let import = |secret: &str, more: &[&str]| {
        let file = home.join("secret");
        write_private(&file, secret);
        let (file, pass) = (file.to_str().unwrap(), home.join("pass"));
        let mut arguments = vec![
            "keys",
            "import",
            "old",
            "--v1-secret",
            "--secret-file",
            file,
        ];
        arguments.extend(["--passphrase-file", pass.to_str().unwrap()]);
        arguments.extend(more);
        run(home, &arguments)
    };
    let stored = home.join(".local/share/etm/keys/old.key");
    let right = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
    for slip in [
        format!("{right} "),
        right.replacen("abandon", "Abandon", 1),
        right.replacen("about", "abandon", 1),
    ] {
        let refused = import(&slip, &[]);
        assert_eq!(refused.status.code(), Some(2), "{}", err(&refused));
        assert!(err(&refused).contains("Its address would be A"));
        assert!(!stored.exists());
    }
    // The mark that an editor put in front is no part of the secret.
    let marked = import(&format!("\u{feff}{right}\n"), &["--json"]);
    assert_eq!(marked.status.code(), Some(0), "{}", err(&marked));
    let address = serde_json::from_slice::<Value>(&marked.stdout).unwrap()["address"].clone();
    let address = address.as_str().unwrap();
    fs::remove_file(&stored).unwrap();

    let odd = right.replacen("about", "abandon", 1);
    let wrong = import(&odd, &["--address", address]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(err(&wrong).contains("nothing was stored") && !stored.exists());
    assert_eq!(
        import(right, &["--address", address]).status.code(),
        Some(0)
    );
    fs::remove_file(&stored).unwrap();
    let forced = import(&odd, &["--yes"]);
    assert_eq!(forced.status.code(), Some(0));
    assert!(err(&forced).contains("checksum"), "{}", err(&forced));
}
