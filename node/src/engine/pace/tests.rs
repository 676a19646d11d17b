use commonware_cryptography::{Hasher as _, Sha256};
use commonware_runtime::{Clock as _, Runner as _, deterministic};
use etm_types::Height;

use super::*;

const SLOT_MS: u64 = 3_000;
const HOUR_MS: i64 = 3_600_000;
/// When these tests begin, so that a clock can be an hour behind.
const BEGIN_MS: u64 = 10_000_000;

fn parent(height: Height, timestamp_ms: u64) -> Parent {
    Parent {
        digest: Sha256::hash(&[&height.0.to_be_bytes()[..]]),
        height,
        timestamp_ms,
    }
}

/// The pace of a node whose clock is wrong by `wrong_ms`.
fn pace(wrong_ms: i64) -> Pace {
    let clock = ChainClock::simulated(move |time| time.saturating_add_signed(wrong_ms));
    Pace::new(clock, SLOT_MS)
}

fn now(context: &deterministic::Context) -> u64 {
    ChainClock::default().steady_ms(context)
}

/// Runs a test that begins at [`BEGIN_MS`].
fn test<F: Future<Output = ()>>(body: impl FnOnce(deterministic::Context) -> F) {
    deterministic::Runner::timed(Duration::from_secs(20_000)).start(|context| async move {
        context.sleep(Duration::from_millis(BEGIN_MS)).await;
        body(context).await;
    });
}

/// The parent of a calm chain, whose time has just come by a right clock.
fn heard_now(context: &deterministic::Context, pace: &Pace) -> Parent {
    let parent = parent(Height(7), now(context));
    pace.has_come(context, parent.digest, parent.timestamp_ms, false);
    parent
}

#[test]
fn a_right_clock_proposes_when_a_slot_has_passed() {
    test(|context| async move {
        let pace = pace(0);
        let parent = heard_now(&context, &pace);
        pace.slot(&context, &parent).await;
        assert_eq!(now(&context), BEGIN_MS + SLOT_MS);
        assert_eq!(pace.stamp(&context, &parent), BEGIN_MS + SLOT_MS);
    });
}

#[test]
fn a_clock_that_is_ahead_moves_a_block_by_a_quarter_of_a_slot_at_most() {
    for (ahead, waits) in [(1, 0), (SLOT_MS / 2, 0), (11_000, 0), (3_600_000, 9_000)] {
        test(move |context| async move {
            let pace = pace(i64::try_from(ahead).unwrap());
            let parent = heard_now(&context, &pace);
            context.sleep(Duration::from_millis(waits)).await;
            pace.slot(&context, &parent).await;
            let passed = now(&context) - BEGIN_MS;
            assert!(passed >= SLOT_MS / 2, "half a slot is left to transactions");
            let most = SLOT_MS.max(passed + SLOT_MS / 4);
            assert!(pace.stamp(&context, &parent) - BEGIN_MS <= most);
        });
    }
}

#[test]
fn a_block_that_others_certified_first_holds_a_clock_that_is_ahead_all_the_same() {
    test(|context| async move {
        let pace = pace(HOUR_MS);
        let parent = parent(Height(7), now(&context));
        pace.was_certified(parent.digest, parent.timestamp_ms, now(&context));
        pace.has_come(&context, parent.digest, parent.timestamp_ms, false);
        pace.slot(&context, &parent).await;
        let most = now(&context) + SLOT_MS / 4;
        assert!(pace.stamp(&context, &parent) <= most.max(BEGIN_MS + SLOT_MS));
    });
}

#[test]
fn a_clock_that_is_behind_goes_by_what_others_certified() {
    test(|context| async move {
        let pace = pace(-HOUR_MS);
        let parent = parent(Height(7), now(&context));
        pace.was_certified(parent.digest, parent.timestamp_ms, now(&context));
        context
            .sleep(Duration::from_millis(SLOT_MS + SLOT_MS / 7))
            .await;
        let asked = now(&context);
        pace.come(&context, &parent, BEGIN_MS + SLOT_MS).await;
        assert!(now(&context) <= asked + 1, "it was needed and voted late");
    });
}

