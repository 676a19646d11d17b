//! A base as bytes.
//!
//! ```text
//! "etm/base/v1" || 32 chain id || part...
//! part = u8 which || u32 length || bytes || 32 SHA-256(the 32 bytes before the part || which || bytes)
//! ```
//!
//! First the head (1), then the miners by rising id (2) and the positions (3), at most [`PART`] in a part, those of each by rising key; at
//! last how many positions there are and what they hold (4). What was cut off or changed is told before anything of it is believed.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};

use etm_mechanism::{MinerId, Position, TimeGain, Units};
use etm_types::codec::{DecodeError, Reader, Wire, Writer, from_bytes, to_bytes};
use etm_types::{ChainId, Hash, StateKey};
use thiserror::Error;

use super::{Head, KnownMiner, KnownPosition, PART};

const MAGIC: &[u8] = b"etm/base/v1";
/// Bytes of a position.
const POSITION: usize = 32 + 8 + 1 + 4 + 8;
/// No miner.
const NOBODY: u32 = u32::MAX;
/// The most bytes of a part: of positions, of miners with the longest names, or the head with its two committees.
const MAX_PART: u32 = 4 << 20;
/// Positions that are read at once from each part, so that all parts can be read side by side.
const AT_ONCE: usize = 64;

/// What a base is read from is not what was written, or can't be read.
#[derive(Debug, Error)]
pub enum BaseError {
    #[error("{}", read_failed(.0))]
    Io(#[from] io::Error),
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
    #[error("it is damaged: {0}")]
    Decode(#[from] DecodeError),
}

/// What a system says of a file that was cut off is of no use to anybody.
fn read_failed(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it is damaged: it ends too early".to_owned(),
        _ => error.to_string(),
    }
}

impl BaseError {
    /// Whether it is so for good: it is gone, or is not what it was.
    pub fn is_for_good(&self) -> bool {
        match self {
            Self::Io(error) => matches!(
                error.kind(),
                io::ErrorKind::NotFound
                    | io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::IsADirectory
            ),
            Self::Damaged(_) | Self::Decode(_) => true,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
enum Which {
    Head = 1,
    Miners,
    Positions,
    End,
}

impl Which {
    const fn of(tag: u8) -> Option<Self> {
        Some(match tag {
            1 => Self::Head,
            2 => Self::Miners,
            3 => Self::Positions,
            4 => Self::End,
            _ => return None,
        })
    }
}

impl Wire for Head {
    fn write(&self, out: &mut Writer) {
        self.header.write(out);
        self.globals.write(out);
        self.committees[0].write(out);
        self.committees[1].write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            header: Wire::read(input)?,
            globals: Wire::read(input)?,
            committees: [Wire::read(input)?, Wire::read(input)?],
        })
    }
}

impl Wire for KnownMiner {
    fn write(&self, out: &mut Writer) {
        self.owner.write(out);
        self.name.write(out);
        (self.id, self.standing).write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (owner, name) = (Wire::read(input)?, Wire::read(input)?);
        let (id, standing) = Wire::read(input)?;
        Ok(Self {
            id,
            owner,
            name,
            standing,
        })
    }
}

impl Wire for KnownPosition {
    fn write(&self, out: &mut Writer) {
        let Position { locked, t, miner } = self.position;
        out.raw(&self.key.0);
        locked.write(out);
        t.write(out);
        out.u32(miner.map_or(NOBODY, |miner| miner.0));
        out.u64(self.fraction);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let key = StateKey(input.array("key")?);
        let locked: Units = Wire::read(input)?;
        let t: TimeGain = Wire::read(input)?;
        let miner = input.u32("miner")?;
        Ok(Self {
            key,
            position: Position {
                locked,
                t,
                miner: (miner != NOBODY).then_some(MinerId(miner)),
            },
            fraction: input.u64("fraction")?,
        })
    }
}

/// How many positions there are, and what they hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    count: u64,
    locked: Units,
}

impl Sum {
    fn add(&mut self, position: &KnownPosition) {
        self.count += 1;
        self.locked = Units(self.locked.0.saturating_add(position.position.locked.0));
    }
}

impl Wire for Sum {
    fn write(&self, out: &mut Writer) {
        out.u64(self.count);
        self.locked.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            count: input.u64("count")?,
            locked: Wire::read(input)?,
        })
    }
}

