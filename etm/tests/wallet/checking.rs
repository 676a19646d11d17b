//! `etm verify-round`: rounds of a real chain hold, changed receipts don't.

use crate::{
    devnet::Devnet,
    golden,
    home::{Home, assert_shape},
    life::round,
};

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
            "round.evidence",
        ]);
        assert_shape("verified", &report);
        assert_eq!(report["ok"], true, "{report:#}");
        assert_eq!(report["verdict"], "ok", "{report:#}");
    }
    // A saved receipt needs no node.
    let saved = wallet.run(&[
        "verify-round",
        "--receipt",
        "round.evidence",
        "--node",
        "http://127.0.0.1:1",
    ]);
    assert_eq!(saved.code, 0, "{saved:?}");
    // A byte in the middle of each twentieth: every part of the document is hit.
    let honest = std::fs::read(wallet.path("round.evidence")).unwrap();
    for part in 0..20 {
        let mut forged = honest.clone();
        let at = (2 * part + 1) * forged.len() / 40;
        forged[at] ^= 1;
        std::fs::write(wallet.path("forged.evidence"), &forged).unwrap();
        let refused = wallet.run(&["verify-round", "--receipt", "forged.evidence", "--json"]);
        assert_eq!(refused.code, 1, "byte {at}: {refused:?}");
    }
    let other = wallet.run(&["verify-round", "1", "--chain", &"00".repeat(32)]);
    assert_eq!(other.code, 1, "{other:?}");
    let genesis = devnet.genesis();
    let report = wallet.json(&["verify-round", "1", "--genesis", genesis.to_str().unwrap()]);
    assert_eq!(report["ok"], true, "{report:#}");
    golden::check("verify-round", &wallet.text(&["verify-round", "2"]));
}
