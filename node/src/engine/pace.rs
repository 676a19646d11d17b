//! The pace of the chain as one node sees it: which time its block may carry, and when it votes for that of another.
//!
//! A vote for a block says that its time has come, and a block is final only if more than two thirds of the committee
//! have said so. That is all that keeps timestamps to the real time: whether a block is *valid* never depends on a clock.
//!
//! No node relies on its clock alone. It remembers when it heard of the last blocks, so it knows how long ago each was
//! by a clock that never jumps ([`ChainClock::steady_ms`]). From there it goes by its own clock only as far as the two
//! agree: a clock that is behind is overruled by what a quorum has confirmed, and one that is ahead moves a block's time
//! by at most a quarter of a slot.

use etm_types::Height;
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use commonware_runtime::Clock;
use tracing::{info, warn};

use super::{clock::ChainClock, types::Digest};

/// Blocks remembered: what is built on is among the newest of them.
const REMEMBERED: usize = 64;

/// A difference between this clock and the chain's that is worth a word: this much and a slot.
const NOTABLE_MS: u64 = 1_000;

/// A clock that moved by less than this against one that never jumps was not set.
const SET_MS: u64 = 500;

/// What is known of a block's time. Clones share everything.
#[derive(Clone, Debug)]
pub struct Pace(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: ChainClock,
    slot_ms: u64,
    heard: Mutex<VecDeque<(Digest, Heard)>>,
    ahead_ms: AtomicI64,
    /// By how much the clock was ahead of the one that never jumps when it last agreed with the chain's.
    agreed: Mutex<Option<i64>>,
    /// Whether it still is: what differs since then is the chain.
    unchanged: AtomicBool,
    /// By how much the clock had been moved when a block was last held against it.
    moved_ms: AtomicU64,
}

/// When a block was heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Heard {
    /// Its own time.
    timestamp_ms: u64,
    /// When its time had come here, or later.
    steady_ms: u64,
    how: How,
}

/// How a block became known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// It was heard of when it was proposed.
    Live,
    /// It was certified before this node would have voted for it, or known only then: a quorum had said that its time had come.
    Later,
    /// It is block 0, whose time nobody confirmed: a chain begins by the clocks.
    Genesis,
}

/// A block to be built on.
#[derive(Clone, Copy, Debug)]
pub struct Parent {
    /// Its hash.
    pub digest: Digest,
    pub height: Height,
    /// Its time.
    pub timestamp_ms: u64,
}

impl Pace {
    /// The pace of a chain whose blocks come at least `slot_ms` after one another.
    pub fn new(clock: ChainClock, slot_ms: u64) -> Self {
        Self(Arc::new(Inner {
            clock,
            slot_ms,
            heard: Mutex::default(),
            ahead_ms: AtomicI64::new(0),
            agreed: Mutex::default(),
            unchanged: AtomicBool::new(false),
            moved_ms: AtomicU64::new(0),
        }))
    }

    /// The clock of block timestamps.
    pub fn clock(&self) -> &ChainClock {
        &self.0.clock
    }

    /// By how many ms this node's clock is ahead of the chain's, as the last block of another member told
    /// that it checked or saw final; less than zero if it is behind.
    pub fn ahead_ms(&self) -> i64 {
        self.0.ahead_ms.load(Ordering::SeqCst)
    }

    /// Whether the clock has agreed with the chain's before and was not set since. If it is ahead now the chain fell behind it: blocks
    /// come later than their slots.
    pub fn is_unchanged(&self) -> bool {
        self.0.unchanged.load(Ordering::SeqCst)
    }

    /// Waits until a block on `parent` may be proposed.
    pub async fn slot(&self, runtime: &impl Clock, parent: &Parent) {
        let heard = self.parent(runtime, parent);
        let earliest = parent.timestamp_ms.saturating_add(self.0.slot_ms);
        loop {
            let (now, since) = self.now(runtime, &heard);
            // A clock that is ahead finds that the slot has long come: half of it is left to the transactions.
            let at_least = match heard.how {
                How::Live => (self.0.slot_ms / 2).saturating_sub(since),
                How::Later | How::Genesis => 0,
            };
            let by_clock = earliest.saturating_sub(now).max(at_least);
            let left = by_clock.min(earliest.saturating_sub(heard.vouched(since)));
            if left == 0 || self.unpaced(runtime, parent.height, earliest) {
                return;
            }
            pause(runtime, left).await;
        }
    }

