use super::*;

const KNOWN: Known = Known {
    genesis_ms: 1_795_000_000_000,
    slot_ms: 3000,
    reached: Some(199),
};

#[test]
fn what_is_said_of_an_expiry_follows_from_what_is_known() {
    for over in [0, 198, 199] {
        assert!(KNOWN.is_over(over), "{over}");
        assert!(KNOWN.words(over, 0).contains("has expired: block 199"));
    }
    assert!(!KNOWN.is_over(200));
    let unproved = Known {
        reached: None,
        ..KNOWN
    };
    assert!(!unproved.is_over(0));
    let at = KNOWN.genesis_ms + 200 * 3000;
    let coming = KNOWN.words(200, at - 3_600_000);
    assert!(
        coming.contains("up to 200") && coming.contains(&instant(at)),
        "{coming}"
    );
    assert!(coming.contains(&span(3_600_000)), "{coming}");
    let late = KNOWN.words(200, at + 1);
    assert!(late.contains("may have expired"), "{late}");
    // No height and no clock is too far.
    assert!(KNOWN.words(u64::MAX, 0).contains("doesn't come before"));
}
