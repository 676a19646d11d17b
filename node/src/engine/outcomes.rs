//! What execution found out about finalized blocks, on disk beside the blocks: an append-only archive that history is written from.
//!
//! # Format
//!
//! The blobs of one partition, the *segments*, each named by the height it begins with and at most [`SEGMENT`] blocks long. A segment is
//! a sequence of entries: height (8 bytes), hash of the block (32), length (4), check (8: the first bytes of SHA-256 over all else), and
//! the encoding of [`BlockOutcome`]. A segment is never changed once another has begun; every start of a node begins one.
//!
//! # What holds after a power cut
//!
//! An entry is durable before its block is acknowledged to marshal ([`Outcomes::append`] is awaited in the hook of finalization), and the
//! engine executes again whatever was not acknowledged. So no block below the chain's processed height is without its outcome. What a cut
//! leaves behind is a torn last entry: it fails its check, is passed over, and its block comes again.
//!
//! Two blobs are open at most, the one that is written and the one that is read, however old the chain is.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex as Lock, MutexGuard, PoisonError},
};

use commonware_runtime::{Blob, Error as StorageError, ReadOptions, Storage, WriteOptions};
use etm_types::{BlockOutcome, Hash, Height, codec};
use thiserror::Error;
use tokio::sync::Mutex;

/// Blocks of a segment, and so the step in which old ones can be removed.
pub const SEGMENT: u64 = 4_096;

/// Bytes before the outcome itself.
const HEAD: usize = 52;

/// The archive can't be read or written.
#[derive(Debug, Error)]
pub enum OutcomeError {
    /// The storage failed.
    #[error("the archive of outcomes: {0}")]
    Storage(#[from] StorageError),
    /// An entry is not what was written.
    #[error("the archive of outcomes is damaged at block {0}: its check fails")]
    Damaged(Height),
    /// An entry is too large to be written.
    #[error("the outcome of block {0} is too large")]
    TooLarge(Height),
}

struct Head {
    height: Height,
    hash: Hash,
    length: u32,
    check: [u8; 8],
}

impl Head {
    fn new(height: Height, hash: Hash, body: &[u8]) -> Result<Self, OutcomeError> {
        let length = u32::try_from(body.len()).map_err(|_| OutcomeError::TooLarge(height))?;
        let mut head = Self {
            height,
            hash,
            length,
            check: [0; 8],
        };
        head.check = head.check_of(body);
        Ok(head)
    }

    fn check_of(&self, body: &[u8]) -> [u8; 8] {
        let Hash(full) = Hash::of(&[
            b"etm/outcome",
            &self.height.0.to_be_bytes(),
            &self.hash.0,
            &self.length.to_be_bytes(),
            body,
        ]);
        let mut check = [0; 8];
        check.copy_from_slice(&full[..8]);
        check
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.height.0.to_be_bytes());
        out.extend_from_slice(&self.hash.0);
        out.extend_from_slice(&self.length.to_be_bytes());
        out.extend_from_slice(&self.check);
    }

    fn read(mut bytes: impl commonware_runtime::Buf) -> Self {
        let height = bytes.get_u64();
        let mut hash = [0; 32];
        bytes.copy_to_slice(&mut hash);
        let length = bytes.get_u32();
        let mut check = [0; 8];
        bytes.copy_to_slice(&mut check);
        Self {
            height: Height(height),
            hash: Hash(hash),
            length,
            check,
        }
    }
}

/// The segment that is written.
struct Tail<B> {
    first: Height,
    blob: Arc<B>,
    end: u64,
}

/// Where reading stopped: the entry of `height` begins at `offset` of a segment whose last byte is before `end`.
struct Cursor<B> {
    first: Height,
    blob: Arc<B>,
    end: u64,
    height: Height,
    offset: u64,
}

struct State<B> {
    /// The first heights of all segments, with their ends where they are known.
    segments: BTreeMap<Height, Option<u64>>,
    tail: Option<Tail<B>>,
    /// The newest height that is there; 0 if there is none.
    last: Height,
}

/// The archive. All methods may be called at the same time.
pub struct Outcomes<E: Storage> {
    storage: E,
    partition: String,
    /// How many blocks are kept at least; all if none.
    keep: Option<u64>,
    state: Lock<State<E::Blob>>,
    writing: Mutex<()>,
    reading: Mutex<Option<Cursor<E::Blob>>>,
}

