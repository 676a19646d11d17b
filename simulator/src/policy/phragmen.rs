//! Sequential Phragmén as nominated proof of stake uses it, by the `sp-npos-elections` crate (feature `phragmen`).
//!
//! A voter here has one favourite; it fills its 16 choices with the miners that follow by id. An election holds for 285
//! rounds, a day of mainnet, as eras do.

use super::{
    ballot::{Ballot, Election, Rule},
    contract::{Entry, Seats},
};
use crate::world::NOBODY;
use sp_npos_elections::{VoteWeight, seq_phragmen};

pub const ENTRY: Entry = Entry {
    name: "phragmen",
    title: "Phragmén",
    about: "one vote per ETM for 16 miners each, seats by sequential Phragmén once in 285 rounds",
    seats: Seats::Top,
    start: |world, start| {
        let rule = Phragmen {
            elected: Vec::new(),
            since: 0,
        };
        Ok(Box::new(Ballot::new(rule, world, start)?))
    },
};

const CHOICES: usize = 16;
const ERA_ROUNDS: u64 = 285;

struct Phragmen {
    elected: Vec<u32>,
    since: u64,
}

impl Rule for Phragmen {
    fn votes_of(&self) -> fn(f64) -> f64 {
        |stake| stake
    }

    fn counts_performance(&self) -> bool {
        false
    }

    fn seats(&self) -> Seats {
        Seats::Top
    }

    fn elect(&mut self, election: &Election<'_>) -> Vec<u32> {
        if self.elected.len() == election.seats && election.round < self.since + ERA_ROUNDS {
            return self.elected.clone();
        }
        let candidates: Vec<u32> = election
            .candidates
            .iter()
            .map(|candidate| candidate.miner.0)
            .collect();
        let voters = election.stakes.iter().zip(election.choices).enumerate();
        let voters =
            voters
                .filter(|(_, (_, choice))| **choice != NOBODY)
                .map(|(voter, (stake, choice))| {
                    let first = candidates.partition_point(|miner| miner < choice);
                    let following = candidates
                        .iter()
                        .cycle()
                        .skip(first)
                        .take(CHOICES.min(candidates.len()));
                    // A thousandth of an ETM is fine enough, and all of them together fit.
                    let weight = (stake * 1_000.0) as VoteWeight;
                    (
                        voter as u32 + NOBODY / 2,
                        weight,
                        following.copied().collect::<Vec<u32>>(),
                    )
                });
        let result = seq_phragmen::<u32, sp_arithmetic::Perbill>(
            election.seats,
            candidates.clone(),
            voters.collect(),
            None,
        );
        self.since = election.round;
        self.elected = match result {
            Ok(result) => result.winners.into_iter().map(|(miner, _)| miner).collect(),
            Err(_) => election.top(),
        };
        self.elected.clone()
    }
}

#[cfg(test)]
mod tests;
