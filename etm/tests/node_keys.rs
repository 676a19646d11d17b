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
