//! `etm verify-round` and `etm verify-votes`: rounds and votes of a real chain hold, changed evidence doesn't.

use crate::{
    devnet::Devnet,
    golden,
    home::{Home, assert_shape, units},
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
            &format!("round-{number}.evidence"),
        ]);
        assert_shape("verified", &report);
        assert_eq!(report["ok"], true, "{report:#}");
        assert_eq!(report["verdict"], "ok", "{report:#}");
    }
    // What is there already is not replaced.
    let taken = wallet.run(&["verify-round", "1", "--save", "round-1.evidence"]);
    assert_eq!(taken.code, 2, "{taken:?}");
    assert!(taken.err.contains("exists already"), "{taken:?}");
    std::fs::rename(
        wallet.path("round-1.evidence"),
        wallet.path("round.evidence"),
    )
    .unwrap();
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

/// The votes of the voter's miner, and the voter's position among them. A round may end in between: then it is asked again.
pub fn votes(wallet: &Home) {
    let position = wallet.json(&["position", "voter"])["account"]["position"].clone();
    let miner = position["miner"]["name"].as_str().unwrap().to_owned();
    let command = [
        "verify-votes",
        &miner,
        "--address",
        "voter",
        "--save",
        "votes.evidence",
    ];
    let report = wallet.json(&command);
    assert_shape("verified-votes", &report);
    assert_eq!(report["ok"], true, "{report:#}");
    let steps: Vec<&Value> = report["steps"].as_array().unwrap().iter().collect();
    let named = |name: &str| steps.iter().find(|step| step["step"] == name);
    assert!(named("draw").is_some(), "{report:#}");
    let read = &report["read"];
    assert_eq!(read["miner"]["name"], miner.as_str());
    let sum = |cohorts: &Value| -> u128 {
        let cohorts = cohorts.as_array().unwrap().iter();
        cohorts.map(|cohort| units(&cohort["votes"])).sum()
    };
    assert_eq!(sum(&read["cohorts"]), units(&read["votes"]));
    assert_eq!(
        read["position"]["address"],
        wallet.address("voter").as_str()
    );
    assert_eq!(read["position"]["locked"], position["locked"]);
    // Every registered miner's votes are proved. Each has its owner's position at least.
    for other in ["amber", "birch", "cedar"] {
        let report = wallet.json(&["verify-votes", other]);
        assert_eq!(
            (&report["ok"], &report["read"]["position"]),
            (&true.into(), &Value::Null)
        );
    }
    // What was saved is checked without a node, and no byte of it may change.
    let saved = [
        "verify-votes",
        "--receipt",
        "votes.evidence",
        "--node",
        "http://127.0.0.1:1",
    ];
    assert_eq!(wallet.json(&saved)["read"], *read);
    let honest = std::fs::read(wallet.path("votes.evidence")).unwrap();
    for part in 0..20 {
        let mut forged = honest.clone();
        let at = (2 * part + 1) * forged.len() / 40;
        forged[at] ^= 1;
        std::fs::write(wallet.path("forged.evidence"), &forged).unwrap();
        let refused = wallet.run(&["verify-votes", "--receipt", "forged.evidence", "--json"]);
        assert_eq!(refused.code, 1, "byte {at}: {refused:?}");
    }
    for (arguments, code, words) in [
        (
            &["verify-votes", "nobody"][..],
            1,
            "there is no miner nobody",
        ),
        (
            &["verify-votes", "amber", "--round", "1"],
            1,
            "which is running, not of round 1",
        ),
        (&["verify-votes"], 2, "<MINER>"),
    ] {
        let refused = wallet.run(arguments);
        assert_eq!(refused.code, code, "{refused:?}");
        assert!(refused.err.contains(words), "{refused:?}");
    }
    let other = if miner == "amber" { "birch" } else { "amber" };
    let refused = wallet.run(&["verify-votes", other, "--address", "voter"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused
            .err
            .contains(&format!("votes for {miner}, not for {other}")),
        "{refused:?}"
    );
}
