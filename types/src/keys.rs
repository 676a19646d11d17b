//! Account keys: ed25519 under the ZIP-215 rules, so that a signature is valid alone exactly if it is valid in a batch.

use crate::bytes::byte_string;
use crate::namespace;
use core::fmt;
use ed25519_zebra::{SigningKey, VerificationKey, VerificationKeyBytes, batch};
use thiserror::Error;

pub use bls::{BlsProof, BlsPublicKey, BlsSecret, BlsSignature};

mod bls;
#[cfg(test)]
mod tests;

/// A key or a signature does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The bytes are no point of the curve (or of its prime-order subgroup, for BLS keys).
    #[error("the {0} is not a valid point of its curve")]
    InvalidPoint(&'static str),
    /// The signature was not made by this key over these bytes.
    #[error("the signature does not match the key and the signed bytes")]
    InvalidSignature,
}

/// The ed25519 public key of an account. Any 32 bytes can be carried; a signature can only be valid if they are a point.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(pub [u8; 32]);
byte_string!(PublicKey, 32, "public key");

/// The ed25519 public key by which a node is known to its peers and to consensus.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeKey(pub [u8; 32]);
byte_string!(NodeKey, 32, "node key");

impl NodeKey {
    /// The same bytes as the key that signs (a heartbeat is signed by the node key).
    pub const fn as_public_key(&self) -> PublicKey {
        PublicKey(self.0)
    }
}

/// An ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature(pub [u8; 64]);
byte_string!(Signature, 64, "signature");

impl PublicKey {
    /// Checks that the bytes are a point of the curve.
    ///
    /// # Errors
    /// [`KeyError::InvalidPoint`].
    pub fn check(&self) -> Result<(), KeyError> {
        VerificationKey::try_from(self.0)
            .map(|_| ())
            .map_err(|_| KeyError::InvalidPoint("ed25519 key"))
    }

    /// Checks one signature.
    ///
    /// # Errors
    /// [`KeyError`] if the key is no point or the signature does not hold.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), KeyError> {
        VerificationKey::try_from(self.0)
            .map_err(|_| KeyError::InvalidPoint("ed25519 key"))?
            .verify(&signature.0.into(), message)
            .map_err(|_| KeyError::InvalidSignature)
    }
}

/// One signature to check in a batch.
#[derive(Clone, Copy, Debug)]
pub struct SignedMessage<'a> {
    /// Who signed.
    pub key: &'a PublicKey,
    /// The bytes signed.
    pub message: &'a [u8],
    pub signature: &'a Signature,
}

/// Checks many signatures together, at about half the cost of one by one.
///
/// The answer is the same as checking each alone (ZIP-215); which one failed is not known.
///
/// # Errors
/// [`KeyError::InvalidSignature`] if at least one does not hold.
pub fn verify_batch<'a>(
    items: impl IntoIterator<Item = SignedMessage<'a>>,
) -> Result<(), KeyError> {
    let mut verifier = batch::Verifier::new();
    for item in items {
        verifier.queue((
            VerificationKeyBytes::from(item.key.0),
            item.signature.0.into(),
            item.message,
        ));
    }
    verifier
        .verify(rand::rng())
        .map_err(|_| KeyError::InvalidSignature)
}

/// The ed25519 secret key of an account or a node. Zeroized when dropped; never printed.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// The key whose 32-byte seed (RFC 8032's private key) is `seed`.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from(seed))
    }

    /// A new random key.
    pub fn random() -> Self {
        Self(SigningKey::new(rand::rng()))
    }

    /// The 32-byte seed. Handle with care.
    pub fn expose_seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    pub fn public_key(&self) -> PublicKey {
        PublicKey(VerificationKeyBytes::from(&self.0).into())
    }

    /// The public key as that of a node.
    pub fn node_key(&self) -> NodeKey {
        NodeKey(self.public_key().0)
    }

    /// Signs bytes as they are. Callers put a namespace in front: see [`namespace::in_namespace`].
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).into())
    }

    /// Signs `message` in `name`space.
    pub fn sign_in(&self, name: &[u8], message: &[u8]) -> Signature {
        self.sign(&namespace::in_namespace(name, message))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.public_key())
    }
}
