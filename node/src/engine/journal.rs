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
mod tests {
    use commonware_runtime::{Runner as _, Supervisor as _, deterministic, tokio};
    use etm_types::{ChainId, Height, Payload, SecretKey, Units, UnsignedTransaction};

    use super::*;

    fn transactions(range: std::ops::Range<u64>) -> Vec<Transaction> {
        let key = SecretKey::from_seed([3; 32]);
        let sign = |nonce| {
            UnsignedTransaction {
                chain: ChainId([1; 32]),
                sender: key.public_key(),
                nonce,
                fee: Units(1),
                expires_at: Height(9),
                payload: Payload::Withdraw,
            }
            .sign(&key)
        };
        range.map(sign).collect()
    }

    #[test]
    fn what_was_kept_is_found_again_each_once() {
        deterministic::Runner::default().start(|context| async move {
            let open = |name| Journal::open(context.child(name), "own".into());
            let (mut journal, found) = open("first").await.unwrap();
            assert_eq!(found, []);
            journal.append(&transactions(0..3)).await.unwrap();
            journal.append(&transactions(2..5)).await.unwrap();
            journal.blob.sync().await.unwrap();
            drop(journal);
            let (mut journal, found) = open("second").await.unwrap();
            assert_eq!(found, transactions(0..5));
            journal.renew(&transactions(4..5)).await.unwrap();
            journal.append(&transactions(7..8)).await.unwrap();
            journal.blob.sync().await.unwrap();
            drop(journal);
            let (_, found) = open("third").await.unwrap();
            assert_eq!(found, [transactions(4..5), transactions(7..8)].concat());
            assert_eq!(context.scan("own").await.unwrap().len(), 1, "old files go");
        });
    }

    /// The journal stays in proportion to what waits, however much goes through it.
    #[test]
    fn it_stays_small() {
        deterministic::Runner::default().start(|context| async move {
            let (mut journal, _) = Journal::open(context.child("journal"), "own".into())
                .await
                .unwrap();
            let (batch, mut largest) = (transactions(0..64), 0);
            for _ in 0..400 {
                journal.append(&batch).await.unwrap();
                if journal.is_stale() {
                    journal.renew(&batch[..3]).await.unwrap();
                }
                largest = largest.max(journal.size());
            }
            assert!(largest <= RENEW_BYTES + 64 * 1_034, "{largest} bytes");
        });
    }

    #[test]
    fn damage_spoils_only_what_it_hits() {
        let mut bytes = Vec::new();
        for transaction in transactions(0..3) {
            write(&mut bytes, &transaction);
        }
        let one = bytes.len() / 3;
        assert_eq!(read(&bytes), (transactions(0..3), 0));
        for cut in 0..bytes.len() {
            let hit = (cut / one) as u64;
            let cut_off = read(&bytes[..cut]);
            assert_eq!(cut_off, (transactions(0..hit), cut % one));
            let mut flipped = bytes.clone();
            flipped[cut] ^= 0x40;
            let others = [transactions(0..hit), transactions(hit + 1..3)].concat();
            assert_eq!(read(&flipped), (others, one), "byte {cut}");
        }
    }

    /// What is lost is said, once; what is not lost goes on in the new file.
    #[test]
    fn a_damaged_journal_says_what_is_lost() {
        deterministic::Runner::default().start(|context| async move {
            let open = |name| Journal::open(context.child(name), "own".into());
            let (mut journal, _) = open("first").await.unwrap();
            journal.append(&transactions(0..5)).await.unwrap();
            let one = journal.size() / 5;
            let at = one * 2 + 40;
            journal
                .blob
                .write_at(at, vec![0xff; 3], WriteOptions::default())
                .await
                .unwrap();
            journal.blob.sync().await.unwrap();
            drop(journal);
            let lines = Lines::default();
            let listening = tracing::subscriber::set_default(lines.clone());
            let (journal, found) = open("second").await.unwrap();
            let kept = [transactions(0..2), transactions(3..5)].concat();
            assert_eq!(found, kept);
            drop(journal);
            let (_, found) = open("third").await.unwrap();
            assert_eq!(found, kept);
            drop(listening);
            let lines = lines.0.lock().unwrap();
            assert_eq!(lines.len(), 1, "{lines:?}");
            let says = format!("bytes={one} kept=4");
            assert!(lines[0].contains(&says), "{lines:?}");
        });
    }

    /// The warnings of the journal.
    #[derive(Clone, Default)]
    struct Lines(std::sync::Arc<std::sync::Mutex<Vec<String>>>);

    impl tracing::Subscriber for Lines {
        fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
            metadata.target().ends_with("journal") && *metadata.level() <= tracing::Level::WARN
        }

        fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
            tracing::span::Id::from_u64(1)
        }

        fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

        fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

        fn event(&self, event: &tracing::Event<'_>) {
            struct Text(String);
            impl tracing::field::Visit for Text {
                fn record_debug(
                    &mut self,
                    field: &tracing::field::Field,
                    value: &dyn std::fmt::Debug,
                ) {
                    use std::fmt::Write as _;
                    let _ = write!(self.0, "{field}={value:?} ");
                }
            }
            let mut text = Text(String::new());
            event.record(&mut text);
            self.0.lock().unwrap().push(text.0);
        }

        fn enter(&self, _: &tracing::span::Id) {}

        fn exit(&self, _: &tracing::span::Id) {}
    }

    /// What was appended is with the system, not with the process: nothing is flushed when it is killed.
    #[test]
    fn a_process_that_is_killed_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let config = tokio::Config::new().with_storage_directory(folder.path());
        tokio::Runner::new(config).start(|context| async move {
            let (mut journal, _) = Journal::open(context.child("journal"), "own".into())
                .await
                .unwrap();
            journal.append(&transactions(0..9)).await.unwrap();
            // Another look at the same file, while the journal is open as it was when the process was killed.
            let files: Vec<_> = std::fs::read_dir(folder.path().join("own"))
                .unwrap()
                .map(|file| std::fs::read(file.unwrap().path()).unwrap())
                .collect();
            let mut expected = Vec::new();
            for transaction in transactions(0..9) {
                write(&mut expected, &transaction);
            }
            let holds = |file: &Vec<u8>| file.windows(expected.len()).any(|part| part == expected);
            assert!(files.iter().any(holds));
        });
    }
}
