use super::*;

fn standing(votes: u128, produced: u64, slots: u64) -> Standing {
    Standing {
        votes: Votes(votes),
        produced,
        slots,
        registered: true,
    }
}

#[test]
fn the_three_cases() {
    let newcomer = standing(1_000, 0, 0);
    assert_eq!(newcomer.coefficient(V_ONE / 2), V_ONE / 2);
    assert_eq!(newcomer.weight(V_ONE / 2), Votes(500));
    let worker = standing(1_001, 2, 3);
    assert_eq!(worker.coefficient(V_ONE), (2 << 32) / 3);
    assert_eq!(worker.weight(0), Votes(667));
    let idle = standing(1_000, 0, 3);
    assert_eq!(idle.coefficient(V_ONE), V_ONE / 90);
    assert_eq!(idle.weight(V_ONE), Votes(11));
}

#[test]
fn extremes_stay_in_range() {
    // Section 13: S of 85 bits, n = 10^9.
    let votes = (1u128 << 85) - 1;
    let billion = 1_000_000_000;
    assert_eq!(standing(votes, billion, billion).weight(0), Votes(votes));
    assert_eq!(
        standing(votes, billion - 1, billion).weight(0),
        Votes(votes * (billion - 1) as u128 / billion as u128)
    );
    assert_eq!(
        standing(votes, 0, billion).weight(0),
        Votes(votes / (10 * 1_000_000_000u128.pow(2)))
    );
    assert_eq!(standing(votes, 0, billion).coefficient(V_ONE), 0);
    assert_eq!(standing(votes, 0, 0).weight(V_ONE), Votes(votes));
    // Far beyond them nothing wraps.
    let absurd = standing(u128::MAX, u64::MAX - 1, u64::MAX);
    assert_eq!(absurd.coefficient(0), V_ONE - 1);
    assert!(absurd.weight(0).0 < u128::MAX);
    assert_eq!(standing(u128::MAX, 0, u64::MAX).weight(0), Votes::ZERO);
    assert_eq!(standing(u128::MAX, 0, 0).weight(V_ONE), Votes(u128::MAX));
}

#[test]
fn the_average_counts_members_with_slots() {
    let members = [standing(0, 1, 1), standing(0, 1, 2), standing(5, 0, 0)];
    assert_eq!(average(7, &members), (V_ONE + V_ONE / 2) / 2);
    assert_eq!(average(7, &members[2..]), 7);
    assert_eq!(average(7, &[]), 7);
}
