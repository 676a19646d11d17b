//! Snapshots in files.
//!
//! `etm/snapshot/v1`, the chain id, then parts: one byte that says which it is, four of length (big-endian), and that many bytes. First
//! any number of documents of boundaries (`docs/verify.md`, section 5), consecutive; then the head; then the pieces of the state, in order,
//! until the last operation that the head names. Nothing follows.

use std::{
    fs::File,
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
};

use etm_execution::Genesis;
use etm_types::ChainId;
use etm_verify::Boundaries;

use super::{
    Checkpoint, Head, MAX_PIECE_BYTES, SnapshotError, Verified, head,
    pieces::{Piece, Place},
    walk::Walk,
};

const TAG: &[u8; 15] = b"etm/snapshot/v1";

/// Whether a file begins as a snapshot does.
pub(super) fn is_snapshot(mut file: File) -> bool {
    let mut tag = [0; TAG.len()];
    file.read_exact(&mut tag).is_ok() && tag == *TAG
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Boundaries,
    Head,
    State,
}

impl Part {
    const fn tag(self) -> u8 {
        match self {
            Self::Boundaries => 1,
            Self::Head => 2,
            Self::State => 3,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Boundaries => "the ends of rounds",
            Self::Head => "the block",
            Self::State => "a piece of the state",
        }
    }

    const fn most(self) -> usize {
        match self {
            Self::Boundaries => Boundaries::MAX_BYTES,
            Self::Head => Head::MAX_BYTES,
            Self::State => MAX_PIECE_BYTES,
        }
    }

    fn of(tag: u8) -> Option<Self> {
        [Self::Boundaries, Self::Head, Self::State]
            .into_iter()
            .find(|part| part.tag() == tag)
    }
}

pub(super) fn begin(out: &mut impl Write, chain: ChainId) -> io::Result<()> {
    out.write_all(TAG)?;
    out.write_all(&chain.0)
}

/// Bytes of the beginning.
pub(super) const BEGINNING: u64 = 15 + 32;

pub(super) fn push(out: &mut impl Write, part: Part, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    out.write_all(&[part.tag()])?;
    out.write_all(&length.to_be_bytes())?;
    out.write_all(bytes)
}

/// A snapshot in a file, or in anything that can be read once: its block is final, and its pieces are checked one after the other.
pub struct SnapshotFile<R> {
    input: R,
    path: PathBuf,
    head: Verified,
    place: Place,
    /// Whether there is nothing after its end, once that was looked at.
    ended: bool,
}

impl SnapshotFile<BufReader<File>> {
    /// Opens a file and checks everything in it that comes before the state.
    ///
    /// # Errors
    /// [`SnapshotError`]
    pub fn open(
        path: &Path,
        genesis: &Genesis,
        checkpoint: Option<Checkpoint>,
    ) -> Result<Self, SnapshotError> {
        let file = etm_types::files::open(path)
            .map_err(|reason| SnapshotError::Io(path.into(), reason))?;
        Self::read(BufReader::new(file), path, genesis, checkpoint)
    }
}

impl<R: Read> SnapshotFile<R> {
    /// The same for what is read from anywhere; `path` names it.
    ///
    /// # Errors
    /// [`SnapshotError`]
    pub fn read(
        mut input: R,
        path: &Path,
        genesis: &Genesis,
        checkpoint: Option<Checkpoint>,
    ) -> Result<Self, SnapshotError> {
        let mut parts = Parts {
            input: &mut input,
            path,
        };
        let mut tag = [0; TAG.len()];
        if !parts.fill(&mut tag)? || tag != *TAG {
            return Err(SnapshotError::NoSnapshot);
        }
        let mut found = [0; 32];
        if !parts.fill(&mut found)? {
            return Err(SnapshotError::Short("its beginning"));
        }
        let (found, expected) = (ChainId(found), genesis.chain().id);
        if found != expected {
            return Err(SnapshotError::OtherChain { found, expected });
        }
        let mut walk = Walk::new(genesis, checkpoint)?;
        let head = loop {
            let (part, bytes) = parts
                .next()?
                .ok_or(SnapshotError::Short("what proves it"))?;
            match part {
                Part::Boundaries => walk.step(&bytes)?,
                Part::Head => break walk.end(genesis, &head::read(&bytes)?)?,
                Part::State => {
                    return Err(SnapshotError::Order {
                        found: part.name(),
                        expected: Part::Head.name(),
                    });
                }
            }
        };
        let place = Place::first(head.header())
            .ok_or_else(|| SnapshotError::Head("it names a state without operations".into()))?;
        Ok(Self {
            input,
            path: path.to_owned(),
            head,
            place,
            ended: false,
        })
    }

    /// The block whose state it is.
    pub const fn head(&self) -> &Verified {
        &self.head
    }

    /// Where it is read.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// The next piece of the state; none once all were there, and nothing is after them.
    pub(super) fn piece(&mut self) -> Result<Option<Piece>, SnapshotError> {
        let mut parts = Parts {
            input: &mut self.input,
            path: &self.path,
        };
        if self.place.operation().is_none() {
            if !self.ended && parts.more()? {
                return Err(SnapshotError::Long);
            }
            self.ended = true;
            return Ok(None);
        }
        match parts.next()? {
            Some((Part::State, bytes)) => self.place.check(&bytes).map(Some),
            Some((part, _)) => Err(SnapshotError::Order {
                found: part.name(),
                expected: Part::State.name(),
            }),
            None => Err(SnapshotError::Short("the state")),
        }
    }
}

/// Reads parts.
struct Parts<'a, R> {
    input: &'a mut R,
    path: &'a Path,
}

impl<R: Read> Parts<'_, R> {
    fn failed(&self, reason: io::Error) -> SnapshotError {
        SnapshotError::Io(self.path.to_owned(), reason)
    }

    /// Whether there is a byte more.
    fn more(&mut self) -> Result<bool, SnapshotError> {
        self.fill(&mut [0])
    }

    /// Fills the buffer; false if there is not as much.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<bool, SnapshotError> {
        match self.input.read_exact(buffer) {
            Ok(()) => Ok(true),
            Err(reason) if reason.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(reason) => Err(self.failed(reason)),
        }
    }

    /// The next part; none at the end.
    fn next(&mut self) -> Result<Option<(Part, Vec<u8>)>, SnapshotError> {
        let mut tag = [0];
        if !self.fill(&mut tag)? {
            return Ok(None);
        }
        let part = Part::of(tag[0]).ok_or(SnapshotError::Order {
            found: "something else",
            expected: "a part of a snapshot",
        })?;
        let mut length = [0; 4];
        if !self.fill(&mut length)? {
            return Err(SnapshotError::Short(part.name()));
        }
        let length = u32::from_be_bytes(length);
        if length as usize > part.most() {
            return Err(SnapshotError::TooLong {
                part: part.name(),
                length: length.into(),
                most: part.most() as u64,
            });
        }
        // What is said to come is believed only as it comes.
        let mut bytes = Vec::new();
        let read = self.input.by_ref().take(length.into());
        let read = { read }.read_to_end(&mut bytes);
        let read = read.map_err(|reason| self.failed(reason))?;
        if read as u64 != u64::from(length) {
            return Err(SnapshotError::Short(part.name()));
        }
        Ok(Some((part, bytes)))
    }
}
