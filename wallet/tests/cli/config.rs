//! `etm config`, and what works without a home.

use crate::support::{assert_shape, err, out, run, wallet, write_private};
use serde_json::Value;
use std::{fs, path::Path};

#[test]
fn a_value_is_set_shown_used_and_taken_out() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let file = home.join(".config/etm/config.toml");
    make_key(home, "alice");
    let set = run(home, &["config", "set", "key", "alice", "--json"]);
    assert_eq!(set.status.code(), Some(0), "{}", err(&set));
    let shown: Value = serde_json::from_slice(&set.stdout).unwrap();
    assert_shape("config", &shown);
    assert_eq!(shown["key"], "alice");
    assert_eq!(fs::read_to_string(&file).unwrap(), "key = \"alice\"\n");
    // It is the key that commands take.
    make_key(home, "bob");
    let balance = run(home, &["balance", "--node", "http://127.0.0.1:1"]);
    assert_eq!(balance.status.code(), Some(3), "{}", err(&balance));

    let node = ["config", "set", "node", "http://127.0.0.1:1"];
    assert_eq!(run(home, &node).status.code(), Some(0));
    assert!(out(&run(home, &["config", "get"])).contains("http://127.0.0.1:1"));
    assert!(!out(&run(home, &["config", "get", "key"])).contains("node"));
    assert_eq!(
        run(home, &["config", "unset", "key"]).status.code(),
        Some(0)
    );
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        "node = \"http://127.0.0.1:1\"\n"
    );
}

pub fn make_key(home: &Path, name: &str) {
    write_private(home.join("pass"), "a passphrase for tests");
    let made = ["keys", "new", name, "--passphrase-file", "pass"];
    let made = wallet(home, &made).current_dir(home).output().unwrap();
    assert_eq!(made.status.code(), Some(0), "{}", err(&made));
}

/// A name or a folder that is mistyped would be found out with the next command only.
#[test]
fn what_is_wrong_with_a_value_is_said_with_what_would_be_right() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    make_key(home, "alice");
    for (name, value, right) in [
        ("key", "alise", "alice"),
        ("keys", "keys", "write its whole path: /"),
        ("keys", "/dev/null", "is no folder"),
    ] {
        let refused = run(home, &["config", "set", name, value]);
        assert_eq!(refused.status.code(), Some(2), "{}", err(&refused));
        assert!(err(&refused).contains(right), "{}", err(&refused));
    }
}

/// Whoever is told of a value looks for it in the file.
#[test]
fn what_is_wrong_in_the_file_is_told_with_its_line_and_name() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let file = home.join(".config/etm/config.toml");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    for (text, told) in [
        (
            "\nnod = \"http://x\"\n",
            "line 2: nod: there is no such setting; did you mean node?",
        ),
        (
            "zzz = 1\n",
            "line 1: zzz: there is no such setting; there are node, key, keys, chain",
        ),
        (
            "# mine\n\nkey = 7\n",
            "line 3: key: must be a text in quotes, not a value of type integer",
        ),
        ("key = \"a\"\nnode = \n", "line 2: "),
        (
            "\nchain = \"ab\"\n",
            "line 2: chain: \"ab\" is no chain id: 64 lower-case hex digits",
        ),
        (
            "node = \"ftp://example.org\"\n",
            "line 1: node: \"ftp://example.org\" is not the URL of a node",
        ),
        (
            "key = \"../alice\"\n",
            "line 1: key: \"../alice\" is no name for a key",
        ),
    ] {
        fs::write(&file, text).unwrap();
        let refused = run(home, &["status"]);
        let expected = format!("etm: {}, {told}", file.display());
        assert_eq!(refused.status.code(), Some(2), "{}", err(&refused));
        assert!(err(&refused).starts_with(&expected), "{}", err(&refused));
        assert_eq!(err(&refused).lines().count(), 1);
    }
    // What is said on the command line is not looked for in the file.
    fs::write(&file, "node = \"ftp://example.org\"\n").unwrap();
    let said = run(home, &["status", "--node", "http://127.0.0.1:1"]);
    assert_eq!(said.status.code(), Some(3), "{}", err(&said));
}

