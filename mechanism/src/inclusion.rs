//! The chance of a seat in a committee, for display. **Floating point: nothing here may reach state.**
//!
//! The draw of section 6 is successive weighted sampling without replacement. Give each candidate `j` an independent
//! exponential clock of rate `R_j`: the order in which the clocks ring is exactly the order of the draw, so the
//! committee are the first `k` to ring, and
//!
//! ```text
//! P(i has a seat) = integral over t of R_i exp(-R_i t) * P(fewer than k of the others have rung by t) dt
//! ```
//!
//! By parts this is the integral of `R_i exp(-R_i t) * (1 - tail(t))`, `tail(t)` being the chance that `k` of the others
//! have rung by `t`: a sum of independent coins. It is taken by Gauss-Legendre quadrature in `log t` over the span in
//! which the `k`th ring can fall. The distribution of the sum is
//!
//! * exact for up to [`EXACT_CANDIDATES`] candidates or [`EXACT_SEATS`] seats: one convolution for all, and for each
//!   candidate its own coin taken out again. The results are good to about 10^-8;
//! * normal with a correction for skewness otherwise, where at least [`EXACT_SEATS`] coins of hundreds have rung. The
//!   results are good to about 10^-4.
//!
//! The probabilities are scaled to sum up to `k`.

use crate::Votes;
use alloc::{vec, vec::Vec};

/// Up to this many candidates the distribution of the number of rings is computed exactly.
pub const EXACT_CANDIDATES: usize = 160;
/// Up to this many seats the distribution of the number of rings is computed exactly.
pub const EXACT_SEATS: usize = 16;

/// Least nodes of the quadrature where the distribution is exact.
const NODES_EXACT: usize = 64;
/// Least nodes of the quadrature where it is normal.
const NODES_NORMAL: usize = 14;
/// More nodes for each unit of `log t`.
const NODES_PER_UNIT: f64 = 5.0;
const NODES_MAX: f64 = 600.0;

/// A chance in parts per billion, rounded down.
pub fn ppb(chance: f64) -> u32 {
    (chance.clamp(0.0, 1.0) * 1e9) as u32
}

/// The chance of each candidate to be in a committee of `seats`, drawn by these election weights (`R`). Candidates
/// without weight have none; if there are no more candidates with weight than seats, each of these is certain.
pub fn seat_probabilities(weights: &[Votes], seats: usize) -> Vec<f64> {
    let mut chances = vec![0.0; weights.len()];
    let candidates = weights.iter().filter(|weight| weight.0 > 0);
    let total: f64 = candidates.clone().map(|weight| weight.0 as f64).sum();
    let count = candidates.clone().count();
    if count == 0 || seats == 0 {
        return chances;
    }
    // Rates with mean 1.
    let rates: Vec<f64> = candidates
        .map(|weight| weight.0 as f64 / total * count as f64)
        .collect();
    let found = if count <= seats {
        vec![1.0; count]
    } else if seats == 1 {
        rates.iter().map(|rate| rate / count as f64).collect()
    } else {
        spread(&rates, seats)
    };
    let places = weights.iter().zip(&mut chances);
    let places = places.filter(|(weight, _)| weight.0 > 0);
    for ((_, place), chance) in places.zip(found) {
        *place = chance;
    }
    chances
}

/// The general case: 2 seats or more, and more candidates than seats.
fn spread(rates: &[f64], seats: usize) -> Vec<f64> {
    let (nodes, deviations, tails): (_, _, Tails) = if rates.len() <= EXACT_CANDIDATES {
        (NODES_EXACT, 9.0, all_tails)
    } else if seats <= EXACT_SEATS {
        (NODES_EXACT, 9.0, low_tails)
    } else {
        (NODES_NORMAL, 6.0, normal_tails)
    };
    let mut chances = by_quadrature(rates, seats, nodes, deviations, tails);
    let sum: f64 = chances.iter().sum();
    for chance in &mut chances {
        *chance = (*chance * seats as f64 / sum).clamp(0.0, 1.0);
    }
    chances
}

