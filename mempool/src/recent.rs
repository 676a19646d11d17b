//! The nonces that final blocks used up lately.

use std::collections::{BTreeMap, VecDeque};

/// Blocks for which they are remembered.
const BLOCKS: usize = 8;

/// For each account of the last blocks, the nonce that comes next.
///
/// Whoever submits a transaction has looked at the state a moment before, maybe at that of the block before the last:
/// a transaction with a nonce that is used up since would be taken in, and be lost when a block is built.
pub(crate) struct Recent<A> {
    next: BTreeMap<A, (u64, u64)>,
    blocks: VecDeque<(u64, Vec<A>)>,
}

impl<A> Default for Recent<A> {
    fn default() -> Self {
        Self {
            next: BTreeMap::new(),
            blocks: VecDeque::new(),
        }
    }
}

impl<A: Clone + Ord> Recent<A> {
    /// The block at `height` is final; it moved these accounts on.
    pub(crate) fn add(&mut self, height: u64, accounts: &[(A, u64)]) {
        for (account, next) in accounts {
            let entry = self.next.entry(account.clone()).or_default();
            *entry = (entry.0.max(*next), height);
        }
        let accounts = accounts.iter().map(|(account, _)| account.clone());
        self.blocks.push_back((height, accounts.collect()));
        while self.blocks.len() > BLOCKS {
            let Some((height, accounts)) = self.blocks.pop_front() else {
                return;
            };
            for account in accounts {
                if self
                    .next
                    .get(&account)
                    .is_some_and(|(_, last)| *last <= height)
                {
                    self.next.remove(&account);
                }
            }
        }
    }

    /// The account's next nonce, if a look at the state gave `seen`.
    pub(crate) fn next(&self, account: &A, seen: u64) -> u64 {
        self.next
            .get(account)
            .map_or(seen, |(next, _)| seen.max(*next))
    }
}
