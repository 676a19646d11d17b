//! Rules one by one, and long random histories against a model that recomputes everything from a plain list.

mod model;
mod rules;
mod selection;
mod solvency;

use crate::{Facts, Included, Pooled, Scarce};
use etm_types::Height;

/// A transaction of the tests. Its hash is its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fake {
    pub(crate) id: u64,
    pub(crate) account: u8,
    pub(crate) nonce: u64,
    pub(crate) fee: u64,
    pub(crate) spends: u64,
    pub(crate) expires_at: Height,
    pub(crate) size: usize,
    pub(crate) free: bool,
    pub(crate) request: bool,
}

pub(crate) fn hash(id: u64) -> [u8; 32] {
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&id.to_be_bytes());
    hash
}

/// A transaction as a block holds it.
pub(crate) fn included(fake: &Fake) -> Included<u8> {
    Included {
        hash: hash(fake.id),
        account: fake.account,
        nonce: (!fake.free).then_some(fake.nonce),
    }
}

/// A transaction of an account that no pool has seen.
pub(crate) fn foreign(account: u8, nonce: u64) -> Included<u8> {
    let mut hash = [0xff; 32];
    hash[0] = account;
    hash[1..9].copy_from_slice(&nonce.to_be_bytes());
    Included {
        hash,
        account,
        nonce: Some(nonce),
    }
}

impl Pooled for Fake {
    type Account = u8;

    fn facts(&self) -> Facts<u8> {
        Facts {
            hash: hash(self.id),
            account: self.account,
            nonce: self.nonce,
            fee: self.fee,
            spends: self.spends,
            expires_at: self.expires_at,
            size: self.size,
            is_free: self.free,
            scarce: Scarce {
                requests: usize::from(self.request),
                proofs: 0,
                resignations: 0,
            },
        }
    }
}
