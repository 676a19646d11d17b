//! What a node has to remember about a round to start its consensus again after a crash.

use bytes::BufMut;
use commonware_codec::{Buf, EncodeSize, Error as CodecError, Read, Write};
use etm_types::{
    Beacon, DialAddress, Hash, NodeKey, Round,
    codec::{self, DecodeError, Reader, Wire, Writer},
};

use etm_types::Committee;

/// A round that runs or ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundInfo {
    pub round: Round,
    /// Beacon of the last block of the previous round: the seed of the order of slots.
    pub seed: Beacon,
    /// Hash of the last block of the previous round, from which consensus starts.
    pub root: Hash,
    pub committee: Committee,
    /// The committee of the next round.
    pub next: Committee,
    /// Registered miners whose turn it is to have a place beside the committees: node key and address.
    pub candidates: Vec<(NodeKey, DialAddress)>,
}

/// More than two full committees and the candidates take.
const MAX_BYTES: usize = 1 << 19;

/// Candidates kept.
pub const MAX_CANDIDATES: usize = 512;

impl Wire for RoundInfo {
    fn write(&self, out: &mut Writer) {
        out.u64(self.round.0);
        self.seed.write(out);
        self.root.write(out);
        self.committee.write(out);
        self.next.write(out);
        out.u32(u32::try_from(self.candidates.len()).unwrap_or(u32::MAX));
        for (node, dial) in &self.candidates {
            node.write(out);
            dial.write(out);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            round: input.u64("round").map(Round)?,
            seed: Wire::read(input)?,
            root: Wire::read(input)?,
            committee: Wire::read(input)?,
            next: Wire::read(input)?,
            candidates: {
                let count = input.count("candidates", 0, MAX_CANDIDATES)?;
                (0..count)
                    .map(|_| Ok((Wire::read(input)?, Wire::read(input)?)))
                    .collect::<Result<_, DecodeError>>()?
            },
        })
    }
}

impl Write for RoundInfo {
    fn write(&self, buf: &mut impl BufMut) {
        let bytes = codec::to_bytes(self);
        buf.put_u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        buf.put_slice(&bytes);
    }
}

impl EncodeSize for RoundInfo {
    fn encode_size(&self) -> usize {
        4 + codec::to_bytes(self).len()
    }
}

impl Read for RoundInfo {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, (): &()) -> Result<Self, CodecError> {
        let length = usize::try_from(u32::read_cfg(buf, &())?).unwrap_or(usize::MAX);
        if length > MAX_BYTES {
            return Err(CodecError::InvalidLength(length));
        }
        if buf.remaining() < length {
            return Err(CodecError::EndOfBuffer);
        }
        codec::from_bytes(&buf.copy_to_bytes(length))
            .map_err(|_| CodecError::Invalid("round info", "not a canonical encoding"))
    }
}