    /// The time of a block that is proposed on `parent` now.
    pub fn stamp(&self, runtime: &impl Clock, parent: &Parent) -> u64 {
        let heard = self.parent(runtime, parent);
        let (now, since) = self.now(runtime, &heard);
        let most = match heard.how {
            How::Live => {
                let passed = since.saturating_add(self.0.slot_ms / 4);
                heard.timestamp_ms.saturating_add(passed)
            }
            // Nobody here knows how long ago that was: a chain that stood still has to come back to the present.
            How::Later | How::Genesis => u64::MAX,
        };
        let earliest = parent.timestamp_ms.saturating_add(self.0.slot_ms);
        now.min(most).max(heard.vouched(since)).max(earliest)
    }

    /// Waits until the time of a block on `parent` has come, however long that takes.
    pub async fn come(&self, runtime: &impl Clock, parent: &Parent, timestamp_ms: u64) {
        let heard = self.parent(runtime, parent);
        loop {
            let (now, since) = self.now(runtime, &heard);
            let left = timestamp_ms.saturating_sub(now.max(heard.vouched(since)));
            if left == 0 || self.unpaced(runtime, parent.height, timestamp_ms) {
                return;
            }
            pause(runtime, left).await;
        }
    }

    /// Waits until the clock alone says that a time has come.
    pub async fn shown(&self, runtime: &impl Clock, timestamp_ms: u64) {
        loop {
            let left = timestamp_ms.saturating_sub(self.0.clock.now_ms(runtime));
            if left == 0 {
                return;
            }
            pause(runtime, left).await;
        }
    }

    /// Remembers that the time of a block has come. `own` says that this node proposed it.
    pub fn has_come(&self, runtime: &impl Clock, digest: Digest, timestamp_ms: u64, own: bool) {
        let heard = Heard {
            timestamp_ms,
            steady_ms: self.0.clock.steady_ms(runtime),
            how: How::Live,
        };
        self.remember(digest, heard);
        if !own {
            self.compare(runtime, timestamp_ms);
        }
    }

    /// Remembers that a quorum says since `steady_ms` that the time of a block has come: a member whose clock is behind would not have
    /// voted yet, and would know of no block that it could go by when its vote is needed.
    pub fn was_certified(&self, digest: Digest, timestamp_ms: u64, steady_ms: u64) {
        let heard = Heard {
            timestamp_ms,
            steady_ms,
            how: How::Later,
        };
        self.remember(digest, heard);
    }

    /// How long to look for a block that was certified: after that it is built on, or nothing is.
    pub fn patience(&self) -> Duration {
        Duration::from_millis(self.0.slot_ms.saturating_mul(4))
    }

    /// Takes it that the time of a final block had come when the clock showed `now_ms`: the clock is ahead by no more than it
    /// is past that. A member whose clock is behind may see every block final before it would check it, and would go
    /// on saying what it found before.
    pub fn is_final(&self, now_ms: u64, timestamp_ms: u64) {
        let most = signed(now_ms).saturating_sub(signed(timestamp_ms));
        self.0.ahead_ms.fetch_min(most, Ordering::SeqCst);
    }

    /// What the clock shows, and how long ago a block was heard of.
    fn now(&self, runtime: &impl Clock, heard: &Heard) -> (u64, u64) {
        let clock = &self.0.clock;
        let since = clock.steady_ms(runtime).saturating_sub(heard.steady_ms);
        (clock.now_ms(runtime), since)
    }

