use super::{Facts, Forgotten, is_old};
use etm_types::{Height, Round};

const CALM: Facts = Facts {
    slot_ms: 3_000,
    clock_ahead_ms: 4_000,
    clock_unchanged: false,
    tip_ms: 1_000_000,
    now_ms: 1_003_000,
    peers: 4,
    connected: 1,
    silent: None,
    unheard: None,
    lost: None,
    useless: Vec::new(),
};

#[track_caller]
fn check(facts: &Facts, says: &[&str]) {
    let warnings = facts.warnings();
    assert_eq!(warnings.len(), says.len(), "{warnings:?}");
    for (warning, says) in warnings.iter().zip(says) {
        assert!(warning.contains(says), "{warning}");
    }
}

#[test]
fn a_calm_node_warns_of_nothing() {
    check(&CALM, &[]);
    let alone = Facts {
        peers: 0,
        connected: 0,
        ..CALM
    };
    check(&alone, &[]);
}

#[test]
fn a_clock_that_differs_is_told_once_and_in_which_way() {
    for (ahead, says) in [
        (4_001, "4.0 s ahead of the time the committee agrees on"),
        (3_600_000, "3600.0 s ahead of"),
        (-30_500, "30.5 s behind the time"),
    ] {
        let wrong = Facts {
            clock_ahead_ms: ahead,
            now_ms: CALM.tip_ms.saturating_add_signed(ahead),
            ..CALM
        };
        check(&wrong, &[says]);
    }
    // Who votes for nothing hears of no difference, but sees blocks of the future.
    let follower = Facts {
        clock_ahead_ms: 0,
        now_ms: CALM.tip_ms - 30_000,
        ..CALM
    };
    check(&follower, &["clock is 30.0 s behind the newest block"]);
}

/// On a machine that starves the chain falls behind a right clock: nobody is told to set that.
#[test]
fn a_chain_that_is_late_is_not_the_clock() {
    let late = Facts {
        clock_ahead_ms: 4_500,
        clock_unchanged: true,
        ..CALM
    };
    check(
        &late,
        &["the chain is 4.5 s behind this machine's clock, which nobody has changed"],
    );
    let behind = Facts {
        clock_ahead_ms: -4_500,
        ..late
    };
    check(&behind, &["this machine's clock is 4.5 s behind the time"]);
}

#[test]
fn lost_outcomes_are_told_with_what_to_do() {
    let lost = Facts {
        lost: Some((Height(7), Height(90))),
        ..CALM
    };
    check(
        &lost,
        &["blocks 7 to 90 brought is no longer in chain/node-outcomes"],
    );
    assert!(lost.warnings()[0].contains("Keep history.db"));
}

#[test]
fn an_old_tip_and_missing_peers_are_told() {
    let behind = Facts {
        now_ms: CALM.tip_ms + 30_001,
        connected: 0,
        ..CALM
    };
    check(&behind, &["30.0 s old", "no peers: none of the 4"]);
}

#[test]
fn a_node_that_waits_for_answers_says_for_how_many() {
    let waits = Facts {
        unheard: Some((1, 2)),
        ..CALM
    };
    check(&waits, &["does not vote yet: 1 of 2 members"]);
}

#[test]
fn a_node_that_forgot_its_votes_says_how_to_go_on() {
    for (needed, says) in [
        (false, "It votes again in the next round"),
        (true, "can't end without it: stop the node and put back"),
    ] {
        let silent = Facts {
            silent: Some(Forgotten {
                round: Round(7),
                needed,
            }),
            ..CALM
        };
        check(&silent, &["does not vote in round 7"]);
        assert!(silent.warnings()[0].contains(says));
    }
}

#[test]
fn a_clock_that_is_known_to_be_ahead_makes_no_block_old() {
    let tip = CALM.tip_ms;
    for ahead in [0_i64, 2_000, 30_000, 3_600_000] {
        let seen = |age: u64| is_old(tip, tip + ahead.unsigned_abs() + age, ahead, 500);
        assert!(!seen(5_000), "{ahead}");
        assert!(seen(5_001), "no block comes any more, {ahead} ahead");
    }
    // A clock that is behind makes nothing old, and nothing young.
    assert!(!is_old(tip, tip - 30_000, -30_000, 500));
    assert!(is_old(tip, tip + 20_001, -30_000, 2_000));
    assert!(!is_old(tip, u64::MAX, i64::MAX, u64::MAX));
}

#[test]
fn a_follower_says_why_nobody_gives_it_blocks() {
    let reason = "it is a node of the chain 0808";
    let alone = Facts {
        useless: vec![("https://a.example".into(), reason.into())],
        ..CALM
    };
    check(
        &alone,
        &["no upstream gives this node blocks (https://a.example: it is a node of the chain 0808)"],
    );
}
