use super::*;

/// What a command has written down itself is no ground for its own verdict.
#[test]
fn the_first_use_of_a_node_is_its_word() {
    let pinned = || Anchor::Pinned("http://node".to_owned());
    assert_eq!(pinned().at(true), Anchor::Asked);
    assert_eq!(pinned().at(false), pinned());
    assert_eq!(Anchor::Named.at(true), Anchor::Named);
}
