//! The file breaks while it is open: it is noticed, said, and mended from the blocks.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use etm_types::{FinalizedBlock, Height, MinerId, Payload, Round};

use super::{World, etm};
use crate::testing::account;
use crate::{History, HistoryError};

/// Bytes of a page of SQLite's.
const PAGE: u64 = 4_096;

/// A history of some rounds with requests, all of it in the file itself, and its blocks.
fn written() -> (World, Vec<FinalizedBlock>) {
    let mut world = World::new();
    let mut blocks = Vec::new();
    for _ in 0..24 {
        let lock = world.chain.sign(6, 0, Payload::Lock { amount: etm(1) });
        let block = world.chain.produce(vec![lock], 0, 3);
        world.history.follow(&block).unwrap();
        blocks.push(block);
    }
    checkpoint(&world.history);
    assert_eq!(world.history.wanted().unwrap(), Height(25));
    world.history.whole();
    (world, blocks)
}

/// Has what is in the log written into the file.
fn checkpoint(history: &History) {
    let other = rusqlite::Connection::open(history.path()).unwrap();
    let moved: i64 = other
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .unwrap();
    assert_eq!(moved, 0);
}

/// What readers are told of it: the same of a history that is whole again.
fn told(history: &History) -> Result<String, HistoryError> {
    Ok(format!(
        "{:?} {:?} {:?} {:?} {:?}",
        history.height()?,
        history.rounds(None, 50)?,
        history.life(&account(6))?,
        history.finalized(Height(7))?,
        history.miner_history(MinerId(0), None, 50)?,
    ))
}

/// Whoever follows a chain: as far as the history lets it.
fn follow(history: &History, blocks: &[FinalizedBlock]) -> Result<(), HistoryError> {
    while let Some(block) = blocks.get(usize::try_from(history.wanted()?.0 - 1).unwrap()) {
        history.follow(block)?;
        let rebuilt = history.condition();
        assert!(
            rebuilt.trouble.is_some() || rebuilt.put_aside == 0,
            "not whole yet"
        );
    }
    history.whole();
    Ok(())
}

/// Flips bytes of every page but the first, which SQLite looks at all the time.
fn flip(history: &History) {
    let mut file = open(history);
    let length = file.metadata().unwrap().len();
    assert!(length > 20 * PAGE, "{length} bytes are in the file");
    for page in 1..length / PAGE {
        for at in [0, 1, 3, 8, 200, 2_000, 4_000] {
            flip_byte(&mut file, page * PAGE + at);
        }
    }
}

fn open(history: &History) -> File {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open(history.path())
        .unwrap()
}

fn flip_byte(file: &mut File, at: u64) {
    let mut byte = [0];
    file.seek(SeekFrom::Start(at)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&[byte[0] ^ 0x5a]).unwrap();
}

fn damaged(history: &History) -> PathBuf {
    history.path().with_extension("sqlite.damaged")
}

#[test]
fn what_a_reader_meets_is_said_and_mended() {
    let (world, blocks) = written();
    let history = &world.history;
    let before = told(history).unwrap();
    flip(history);
    assert_eq!(history.condition(), crate::Condition::default());
    // There is nothing to write: whoever reads what no connection knows by heart is the first to know.
    history.store().unwrap().forget();
    let met = told(history).unwrap_err();
    assert!(met.is_unavailable(), "{met}");
    assert!(met.to_string().contains("written anew"), "{met}");
    // From then on all are told the same, and so is whoever watches over the node.
    for _ in 0..3 {
        assert_eq!(history.height().unwrap_err().to_string(), met.to_string());
        assert_eq!(history.condition().trouble, Some(met.to_string()));
    }
    assert_eq!(history.wanted().unwrap(), Height(1));
    assert_eq!(history.condition().put_aside, 1);
    assert!(damaged(history).exists());
    let anew = history.condition().trouble.unwrap();
    assert!(anew.contains("being written anew"), "{anew}");
    follow(history, &blocks).unwrap();
    assert_eq!(history.condition().trouble, None);
    assert_eq!(told(history).unwrap(), before);
}

#[test]
fn a_committee_that_was_not_drawn_is_damage() {
    let (world, blocks) = written();
    let history = &world.history;
    let drawn = history.draw(Round(1)).unwrap();
    rusqlite::Connection::open(history.path())
        .unwrap()
        .execute_batch("UPDATE rounds SET drawn = zeroblob(length(drawn)) WHERE round = 1")
        .unwrap();
    let met = history.draw(Round(1)).unwrap_err();
    assert!(met.to_string().contains("not the one drawn"), "{met}");
    assert_eq!(history.wanted().unwrap(), Height(1));
    follow(history, &blocks).unwrap();
    assert_eq!(history.draw(Round(1)).unwrap(), drawn);
}

