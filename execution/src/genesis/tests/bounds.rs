//! Every parameter at its bounds and beyond: what is refused, and with which words.

use super::*;
use etm_mechanism::Params;

/// 265,000,000 ETM.
const ISSUED: u64 = 26_500_000_000_000_000;

/// A parameter: its name, how it is set, its least and its greatest value.
type Bound = (&'static str, fn(&mut ChainParams, u64), u64, u64);

/// All there is at the genesis of [`draft`] with four miners, in units.
fn supply(draft: &Draft) -> u64 {
    let free: u64 = draft.accounts.values().map(|units| units.0).sum();
    let locked: u64 = draft
        .positions
        .values()
        .map(|position| position.locked.0)
        .sum();
    free + locked
}

/// All there will ever be: producer rewards and voter bonus as well.
fn total(draft: &Draft) -> u64 {
    supply(draft) + ISSUED
}

/// Four miners on a chain with the parameters of mainnet, small enough for every bound to be tried.
fn base() -> Draft {
    let params = ChainParams {
        mechanism: Params {
            committee: 3,
            min_committee: 1,
            ..Params::mainnet()
        },
        ..ChainParams::mainnet()
    };
    draft(params, 4)
}

fn refusal(draft: Draft) -> Option<String> {
    Genesis::new(draft).err().map(|error| error.to_string())
}

#[test]
fn every_parameter_is_held_to_its_bounds() {
    let base = base();
    // A header, one transaction, and a committee of three with names and addresses as long as they may be.
    let least_block = (Header::SIZE + 1024 + 3 * (4 + 32 + 96 + 1 + 128 + 1 + 20) + 12) as u64;
    let bounds: [Bound; 10] = [
        ("committee", |p, v| p.mechanism.committee = v as u32, 1, 101),
        (
            "blocks_per_round",
            |p, v| p.mechanism.blocks_per_round = v as u32,
            2,
            10_000,
        ),
        (
            "day_seconds",
            |p, v| p.mechanism.day_seconds = v,
            1,
            31_536_000,
        ),
        ("slot_ms", |p, v| p.slot_ms = v, 10, 600_000),
        ("ready_rounds", |p, v| p.ready_rounds = v, 2, 1_000),
        (
            "max_block_transactions",
            |p, v| p.max_block_transactions = v as u32,
            1,
            4_096,
        ),
        (
            "max_block_bytes",
            |p, v| p.max_block_bytes = v as u32,
            least_block,
            1 << 20,
        ),
        (
            "min_lock",
            |p, v| p.mechanism.min_lock = Units(v),
            1,
            etm(1_000).0,
        ),
        (
            "deposit",
            |p, v| p.mechanism.deposit = Units(v),
            0,
            total(&base),
        ),
        ("fee", |p, v| p.fee = Units(v), 1, total(&base)),
    ];
    for (name, set, least, most) in bounds {
        let with = |value: u64| {
            let mut draft = base.clone();
            set(&mut draft.params, value);
            refusal(draft)
        };
        for value in [least, most] {
            assert_eq!(with(value), None, "{name} = {value}");
        }
        for value in least.checked_sub(1).into_iter().chain([most + 1]) {
            // Of the least lock a position of genesis says it first: it would be too small.
            let Some(reason) = with(value) else {
                panic!("{name} = {value} is not refused");
            };
            let named = reason.contains(&format!("parameters: {name} must be"));
            let too_small = name == "min_lock" && reason.contains("below the least lock");
            assert!(named || too_small, "{name} = {value}: {reason}");
            assert!(reason.contains(&value.to_string()), "{reason}");
        }
        // What is far beyond is refused by the parameters alone.
        assert!(with(u64::MAX).is_some(), "{name} = u64::MAX");
    }
    // None is forgotten.
    let checked: BTreeSet<_> = base.params.bounds().map(|(name, ..)| name).into();
    let mut tried: BTreeSet<_> = bounds.map(|(name, ..)| name).into();
    tried.insert("min_committee");
    assert_eq!(checked, tried);
    let fields = base.to_json();
    let fields: serde_json::Value = serde_json::from_str(&fields).unwrap();
    let fields = fields["parameters"].as_object().unwrap();
    let fields: BTreeSet<_> = fields.keys().map(String::as_str).collect();
    tried.insert("devnet");
    assert_eq!(fields, tried, "every parameter of the file has a bound");
}

#[test]
fn a_least_committee_is_bounded_by_the_candidates() {
    for (least, right) in [
        (0, false),
        (1, true),
        (4, true),
        (5, false),
        (u32::MAX, false),
    ] {
        let mut draft = base();
        draft.params.mechanism.min_committee = least;
        let reason = refusal(draft);
        assert_eq!(reason.is_none(), right, "{least}: {reason:?}");
        if let Some(reason) = reason {
            let said = match least {
                0 => "min_committee must be 1 to",
                _ => "4 miners have votes, at least",
            };
            assert!(reason.contains(said), "{reason}");
        }
    }
}

#[test]
fn only_a_devnet_may_be_free() {
    let mut draft = base();
    draft.params.fee = Units(0);
    let reason = refusal(draft.clone()).unwrap();
    assert!(
        reason.starts_with("parameters: fee must be at least 1 unit, not 0: only on a devnet"),
        "{reason}"
    );
    draft.params.devnet = true;
    assert_eq!(refusal(draft), None);
}

#[test]
fn more_than_databases_count_is_refused() {
    let most = i64::MAX as u64 - ISSUED;
    for (extra, right) in [(0, true), (1, false), (u64::MAX - most, false)] {
        let mut draft = base();
        let rest = most - supply(&draft);
        draft
            .accounts
            .insert(address("rich"), Units(rest.saturating_add(extra)));
        let reason = refusal(draft);
        assert_eq!(reason.is_none(), right, "{extra}: {reason:?}");
        if let Some(reason) = reason {
            assert!(
                reason.contains("may be 9223372036854775807 units at most, they are"),
                "{reason}"
            );
        }
    }
    // Sums beyond 64 bits don't wrap.
    let mut draft = base();
    for name in ["rich", "richer", "richest"] {
        draft.accounts.insert(address(name), Units(u64::MAX));
    }
    assert!(refusal(draft).unwrap().contains("units at most"));
}

#[test]
fn the_time_of_genesis_is_one_a_calendar_has() {
    for (timestamp_ms, right) in [
        (0, true),
        (253_402_300_799_999, true),
        (253_402_300_800_000, false),
        (u64::MAX, false),
    ] {
        let mut draft = base();
        draft.timestamp_ms = timestamp_ms;
        let reason = refusal(draft);
        assert_eq!(reason.is_none(), right, "{timestamp_ms}: {reason:?}");
        assert!(reason.is_none_or(|reason| reason.starts_with("timestamp_ms must be 0 to")));
    }
}

#[test]
fn miners_beyond_counting_are_refused_before_their_keys_are_checked() {
    let mut draft = base();
    let miner = draft.miners[0].clone();
    draft.miners = vec![miner; 100_001];
    assert_eq!(
        refusal(draft).unwrap(),
        "miners: there may be 100000 at most, there are 100001"
    );
}

#[test]
fn the_presets_are_within_the_bounds() {
    for params in [ChainParams::mainnet(), ChainParams::devnet()] {
        assert_eq!(params.check(), Ok(()));
    }
}
