use super::expected_end;

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
