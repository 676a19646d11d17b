//! How many transactions the next block takes: no more than this network's machines manage in a slot.
//!
//! A block that takes too long is not voted for, and if the next one were as large it would not be either: a pool that is too much for the
//! machines would stop the chain, and stay, as nothing expires where no block comes. So blocks get smaller while slots go missing, whatever the
//! reason is, and grow again with each block that comes in its slot. It is the proposer's choice, no rule.

use std::sync::atomic::{AtomicU64, Ordering};

/// Slots missed in a row that halve the next block. One alone is an absent member more often than a load.
const HALVES: u64 = 2;

/// Transactions that the block after a hard one may hold at least.
const LEAST: u64 = 4;

/// What final blocks say of how large a block can be.
#[derive(Debug)]
pub(super) struct Fill {
    max: u64,
    most: AtomicU64,
}

impl Fill {
    /// No block was missed yet; `max` are allowed.
    pub fn new(max: u32) -> Self {
        Self {
            max: max.into(),
            most: AtomicU64::new(max.into()),
        }
    }

    /// A block with so many transactions is final, before which so many slots were missed.
    pub fn came(&self, transactions: usize, missed: u64) {
        let held = u64::try_from(transactions).unwrap_or(u64::MAX).max(LEAST);
        let most = match missed {
            0..HALVES => self.most.load(Ordering::Relaxed).max(held),
            _ => held,
        };
        let most = most.saturating_mul(2).min(self.max);
        self.most.store(most, Ordering::Relaxed);
    }

    /// How many transactions the next block takes, after so many missed slots.
    pub fn most(&self, missed: u64) -> usize {
        let halvings = u32::try_from(missed / HALVES).unwrap_or(u32::MAX);
        let most = self.most.load(Ordering::Relaxed);
        let most = most.checked_shr(halvings).unwrap_or(0).max(1);
        usize::try_from(most).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Machines that manage so many transactions in a slot, and a pool with more: what blocks hold in so many slots.
    fn blocks(manage: usize, slots: u64) -> Vec<usize> {
        let fill = Fill::new(4_096);
        let (mut blocks, mut missed) = (Vec::new(), 0);
        for _ in 0..slots {
            let block = fill.most(missed);
            if block <= manage {
                fill.came(block, missed);
                blocks.push(block);
                missed = 0;
            } else {
                missed += 1;
            }
        }
        blocks
    }

    #[test]
    fn a_pool_that_is_too_much_for_the_machines_is_worked_off() {
        for manage in [1, 2, 100, 1_000, 4_095] {
            let blocks = blocks(manage, 1_000);
            let held: usize = blocks.iter().sum();
            // The rest are attempts at more.
            assert!(
                held >= manage * 1_000 / 8,
                "{manage}: {held} in {}",
                blocks.len()
            );
        }
        assert_eq!(blocks(4_096, 10), [4_096; 10]);
    }

    #[test]
    fn idle_chains_with_absent_members_fill_a_block_soon() {
        let fill = Fill::new(4_096);
        for round in 0..100 {
            fill.came(0, round % 5);
        }
        assert!(fill.most(0) >= 2 * LEAST as usize);
        for _ in 0..9 {
            fill.came(0, 0);
        }
        assert_eq!(fill.most(0), 4_096);
        assert_eq!(fill.most(1), 4_096);
        assert_eq!(fill.most(u64::MAX), 1);
    }
}