    /// On a development network that hurries, the clock is moved to a block's time instead of waiting for it.
    fn unpaced(&self, runtime: &impl Clock, parent_height: Height, timestamp_ms: u64) -> bool {
        let clock = &self.0.clock;
        if parent_height >= clock.unpaced_until() {
            return false;
        }
        // Several nodes may share this clock: set the offset the block needs, rather than adding to it.
        let ahead = timestamp_ms.saturating_sub(clock.now_ms(runtime));
        if ahead > 0 {
            clock.advance_to_offset(clock.offset_ms().saturating_add(ahead));
        }
        true
    }

    /// When `parent` was heard of; now, if it was not. It is certified, so a quorum has said that its time has come.
    fn parent(&self, runtime: &impl Clock, parent: &Parent) -> Heard {
        let known = self
            .heard()
            .iter()
            .find(|(digest, _)| *digest == parent.digest)
            .map(|(_, heard)| *heard);
        known.unwrap_or_else(|| {
            let heard = Heard {
                timestamp_ms: parent.timestamp_ms,
                steady_ms: self.0.clock.steady_ms(runtime),
                how: if parent.height == Height(0) {
                    How::Genesis
                } else {
                    How::Later
                },
            };
            self.remember(parent.digest, heard);
            heard
        })
    }

    /// Keeps when a block was heard of first, and that it was heard of live if it was at any time.
    fn remember(&self, digest: Digest, heard: Heard) {
        let mut known = self.heard();
        if let Some((_, earlier)) = known.iter_mut().find(|(other, _)| *other == digest) {
            if heard.how == How::Live {
                earlier.how = How::Live;
            }
            return;
        }
        if known.len() == REMEMBERED {
            known.pop_front();
        }
        known.push_back((digest, heard));
    }

    fn heard(&self) -> MutexGuard<'_, VecDeque<(Digest, Heard)>> {
        self.0.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says so if this node's clock differs from what the others agree on.
    fn compare(&self, runtime: &impl Clock, timestamp_ms: u64) {
        let moved_ms = self.0.clock.offset_ms();
        if self.0.moved_ms.swap(moved_ms, Ordering::SeqCst) != moved_ms {
            // On its way while a development network's clock was moved: it says nothing of the clock as it is now.
            return;
        }
        let now = signed(self.0.clock.now_ms(runtime));
        let ahead = now.saturating_sub(signed(timestamp_ms));
        let before = self.0.ahead_ms.swap(ahead, Ordering::SeqCst);
        let notable = self.0.slot_ms.saturating_add(NOTABLE_MS);
        let drift = now.saturating_sub(signed(self.0.clock.steady_ms(runtime)));
        let unchanged = {
            let mut agreed = self.0.agreed.lock().unwrap_or_else(PoisonError::into_inner);
            if ahead.unsigned_abs() <= notable {
                *agreed = Some(drift);
            }
            agreed.is_some_and(|agreed| agreed.abs_diff(drift) <= SET_MS)
        };
        self.0.unchanged.store(unchanged, Ordering::SeqCst);
        match (
            before.unsigned_abs() > notable,
            ahead.unsigned_abs() > notable,
        ) {
            (false, true) if unchanged && ahead > 0 => warn!(
                behind_ms = ahead,
                "the chain is behind this machine's clock, which nobody has changed: blocks come later than their slots, so members or this \
                 machine are too slow"
            ),
            (false, true) => warn!(
                ahead_ms = ahead,
                "this machine's clock differs from the time the committee agrees on: set it, unless blocks come late"
            ),
            (true, false) => info!("this machine's clock agrees with the committee's again"),
            _ => {}
        }
    }
}

impl Heard {
    /// The time that the word of a quorum vouches for, `since` ms after this block was heard of: an eighth slower than
    /// time passes, so that a chain that is ahead of the clocks comes back to them.
    fn vouched(&self, since: u64) -> u64 {
        match self.how {
            How::Live | How::Later => self.timestamp_ms.saturating_add(since - since / 8),
            How::Genesis => self.timestamp_ms,
        }
    }
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// The clock may be set or moved meanwhile, so look again now and then.
async fn pause(runtime: &impl Clock, ms: u64) {
    runtime.sleep(Duration::from_millis(ms.min(1_000))).await;
}

#[cfg(test)]
mod tests;
