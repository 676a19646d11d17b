use super::*;

#[test]
fn no_unit_of_a_bonus_is_lost_or_made() {
    let bonuses = (0..50).chain([9_999_999_999, 10_100_000_000, u64::MAX - 1, u64::MAX]);
    for bonus in bonuses {
        for members in [1usize, 2, 3, 7, 101] {
            let split = Split::new(Units(bonus), members);
            let pools = (0..members).map(|place| split.pool(place == 0).0);
            let sum: u128 = pools.map(u128::from).sum();
            assert_eq!(sum + u128::from(split.rest.0), u128::from(bonus));
            assert!(split.rest.0 < members as u64);
            assert!(split.lucky.0 - bonus / 2 <= 1);
            // Nobody has votes: all of it goes on.
            let all = split.carry(0, (0..members).map(|_| Votes::ZERO));
            assert_eq!(all, Units(bonus));
        }
    }
    assert_eq!(Split::new(Units(5), 0).rest, Units(2));
}

#[test]
fn pools_without_votes_go_on() {
    let split = Split::new(Units(101), 3);
    assert_eq!(
        (split.share, split.lucky, split.rest),
        (Units(16), Units(51), Units(2))
    );
    let votes = [Votes(1), Votes::ZERO, Votes(5)];
    assert_eq!(split.carry(0, votes), Units(18));
    assert_eq!(split.carry(1, votes), Units(69));
    assert_eq!(split.carry(2, [Votes(1); 3]), Units(2));
}
