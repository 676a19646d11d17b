//! How long a transaction counts, as far as it is known without a node: by what earlier commands proved of its chain.

use super::{held::Held, terms::Terms};
use crate::figures::{count, instant, span};
use etm_types::{ChainId, Round};

/// What is known of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    genesis_ms: u64,
    slot_ms: u64,
    /// A height that a committee signed.
    reached: Option<u64>,
}

impl Known {
    /// What is kept of it; nothing of a chain that no command has asked about, and nothing that can't be read: whoever asks a node hears of that.
    pub fn of(chain: ChainId) -> Option<Self> {
        let held = Held::open(None).ok()?;
        let terms = Terms::read(&held, chain).ok()??;
        Some(Self {
            genesis_ms: terms.number("genesis_timestamp_ms")?,
            slot_ms: terms.number("slot_ms")?,
            reached: held.load(chain).ok().flatten().and_then(|trust| {
                let ended = Round(trust.next().0.checked_sub(1)?);
                let last = trust.facts().params.last_height(ended)?;
                Some(last.0)
            }),
        })
    }

    /// Whether no block can hold it any more.
    pub fn is_over(&self, expires_at: u64) -> bool {
        self.reached.is_some_and(|reached| reached >= expires_at)
    }

    /// How long it counts, in words.
    pub fn words(&self, expires_at: u64, now_ms: u64) -> String {
        if let Some(reached) = self.reached.filter(|_| self.is_over(expires_at)) {
            return format!(
                "it has expired: block {} of its chain was final already when this was last proved here",
                count(reached)
            );
        }
        let first = self
            .genesis_ms
            .saturating_add(self.slot_ms.saturating_mul(expires_at));
        match first.checked_sub(now_ms) {
            None => format!(
                "it may have expired: without missed slots block {} came at {}",
                count(expires_at),
                instant(first)
            ),
            Some(left) => format!(
                "it can go into a block up to {}, which doesn't come before {}: in {}",
                count(expires_at),
                instant(first),
                span(left)
            ),
        }
    }
}

#[cfg(test)]
mod tests;
