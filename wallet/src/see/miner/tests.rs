use super::*;
use serde_json::{Value, json};

/// What the node tells of a miner in a state.
fn told(state: &str) -> Value {
    let mut row = json!({
        "height": 90, "rank": 3, "id": 7, "name": "quince", "owner": "AFk29RFUnBUgzVuWHhiwckwHqqC6jQcG2c", "state": state, "ready": false,
        "in_committee": false, "announced": false, "votes": "0", "votes_share_ppb": 0, "locked": "0", "voters": 0, "produced": 12,
        "slots": 13, "missed": 1, "coefficient": "4000000000", "weight": "0", "first_pick_ppb": 0, "inclusion_ppb": 0,
        "outlook": { "votes": "0", "produced": 12, "slots": 13, "eligible": false, "weight": "0", "inclusion_ppb": 0 },
        "recent": "0110", "seats": 2, "expected_seats_micro": 1_500_000, "seats_deviation_micro": 400_000,
        "estimated_bonus_per_day": "0", "last_block": 77, "my_vote": false
    });
    let detail = json!({
        "estimate": {
            "amount": "0", "time_gain": 1, "votes": "0", "bonus_per_round": "0", "bonus_per_seat": "0", "seats": 5,
            "rounds_per_day_milli": 0
        },
        "past": true, "registered_height": 9, "resigned_round": null, "lookalikes": [], "deposit": "10000000000", "contact": null,
        "node_key": "11".repeat(32), "bls_key": "22".repeat(96), "dial_address": "127.0.0.1:4000", "last_seen_round": 5,
        "rewards_total": "100000000", "fees_total": "0", "pools_total": "300000000", "lucky_total": 1, "seats_total": 2,
        "voters_by_size": [], "last_round": 5
    });
    let row_fields = row.as_object_mut().unwrap();
    row_fields.extend(detail.as_object().unwrap().clone());
    row
}

fn shown(told: Value) -> String {
    let mut page = Page::default();
    MinerReport(serde_json::from_value(told).unwrap()).show(&mut page);
    page.as_str().to_owned()
}

/// The value of a line.
fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line[name.len()..].trim())
}

const OF_A_CANDIDATE: [&str; 5] = [
    "rank",
    "votes",
    "locked behind",
    "election weight",
    "chance of a seat",
];

#[test]
fn a_miner_that_resigned_has_no_figures_of_a_candidate() {
    let text = shown(told("registered"));
    assert_eq!(
        value(&text, "state"),
        Some("registered, not ready"),
        "{text}"
    );
    for name in OF_A_CANDIDATE {
        assert!(value(&text, name).is_some(), "{name}: {text}");
    }
    let mut resigned = told("resigned");
    resigned["resigned_round"] = 4.into();
    resigned["in_committee"] = true.into();
    let text = shown(resigned);
    assert_eq!(
        value(&text, "state"),
        Some("in committee, resigned in round 4"),
        "{text}"
    );
    for name in OF_A_CANDIDATE {
        assert_eq!(value(&text, name), None, "{text}");
    }
    assert_eq!(value(&text, "blocks"), Some("12 produced, 1 missed"));
    let deposit = value(&text, "deposit").unwrap();
    assert!(deposit.starts_with("100 ETM, given back once"), "{text}");
}

#[test]
fn of_a_miner_without_a_record_the_past_alone_is_told() {
    let mut gone = told("resigned");
    for (name, value) in [
        ("rank", json!(0)),
        ("resigned_round", json!(4)),
        ("produced", json!(0)),
        ("slots", json!(0)),
        ("missed", json!(0)),
        ("coefficient", json!("0")),
        ("recent", json!("")),
        ("seats", json!(0)),
        ("deposit", json!("0")),
        ("node_key", json!("00".repeat(32))),
        ("bls_key", json!("")),
        ("dial_address", json!("")),
        ("last_seen_round", Value::Null),
    ] {
        gone[name] = value;
    }
    let text = shown(gone);
    assert_eq!(value(&text, "state"), Some("resigned in round 4"), "{text}");
    let absent = [
        "blocks",
        "v ",
        "seats lately",
        "deposit",
        "contact",
        "dialled at",
        "node key",
        "BLS key",
        "last seen",
    ];
    for name in OF_A_CANDIDATE.iter().chain(&absent) {
        assert_eq!(value(&text, name), None, "{text}");
    }
    assert_eq!(value(&text, "seats ever"), Some("2, lucky 1 times"));
    assert_eq!(value(&text, "paid to voters"), Some("3 ETM"));
    assert_eq!(value(&text, "last block"), Some("77"));
    assert!(text.ends_with(&format!("{GONE}\n")), "{text}");
}

#[test]
fn a_row_of_a_miner_that_resigned_shows_no_figure_that_it_has_not() {
    let cells = |state: &str| -> Vec<String> {
        let detail: MinerDetail = serde_json::from_value(told(state)).unwrap();
        row(&detail.miner)
    };
    let (before, after) = (cells("registered"), cells("resigned"));
    assert!(!before.contains(&"-".to_owned()), "{before:?}");
    for place in [0, 3, 4, 5, 6, 10, 11, 14] {
        assert_eq!(after[place], "-", "{after:?}");
    }
    assert_eq!(after.last().unwrap(), "resigned");
}
