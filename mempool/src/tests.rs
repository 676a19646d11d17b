//! Rules one by one, and long random histories against a model that recomputes everything from a plain list.

mod model;
mod rules;

use crate::{Pooled, Room, Scarce};

/// A transaction of the tests. Its hash is its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fake {
    pub(crate) id: u64,
    pub(crate) account: u8,
    pub(crate) nonce: u64,
    pub(crate) fee: u64,
    pub(crate) expires_at: u64,
    pub(crate) size: usize,
    pub(crate) free: bool,
    pub(crate) request: bool,
}

pub(crate) fn hash(id: u64) -> [u8; 32] {
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&id.to_be_bytes());
    hash
}

/// Room for so much and for any number of scarce things.
pub(crate) fn room(bytes: usize, count: usize) -> Room {
    Room {
        bytes,
        ..Room::of_count(count)
    }
}

impl Pooled for Fake {
    type Account = u8;

    fn hash(&self) -> [u8; 32] {
        hash(self.id)
    }
    fn account(&self) -> u8 {
        self.account
    }
    fn nonce(&self) -> u64 {
        self.nonce
    }
    fn fee(&self) -> u64 {
        self.fee
    }
    fn expires_at(&self) -> u64 {
        self.expires_at
    }
    fn size(&self) -> usize {
        self.size
    }
    fn is_free(&self) -> bool {
        self.free
    }
    fn scarce(&self) -> Scarce {
        Scarce {
            requests: usize::from(self.request),
            proofs: 0,
        }
    }
}
