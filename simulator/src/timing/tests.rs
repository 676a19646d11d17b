use super::*;

#[test]
fn static_voters_play_rounds() {
    let mut network = Static::new(5_000, 150).expect("a network");
    for _ in 0..3 {
        network.round().expect("a round");
    }
    assert_eq!(network.number, 3);
    assert_eq!(network.policy.committee().len(), 101);
}
