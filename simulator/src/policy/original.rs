//! What the original network's software did: concavity per miner and a draw that always ends with the greatest sums.

use super::entanmo::power_3_4;
use super::{
    ballot::{Ballot, Rule},
    contract::{Entry, Seats},
};
use crate::time_gain::Halving;

pub const ENTRY: Entry = Entry {
    name: "original",
    title: "Original software",
    about: "concave on the sum of a miner: v * (sum of t*T)^(3/4), and a draw with a constant seed, which elects the top 101",
    seats: Seats::Top,
    start: |world, start| Ok(Box::new(Ballot::new(Original, world, start)?)),
};

struct Original;

impl Rule for Original {
    fn votes_of(&self) -> fn(f64) -> f64 {
        |stake| stake
    }

    fn gain(&self) -> fn(usize) -> f64 {
        |t| t as f64
    }

    fn weight_of(&self) -> fn(f64) -> f64 {
        power_3_4
    }

    fn halving(&self) -> Option<Halving> {
        Some(Halving::EachRound)
    }

    fn seats(&self) -> Seats {
        Seats::Top
    }
}