/// A single byte anywhere in the structure of a page: whatever error a reader meets, it is one that is mended.
#[test]
fn every_error_of_a_reader_is_mended() {
    let (world, blocks) = written();
    let whole = fs::read(world.history.path()).unwrap();
    let before = told(&world.history).unwrap();
    let facts = Arc::new(world.chain.facts());
    let folder = tempfile::tempdir().unwrap();
    let mut mended = 0;
    for case in 0..200u64 {
        let path = folder.path().join(format!("{case}.sqlite"));
        fs::write(&path, &whole).unwrap();
        let history = History::open(&path, Arc::clone(&facts)).unwrap();
        // Spread over the file, at the places in a page where its structure is.
        let page = case * 7 % (whole.len() as u64 / PAGE);
        let at = [0, 1, 2, 3, 4, 5, 8, 9, 12, 4_000][usize::try_from(case % 10).unwrap()];
        flip_byte(&mut open(&history), page * PAGE + at);
        if let Err(error) = told(&history) {
            assert!(error.is_unavailable(), "case {case}: {error}");
            follow(&history, &blocks).unwrap();
            assert_eq!(history.condition().put_aside, 1, "case {case}: {error}");
            assert_eq!(told(&history).unwrap(), before, "case {case}");
            mended += 1;
        }
        drop(history);
        let _ = fs::remove_file(path);
    }
    assert!(mended >= 10, "{mended} mended");
}

#[test]
fn a_file_that_is_cut_off_is_noticed_though_nobody_reads() {
    for left in [0, 100, PAGE, 9 * PAGE + 77] {
        let (world, blocks) = written();
        let history = &world.history;
        let before = told(history).unwrap();
        open(history).set_len(left).unwrap();
        assert_eq!(history.wanted().unwrap(), Height(1), "{left} bytes left");
        assert_eq!(history.condition().put_aside, 1);
        assert!(history.condition().trouble.is_some());
        follow(history, &blocks).unwrap();
        assert_eq!(history.condition().trouble, None);
        assert_eq!(told(history).unwrap(), before);
    }
}

