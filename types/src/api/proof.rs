//! Proofs of state against a block's certificate.

use serde::{Deserialize, Serialize};

use super::block::BlockCertificate;
use super::{Bytes, Hash};

/// `GET /api/v1/proofs/...`: that some keys have some values (or none) in the state after a final block.
///
/// Checked by: the finalization of `certificate` against the committee of its round; SHA-256 of its header; the header's state root;
/// `proof` of each entry against that root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StateProof {
    /// What is proved.
    pub subject: ProofSubject,
    /// The block in whose state it is true.
    pub height: u64,
    /// The root of that state, from the block's header.
    pub state_root: Hash,
    /// The values and their proofs.
    pub entries: Vec<ProofEntry>,
    /// What makes the block final.
    pub certificate: BlockCertificate,
}

/// What a proof is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProofSubject {
    /// The record of an account (balance, nonce).
    Account { address: String },
    /// The position of an account.
    Position { address: String },
    /// The record of a round.
    Round {
        /// Its number.
        round: u64,
    },
}

/// One key of the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProofEntry {
    pub key: Hash,
    /// What the key stands for.
    #[cfg_attr(feature = "openapi", schema(example = "account"))]
    pub meaning: String,
    /// The value, canonically encoded; none if the state has no such key.
    pub value: Option<Bytes>,
    /// The proof that it has this value, encoded as the state's database encodes it; none where the database can't prove absence.
    pub proof: Option<Bytes>,
}
