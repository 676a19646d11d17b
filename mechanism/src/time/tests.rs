use super::{Day, Height, Round, Slot};
use std::vec::Vec;

#[test]
fn what_moves_in_time_says_what_happens_at_its_ends() {
    assert_eq!(Height(7).checked_add(2), Some(Height(9)));
    assert_eq!(Height::MAX.checked_add(0), Some(Height::MAX));
    assert_eq!(Height::MAX.checked_add(1), None);
    assert_eq!(Round(7).checked_sub(7), Some(Round::ZERO));
    assert_eq!(Round(7).checked_sub(8), None);
    assert_eq!(Round(1).previous(), Some(Round::ZERO));
    assert_eq!(Round::ZERO.previous(), None);

    assert_eq!(Slot(1).next(), Slot(2));
    assert_eq!(Slot::MAX.next(), Slot::MAX);
    assert_eq!(Slot::MAX.saturating_add(u64::MAX), Slot::MAX);
    assert_eq!(Day(3).saturating_sub(2), Day(1));
    assert_eq!(Day(3).saturating_sub(4), Day::ZERO);

    assert_eq!(Height(9).since(Height(7)), 2);
    assert_eq!(Height(7).since(Height(9)), 0);
    assert_eq!(Height::MAX.since(Height::ZERO), u64::MAX);
}

#[test]
fn ranges_hold_both_ends_and_end_at_the_last_number() {
    let rounds: Vec<_> = Round(3).through(Round(5)).collect();
    assert_eq!(rounds, [Round(3), Round(4), Round(5)]);
    assert_eq!(Round(5).through(Round(4)).count(), 0);
    assert!(Round(3).until(Round(5)).eq([Round(3), Round(4)]));
    assert_eq!(Round(3).until(Round(3)).count(), 0);
    assert_eq!(Round::MAX.through(Round::MAX).count(), 1);
}
