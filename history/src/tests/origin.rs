//! A history that begins after a round says of all later rounds what one says that began with genesis, and refuses what was before.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use etm_execution::read;
use etm_types::api::Integer;
use etm_types::{Height, MinerId, Round, Transaction};
use proptest::prelude::*;
use tempfile::TempDir;

use super::bonus::{BlockPlan, Move, blocks, payload};
use super::prune::{lists_end_alike, newest, pages, transfers};
use super::{World, chains};
use crate::testing::{TestChain, account, now};
use crate::{History, HistoryError, MinerFacts, Origin, Recorded};

/// Accounts that are looked at: those that ask for something, and some that only send.
pub(super) const ACCOUNTS: u8 = 12;

/// A history that began later, and what the whole one had counted by then.
pub(super) struct Late {
    pub(super) history: History,
    began: Round,
    miners: BTreeMap<MinerId, MinerFacts>,
    earned: Vec<u64>,
}

impl Late {
    pub(super) fn begin(world: &World, folder: &Path, began: Round) -> Self {
        let origin = world.chain.origin(&folder.join(format!("{began}.base")));
        let file = folder.join(format!("{began}.sqlite"));
        let history = History::after(&file, Arc::new(world.chain.facts()), origin);
        assert_eq!(history.wanted().unwrap(), world.chain.height().next());
        let ids = (0..70).map(MinerId);
        let miners = ids.filter_map(|id| Some((id, world.history.miner(id).unwrap()?)));
        let accounts = (0..ACCOUNTS).map(account);
        Self {
            history,
            began,
            miners: miners.collect(),
            earned: accounts
                .map(|account| world.history.life(&account).unwrap().earned.0)
                .collect(),
        }
    }

    fn refused<T: std::fmt::Debug>(&self, answer: Result<T, HistoryError>) {
        let began = self.history.first_height(self.began);
        match answer {
            Err(HistoryError::Pruned {
                round,
                height,
                began: true,
            }) => {
                assert_eq!((round, height), (self.began, began));
            }
            answer => panic!("{answer:?}"),
        }
    }

    /// Holds it against a whole history of the same blocks.
    fn agrees(&self, whole: &History) {
        let (late, began) = (&self.history, self.began);
        // The state does not have the names of those that were gone by then.
        let gone = (0..70).filter_map(|id| Some((id, whole.miner(MinerId(id)).unwrap()?.name)));
        late.learn_names(gone.collect());
        assert_eq!(late.height().unwrap(), whole.height().unwrap());
        assert_eq!(late.counted_from().unwrap(), Some(began));
        for (number, earned) in (0..ACCOUNTS).zip(&self.earned) {
            self.account_agrees(whole, number, *earned);
        }
        self.rounds_agree(whole);
        self.miners_agree(whole);
        assert_eq!(late.distributed().unwrap(), whole.distributed().unwrap());
        let (points, all) = (
            late.supply_points(1_000).unwrap(),
            whole.supply_points(1_000).unwrap(),
        );
        assert_eq!(points[..], all[all.len() - points.len()..]);
    }

    fn account_agrees(&self, whole: &History, number: u8, earned: u64) {
        let (late, began) = (&self.history, self.began);
        let account = account(number);
        let (told, of_whole) = (late.life(&account).unwrap(), whole.life(&account).unwrap());
        assert_eq!(told.finished, of_whole.finished);
        assert_eq!(told.earned.0, of_whole.earned.0 - earned);
        let since = of_whole.since_round.filter(|since| *since >= began);
        assert_eq!(told.since_round, since);
        assert_eq!(told.whole, since.is_some());
        if told.whole {
            assert_eq!(told.earned_by_present, of_whole.earned_by_present);
        }
        for earned_only in [false, true] {
            let bonus = |history: &History| {
                pages(|before| {
                    let page = history.bonus(&account, before.map(Round), earned_only, 2)?;
                    Ok((page.rounds, page.next))
                })
            };
            let (rows, mut all) = (bonus(late), bonus(whole));
            all.0.retain(|row| row.round >= began.0);
            assert_eq!(rows, all, "account {number}");
            let page = late.bonus(&account, None, earned_only, 2).unwrap();
            assert_eq!(page.total, rows.0.len() as u64);
            assert_eq!(page.counted_from, Some(began.0));
            let sum: u64 = rows.0.iter().map(|row| row.earned.0).sum();
            assert_eq!(page.total_earned.0, sum);
        }
        for limit in [1, 3, 100] {
            let timeline = |history: &History| {
                pages(|offset| {
                    let page = history.timeline(&account, offset.unwrap_or(0), limit)?;
                    Ok((page.entries, page.next))
                })
            };
            let (entries, mut all) = (timeline(late), timeline(whole));
            all.0
                .retain(|entry| entry.round >= began.0 && entry.height > 0);
            assert_eq!(entries, all, "account {number}");
            let page = late.timeline(&account, 0, limit).unwrap();
            assert_eq!(page.total, entries.0.len() as u64);
        }
        let transactions = |history: &History| {
            pages(|cursor| {
                let page = history.account_transactions(&account, cursor, 2)?;
                Ok((page.transactions, page.next))
            })
        };
        let (rows, mut all) = (transactions(late), transactions(whole));
        let first = late.first_height(began).0;
        all.0.retain(|row| row.height >= Some(first));
        assert_eq!(rows, all);
        let page = late.account_transactions(&account, None, 2).unwrap();
        assert_eq!(page.total, rows.0.len() as u64);
    }