/// The name in the file may be one that was right once: who reads that there is no such key has to know who says that there is.
#[test]
fn a_key_that_is_not_there_is_told_with_where_it_is_named() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    make_key(home, "alice");
    let file = home.join(".config/etm/config.toml");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "# mine\nkey = \"aliec\"\n").unwrap();
    let named = format!("etm: {}, line 2: key: ", file.display());
    for arguments in [&["balance"][..], &["send", "alice", "1"], &["unvote"]] {
        let refused = run(home, arguments);
        let told = err(&refused);
        assert_eq!(refused.status.code(), Some(2), "{told}");
        assert!(
            told.starts_with(&named) && told.contains("did you mean \"alice\"?"),
            "{told}"
        );
    }
    // Said on the command line it isn't the file that is wrong.
    let told = err(&run(home, &["balance", "--key", "aliec"]));
    assert!(told.starts_with("etm: there is no key \"aliec\""), "{told}");
}

#[test]
fn a_variable_that_is_set_to_nothing_is_not_set() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let file = home.join(".config/etm/config.toml");
    let node = ["config", "set", "node", "http://127.0.0.1:1"];
    let names = ["ETM_NODE", "ETM_KEY", "ETM_KEYS", "ETM_CHAIN", "ETM_CONFIG"];
    let without = |arguments: &[&str]| {
        let mut command = wallet(home, arguments);
        command.envs(names.map(|name| (name, "")));
        command.env("ETM_CHAINS", "").output().unwrap()
    };
    let set = without(&node);
    assert_eq!(set.status.code(), Some(0), "{}", err(&set));
    assert!(file.exists());
    for arguments in [&["status"][..], &["verify-round"]] {
        let asked = without(arguments);
        assert_eq!(asked.status.code(), Some(3), "{}", err(&asked));
        assert!(
            err(&asked).contains("http://127.0.0.1:1"),
            "{}",
            err(&asked)
        );
    }
    // Said on the command line it is a value, and none.
    let said = run(home, &["status", "--node", ""]);
    assert_eq!(said.status.code(), Some(2), "{}", err(&said));
}

#[test]
fn what_is_no_value_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let file = home.join(".config/etm/config.toml");
    for arguments in [
        ["chain", "abc"],
        ["node", "ftp://example.org"],
        ["key", "../alice"],
        ["key", "alise"],
        ["keys", "keys"],
        ["keys", "~/keys"],
        ["keys", "/dev/null"],
        ["nodes", "http://127.0.0.1"],
    ] {
        let refused = run(home, &["config", "set", arguments[0], arguments[1]]);
        assert_eq!(refused.status.code(), Some(2), "{}", err(&refused));
        assert!(!file.exists(), "{arguments:?}");
    }
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "nod = 1\n").unwrap();
    let refused = run(home, &["config", "set", "key", "alice"]);
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(fs::read_to_string(&file).unwrap(), "nod = 1\n");
}

/// A mark that an editor left at the head of the file is passed over.
#[test]
fn a_file_with_a_byte_order_mark_is_read() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let file = home.join("mine.toml");
    fs::write(&file, "\u{feff}key = \"bob\"\r\n").unwrap();
    let shown = run(home, &["config", "get", "--config", file.to_str().unwrap()]);
    assert!(out(&shown).contains("bob"), "{}", err(&shown));
}

/// A container has no home folder, and looking at a node needs none.
#[test]
fn no_home_folder_is_needed_where_nothing_is_read_from_it() {
    let home = tempfile::tempdir().unwrap();
    let homeless = |arguments: &[&str]| {
        wallet(home.path(), arguments)
            .env_remove("HOME")
            .output()
            .unwrap()
    };
    let status = homeless(&["status", "--node", "http://127.0.0.1:1"]);
    assert_eq!(status.status.code(), Some(3), "{}", err(&status));
    let keys = homeless(&["keys", "list"]);
    assert_eq!(keys.status.code(), Some(2));
    assert!(err(&keys).contains("--keys"), "{}", err(&keys));
}
