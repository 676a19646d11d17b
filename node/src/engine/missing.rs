//! Ends of rounds whose certificate this node does not have.
//!
//! A certificate is stored beside its block, but not in the same write: when the disk fails between the two, or power is
//! cut, the block comes back alone. Consensus can go on without it; but a light client can't, nor a node that was left
//! behind in that round. So no round ends here before the certificate of its last block is there (`orchestrator.rs`), and
//! whoever finds that one is missing notes it here, so that peers are asked for it.

use etm_types::Round;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// Rounds that are looked for at once. What finds no room is noted again by whoever misses it.
const MOST: usize = 16;

/// Rounds whose end has no certificate here. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MissingEnds(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    rounds: Mutex<BTreeSet<Round>>,
    noted: Notify,
}

impl MissingEnds {
    /// The certificate of the end of `round` is missing.
    pub fn note(&self, round: Round) {
        let mut rounds = self.lock();
        if rounds.len() < MOST && rounds.insert(round) {
            self.0.noted.notify_one();
        }
    }

    /// Waits until one more is missing.
    pub fn noted(&self) -> impl Future<Output = ()> + Send + use<> {
        let missing = self.clone();
        async move { missing.0.noted.notified().await }
    }

    /// It is there.
    pub fn found(&self, round: Round) {
        self.lock().remove(&round);
    }

    /// Whether it is looked for.
    pub fn contains(&self, round: Round) -> bool {
        self.lock().contains(&round)
    }

    /// All that are looked for.
    pub fn rounds(&self) -> Vec<Round> {
        self.lock().iter().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<Round>> {
        self.0.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_looked_for_at_once() {
        let missing = MissingEnds::default();
        for round in 0..1_000 {
            missing.note(Round(round));
        }
        assert_eq!(
            missing.rounds(),
            (0..MOST as u64).map(Round).collect::<Vec<_>>()
        );
        missing.found(Round(3));
        missing.note(Round(20));
        assert!(!missing.contains(Round(3)));
        assert!(missing.contains(Round(20)));
    }
}