    fn rounds_agree(&self, whole: &History) {
        let (late, began) = (&self.history, self.began);
        let (running, tip) = (whole.running_round().unwrap(), whole.height().unwrap());
        assert_eq!(late.running_round().unwrap(), running);
        for round in Round::ZERO.through(running.next()) {
            if round < began {
                self.refused(late.round(round));
                self.refused(late.draw(round));
                self.refused(late.distribution(round));
                self.refused(late.committee(round));
                continue;
            }
            let told = |history: &History| {
                let mut told = history.round(round).unwrap();
                // What votes come to before a round ends the state says (`api/src/routes/rounds.rs`): a history has those that it saw last.
                let open = told.as_mut().filter(|_| round >= running);
                let seats = open.into_iter().flat_map(|told| &mut told.committee);
                seats.for_each(|seat| seat.votes = Integer(0));
                told
            };
            assert_eq!(told(late), told(whole));
            assert_eq!(late.draw(round).unwrap(), whole.draw(round).unwrap());
            assert_eq!(
                late.distribution(round).unwrap(),
                whole.distribution(round).unwrap()
            );
            assert_eq!(
                late.committee(round).unwrap(),
                whole.committee(round).unwrap()
            );
        }
        let first = late.first_height(began);
        for height in Height(1).through(tip) {
            if height < first {
                self.refused(late.block(height, tip));
                self.refused(late.receipts(height));
                self.refused(late.sealed(height));
                self.refused(late.finalized(height));
                continue;
            }
            let block = whole.block(height, tip).unwrap().unwrap();
            let hash = etm_types::Hash(block.summary.hash.0);
            assert_eq!(late.find_block(&hash).unwrap(), Some(height));
            for transaction in &block.transaction_list {
                let hash = etm_types::Hash(transaction.hash.0);
                assert_eq!(
                    late.transaction(&hash).unwrap(),
                    whole.transaction(&hash).unwrap()
                );
            }
            assert_eq!(late.block(height, tip).unwrap(), Some(block));
            assert_eq!(
                late.receipts(height).unwrap(),
                whole.receipts(height).unwrap()
            );
            assert_eq!(
                late.finalized(height).unwrap(),
                whole.finalized(height).unwrap()
            );
        }
        let before = whole.sealed(first.saturating_sub(1)).unwrap().unwrap();
        assert_eq!(late.find_block(&before.0.hash()).unwrap(), None);
        lists_end_alike(late, whole);
    }

