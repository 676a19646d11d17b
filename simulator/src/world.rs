//! The world of one run: positions, miners and who is behind them.

use std::ops::Range;

/// No miner.
pub const NOBODY: u32 = u32::MAX;

/// How a voter behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voter {
    /// Never moves.
    Loyal,
    /// Moves to any miner.
    Random,
    /// Follows the votes.
    Crowd,
    /// Goes where the expected bonus is largest.
    BestResponse,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Miner {
    /// Its account.
    pub owner: u32,
    /// The chance to use a slot of its.
    pub uptime: f64,
    /// Days on which it is offline, each from its first to before its second.
    pub outages: Vec<(u64, u64)>,
}

impl Miner {
    /// Whether it is offline for the whole of a calendar day.
    pub fn is_out(&self, day: u64) -> bool {
        self.outages
            .iter()
            .any(|(from, to)| (*from..*to).contains(&day))
    }
}

/// An adversary's part of the world.
#[derive(Clone, Debug, PartialEq)]
pub struct Actor {
    /// `whale`, `cartel` or `withholder`.
    pub kind: &'static str,
    /// Its positions.
    pub accounts: Range<u32>,
    /// Its miners; none for a whale.
    pub miners: Range<u32>,
}

/// Accounts are numbered: first those with a position (honest voters, then adversaries), then owners without one.
#[derive(Clone, Debug)]
pub struct World {
    /// What each position locks, units.
    pub stake: Vec<u64>,
    /// The miner each votes for at the start, or [`NOBODY`].
    pub vote: Vec<u32>,
    /// The time gain each has at the start; empty: 1.
    pub time_gain: Vec<u8>,
    /// How each behaves.
    pub voter: Vec<Voter>,
    /// The miners: honest ones first, then the cartels'.
    pub miners: Vec<Miner>,
    /// The adversaries.
    pub actors: Vec<Actor>,
    /// Positions of honest voters: `0..honest`.
    pub honest: usize,
    /// Holders whose lock would be below the least one.
    pub left_out: usize,
}

impl World {
    /// How many accounts there are.
    pub fn account_count(&self) -> usize {
        let owners = self
            .miners
            .iter()
            .map(|miner| miner.owner as usize + 1)
            .max();
        self.stake.len().max(owners.unwrap_or(0))
    }

    /// Sum of all stakes, units.
    pub fn locked(&self) -> u128 {
        self.stake.iter().map(|stake| u128::from(*stake)).sum()
    }

    /// Who is behind each miner: honest miners are their own operators, a cartel's miners have one.
    pub fn operators(&self) -> Vec<usize> {
        let mut operators: Vec<usize> = (0..self.miners.len()).collect();
        for actor in &self.actors {
            for miner in actor.miners.clone() {
                operators[miner as usize] = actor.miners.start as usize;
            }
        }
        operators
    }
}
