//! Finalizations, for those who show them.

use commonware_codec::{Copying, Read as _};
use commonware_consensus::simplex::types::Finalization;
use etm_types::{Hash, Round};

use crate::engine::{
    counters::ToChain as _,
    types::{Digest, Scheme},
};

/// What a finalization says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    pub round: Round,
    /// The view (slot) it was finalized in.
    pub view: u64,
    /// The view of its parent.
    pub parent_view: u64,
    /// The block.
    pub hash: Hash,
    /// Indices of the signers in the committee sorted by node key.
    pub signers: Vec<u32>,
}

/// Decodes a finalization by a committee of `members`; none if it is malformed. Checks no signature.
pub fn decode_certificate(bytes: &[u8], members: usize) -> Option<Certificate> {
    let mut buffer = Copying(bytes);
    let finalization = Finalization::<Scheme, Digest>::read_cfg(&mut buffer, &members).ok()?;
    if !buffer.0.is_empty() {
        return None;
    }
    let proposal = &finalization.proposal;
    Some(Certificate {
        round: proposal.round.epoch().to_chain(),
        view: proposal.round.view().get(),
        parent_view: proposal.parent.get(),
        hash: Hash(proposal.payload.0),
        signers: finalization
            .certificate
            .signers
            .iter()
            .map(|signer| signer.get())
            .collect(),
    })
}
