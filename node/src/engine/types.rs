//! The concrete types the engine is instantiated with.

use commonware_consensus::{
    marshal::{self, standard::Standard},
    simplex::{scheme::bls12381_multisig, types::Context},
};
use commonware_cryptography::{bls12381::primitives::variant::MinSig, ed25519, sha256};

use super::block::EngineBlock;

/// Identity of a node in network and consensus.
pub type PublicKey = ed25519::PublicKey;

/// Hash of a block's header: what consensus agrees on.
pub type Digest = sha256::Digest;

/// Signatures of a round's committee: BLS12-381 multisignatures, keys in G2 and signatures in G1.
pub type Scheme = bls12381_multisig::Scheme<PublicKey, MinSig>;

/// Where in consensus a block was proposed: round, view, leader, parent.
pub type ConsensusContext = Context<Digest, PublicKey>;

/// The mailbox of the actor that puts finalized blocks in order.
pub type Marshal = marshal::core::Mailbox<Scheme, Standard<EngineBlock>>;