fn seal(before: &Hash, which: u8, bytes: &[u8]) -> Hash {
    Hash::of(&[&before.0, &[which], bytes])
}

/// Writes a base, part by part.
pub struct BaseWriter<W> {
    out: W,
    seal: Hash,
    /// What the state says that all positions hold.
    locked: Units,
    sum: Sum,
}

impl<W: Write> BaseWriter<W> {
    /// Begins with what there is one of, and the miners.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn begin(mut out: W, head: &Head, miners: &[KnownMiner]) -> io::Result<Self> {
        let chain = head.header.chain;
        out.write_all(MAGIC)?;
        out.write_all(&chain.0)?;
        let mut writer = Self {
            out,
            seal: Hash::of(&[MAGIC, &chain.0]),
            locked: head.globals.locked,
            sum: Sum::default(),
        };
        writer.part(Which::Head, &to_bytes(head))?;
        for miners in miners.chunks(PART) {
            let mut bytes = Writer::with_capacity(96 * miners.len());
            miners.iter().for_each(|miner| miner.write(&mut bytes));
            writer.part(Which::Miners, &bytes.into_bytes())?;
        }
        Ok(writer)
    }

    /// Writes some positions.
    ///
    /// # Errors
    /// If they can't be written.
    pub fn positions(&mut self, mut positions: Vec<KnownPosition>) -> io::Result<()> {
        positions.sort_unstable_by_key(|position| position.key);
        for positions in positions.chunks(PART) {
            let mut bytes = Writer::with_capacity(POSITION * positions.len());
            for position in positions {
                position.write(&mut bytes);
                self.sum.add(position);
            }
            self.part(Which::Positions, &bytes.into_bytes())?;
        }
        Ok(())
    }

    /// Ends it. None if the positions are not all there are.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn finish(mut self) -> io::Result<Option<W>> {
        let sum = to_bytes(&self.sum);
        self.part(Which::End, &sum)?;
        self.out.flush()?;
        Ok((self.sum.locked == self.locked).then_some(self.out))
    }

    fn part(&mut self, which: Which, bytes: &[u8]) -> io::Result<()> {
        let which = which as u8;
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.seal = seal(&self.seal, which, bytes);
        self.out.write_all(&[which])?;
        self.out.write_all(&length.to_be_bytes())?;
        self.out.write_all(bytes)?;
        self.out.write_all(&self.seal.0)
    }
}

/// A base, all of which was checked.
pub struct Base<R> {
    pub head: Head,
    pub miners: Vec<KnownMiner>,
    /// By rising key.
    pub positions: Positions<R>,
    /// How many of them there are.
    pub count: u64,
    /// The last seal: of all of it.
    pub seal: Hash,
}

