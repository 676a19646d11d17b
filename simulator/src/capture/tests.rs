use super::*;

/// Exact probability by enumerating every order of a small draw.
fn enumerate(weights: &[(f64, bool)], seats: usize, threshold: usize) -> f64 {
    fn walk(rest: &mut Vec<(f64, bool)>, seats: usize, missing: usize) -> f64 {
        if missing == 0 {
            return 1.0;
        }
        if seats == 0 {
            return 0.0;
        }
        let total: f64 = rest.iter().map(|(weight, _)| weight).sum();
        let mut sum = 0.0;
        for index in 0..rest.len() {
            let drawn = rest.remove(index);
            let left = missing - usize::from(drawn.1);
            sum += drawn.0 / total * walk(rest, seats - 1, left);
            rest.insert(index, drawn);
        }
        sum
    }
    walk(&mut weights.to_vec(), seats.min(weights.len()), threshold)
}

fn group(count: u64, weight: f64) -> Group {
    Group { count, weight }
}

#[test]
fn bounds_hold_the_exact_value_of_small_committees() {
    let worlds: [(&[Group], &[Group]); 4] = [
        (&[group(3, 1.0)], &[group(5, 1.0)]),
        (
            &[group(2, 4.0), group(1, 0.5)],
            &[group(4, 1.0), group(1, 9.0)],
        ),
        (&[group(4, 0.1)], &[group(4, 1.0)]),
        (&[group(1, 50.0)], &[group(6, 1.0)]),
    ];
    for (own, others) in worlds {
        let mut weights = Vec::new();
        for (groups, flag) in [(own, true), (others, false)] {
            for group in groups {
                weights.extend((0..group.count).map(|_| (group.weight, flag)));
            }
        }
        for seats in 1..=5u64 {
            for threshold in 0..=seats {
                let exact = enumerate(&weights, seats as usize, threshold as usize);
                let found = capture(own, others, seats, threshold, 2_000);
                assert!(
                    found.low <= exact + 1e-12 && exact <= found.high + 1e-12,
                    "{own:?} {others:?} {seats} {threshold}: {exact} outside of {found:?}"
                );
                assert!(found.high - found.low < 4e-3, "{found:?}");
                assert!((found.middle() - exact).abs() < 1e-4, "{exact} {found:?}");
            }
        }
    }
}

#[test]
fn equal_weights_are_hypergeometric() {
    // 4 of 20 seats among 10 own and 30 others, at least 9: sum of C(10, i) C(30, 20 - i) / C(40, 20).
    let choose = |n: u64, k: u64| {
        (0..k)
            .map(|i| (n - i) as f64 / (k - i) as f64)
            .product::<f64>()
    };
    let exact: f64 = (9..=10)
        .map(|i| choose(10, i) * choose(30, 20 - i) / choose(40, 20))
        .sum();
    let found = capture(&[group(10, 2.5)], &[group(30, 2.5)], 20, 9, 4_000);
    assert!(found.low <= exact && exact <= found.high);
    assert!((found.middle() / exact - 1.0).abs() < 1e-3);
}

#[test]
fn certain_and_impossible_cases_are_exact() {
    let one = [group(10, 1.0)];
    assert_eq!(capture(&one, &one, 5, 6, 50), Bounds::ZERO);
    assert_eq!(capture(&one, &one, 5, 0, 50), Bounds::ONE);
    assert_eq!(capture(&[], &one, 5, 1, 50), Bounds::ZERO);
    // 14 seats, 10 others: at least 4 are the adversary's.
    assert_eq!(capture(&one, &one, 14, 4, 50), Bounds::ONE);
    // Fewer candidates than seats: all serve.
    assert_eq!(capture(&one, &one, 101, 10, 50), Bounds::ONE);
    assert_eq!(capture(&one, &one, 101, 11, 50), Bounds::ZERO);
}

#[test]
fn mainnet_sizes_agree_with_monte_carlo() {
    // 20 % of the weight over 101 miners against 300 equal ones.
    let own = [group(101, 0.2 / 101.0)];
    let others = [group(300, 0.8 / 300.0)];
    let found = capture(&own, &others, 101, 30, 1_000);
    assert!(found.high - found.low < 0.005, "{found:?}");
    let (share, error) = monte_carlo(
        &own,
        &others,
        101,
        30,
        20_000,
        &mut Stream::new(5, "capture"),
    );
    assert!(
        (share - found.middle()).abs() < 4.0 * error + 1e-4,
        "{share} {found:?}"
    );
    let year = found.of_rounds(104_000.0);
    assert!(year.low > 0.99);
}

#[test]
fn inclusion_of_equals_is_seats_over_candidates() {
    let (chances, _) = inclusion(&[3.0; 300], 101);
    assert!(
        chances
            .iter()
            .all(|chance| (chance - 101.0 / 300.0).abs() < 1e-12)
    );
    let (all, tau) = inclusion(&[1.0, 0.0, 5.0], 2);
    assert_eq!(all, [1.0, 0.0, 1.0]);
    assert!(tau.is_infinite());
}

#[test]
fn inclusion_is_close_to_the_exact_one_of_small_draws() {
    let weights = [8.0, 4.0, 2.0, 1.0, 1.0, 1.0, 1.0];
    let (chances, _) = inclusion(&weights, 3);
    for (index, chance) in chances.iter().enumerate() {
        let marked: Vec<(f64, bool)> = weights
            .iter()
            .enumerate()
            .map(|(place, weight)| (*weight, place == index))
            .collect();
        let exact = enumerate(&marked, 3, 1);
        assert!((chance - exact).abs() < 0.05, "{index}: {exact} {chance}");
    }
}

#[test]
fn tiny_chances_keep_their_digits() {
    // 34 of 34 seats among 34 own and 66 others of equal weight: 1 / C(100, 34), about 1.7e-27.
    let exact: f64 = (0..34)
        .map(|i| f64::from(34 - i) / f64::from(100 - i))
        .product();
    let found = capture(&[group(34, 1.0)], &[group(66, 1.0)], 34, 34, 2_000);
    assert!(
        found.low <= exact && exact <= found.high,
        "{exact:e} {found:?}"
    );
    assert!(found.high / found.low < 1.3, "{found:?}");
    let year = found.of_rounds(104_000.0);
    assert!((year.high / (found.high * 104_000.0) - 1.0).abs() < 1e-6);
}