#[test]
fn a_file_that_was_made_smaller_and_lacks_nothing_is_left_alone() {
    let (world, _) = written();
    let history = &world.history;
    let before = told(history).unwrap();
    let other = rusqlite::Connection::open(history.path()).unwrap();
    other
        .execute_batch("CREATE TABLE more AS SELECT zeroblob(500000) AS zeros; PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    assert_eq!(history.wanted().unwrap(), Height(25));
    let length = fs::metadata(history.path()).unwrap().len();
    // Somebody tidies up.
    other
        .execute_batch("DROP TABLE more; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    assert!(fs::metadata(history.path()).unwrap().len() < length);
    assert_eq!(history.wanted().unwrap(), Height(25));
    assert_eq!(history.condition(), crate::Condition::default());
    assert_eq!(told(history).unwrap(), before);
}

#[test]
fn a_file_that_is_deleted_or_replaced_is_begun_anew() {
    for replaced in ["", "a folder", "garbage", "an older copy"] {
        let (mut world, mut blocks) = written();
        let copy = fs::read(world.path.clone()).unwrap();
        let block = world.chain.produce(Vec::new(), 0, 3);
        world.history.follow(&block).unwrap();
        blocks.push(block);
        let history = &world.history;
        let before = told(history).unwrap();
        fs::remove_file(history.path()).unwrap();
        let from = match replaced {
            "a folder" => {
                fs::create_dir(history.path()).unwrap();
                1
            }
            "garbage" => {
                fs::write(history.path(), vec![0x5a; 50_000]).unwrap();
                1
            }
            "an older copy" => {
                fs::write(history.path(), copy).unwrap();
                25
            }
            _ => 1,
        };
        assert_eq!(history.wanted().unwrap(), Height(from), "{replaced}");
        let trouble = history.condition().trouble.unwrap();
        assert!(trouble.contains("being written anew"), "{trouble}");
        follow(history, &blocks).unwrap();
        assert_eq!(history.condition().trouble, None);
        assert_eq!(told(history).unwrap(), before);
    }
}

/// Folders lie where what is damaged is put: another name is found, and if there is none it is said what to do.
#[test]
fn folders_in_the_way_keep_no_history_from_being_begun_anew() {
    for is_folder in [true, false] {
        let (world, blocks) = written();
        let history = &world.history;
        let beside = |end: &str| crate::store::with_suffix(history.path(), end);
        let break_it = || {
            history.close();
            fs::remove_file(history.path()).unwrap();
            let _ = fs::remove_file(beside("-wal"));
            if is_folder {
                fs::create_dir_all(history.path().join("full")).unwrap();
            } else {
                fs::write(history.path(), vec![0x5a; 50_000]).unwrap();
                fs::write(beside("-wal"), "nonsense").unwrap();
            }
        };
        let before = told(history).unwrap();
        fs::create_dir_all(beside(".damaged").join("full")).unwrap();
        break_it();
        assert_eq!(history.wanted().unwrap(), Height(1));
        follow(history, &blocks).unwrap();
        assert_eq!(told(history).unwrap(), before);
        let (first, second) = (beside(".damaged"), beside(".damaged.2"));
        assert!(first.join("full").is_dir(), "it is left alone");
        assert!(second.exists(), "nothing is thrown away");
        assert_eq!(second.join("full").is_dir(), is_folder);
        drop(world);
    }
}

#[test]
fn what_can_not_be_put_aside_is_said_until_somebody_moves_it() {
    let (world, blocks) = written();
    let history = &world.history;
    let beside = |end: &str| crate::store::with_suffix(history.path(), end);
    for name in [".damaged", ".damaged.2", ".damaged.3", ".damaged.4"] {
        fs::create_dir_all(beside(name).join("full")).unwrap();
    }
    history.close();
    fs::write(history.path(), vec![0x5a; 50_000]).unwrap();
    for _ in 0..3 {
        let said = history.wanted().unwrap_err().to_string();
        let path = history.path().display().to_string();
        assert!(said.starts_with(&path), "{said}");
        assert!(said.contains("can't be put aside"), "{said}");
        assert!(said.contains("move it away"), "{said}");
        assert_eq!(history.condition().trouble, Some(said));
    }
    fs::remove_file(history.path()).unwrap();
    follow(history, &blocks).unwrap();
    assert_eq!(history.condition().trouble, None);
}

#[test]
fn a_log_that_is_deleted_costs_nothing_that_was_answered() {
    let (mut world, mut blocks) = written();
    for _ in 0..3 {
        let block = world.chain.produce(Vec::new(), 0, 3);
        world.history.follow(&block).unwrap();
        blocks.push(block);
    }
    let history = &world.history;
    let before = told(history).unwrap();
    fs::remove_file(crate::store::log_of(history.path())).unwrap();
    follow(history, &blocks).unwrap();
    assert_eq!(told(history).unwrap(), before);
}

/// However fast a file breaks, another is begun at most once in a pause.
#[test]
fn a_disk_that_damages_everything_makes_no_loop() {
    let (world, blocks) = written();
    let history = &world.history;
    let damage = || {
        checkpoint(history);
        flip(history);
        history.store().unwrap().forget();
        told(history).unwrap_err()
    };
    damage();
    follow(history, &blocks).unwrap();
    damage();
    for _ in 0..50 {
        let waits = history.wanted().unwrap_err();
        assert!(waits.is_unavailable(), "{waits}");
        assert!(waits.to_string().contains("60 s after"), "{waits}");
        assert_eq!(history.condition().trouble, Some(waits.to_string()));
    }
    assert_eq!(history.condition().put_aside, 1);
    // Whoever deletes it needs not wait.
    fs::remove_file(history.path()).unwrap();
    follow(history, &blocks).unwrap();
    assert_eq!(history.condition().trouble, None);
}

/// While another process has the file locked, that is said all the time and not every other moment.
#[test]
fn a_lock_is_said_all_the_time() {
    let (mut world, _) = written();
    let block = world.chain.produce(Vec::new(), 0, 3);
    let history = &world.history;
    let lock = rusqlite::Connection::open(history.path()).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    for _ in 0..3 {
        history.follow(&block).unwrap_err();
        let trouble = history.condition().trouble.unwrap();
        assert_eq!(history.wanted().unwrap(), Height(25));
        assert_eq!(history.condition().trouble, Some(trouble));
    }
    drop(lock);
    history.follow(&block).unwrap();
    assert_eq!(history.condition(), crate::Condition::default());
}

/// Figures that no history holds are a matter of whoever asks.
#[test]
fn no_question_condemns_the_file() {
    let (world, _) = written();
    let history = &world.history;
    for height in [0, 25, 1 << 62, 1 << 63, u64::MAX] {
        let answer = history.finalized(Height(height));
        assert!(!matches!(answer, Ok(Some(_))), "{height}");
        let _ = history.rounds(Some(Round(height)), 10);
        let _ = history.miner_history(MinerId(u32::MAX), Some(height), 10);
    }
    assert_eq!(history.wanted().unwrap(), Height(25));
    assert_eq!(history.condition(), crate::Condition::default());
}
