//! What the time gain of a voter comes to: the stationary law of `t` under halvings and daily steps.
//!
//! Under mechanism.md section 8 a position's `t` is halved for each block of its miner (step 5) and gains 1 at each day
//! boundary, up to 32 (step 6). For a miner that is elected at random, `t` is a Markov chain of 32 states. The lab compares its stationary mean with what simulations show, and voters use it to look ahead.

use etm_mechanism::TimeGain;
use std::{collections::BTreeMap, sync::Mutex};

/// When the time gain of a miner's voters is halved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halving {
    /// For each block (mechanism.md section 8, step 5).
    EachBlock,
    /// Once for each round in which it made a block.
    EachRound,
    /// At most once between two steps of the time gain.
    OnceADay,
}

/// Values of `t`.
pub const STATES: usize = 32;

/// `t` after so many halvings.
pub fn halved(t: u8, times: u64) -> u8 {
    TimeGain::new(t).map_or(t, |t| t.halved(times).get())
}

/// `t` after so many day boundaries.
pub fn after_days(t: u8, days: u64) -> u8 {
    TimeGain::new(t).map_or(t, |t| t.after_days(days).get())
}

/// `t^(3/4)`, which is `g(t) / g(1)` of section 4.
pub fn gain(t: usize) -> f64 {
    let root = libm::sqrt(t as f64);
    root * libm::sqrt(root)
}

/// How often the time gain is halved between two of its steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Halvings {
    pub rule: Halving,
    /// Blocks that a member makes in a round, on average (taken as Poisson: slots go to members at random).
    pub blocks_per_seat: f64,
}

impl Halvings {
    /// Probability of 0, 1, 2, 3, 4 and at least 5 halvings (five take any `t` to 1), for a miner that has a seat in
    /// `rounds` rounds between two steps on average (Poisson).
    fn law(&self, rounds: f64) -> [f64; 6] {
        // Probability of 1, 2, 3, 4 halvings by one seat, at index 1 to 4.
        let mut seat = [0.0; 5];
        match self.rule {
            Halving::EachBlock => {
                let mut chance = libm::exp(-self.blocks_per_seat);
                for (blocks, slot) in seat.iter_mut().enumerate() {
                    *slot = chance;
                    chance *= self.blocks_per_seat / (blocks as f64 + 1.0);
                }
            }
            Halving::EachRound | Halving::OnceADay => {
                seat[1] = -libm::expm1(-self.blocks_per_seat);
            }
        }
        // Panjer's recursion for a Poisson number of seats.
        let mut law = [0.0; 6];
        law[0] = libm::exp(rounds * libm::expm1(-self.blocks_per_seat));
        let mut rest = 1.0 - law[0];
        if self.rule == Halving::OnceADay {
            law[1] = rest;
            return law;
        }
        for total in 1..5 {
            let sum: f64 = (1..=total)
                .map(|part| part as f64 * seat[part] * law[total - part])
                .sum();
            law[total] = rounds / total as f64 * sum;
            rest -= law[total];
        }
        law[5] = f64::max(rest, 0.0);
        law
    }
}

/// Parts into which the time between two steps is cut where the chance of a seat changes with `t`.
const PARTS: usize = 8;
/// Steps after which a law counts as settled, at most.
const SETTLED_AFTER: usize = 1_000;

/// The law of `t` in the long run just before a step (index 0 is `t` = 1), for voters of a miner that has a seat in
/// `rounds` rounds between two steps on average, whatever their `t`.
pub fn stationary(halvings: &Halvings, rounds: f64) -> [f64; STATES] {
    let laws = [halvings.law(rounds); STATES];
    settle(|now| thinned(&stepped(now), &laws))
}

/// The same among many miners with equal stake, each drawn in proportion to the votes its voters have at their `t`, and
/// all together in `rounds` rounds each on average. A miner that was not drawn for long gains votes, and so a seat.
pub fn among_equals(halvings: &Halvings, rounds: f64) -> [f64; STATES] {
    let once = halvings.rule == Halving::OnceADay;
    let parts = if once { 1 } else { PARTS };
    settle(|now| {
        let mut law = stepped(now);
        for _ in 0..parts {
            let usual: f64 = law
                .iter()
                .enumerate()
                .map(|(index, chance)| chance * gain(index + 1))
                .sum();
            let at = |index: usize| halvings.law(rounds / parts as f64 * gain(index + 1) / usual);
            let laws: [[f64; 6]; STATES] = core::array::from_fn(at);
            law = thinned(&law, &laws);
        }
        law
    })
}

