//! What runs produce, and the document that holds them (`results.json`).

use crate::{measure::Sorted, study::Study};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod check;
pub mod curve;
pub mod summary;

/// The format of the document.
pub const FORMAT: &str = "etm-lab/1";

/// Steps of a Lorenz curve.
pub const LORENZ_STEPS: usize = 100;

/// Everything a simulation produced. Holds no times and no machine, so the same question gives the same bytes.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Results {
    pub format: String,
    /// Version of the lab.
    pub version: String,
    /// Whether all runs are there and finished.
    pub complete: bool,
    /// How many runs there are to be.
    pub jobs: usize,
    /// The study, or its variants if it sweeps.
    pub variants: Vec<VariantRecord>,
    /// The runs in order: by variant, policy, seed.
    pub runs: Vec<Run>,
}

/// A variant of the study.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct VariantRecord {
    /// Varied keys and values.
    pub values: Vec<(String, String)>,
    /// The study as run, all defaults written out.
    pub study: Study,
    /// Where the world came from, if not from the study: a document of a live network, and what was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<Live>,
}

/// A world taken from a network.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Live {
    /// SHA-256 of the document.
    pub digest: String,
    pub changes: Vec<String>,
    /// The names of the miners by id.
    pub miners: Vec<String>,
}

/// One run: a variant, a policy and a seed.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Index of the variant.
    pub variant: usize,
    /// Name of the policy.
    pub policy: String,
    pub seed: u64,
    /// False if it was interrupted: all figures are then those of the rounds played.
    pub finished: bool,
    /// Rounds played.
    pub rounds: u64,
    /// Days of block time.
    pub days: f64,
    /// Measures of the whole run by name.
    pub summary: BTreeMap<String, f64>,
    /// A row for each calendar day (the last may be a part of one).
    pub daily: Vec<Day>,
    /// A row for each round, if asked for.
    pub every_round: Vec<Round>,
    /// Lorenz curves in 100 steps: `stake`, `votes`, `bonus` of holders, `seats` of miners.
    pub lorenz: BTreeMap<String, Vec<f64>>,
    /// Bonus per ETM locked and year by tenth of the holders, from the smallest; empty with fewer than ten holders.
    pub deciles: Vec<f64>,
    /// Miners by id.
    pub miners: Vec<Miner>,
    /// Share of positions (a sample of at most 50,000) with time gain 1, 2 ... 32 at the end of the last day.
    pub time_gain: Vec<f64>,
}

/// Measures of a calendar day.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// From 0.
    pub day: u64,
    /// Rounds that ended on it.
    pub rounds: u64,
    /// Slots missed.
    pub missed: u64,
    /// Distinct miners elected.
    pub distinct: u64,
    /// Votes that moved.
    pub moves: u64,
    /// Concentration among operators at the end of the day (stake and votes) and over it (seats and bonus).
    pub concentration: Concentration,
    /// Share of the seats that the votes of the largest 1 % of holders stand for.
    pub seats_of_top1: f64,
    /// Mean time gain of positions, just before the day ended.
    pub time_gain: f64,
    /// Rounds in which cartels held more than a third of the committee.
    pub captured: u64,
    /// Rounds in which more than a third of the committee was in an outage.
    pub stalled: u64,
}

/// Measures of a round.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Round {
    /// Its number.
    pub round: u64,
    /// The calendar day it ended on.
    pub day: u64,
    /// Members of the committee.
    pub seats: u64,
    /// Distinct members that made a block.
    pub producers: u64,
    /// Slots missed.
    pub missed: u64,
    pub cartel_seats: u64,
    /// Bonus issued, ETM.
    pub bonus: f64,
    /// Concentration among operators in this round.
    pub concentration: Concentration,
}

/// How concentrated four things are among operators: a cartel is one of them, every other miner is its own.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Concentration {
    /// The stake that votes for them.
    pub stake: Spread,
    pub votes: Spread,
    pub seats: Spread,
    /// The bonus pools of their voters.
    pub bonus: Spread,
}

impl Concentration {
    /// The four by name.
    pub const fn named(&self) -> [(&'static str, &Spread); 4] {
        [
            ("stake", &self.stake),
            ("votes", &self.votes),
            ("seats", &self.seats),
            ("bonus", &self.bonus),
        ]
    }
}

/// How unequal something is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// The Gini coefficient.
    pub gini: f64,
    /// The Herfindahl-Hirschman index.
    pub hhi: f64,
    /// The Nakamoto coefficient of a third.
    pub nakamoto33: u64,
    /// The Nakamoto coefficient of half.
    pub nakamoto50: u64,
}

impl Spread {
    /// Of these values.
    pub fn of(values: &Sorted) -> Self {
        Self {
            gini: values.gini(),
            hhi: values.hhi(),
            nakamoto33: values.nakamoto(1.0 / 3.0),
            nakamoto50: values.nakamoto(0.5),
        }
    }

    /// The four by name.
    pub const fn named(&self) -> [(&'static str, f64); 4] {
        [
            ("gini", self.gini),
            ("hhi", self.hhi),
            ("nakamoto33", self.nakamoto33 as f64),
            ("nakamoto50", self.nakamoto50 as f64),
        ]
    }
}

/// A miner at the end of a run.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Miner {
    /// Its share of all stake that votes.
    pub stake: f64,
    /// Its share of all votes.
    pub votes: f64,
    /// Its share of all election weight.
    pub weight: f64,
    /// The share of rounds in which it had a seat.
    pub seated: f64,
    /// Slots it missed of those that were its.
    pub missed: f64,
    /// Whether a cartel runs it.
    pub cartel: bool,
}
