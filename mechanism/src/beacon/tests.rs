use super::*;
use std::vec;

#[test]
fn every_place_is_reached_about_equally_often() {
    let mut turns = vec![0u32; 7];
    for slot in 1..=70_000 {
        turns[on_turn(Round(3), &[9; 32], Slot(slot), 7)] += 1;
    }
    assert!(
        turns.iter().all(|count| (9_600..10_400).contains(count)),
        "{turns:?}"
    );
}

#[test]
fn every_field_is_hashed() {
    let base = digest(&[
        b"etm/slot/v1",
        &1u64.to_be_bytes(),
        &[2; 32],
        &3u64.to_be_bytes(),
    ]);
    assert_eq!(
        on_turn(Round(1), &[2; 32], Slot(3), 1 << 20),
        place(&base, 1 << 20)
    );
    assert_ne!(
        on_turn(Round(2), &[2; 32], Slot(3), 1 << 20),
        place(&base, 1 << 20)
    );
    assert_ne!(
        on_turn(Round(1), &[3; 32], Slot(3), 1 << 20),
        place(&base, 1 << 20)
    );
    assert_ne!(
        on_turn(Round(1), &[2; 32], Slot(4), 1 << 20),
        place(&base, 1 << 20)
    );
    assert_ne!(next(&[0; 32], &[0; 48]), next(&[0; 32], &[1; 48]));
    assert_ne!(next(&[0; 32], &[0; 48]), next(&[1; 32], &[0; 48]));
    assert_eq!(on_turn(Round(1), &[2; 32], Slot(3), 0), 0);
    assert_eq!(lucky(Round(1), &[2; 32], 1), 0);
}
