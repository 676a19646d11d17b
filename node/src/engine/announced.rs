//! What peers say of themselves: which version they run, and at which height they are.
//!
//! Whose word it is the connection proves, as both its ends have shown their keys; what is said nothing proves. So it is shown to people and used for
//! nothing: neither the heights a node goes by nor whom it asks depend on it. A height there was no time for is not even shown.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use etm_types::{
    Header, Height,
    codec::{DecodeError, Reader, Writer},
};

use super::types::PublicKey;

#[cfg(test)]
mod tests;

/// The most bytes of the name of a version.
const MAX_VERSION: usize = 32;

/// Blocks beyond what there was time for that are still believed, as clocks differ.
const SLACK_BLOCKS: u64 = 64;

/// What a node says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The version of its software: visible ASCII characters.
    pub version: String,
    /// Its newest final block.
    pub height: Height,
}

impl Announcement {
    /// What this node says when it is at `height`.
    pub fn own(height: Height) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            height,
        }
    }

    pub fn write(&self, out: &mut Writer) {
        out.short_text(&self.version);
        out.u64(self.height.0);
    }

    /// Reads it.
    ///
    /// # Errors
    /// [`DecodeError`] for a version that is empty, too long or not visible ASCII.
    pub fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = input.offset();
        let version = input.short_text("version", 1, MAX_VERSION)?.to_owned();
        if !version.bytes().all(|byte| byte.is_ascii_graphic()) {
            let rule = "must be visible ASCII characters";
            return Err(Reader::invalid("version", offset, rule));
        }
        let height = Height(input.u64("height")?);
        Ok(Self { version, height })
    }
}

/// Whether a chain of which this node knows `tip` can have a block at `height` by `now_ms`: blocks come at least `slot_ms` after one another.
pub fn is_possible(height: Height, tip: &Header, now_ms: u64, slot_ms: u64) -> bool {
    let slots = now_ms.saturating_sub(tip.timestamp_ms) / slot_ms.max(1);
    let most = tip
        .height
        .saturating_add(slots.saturating_add(SLACK_BLOCKS));
    height <= most
}

/// What each peer said last. Clones share everything.
#[derive(Clone, Debug)]
pub struct Announced(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    most: usize,
    /// With the number of each, in the order in which they were heard.
    peers: BTreeMap<PublicKey, (u64, Announcement)>,
    count: u64,
}

impl Announced {
    /// Of `most` peers, those that spoke last.
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            most,
            peers: BTreeMap::new(),
            count: 0,
        })))
    }

    /// The most bytes that what one peer said takes here.
    pub const fn bytes_of_one() -> u64 {
        // A tree has up to twice the places that are taken.
        2 * (size_of::<(PublicKey, (u64, Announcement))>() + MAX_VERSION) as u64
    }

    /// Keeps what a peer says.
    pub fn hear(&self, peer: PublicKey, announcement: Announcement) {
        let mut inner = self.inner();
        let Inner { most, peers, count } = &mut *inner;
        *count += 1;
        peers.insert(peer, (*count, announcement));
        if peers.len() > *most {
            let oldest = peers.iter().min_by_key(|(_, (heard, _))| *heard);
            if let Some(oldest) = oldest.map(|(peer, _)| peer.clone()) {
                peers.remove(&oldest);
            }
        }
    }

    /// What a peer said last.
    pub fn of(&self, peer: &PublicKey) -> Option<Announcement> {
        let inner = self.inner();
        let (_, announcement) = inner.peers.get(peer)?;
        Some(announcement.clone())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