impl<E: Storage> Outcomes<E> {
    /// Opens the archive in `partition`. It keeps the outcomes of at least `keep` blocks, or all.
    ///
    /// # Errors
    /// [`OutcomeError`] if the storage fails.
    pub async fn open(
        storage: E,
        partition: String,
        keep: Option<u64>,
    ) -> Result<Self, OutcomeError> {
        let names = match storage.scan(&partition).await {
            Ok(names) => names,
            Err(StorageError::PartitionMissing(_)) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let firsts = names
            .iter()
            .filter_map(|name| Some(Height(u64::from_be_bytes(name.as_slice().try_into().ok()?))));
        let mut segments: BTreeMap<Height, Option<u64>> =
            firsts.map(|first| (first, None)).collect();
        let mut last = Height::ZERO;
        // Only what was written at the very end can be torn, but it may have been the beginning of a segment.
        while let Some((first, _)) = segments.last_key_value() {
            let first = *first;
            let (blob, size) = storage.open(&partition, &first.0.to_be_bytes()).await?;
            let (next, end) = whole(&blob, first, size).await?;
            if next > first {
                segments.insert(first, Some(end));
                last = next.saturating_sub(1);
                break;
            }
            drop(blob);
            storage
                .remove(&partition, Some(&first.0.to_be_bytes()))
                .await?;
            segments.remove(&first);
        }
        Ok(Self {
            storage,
            partition,
            keep,
            state: Lock::new(State {
                segments,
                tail: None,
                last,
            }),
            writing: Mutex::default(),
            reading: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State<E::Blob>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest height whose outcome is durable; 0 if there is none.
    pub fn last(&self) -> Height {
        self.state().last
    }

    /// The oldest height that may still be there.
    pub fn first(&self) -> Option<Height> {
        self.state().segments.keys().next().copied()
    }

    /// Whether the outcome of the block at `height` is to be kept.
    pub fn keeps(&self, height: Height) -> bool {
        self.keep
            .is_none_or(|keep| height > self.last().saturating_sub(keep))
    }

    /// The first blocks in a row whose outcomes should be there and are not, if all from `begin` up to `done` were executed here. Inside
    /// of a segment nobody looks: that would be to read everything.
    pub fn gap(&self, begin: Height, done: Height) -> Option<(Height, Height)> {
        let state = self.state();
        let floor = self.keep.map_or(begin, |keep| {
            begin.max(done.saturating_sub(keep).saturating_add(1))
        });
        let mut next = floor;
        for first in state.segments.keys() {
            if *first > next {
                return Some((next, done.min(first.saturating_sub(1))));
            }
            next = next.max(first.saturating_add(SEGMENT));
        }
        let next = next.min(state.last.next()).max(floor);
        (next <= done).then_some((next, done))
    }

    /// Adds the outcome of the block after the last; it is durable once this returns. What is there already stays.
    ///
    /// # Errors
    /// [`OutcomeError`]; then the archive is as it was, but for a torn end that is passed over.
    pub async fn append(
        &self,
        height: Height,
        hash: Hash,
        outcome: &BlockOutcome,
    ) -> Result<(), OutcomeError> {
        let _turn = self.writing.lock().await;
        if height <= self.last() {
            return Ok(());
        }
        let body = codec::to_bytes(outcome);
        let mut entry = Vec::with_capacity(HEAD + body.len());
        Head::new(height, hash, &body)?.write(&mut entry);
        entry.extend_from_slice(&body);
        let length = entry.len() as u64;
        let fits = {
            let state = self.state();
            state
                .tail
                .as_ref()
                .filter(|tail| height == state.last.next() && height.since(tail.first) < SEGMENT)
                .map(|tail| (Arc::clone(&tail.blob), tail.first, tail.end))
        };
        let begins = fits.is_none();
        let (blob, first, offset) = match fits {
            Some(tail) => tail,
            None => (self.begin(height).await?, height, 0),
        };
        if let Err(error) = blob.write_at(offset, entry, WriteOptions::SYNC).await {
            // Nobody knows what is there now: the next entry begins a segment.
            self.state().tail = None;
            return Err(error.into());
        }
        {
            let mut state = self.state();
            let end = offset + length;
            state.segments.insert(first, Some(end));
            state.tail = Some(Tail { first, blob, end });
            state.last = height;
        }
        if begins {
            self.prune(height).await?;
        }
        Ok(())
    }

    /// An empty segment that begins with `height`.
    async fn begin(&self, height: Height) -> Result<Arc<E::Blob>, OutcomeError> {
        self.state().tail = None;
        let name = height.0.to_be_bytes();
        let (blob, size) = self.storage.open(&self.partition, &name).await?;
        if size > 0 {
            blob.resize(0).await?;
            blob.sync().await?;
        }
        Ok(Arc::new(blob))
    }

    /// Removes segments all of whose blocks are older than what is kept. Whoever reads just now is not waited for: another time will do.
    async fn prune(&self, height: Height) -> Result<(), OutcomeError> {
        let Some(keep) = self.keep else {
            return Ok(());
        };
        let Ok(mut reading) = self.reading.try_lock() else {
            return Ok(());
        };
        let floor = height.saturating_sub(keep);
        let old: Vec<Height> = {
            let state = self.state();
            let next = state.segments.keys().skip(1);
            let old = state.segments.keys().zip(next);
            old.filter(|(_, next)| **next <= floor)
                .map(|(first, _)| *first)
                .collect()
        };
        for first in old {
            if reading.as_ref().is_some_and(|cursor| cursor.first == first) {
                *reading = None;
            }
            self.storage
                .remove(&self.partition, Some(&first.0.to_be_bytes()))
                .await?;
            self.state().segments.remove(&first);
        }
        Ok(())
    }

    /// The outcome of the block at `height` with the block's hash; none if it is not there.
    ///
    /// Reading heights one after the other costs two reads each; a jump costs one for each block of the segment before it.
    ///
    /// # Errors
    /// [`OutcomeError`] if the storage fails or the entry is damaged.
    pub async fn get(&self, height: Height) -> Result<Option<(Hash, BlockOutcome)>, OutcomeError> {
        let mut reading = self.reading.lock().await;
        let Some((first, known_end, tail)) = ({
            let state = self.state();
            let segment = state.segments.range(..=height).next_back();
            segment
                .filter(|_| height <= state.last)
                .map(|(first, end)| {
                    let tail = state.tail.as_ref().filter(|tail| tail.first == *first);
                    (*first, *end, tail.map(|tail| Arc::clone(&tail.blob)))
                })
        }) else {
            return Ok(None);
        };
        let cursor = match reading.take() {
            Some(cursor) if cursor.first == first => Some(cursor),
            _ => None,
        };
        let (blob, opened) = match (&cursor, tail) {
            (Some(cursor), _) => (Arc::clone(&cursor.blob), cursor.end),
            (None, Some(blob)) => (blob, 0),
            (None, None) => {
                let name = first.0.to_be_bytes();
                let (blob, size) = self.storage.open(&self.partition, &name).await?;
                (Arc::new(blob), size)
            }
        };
        let end = known_end.unwrap_or(opened);
        let (mut at, mut offset) = match cursor {
            Some(cursor) if cursor.height <= height => (cursor.height, cursor.offset),
            _ => (first, 0),
        };
        let found = loop {
            let Some(head) = head(&blob, at, offset, end).await? else {
                break None;
            };
            let body = offset + HEAD as u64;
            let next = body + u64::from(head.length);
            if at == height {
                let length = usize::try_from(head.length).unwrap_or(usize::MAX);
                let bytes = blob.read_at(body, length, ReadOptions::default()).await?;
                let bytes = bytes.coalesce();
                let bytes: &[u8] = bytes.as_ref();
                if head.check_of(bytes) != head.check {
                    return Err(OutcomeError::Damaged(height));
                }
                let outcome =
                    codec::from_bytes(bytes).map_err(|_| OutcomeError::Damaged(height))?;
                (at, offset) = (at.next(), next);
                break Some((head.hash, outcome));
            }
            (at, offset) = (at.next(), next);
        };
        *reading = Some(Cursor {
            first,
            blob,
            end,
            height: at,
            offset,
        });
        Ok(found)
    }
}

/// The head of the entry of `height` at `offset`, if there is a plausible one.
async fn head<B: Blob>(
    blob: &B,
    height: Height,
    offset: u64,
    end: u64,
) -> Result<Option<Head>, OutcomeError> {
    let Some(left) = end
        .checked_sub(offset)
        .and_then(|left| left.checked_sub(HEAD as u64))
    else {
        return Ok(None);
    };
    let bytes = blob.read_at(offset, HEAD, ReadOptions::default()).await?;
    let head = Head::read(bytes);
    Ok((head.height == height && u64::from(head.length) <= left).then_some(head))
}

/// How far a segment is whole: the height after its last whole entry, and where that entry ends.
async fn whole<B: Blob>(blob: &B, first: Height, size: u64) -> Result<(Height, u64), OutcomeError> {
    let (mut next, mut end) = (first, 0);
    let mut last = None;
    while let Some(head) = head(blob, next, end, size).await? {
        let length = u64::from(head.length);
        last = Some((head, end));
        next = next.next();
        end += HEAD as u64 + length;
    }
    // Every entry but the last was durable before the next was written.
    if let Some((head, offset)) = last {
        let length = usize::try_from(head.length).unwrap_or(usize::MAX);
        let body = blob
            .read_at(offset + HEAD as u64, length, ReadOptions::default())
            .await?
            .coalesce();
        if head.check_of(body.as_ref()) != head.check {
            (next, end) = (next.saturating_sub(1), offset);
        }
    }
    Ok((next, end))
}

#[cfg(test)]
mod tests;
