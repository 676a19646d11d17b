//! Finalized blocks in a row, as one node gives them to another: `GET /api/v1/chain/blocks/{first}-{last}`.
//!
//! | field | bytes |
//! |---|---|
//! | magic, `etmrange` | 8 |
//! | version | 2 |
//! | chain | 32 |
//! | height of the first block | 8 |
//! | number of blocks, 1 to [`MAX_BLOCKS`] | 4 |
//! | for each block: length of its certificate (2), certificate, length of the block (4), block | |
//!
//! A certificate is the encoded finalization; it is empty if the block became final with a later one. Nothing here vouches for anything:
//! whoever takes a range checks it against the committees it knows.

use etm_mechanism::Height;
use thiserror::Error;

use crate::codec::{DecodeError, Reader, Writer};
use crate::hash::ChainId;
use crate::limits::MAX_BLOCK_BYTES;

#[cfg(test)]
mod tests;

/// First bytes of every range.
const MAGIC: [u8; 8] = *b"etmrange";
/// How ranges are written now. A change that an older node would misread adds one.
pub const VERSION: u16 = 1;
/// The most blocks of a range.
pub const MAX_BLOCKS: usize = 256;
/// A range that has as many bytes takes no further block.
pub const ENOUGH_BYTES: usize = 1 << 20;
/// The most bytes of a certificate: a committee's signers in a bitmap, one signature.
pub const MAX_CERTIFICATE_BYTES: usize = 1_024;
const HEAD_BYTES: usize = 8 + 2 + 32 + 8 + 4;
const ENTRY_BYTES: usize = 2 + 4;
/// The most bytes of a range.
pub const MAX_BYTES: usize =
    HEAD_BYTES + ENOUGH_BYTES + ENTRY_BYTES + MAX_CERTIFICATE_BYTES + MAX_BLOCK_BYTES;

/// A block of a range, and what makes it final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeBlock {
    /// The encoded finalization; empty if there is none for this very block.
    pub certificate: Vec<u8>,
    /// The canonical encoding of the block.
    pub block: Vec<u8>,
}

/// Blocks of consecutive heights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The chain they are said to be of.
    pub chain: ChainId,
    /// The height of the first.
    pub first: Height,
    /// The blocks: at least one.
    pub blocks: Vec<RangeBlock>,
}

/// Bytes are no range that this version can read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RangeError {
    /// They are something else.
    #[error("this is no range of blocks")]
    Other,
    /// A later version wrote them.
    #[error(
        "the range is of version {0}, and this version of etm reads version {VERSION}: a newer etm is needed"
    )]
    Version(u16),
    /// They are malformed.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
}

/// Writes a range block by block, so that it can stop where it is large enough.
#[derive(Debug)]
pub struct RangeWriter {
    out: Writer,
    bytes: usize,
    count: u32,
    chain: ChainId,
    first: Height,
}

impl RangeWriter {
    /// A range of `chain` that begins with the block at `first`.
    pub fn new(chain: ChainId, first: Height) -> Self {
        Self {
            out: Writer::default(),
            bytes: HEAD_BYTES,
            count: 0,
            chain,
            first,
        }
    }

    /// Whether another block may follow.
    pub fn takes_more(&self) -> bool {
        self.bytes < ENOUGH_BYTES && (self.count as usize) < MAX_BLOCKS
    }

    /// Adds the next block. False, and nothing happens, if it is longer than any block or certificate.
    #[must_use]
    pub fn push(&mut self, certificate: &[u8], block: &[u8]) -> bool {
        let (Ok(certificate_length), Ok(block_length)) =
            (u16::try_from(certificate.len()), u32::try_from(block.len()))
        else {
            return false;
        };
        if certificate.len() > MAX_CERTIFICATE_BYTES || block.len() > MAX_BLOCK_BYTES {
            return false;
        }
        self.out.u16(certificate_length);
        self.out.raw(certificate);
        self.out.u32(block_length);
        self.out.raw(block);
        self.bytes += ENTRY_BYTES + certificate.len() + block.len();
        self.count += 1;
        true
    }

    /// How many blocks it has.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// The range; none if it has no block.
    pub fn finish(self) -> Option<Vec<u8>> {
        if self.count == 0 {
            return None;
        }
        let mut out = Writer::with_capacity(self.bytes);
        out.raw(&MAGIC);
        out.u16(VERSION);
        out.raw(self.chain.as_bytes());
        out.u64(self.first.0);
        out.u32(self.count);
        out.raw(&self.out.into_bytes());
        Some(out.into_bytes())
    }
}

impl Range {
    /// Decodes a range that stands alone.
    ///
    /// # Errors
    /// [`RangeError`] for anything that a [`RangeWriter`] of this version does not make.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RangeError> {
        if bytes.len() > MAX_BYTES {
            return Err(RangeError::Malformed(DecodeError::TooLong {
                field: "range of blocks",
                length: bytes.len(),
                max: MAX_BYTES,
            }));
        }
        let mut input = Reader::new(bytes);
        if input.array::<8>("magic").ok() != Some(MAGIC) {
            return Err(RangeError::Other);
        }
        let version = input.u16("version")?;
        if version != VERSION {
            return Err(RangeError::Version(version));
        }
        let chain = ChainId(input.array("chain")?);
        let first = input.u64("first height").map(Height)?;
        let count = input.count("blocks", 1, MAX_BLOCKS)?;
        let mut blocks = Vec::with_capacity(count);
        for _ in 0..count {
            let at = input.offset();
            let length = usize::from(input.u16("length of a certificate")?);
            within(
                "length of a certificate",
                at,
                length,
                0,
                MAX_CERTIFICATE_BYTES,
            )?;
            let certificate = input.raw("certificate", length)?.to_vec();
            let at = input.offset();
            let length = usize::try_from(input.u32("length of a block")?).unwrap_or(usize::MAX);
            within("length of a block", at, length, 1, MAX_BLOCK_BYTES)?;
            let block = input.raw("block", length)?.to_vec();
            blocks.push(RangeBlock { certificate, block });
        }
        input.finish()?;
        Ok(Self {
            chain,
            first,
            blocks,
        })
    }
}

fn within(
    field: &'static str,
    offset: usize,
    length: usize,
    min: usize,
    max: usize,
) -> Result<(), DecodeError> {
    if (min..=max).contains(&length) {
        return Ok(());
    }
    Err(DecodeError::LengthOutOfRange {
        field,
        offset,
        length,
        min,
        max,
    })
}
