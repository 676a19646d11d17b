//! The transactions of one account, by nonce.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Pooled;

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
        if self.transaction.is_free() {
            u64::MAX
        } else {
            self.transaction.fee()
        }
    }
}

/// Place of an account's first transaction in the order of inclusion; the smallest is the best.
pub(crate) type HeadKey = (Reverse<u64>, u64);

/// Place of an account's last transaction in the order of eviction; the smallest is the worst: held, least rank on the way to it, newest.
pub(crate) type TailKey = (bool, u64, Reverse<u64>);

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

    pub(crate) fn tail_key(&self) -> Option<TailKey> {
        let (_, last) = self.entries.last_key_value()?;
        let ready = self.ready() == self.entries.len();
        let rank = self.entries.values().map(Entry::rank).min()?;
        Some((ready, rank, Reverse(last.arrival)))
    }

    pub(crate) fn fees(&self) -> u64 {
        self.entries.values().fold(0, |sum: u64, entry| {
            sum.saturating_add(entry.transaction.fee())
        })
    }
}
