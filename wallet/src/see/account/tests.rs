use super::*;
use crate::act::preview_fixtures::account;

const DAY_MS: u64 = 86_400_000;

/// What a person reads behind "next +1" of a position at `t` whose round ends with so many halvings and days; the next boundary is
/// an hour away, and `grown` is what the node says of it.
fn next_gain(t: u8, halvings: u32, days: u32, grown: u8) -> String {
    let mut account = account(5, 100, t, Some(1));
    account.round_end.days = days;
    account.round_end.halvings_due = halvings;
    if let Some(position) = &mut account.position {
        position.halvings_due = halvings;
        position.next_day_ms = 3 * DAY_MS;
        position.time_gain_after_next_day = grown;
    }
    let report = PositionReport {
        now_ms: 3 * DAY_MS - 3_600_000,
        account,
        timeline: Vec::new(),
        counted_from: None,
    };
    let mut page = Page::default();
    report.show(&mut page);
    let line = page.as_str().lines().find(|line| line.contains("next +1"));
    line.unwrap_or_default().to_owned()
}

/// A day that began in the running round counts at its end: the boundary after it is not the next that does.
#[test]
fn a_day_that_began_in_the_running_round_is_the_next_to_count() {
    let later = next_gain(4, 1, 0, 3);
    assert!(
        later.contains("in 1 h") && later.ends_with("then running: t = 3"),
        "{later}"
    );
    let now = next_gain(4, 1, 1, 4);
    assert!(
        now.ends_with("at the end of round 3 (height 79), for the day that begins in it: t = 3"),
        "{now}"
    );
    let several = next_gain(20, 0, 9, 30);
    assert!(
        several.ends_with("for the 9 days that begin in it: t = 29"),
        "{several}"
    );
    assert!(next_gain(28, 0, 9, 32).ends_with("t = 32"));
}

/// At 32 there is no more to come, unless blocks of its miner halve it first.
#[test]
fn the_most_there_is_grows_again_only_after_a_halving() {
    assert!(next_gain(32, 0, 1, 32).ends_with("t is 32, the most there is"));
    let halved = next_gain(32, 2, 0, 9);
    assert!(halved.ends_with("t = 9"), "{halved}");
    assert!(next_gain(32, 2, 1, 9).ends_with("t = 9"));
}
