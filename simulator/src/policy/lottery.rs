//! A lottery with one vote per ETM.

use super::{
    ballot::{Ballot, Rule},
    contract::{Entry, Seats},
};

pub const ENTRY: Entry = Entry {
    name: "linear-lottery",
    title: "Lottery, linear",
    about: "one vote per ETM, committee drawn by votes times performance",
    seats: Seats::Drawn,
    start: |world, start| Ok(Box::new(Ballot::new(Lottery, world, start)?)),
};

struct Lottery;

impl Rule for Lottery {
    fn votes_of(&self) -> fn(f64) -> f64 {
        |stake| stake
    }

    fn seats(&self) -> Seats {
        Seats::Drawn
    }
}
