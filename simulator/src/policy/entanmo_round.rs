//! A variant for designers: one halving a round.

use super::entanmo::power_3_4;
use super::{
    ballot::{Ballot, Rule},
    contract::{Entry, Seats},
};
use crate::time_gain::{self, Halving};

pub const ENTRY: Entry = Entry {
    name: "entanmo-round",
    title: "En-Tan-Mo, halved per round",
    about: "as En-Tan-Mo, but the time gain is halved once for each round in which the miner made a block",
    seats: Seats::Drawn,
    start: |world, start| Ok(Box::new(Ballot::new(EnTanMoRound, world, start)?)),
};

struct EnTanMoRound;

impl Rule for EnTanMoRound {
    fn votes_of(&self) -> fn(f64) -> f64 {
        power_3_4
    }

    fn gain(&self) -> fn(usize) -> f64 {
        time_gain::gain
    }

    fn halving(&self) -> Option<Halving> {
        Some(Halving::EachRound)
    }

    fn seats(&self) -> Seats {
        Seats::Drawn
    }
}