/// Expected number of candidates that have rung by `t`, its variance, and its growth with `t`.
fn rung(rates: &[f64], t: f64) -> (f64, f64, f64) {
    rates
        .iter()
        .fold((0.0, 0.0, 0.0), |(mean, variance, growth), rate| {
            let stay = libm::exp(-rate * t);
            (
                mean + 1.0 - stay,
                variance + stay * (1.0 - stay),
                growth + rate * stay,
            )
        })
}

/// The time at which about `count` candidates are expected to have rung; `count` is below their number.
fn time_of(rates: &[f64], count: f64) -> f64 {
    let left = rates.len() as f64 - count;
    let tolerance = 1e-3 * left.min(1.0);
    let mut t = 0.0;
    // Newton's method; the expectation is concave in t, so each step stays before the goal.
    for _ in 0..400 {
        let (mean, _, growth) = rung(rates, t);
        let missing = count - mean;
        if missing <= tolerance || growth <= 0.0 {
            break;
        }
        t += missing / growth;
    }
    t
}

/// For each candidate the chance that at least `seats` of the others have rung, given each one's chance to have.
type Tails = fn(rings: &[f64], seats: usize, tails: &mut [f64]);

fn by_quadrature(
    rates: &[f64],
    seats: usize,
    nodes: usize,
    deviations: f64,
    tails_of: Tails,
) -> Vec<f64> {
    let goal = seats as f64;
    let margin = deviations * libm::sqrt(rung(rates, time_of(rates, goal)).1) + 2.0;
    let fastest = rates.iter().copied().fold(1.0, f64::max);
    let from = time_of(rates, (goal - margin).max(0.0)).max(1e-9 / fastest);
    let until = time_of(rates, (goal + margin).min(rates.len() as f64 - 1e-9));
    let mut chances: Vec<f64> = rates
        .iter()
        .map(|rate| 1.0 - libm::exp(-rate * from))
        .collect();
    let (mut rings, mut tails) = (vec![0.0; rates.len()], vec![0.0; rates.len()]);
    let span = libm::log(until / from);
    // The integrand turns once within each unit of `log t` or slower, but where the number of rings is narrow.
    let nodes = (nodes as f64 + NODES_PER_UNIT * span).min(NODES_MAX) as usize;
    for (point, weight) in gauss_legendre(nodes) {
        let t = from * libm::exp(span * point);
        for (ring, rate) in rings.iter_mut().zip(rates) {
            *ring = 1.0 - libm::exp(-rate * t);
        }
        tails_of(&rings, seats, &mut tails);
        let known = rates.iter().zip(&rings).zip(&tails);
        for (chance, ((rate, ring), tail)) in chances.iter_mut().zip(known) {
            *chance += weight * span * t * rate * (1.0 - ring) * (1.0 - tail);
        }
    }
    chances
}

/// Points and weights of Gauss-Legendre quadrature on 0..1, by Newton's method.
fn gauss_legendre(nodes: usize) -> impl Iterator<Item = (f64, f64)> {
    let count = nodes as f64;
    (0..nodes).map(move |index| {
        let mut x = libm::cos(core::f64::consts::PI * (index as f64 + 0.75) / (count + 0.5));
        let mut slope = 1.0;
        for _ in 0..50 {
            let (mut previous, mut value) = (0.0, 1.0);
            for degree in 0..nodes {
                let degree = degree as f64;
                let next = ((2.0 * degree + 1.0) * x * value - degree * previous) / (degree + 1.0);
                previous = value;
                value = next;
            }
            slope = count * (x * value - previous) / (x * x - 1.0);
            let step = value / slope;
            x -= step;
            if libm::fabs(step) < 1e-15 {
                break;
            }
        }
        (0.5 * (1.0 + x), 1.0 / ((1.0 - x * x) * slope * slope))
    })
}

/// Adds a coin that rings with chance `ring` to the distribution of a sum, whose last entries may be cut off.
fn add_coin(distribution: &mut [f64], ring: f64) {
    let mut before = 0.0;
    for value in distribution {
        let own = *value;
        *value = own * (1.0 - ring) + before * ring;
        before = own;
    }
}

