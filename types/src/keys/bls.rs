//! BLS12-381 keys in the MinSig arrangement: public keys in G2 (96 bytes), signatures in G1 (48 bytes).
//!
//! A miner's BLS key signs its votes in consensus and makes the beacon contribution (`vrf`) of its blocks.

use super::KeyError;
use crate::bytes::byte_string;
use commonware_codec::{Copying, DecodeExt as _, Encode as _};
use commonware_cryptography::bls12381::primitives::{
    group::{G1, G2, Private},
    ops,
    variant::MinSig,
};
use core::fmt;

/// A BLS public key: a compressed point of G2. Checked when it is used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlsPublicKey(pub [u8; 96]);
byte_string!(BlsPublicKey, 96, "BLS key");

/// A BLS signature: a compressed point of G1. Unique for a key and a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlsSignature(pub [u8; 48]);
byte_string!(BlsSignature, 48, "BLS signature");

/// A BLS signature over the key itself, in the hash-to-curve domain kept for proofs of possession.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlsProof(pub [u8; 48]);
byte_string!(BlsProof, 48, "BLS proof of possession");

impl BlsPublicKey {
    fn point(&self) -> Result<G2, KeyError> {
        G2::decode(Copying(&self.0)).map_err(|_| KeyError::InvalidPoint("BLS key"))
    }

    /// Checks that the bytes are a point of the prime-order subgroup, and not infinity.
    ///
    /// # Errors
    /// [`KeyError::InvalidPoint`].
    pub fn check(&self) -> Result<(), KeyError> {
        self.point().map(|_| ())
    }

    /// Checks a signature over `message` in `name`space.
    ///
    /// # Errors
    /// [`KeyError`] if the key or the signature is no point, or the signature does not hold.
    pub fn verify(
        &self,
        name: &[u8],
        message: &[u8],
        signature: &BlsSignature,
    ) -> Result<(), KeyError> {
        let signature = signature_point(&signature.0)?;
        ops::verify_message::<MinSig>(&self.point()?, name, message, &signature)
            .map_err(|_| KeyError::InvalidSignature)
    }

    /// Checks a proof that somebody holds the secret key, made in `name`space.
    ///
    /// # Errors
    /// As [`BlsPublicKey::verify`].
    pub fn verify_possession(&self, name: &[u8], proof: &BlsProof) -> Result<(), KeyError> {
        let signature = signature_point(&proof.0)?;
        ops::verify_proof_of_possession::<MinSig>(&self.point()?, name, &signature)
            .map_err(|_| KeyError::InvalidSignature)
    }
}

impl BlsSignature {
    /// The sum of signatures: that of their signers together over one message. None if there are none.
    ///
    /// # Errors
    /// [`KeyError::InvalidPoint`] if one is no point.
    pub fn sum<'a>(
        signatures: impl IntoIterator<Item = &'a Self>,
    ) -> Result<Option<Self>, KeyError> {
        let mut sum: Option<G1> = None;
        for signature in signatures {
            let point = signature_point(&signature.0)?;
            match &mut sum {
                Some(sum) => *sum += &point,
                None => sum = Some(point),
            }
        }
        Ok(sum.map(|sum| {
            let mut bytes = [0; 48];
            bytes.copy_from_slice(&sum.encode());
            Self(bytes)
        }))
    }
}

fn signature_point(bytes: &[u8; 48]) -> Result<G1, KeyError> {
    G1::decode(Copying(bytes)).map_err(|_| KeyError::InvalidPoint("BLS signature"))
}

/// A BLS secret key: a scalar that is not zero. Zeroized when dropped; never printed.
#[derive(Clone)]
pub struct BlsSecret(Private);

impl BlsSecret {
    /// The key whose big-endian scalar is `bytes`.
    ///
    /// # Errors
    /// [`KeyError::InvalidPoint`] if the scalar is zero or not below the order of the group.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        Private::decode(Copying(bytes))
            .map(Self)
            .map_err(|_| KeyError::InvalidPoint("BLS secret key"))
    }

    /// The key derived from a 32-byte seed (hashed to a scalar in its own domain).
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        use commonware_cryptography::bls12381::primitives::group::Scalar;
        Self(Private::new(Scalar::map(b"etm/bls-secret/v1", seed)))
    }

    /// A new random key.
    pub fn random() -> Self {
        Self(ops::keypair::<_, MinSig>(&mut rand::rng()).0)
    }

    /// The scalar, big-endian. Handle with care.
    pub fn expose_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(&self.0.encode());
        bytes
    }

    pub fn public_key(&self) -> BlsPublicKey {
        let mut bytes = [0; 96];
        bytes.copy_from_slice(&ops::compute_public::<MinSig>(&self.0).encode());
        BlsPublicKey(bytes)
    }

    /// Signs `message` in `name`space. The signature is unique.
    pub fn sign(&self, name: &[u8], message: &[u8]) -> BlsSignature {
        let mut bytes = [0; 48];
        bytes.copy_from_slice(&ops::sign_message::<MinSig>(&self.0, name, message).encode());
        BlsSignature(bytes)
    }

    /// Proves possession of the key in `name`space.
    pub fn prove_possession(&self, name: &[u8]) -> BlsProof {
        let mut bytes = [0; 48];
        bytes.copy_from_slice(&ops::sign_proof_of_possession::<MinSig>(&self.0, name).encode());
        BlsProof(bytes)
    }
}

impl fmt::Debug for BlsSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlsSecret(of {})", self.public_key())
    }
}
