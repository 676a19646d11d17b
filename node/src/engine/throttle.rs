//! How much a node passes on in what time.
//!
//! What goes over a channel's quota is lost on its way to those peers whose quota is used up, and nobody says so; and what is within the quota but
//! over the bytes a peer takes from this node in a second holds up the votes behind it. So transactions stay below both.

use std::time::{Duration, SystemTime};

/// Time a message takes at least: three quarters as many in a second as the quota of their channel allows.
const MESSAGE: Duration = Duration::from_micros(10_417);

/// Bytes in a second: two thirds of what a peer takes (`network/bounds.rs`). The rest is for consensus.
pub(crate) const BYTES_PER_SECOND: u64 = 1 << 20;

/// How far messages may be ahead of their time: twelve of the sixteen that the quota allows at once.
const AHEAD: Duration = Duration::from_millis(125);

/// When the next message may be sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Throttle {
    /// When what was sent has taken its time.
    until: SystemTime,
}

impl Throttle {
    pub(super) const fn new(now: SystemTime) -> Self {
        Self { until: now }
    }

    /// From when on a message may be sent.
    pub(super) fn free_at(&self) -> SystemTime {
        self.until.checked_sub(AHEAD).unwrap_or(self.until)
    }

    /// A message of so many bytes is sent.
    pub(super) fn sent(&mut self, bytes: usize, now: SystemTime) {
        let micros = (bytes as u64).saturating_mul(1_000_000) / BYTES_PER_SECOND;
        self.until = self.until.max(now) + MESSAGE.max(Duration::from_micros(micros));
    }
}

#[cfg(test)]
mod tests;
