//! How likely an adversary is to hold a given number of seats of a committee drawn by weight without replacement.
//!
//! The draw (`docs/spec/mechanism.md` section 6) is the order in which independent exponential clocks ring, one for
//! each candidate, whose rate is its weight: after some have rung, the next is `j` with probability `R_j` over the sum
//! of those that remain. So the adversary has at least `a` of `k` seats exactly if its `a`-th clock rings before the
//! `(k - a + 1)`-th clock of the others. With `F(t)` the probability that at least `a` of its clocks have rung by `t`
//! and `G(t)` that at most `k - a` of the others have, the probability is the integral of `G` over `dF`. `F` rises and
//! `G` falls, so sums over any grid of times bound it from below and above; at a fixed time each clock has rung
//! independently, so `F` and `G` are exact sums.

use crate::rng::Stream;

/// Bounds of a probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// It is not below this.
    pub low: f64,
    /// It is not above this.
    pub high: f64,
}

impl Bounds {
    const ZERO: Self = Self {
        low: 0.0,
        high: 0.0,
    };
    const ONE: Self = Self {
        low: 1.0,
        high: 1.0,
    };

    /// Between the two: the trapezoidal value, far closer than the bounds.
    pub fn middle(&self) -> f64 {
        (self.low + self.high) / 2.0
    }

    /// The same for at least one of `rounds` independent draws.
    pub fn of_rounds(&self, rounds: f64) -> Self {
        let any = |chance: f64| -libm::expm1(rounds * libm::log1p(-chance));
        Self {
            low: any(self.low),
            high: any(self.high),
        }
    }
}

/// Candidates of equal weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group {
    pub count: u64,
    /// The weight of each; above 0.
    pub weight: f64,
}

/// Bounds of the probability that the `adversary` has at least `threshold` of the first `seats` members drawn.
/// `steps` is the number of intervals of the grid: the gap between the bounds shrinks with it.
pub fn capture(
    adversary: &[Group],
    others: &[Group],
    seats: u64,
    threshold: u64,
    steps: usize,
) -> Bounds {
    let count = |groups: &[Group]| groups.iter().map(|group| group.count).sum::<u64>();
    let (own, other) = (count(adversary), count(others));
    let seats = seats.min(own + other);
    if threshold == 0 {
        return Bounds::ONE;
    }
    if threshold > seats || own < threshold {
        return Bounds::ZERO;
    }
    // Others can fill at most `other` seats.
    if seats - other.min(seats) >= threshold {
        return Bounds::ONE;
    }
    let spare = (seats - threshold) as usize;
    let total: f64 = adversary
        .iter()
        .chain(others)
        .map(|group| group.count as f64 * group.weight)
        .sum();
    // Time at which `seats` clocks are expected to have rung, to centre the grid on.
    let centre = expected_end(adversary, others, seats as f64 - 0.5, total);
    // All sums are of numbers that are not negative, so nothing cancels and every one is good to many digits.
    let reached = |time: f64| {
        distribution(adversary, time, threshold as usize - 1)
            .1
            .min(1.0)
    };
    let room = |time: f64| {
        distribution(others, time, spare)
            .0
            .iter()
            .sum::<f64>()
            .min(1.0)
    };
    // Evenly spaced logarithms of times, from where hardly any of it has happened to where hardly any is left.
    let scale = reached(centre) * room(centre) * 1e-5;
    let edge = |factor: f64, open: &dyn Fn(f64) -> bool| {
        let mut time = centre;
        for _ in 0..EDGE_STEPS {
            if !open(time) {
                break;
            }
            time *= factor;
        }
        time
    };
    let first = edge(1.0 / EDGE_FACTOR, &|time| reached(time) > scale);
    let last = edge(EDGE_FACTOR, &|time| room(time) > scale);
    let stride = libm::log(last / first) / steps.max(1) as f64;
    let mut low = 0.0;
    let mut high = 0.0;
    let mut previous = (0.0, 1.0);
    for step in 0..=steps {
        let time = first * libm::exp(stride * step as f64);
        let now = (reached(time), room(time));
        let mass = (now.0 - previous.0).max(0.0);
        low += mass * now.1;
        high += mass * previous.1;
        previous = now;
    }
    // Whatever rings after the last point of the grid does so with at most the room that was left then.
    high += (1.0 - previous.0).max(0.0) * previous.1;
    // Rounding errs by far less than this.
    Bounds {
        low: (low * (1.0 - ROUNDING)).clamp(0.0, 1.0),
        high: (high * (1.0 + ROUNDING)).clamp(0.0, 1.0),
    }
}

