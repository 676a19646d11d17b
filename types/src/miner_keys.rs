//! The two keys of a miner's node, with proofs that whoever registers them holds both.
//!
//! Both proofs name the owner's address. So a stranger who sees a registration on its way can neither register the
//! same keys first nor reuse a proof. They name no chain: they prove possession and authorize nothing, and a genesis
//! must hold proofs before its chain id is known.

use crate::address::Address;
use crate::codec::{DecodeError, Reader, Wire, Writer};
use crate::keys::{BlsProof, BlsPublicKey, BlsSecret, KeyError, NodeKey, SecretKey, Signature};
use crate::namespace;
use thiserror::Error;

mod file;
#[cfg(test)]
mod tests;

pub use file::KeyTextError;

/// A miner's public keys and the proofs of possession.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinerKeys {
    /// Known to peers and consensus.
    pub node: NodeKey,
    /// Signs votes and beacon contributions.
    pub bls: BlsPublicKey,
    /// By the node key, in [`namespace::possession`] of the owner, over the BLS key: binds the two together.
    pub node_proof: Signature,
    /// By the BLS key, in [`namespace::possession`] of the owner.
    pub bls_proof: BlsProof,
}

/// Which proof of a [`MinerKeys`] failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProofError {
    /// The node key's.
    #[error("the node key's proof of possession is invalid: {0}")]
    Node(KeyError),
    /// The BLS key's.
    #[error("the BLS key's proof of possession is invalid: {0}")]
    Bls(KeyError),
}

impl MinerKeys {
    /// Checks both proofs for `owner`.
    ///
    /// # Errors
    /// [`ProofError`] naming the key whose proof does not hold.
    pub fn verify(&self, owner: &Address) -> Result<(), ProofError> {
        let name = namespace::possession(owner.as_bytes());
        self.node
            .as_public_key()
            .verify(
                &namespace::in_namespace(&name, self.bls.as_bytes()),
                &self.node_proof,
            )
            .map_err(ProofError::Node)?;
        self.bls
            .verify_possession(&name, &self.bls_proof)
            .map_err(ProofError::Bls)
    }
}

impl Wire for MinerKeys {
    fn write(&self, out: &mut Writer) {
        self.node.write(out);
        self.bls.write(out);
        self.node_proof.write(out);
        self.bls_proof.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            node: Wire::read(input)?,
            bls: Wire::read(input)?,
            node_proof: Wire::read(input)?,
            bls_proof: Wire::read(input)?,
        })
    }
}

/// The two secret keys a miner's node runs with.
#[derive(Clone, Debug)]
pub struct MinerSecrets {
    /// The node's ed25519 key.
    pub node: SecretKey,
    /// The BLS key.
    pub bls: BlsSecret,
}

impl MinerSecrets {
    /// New random keys.
    pub fn random() -> Self {
        Self {
            node: SecretKey::random(),
            bls: BlsSecret::random(),
        }
    }

    /// Keys derived from a seed: for devnets and tests.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self {
            node: SecretKey::from_seed(seed),
            bls: BlsSecret::from_seed(&seed),
        }
    }

    /// The public keys with proofs of possession for `owner`.
    pub fn prove(&self, owner: &Address) -> MinerKeys {
        let name = namespace::possession(owner.as_bytes());
        let bls = self.bls.public_key();
        MinerKeys {
            node: self.node.node_key(),
            bls,
            node_proof: self.node.sign_in(&name, bls.as_bytes()),
            bls_proof: self.bls.prove_possession(&name),
        }
    }
}