impl<R: Read + Seek> Base<R> {
    /// Reads it through, and checks that it is what was written for a chain.
    ///
    /// # Errors
    /// [`BaseError`]
    pub fn read(source: R, chain: ChainId) -> Result<Self, BaseError> {
        let mut input = BufReader::with_capacity(1 << 16, source);
        let mut begin = [0; MAGIC.len() + 32];
        input.read_exact(&mut begin)?;
        if begin[..MAGIC.len()] != *MAGIC || begin[MAGIC.len()..] != chain.0 {
            return Err(BaseError::Damaged("it is none of this chain"));
        }
        let mut last = Hash::of(&[&begin]);
        let mut at = begin.len() as u64;
        let (mut head, mut miners, mut parts) = (None, Vec::new(), Vec::new());
        let mut sum = Sum::default();
        let mut before = Which::Head;
        loop {
            let mut start = [0; 5];
            input.read_exact(&mut start)?;
            let [tag, length @ ..] = start;
            let length = u32::from_be_bytes(length);
            let which = Which::of(tag)
                .filter(|which| *which >= before && head.is_some() == (*which != Which::Head));
            let which = which.ok_or(BaseError::Damaged("its parts are in disorder"))?;
            if length > MAX_PART {
                return Err(BaseError::Damaged("a part is longer than any may be"));
            }
            let mut bytes = vec![0; length as usize];
            input.read_exact(&mut bytes)?;
            let mut sealed = [0; 32];
            input.read_exact(&mut sealed)?;
            last = seal(&last, tag, &bytes);
            if last.0 != sealed {
                return Err(BaseError::Damaged("a part of it is not what was written"));
            }
            match which {
                Which::Head => head = Some(from_bytes::<Head>(&bytes)?),
                Which::Miners => {
                    let mut input = Reader::new(&bytes);
                    while input.left() > 0 {
                        miners.push(KnownMiner::read(&mut input)?);
                    }
                }
                Which::Positions => {
                    let mut input = Reader::new(&bytes);
                    let mut key = None;
                    while input.left() > 0 {
                        let position = KnownPosition::read(&mut input)?;
                        if key.replace(position.key) >= Some(position.key) {
                            return Err(BaseError::Damaged("its positions are in disorder"));
                        }
                        sum.add(&position);
                    }
                    parts.push((at + 5, (bytes.len() / POSITION) as u64));
                }
                Which::End => {
                    let head = head.ok_or(BaseError::Damaged("it has no head"))?;
                    let whole = from_bytes::<Sum>(&bytes)? == sum
                        && sum.locked == head.globals.locked
                        && input.read(&mut [0])? == 0;
                    if !whole {
                        return Err(BaseError::Damaged("its positions are not all there are"));
                    }
                    return Ok(Self {
                        head,
                        miners,
                        positions: Positions {
                            source: input.into_inner(),
                            parts,
                            runs: Vec::new(),
                            next: BinaryHeap::new(),
                            begun: false,
                        },
                        count: sum.count,
                        seal: last,
                    });
                }
            }
            before = which;
            at += 5 + u64::from(length) + 32;
        }
    }
}

/// Merges the parts of a base.
pub struct Positions<R> {
    source: R,
    /// Where the positions of each part are that were not read yet, and how many.
    parts: Vec<(u64, u64)>,
    /// What was read of each part and is not given yet.
    runs: Vec<std::vec::IntoIter<KnownPosition>>,
    /// The first key of each, and the part.
    next: BinaryHeap<Reverse<(StateKey, usize)>>,
    begun: bool,
}

impl<R: Read + Seek> Positions<R> {
    /// Reads on in a part, if there is more of it.
    fn refill(&mut self, part: usize) -> Result<(), BaseError> {
        let (at, left) = self.parts[part];
        let count = left.min(AT_ONCE as u64);
        let mut bytes = vec![0; count as usize * POSITION];
        self.source.seek(SeekFrom::Start(at))?;
        self.source.read_exact(&mut bytes)?;
        self.parts[part] = (at + bytes.len() as u64, left - count);
        let mut input = Reader::new(&bytes);
        let mut positions = Vec::with_capacity(count as usize);
        for _ in 0..count {
            positions.push(KnownPosition::read(&mut input)?);
        }
        self.runs[part] = positions.into_iter();
        Ok(())
    }

    /// Queues the next position of a part.
    fn queue(&mut self, part: usize) -> Result<(), BaseError> {
        if self.runs[part].as_slice().is_empty() {
            self.refill(part)?;
        }
        if let Some(position) = self.runs[part].as_slice().first() {
            self.next.push(Reverse((position.key, part)));
        }
        Ok(())
    }

    fn advance(&mut self) -> Result<Option<KnownPosition>, BaseError> {
        if !self.begun {
            self.begun = true;
            self.runs.resize_with(self.parts.len(), Default::default);
            for part in 0..self.runs.len() {
                self.queue(part)?;
            }
        }
        let Some(Reverse((_, part))) = self.next.pop() else {
            return Ok(None);
        };
        let position = self.runs[part].next();
        self.queue(part)?;
        Ok(position)
    }
}

impl<R: Read + Seek> Iterator for Positions<R> {
    type Item = Result<KnownPosition, BaseError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().transpose()
    }
}
