//! A lottery with the square root of the stake.

use super::{
    ballot::{Ballot, Rule},
    contract::{Entry, Seats},
};

pub const ENTRY: Entry = Entry {
    name: "root-lottery",
    title: "Lottery, square root",
    about: "a position has the square root of its ETM as votes, committee drawn by votes times performance",
    seats: Seats::Drawn,
    start: |world, start| Ok(Box::new(Ballot::new(RootLottery, world, start)?)),
};

struct RootLottery;

impl Rule for RootLottery {
    fn votes_of(&self) -> fn(f64) -> f64 {
        libm::sqrt
    }

    fn seats(&self) -> Seats {
        Seats::Drawn
    }
}
