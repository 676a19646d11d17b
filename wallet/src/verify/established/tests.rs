use super::*;

/// All blocks of a chain that stands still agree.
#[test]
fn what_is_not_of_now_is_said_to_be_old() {
    assert_eq!(old(8, 8, None), Vec::<String>::new());
    let overtaken = old(9, 8, None);
    assert!(
        overtaken[0].contains("the end of round 8 was proved"),
        "{overtaken:?}"
    );
    let both = old(9, 8, Some(3_600_000));
    assert!(both[1].contains("old by this machine's clock"), "{both:?}");
}
