//! The transactions of one account, by nonce.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::facts::{Facts, Pooled};
use crate::not_admitted::NotAdmitted;
use etm_execution::Scarce;
use etm_types::limits::replacement_fee;

/// A transaction and when it came.
#[derive(Debug)]
pub(crate) struct Entry<T> {
    pub(crate) transaction: Arc<T>,
    /// Counts up with every admission.
    pub(crate) arrival: u64,
}

impl<T> Clone for Entry<T> {
    fn clone(&self) -> Self {
        Self {
            transaction: Arc::clone(&self.transaction),
            arrival: self.arrival,
        }
    }
}

impl<T: Pooled> Entry<T> {
    /// What the order goes by: the fee, or more than any fee if the transaction is free.
    pub(crate) fn rank(&self) -> u64 {
        if self.transaction.facts().is_free {
            u64::MAX
        } else {
            self.transaction.facts().fee
        }
    }
}

/// Place of an account's first transaction in the order of inclusion; the smallest is the best.
pub(crate) type HeadKey = (Reverse<u64>, u64);

/// Place of an account's last transaction in the order of eviction; the smallest is the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tail {
    /// Held, as so many of the account are, and when it came: the oldest is the worst, as most gaps are closed soon. What they offer
    /// counts for nothing: nobody pays it before the gap is closed.
    Held(Reverse<usize>, u64),
    /// Could be included; the least rank on the way to it, and when it came.
    Ready(u64, Reverse<u64>),
}

/// Place among those that use up the same scarce thing, in the order of eviction; the smallest is the worst.
pub(crate) type Place = (u64, Reverse<u64>);

/// The transactions of one account.
pub(crate) struct Queue<T> {
    /// The nonce the chain expects next.
    pub(crate) next: u64,
    /// All of them; none has a nonce under `next`.
    pub(crate) entries: BTreeMap<u64, Entry<T>>,
}

impl<T: Pooled> Queue<T> {
    pub(crate) fn new(next: u64) -> Self {
        Self {
            next,
            entries: BTreeMap::new(),
        }
    }

    /// How many can be included now, one after the other.
    pub(crate) fn ready(&self) -> usize {
        self.entries
            .keys()
            .zip(self.next..)
            .take_while(|(nonce, expected)| **nonce == *expected)
            .count()
    }

    /// The nonce after those that can be included now.
    pub(crate) fn next_free(&self) -> u64 {
        self.next.saturating_add(self.ready() as u64)
    }

    pub(crate) fn head_key(&self) -> Option<HeadKey> {
        self.entries
            .get(&self.next)
            .map(|entry| (Reverse(entry.rank()), entry.arrival))
    }

    pub(crate) fn tail(&self) -> Option<Tail> {
        let (_, last) = self.entries.last_key_value()?;
        let held = self.entries.len() - self.ready();
        Some(if held > 0 {
            Tail::Held(Reverse(held), last.arrival)
        } else {
            let rank = self.entries.values().map(Entry::rank).min()?;
            Tail::Ready(rank, Reverse(last.arrival))
        })
    }

    /// Those that can be included and use up something scarce, or come behind one that does: what is used up on the way to them, what their
    /// place among such goes by, and their nonces. One that waits behind what leaves the pool slowly leaves it no sooner, and what it offers
    /// counts for no more than what those before it offer.
    pub(crate) fn scarce(&self) -> impl Iterator<Item = (Scarce, Place, u64)> {
        let (mut least, mut used) = (u64::MAX, Scarce::default());
        let ready = self.entries.iter().zip(self.next..);
        ready
            .take_while(|((nonce, _), expected)| *nonce == expected)
            .map(move |((nonce, entry), _)| {
                least = least.min(entry.rank());
                let facts = entry.transaction.facts();
                let scarce = if facts.is_free {
                    Scarce::default()
                } else {
                    used = used.or(facts.scarce);
                    used
                };
                (scarce, (least, Reverse(entry.arrival)), *nonce)
            })
            .filter(|(scarce, ..)| *scarce != Scarce::default())
    }

    /// All fees, and all that is moved.
    pub(crate) fn need(&self) -> u64 {
        self.entries.values().fold(0, |sum: u64, entry| {
            let facts = entry.transaction.facts();
            sum.saturating_add(facts.fee).saturating_add(facts.spends)
        })
    }

    /// The nonces of the first transaction that `balance` does not pay for, whatever those before it move, and of all after it.
    pub(crate) fn beyond(&self, balance: u64) -> Vec<u64> {
        let (mut before, mut short) = (0u64, false);
        self.entries
            .iter()
            .filter_map(|(nonce, entry)| {
                let facts = entry.transaction.facts();
                let fee = before.saturating_add(facts.fee);
                before = fee.saturating_add(facts.spends);
                short |= fee > balance;
                short.then_some(*nonce)
            })
            .collect()
    }
}

/// What a transaction takes from its sender's balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    pub nonce: u64,
    /// In units.
    pub fee: u64,
    /// What it takes beside the fee, at most, in units.
    pub spends: u64,
}

impl<A> From<&Facts<A>> for Cost {
    fn from(facts: &Facts<A>) -> Self {
        Self {
            nonce: facts.nonce,
            fee: facts.fee,
            spends: facts.spends,
        }
    }
}

/// Whether a transaction with this fee takes the place of another with the same nonce, whose fee is `old`.
///
/// # Errors
/// [`NotAdmitted::ReplacementFeeTooLow`]
pub const fn replaces(old: u64, fee: u64) -> Result<(), NotAdmitted> {
    let required = replacement_fee(old);
    if fee < required {
        return Err(NotAdmitted::ReplacementFeeTooLow { fee, required });
    }
    Ok(())
}

/// The balance without which the pool takes no `newcomer` in: it pays every fee of an account's transactions, the newcomers in the place of
/// those with the same nonces, whatever each moves - for some of them, its fee with the fees of all before it and what these move.
pub fn required(pending: impl IntoIterator<Item = Cost>, newcomers: &[Cost]) -> u64 {
    let stays = |cost: &Cost| {
        newcomers
            .iter()
            .all(|newcomer| newcomer.nonce != cost.nonce)
    };
    let mut all: Vec<Cost> = pending.into_iter().filter(stays).collect();
    all.extend(newcomers);
    all.sort_by_key(|cost| cost.nonce);
    let (mut before, mut required) = (0u64, 0u64);
    for cost in all {
        let paid = before.saturating_add(cost.fee);
        required = required.max(paid);
        before = paid.saturating_add(cost.spends);
    }
    required
}
