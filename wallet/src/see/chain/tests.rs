use super::*;
use etm_types::Height;
use serde_json::{Value, json};

/// A supply in which everything is as it has to be.
fn honest() -> Value {
    let height = 5_554;
    let (rewards, bonus) = (
        schedule::reward_total(Height(height)).0,
        schedule::bonus_total(Height(height)).0,
    );
    let genesis = 21_000_000_000_000_000_u64;
    let total = genesis + rewards + bonus;
    let (locked, deposits, fees, escrow) = (700_000_000_000, 2_000_000_000, 30_000_000, bonus / 3);
    let spendable = total - locked - deposits - fees - escrow;
    let most = genesis + schedule::REWARD_TOTAL.0 + schedule::BONUS_TOTAL.0;
    let units = |units: u64| Value::from(units.to_string());
    json!({
        "height": height, "genesis": units(genesis), "rewards_issued": units(rewards), "bonus_issued": units(bonus),
        "total": units(total), "rewards_scheduled": units(rewards), "bonus_scheduled": units(bonus),
        "rewards_maximum": units(schedule::REWARD_TOTAL.0), "bonus_maximum": units(schedule::BONUS_TOTAL.0),
        "maximum": units(most), "locked": units(locked), "deposits": units(deposits), "fees_pending": units(fees),
        "escrow": units(escrow), "carry": units(escrow), "bonus_credited": units(bonus - escrow),
        "spendable": units(spendable), "locked_share_ppb": 0, "positions": 1, "voters": 1, "accounts": 2, "schedule": [],
    })
}

#[test]
fn a_unit_more_or_less_anywhere_is_told() {
    let honest = honest();
    let supply = |value: Value| serde_json::from_value::<Supply>(value).unwrap();
    assert_eq!(wrong(&supply(honest.clone())), None);
    let amounts = honest.as_object().unwrap().iter();
    let amounts: Vec<(&String, u64)> = amounts
        .filter_map(|(name, value)| Some((name, value.as_str()?.parse().ok()?)))
        .collect();
    assert_eq!(amounts.len(), 16);
    for (name, amount) in amounts {
        for forged in [amount - 1, amount + 1, u64::MAX] {
            let mut changed = honest.clone();
            changed[name] = forged.to_string().into();
            let less_carry = name == "carry" && forged < amount;
            assert_eq!(
                wrong(&supply(changed)).is_some(),
                !less_carry,
                "{name}: {forged}"
            );
        }
    }
}

/// Times are the chain's: where clocks were ahead and are set back, it goes on from the time of its newest block.
#[test]
fn a_clock_that_was_ahead_and_is_back_makes_no_round_longer() {
    const HOUR: u64 = 3_600_000;
    let now = now_ms();
    let shown = |node_ahead: u64, tip_ahead: u64, devnet: bool| {
        let status = status(now + node_ahead, now + tip_ahead, devnet);
        let mut page = Page::default();
        StatusReport::new(status).show(&mut page);
        page.as_str().to_owned()
    };
    let back = shown(0, 8 * HOUR + 30_000, false);
    assert!(back.contains("round ends in    10 s"), "{back}");
    assert!(
        back.contains("chain's time     8 h") && back.contains("clocks were ahead"),
        "{back}"
    );
    let travelled = shown(8 * HOUR, 8 * HOUR, true);
    assert!(travelled.contains("it has travelled"), "{travelled}");
    for (node, tip) in [(0, 0), (500, 1_000)] {
        let usual = shown(node, tip, false);
        assert!(!usual.contains("chain's time"), "{usual}");
    }
    // Told already, as a clock that is wrong.
    let wrong = shown(8 * HOUR, 8 * HOUR, false);
    assert!(wrong.contains("one of them is wrong"), "{wrong}");
    assert!(!wrong.contains("chain's time"), "{wrong}");
}

/// A node that stands still with its clock, or lies, says that it keeps up.
#[test]
fn how_old_the_newest_block_is_by_this_clock_is_told() {
    const HOUR: u64 = 3_600_000;
    let shown = |ago: u64| {
        let then = now_ms() - ago;
        let mut page = Page::default();
        StatusReport::new(status(then, then, false)).show(&mut page);
        page.as_str().to_owned()
    };
    let old = shown(3 * HOUR);
    let line = old.lines().find(|line| line.starts_with("keeps up"));
    assert!(
        line.is_some_and(|line| line.contains("its newest block is 3 h 0 min old")),
        "{old}"
    );
    assert!(shown(20_000).contains("keeps up         yes"));
}

/// Where no block comes the time that is left says nothing.
#[test]
fn a_round_of_a_chain_that_stands_still_is_not_counted_down() {
    use etm_types::api::chain::SyncState;
    let shown = |state: SyncState| {
        let mut status = status(now_ms(), now_ms(), false);
        status.sync.state = state;
        let mut page = Page::default();
        StatusReport::new(status).show(&mut page);
        let page = page.as_str();
        let line = page.lines().find(|line| line.starts_with("round ends in"));
        line.unwrap().to_owned()
    };
    assert_eq!(shown(SyncState::Synced), "round ends in    10 s");
    assert_eq!(shown(SyncState::Stalled), "round ends in    no new blocks");
    assert_eq!(shown(SyncState::Behind), "round ends in    not known");
    assert_eq!(shown(SyncState::Starting), "round ends in    not known");
}

/// A node whose clock shows `now_ms`, at a block of `tip_ms`, ten seconds before the end of a round.
fn status(now_ms: u64, tip_ms: u64, devnet: bool) -> Status {
    let told = include_str!("../../watch/screen/told.json");
    let mut told: Value = serde_json::from_str(told).unwrap();
    let status = &mut told["status"];
    status["chain"]["devnet"] = devnet.into();
    status["tip"]["timestamp_ms"] = tip_ms.into();
    status["sync"]["now_ms"] = now_ms.into();
    status["progress"]["ends_ms"] = (tip_ms.max(now_ms) + 10_000).into();
    serde_json::from_value(status.take()).unwrap()
}
