//! The frame of all policies but En-Tan-Mo: votes of positions, sums of miners, an election, bonus, and the time gain
//! where a rule has one. In floating point, position by position where the time gain changes: for comparison only.

use super::contract::{
    MinerState, Outlook, Policy, PolicyError, PositionState, Round, Seats, Start,
};
use crate::{
    time_gain::{Halving, after_days, halved},
    units::etm,
    world::{NOBODY, World},
};
use etm_mechanism::{
    Candidate, Hash, Height, MinerId, Standing, Votes, beacon, draw, performance, schedule,
};

/// What an election depends on.
pub struct Election<'a> {
    /// The round elected for.
    pub round: u64,
    /// The beacon of the last block.
    pub beacon: &'a Hash,
    /// Miners with a weight above 0, by rising id.
    pub candidates: &'a [Candidate],
    /// How many are elected; at most as many as there are candidates.
    pub seats: usize,
    /// What each position locks, ETM.
    pub stakes: &'a [f64],
    /// The miner each position votes for, or [`NOBODY`].
    pub choices: &'a [u32],
}

impl Election<'_> {
    /// The greatest weights, ties to the lower id.
    pub fn top(&self) -> Vec<u32> {
        let mut order: Vec<&Candidate> = self.candidates.iter().collect();
        order.sort_by_key(|candidate| (std::cmp::Reverse(candidate.weight), candidate.miner));
        order
            .iter()
            .take(self.seats)
            .map(|candidate| candidate.miner.0)
            .collect()
    }

    /// A draw by weight without replacement: that of the mechanism (mechanism.md section 6).
    pub fn drawn(&self) -> Vec<u32> {
        let picks = draw::draw(
            etm_mechanism::Round(self.round),
            self.beacon,
            self.candidates,
            self.seats,
        );
        // Weights are far below 2^100 each, so their sum fits.
        picks
            .unwrap_or_default()
            .iter()
            .map(|pick| pick.miner.0)
            .collect()
    }
}

/// A policy in a few lines.
pub trait Rule: Send {
    /// Votes of a position of `stake` ETM at time gain 1.
    fn votes_of(&self) -> fn(f64) -> f64;
    /// The factor of time gain `t`.
    fn gain(&self) -> fn(usize) -> f64 {
        |_| 1.0
    }
    /// A miner's weight given its votes, before performance.
    fn weight_of(&self) -> fn(f64) -> f64 {
        |votes| votes
    }
    /// Whether weights are multiplied by the share of slots used.
    fn counts_performance(&self) -> bool {
        true
    }
    /// When the time gain is halved; `None`: there is none.
    fn halving(&self) -> Option<Halving> {
        None
    }
    /// How seats are given.
    fn seats(&self) -> Seats;
    fn elect(&mut self, election: &Election<'_>) -> Vec<u32> {
        match self.seats() {
            Seats::Drawn => election.drawn(),
            Seats::Top => election.top(),
        }
    }
}

/// A rule at work.
pub struct Ballot<R> {
    rule: R,
    params: etm_mechanism::Params,
    positions: Positions,
    miners: Vec<Tally>,
    committee: Vec<u32>,
    next: Vec<u32>,
    average: u64,
    carry: f64,
    height: u64,
    day: u64,
}

/// Positions by column.
struct Positions {
    stake: Vec<f64>,
    base: Vec<f64>,
    t: Vec<u8>,
    miner: Vec<u32>,
    earned: Vec<f64>,
    /// The miner's [`Tally::paid`] up to which `earned` is complete.
    seen: Vec<f64>,
    /// Place among the voters of the miner; kept only with a time gain.
    place: Vec<u32>,
}

/// A miner.
#[derive(Clone, Default)]
struct Tally {
    votes: f64,
    /// Bonus per vote so far, ETM.
    paid: f64,
    produced: u64,
    slots: u64,
    /// Its voters; kept only with a time gain.
    voters: Vec<u32>,
    count: u64,
    /// Whether a voter may have a time gain above 1.
    warm: bool,
    /// Whether its voters were halved since the last step of the time gain.
    halved: bool,
}

