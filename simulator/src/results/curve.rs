//! What an adversary needs to capture a committee, by its share.

use super::{Results, Run};
use crate::{
    capture::{self, Bounds, Group},
    policy::{self, Seats},
    rng::Stream,
};

/// Miners over which the adversary of the capture curve splits its stake.
pub const CAPTURE_MINERS: [u64; 3] = [40, 101, 500];
const CAPTURE_STEPS: usize = 400;
const CAPTURE_TRIALS: u32 = 20_000;

/// Chance of capture for an adversary with a share of the weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CapturePoint {
    /// Over how many miners it splits.
    pub miners: u64,
    /// Its share of all election weight.
    pub share: f64,
    /// Seats that are more than a third.
    pub threshold: u64,
    pub seats: u64,
    /// Of one draw.
    pub round: Bounds,
    /// Of at least one draw in 365 days.
    pub year: Bounds,
    /// Estimate and standard error of a simulation of the draw, for some points.
    pub trials: Option<(f64, f64)>,
}

/// The chance of capture against the honest miners of the first run whose committee is drawn, at their final weights.
pub fn capture_curve(results: &Results) -> Vec<CapturePoint> {
    let drawn = |run: &&Run| match policy::find(&run.policy) {
        Ok(entry) => entry.seats == Seats::Drawn,
        Err(_) => false,
    };
    let Some(run) = results.runs.iter().find(drawn) else {
        return Vec::new();
    };
    let Some(record) = results.variants.get(run.variant) else {
        return Vec::new();
    };
    let honest: Vec<f64> = run
        .miners
        .iter()
        .filter(|miner| !miner.cartel && miner.weight > 0.0)
        .map(|miner| miner.weight)
        .collect();
    let total: f64 = honest.iter().sum();
    if total <= 0.0 {
        return Vec::new();
    }
    let rounds_a_year = record.study.rounds_per_day() * 365.0;
    let mut stream = Stream::new(run.seed, "capture");
    let mut points = Vec::new();
    for miners in CAPTURE_MINERS {
        for step in 1..=25 {
            let share = f64::from(step) * 0.02;
            let own = [Group {
                count: miners,
                weight: share / miners as f64,
            }];
            let others: Vec<Group> = honest
                .iter()
                .map(|weight| Group {
                    count: 1,
                    weight: weight / total * (1.0 - share),
                })
                .collect();
            let candidates = miners + others.len() as u64;
            let seats = u64::from(record.study.params.committee).min(candidates);
            let threshold = seats / 3 + 1;
            let round = capture::capture(&own, &others, seats, threshold, CAPTURE_STEPS);
            let trials = (miners == 101 && [10, 13, 16].contains(&step)).then(|| {
                capture::monte_carlo(&own, &others, seats, threshold, CAPTURE_TRIALS, &mut stream)
            });
            let year = round.of_rounds(rounds_a_year);
            points.push(CapturePoint {
                miners,
                share,
                threshold,
                seats,
                round,
                year,
                trials,
            });
        }
    }
    points
}