    fn miners_agree(&self, whole: &History) {
        let (late, began) = (&self.history, self.began);
        let voted = |history: &History| {
            let figures = history.locked_by_miner().unwrap().into_iter();
            let figures = figures.filter(|(_, figures)| figures.voters > 0);
            figures
                .map(|(miner, figures)| (miner, (figures.voters, figures.locked)))
                .collect::<BTreeMap<_, _>>()
        };
        assert_eq!(voted(late), voted(whole));
        let registered = |history: &History| {
            let miners = history.registered_miners().unwrap().into_iter();
            miners
                .map(|miner| (miner.id, miner.name, miner.owner))
                .collect::<Vec<_>>()
        };
        assert_eq!(registered(late), registered(whole));
        for miner in registered(whole).into_iter().map(|(miner, ..)| miner) {
            assert_eq!(
                late.voters_by_size(miner).unwrap(),
                whole.voters_by_size(miner).unwrap()
            );
            let (told, of_whole) = (
                late.miner(miner).unwrap().unwrap(),
                whole.miner(miner).unwrap().unwrap(),
            );
            let before = self.miners.get(&miner);
            let since = |of: fn(&MinerFacts) -> u64| of(&of_whole) - before.map_or(0, of);
            assert_eq!(told.rewards, since(|facts| facts.rewards));
            assert_eq!(told.fees, since(|facts| facts.fees));
            assert_eq!(told.pools, since(|facts| facts.pools));
            assert_eq!(told.lucky, since(|facts| facts.lucky));
            assert_eq!(told.seats, since(|facts| facts.seats));
            assert_eq!(told.resigned_round, None);
            let kept = late.first_height(began);
            let last = of_whole.last_block.filter(|height| *height >= kept);
            assert_eq!(told.last_block, last);
            let past = |history: &History| {
                pages(|before| {
                    let page = history.miner_history(miner, before, 2)?;
                    Ok((page.rounds, page.next))
                })
            };
            newest(past(late), past(whole));
        }
        let count = whole
            .running_round()
            .unwrap()
            .saturating_add(2)
            .since(began.saturating_add(2));
        let (recent, of_whole) = (
            late.recent_seats(1_000).unwrap(),
            whole.recent_seats(count).unwrap(),
        );
        assert_eq!(recent.rounds, count);
        assert_eq!(recent, of_whole);
    }
}

/// The transactions of a block's plan.
pub(super) fn transactions(world: &World, requests: Vec<(u8, Move)>) -> Vec<Transaction> {
    let params = world.chain.genesis.chain().params;
    let mut transactions: Vec<Transaction> = Vec::new();
    for (number, step) in requests {
        let view = now(read::account(&world.chain.state, &params, &account(number))).unwrap();
        let locked = view.position.map_or(0, |position| position.locked.0);
        if let Some(payload) = payload(number, &step, locked) {
            let own = transactions.iter();
            let ahead = own
                .filter(|other| other.sender() == account(number))
                .count();
            transactions.push(world.chain.sign(number, ahead as u64, payload));
        }
    }
    transactions.extend(transfers(world, world.chain.height().0 + 1));
    transactions
}

/// Histories that begin after some rounds of a chain agree with the whole one at once, later, and in the end.
fn agree(plans: Vec<BlockPlan>) {
    let mut world = World::new();
    let folder: TempDir = tempfile::tempdir().unwrap();
    let mut later: Vec<Late> = Vec::new();
    for (requests, skipped, ms) in plans {
        let transactions = transactions(&world, requests);
        let block = world.chain.produce(transactions, skipped, ms);
        world.history.record(&block).unwrap();
        for late in &later {
            assert_eq!(late.history.follow(&block).unwrap(), Recorded::Written);
        }
        if world.chain.height().0.is_multiple_of(14) {
            later.iter().for_each(|late| late.agrees(&world.history));
        }
        if block.outcome.report.is_some() {
            let next = block.block.header.round.next();
            if matches!(next.0, 1 | 2 | 5 | 8 | 12) {
                let late = Late::begin(&world, folder.path(), next);
                late.agrees(&world.history);
                later.push(late);
            }
        }
    }
    later.iter().for_each(|late| late.agrees(&world.history));
}

proptest! {
    #![proptest_config(chains(4))]

    #[test]
    fn what_comes_after_is_as_in_a_whole_history(plans in blocks(), more in blocks()) {
        agree(plans.into_iter().chain(more).collect());
    }
}

/// A chain that ended some rounds, with what a history begins with after the last, and a history that begins so.
pub(super) fn begun(rounds: u64) -> (World, TempDir, Origin, History) {
    let mut world = World::new();
    world.pass(4 * rounds - 1);
    let folder = tempfile::tempdir().unwrap();
    let origin = world.chain.origin(&folder.path().join("base"));
    let history = follows(&world, &folder, &origin);
    (world, folder, origin, history)
}

pub(super) fn follows(world: &World, folder: &TempDir, origin: &Origin) -> History {
    let file = folder.path().join("history.sqlite");
    History::after(&file, Arc::new(world.chain.facts()), origin.clone())
}

