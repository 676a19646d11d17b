use super::*;

fn check(pool: u64, votes: u128) {
    let fast = Pool::new(Units(pool), Votes(votes));
    for t in 1..=32 {
        let t = TimeGain::new(t).unwrap();
        let exact = crate::delta(Units(pool), Votes(votes), t);
        let modulo = exact & U256::from(u128::MAX);
        assert_eq!(
            U256::from(fast.delta(t)),
            modulo,
            "p = {pool}, S = {votes}, t = {t}"
        );
    }
}

#[test]
fn delta_is_the_exact_quotient() {
    let mut state = 1u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state ^ (state >> 29)
    };
    for step in 0..4_000u32 {
        let votes = (u128::from(next()) << 64 | u128::from(next())) >> (step % 127);
        check(next() >> (step % 63), votes.max(1));
    }
    // Quotients that come out even, or one below and above.
    for g in [1u128 << 32, 57_785_961_645] {
        for factor in [1, 2, 3, 1_000_003] {
            for offset in [0, 1, 2] {
                check(505_000_000, (g * factor + offset).saturating_sub(1).max(1));
                check(1, (g * factor + offset).saturating_sub(1).max(1));
            }
        }
    }
}

#[test]
fn extremes_of_section_13() {
    check(2_500_000_000_000_000, (1 << 85) - 1);
    check(2_500_000_000_000_000, 1 << 32);
    check(u64::MAX, u128::MAX);
    check(u64::MAX, 1);
    check(0, 1);
    let nobody = Pool::new(Units(5), Votes::ZERO);
    assert_eq!(nobody.delta(TimeGain::MAX), 0);
}

/// Shares whose fraction lies at the edge of a carry: S near rest * g / share.
#[test]
fn carries_are_decided_exactly() {
    for t in [1u8, 2, 7, 32] {
        let g = u128::from(weight::g(TimeGain::new(t).unwrap()));
        for share in 1..200u128 {
            let numerator = (7u128 << 64) * g;
            for votes in [numerator / share, numerator / share + 1] {
                check(7, votes);
            }
        }
    }
}