#[test]
fn a_clock_that_is_behind_is_late_by_a_seventh_of_a_slot() {
    for behind in [-1_000, -11_000, -HOUR_MS] {
        test(move |context| async move {
            let pace = pace(behind);
            let parent = heard_now(&context, &pace);
            pace.slot(&context, &parent).await;
            let proposed = now(&context) - BEGIN_MS;
            assert!(
                proposed <= SLOT_MS * 8 / 7 + 10,
                "proposed after {proposed}"
            );
            let timestamp_ms = pace.stamp(&context, &parent);
            assert_eq!(timestamp_ms, BEGIN_MS + SLOT_MS);
            pace.come(&context, &parent, timestamp_ms).await;
            let voted = now(&context) - BEGIN_MS;
            assert!(voted <= SLOT_MS * 8 / 7 + 10, "voted after {voted}");
        });
    }
}

#[test]
fn a_vote_waits_for_the_time_of_a_block_however_far_ahead() {
    for ahead in [1, 12_000, 7_200_000] {
        test(move |context| async move {
            let pace = pace(0);
            let parent = heard_now(&context, &pace);
            pace.come(&context, &parent, BEGIN_MS + ahead).await;
            assert_eq!(now(&context), BEGIN_MS + ahead);
        });
    }
}

#[test]
fn a_chain_that_stood_still_comes_back_to_the_present() {
    // The node was there all the time.
    for wrong in [0, HOUR_MS] {
        test(move |context| async move {
            let pace = pace(wrong);
            let parent = heard_now(&context, &pace);
            context.sleep(Duration::from_secs(3_600)).await;
            pace.slot(&context, &parent).await;
            let stamp = pace.stamp(&context, &parent);
            assert!((3_600_000..=3_600_000 + SLOT_MS / 4).contains(&(stamp - BEGIN_MS)));
        });
    }
    // It was started again.
    test(|context| async move {
        let pace = pace(0);
        let parent = parent(Height(7), BEGIN_MS - 3_600_000);
        pace.slot(&context, &parent).await;
        assert_eq!(pace.stamp(&context, &parent), BEGIN_MS);
    });
}

#[test]
fn a_chain_ahead_of_all_clocks_goes_on_an_eighth_slower() {
    test(|context| async move {
        let pace = pace(0);
        let mut parent = parent(Height(7), BEGIN_MS + 60_000);
        for height in 8..100 {
            pace.slot(&context, &parent).await;
            let timestamp_ms = pace.stamp(&context, &parent);
            parent = self::parent(Height(height), timestamp_ms);
            pace.has_come(&context, parent.digest, timestamp_ms, true);
        }
        let passed = now(&context) - BEGIN_MS;
        let moved = parent.timestamp_ms - BEGIN_MS - 60_000;
        assert_eq!(moved, 92 * SLOT_MS);
        assert!((moved * 8 / 7 - 92..=moved * 8 / 7 + 920).contains(&passed));
    });
}

#[test]
fn a_chain_begins_by_the_clocks() {
    test(|context| async move {
        let pace = pace(0);
        let genesis = parent(Height(0), BEGIN_MS + 600_000);
        pace.slot(&context, &genesis).await;
        assert_eq!(now(&context), BEGIN_MS + 600_000 + SLOT_MS);
    });
}

#[test]
fn says_how_wrong_the_clock_is() {
    test(|context| async move {
        let pace = pace(-11_000);
        assert_eq!(pace.ahead_ms(), 0);
        heard_now(&context, &pace);
        assert_eq!(pace.ahead_ms(), -11_000);
        pace.has_come(
            &context,
            parent(Height(8), 0).digest,
            BEGIN_MS + 50_000,
            true,
        );
        assert_eq!(pace.ahead_ms(), -11_000, "its own blocks say nothing");
    });
}