#[test]
fn one_that_is_lost_begins_anew_from_what_it_began_with() {
    let (mut world, folder, origin, history) = begun(3);
    assert_eq!(history.wanted().unwrap(), Height(12));
    let blocks: Vec<_> = (0..9)
        .map(|_| world.chain.produce(Vec::new(), 0, 0))
        .collect();
    for block in &blocks {
        assert_eq!(history.wanted().unwrap(), block.height());
        history.follow(block).unwrap();
    }
    let told = |history: &History| {
        let miners = history.registered_miners().unwrap();
        let pages = (0..5).map(|number| history.bonus(&account(number), None, false, 50).unwrap());
        format!("{miners:?} {:?}", pages.collect::<Vec<_>>())
    };
    let before = told(&history);
    for damaged in [false, true] {
        if damaged {
            let other = folder.path().join("other");
            fs::write(&other, "no database".repeat(9_000)).unwrap();
            fs::rename(&other, history.path()).unwrap();
        } else {
            fs::remove_file(history.path()).unwrap();
        }
        assert_eq!(history.wanted().unwrap(), Height(12));
        for block in &blocks {
            history.follow(block).unwrap();
        }
        assert_eq!(told(&history), before);
    }
    // What is there is gone on with, whatever became of what it began with.
    fs::remove_file(&origin.file).unwrap();
    let again = History::after(history.path(), Arc::clone(history.chain()), origin);
    assert_eq!(again.wanted().unwrap(), Height(21));
    assert_eq!(told(&again), before);
}

#[test]
fn nothing_is_begun_with_what_is_not_what_was_written() {
    let (world, folder, origin, history) = begun(2);
    let whole = fs::read(&origin.file).unwrap();
    let refuses = |history: &History, what: &str| match history.wanted() {
        Err(error @ HistoryError::NoOrigin { .. }) => {
            assert!(error.is_for_good(), "{what}: {error}");
            let text = error.to_string();
            assert!(text.contains("snapshot of block 7"), "{text}");
            assert!(!text.contains("buffer"), "{text}");
            assert!(matches!(history.height(), Err(HistoryError::Closed)));
        }
        answer => panic!("{what}: {answer:?}"),
    };
    for cut in (0..whole.len()).step_by(37) {
        fs::write(&origin.file, &whole[..cut]).unwrap();
        refuses(&history, &format!("cut at {cut}"));
    }
    for at in (0..whole.len()).step_by(41) {
        let mut changed = whole.clone();
        changed[at] ^= 4;
        fs::write(&origin.file, &changed).unwrap();
        refuses(&history, &format!("changed at {at}"));
    }
    fs::write(&origin.file, [&whole[..], b"!"].concat()).unwrap();
    refuses(&history, "longer");
    fs::remove_file(&origin.file).unwrap();
    refuses(&history, "gone");
    fs::create_dir(&origin.file).unwrap();
    refuses(&history, "a folder");
    fs::remove_dir(&origin.file).unwrap();
    fs::write(&origin.file, &whole).unwrap();
    let elsewhere = Origin {
        hash: etm_types::Hash([7; 32]),
        ..origin.clone()
    };
    refuses(&follows(&world, &folder, &elsewhere), "of another block");
    // Put back, it serves.
    assert_eq!(history.wanted().unwrap(), Height(8));
    assert_eq!(history.condition().put_aside, 0);
}

#[test]
fn one_that_goes_beyond_the_snapshot_goes_on() {
    let (mut world, folder, origin, late) = begun(3);
    let beyond = History::after(&world.path, Arc::new(world.chain.facts()), origin);
    assert_eq!(beyond.wanted().unwrap(), Height(12));
    assert_eq!(beyond.counted_from().unwrap(), None);
    assert!(beyond.block(Height(1), Height(11)).unwrap().is_some());
    // One that began with an earlier snapshot as well.
    assert_eq!(late.wanted().unwrap(), Height(12));
    let blocks = (0..8).map(|_| world.chain.produce(Vec::new(), 0, 0));
    blocks.for_each(|block| assert_eq!(late.follow(&block).unwrap(), Recorded::Written));
    drop(late);
    let later = world.chain.origin(&folder.path().join("later"));
    let again = follows(&world, &folder, &later);
    assert_eq!(again.wanted().unwrap(), Height(20));
    assert_eq!(again.counted_from().unwrap(), Some(Round(3)));
    assert_eq!(again.condition(), crate::Condition::default());
}