/// Exact, by the whole distribution of the number of rings.
fn all_tails(rings: &[f64], seats: usize, tails: &mut [f64]) {
    let count = rings.len();
    let mut all = vec![0.0; count + 1];
    all[0] = 1.0;
    for (place, ring) in rings.iter().enumerate() {
        add_coin(&mut all[..place + 2], *ring);
    }
    for (ring, tail) in rings.iter().zip(tails) {
        // Taking a coin out is stable from the end at which it rarely is.
        *tail = if *ring <= 0.5 {
            1.0 - below(&all[..seats], *ring)
        } else {
            let (mut others, mut sum) = (0.0, 0.0);
            for n in (seats + 1..=count).rev() {
                others = (all[n] - others * (1.0 - ring)) / ring;
                sum += others;
            }
            sum
        };
    }
}

/// The chance that fewer of the others have rung than `all` has entries: the distribution of all, cut off.
fn below(all: &[f64], ring: f64) -> f64 {
    let (mut others, mut sum) = (0.0, 0.0);
    for value in all {
        others = (value - others * ring) / (1.0 - ring);
        sum += others;
    }
    sum
}

/// Exact, by the lower part of the distribution of the number of rings: for few seats.
fn low_tails(rings: &[f64], seats: usize, tails: &mut [f64]) {
    let start = || {
        let mut distribution = vec![0.0; seats];
        distribution[0] = 1.0;
        distribution
    };
    let mut all = start();
    rings.iter().for_each(|ring| add_coin(&mut all, *ring));
    for (place, (ring, tail)) in rings.iter().zip(tails).enumerate() {
        *tail = 1.0
            - if *ring <= 0.6 {
                below(&all, *ring)
            } else {
                // Few candidates ring that early: the sum is built without this coin.
                let mut others = start();
                let rest = rings[..place].iter().chain(&rings[place + 1..]);
                rest.for_each(|ring| add_coin(&mut others, *ring));
                others.iter().sum::<f64>()
            };
    }
}

/// Normal with a correction for skewness and for whole numbers.
fn normal_tails(rings: &[f64], seats: usize, tails: &mut [f64]) {
    let (mut mean, mut variance, mut third) = (0.0, 0.0, 0.0);
    for ring in rings {
        let spread = ring * (1.0 - ring);
        mean += ring;
        variance += spread;
        third += spread * (1.0 - 2.0 * ring);
    }
    let tail_of = |ring: f64| {
        let spread = ring * (1.0 - ring);
        let variance = (variance - spread).max(1e-12);
        let deviation = libm::sqrt(variance);
        let skew = (third - spread * (1.0 - 2.0 * ring)) / (variance * deviation);
        let z = (seats as f64 - 0.5 - (mean - ring)) / deviation;
        let density = libm::exp(-0.5 * z * z) / libm::sqrt(2.0 * core::f64::consts::PI);
        let below = 0.5 * libm::erfc(-z / core::f64::consts::SQRT_2);
        1.0 - below + skew / 6.0 * (z * z - 1.0) * density
    };
    // One coin moves the sum by a fraction of its deviation: a polynomial through five points is as good.
    let [a, b, c, d, e] = [0.0, 0.25, 0.5, 0.75, 1.0].map(tail_of);
    let differences = [
        b - a,
        c - 2.0 * b + a,
        d - 3.0 * c + 3.0 * b - a,
        e - 4.0 * d + 6.0 * c - 4.0 * b + a,
    ];
    for (ring, tail) in rings.iter().zip(tails) {
        let step = 4.0 * ring;
        let inner = differences[2] + (step - 3.0) / 4.0 * differences[3];
        let inner = differences[1] + (step - 2.0) / 3.0 * inner;
        let inner = differences[0] + (step - 1.0) / 2.0 * inner;
        *tail = (a + step * inner).clamp(0.0, 1.0);
    }
}

#[cfg(test)]
mod tests;
