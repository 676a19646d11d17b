//! Classic delegated proof of stake: one vote per ETM, the greatest sums serve.

use super::{
    ballot::{Ballot, Rule},
    contract::{Entry, Seats},
};

pub const ENTRY: Entry = Entry {
    name: "top101",
    title: "Top 101, linear",
    about: "one vote per ETM, the greatest sums serve every round (classic DPoS)",
    seats: Seats::Top,
    start: |world, start| Ok(Box::new(Ballot::new(Top, world, start)?)),
};

struct Top;

impl Rule for Top {
    fn votes_of(&self) -> fn(f64) -> f64 {
        |stake| stake
    }

    fn counts_performance(&self) -> bool {
        false
    }

    fn seats(&self) -> Seats {
        Seats::Top
    }
}
