//! Other languages: docs/wire.md is enough to sign in sixty lines of Python.

use crate::{
    devnet::Devnet,
    home::{Home, units},
    life::{ETM, eventually},
};
use std::{path::Path, process::Command};

/// A key of nobody.
const SEED: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

pub fn python(wallet: &Home, devnet: &Devnet) {
    let library = Command::new("python3")
        .args([
            "-c",
            "import cryptography, hashlib; hashlib.new('ripemd160')",
        ])
        .output();
    if !library.is_ok_and(|found| found.status.success()) {
        println!("SKIPPED: there is no python3 with `cryptography` and RIPEMD-160 here");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = |arguments: &[&str]| {
        let mut python = Command::new("python3");
        python
            .arg(root.join("tests/wallet/sign.py"))
            .args(arguments);
        let output = python.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let vectors = root.join("../vectors/wire/transactions.json");
    assert_eq!(
        run(&["vectors", vectors.to_str().unwrap()]),
        "7 vectors agree\n"
    );
    wallet.write("seed", SEED);
    let imported = wallet.json(&[
        "keys",
        "import",
        "python",
        "--seed",
        "--secret-file",
        "seed",
        "--passphrase-file",
        "pass",
        "--yes",
    ]);
    let address = imported["address"].as_str().unwrap();
    wallet.json(&["faucet", address, "--amount", "3000", "--wait"]);
    let said = run(&[&devnet.url(), SEED, "dune", "700"]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    for (line, kind) in lines.iter().zip(["lock", "vote"]) {
        assert!(
            line.starts_with(kind) && line.ends_with("finalized True"),
            "{said}"
        );
    }
    eventually("the position votes", || {
        let position = &wallet.json(&["position", address])["account"]["position"];
        position["miner"]["name"] == "dune" && units(&position["locked"]) == 700 * ETM
    });
}