/// The mean of [`among_equals`], computed once in the life of the process for the same arguments.
pub fn mean_among_equals(halvings: &Halvings, rounds: f64) -> f64 {
    type Key = (u8, u64, u64);
    static KNOWN: Mutex<BTreeMap<Key, f64>> = Mutex::new(BTreeMap::new());
    let key = (
        halvings.rule as u8,
        halvings.blocks_per_seat.to_bits(),
        rounds.to_bits(),
    );
    if let Some(known) = KNOWN.lock().ok().and_then(|known| known.get(&key).copied()) {
        return known;
    }
    let found = mean(&among_equals(halvings, rounds));
    if let Ok(mut known) = KNOWN.lock() {
        known.insert(key, found);
    }
    found
}

/// Repeats a step until the law stays.
fn settle(step: impl Fn(&[f64; STATES]) -> [f64; STATES]) -> [f64; STATES] {
    let mut now = [0.0; STATES];
    now[0] = 1.0;
    for _ in 0..SETTLED_AFTER {
        let next = step(&now);
        let change: f64 = now
            .iter()
            .zip(&next)
            .map(|(old, new)| (old - new).abs())
            .sum();
        now = next;
        if change < 1e-7 {
            break;
        }
    }
    now
}

/// `t = min(32, t + 1)` for all.
fn stepped(law: &[f64; STATES]) -> [f64; STATES] {
    let mut after = [0.0; STATES];
    for (index, chance) in law.iter().enumerate() {
        after[(index + 1).min(STATES - 1)] += chance;
    }
    after
}

/// Halvings by the law of each `t`.
fn thinned(law: &[f64; STATES], laws: &[[f64; 6]; STATES]) -> [f64; STATES] {
    let mut after = [0.0; STATES];
    for (index, chance) in law.iter().enumerate() {
        for (times, probability) in laws[index].iter().enumerate() {
            after[((index + 1) >> times).max(1) - 1] += chance * probability;
        }
    }
    after
}

/// The mean of a law of `t`.
pub fn mean(law: &[f64; STATES]) -> f64 {
    law.iter()
        .enumerate()
        .map(|(index, chance)| (index + 1) as f64 * chance)
        .sum()
}

/// Expected sums of the gain (`t^(3/4)`) over a number of steps to come, for every `t` to start with and every number of
/// rounds with a seat between two steps.
#[derive(Clone, Debug)]
pub struct Forecast {
    rates: Vec<f64>,
    sums: Vec<[f64; STATES]>,
}

impl Forecast {
    /// The tables for `steps` steps of the time gain (at least 1).
    pub fn new(steps: u32, gain: fn(usize) -> f64, halvings: &Halvings) -> Self {
        // Rates from 1/256 to 512, eight to a doubling: interpolation errs by less than 0.2 %.
        let rates: Vec<f64> = (-64..=72)
            .map(|step| libm::exp2(f64::from(step) / 8.0))
            .collect();
        let sums = rates
            .iter()
            .map(|rate| Self::sums(&halvings.law(*rate), steps, gain))
            .collect();
        Self { rates, sums }
    }

    fn sums(law: &[f64; 6], steps: u32, gain: fn(usize) -> f64) -> [f64; STATES] {
        // value[t] after n days: today's gain plus the value of tomorrow's t.
        let mut value = [0.0; STATES];
        for _ in 0..steps {
            let mut earlier = [0.0; STATES];
            for (index, slot) in earlier.iter_mut().enumerate() {
                let stepped = (index + 2).min(STATES);
                let ahead: f64 = law
                    .iter()
                    .enumerate()
                    .map(|(times, chance)| chance * value[(stepped >> times).max(1) - 1])
                    .sum();
                *slot = gain(index + 1) + ahead;
            }
            value = earlier;
        }
        value
    }

    /// The sum for a position that has time gain `t` now and votes for a miner with a seat in `rate` rounds between two
    /// steps.
    pub fn sum(&self, rate: f64, t: u8) -> f64 {
        let column = usize::from(t.clamp(1, STATES as u8)) - 1;
        let place =
            (libm::log2(rate.max(1e-9)) * 8.0 + 64.0).clamp(0.0, (self.rates.len() - 1) as f64);
        let below = place as usize;
        let low = self.sums.get(below).map_or(0.0, |row| row[column]);
        let high = self.sums.get(below + 1).map_or(low, |row| row[column]);
        low + (place - below as f64) * (high - low)
    }
}

#[cfg(test)]
mod tests;