impl<R: Rule> Ballot<R> {
    /// The rule over a world.
    pub fn new(rule: R, world: &World, start: &Start) -> Result<Self, PolicyError> {
        let votes_of = rule.votes_of();
        let stake: Vec<f64> = world.stake.iter().map(|stake| etm(*stake)).collect();
        let count = stake.len();
        let t = match world.time_gain.len() == count && rule.halving().is_some() {
            true => world.time_gain.clone(),
            false => vec![1; count],
        };
        let mut ballot = Self {
            positions: Positions {
                base: stake.iter().map(|stake| votes_of(*stake)).collect(),
                stake,
                t,
                miner: vec![NOBODY; count],
                earned: vec![0.0; count],
                seen: vec![0.0; count],
                place: match rule.halving() {
                    Some(_) => vec![0; count],
                    None => Vec::new(),
                },
            },
            rule,
            params: start.params,
            miners: vec![Tally::default(); world.miners.len()],
            committee: Vec::new(),
            next: Vec::new(),
            average: performance::V_ONE,
            carry: 0.0,
            height: 0,
            day: 0,
        };
        for (voter, miner) in world.vote.iter().enumerate() {
            if *miner != NOBODY {
                ballot.join(voter, *miner);
            }
            let warm = ballot.positions.t[voter] > 1;
            if let Some(tally) = ballot.miners.get_mut(*miner as usize) {
                tally.warm |= warm;
            }
        }
        ballot.committee = ballot.elect(0, &start.beacon)?;
        ballot.next = ballot.elect(1, &start.beacon)?;
        Ok(ballot)
    }

    fn votes(&self, voter: usize) -> f64 {
        self.positions.base[voter] * (self.rule.gain())(usize::from(self.positions.t[voter]))
    }

    fn join(&mut self, voter: usize, miner: u32) {
        let votes = self.votes(voter);
        let tally = &mut self.miners[miner as usize];
        tally.votes += votes;
        tally.count += 1;
        tally.warm |= self.positions.t[voter] > 1;
        self.positions.miner[voter] = miner;
        self.positions.seen[voter] = tally.paid;
        if let Some(place) = self.positions.place.get_mut(voter) {
            *place = tally.voters.len() as u32;
            tally.voters.push(voter as u32);
        }
    }

    fn settle(&mut self, voter: usize) {
        let Some(tally) = self.miners.get(self.positions.miner[voter] as usize) else {
            return;
        };
        let paid = tally.paid;
        let gained = (paid - self.positions.seen[voter]) * self.votes(voter);
        self.positions.earned[voter] += gained;
        self.positions.seen[voter] = paid;
    }

    fn leave(&mut self, voter: usize) {
        self.settle(voter);
        let votes = self.votes(voter);
        let miner = self.positions.miner[voter];
        let Some(tally) = self.miners.get_mut(miner as usize) else {
            return;
        };
        tally.count -= 1;
        // Without voters the sum is 0, not what rounding leaves.
        tally.votes = if tally.count == 0 {
            0.0
        } else {
            tally.votes - votes
        };
        if let Some(place) = self.positions.place.get(voter).copied() {
            tally.voters.swap_remove(place as usize);
            if let Some(moved) = tally.voters.get(place as usize) {
                self.positions.place[*moved as usize] = place;
            }
        }
        self.positions.miner[voter] = NOBODY;
    }

    /// Gives every voter of a miner the time gain `step` says and adds the votes up anew.
    fn step(&mut self, miner: usize, step: impl Fn(u8) -> u8) {
        let voters = std::mem::take(&mut self.miners[miner].voters);
        let (mut sum, mut warm) = (0.0, false);
        for voter in &voters {
            let voter = *voter as usize;
            self.settle(voter);
            let t = step(self.positions.t[voter]);
            self.positions.t[voter] = t;
            warm |= t > 1;
            sum += self.votes(voter);
        }
        let tally = &mut self.miners[miner];
        tally.voters = voters;
        tally.votes = sum;
        tally.warm = warm;
    }

    fn standing(&self, tally: &Tally) -> Standing {
        let weight = (self.rule.weight_of())(tally.votes).max(0.0) * Votes::ONE.0 as f64;
        let performs = self.rule.counts_performance();
        let (produced, slots) = match performs {
            true => (tally.produced, tally.slots),
            false => (0, 0),
        };
        Standing::new(Votes(weight as u128), produced, slots)
    }

    fn elect(&mut self, round: u64, beacon: &Hash) -> Result<Vec<u32>, PolicyError> {
        let mut candidates = Vec::with_capacity(self.miners.len());
        for (id, tally) in self.miners.iter().enumerate() {
            let standing = self.standing(tally);
            let average = match self.rule.counts_performance() {
                true => self.average,
                false => performance::V_ONE,
            };
            let weight = standing.weight(average);
            if weight > Votes::ZERO {
                candidates.push(Candidate {
                    miner: MinerId(id as u32),
                    votes: standing.votes,
                    produced: standing.produced,
                    slots: standing.slots,
                    weight,
                });
            }
        }
        if candidates.len() < self.params.min_committee as usize {
            if self.next.is_empty() {
                let found = candidates.len();
                return Err(PolicyError::TooFewCandidates {
                    found,
                    needed: self.params.min_committee,
                });
            }
            return Ok(self.next.clone());
        }
        let election = Election {
            round,
            beacon,
            candidates: &candidates,
            seats: candidates.len().min(self.params.committee as usize),
            stakes: &self.positions.stake,
            choices: &self.positions.miner,
        };
        Ok(self.rule.elect(&election))
    }

