//! The golden vectors, computed by an independent model, to the unit.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use etm_mechanism::{Height, schedule};
use etm_scenario::{Amount, Document, first_difference, run};
use serde::Deserialize;
use std::{fs, path::PathBuf};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vectors/mechanism")
}

fn check(name: &str) {
    let json = fs::read_to_string(folder().join(name).with_extension("json")).unwrap();
    let document = Document::parse(&json).unwrap();
    let expected = document.states.unwrap();
    let computed = run(&document.scenario).unwrap();
    let difference = first_difference(&expected, &computed);
    assert!(difference.is_none(), "{name}: {}", difference.unwrap());
    // The same with all checks after every block, and by the naive model of these tests.
    assert_eq!(
        common::run_checked(&document.scenario).as_ref(),
        Ok(&expected)
    );
    let difference = first_difference(&expected, &common::model::run(&document.scenario));
    assert!(
        difference.is_none(),
        "the model, {name}: {}",
        difference.unwrap()
    );
}

macro_rules! vectors {
    ($($test:ident = $file:literal,)*) => {
        $(#[test]
        fn $test() {
            check($file);
        })*

        #[test]
        fn every_vector_has_a_test() {
            let mut known = vec!["schedule", $($file),*];
            known.sort_unstable();
            let files = fs::read_dir(folder()).unwrap();
            let mut found: Vec<_> = files
                .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
                .collect();
            found.sort_unstable();
            assert_eq!(found, known);
        }
    };
}

vectors! {
    basic_lock_vote = "basic-lock-vote",
    carry = "carry",
    day_ticks = "day-ticks",
    few_candidates = "few-candidates",
    halving = "halving",
    mainnet_101 = "mainnet-101",
    min_committee = "min-committee",
    mixed = "mixed",
    performance = "performance",
    register_resign = "register-resign",
    rejected = "rejected",
    spend_earned = "spend-earned",
    switch_withdraw = "switch-withdraw",
    topup_unlock = "topup-unlock",
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    height: u64,
    reward: Amount,
    bonus: Amount,
    reward_total: Amount,
    bonus_total: Amount,
}

#[test]
fn reward_and_bonus_by_height() {
    let json = fs::read_to_string(folder().join("schedule.json")).unwrap();
    let rows: Vec<Row> = serde_json::from_str(&json).unwrap();
    assert!(!rows.is_empty());
    for row in rows {
        let height = row.height;
        assert_eq!(
            schedule::reward(Height(height)),
            row.reward.into(),
            "{height}"
        );
        assert_eq!(
            schedule::bonus(Height(height)),
            row.bonus.into(),
            "{height}"
        );
        assert_eq!(
            schedule::reward_total(Height(height)),
            row.reward_total.into(),
            "{height}"
        );
        assert_eq!(
            schedule::bonus_total(Height(height)),
            row.bonus_total.into(),
            "{height}"
        );
    }
}
