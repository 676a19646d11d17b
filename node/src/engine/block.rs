//! A block as consensus, marshal and storage handle it: the chain's block beside its canonical bytes.

use std::sync::Arc;

use bytes::{BufMut, Bytes};
use commonware_codec::{Buf, EncodeSize, Error as CodecError, Read, Write};
use commonware_consensus::{
    Block as ConsensusBlock, BoundedBlock, CertifiableBlock, Heightable,
    marshal::{self, standard::Standard},
    types::Height as EngineHeight,
};
use commonware_cryptography::Digestible;
use etm_types::{codec, limits::MAX_BLOCK_BYTES};

use super::{
    counters::{ToEngine as _, Turn},
    types::{ConsensusContext, Digest, PublicKey, Scheme, public_key},
};
use etm_types::{Block, Header};

/// The mailbox of the actor that puts finalized blocks in order.
pub type Marshal = marshal::core::Mailbox<Scheme, Standard<EngineBlock>>;

/// A block with its encoding and its hash.
///
/// On the wire and in the archives: four bytes of length (big-endian), then the canonical encoding of the block.
#[derive(Clone, PartialEq, Eq)]
pub struct EngineBlock {
    block: Arc<Block>,
    bytes: Bytes,
    digest: Digest,
    leader: PublicKey,
}

impl EngineBlock {
    /// Wraps a block; `None` if its leader's key is no ed25519 key or the block is too large.
    pub fn new(block: Block) -> Option<Self> {
        let bytes = codec::to_bytes(&block);
        Self::from_parts(block, bytes.into())
    }

    fn from_parts(block: Block, bytes: Bytes) -> Option<Self> {
        if bytes.len() > MAX_BLOCK_BYTES {
            return None;
        }
        let digest = Digest::from(block.hash().0);
        let leader = public_key(&block.header.leader.0)?;
        Some(Self {
            block: Arc::new(block),
            bytes,
            digest,
            leader,
        })
    }

    /// A block from its canonical encoding. A header that does not hold the body is refused here, since what follows looks at the header's
    /// hash alone: whoever passes on a final block could otherwise put any body under it.
    ///
    /// # Errors
    /// [`CodecError`] if the bytes are no block.
    pub fn from_bytes(bytes: Bytes) -> Result<Self, CodecError> {
        let block: Block = codec::from_bytes(&bytes)
            .map_err(|_| CodecError::Invalid("block", "not the canonical encoding of a block"))?;
        if !block.commits_to_body() {
            return Err(CodecError::Invalid(
                "block",
                "the header does not commit to the body",
            ));
        }
        Self::from_parts(block, bytes)
            .ok_or(CodecError::Invalid("block", "the leader is no ed25519 key"))
    }

    pub fn block(&self) -> &Block {
        &self.block
    }

    pub fn shared(&self) -> Arc<Block> {
        Arc::clone(&self.block)
    }

    pub fn header(&self) -> &Header {
        &self.block.header
    }

    /// Its canonical encoding.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

impl std::fmt::Debug for EngineBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "block {} {}", self.block.header.height, self.digest)
    }
}

impl Write for EngineBlock {
    fn write(&self, buf: &mut impl BufMut) {
        // Bounded by MAX_BLOCK_BYTES in the constructors.
        buf.put_u32(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        buf.put_slice(&self.bytes);
    }
}

impl EncodeSize for EngineBlock {
    fn encode_size(&self) -> usize {
        4 + self.bytes.len()
    }
}

impl Read for EngineBlock {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, (): &Self::Cfg) -> Result<Self, CodecError> {
        let length = usize::try_from(u32::read_cfg(buf, &())?).unwrap_or(usize::MAX);
        if length > MAX_BLOCK_BYTES {
            return Err(CodecError::InvalidLength(length));
        }
        if buf.remaining() < length {
            return Err(CodecError::EndOfBuffer);
        }
        Self::from_bytes(buf.copy_to_bytes(length))
    }
}

impl Digestible for EngineBlock {
    type Digest = Digest;

    fn digest(&self) -> Digest {
        self.digest
    }
}

impl Heightable for EngineBlock {
    fn height(&self) -> EngineHeight {
        self.block.header.height.to_engine()
    }
}

impl ConsensusBlock for EngineBlock {
    fn parent(&self) -> Digest {
        Digest::from(self.block.header.parent.0)
    }
}

impl CertifiableBlock for EngineBlock {
    type Context = ConsensusContext;

    fn context(&self) -> ConsensusContext {
        let header = &self.block.header;
        ConsensusContext {
            round: Turn {
                round: header.round,
                slot: header.slot,
            }
            .to_engine(),
            leader: self.leader.clone(),
            parent: (header.parent_slot.to_engine(), self.parent()),
        }
    }
}

impl BoundedBlock for EngineBlock {
    fn max_encode_size((): &Self::Cfg) -> usize {
        4 + MAX_BLOCK_BYTES
    }
}

#[cfg(test)]
mod tests;
