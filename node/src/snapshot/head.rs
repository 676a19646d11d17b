//! The block whose state a snapshot is.

use commonware_codec::{Copying, Decode as _};
use commonware_consensus::simplex::types::Finalization;
use etm_execution::Genesis;
use etm_types::{
    Committee, Hash, Header, Round,
    codec::{self, DecodeError, Reader, Wire, Writer},
    limits::MAX_BLOCK_BYTES,
};
use etm_verify::{Certificate, Finality};

use super::SnapshotError;
use crate::engine::{
    block::EngineBlock,
    state::Commitment,
    types::{Digest, Scheme},
};

/// More than a finalization by the largest committee takes.
const MAX_CERTIFICATE_BYTES: usize = 1 << 10;

/// The last block of a round with what makes it final. Nothing of it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The committees of its round and of the next.
    pub committees: [Committee; 2],
    /// The encoded finalization.
    pub certificate: Vec<u8>,
    /// The canonical encoding of the block.
    pub block: Vec<u8>,
}

impl Head {
    /// More than any takes.
    pub const MAX_BYTES: usize = MAX_BLOCK_BYTES + (1 << 17);

    /// The round that it ends, as it says.
    pub fn round(&self) -> Round {
        self.committees[0].round
    }

    /// Checks everything, with the roots of the two committees.
    pub(super) fn verify(
        &self,
        genesis: &Genesis,
        roots: &[Hash; 2],
    ) -> Result<Verified, SnapshotError> {
        let failed = |what: &str| SnapshotError::Head(what.to_owned());
        let round = self.round();
        let [committee, next] = &self.committees;
        if [committee.root(), next.root()] != *roots {
            return Err(failed("its committees are not those that were proved"));
        }
        let block = EngineBlock::from_bytes(self.block.clone().into())
            .map_err(|reason| SnapshotError::Head(reason.to_string()))?;
        let chain = genesis.chain();
        let header = block.header();
        if header.chain != chain.id {
            return Err(failed("it is of another chain"));
        }
        if !chain.params.is_last_of_round(header.height)
            || header.round != round
            || chain.params.round_of(header.height) != round
        {
            return Err(failed("it is not the last of the round it is said to end"));
        }
        let announced = round.checked_add(2);
        let carried = block.block().body.committee.as_ref();
        if carried.map(|committee| committee.round) != announced || announced.is_none() {
            return Err(failed("it carries no committee"));
        }
        let certificate = Certificate::from_finalization(&self.certificate)
            .map_err(|reason| SnapshotError::Head(format!("its certificate: {reason}")))?;
        let members = committee.members.len();
        if certificate.to_finalization(round, &header.hash(), members) != self.certificate {
            return Err(failed("its certificate is of another block"));
        }
        let mut finality = Finality::default();
        finality
            .add(&chain.id, header, committee, &certificate)
            .map_err(|reason| SnapshotError::Head(format!("its certificate: {reason}")))?;
        finality
            .check()
            .map_err(|_| failed("its certificate is not signed by the members it names"))?;
        let finalization =
            Finalization::<Scheme, Digest>::decode_cfg(Copying(&self.certificate[..]), &members)
                .map_err(|reason| SnapshotError::Head(format!("its certificate: {reason}")))?;
        if Commitment::of(header).target().is_none() {
            return Err(failed("it names a state without operations"));
        }
        Ok(Verified {
            block,
            finalization,
            committees: self.committees.clone(),
        })
    }
}

/// The last block of a round that is final by the committee of that round.
#[derive(Clone, Debug)]
pub struct Verified {
    pub(super) block: EngineBlock,
    pub(super) finalization: Finalization<Scheme, Digest>,
    pub(super) committees: [Committee; 2],
}

impl Verified {
    pub fn header(&self) -> &Header {
        self.block.header()
    }
}

impl Wire for Head {
    fn write(&self, out: &mut Writer) {
        for committee in &self.committees {
            committee.write(out);
        }
        for bytes in [&self.certificate, &self.block] {
            out.u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
            out.raw(bytes);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            committees: [Wire::read(input)?, Wire::read(input)?],
            certificate: octets(input, "certificate", MAX_CERTIFICATE_BYTES)?,
            block: octets(input, "block", MAX_BLOCK_BYTES)?,
        })
    }
}

fn octets(
    input: &mut Reader<'_>,
    field: &'static str,
    most: usize,
) -> Result<Vec<u8>, DecodeError> {
    let length = input.count(field, 1, most)?;
    Ok(input.raw(field, length)?.to_vec())
}

pub(super) fn read(bytes: &[u8]) -> Result<Head, SnapshotError> {
    codec::from_bytes(bytes).map_err(|reason: DecodeError| SnapshotError::Head(reason.to_string()))
}
