use super::*;
use serde_json::{Value, json};

const GENESIS: Amount = Amount(21_000_000_000_000_000);

/// An account with a position that votes, in which all figures fit.
fn honest() -> Value {
    let told = include_str!("../watch/screen/told.json");
    let mut told: Value = serde_json::from_str(told).unwrap();
    let mut account = told["account"].take();
    let (t, locked) = (TimeGain::new(3).unwrap(), Units(100_000_000_000));
    let own = weight::votes(locked, t).0;
    account["position"]["votes"] = own.to_string().into();
    account["position"]["miner_votes"] = (4 * own).to_string().into();
    account["position"]["share_ppb"] = 250_000_000.into();
    account["position"]["forecast"] = json!([{
        "at_ms": 1, "time_gain_best": 3, "votes_best": own.to_string(), "time_gain_expected": 3,
        "votes_expected": own.to_string(),
    }]);
    account
}

fn is_refused(told: Value) -> bool {
    account(&serde_json::from_value(told).unwrap(), GENESIS).is_err()
}

#[test]
fn a_unit_or_a_vote_more_or_less_anywhere_is_told() {
    assert!(!is_refused(honest()));
    for path in [
        "/free",
        "/earned",
        "/balance",
        "/locked",
        "/locking",
        "/deposit",
        "/total",
        "/position/locked",
        "/position/votes",
        "/position/forecast/0/votes_best",
        "/position/forecast/0/votes_expected",
        "/projected/locked",
        "/projected/votes",
        "/projected_best/votes",
    ] {
        let value: u128 = honest()
            .pointer(path)
            .and_then(Value::as_str)
            .unwrap()
            .parse()
            .unwrap();
        let mut forged = honest();
        // Votes change with the root of what is locked: a unit of that need not change them.
        let more = if path.ends_with("d/locked") {
            1 << 30
        } else {
            1
        };
        *forged.pointer_mut(path).unwrap() = (value + more).to_string().into();
        assert!(is_refused(forged), "{path}");
    }
    for t in [0, 2, 33, 255] {
        let mut forged = honest();
        forged["position"]["time_gain"] = t.into();
        assert!(is_refused(forged), "t = {t}");
    }
    let mut forged = honest();
    forged["position"]["share_ppb"] = 250_000_001.into();
    assert!(is_refused(forged));
}

#[test]
fn nobody_has_more_than_there_is() {
    let height = Height(1279);
    let most = GENESIS.0 + schedule::reward_total(height).0 + schedule::bonus_total(height).0;
    for (free, refused) in [(most, false), (most + 1, true), (u64::MAX, true)] {
        let mut told = honest();
        for gone in ["position", "projected", "projected_best", "projected_worst"] {
            told[gone] = Value::Null;
        }
        for (name, units) in [
            ("locked", 0),
            ("earned", 0),
            ("free", free),
            ("balance", free),
            ("total", free),
        ] {
            told[name] = units.to_string().into();
        }
        assert_eq!(is_refused(told), refused, "{free}");
    }
}

#[test]
fn what_was_earned_is_the_share_of_the_pool() {
    let (t, locked) = (TimeGain::new(3).unwrap(), Units(20_000_000_000));
    let own = weight::votes(locked, t).0;
    let row = |votes: u128, all: u128, earned: u64| -> BonusPage {
        serde_json::from_value(json!({
            "address": "A", "round": 9, "total_earned": earned.to_string(), "total": 1, "next": null,
            "rounds": [{
                "round": 9, "height": 199, "timestamp_ms": 1, "earned": earned.to_string(), "why": "shared",
                "miner": { "id": 4, "name": "ember" }, "time_gain": 3, "locked": locked.0.to_string(), "votes": votes.to_string(),
                "miner_votes": all.to_string(), "share_ppb": 0, "pool": "300000000", "lucky": false, "lucky_extra": "0",
                "miner_blocks": 0,
            }],
        }))
        .unwrap()
    };
    for earned in [99_999_999, 100_000_000] {
        assert_eq!(rewards(&row(own, 3 * own, earned)), Ok(()), "{earned}");
    }
    for (votes, all, earned) in [
        (own, 3 * own, 100_000_002),
        (own, 3 * own, 0),
        (own, own / 2, 600_000_000),
        (own + 1, 3 * own, 100_000_000),
        (own, 0, 1_000),
        (own, 1, u64::MAX),
    ] {
        let told = rewards(&row(votes, all, earned));
        assert!(told.is_err(), "{votes} of {all}: {earned}");
    }
}

