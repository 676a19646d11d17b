use commonware_runtime::{Runner as _, Supervisor as _, deterministic, tokio};

use super::*;
use crate::engine::testing::transactions;

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
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
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