    /// Half of the bonus in equal pools to the members, half to the lucky one.
    fn share_bonus(&mut self, round: &Round<'_>, before: u64) {
        let issued = schedule::bonus_between(Height(before), Height(self.height)).0;
        let bonus = self.carry + etm(issued);
        let lucky = beacon::lucky(
            etm_mechanism::Round(round.number),
            &round.beacon,
            self.committee.len(),
        );
        self.carry = 0.0;
        for (place, member) in self.committee.iter().enumerate() {
            let mut pool = bonus / 2.0 / self.committee.len() as f64;
            if place == lucky {
                pool += bonus / 2.0;
            }
            let tally = &mut self.miners[*member as usize];
            if tally.votes > 0.0 {
                tally.paid += pool / tally.votes;
            } else {
                self.carry += pool;
            }
        }
    }

    fn halve(&mut self, produced: &[(u32, u64)]) {
        let Some(halving) = self.rule.halving() else {
            return;
        };
        for (member, blocks) in produced {
            let tally = &mut self.miners[*member as usize];
            let times = match halving {
                Halving::EachBlock => *blocks,
                Halving::EachRound => 1,
                Halving::OnceADay => u64::from(!tally.halved),
            };
            if halving == Halving::OnceADay {
                tally.halved = true;
            }
            if tally.warm && times > 0 {
                self.step(*member as usize, |t| halved(t, times));
            }
        }
    }

    fn tick(&mut self, days: u64) {
        if self.rule.halving().is_none() || days == 0 {
            return;
        }
        for miner in 0..self.miners.len() {
            self.step(miner, |t| after_days(t, days));
            self.miners[miner].halved = false;
        }
        // Positions without a miner gain as well.
        for voter in 0..self.positions.t.len() {
            if self.positions.miner[voter] == NOBODY {
                self.positions.t[voter] = after_days(self.positions.t[voter], days);
            }
        }
    }

    fn average(&mut self) {
        let members: Vec<Standing> = self
            .committee
            .iter()
            .map(|member| self.standing(&self.miners[*member as usize]))
            .collect();
        self.average = performance::average(self.average, &members);
    }
}

impl<R: Rule> Policy for Ballot<R> {
    fn committee(&self) -> &[u32] {
        &self.committee
    }

    fn play(&mut self, round: &Round<'_>) -> Result<(), PolicyError> {
        let before = self.height;
        self.height += round.blocks.len() as u64;
        self.share_bonus(round, before);
        let mut produced: Vec<(u32, u64)> = Vec::new();
        for block in round.blocks {
            let tally = &mut self.miners[block.producer as usize];
            tally.produced += 1;
            tally.slots += 1;
            match produced
                .iter_mut()
                .find(|(member, _)| *member == block.producer)
            {
                Some((_, blocks)) => *blocks += 1,
                None => produced.push((block.producer, 1)),
            }
        }
        for member in round.missed {
            self.miners[*member as usize].slots += 1;
        }
        self.halve(&produced);
        let last = round.blocks.last().map_or(0, |block| block.timestamp);
        let day = self.params.day_of(last, 0).0;
        self.tick(day.saturating_sub(self.day));
        self.day = day;
        for change in round.moves {
            let voter = change.voter as usize;
            let old = self.positions.miner[voter];
            if old == change.to {
                continue;
            }
            self.leave(voter);
            if old != NOBODY {
                self.positions.t[voter] = halved(self.positions.t[voter], 1);
            }
            self.join(voter, change.to);
        }
        self.average();
        let elected = self.elect(round.number + 2, &round.beacon)?;
        self.committee = std::mem::replace(&mut self.next, elected);
        Ok(())
    }

    fn miners(&self) -> Result<Vec<MinerState>, PolicyError> {
        let states = self.miners.iter().map(|tally| {
            let standing = self.standing(tally);
            let weight = match self.rule.counts_performance() {
                true => standing.weight(self.average),
                false => standing.votes,
            };
            MinerState {
                votes: tally.votes,
                weight: weight.0 as f64 / Votes::ONE.0 as f64,
            }
        });
        Ok(states.collect())
    }

    fn position(&self, voter: u32) -> Result<PositionState, PolicyError> {
        let voter = voter as usize;
        let votes = self.votes(voter);
        let pending = self
            .miners
            .get(self.positions.miner[voter] as usize)
            .map_or(0.0, |tally| {
                (tally.paid - self.positions.seen[voter]) * votes
            });
        Ok(PositionState {
            t: self.positions.t[voter],
            votes,
            earned: self.positions.earned[voter] + pending,
        })
    }

    fn outlook(&self) -> Outlook {
        Outlook {
            votes_of: self.rule.votes_of(),
            gain: self.rule.gain(),
            weight_of: self.rule.weight_of(),
            seats: self.rule.seats(),
            halving: self.rule.halving(),
        }
    }
}