/// By what the ends of the grid are looked for, and how often at most.
const EDGE_FACTOR: f64 = 1.15;
const EDGE_STEPS: usize = 400;

/// Relative allowance for rounding: some 10^5 additions and products of relative error 10^-16 each.
const ROUNDING: f64 = 1e-9;

/// Probability of each count 0..=`most` of clocks that have rung by `time`, and of more.
fn distribution(groups: &[Group], time: f64, most: usize) -> (Vec<f64>, f64) {
    let mut counts = vec![0.0; most + 1];
    let mut more = 0.0;
    counts[0] = 1.0;
    let mut filled = 0;
    for group in groups {
        let rung = -libm::expm1(-group.weight * time);
        let silent = libm::exp(-group.weight * time);
        for _ in 0..group.count {
            more += counts[most] * rung;
            filled = (filled + 1).min(most);
            for place in (1..=filled).rev() {
                counts[place] = counts[place] * silent + counts[place - 1] * rung;
            }
            counts[0] *= silent;
        }
    }
    (counts, more)
}

/// The time by which `seats` clocks are expected to have rung.
fn expected_end(adversary: &[Group], others: &[Group], seats: f64, total: f64) -> f64 {
    let rung = |time: f64| {
        let one = |group: &Group| group.count as f64 * -libm::expm1(-group.weight * time);
        adversary.iter().chain(others).map(one).sum::<f64>()
    };
    rising_root(rung, seats, seats / total)
}

/// The argument at which the rising function `value` reaches `target`, by bisection around `start` (above 0).
pub(crate) fn rising_root(value: impl Fn(f64) -> f64, target: f64, start: f64) -> f64 {
    let (mut low, mut high) = (0.0, start);
    for _ in 0..200 {
        if value(high) >= target {
            break;
        }
        low = high;
        high *= 2.0;
    }
    for _ in 0..100 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if value(middle) < target {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Share of `trials` draws in which the adversary has at least `threshold` of `seats` seats, and its standard error.
pub fn monte_carlo(
    adversary: &[Group],
    others: &[Group],
    seats: u64,
    threshold: u64,
    trials: u32,
    stream: &mut Stream,
) -> (f64, f64) {
    let mut rings: Vec<(f64, bool)> = Vec::new();
    let mut hits = 0u32;
    for _ in 0..trials {
        rings.clear();
        for (groups, own) in [(adversary, true), (others, false)] {
            for group in groups {
                for _ in 0..group.count {
                    rings.push((-libm::log(stream.positive()) / group.weight, own));
                }
            }
        }
        let seats = (seats as usize).min(rings.len());
        if seats > 0 && seats < rings.len() {
            rings.select_nth_unstable_by(seats - 1, |left, right| left.0.total_cmp(&right.0));
        }
        let held = rings[..seats].iter().filter(|(_, own)| *own).count();
        hits += u32::from(held as u64 >= threshold);
    }
    let share = f64::from(hits) / f64::from(trials.max(1));
    let error = libm::sqrt(share * (1.0 - share) / f64::from(trials.max(1)));
    (share, error)
}

/// Probability of each candidate to be among the first `seats` drawn by `weights` without replacement, in the large-draw
/// approximation: `1 - exp(-R_j * tau)` with `tau` such that they sum to `seats`. Also answers `tau`.
/// All are drawn if there are no more than `seats` (`tau` is infinite).
pub fn inclusion(weights: &[f64], seats: usize) -> (Vec<f64>, f64) {
    let candidates = weights.iter().filter(|weight| **weight > 0.0).count();
    if candidates <= seats {
        let all = weights
            .iter()
            .map(|weight| f64::from(u8::from(*weight > 0.0)));
        return (all.collect(), f64::INFINITY);
    }
    let total: f64 = weights.iter().sum();
    let drawn = |tau: f64| {
        weights
            .iter()
            .map(|weight| -libm::expm1(-weight * tau))
            .sum::<f64>()
    };
    let tau = rising_root(drawn, seats as f64, seats as f64 / total);
    let chances = weights.iter().map(|weight| -libm::expm1(-weight * tau));
    (chances.collect(), tau)
}

#[cfg(test)]
mod tests;
