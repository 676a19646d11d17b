use super::{BlockTime, expected_end, pace};

#[test]
fn a_block_that_is_late_puts_off_the_end_of_its_round() {
    let end = |now| expected_end(10_000, now, 13, 500);
    assert_eq!(end(10_000), 16_500);
    assert_eq!(end(10_500), 16_500);
    // The next block is not there yet: twelve come after it.
    assert_eq!(end(15_000), 21_000);
    assert_eq!(expected_end(10_000, 12_000, 0, 500), 10_000);
    assert_eq!(expected_end(u64::MAX, u64::MAX, 2, 500), u64::MAX);
}

#[test]
fn the_pace_of_blocks_counts_the_slots_that_were_missed() {
    let blocks = |times: &[u64]| -> Vec<BlockTime> {
        let block = |timestamp_ms: &u64| BlockTime {
            timestamp_ms: *timestamp_ms,
            finality_ms: None,
        };
        times.iter().map(block).collect()
    };
    // Nothing is known of the past: as if no slot were missed.
    for few in [&[][..], &[7_000]] {
        assert_eq!(pace(&blocks(few), 500), 500, "{few:?}");
    }
    assert_eq!(pace(&blocks(&[0, 500, 1_000]), 500), 500);
    // Every second slot is missed, which costs a slot and a half.
    assert_eq!(pace(&blocks(&[0, 1_250, 1_750, 3_000, 3_500]), 500), 875);
    // A halt of a day is over; no block comes sooner than a slot after another, whatever two timestamps say.
    assert_eq!(pace(&blocks(&[0, 86_400_000]), 500), 5_000);
    assert_eq!(pace(&blocks(&[9_000, 0, 100]), 500), 500);
    assert_eq!(pace(&blocks(&[0, u64::MAX]), u64::MAX), u64::MAX);
}
