//! `etm verify-round` and `etm verify-votes`: rounds and votes of a real chain hold, changed evidence doesn't.

use crate::{
    devnet::Devnet,
    golden,
    home::{Home, assert_shape, units},
    liar,
    life::round,
};
use etm_types::range::Range;
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
            &["verify-votes", "ambre"][..],
            2,
            "no miner is registered as \"ambre\" (did you mean \"amber\"?)",
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

/// The whole chain of the devnet, executed again: over HTTP, and from files, which may not be changed.
pub fn audits(wallet: &Home, devnet: &Devnet) {
    let genesis = devnet.genesis();
    let genesis = genesis.to_str().unwrap();
    let height = wallet.json(&["status"])["tip"]["height"].as_u64().unwrap();
    let whole = wallet.json(&["audit", "--genesis", genesis]);
    assert_shape("audited", &whole);
    assert_eq!(
        (&whole["verdict"], &whole["ok"]),
        (&"ok".into(), &true.into()),
        "{whole:#}"
    );
    assert!(whole["height"].as_u64() >= Some(height), "{whole:#}");
    assert!(
        whole["certificates"].as_u64() > Some(height / 2),
        "{whole:#}"
    );
    assert!(whole["transactions"].as_u64() > Some(5), "{whole:#}");
    // Rounds of ten blocks: the last one of round 2 is block 29.
    let part = wallet.json(&[
        "audit",
        "--from-round",
        "1",
        "--to-round",
        "2",
        "--save",
        "blocks",
    ]);
    assert_eq!(
        (&part["height"], &part["final_height"]),
        (&29.into(), &29.into()),
        "{part:#}"
    );
    assert!(part["certificates"].as_u64() <= Some(20), "{part:#}");
    let from_files = [
        "audit",
        "--to-round",
        "2",
        "--blocks",
        "blocks",
        "--genesis",
        genesis,
        "--node",
        "http://127.0.0.1:1",
    ];
    let offline = wallet.json(&from_files);
    for same in ["hash", "state_root", "height"] {
        assert_eq!(offline[same], part[same]);
    }
    let folder = wallet.path("blocks");
    let file = std::fs::read_dir(&folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let honest = std::fs::read(&file).unwrap();
    // The part of the file that is executed: blocks 1 to 29, each behind two lengths.
    let range = Range::from_bytes(&honest).unwrap();
    let sizes = range
        .blocks
        .iter()
        .map(|one| 6 + one.certificate.len() + one.block.len());
    let all: usize = sizes.clone().sum();
    let (head, executed) = (honest.len() - all, sizes.take(29).sum::<usize>());
    for part in 0..16 {
        let mut forged = honest.clone();
        let at = head + (2 * part + 1) * executed / 32;
        forged[at] ^= 1;
        std::fs::write(&file, forged).unwrap();
        let refused = wallet.run(&[&from_files[..], &["--json"]].concat());
        assert!(matches!(refused.code, 1 | 2), "byte {at}: {refused:?}");
    }
    std::fs::write(&file, &honest).unwrap();
    // A file of later blocks behind a hole, and a file that is somebody else's.
    let later = folder.join("000000009000.etmrange");
    std::fs::write(&later, &honest).unwrap();
    let hole = ["audit", "--blocks", "blocks", "--genesis", genesis];
    let refused = wallet.run(&hole);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("has no blocks from"), "{refused:?}");
    std::fs::remove_file(&later).unwrap();
    std::fs::write(&file, "precious").unwrap();
    let refused = wallet.run(&["audit", "--to-round", "2", "--save", "blocks"]);
    // It says nothing of the node.
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("holds something else"), "{refused:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
    std::fs::write(&file, &honest).unwrap();
    for (arguments, code, words) in [
        (
            &["audit", "--from-round", "3", "--to-round", "2"][..],
            2,
            "comes after",
        ),
        (&["audit", "--blocks", "blocks"], 2, "--genesis"),
        (
            &["audit", "--blocks", "nowhere", "--genesis", genesis],
            2,
            "nowhere",
        ),
        // An audit of nothing, or of less than was asked for, is none.
        (
            &["audit", "--from-round", "99999"],
            1,
            "round 99999 begins with block",
        ),
        (
            &["audit", "--to-round", "99999"],
            1,
            "round 99999 ends with block",
        ),
        (
            &["audit", "--node", &liar::without_blocks(devnet)],
            3,
            "gives none from 1 on",
        ),
        (
            &["audit", "--node", "http://127.0.0.1:1"],
            3,
            "cannot be reached",
        ),
    ] {
        let refused = wallet.run(arguments);
        assert_eq!(refused.code, code, "{arguments:?}: {refused:?}");
        assert!(refused.err.contains(words), "{arguments:?}: {refused:?}");
    }
}