/// What was locked in a round can be unlocked in it: the position has neither yet.
#[test]
fn no_more_is_unlocked_than_is_locked_or_about_to_be() {
    let (locked, locking) = (100_000_000_000_u64, 700_000_000_u64);
    for (unlocking, refused) in [
        (locked, false),
        (locked + locking, false),
        (locked + locking + 1, true),
        (u64::MAX, true),
    ] {
        let mut told = honest();
        let total: u64 = told["total"].as_str().unwrap().parse().unwrap();
        told["locking"] = locking.to_string().into();
        told["total"] = (total + locking).to_string().into();
        told["unlocking"] = unlocking.to_string().into();
        assert_eq!(is_refused(told), refused, "{unlocking}");
    }
}

/// Rounds of ten blocks: at block 1,234 round 123 is running, to block 1,239.
#[test]
fn an_end_of_a_round_that_is_not_where_the_height_puts_it_is_told() {
    let mut told = honest();
    told["height"] = 1_234.into();
    told["effective_round"] = 123.into();
    told["round_end"]["round"] = 123.into();
    told["round_end"]["height"] = 1_239.into();
    told["round_end"]["blocks_to_come"] = 5.into();
    let is_refused = |told: &Value| {
        let account: Account = serde_json::from_value(told.clone()).unwrap();
        round_end(&account, 10).is_err()
    };
    assert!(!is_refused(&told));
    for path in [
        "/effective_round",
        "/round_end/round",
        "/round_end/height",
        "/round_end/blocks_to_come",
    ] {
        for other in [0, 4, 1_000_000] {
            let mut forged = told.clone();
            *forged.pointer_mut(path).unwrap() = other.into();
            assert!(is_refused(&forged), "{path} {other}");
        }
    }
    // The last block of a round is past: the next one is running.
    told["height"] = 1_239.into();
    assert!(is_refused(&told));
}

/// Rounds of ten blocks, of which five are to come.
#[test]
fn more_halvings_than_blocks_are_told() {
    let mut told = honest();
    told["height"] = 1_234.into();
    told["effective_round"] = 123.into();
    let end = |due: u32, expected: u32, most: u32| {
        json!({
            "round": 123, "height": 1_239, "blocks_to_come": 5, "days": 0, "halvings_due": due,
            "halvings_expected": expected, "halvings_most": most
        })
    };
    let is_refused = |told: &Value| {
        let account: Account = serde_json::from_value(told.clone()).unwrap();
        round_end(&account, 10).is_err()
    };
    for (due, expected, most, refused) in [
        (0, 0, 0, false),
        (0, 5, 5, false),
        (5, 7, 10, false),
        (6, 6, 6, true),
        (0, 0, 6, true),
        (2, 1, 3, true),
        (0, 4, 3, true),
        (900, 900, 900, true),
    ] {
        told["round_end"] = end(due, expected, most);
        assert_eq!(is_refused(&told), refused, "{due} {expected} {most}");
    }
    // Where nobody is voted for nothing halves.
    told["position"]["miner"] = Value::Null;
    assert!(is_refused(&told));
    told["round_end"] = end(0, 0, 0);
    assert!(!is_refused(&told));
}

/// Two of them where a miner that resigned may serve yet.
#[test]
fn a_deposit_is_that_of_miners() {
    for (units, one, refused) in [
        (0_u64, 100, false),
        (100, 100, false),
        (200, 100, false),
        (150, 100, true),
        (900, 100, true),
        (99, 100, true),
        (0, 0, false),
        (1, 0, true),
    ] {
        let mut told = honest();
        told["deposit"] = units.to_string().into();
        let account: Account = serde_json::from_value(told).unwrap();
        assert_eq!(
            deposit(&account, Amount(one)).is_err(),
            refused,
            "{units} {one}"
        );
    }
}
