//! Blocks that upstreams gave, until the chain has taken them up.

use etm_types::Height;
use std::collections::BTreeMap;

use bytes::{BufMut as _, Bytes, BytesMut};
use commonware_cryptography::Digestible as _;
use etm_execution::Chain;
use etm_types::range::Range;

use super::coming::Questions;
use crate::{
    engine::{block::EngineBlock, types::Digest},
    upstream::UpstreamError,
};
use commonware_codec::{EncodeSize as _, Write as _};
use commonware_consensus::Block as _;

/// A block of an upstream. Its header holds what its body is; nothing else about it has been checked.
pub struct Entry {
    /// Its hash.
    pub digest: Digest,
    /// The encoded finalization; empty if it came with none.
    pub certificate: Bytes,
    /// The block as marshal reads it.
    pub block: Bytes,
    /// Who gave it.
    pub source: usize,
}

impl Entry {
    /// The block with its certificate, as marshal wants it.
    pub fn finalized(&self) -> Bytes {
        let mut bytes = BytesMut::with_capacity(self.certificate.len() + self.block.len());
        bytes.put_slice(&self.certificate);
        bytes.put_slice(&self.block);
        bytes.freeze()
    }
}

/// A block that was taken out of an answer.
pub struct Piece {
    height: Height,
    digest: Digest,
    certificate: Bytes,
    block: Bytes,
}

impl Piece {
    /// The height of the block.
    pub const fn height(&self) -> Height {
        self.height
    }
}

/// Takes the blocks out of an answer to the question for `first` to `last`.
///
/// # Errors
/// [`UpstreamError::Wrong`] if no honest node of this chain answers so.
pub fn pieces(
    chain: &Chain,
    first: Height,
    last: Height,
    answer: &[u8],
) -> Result<Vec<Piece>, UpstreamError> {
    let wrong = |what: String| Err(UpstreamError::Wrong(what));
    let range = match Range::from_bytes(answer) {
        Ok(range) => range,
        Err(error) => return wrong(error.to_string()),
    };
    if range.chain != chain.id {
        return wrong(format!("its blocks are of the chain {}", range.chain));
    }
    let asked = last.next().since(first);
    if range.first != first || range.blocks.len() as u64 > asked {
        return wrong(format!(
            "asked for the blocks {first} to {last}, it gave {} from {} on",
            range.blocks.len(),
            range.first
        ));
    }
    let mut pieces: Vec<Piece> = Vec::with_capacity(range.blocks.len());
    for (height, given) in first.through(Height::MAX).zip(range.blocks) {
        let block = match EngineBlock::from_bytes(given.block.into()) {
            Ok(block) => block,
            Err(error) => return wrong(format!("block {height}: {error}")),
        };
        let header = block.header();
        if header.chain != chain.id || header.height != height {
            return wrong(format!("what it gave as block {height} is another one"));
        }
        let follows = pieces
            .last()
            .is_none_or(|before| before.digest == block.parent());
        if !follows {
            return wrong(format!("block {height} does not follow the one before"));
        }
        if given.certificate.is_empty() && chain.params.is_last_of_round(height) {
            return wrong(format!(
                "block {height}, the last of its round, has no certificate"
            ));
        }
        let mut bytes = BytesMut::with_capacity(block.encode_size());
        block.write(&mut bytes);
        pieces.push(Piece {
            height,
            digest: block.digest(),
            certificate: given.certificate.into(),
            block: bytes.freeze(),
        });
    }
    Ok(pieces)
}

/// Blocks above the chain's tip.
#[derive(Default)]
pub struct Window {
    entries: BTreeMap<Height, Entry>,
    heights: BTreeMap<Digest, Height>,
    bytes: usize,
}

impl Window {
    /// Bytes of all blocks.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The block at a height.
    pub fn get(&self, height: Height) -> Option<&Entry> {
        self.entries.get(&height)
    }

    /// The height of the block with a hash.
    pub fn height_of(&self, digest: &Digest) -> Option<Height> {
        self.heights.get(digest).copied()
    }

    /// The highest block with a certificate, at most at `limit`.
    pub fn certified(&self, limit: Height) -> Option<Height> {
        let known = self.entries.range(..=limit).rev();
        known
            .filter(|(_, entry)| !entry.certificate.is_empty())
            .map(|(height, _)| *height)
            .next()
    }

    /// The first heights of `first..=last` that are not here and not in `coming`, in a row.
    pub fn gap(&self, first: Height, last: Height, coming: &Questions) -> Option<(Height, Height)> {
        let missing =
            |height: &Height| !self.entries.contains_key(height) && !coming.covers(*height);
        let begin = first.through(last).find(missing)?;
        let end = begin.through(last).take_while(missing).last()?;
        Some((begin, end))
    }

    /// Takes a block up, instead of another at its height.
    pub fn insert(&mut self, piece: Piece, source: usize) {
        self.remove(piece.height);
        self.bytes += piece.block.len();
        self.heights.insert(piece.digest, piece.height);
        self.entries.insert(
            piece.height,
            Entry {
                digest: piece.digest,
                certificate: piece.certificate,
                block: piece.block,
                source,
            },
        );
    }

    /// Lets go of a block.
    pub fn remove(&mut self, height: Height) {
        if let Some(entry) = self.entries.remove(&height) {
            self.bytes -= entry.block.len();
            if self.heights.get(&entry.digest) == Some(&height) {
                self.heights.remove(&entry.digest);
            }
        }
    }

    /// Lets go of the blocks up to a height.
    pub fn forget(&mut self, height: Height) {
        while let Some((first, _)) = self.entries.first_key_value()
            && *first <= height
        {
            let first = *first;
            self.remove(first);
        }
    }

    /// Lets go of all that somebody gave.
    pub fn distrust(&mut self, source: usize) {
        let theirs = self.entries.iter();
        let theirs: Vec<Height> = theirs
            .filter(|(_, entry)| entry.source == source)
            .map(|(height, _)| *height)
            .collect();
        for height in theirs {
            self.remove(height);
        }
    }
}