/// Whether it is the clock or the chain that is wrong shows in which of the two moved.
#[test]
fn a_chain_that_falls_behind_is_no_wrong_clock() {
    test(|context| async move {
        let set_to = Arc::new(AtomicI64::new(0));
        let shown = Arc::clone(&set_to);
        let clock = ChainClock::simulated(move |time| {
            time.saturating_add_signed(shown.load(Ordering::SeqCst))
        });
        let pace = Pace::new(clock, SLOT_MS);
        let block = |height, late_ms| {
            let digest = parent(Height(height), 0).digest;
            pace.has_come(&context, digest, now(&context) - late_ms, false);
            (pace.ahead_ms(), pace.is_unchanged())
        };
        assert_eq!(block(6, 30_000), (30_000, false), "it may be the clock");
        assert_eq!(block(7, 300), (300, true));
        for height in 8..20 {
            context.sleep(Duration::from_secs(9)).await;
            let late = 1_000 * height;
            assert_eq!(
                block(height, late),
                (signed(late), true),
                "the chain is late"
            );
        }
        set_to.store(30_000, Ordering::SeqCst);
        assert_eq!(block(20, 300), (30_300, false), "the clock was set");
        set_to.store(0, Ordering::SeqCst);
        assert_eq!(block(21, 300), (300, true));
    });
}

#[test]
fn a_block_on_its_way_while_the_clock_is_moved_says_nothing_of_it() {
    test(|context| async move {
        let pace = Pace::new(ChainClock::simulated(|time| time), SLOT_MS);
        let block = |height, late_ms| {
            let digest = parent(Height(height), 0).digest;
            pace.has_come(&context, digest, now(&context) - late_ms, false);
            pace.ahead_ms()
        };
        assert_eq!(block(6, 300), 300);
        pace.clock().advance(Duration::from_secs(1_800));
        assert_eq!(block(7, 400), 300);
        // The next has the time that the clock was moved to, or the chain is late.
        assert_eq!(block(8, 500), 1_800_500);
    });
}

#[test]
fn what_was_found_of_a_clock_does_not_outlast_the_next_final_block() {
    test(|context| async move {
        let pace = pace(30_000);
        let parent = heard_now(&context, &pace);
        assert_eq!(pace.ahead_ms(), 30_000);
        // Set right, or put behind, it checks no block in time.
        pace.is_final(parent.timestamp_ms + 200, parent.timestamp_ms);
        assert_eq!(pace.ahead_ms(), 200);
        pace.is_final(parent.timestamp_ms - 30_000, parent.timestamp_ms);
        assert_eq!(pace.ahead_ms(), -30_000);
        // Blocks of long ago say nothing.
        pace.is_final(parent.timestamp_ms, BEGIN_MS / 2);
        assert_eq!(pace.ahead_ms(), -30_000);
    });
}

#[test]
fn a_development_network_that_hurries_moves_the_clock() {
    test(|context| async move {
        let pace = pace(0);
        pace.clock().unpace_until(Height(9));
        let first = heard_now(&context, &pace);
        pace.slot(&context, &first).await;
        assert_eq!(now(&context), BEGIN_MS, "no waiting");
        let second = parent(Height(8), pace.stamp(&context, &first));
        assert_eq!(second.timestamp_ms, BEGIN_MS + SLOT_MS);
        pace.come(&context, &first, second.timestamp_ms).await;
        pace.has_come(&context, second.digest, second.timestamp_ms, false);
        pace.slot(&context, &second).await;
        assert_eq!(now(&context), BEGIN_MS, "no waiting for block 9 either");
        assert_eq!(pace.clock().offset_ms(), 2 * SLOT_MS);
        // A journey in time counts as time that passed.
        pace.clock().advance(Duration::from_secs(86_400));
        assert!(pace.stamp(&context, &second) >= BEGIN_MS + 86_400_000);
    });
}
