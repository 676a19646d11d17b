use super::*;
use ruint::aliases::U256;

fn fourth(value: u64) -> U256 {
    U256::from(value).pow(U256::from(4))
}

fn check_w(locked: u64) {
    let root = w(Units(locked));
    let cube = U256::from(locked).pow(U256::from(3));
    assert!(
        fourth(root) <= cube && cube < fourth(root + 1),
        "w({locked}) = {root}"
    );
}

#[test]
fn g_is_the_fourth_root_of_the_cube() {
    for t in 1..=32u8 {
        let value = g(TimeGain::new(t).unwrap());
        let cube = U256::from(t).pow(U256::from(3)) << 128;
        assert!(fourth(value) <= cube && cube < fourth(value + 1), "g({t})");
    }
    assert_eq!(g(TimeGain::MIN), 1 << 32);
    assert_eq!(g(TimeGain::MAX), 57_785_961_645);
}

#[test]
fn w_is_the_fourth_root_of_the_cube() {
    (0..20_000).for_each(check_w);
    (0..64).for_each(|bit| {
        (0..200u64).for_each(|offset| {
            check_w((1u64 << bit).wrapping_add(offset));
            check_w((1u64 << bit).wrapping_sub(offset));
        });
    });
    // Fourth powers are where a root turns: w(n^4) = n^3.
    for n in [1u64, 2, 3, 10, 99, 1_000, 40_000, 65_535] {
        let power = n.pow(4);
        assert_eq!(w(Units(power)), n.pow(3));
        check_w(power - 1);
        check_w(power.saturating_add(1));
    }
    check_w(u64::MAX);
    let mut value = 0x9e37_79b9_7f4a_7c15u64;
    for step in 0..50_000 {
        value = value
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        check_w(value >> (step % 64));
    }
}

#[test]
fn votes_people_see() {
    let etm = |count| Units::from_etm(count).unwrap();
    assert_eq!(w(Units::ETM), 1_000_000);
    assert_eq!(votes(etm(1), TimeGain::MIN), Votes::ONE);
    assert_eq!(
        votes(etm(10_000), TimeGain::MIN),
        Votes(1_000 * Votes::ONE.0)
    );
    let hundredths = votes(etm(1), TimeGain::MAX).0 * 100 / Votes::ONE.0;
    assert_eq!(hundredths, 1_345);
}
