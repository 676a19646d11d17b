//! The draw of a committee and its receipt (`docs/spec/mechanism.md` section 6).

use crate::{Hash, MinerId, Params, Round, Standing, Votes, beacon, wide};
use alloc::{vec, vec::Vec};

/// Someone who can be drawn, and why with this weight.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Candidate {
    pub miner: MinerId,
    /// `S`.
    pub votes: Votes,
    /// `m`.
    pub produced: u64,
    /// `n`.
    pub slots: u64,
    /// `R`, above 0.
    pub weight: Votes,
}

impl Candidate {
    /// A miner with its standing, `average` being `v_avg` times 2^32.
    pub fn new(miner: MinerId, standing: &Standing, average: u64) -> Self {
        Self::weighing(miner, standing, standing.weight(average))
    }

    const fn weighing(miner: MinerId, standing: &Standing, weight: Votes) -> Self {
        Self {
            miner,
            votes: standing.votes,
            produced: standing.produced,
            slots: standing.slots,
            weight,
        }
    }

    /// What its weight follows from.
    pub const fn standing(&self) -> Standing {
        Standing::new(self.votes, self.produced, self.slots)
    }
}

/// One pick of a draw.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pick {
    /// `H(i)`.
    pub hash: Hash,
    /// The sum of the weights of the candidates that were not yet drawn.
    pub total: Votes,
    /// `x(i)`.
    pub point: Votes,
    /// The candidate drawn.
    pub miner: MinerId,
}

/// Everything a draw depended on and every step of it: anybody can repeat it with [`verify_draw`].
///
/// That the votes, counters and average are those of the chain, and which miners were ready, is for the chain to prove.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DrawReceipt {
    /// The round the committee is drawn for.
    pub round: Round,
    /// The beacon: of the last block of the round at whose end it was drawn (of genesis for rounds 0 and 1).
    pub beacon: Hash,
    /// `K`.
    pub committee: u32,
    pub min_committee: u32,
    /// `v_avg` times 2^32.
    pub average: u64,
    /// The candidates by rising miner id.
    pub candidates: Vec<Candidate>,
    /// The committee of the previous round.
    pub previous: Vec<MinerId>,
    /// Whether there were too few candidates, so that the previous committee serves again.
    pub kept: bool,
    /// The picks in order; none if `kept`.
    pub picks: Vec<Pick>,
    /// The committee.
    pub members: Vec<MinerId>,
}

/// The step at which a draw receipt is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DrawFault {
    /// `K` or `MIN_COMMITTEE` is 0.
    #[error("a committee and its least size are at least 1")]
    Params,
    /// A candidate does not come after the one before it.
    #[error("candidate {0} is not in the order of miner ids")]
    CandidateOrder(usize),
    /// A candidate's weight does not follow from its votes and counters, or is 0.
    #[error("the weight of candidate {0} does not follow from its votes and counters")]
    Weight(usize),
    /// The weights don't fit in 128 bits.
    #[error("the weights of the candidates sum to more than 2^128")]
    Total,
    /// The committee was kept although there are enough candidates, or the other way round.
    #[error(
        "{candidates} candidates, at least {required} needed: the committee is drawn if and only if there are enough"
    )]
    Kept {
        /// How many there are.
        candidates: usize,
        /// `MIN_COMMITTEE`.
        required: u32,
    },
    /// A kept committee isn't the previous one.
    #[error("the committee that serves again is not the previous one")]
    NotPrevious,
    /// There are not `min(K, candidates)` picks.
    #[error("there are {found} picks instead of {expected}")]
    PickCount {
        /// In the receipt.
        found: usize,
        /// As it should be.
        expected: usize,
    },
    /// The hash of a pick is wrong.
    #[error("the hash of pick {0} is wrong")]
    PickHash(usize),
    /// The total before a pick is wrong.
    #[error("the total before pick {0} is wrong")]
    PickTotal(usize),
    /// The point of a pick is wrong.
    #[error("the point of pick {0} is wrong")]
    PickPoint(usize),
    /// A pick's point is not that miner's.
    #[error("pick {0} drew the wrong miner")]
    PickMiner(usize),
    /// The committee is not the list of those drawn.
    #[error("the committee is not the list of the miners drawn")]
    Members,
}

/// The candidates among `standings` (by rising miner id): registered, with `R > 0`, and ready.
pub(crate) fn candidates(
    standings: &[(MinerId, Standing)],
    average: u64,
    ready: impl Fn(MinerId) -> bool,
) -> Vec<Candidate> {
    let mut candidates = Vec::with_capacity(standings.len());
    for (miner, standing) in standings {
        if !standing.registered {
            continue;
        }
        // Most of a round's end goes by miner, so nothing is made of one that can't be drawn.
        let weight = standing.weight(average);
        if weight > Votes::ZERO && ready(*miner) {
            candidates.push(Candidate::weighing(*miner, standing, weight));
        }
    }
    candidates
}

/// How many sums one sum of the next level adds up.
const FAN: usize = 32;

/// Sums of weights that shrink as candidates leave: a tree in which each sum covers `FAN` of the level below.
///
/// Built in one pass, and a search ends its loops as many times as there are levels; a binary tree would branch at
/// random ten times among 1,000 candidates.
struct Urn {
    /// The weights, then their sums level by level; the last level has at most `FAN` sums.
    levels: Vec<Vec<u128>>,
    total: u128,
}

