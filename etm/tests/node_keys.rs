//! The file of a node's secret keys is one and the same for the node and for the wallet.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking, in its helpers too

use std::process::Command;

#[test]
fn a_node_runs_with_the_keys_that_the_wallet_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("node.key");
    let made = Command::new(env!("CARGO_BIN_EXE_etm"))
        .args(["miner", "node-keys", "--json"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(made.status.success());
    let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    let secrets = etm_node::keys::load(&file).unwrap();
    assert_eq!(made["node_key"], secrets.node.node_key().to_string());
    assert_eq!(made["bls_key"], secrets.bls.public_key().to_string());
}

#[test]
fn a_node_opens_encrypted_keys_with_what_it_is_given() {
    use std::{fs, os::unix::fs::PermissionsExt};
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name);
    let etm = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_etm"));
        command
            .args(arguments)
            .current_dir(home.path())
            .env_clear()
            .env("HOME", home.path());
        command
    };
    fs::write(path("pass"), "correct horse\n").unwrap();
    fs::create_dir(path("node")).unwrap();
    let made = etm(&[
        "miner",
        "node-keys",
        "node/node.key",
        "--passphrase-file",
        "pass",
    ])
    .output()
    .unwrap();
    assert!(made.status.success(), "{made:?}");
    assert_eq!(
        fs::metadata(path("node/node.key"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o600
    );
    let genesis = [
        "genesis",
        "new",
        "--preset",
        "devnet",
        "--miners",
        "4",
        "--out",
        "genesis.json",
    ];
    assert!(etm(&genesis).output().unwrap().status.success());
    let init = etm(&[
        "node",
        "init",
        "--genesis",
        "genesis.json",
        "--data",
        "node",
    ])
    .output()
    .unwrap();
    assert!(init.status.success(), "{init:?}");
    // Nothing is there to ask: no passphrase, a wrong one, then the right one in every way; a port that can't be had ends it then.
    let run = |arguments: &[&str], credentials: Option<&str>| {
        let mut command = etm(&["node", "run", "--data", "node", "--api", "192.0.2.1:1"]);
        command.args(arguments).stdin(std::process::Stdio::null());
        if let Some(folder) = credentials {
            command.env("CREDENTIALS_DIRECTORY", home.path().join(folder));
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(run(&[], None).contains("passphrase_file or passphrase_fd"));
    fs::write(path("wrong"), "correct mule").unwrap();
    assert!(
        run(&["--passphrase-file", "wrong"], None).contains("wrong passphrase or damaged file")
    );
    // Options count from the working folder, the settings file from its own; a key file that was named has to be there.
    let opened = "192.0.2.1:1";
    fs::copy(path("pass"), path("node/right")).unwrap();
    assert!(run(&["--passphrase-file", "right"], None).contains("right cannot be read"));
    assert!(run(&["--passphrase-file", "pass"], None).contains(opened));
    let config = fs::read_to_string(path("node/config.toml")).unwrap();
    let told = format!("passphrase_file = \"right\"\n{config}");
    fs::write(path("node/config.toml"), told).unwrap();
    assert!(run(&[], None).contains(opened));
    fs::write(path("node/config.toml"), config).unwrap();
    let follows = [
        "--upstreams",
        "http://192.0.2.1:2",
        "--key-file",
        "node.key",
    ];
    assert!(run(&follows, None).contains("node.key: no keys are there"));
    fs::create_dir(path("credentials")).unwrap();
    fs::copy(path("pass"), path("credentials/etm-passphrase")).unwrap();
    assert!(run(&[], Some("credentials")).contains(opened));
    let by_descriptor = Command::new("sh")
        .args([
            "-c",
            "exec \"$0\" node run --data node --api 192.0.2.1:1 --passphrase-fd 3 3< pass",
        ])
        .arg(env!("CARGO_BIN_EXE_etm"))
        .current_dir(home.path())
        .output()
        .unwrap();
    assert!(
        String::from_utf8(by_descriptor.stderr)
            .unwrap()
            .contains(opened)
    );
    // Asked on a terminal, it stops like any other once it runs: who waited for the passphrase hears no more of signals.
    let run = etm(&[
        "node",
        "run",
        "--data",
        "node",
        "--api",
        "off",
        "--listen",
        "127.0.0.1:0",
    ]);
    let mut terminal = rexpect::session::spawn_command(run, Some(60_000)).unwrap();
    terminal.exp_string("passphrase of node/node.key").unwrap();
    terminal.send_line("correct horse").unwrap();
    terminal.exp_string("going on").unwrap();
    terminal.send_control('c').unwrap();
    let rest = terminal.exp_eof().unwrap();
    assert!(rest.contains("the node has ended"), "{rest}");
}
