use super::*;

/// The end of a round is proved a moment after its last block, and nodes behind one address may be some blocks apart.
#[test]
fn a_node_is_held_to_what_was_proved_a_round_apart() {
    for (next, running, found) in [
        (7, 7, Place::Here),
        (7, 8, Place::Here),
        (8, 7, Place::Here),
        (9, 7, Place::Behind),
        (7, 9, Place::On(8)),
        (0, 2_001, Place::On(2_000)),
        (0, 2_002, Place::Far),
        (0, 0, Place::Here),
    ] {
        assert_eq!(place(next, running, 1), found, "{next} {running}");
    }
    // Where rounds are short it is more of them.
    assert_eq!(place(9, 1, 10), Place::Here);
    assert_eq!(place(12, 1, 10), Place::Behind);
    assert_eq!(place(0, 31, 10), Place::On(21));
}
