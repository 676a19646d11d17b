//! What a history begins with is written in pieces: a stop or a crash between two of them costs nothing and makes no wrong figure.

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use etm_execution::base::{Base, KnownPosition};
use etm_types::Height;
use rusqlite::Connection;
use rusqlite::types::Value;

use super::origin::{begun, follows};
use super::params;
use crate::store::{Store, log_of};
use crate::testing::{TestChain, genesis, positions};
use crate::{Cancel, ChainFacts, History, HistoryError, Origin};

/// All rows of all tables.
fn rows(file: &Path) -> Vec<String> {
    let connection = Connection::open(file).unwrap();
    let mut tables = connection
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        .unwrap();
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let tables: Vec<String> = tables.map(Result::unwrap).collect();
    let mut all = Vec::new();
    for table in tables {
        let mut statement = connection
            .prepare(&format!("SELECT * FROM {table}"))
            .unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let row = (0..columns).map(|column| row.get::<_, Value>(column).unwrap());
            all.push(format!("{table} {:?}", row.collect::<Vec<_>>()));
        }
    }
    all
}

fn version(file: &Path) -> u32 {
    let connection = Connection::open(file).unwrap();
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

/// Opens the file until so many pieces are written; false once all are.
fn pieces(file: &Path, facts: &ChainFacts, origin: Option<&Origin>, count: u64) -> bool {
    let (stop, left) = (Cancel::default(), Cell::new(count));
    let tell = |_, _| {
        left.set(left.get() - 1);
        if left.get() == 0 {
            stop.cancel();
        }
    };
    match Store::open(file, facts, origin, &stop, &tell) {
        Ok(_) => false,
        Err(HistoryError::Stopped) => true,
        Err(error) => panic!("{error}"),
    }
}

/// What is begun in a row of attempts, each of which is stopped after some pieces, is what one attempt begins.
fn goes_on(folder: &Path, facts: &Arc<ChainFacts>, origin: Option<&Origin>) {
    let history = |file: &Path| match origin {
        Some(origin) => History::after(file, Arc::clone(facts), origin.clone()),
        None => History::new(file, Arc::clone(facts)),
    };
    let at_once = folder.join("at-once");
    history(&at_once).wanted().unwrap();
    let all = rows(&at_once);
    for count in 1..4 {
        let file = folder.join(format!("by-{count}"));
        let mut attempts = 0;
        while pieces(&file, facts, origin, count) {
            attempts += 1;
            assert_eq!(version(&file), 6, "an older program takes it for whole");
        }
        assert!(attempts >= 3 / count, "{attempts} attempts");
        assert_eq!(rows(&file), all, "{count} at once");
        assert_eq!(version(&file), version(&at_once));
    }
    // After each piece the power is cut off.
    let (file, copies) = (folder.join("whole"), Cell::new(0));
    let tell = |_, _| {
        let copy = folder.join(format!("copy-{}", copies.get()));
        fs::copy(&file, &copy).unwrap();
        fs::copy(log_of(&file), log_of(&copy)).unwrap();
        copies.set(copies.get() + 1);
    };
    Store::open(&file, facts, origin, &Cancel::default(), &tell).unwrap();
    assert!(copies.get() >= 4, "{} pieces", copies.get());
    for copy in 0..copies.get() {
        let copy = folder.join(format!("copy-{copy}"));
        assert_eq!(version(&copy), 6);
        history(&copy).wanted().unwrap();
        assert_eq!(rows(&copy), all);
    }
}

#[test]
fn what_a_snapshot_gives_is_written_in_pieces() {
    let (world, folder, origin, _) = begun(2);
    let origin = world.chain.origin_of(&origin.file, &positions(400));
    goes_on(folder.path(), &Arc::new(world.chain.facts()), Some(&origin));
}

#[test]
fn what_genesis_gives_is_written_in_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let chain = TestChain::new(genesis(params(), 100, 4));
    goes_on(folder.path(), &Arc::new(chain.facts()), None);
}

#[test]
fn what_was_begun_with_something_else_is_begun_anew() {
    let (world, folder, origin, _) = begun(2);
    let facts = Arc::new(world.chain.facts());
    let of = |name: &str, count| {
        world
            .chain
            .origin_of(&folder.path().join(name), &positions(count))
    };
    let (one, other) = (of("one", 300), of("other", 200));
    let begin = |file: &Path, origin: &Option<Origin>| match origin {
        Some(origin) => History::after(file, Arc::clone(&facts), origin.clone()),
        None => History::new(file, Arc::clone(&facts)),
    };
    for (number, then) in [Some(other), Some(origin), None].into_iter().enumerate() {
        let (file, anew) = (
            folder.path().join(format!("{number}")),
            folder.path().join(format!("{number}-anew")),
        );
        assert!(pieces(&file, &facts, Some(&one), 2));
        let history = begin(&file, &then);
        history.wanted().unwrap();
        assert_eq!(history.condition().put_aside, 0, "nothing was in it");
        begin(&anew, &then).wanted().unwrap();
        assert_eq!(rows(&file), rows(&anew));
    }
}

#[test]
fn a_stop_waits_for_no_more_than_a_piece_and_is_no_trouble() {
    let (world, folder, origin, _) = begun(2);
    let origin = world.chain.origin_of(&origin.file, &positions(300));
    let file = folder.path().join("history.sqlite");
    fs::remove_file(&file).ok();
    assert!(pieces(&file, &world.chain.facts(), Some(&origin), 1));
    let history = follows(&world, &folder, &origin);
    history.stop();
    let before = rows(&file);
    // The base is not even read.
    assert!(matches!(history.wanted(), Err(HistoryError::Stopped)));
    assert_eq!(history.condition(), crate::Condition::default());
    assert!(matches!(history.height(), Err(HistoryError::Closed)));
    assert_eq!(rows(&file), before);
    let history = follows(&world, &folder, &origin);
    assert_eq!(history.wanted().unwrap(), Height(8));
    assert_eq!(history.condition(), crate::Condition::default());
    // What is whole is read on.
    history.stop();
    assert_eq!(history.wanted().unwrap(), Height(8));
}

/// So many positions, in parts as they come, begin a history that holds each of them once.
#[test]
fn a_large_state_is_taken_up_part_by_part() {
    let (world, folder, origin, _) = begun(2);
    let positions = positions(40_000);
    let origin = world.chain.origin_of(&origin.file, &positions);
    let base = Base::read(
        fs::File::open(&origin.file).unwrap(),
        world.chain.facts().id,
    )
    .unwrap();
    assert_eq!(base.count, 40_000);
    let read: Vec<KnownPosition> = base.positions.map(Result::unwrap).collect();
    let mut sorted = positions;
    sorted.sort_unstable_by_key(|position| position.key);
    assert_eq!(read, sorted);
    let file = folder.path().join("large.sqlite");
    let history = History::after(&file, Arc::new(world.chain.facts()), origin);
    assert_eq!(history.wanted().unwrap(), Height(8));
    let figures = history.locked_by_miner().unwrap();
    let voters: u64 = figures.values().map(|figures| figures.voters).sum();
    let locked: u64 = figures.values().map(|figures| figures.locked).sum();
    let all = sorted.iter().map(|position| position.position.locked.0);
    assert_eq!((voters, locked), (40_000, all.sum()));
}