impl Urn {
    /// `None` if the weights exceed 128 bits together.
    fn new(weights: Vec<u128>) -> Option<Self> {
        let total = weights
            .iter()
            .try_fold(0u128, |sum, weight| sum.checked_add(*weight))?;
        let mut levels = vec![weights];
        while let Some(last) = levels.last().filter(|last| last.len() > FAN) {
            // Parts of `total`, which doesn't overflow.
            let sums = last.chunks(FAN).map(|chunk| {
                chunk
                    .iter()
                    .fold(0u128, |sum, part| sum.wrapping_add(*part))
            });
            let sums = sums.collect();
            levels.push(sums);
        }
        Some(Self { levels, total })
    }

    /// The first candidate whose cumulative weight exceeds `point`, which is below the total; takes it out.
    fn take(&mut self, mut point: u128) -> Option<usize> {
        let mut place = 0;
        for level in self.levels.iter().rev() {
            place *= FAN;
            while let Some(rest) = point.checked_sub(*level.get(place)?) {
                point = rest;
                place += 1;
            }
        }
        let found = place;
        let weight = *self.levels.first()?.get(found)?;
        self.total -= weight;
        for level in &mut self.levels {
            if let Some(sum) = level.get_mut(place) {
                *sum -= weight;
            }
            place /= FAN;
        }
        Some(found)
    }
}

/// Draws `count` of the candidates one after the other; `count` is at most their number. `None` if their weights
/// exceed 128 bits together.
pub fn draw(
    round: Round,
    beacon: &Hash,
    candidates: &[Candidate],
    count: usize,
) -> Option<Vec<Pick>> {
    let weights = candidates.iter().map(|candidate| candidate.weight.0);
    let mut urn = Urn::new(weights.collect())?;
    let count = count.min(candidates.len());
    let mut picks = Vec::with_capacity(count);
    for index in 0..count as u32 {
        let hash = beacon::draw(round, beacon, index);
        let point = wide::scale(&hash, urn.total);
        let total = Votes(urn.total);
        // With weights above 0 there is always one.
        let candidate = candidates.get(urn.take(point)?)?;
        picks.push(Pick {
            hash,
            total,
            point: Votes(point),
            miner: candidate.miner,
        });
    }
    Some(picks)
}

/// What a draw depends on beside its candidates.
pub(crate) struct Draw<'a> {
    pub params: &'a Params,
    pub round: Round,
    pub beacon: &'a Hash,
    pub average: u64,
}

impl Draw<'_> {
    /// Holds the draw; `previous` serves again if there are too few candidates. `None` if the weights exceed 128 bits.
    pub fn hold(self, candidates: Vec<Candidate>, previous: Vec<MinerId>) -> Option<DrawReceipt> {
        let kept = candidates.len() < self.params.min_committee as usize;
        let picks = match kept {
            true => Vec::new(),
            false => {
                let count = candidates.len().min(self.params.committee as usize);
                draw(self.round, self.beacon, &candidates, count)?
            }
        };
        let members = match kept {
            true => previous.clone(),
            false => picks.iter().map(|pick| pick.miner).collect(),
        };
        Some(DrawReceipt {
            round: self.round,
            beacon: *self.beacon,
            committee: self.params.committee,
            min_committee: self.params.min_committee,
            average: self.average,
            candidates,
            previous,
            kept,
            picks,
            members,
        })
    }
}

/// Repeats a draw step by step, by plain sums instead of the tree of the draw itself.
pub fn verify_draw(receipt: &DrawReceipt) -> Result<(), DrawFault> {
    let DrawReceipt {
        round,
        beacon,
        candidates,
        picks,
        ..
    } = receipt;
    if receipt.committee == 0 || receipt.min_committee == 0 {
        return Err(DrawFault::Params);
    }
    let mut total = 0u128;
    for (index, candidate) in candidates.iter().enumerate() {
        if index > 0 && candidates[index - 1].miner >= candidate.miner {
            return Err(DrawFault::CandidateOrder(index));
        }
        let possible = candidate.produced <= candidate.slots;
        if !possible
            || candidate.weight == Votes::ZERO
            || candidate.weight != candidate.standing().weight(receipt.average)
        {
            return Err(DrawFault::Weight(index));
        }
        total = total
            .checked_add(candidate.weight.0)
            .ok_or(DrawFault::Total)?;
    }
    let few = candidates.len() < receipt.min_committee as usize;
    if few != receipt.kept {
        return Err(DrawFault::Kept {
            candidates: candidates.len(),
            required: receipt.min_committee,
        });
    }
    let expected = match few {
        true => 0,
        false => candidates.len().min(receipt.committee as usize),
    };
    if picks.len() != expected {
        return Err(DrawFault::PickCount {
            found: picks.len(),
            expected,
        });
    }
    if few {
        return match receipt.members == receipt.previous {
            true => Ok(()),
            false => Err(DrawFault::NotPrevious),
        };
    }
    let mut rest: Vec<&Candidate> = candidates.iter().collect();
    for (index, pick) in picks.iter().enumerate() {
        if pick.hash != beacon::draw(*round, beacon, index as u32) {
            return Err(DrawFault::PickHash(index));
        }
        if pick.total.0 != total {
            return Err(DrawFault::PickTotal(index));
        }
        if pick.point.0 != wide::scale(&pick.hash, total) {
            return Err(DrawFault::PickPoint(index));
        }
        let mut cumulative = 0;
        let drawn = rest.iter().position(|candidate| {
            cumulative += candidate.weight.0;
            cumulative > pick.point.0
        });
        let place = drawn.ok_or(DrawFault::PickMiner(index))?;
        let drawn = rest.remove(place);
        if drawn.miner != pick.miner {
            return Err(DrawFault::PickMiner(index));
        }
        total -= drawn.weight.0;
    }
    if !picks.iter().map(|pick| &pick.miner).eq(&receipt.members) {
        return Err(DrawFault::Members);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
