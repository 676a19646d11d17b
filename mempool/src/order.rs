//! The order in which blocks should take transactions.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, btree_set};
use std::iter::Peekable;
use std::sync::Arc;

use crate::facts::Pooled;
use crate::queue::{HeadKey, Queue};

/// Goes through the transactions that can be included: best first, each account's in the order of nonces. A step costs `O(log n)`.
pub struct InOrder<'a, T: Pooled> {
    accounts: &'a BTreeMap<T::Account, Queue<T>>,
    heads: Peekable<btree_set::Iter<'a, (HeadKey, T::Account)>>,
    /// Those that follow one that was given, best first.
    followers: BinaryHeap<Reverse<(HeadKey, &'a T::Account, u64)>>,
}

impl<'a, T: Pooled> InOrder<'a, T> {
    pub(crate) fn new(
        accounts: &'a BTreeMap<T::Account, Queue<T>>,
        heads: &'a BTreeSet<(HeadKey, T::Account)>,
    ) -> Self {
        Self {
            accounts,
            heads: heads.iter().peekable(),
            followers: BinaryHeap::new(),
        }
    }
}

impl<T: Pooled> Iterator for InOrder<'_, T> {
    type Item = Arc<T>;

    fn next(&mut self) -> Option<Arc<T>> {
        let follower = self.followers.peek().map(|Reverse((key, _, _))| key);
        let head_is_next = match (self.heads.peek(), follower) {
            (Some((head, _)), Some(follower)) => head <= follower,
            (head, _) => head.is_some(),
        };
        let (account, nonce) = if head_is_next {
            let (_, account) = self.heads.next()?;
            (account, self.accounts.get(account)?.next)
        } else {
            let Reverse((_, account, nonce)) = self.followers.pop()?;
            (account, nonce)
        };
        let entries = &self.accounts.get(account)?.entries;
        let entry = entries.get(&nonce)?;
        let follower = nonce
            .checked_add(1)
            .and_then(|nonce| Some((nonce, entries.get(&nonce)?)));
        if let Some((nonce, entry)) = follower {
            let key = (Reverse(entry.rank()), entry.arrival);
            self.followers.push(Reverse((key, account, nonce)));
        }
        Some(Arc::clone(&entry.transaction))
    }
}
