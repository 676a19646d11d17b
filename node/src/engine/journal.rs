//! What users gave to this node and is not final yet, on disk.
//!
//! An accepted transaction is written before its sender gets the answer, and synced within a second: it survives the end of the process,
//! however sudden, and may be lost if the machine itself loses power within that second. The file is renewed from time to time with what
//! still waits, so it stays in proportion to the pool.

use commonware_runtime::{Blob as _, Error, Metrics, ReadOptions, Storage, WriteOptions};
use etm_types::{Hash, Transaction, codec, limits::MAX_TRANSACTION_BYTES};
use tracing::warn;

/// Bytes of a file below which it is not renewed.
const RENEW_BYTES: u64 = 1 << 20;

/// The largest file that is read; none that this node wrote is larger, whatever the bounds of its pool.
const MAX_BYTES: u64 = 256 << 20;

/// Bytes before a transaction: its length, and the beginning of its hash.
const FRAME: usize = 2 + 8;

/// The journal of a node.
pub struct Journal<E: Storage> {
    context: E,
    partition: String,
    blob: E::Blob,
    /// The number of the file; each renewal takes the next one.
    number: u64,
    size: u64,
    /// The size after the last renewal.
    renewed: u64,
    /// Up to where it is synced, or will be in a moment.
    synced: u64,
}

impl<E: Storage + Metrics> Journal<E> {
    /// Opens the journal, and gives what it holds: in order, each once. What of it can't be read is lost, which the log says in one line.
    ///
    /// # Errors
    /// [`Error`] if the storage fails.
    pub async fn open(context: E, partition: String) -> Result<(Self, Vec<Transaction>), Error> {
        let mut names = match context.scan(&partition).await {
            Ok(names) => names,
            Err(Error::PartitionMissing(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        names.sort_unstable();
        let mut seen = std::collections::BTreeSet::new();
        let mut found = Vec::new();
        let mut lost = 0;
        for name in &names {
            let (blob, size) = context.open(&partition, name).await?;
            let length = size.min(MAX_BYTES);
            let bytes = blob
                .read_at(
                    0,
                    usize::try_from(length).unwrap_or(0),
                    ReadOptions::default(),
                )
                .await?
                .coalesce();
            let (transactions, unread) = read(bytes.as_ref());
            lost += unread as u64 + (size - length);
            let new = transactions.into_iter();
            found.extend(new.filter(|transaction| seen.insert(transaction.hash().0)));
        }
        if lost > 0 {
            warn!(
                bytes = lost,
                kept = found.len(),
                "the journal of pending transactions was damaged or cut off: what could be read is kept, transactions in the other bytes \
                 are lost, and whoever sent them to this node may have to send them again"
            );
        }
        let last = names.last().map_or(0, |name| number(name));
        let (number, blob) = create(&context, &partition, last).await?;
        let mut journal = Self {
            context,
            partition,
            blob,
            number,
            size: 0,
            renewed: 0,
            synced: 0,
        };
        journal.append(&found).await?;
        journal.blob.sync().await?;
        (journal.renewed, journal.synced) = (journal.size, journal.size);
        for name in names {
            journal
                .context
                .remove(&journal.partition, Some(&name))
                .await?;
        }
        Ok((journal, found))
    }

    /// Writes transactions behind the others.
    ///
    /// # Errors
    /// [`Error`] if the storage fails.
    pub async fn append(&mut self, transactions: &[Transaction]) -> Result<(), Error> {
        let mut bytes = Vec::new();
        for transaction in transactions {
            write(&mut bytes, transaction);
        }
        let length = bytes.len() as u64;
        self.blob
            .write_at(self.size, bytes, WriteOptions::default())
            .await?;
        self.size += length;
        Ok(())
    }

    /// Has what was written synced, without waiting for it.
    pub async fn start_sync(&mut self) {
        if self.synced < self.size {
            self.synced = self.size;
            drop(self.blob.start_sync().await);
        }
    }

    /// Whether most of the journal is of the past, so that it should be renewed.
    pub const fn is_stale(&self) -> bool {
        self.size > RENEW_BYTES && self.size / 2 > self.renewed
    }

    /// Begins a new file with what still waits. The old one goes once the new one is synced.
    ///
    /// # Errors
    /// [`Error`] if the storage fails.
    pub async fn renew(&mut self, waiting: &[Transaction]) -> Result<(), Error> {
        let old = self.number;
        (self.number, self.blob) = create(&self.context, &self.partition, old).await?;
        self.size = 0;
        self.append(waiting).await?;
        self.blob.sync().await?;
        (self.renewed, self.synced) = (self.size, self.size);
        self.context
            .remove(&self.partition, Some(&old.to_be_bytes()))
            .await
    }

    /// Its size in bytes.
    pub const fn size(&self) -> u64 {
        self.size
    }
}

/// Opens an empty file with a number after `last`.
async fn create<E: Storage>(
    context: &E,
    partition: &str,
    last: u64,
) -> Result<(u64, E::Blob), Error> {
    let number = last.wrapping_add(1);
    let (blob, size) = context.open(partition, &number.to_be_bytes()).await?;
    if size > 0 {
        blob.resize(0).await?;
    }
    Ok((number, blob))
}

fn number(name: &[u8]) -> u64 {
    name.try_into().map_or(0, u64::from_be_bytes)
}

fn write(out: &mut Vec<u8>, transaction: &Transaction) {
    let encoding = codec::to_bytes(transaction);
    // No transaction is longer than `MAX_TRANSACTION_BYTES`.
    let length = u16::try_from(encoding.len()).unwrap_or(u16::MAX);
    let hash = Hash::of(&[&encoding]);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&hash.0[..8]);
    out.extend_from_slice(&encoding);
}

/// The transaction whose frame is at the beginning, and the bytes of the frame.
fn first(bytes: &[u8]) -> Option<(Transaction, usize)> {
    let (frame, rest) = bytes.split_at_checked(FRAME)?;
    let length = usize::from(u16::from_be_bytes([frame[0], frame[1]]));
    if length > MAX_TRANSACTION_BYTES {
        return None;
    }
    let (encoding, _) = rest.split_at_checked(length)?;
    // The cheapest look first: where something is damaged, every byte may be the beginning of the next frame.
    let transaction = Transaction::from_bytes(encoding).ok()?;
    (Hash::of(&[encoding]).0[..8] == frame[2..]).then_some((transaction, FRAME + length))
}

/// All transactions whose frames are whole, and how many bytes belong to none: a write that was cut off, or what was damaged later.
fn read(mut bytes: &[u8]) -> (Vec<Transaction>, usize) {
    let (mut transactions, mut lost) = (Vec::new(), 0);
    while !bytes.is_empty() {
        let length = match first(bytes) {
            Some((transaction, length)) => {
                transactions.push(transaction);
                length
            }
            None => {
                lost += 1;
                1
            }
        };
        bytes = bytes.get(length..).unwrap_or_default();
    }
    (transactions, lost)
}

#[cfg(test)]
mod tests;
