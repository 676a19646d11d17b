//! What others may cost this node in vain.

use std::{collections::HashMap, hash::Hash};

/// How many keys have a bucket of their own at least. Twice as many at most.
const KEYS: usize = 4_096;

/// What may be spent at once, and what comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    /// What may be spent at once.
    pub(crate) burst: u32,
    /// What comes back each second.
    pub(crate) per_second: u32,
}

/// What is left of a bucket, in thousandths, and when that was so; below 0 if the last thing cost more than there was.
#[derive(Clone, Copy, Debug)]
struct Level {
    left: i64,
    at_ms: u64,
}

impl Bucket {
    fn full(self) -> i64 {
        i64::from(self.burst) * 1_000
    }
}

impl Level {
    fn at(self, now_ms: u64, bucket: Bucket) -> Self {
        let passed = now_ms.saturating_sub(self.at_ms);
        let back = passed.saturating_mul(bucket.per_second.into());
        let back = i64::try_from(back).unwrap_or(i64::MAX);
        Self {
            left: self.left.saturating_add(back).min(bucket.full()),
            at_ms: self.at_ms.max(now_ms),
        }
    }
}

/// Token buckets, one for each key. Who was not heard of for long is forgotten: memory is bounded, and a bucket that was forgotten is full.
pub(crate) struct Budgets<K> {
    bucket: Bucket,
    young: HashMap<K, Level>,
    old: HashMap<K, Level>,
}

impl<K: Eq + Hash + Clone> Budgets<K> {
    pub(crate) fn new(bucket: Bucket) -> Self {
        Self {
            bucket,
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }

    /// Whether there is anything left for `key`.
    pub(crate) fn has_left(&self, key: &K, now_ms: u64) -> bool {
        let level = self.young.get(key).or_else(|| self.old.get(key));
        level.is_none_or(|level| level.at(now_ms, self.bucket).left >= 1_000)
    }

    /// Takes `cost` of what `key` has left; what is not there has to come back first.
    pub(crate) fn spend(&mut self, key: &K, cost: u32, now_ms: u64) {
        let known = self.young.get(key).copied();
        let level = known.or_else(|| self.old.remove(key)).unwrap_or(Level {
            left: self.bucket.full(),
            at_ms: now_ms,
        });
        let mut level = level.at(now_ms, self.bucket);
        level.left = level.left.saturating_sub(i64::from(cost) * 1_000);
        if known.is_none() && self.young.len() >= KEYS {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key.clone(), level);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUCKET: Bucket = Bucket {
        burst: 4,
        per_second: 2,
    };

    #[test]
    fn what_is_spent_comes_back_with_time() {
        let mut budgets = Budgets::new(BUCKET);
        for cost in [1, 3] {
            assert!(budgets.has_left(&1, 0));
            budgets.spend(&1, cost, 0);
        }
        assert!(!budgets.has_left(&1, 0));
        assert!(budgets.has_left(&2, 0), "each has its own");
        assert!(!budgets.has_left(&1, 499));
        assert!(budgets.has_left(&1, 500));
        // Never more than the burst, however long one waits; time that goes back gives nothing.
        budgets.spend(&1, 4, 1_000_000);
        assert!(!budgets.has_left(&1, 1_000_000));
        assert!(!budgets.has_left(&1, 0));
    }

    #[test]
    fn who_spends_what_comes_back_spends_no_more_than_that() {
        let mut budgets = Budgets::new(BUCKET);
        let (cost, seconds) = (4, 100);
        let mut spent = 0;
        for now_ms in 0..=seconds * 1_000 {
            if budgets.has_left(&1, now_ms) {
                budgets.spend(&1, cost, now_ms);
                spent += u64::from(cost);
            }
        }
        let (burst, back) = (u64::from(BUCKET.burst), u64::from(BUCKET.per_second));
        assert!(
            spent <= burst + back * seconds + u64::from(cost),
            "{spent} were spent"
        );
    }

    #[test]
    fn as_many_keys_as_one_likes_take_bounded_memory() {
        let mut budgets = Budgets::new(BUCKET);
        for key in 0..100_000u32 {
            budgets.spend(&key, 4, 0);
            assert!(!budgets.has_left(&key, 0));
        }
        assert!(budgets.young.len() + budgets.old.len() <= 2 * KEYS);
        assert!(!budgets.has_left(&(100_000 - KEYS as u32), 0));
    }
}
