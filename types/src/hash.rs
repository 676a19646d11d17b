//! SHA-256 digests and what they identify.

use crate::bytes::byte_string;
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest: of a block header, a transaction, a tree of receipts ...
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash(pub [u8; 32]);
byte_string!(Hash, 32, "hash");

impl Hash {
    /// Thirty-two zero bytes, where a field has nothing to point at.
    pub const ZERO: Self = Self([0; 32]);

    /// SHA-256 of the concatenation of `parts`.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }
}

/// Names a network: SHA-256 of the canonical encoding of its genesis. Every signature is made for one chain.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainId(pub [u8; 32]);
byte_string!(ChainId, 32, "chain id");

impl ChainId {
    /// The id of the chain with this canonical genesis: `SHA-256("etm/genesis/v1" || genesis)`.
    pub fn of_genesis(genesis: &[u8]) -> Self {
        Self(Hash::of(&[b"etm/genesis/v1", genesis]).0)
    }
}

/// The random beacon of a block (`docs/spec/mechanism.md`, section 2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Beacon(pub [u8; 32]);
byte_string!(Beacon, 32, "beacon");
