//! What final blocks held lately.

use etm_types::Height;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Blocks for which it is remembered.
const BLOCKS: usize = 8;

/// What a block did.
struct Done<A> {
    height: Height,
    hashes: Vec<[u8; 32]>,
    accounts: Vec<A>,
}

/// The transactions of the last blocks and, for each account in them, the nonce that comes next.
///
/// Whoever submits a transaction has looked at the state a moment before, maybe at that of the block before the last:
/// a transaction with a nonce that is used up since would be taken in, and be lost when a block is built.
pub(crate) struct Recent<A> {
    next: BTreeMap<A, (u64, Height)>,
    heights: HashMap<[u8; 32], Height>,
    blocks: VecDeque<Done<A>>,
}

impl<A> Default for Recent<A> {
    fn default() -> Self {
        Self {
            next: BTreeMap::new(),
            heights: HashMap::new(),
            blocks: VecDeque::new(),
        }
    }
}

impl<A: Clone + Ord> Recent<A> {
    /// The block at `height` is final; it held these transactions and moved these accounts on.
    pub(crate) fn add(&mut self, height: Height, hashes: &[[u8; 32]], accounts: &[(A, u64)]) {
        for (account, next) in accounts {
            let entry = self.next.entry(account.clone()).or_default();
            *entry = (entry.0.max(*next), height);
        }
        self.heights
            .extend(hashes.iter().map(|hash| (*hash, height)));
        self.blocks.push_back(Done {
            height,
            hashes: hashes.to_vec(),
            accounts: accounts
                .iter()
                .map(|(account, _)| account.clone())
                .collect(),
        });
        while self.blocks.len() > BLOCKS {
            let Some(old) = self.blocks.pop_front() else {
                return;
            };
            for hash in old.hashes {
                self.heights.remove(&hash);
            }
            for account in old.accounts {
                if self
                    .next
                    .get(&account)
                    .is_some_and(|(_, last)| *last <= old.height)
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

    /// The height of the block that held a transaction.
    pub(crate) fn height_of(&self, hash: &[u8; 32]) -> Option<Height> {
        self.heights.get(hash).copied()
    }
}
