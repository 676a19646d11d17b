//! The concrete types the engine is instantiated with.

use commonware_codec::{Copying, Read as _};
use commonware_consensus::simplex::{scheme::bls12381_multisig, types::Context};
use commonware_cryptography::{
    bls12381::primitives::{group::Private, variant::MinSig},
    ed25519, sha256,
};
use etm_types::{BlsSecret, NodeKey};

/// Identity of a node in network and consensus.
pub type PublicKey = ed25519::PublicKey;

/// Hash of a block's header: what consensus agrees on.
pub type Digest = sha256::Digest;

/// Signatures of a round's committee: BLS12-381 multisignatures, keys in G2 and signatures in G1.
pub type Scheme = bls12381_multisig::Scheme<PublicKey, MinSig>;

/// Where in consensus a block was proposed: round, view, leader, parent.
pub type ConsensusContext = Context<Digest, PublicKey>;

/// A node's key as the chain writes it.
pub fn node_key(key: &PublicKey) -> NodeKey {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(key.as_ref());
    NodeKey(bytes)
}

/// The network's form of 32 bytes that are an ed25519 key; `None` if they are no point of the curve.
pub fn public_key(bytes: &[u8; 32]) -> Option<PublicKey> {
    PublicKey::read_cfg(&mut Copying(&bytes[..]), &()).ok()
}

/// A BLS key as consensus uses it; `None` if it is no scalar.
pub fn private_key(secret: &BlsSecret) -> Option<Private> {
    Private::read_cfg(&mut Copying(&secret.expose_bytes()[..]), &()).ok()
}
