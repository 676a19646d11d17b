//! `etm config`, and what works without a home.

use crate::support::{assert_shape, err, out, run, wallet};
use serde_json::Value;
use std::fs;

#[test]
fn a_value_is_set_shown_used_and_taken_out() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let file = home.join(".config/etm/config.toml");
    let set = run(home, &["config", "set", "key", "alice", "--json"]);
    assert_eq!(set.status.code(), Some(0), "{}", err(&set));
    let shown: Value = serde_json::from_slice(&set.stdout).unwrap();
    assert_shape("config", &shown);
    assert_eq!(shown["key"], "alice");
    assert_eq!(fs::read_to_string(&file).unwrap(), "key = \"alice\"\n");
    // It is the key that commands take.
    let balance = run(home, &["balance"]);
    assert!(err(&balance).contains("alice"), "{}", err(&balance));

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

#[test]
fn what_is_no_value_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let file = home.join(".config/etm/config.toml");
    for arguments in [
        ["chain", "abc"],
        ["node", "ftp://example.org"],
        ["key", "../alice"],
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
