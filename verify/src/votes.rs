//! The evidence of a miner's votes: records of the state after one block, and what makes that block final.

use crate::certificate::Certificate;
use crate::evidence::tag;
use crate::state::{Proved, StateTree};
use etm_mechanism::{CohortNode, Cohorts, Miner, MinerId, PositionRecord, Tally};
use etm_types::codec::{self, DecodeError, Reader, Wire, Writer};
use etm_types::{Address, Committee, Header};

const TAG: &[u8] = b"etm/votes/v2";
/// Merged cohorts are chained by rank, so a chain is no longer than the logarithm of their number.
const MAX_LINKS: usize = 65;

/// Everything with which a miner's votes are checked, and a position among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VotesEvidence {
    pub miner: MinerId,
    /// The committee of the block's round.
    pub committee: Committee,
    /// What makes the block final.
    pub certificate: Certificate,
    /// The header of the block after which the state is as the records say.
    pub header: Header,
    pub tree: StateTree,
    /// Who the miner is.
    pub record: Proved<Miner<Address>>,
    pub cohorts: Proved<Cohorts>,
    /// What the members of the committee did so far; of the next one after the last block of a round.
    pub tally: Proved<Tally>,
    /// A position that votes for it.
    pub position: Option<PositionEvidence>,
}

/// A position, and what leads from it to a cohort of the miner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionEvidence {
    /// Whose it is.
    pub address: Address,
    pub record: Proved<PositionRecord>,
    /// The cohort it joined, the one that was merged into, and so on to one of the miner's.
    pub links: Vec<Proved<CohortNode>>,
}

impl VotesEvidence {
    /// The most bytes of a document.
    pub const MAX_BYTES: usize = 1 << 20;
    /// The most links of a position.
    pub const MAX_LINKS: usize = MAX_LINKS;

    /// The document.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::to_bytes(self)
    }

    /// Reads a document.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(DecodeError::TooLong {
                field: "evidence of votes",
                length: bytes.len(),
                max: Self::MAX_BYTES,
            });
        }
        codec::from_bytes(bytes)
    }
}

impl Wire for PositionEvidence {
    fn write(&self, out: &mut Writer) {
        self.address.write(out);
        self.record.write(out);
        out.list(&self.links);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            address: Wire::read(input)?,
            record: Wire::read(input)?,
            links: input.list("links of cohorts", 1, MAX_LINKS)?,
        })
    }
}

impl Wire for VotesEvidence {
    fn write(&self, out: &mut Writer) {
        out.raw(TAG);
        self.miner.write(out);
        self.committee.write(out);
        self.certificate.write(out);
        self.header.write(out);
        self.tree.write(out);
        self.record.write(out);
        self.cohorts.write(out);
        self.tally.write(out);
        out.option(self.position.as_ref());
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        tag(input, TAG, "must begin with etm/votes/v2")?;
        Ok(Self {
            miner: Wire::read(input)?,
            committee: Wire::read(input)?,
            certificate: Wire::read(input)?,
            header: Wire::read(input)?,
            tree: Wire::read(input)?,
            record: Wire::read(input)?,
            cohorts: Wire::read(input)?,
            tally: Wire::read(input)?,
            position: input.option("flag of the position")?,
        })
    }
}
