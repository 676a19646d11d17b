//! Which blocks are on their way, and from whom.

use etm_types::Height;
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

/// Blocks that were asked for.
struct Coming {
    last: Height,
    /// Tells it from another question for blocks from the same one on.
    number: u64,
    /// Who was asked and has not answered.
    sources: Vec<usize>,
    /// When the last of them was asked.
    since: SystemTime,
}

/// Blocks that take long to come.
pub struct Late {
    pub first: Height,
    pub last: Height,
    /// Who was asked and has not answered.
    pub sources: Vec<usize>,
}

/// All blocks that are on their way, by the first ones.
#[derive(Default)]
pub struct Questions {
    coming: BTreeMap<Height, Coming>,
    asked: u64,
}

impl Questions {
    /// Whether a block is on its way.
    pub fn covers(&self, height: Height) -> bool {
        let before = self.coming.range(..=height).next_back();
        before.is_some_and(|(_, coming)| coming.last >= height)
    }

    /// Somebody is asked for the blocks from one to another, or one more for those that are on their way already. Returns the number of the question.
    pub fn ask(&mut self, first: Height, last: Height, source: usize, now: SystemTime) -> u64 {
        self.asked += 1;
        let number = self.asked;
        let coming = self.coming.entry(first).or_insert(Coming {
            last,
            number,
            sources: Vec::new(),
            since: now,
        });
        coming.sources.push(source);
        coming.since = now;
        coming.number
    }

    /// What the block after `tip` waits for, if nobody was asked for it within `patience`.
    pub fn late(&self, tip: Height, patience: Duration, now: SystemTime) -> Option<Late> {
        let (first, coming) = self.coming.range(..=tip.next()).next_back()?;
        let waits = now.duration_since(coming.since).unwrap_or_default();
        (coming.last >= tip && waits >= patience).then(|| Late {
            first: *first,
            last: coming.last,
            sources: coming.sources.clone(),
        })
    }

    /// Whoever was asked this long ago and has not answered.
    pub fn overdue(&self, patience: Duration, now: SystemTime) -> impl Iterator<Item = usize> {
        let waits = move |coming: &&Coming| {
            now.duration_since(coming.since).unwrap_or_default() >= patience
        };
        let overdue = self.coming.values().filter(waits);
        overdue.flat_map(|coming| coming.sources.iter().copied())
    }

    /// Somebody answered: with blocks, or in vain if it is not `good`. Returns whether the question still stood.
    pub fn answered(&mut self, first: Height, number: u64, source: usize, good: bool) -> bool {
        let Some(coming) = self.coming.get_mut(&first) else {
            return false;
        };
        if coming.number != number {
            return false;
        }
        coming.sources.retain(|asked| *asked != source);
        if good || coming.sources.is_empty() {
            self.coming.remove(&first);
        }
        true
    }
}
