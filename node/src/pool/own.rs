//! What users gave to this node, and when each of it is to be passed on again.

use std::collections::{BTreeMap, BTreeSet};

/// Hashes of transactions, by when they are due. Those that were never passed on come first.
#[derive(Default)]
pub(super) struct Own {
    due: BTreeMap<[u8; 32], u64>,
    queue: BTreeSet<(u64, [u8; 32])>,
}

impl Own {
    /// One more, to be passed on at once; one that is here already stays as it is.
    pub(super) fn keep(&mut self, hash: [u8; 32]) {
        let queue = &mut self.queue;
        self.due.entry(hash).or_insert_with(|| {
            queue.insert((0, hash));
            0
        });
    }

    /// If it is here, it is due again at `due_ms`.
    pub(super) fn put_off(&mut self, hash: &[u8; 32], due_ms: u64) {
        if let Some(due) = self.due.get_mut(hash) {
            self.queue.remove(&(*due, *hash));
            self.queue.insert((due_ms, *hash));
            *due = due_ms;
        }
    }

    pub(super) fn forget(&mut self, hash: &[u8; 32]) {
        if let Some(due_ms) = self.due.remove(hash) {
            self.queue.remove(&(due_ms, *hash));
        }
    }

    pub(super) fn has(&self, hash: &[u8; 32]) -> bool {
        self.due.contains_key(hash)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &[u8; 32]> {
        self.due.keys()
    }

    /// At most `max` that are due, the longest first.
    pub(super) fn due(&self, now_ms: u64, max: usize) -> Vec<[u8; 32]> {
        let due = self.queue.iter().take_while(|(at, _)| *at <= now_ms);
        due.take(max).map(|(_, hash)| *hash).collect()
    }
}
