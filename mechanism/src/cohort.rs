//! Cohorts: positions that vote for the same miner with the same time gain (`docs/spec/mechanism.md` section 9).
//!
//! A cohort keeps a running `gain`: the sum of `delta(t)` over the rounds (section 8, step 3). A position remembers
//! where it stood when it joined, so what it has gained since is one multiplication. When a halving, the cap or a
//! resignation gives two cohorts the same future, one is merged into the other: it becomes a link that carries the
//! difference of the two gains (a union-find by rank). All sums of gains are taken modulo 2^128; the true values of a
//! life stay below 2^117 (section 13), so differences are exact.
//!
//! Every record counts what refers to it, so the last position to leave frees it.

use crate::{MinerId, TimeGain, Votes, weight};
use alloc::vec::Vec;

/// A cohort's id, never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct CohortId(pub u64);

/// A live cohort of a miner, or of the positions that vote for none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cohort {
    pub id: CohortId,
    /// The time gain of its positions.
    pub t: TimeGain,
    /// Upper bound of the length of the chains of merged cohorts that end here.
    pub rank: u8,
    /// Positions and merged cohorts that refer to it directly; at least 1.
    pub references: u64,
    /// `W`: the sum of `w(T)` over its positions. At most the sum of `T`, so below 2^64.
    pub weight: u64,
    /// Sum of `delta(t)` over the rounds so far, in units of 2^-64 per unit of `w`, modulo 2^128.
    pub gain: u128,
}

impl Cohort {
    /// `g(t) * W`: its part of its miner's votes.
    pub fn votes(&self) -> Votes {
        Votes(u128::from(weight::g(self.t)) * u128::from(self.weight))
    }
}

/// Where a cohort's id leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CohortNode {
    /// To a live cohort of this miner (`None`: of the positions that vote for none).
    Live(Option<MinerId>),
    Merged {
        /// Into this one (which may be merged, too).
        into: CohortId,
        /// What to add to a gain of this cohort to have one of `into`, modulo 2^128.
        shift: u128,
        /// Positions and merged cohorts that refer to it directly; at least 1.
        references: u64,
    },
}

/// The live cohorts of one miner (or of the positions that vote for none): at most 32, by rising time gain.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cohorts(Vec<Cohort>);

impl Cohorts {
    /// From cohorts by strictly rising time gain; `None` otherwise (a store's record is damaged).
    pub fn new(cohorts: Vec<Cohort>) -> Option<Self> {
        cohorts
            .is_sorted_by(|left, right| left.t < right.t)
            .then_some(Self(cohorts))
    }

    /// The cohorts by rising time gain.
    pub fn as_slice(&self) -> &[Cohort] {
        &self.0
    }

    pub fn find(&self, id: CohortId) -> Option<&Cohort> {
        self.0.iter().find(|cohort| cohort.id == id)
    }

    /// `S`: the sum of `g(t) * W` over the cohorts, modulo 2^128 (never reached: each summand is below 2^100).
    pub fn votes(&self) -> Votes {
        Votes(
            self.0
                .iter()
                .fold(0, |sum, cohort| sum.wrapping_add(cohort.votes().0)),
        )
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Cohort> {
        self.0.iter_mut()
    }

    pub(crate) fn find_mut(&mut self, id: CohortId) -> Option<&mut Cohort> {
        self.0.iter_mut().find(|cohort| cohort.id == id)
    }

    pub(crate) fn at(&mut self, t: TimeGain) -> Option<&mut Cohort> {
        match self.0.binary_search_by_key(&t, |cohort| cohort.t) {
            Ok(index) => self.0.get_mut(index),
            Err(_) => None,
        }
    }

    /// Adds a cohort whose time gain none has.
    pub(crate) fn insert(&mut self, cohort: Cohort) {
        let index = self.0.partition_point(|other| other.t < cohort.t);
        self.0.insert(index, cohort);
    }

    pub(crate) fn remove(&mut self, id: CohortId) {
        self.0.retain(|cohort| cohort.id != id);
    }

    /// Gives each cohort the time gain `step` says, which never reverses their order, and merges those that meet.
    /// Answers the ids that became links, with their records.
    pub(crate) fn step(
        &mut self,
        step: impl Fn(TimeGain) -> TimeGain,
        merged: &mut Vec<(CohortId, CohortNode)>,
    ) {
        let mut kept = 0usize;
        for index in 0..self.0.len() {
            let mut cohort = self.0[index];
            cohort.t = step(cohort.t);
            match kept.checked_sub(1).map(|last| &mut self.0[last]) {
                Some(last) if last.t == cohort.t => merged.push(last.absorb(cohort)),
                _ => {
                    self.0[kept] = cohort;
                    kept += 1;
                }
            }
        }
        self.0.truncate(kept);
    }

    /// Takes in a cohort of others. Answers the record that became a link, if it met one with its time gain.
    pub(crate) fn take_in(&mut self, cohort: Cohort) -> Option<(CohortId, CohortNode)> {
        if let Some(own) = self.at(cohort.t) {
            return Some(own.absorb(cohort));
        }
        self.insert(cohort);
        None
    }
}

impl Cohort {
    /// Merges the other into this one; the one of lower rank becomes a link, whose id and record are answered.
    /// Afterwards `self` is the live cohort of the two, under the survivor's id.
    fn absorb(&mut self, mut other: Self) -> (CohortId, CohortNode) {
        if other.rank > self.rank {
            core::mem::swap(self, &mut other);
        }
        if other.rank == self.rank {
            self.rank = self.rank.saturating_add(1);
        }
        self.weight = self.weight.wrapping_add(other.weight);
        self.references = self.references.wrapping_add(1);
        let node = CohortNode::Merged {
            into: self.id,
            shift: self.gain.wrapping_sub(other.gain),
            references: other.references,
        };
        (other.id, node)
    }
}

#[cfg(test)]
mod tests;
