//! What could be included and uses up what a block has little of.
//!
//! Blocks take few of these, so that they leave the pool slowly. They compete among themselves for a part of it: whoever fills that part
//! keeps out nothing else.

use std::collections::BTreeSet;

use etm_execution::Scarce;

use crate::facts::Pooled;
use crate::queue::{Place, Queue};

/// What is scarce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Requests,
    Proofs,
    Resignations,
}

const KINDS: [Kind; 3] = [Kind::Requests, Kind::Proofs, Kind::Resignations];

impl Kind {
    const fn of(self, scarce: Scarce) -> usize {
        match self {
            Self::Requests => scarce.requests,
            Self::Proofs => scarce.proofs,
            Self::Resignations => scarce.resignations,
        }
    }
}

/// By what they use up, the worst first.
pub(crate) struct Scarcities<A> {
    all: [BTreeSet<(Place, A, u64)>; 3],
}

impl<A> Default for Scarcities<A> {
    fn default() -> Self {
        Self {
            all: [const { BTreeSet::new() }; 3],
        }
    }
}

impl<A: Clone + Ord> Scarcities<A> {
    pub(crate) fn insert<T: Pooled<Account = A>>(&mut self, account: &A, queue: &Queue<T>) {
        for (scarce, place, nonce) in queue.scarce() {
            for (kind, all) in KINDS.into_iter().zip(&mut self.all) {
                if kind.of(scarce) > 0 {
                    all.insert((place, account.clone(), nonce));
                }
            }
        }
    }

    pub(crate) fn remove<T: Pooled<Account = A>>(&mut self, account: &A, queue: &Queue<T>) {
        for (_, place, nonce) in queue.scarce() {
            let key = (place, account.clone(), nonce);
            for all in &mut self.all {
                all.remove(&key);
            }
        }
    }

    /// The worst of a kind of which there are more than `most`.
    pub(crate) fn beyond(&self, most: Scarce) -> Option<(Kind, A, u64)> {
        let mut kinds = KINDS.into_iter().zip(&self.all);
        let (kind, all) = kinds.find(|(kind, all)| all.len() > kind.of(most))?;
        let (_, account, nonce) = all.first()?;
        Some((kind, account.clone(), *nonce))
    }

    /// The fee that another of a kind has to exceed, if there are `most` of it already.
    pub(crate) fn to_exceed(&self, kind: Kind, most: Scarce) -> Option<u64> {
        let full = self.of(kind)?.len() >= kind.of(most);
        self.worst(kind).filter(|_| full).map(|(rank, _)| rank)
    }

    pub(crate) fn worst(&self, kind: Kind) -> Option<Place> {
        self.of(kind)?.first().map(|(place, ..)| *place)
    }

    fn of(&self, kind: Kind) -> Option<&BTreeSet<(Place, A, u64)>> {
        let mut kinds = KINDS.into_iter().zip(&self.all);
        kinds.find(|(other, _)| *other == kind).map(|(_, all)| all)
    }
}