/// A whole history that is not this node's is nobody's to throw away, or to call damaged.
#[test]
fn one_of_another_beginning_is_kept_beside_and_said() {
    let (world, folder, origin, late) = begun(3);
    drop(late);
    let file = folder.path().join("history.sqlite");
    let beside = |end: &str| crate::store::with_suffix(&file, end);
    // All of a chain that came no further than before the snapshot, another chain, and one of the same with another block there.
    let mut short = World::new();
    short.pass(5);
    let mut other = crate::tests::params();
    other.mechanism.day_seconds += 1;
    let other = TestChain::new(crate::testing::genesis(other, 5, 4));
    let foreign = History::open(&beside("-foreign"), Arc::new(other.facts())).unwrap();
    drop(foreign);
    let mut fork = World::new();
    for _ in 0..12 {
        let block = fork.chain.produce(Vec::new(), 1, 0);
        fork.history.record(&block).unwrap();
    }
    for (number, (from, why)) in [
        (&short.path, "ends with block 5, before block 11"),
        (&beside("-foreign"), "is of chain"),
        (&fork.path, "has another block 11"),
    ]
    .into_iter()
    .enumerate()
    {
        for old in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(beside(old));
        }
        let copied = rusqlite::Connection::open(from).unwrap();
        let to = file.to_str().unwrap();
        copied.execute("VACUUM INTO ?1", [to]).unwrap();
        let whole = fs::read(&file).unwrap();
        let history = follows(&world, &folder, &origin);
        assert_eq!(history.wanted().unwrap(), Height(12), "{why}");
        assert_eq!(history.counted_from().unwrap(), Some(Round(3)));
        let kept = beside([".other", ".other.2", ".other.3"][number]);
        let condition = history.condition();
        assert_eq!(condition.put_aside_as.as_deref(), Some(&*kept));
        assert!(condition.put_aside_whole);
        for said in [condition.put_aside_because, condition.trouble] {
            let said = said.unwrap();
            assert!(said.contains(why) && !said.contains("damaged"), "{said}");
        }
        let again = rusqlite::Connection::open(&kept).unwrap();
        drop(again);
        assert_eq!(fs::read(&kept).unwrap().len(), whole.len());
        assert!(!beside(".damaged").exists());
    }
    // None of them gives way to a fourth and a fifth.
    fs::write(beside(".other.4"), "kept").unwrap();
    for old in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(beside(old));
    }
    fs::copy(beside(".other"), &file).unwrap();
    let history = follows(&world, &folder, &origin);
    let said = history.wanted().unwrap_err().to_string();
    assert!(
        said.contains("can't be put aside") && said.contains("move it away"),
        "{said}"
    );
    assert_eq!(fs::read(beside(".other.4")).unwrap(), b"kept");
    for end in ["", ".other", ".other.2", ".other.4-wal"] {
        assert!(History::is_file("history.db", &format!("history.db{end}")));
    }
}

/// A miner that is no candidate, as its node shows no sign of life, is told of when it loses its last voter, whatever was known of it before.
#[test]
fn one_that_nobody_votes_for_any_more_is_told_alike() {
    let mut world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let mut late: Option<Late> = None;
    let steps = [
        (5, Move::Register(20)),
        (6, Move::Lock(500_000_000)),
        (6, Move::Vote(5)),
        (6, Move::Vote(1)),
        (6, Move::Vote(5)),
        (6, Move::Lock(100_000_000)),
        (6, Move::Vote(2)),
        (6, Move::Vote(5)),
    ];
    for (round, step) in (0..).zip(steps) {
        let mut requests = vec![step];
        loop {
            let transactions = transactions(&world, std::mem::take(&mut requests));
            let block = world.chain.produce(transactions, 0, 0);
            world.history.record(&block).unwrap();
            if let Some(late) = &late {
                late.history.follow(&block).unwrap();
            }
            if block.outcome.report.is_some() {
                break;
            }
        }
        if round == 5 {
            late = Some(Late::begin(&world, folder.path(), Round(6)));
        }
    }
    let rounds = world.history.miner_history(MinerId(5), None, 9).unwrap();
    let rounds = rounds.rounds.iter().map(|row| (row.round, row.votes));
    assert_eq!(
        rounds.collect::<Vec<_>>(),
        [(6, Integer(0)), (3, Integer(0))]
    );
    late.unwrap().agrees(&world.history);
}

#[test]
fn one_that_lacks_what_came_since_is_none() {
    let (world, folder, origin, _) = begun(2);
    let file = folder.path().join("anew.sqlite");
    let facts = || Arc::new(world.chain.facts());
    let history = History::after(&file, facts(), origin.clone());
    assert_eq!(history.wanted().unwrap(), origin.height.next());
    history.give_up("block is gone");
    assert_eq!(history.is_off(), Some("block is gone"));
    let none = History::after(&file, facts(), origin);
    // Its file was deleted while the node ran.
    none.health.was_lost();
    none.begin_none("nothing to begin with");
    assert_eq!(none.is_off(), Some("nothing to begin with"));
    assert_eq!(none.condition().trouble, None);
}
