//! `etm verify-round`: rounds of a real chain hold, changed receipts don't.

use crate::{
    devnet::Devnet,
    golden,
    home::{Home, assert_shape},
    life::round,
};
use serde_json::Value;

pub fn rounds(wallet: &Home, devnet: &Devnet) {
    let chain = wallet.json(&["status"])["chain"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let last = round(wallet) - 1;
    for number in [1, 2, last] {
        let report = wallet.json(&[
            "verify-round",
            &number.to_string(),
            "--chain",
            &chain,
            "--save",
            "round.json",
        ]);
        assert_shape("verified", &report);
        assert_eq!(report["ok"], true, "{report:#}");
    }
    // A saved receipt needs no node.
    let saved = wallet.run(&[
        "verify-round",
        "--receipt",
        "round.json",
        "--node",
        "http://127.0.0.1:1",
    ]);
    assert_eq!(saved.code, 0, "{saved:?}");
    let honest: Value = serde_json::from_str(&wallet.read("round.json")).unwrap();
    for pointer in [
        "/receipt/seed",
        "/receipt/pools/0/pool",
        "/receipt/draw/candidates/0/weight",
        "/receipt/headers/3",
        "/receipts/0",
        "/boundaries/1/certificate/finalization",
    ] {
        let mut forged = honest.clone();
        let value = forged
            .pointer_mut(pointer)
            .unwrap_or_else(|| panic!("{pointer}"));
        let text = value.as_str().unwrap();
        let at = text.len() / 2;
        let digit = if text.as_bytes()[at] == b'1' {
            "2"
        } else {
            "1"
        };
        *value = format!("{}{digit}{}", &text[..at], &text[at + 1..]).into();
        wallet.write("forged.json", &forged.to_string());
        let refused = wallet.run(&["verify-round", "--receipt", "forged.json", "--json"]);
        assert_eq!(refused.code, 1, "{pointer}: {refused:?}");
        let report: Value = serde_json::from_str(&refused.out).unwrap();
        assert_eq!(report["ok"], false, "{pointer}");
    }
    let other = wallet.run(&["verify-round", "1", "--chain", &"00".repeat(32)]);
    assert_eq!(other.code, 1, "{other:?}");
    let genesis = devnet.genesis();
    let report = wallet.json(&["verify-round", "1", "--genesis", genesis.to_str().unwrap()]);
    assert_eq!(report["ok"], true, "{report:#}");
    golden::check("verify-round", &wallet.text(&["verify-round", "2"]));
}
