use super::*;
use crate::Round;
use std::{println, vec::Vec};

/// Exact by brute force: the chance of each seat, over all orders.
fn enumerate(weights: &[u128], seats: usize) -> Vec<f64> {
    fn go(weights: &[u128], taken: &mut Vec<bool>, seats: usize, chance: f64, out: &mut [f64]) {
        if seats == 0 {
            return;
        }
        let rest: u128 = weights
            .iter()
            .zip(&*taken)
            .filter(|(_, taken)| !**taken)
            .map(|(weight, _)| weight)
            .sum();
        for index in 0..weights.len() {
            if !taken[index] && weights[index] > 0 {
                let chance = chance * weights[index] as f64 / rest as f64;
                out[index] += chance;
                taken[index] = true;
                go(weights, taken, seats - 1, chance, out);
                taken[index] = false;
            }
        }
    }
    let mut out = vec![0.0; weights.len()];
    go(
        weights,
        &mut vec![false; weights.len()],
        seats,
        1.0,
        &mut out,
    );
    out
}

fn votes(weights: &[u128]) -> Vec<Votes> {
    weights.iter().copied().map(Votes).collect()
}

fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() < tolerance,
            "{index}: {found} instead of {expected}"
        );
    }
}

#[test]
fn small_committees_by_enumeration() {
    let worlds: [&[u128]; 6] = [
        &[1, 1, 1, 1, 1],
        &[5, 4, 3, 2, 1],
        &[1_000_000, 1, 1, 1, 1, 1],
        &[
            1_000_000_000_000,
            1_000_000_000_000,
            1_000_000_000,
            1_000,
            3,
            1,
        ],
        &[7, 0, 7, 3, 0, 9, 2],
        &[1 << 90, 1 << 80, 1 << 85, 1 << 60, 1 << 88, 12, 1 << 90],
    ];
    for weights in worlds {
        let candidates = weights.iter().filter(|weight| **weight > 0).count();
        for seats in 0..=candidates {
            let found = seat_probabilities(&votes(weights), seats);
            close(&found, &enumerate(weights, seats), 1e-6);
        }
    }
}

#[test]
fn more_seats_than_candidates() {
    assert_eq!(seat_probabilities(&votes(&[3, 0, 5]), 9), [1.0, 0.0, 1.0]);
    assert!(seat_probabilities(&[], 3).is_empty());
    assert_eq!(seat_probabilities(&votes(&[0]), 3), [0.0]);
}

/// A field like that of real miners: weights over three orders of magnitude.
fn field(count: usize) -> Vec<Votes> {
    let weight = |index: usize| 1e9 / libm::pow(1.0 + index as f64, 0.8);
    (0..count)
        .map(|index| Votes(weight(index) as u128))
        .collect()
}

#[test]
fn the_three_methods_agree() {
    let rates = |count| {
        let field = field(count);
        let total: f64 = field.iter().map(|weight| weight.0 as f64).sum();
        let rates = field
            .iter()
            .map(|weight| weight.0 as f64 / total * count as f64);
        rates.collect::<Vec<_>>()
    };
    for (count, seats, tails, nodes, tolerance) in [
        (150, 12, low_tails as Tails, NODES_EXACT, 1e-6),
        (150, 60, normal_tails as Tails, NODES_NORMAL, 2e-3),
        (160, 17, normal_tails as Tails, NODES_NORMAL, 5e-3),
    ] {
        let rates = rates(count);
        let exact = by_quadrature(&rates, seats, NODES_EXACT, 9.0, all_tails);
        let other = by_quadrature(&rates, seats, nodes, 6.0, tails);
        let error = exact
            .iter()
            .zip(&other)
            .map(|(one, other)| (one - other).abs())
            .fold(0.0, f64::max);
        println!("{count} candidates, {seats} seats: {error:e}");
        assert!(
            error < tolerance,
            "{count} candidates, {seats} seats: {error:e}"
        );
        let sum: f64 = exact.iter().sum();
        assert!((sum - seats as f64).abs() < 1e-6, "{sum}");
    }
}

/// Against the draw itself: 2,000 draws of 101 from 300.
#[test]
fn the_draw_has_these_chances() {
    let weights = field(300);
    let chances = seat_probabilities(&weights, 101);
    let candidates: Vec<_> = weights
        .iter()
        .zip(0..)
        .map(|(weight, index)| crate::Candidate {
            miner: crate::MinerId(index),
            votes: *weight,
            produced: 0,
            slots: 0,
            weight: *weight,
        })
        .collect();
    let draws = 2_000u64;
    let mut seats = vec![0u32; weights.len()];
    for round in 0..draws {
        for pick in crate::draw::draw(Round(round), &[5; 32], &candidates, 101).unwrap() {
            seats[pick.miner.0 as usize] += 1;
        }
    }
    for (seats, chance) in seats.iter().zip(&chances) {
        let expected = chance * draws as f64;
        let deviation = libm::sqrt((expected * (1.0 - chance)).max(1.0));
        assert!(
            (f64::from(*seats) - expected).abs() < 5.0 * deviation,
            "{seats} of {expected}"
        );
    }
}

#[test]
fn large_fields() {
    for count in [1_000, 10_000] {
        let chances = seat_probabilities(&field(count), 101);
        let sum: f64 = chances.iter().sum();
        assert!((sum - 101.0).abs() < 1e-6);
        assert!(chances.is_sorted_by(|one, next| one >= next));
        assert!(chances[count - 1] > 0.0);
    }
}
