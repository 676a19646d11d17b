//! A variant for designers: at most one halving between two steps of the time gain.

use super::entanmo::power_3_4;
use super::{
    ballot::{Ballot, Rule},
    contract::{Entry, Seats},
};
use crate::time_gain::{self, Halving};

pub const ENTRY: Entry = Entry {
    name: "entanmo-daily",
    title: "En-Tan-Mo, halved once a day",
    about: "as En-Tan-Mo, but the time gain is halved at most once between two daily steps",
    seats: Seats::Drawn,
    start: |world, start| Ok(Box::new(Ballot::new(EnTanMoDaily, world, start)?)),
};

struct EnTanMoDaily;

impl Rule for EnTanMoDaily {
    fn votes_of(&self) -> fn(f64) -> f64 {
        power_3_4
    }

    fn gain(&self) -> fn(usize) -> f64 {
        time_gain::gain
    }

    fn halving(&self) -> Option<Halving> {
        Some(Halving::OnceADay)
    }

    fn seats(&self) -> Seats {
        Seats::Drawn
    }
}
