//! The rounds as files that the page's checks read, too: `ETM_WRITE_VECTORS=1 cargo test -p etm-verify` writes them anew.

use crate::world::{Case, case, cases, mainnet};
use etm_types::Round;
use etm_types::bytes::hex;
use etm_verify::Check;
use serde_json::{Value, json};
use std::path::PathBuf;

fn vector(case: &Case) -> Value {
    let world = &case.world;
    let report = case.trust.check(&world.evidence(case.round).to_bytes());
    assert_eq!(report.failed(), None, "{}", case.name);
    let names: Vec<Check> = report.steps.iter().map(|step| step.check).collect();
    assert_eq!(names, Check::ALL, "{}", case.name);
    let genesis = world.genesis();
    let facts = genesis.facts();
    let known: Vec<String> = (0..2)
        .map(|round| world.committee(Round(round)).root().to_string())
        .collect();
    let mut file = json!({
        "about": "A round of a chain with all that its check needs, and what is read from it: docs/verify.md, section 8.",
        "genesis": {
            "chain": facts.chain.to_string(),
            "committee": facts.params.committee,
            "blocks": facts.params.blocks_per_round,
            "min_committee": facts.params.min_committee,
            "day_seconds": facts.params.day_seconds,
            "timestamp_ms": facts.timestamp_ms,
            "beacon": facts.beacon.to_string(),
        },
        "first": 0,
        "roots": known,
        "evidence": hex(&world.evidence(case.round).to_bytes()),
        "reading": report.round.unwrap(),
    });
    if case.round > Round(0) {
        file["boundaries"] = hex(&world.boundaries(0, case.round.saturating_sub(1).0)).into();
    }
    file
}

/// Compares with a file of `vectors/`.
pub fn compare(folder: &str, name: &str, value: &Value) {
    let name = format!("{name}.json");
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "vectors", folder, &name]
        .iter()
        .collect();
    let text = format!("{}\n", serde_json::to_string_pretty(value).unwrap());
    if std::env::var_os("ETM_WRITE_VECTORS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        return;
    }
    let stored = std::fs::read_to_string(&path).unwrap();
    for (line, (stored, computed)) in stored.lines().zip(text.lines()).enumerate() {
        assert_eq!(
            stored,
            computed,
            "vectors/{folder}/{name}, line {}",
            line + 1
        );
    }
    assert_eq!(stored.len(), text.len(), "vectors/{folder}/{name}");
}

/// The figures that people read are those that the mechanism reported.
fn reads_what_was_reported(case: &Case, value: &Value) {
    let block = case.world.last(case.round);
    let report = block.outcome.report.as_ref().unwrap();
    let reading = &value["reading"];
    let told = &reading["distribution"];
    assert_eq!(told["total"], report.bonus.to_string());
    assert_eq!(told["carry_out"], report.carry.to_string());
    assert_eq!(told["fees"], report.fees.to_string());
    assert_eq!(told["fee_per_block"], report.fee_share.to_string());
    assert_eq!(told["fees_remainder"], report.fees_pending.to_string());
    assert_eq!(reading["days"], report.days);
    assert_eq!(reading["lucky"]["miner"]["id"], report.lucky.0);
    let pools = reading["pools"].as_array().unwrap();
    assert_eq!(pools.len(), report.members.len());
    for (pool, member) in pools.iter().zip(&report.members) {
        assert_eq!(pool["miner"]["id"], member.miner.0);
        assert_eq!(pool["pool"], member.pool.to_string());
        assert_eq!(pool["votes"], member.votes.to_string());
        assert_eq!(pool["produced"], member.produced);
        match case.name {
            "many-missed" => assert_eq!(pool["missed"], Value::Null),
            _ => assert_eq!(pool["missed"], member.missed),
        }
        assert_eq!(pool["fees"], member.fees.to_string());
    }
    let draw = &reading["draw"];
    assert_eq!(draw["v_avg"], report.average.to_string());
    assert_eq!(draw["kept"], report.draw.kept);
    let picks = draw["picks"].as_array().unwrap();
    assert_eq!(picks.len(), report.draw.picks.len());
    for (pick, drawn) in picks.iter().zip(&report.draw.picks) {
        assert_eq!(pick["miner"]["id"], drawn.miner.0);
        assert_eq!(pick["point"], drawn.point.to_string());
        assert_eq!(pick["total"], drawn.total.to_string());
    }
}

#[test]
fn rounds_verify_and_read_as_the_mechanism_reported_them() {
    let large = mainnet();
    let mut all: Vec<&Case> = cases().collect();
    all.push(&large);
    for case in all {
        let value = vector(case);
        reads_what_was_reported(case, &value);
        compare("verify", case.name, &value);
    }
}

/// The rounds are what their names say.
#[test]
fn the_cases_are_what_they_are_called() {
    let find = |name: &str| vector(case(name))["reading"].clone();
    let missed = |reading: &Value| -> u64 {
        let pools = reading["pools"].as_array().unwrap();
        pools
            .iter()
            .map(|pool| pool["missed"].as_u64().unwrap())
            .sum()
    };
    assert!(missed(&find("missed-slots")) >= 2);
    assert_eq!(find("day-boundary")["days"], 2);
    assert_eq!(
        find("resignation")["draw"]["candidates"]
            .as_array()
            .unwrap()
            .len(),
        5
    );
    let carried = find("carried");
    assert_ne!(carried["distribution"]["carry_in"], "0");
    assert_eq!(
        find("committee-of-one")["pools"].as_array().unwrap().len(),
        1
    );
    assert_eq!(find("kept-committee")["draw"]["kept"], true);
}
