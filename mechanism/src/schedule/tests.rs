use super::*;

#[test]
fn the_totals_are_those_of_the_issue() {
    for height in [LAST_HEIGHT, LAST_HEIGHT.next(), Height::MAX] {
        assert_eq!(reward_total(height), REWARD_TOTAL);
        assert_eq!(bonus_total(height), BONUS_TOTAL);
    }
    assert_eq!(reward(LAST_HEIGHT.next()), Units::ZERO);
    assert_eq!(bonus(Height::MAX), Units::ZERO);
    assert_eq!(reward_total(Height(0)), Units::ZERO);
    assert_eq!(bonus(Height(0)), Units::ZERO);
    assert_eq!(reward(Height(0)), Units::ZERO);
}

#[test]
fn sums_follow_the_single_heights() {
    let mut around: std::vec::Vec<u64> = ENDS
        .iter()
        .flat_map(|end| end - 50..=end + 50)
        .chain(1..=50)
        .collect();
    around.sort_unstable();
    for height in around {
        assert_eq!(
            reward_total(Height(height)).0 - reward_total(Height(height - 1)).0,
            reward(Height(height)).0
        );
    }
    // In the last span each bonus is the quotient rounded down or up.
    let quotient = LAST_BONUS / LAST_BLOCKS;
    for height in ENDS[4] + 1..ENDS[4] + 1_000 {
        let value = bonus(Height(height)).0;
        assert!(value == quotient || value == quotient + 1);
    }
}
