//! What a history that forgets old rounds still says is what one says that keeps all; what it forgot it refuses, and says why.

use etm_execution::read;
use etm_types::{Height, Memo, MinerId, Payload, Round, Transaction, Units};
use proptest::prelude::*;
use rusqlite::Connection;

use super::bonus::{BlockPlan, blocks, payload};
use super::{World, chains};
use crate::testing::{account, now};
use crate::{History, HistoryError};

/// Rounds that are kept.
pub(super) const ROUNDS: u64 = 3;
/// The first account that only sends and receives, so that its transactions are few and old.
const QUIET: u8 = 9;

fn refused<T: std::fmt::Debug>(answer: Result<T, HistoryError>, first: Round) {
    match answer {
        Err(HistoryError::Pruned { round, .. }) => assert_eq!(round, first),
        answer => panic!("{answer:?}"),
    }
}

fn count(history: &History, table: &str) -> u64 {
    let read = |connection: &Connection| {
        let count = format!("SELECT COUNT(*) FROM {table}");
        Ok(connection.query_row(&count, [], |row| row.get::<_, i64>(0))?)
    };
    u64::try_from(history.read(read).unwrap()).unwrap()
}

/// All pages of a list; the refusal at its end, if it ends so.
pub(super) fn pages<T>(
    mut page: impl FnMut(Option<u64>) -> Result<(Vec<T>, Option<u64>), HistoryError>,
) -> (Vec<T>, bool) {
    let (mut rows, mut from) = (Vec::new(), None);
    loop {
        match page(from) {
            Ok((more, next)) => {
                rows.extend(more);
                if next.is_none() {
                    return (rows, false);
                }
                assert!(next != from, "the same page again");
                from = next;
            }
            Err(HistoryError::Pruned { .. }) => return (rows, true),
            Err(error) => panic!("{error}"),
        }
    }
}

/// Lists of rounds and blocks are the newest of the whole history's.
pub(super) fn lists_end_alike(short: &History, whole: &History) {
    let rounds = |history: &History| {
        pages(|before| {
            let page = history.rounds(before.map(Round), 2)?;
            Ok((page.rounds, page.next))
        })
    };
    newest(rounds(short), rounds(whole));
    for producer in [None, Some(MinerId(1))] {
        let blocks = |history: &History| {
            pages(|before| {
                let page = history.blocks(before.map(Height), producer, 3)?;
                Ok((page.blocks, page.next))
            })
        };
        newest(blocks(short), blocks(whole));
    }
}

/// Holds a list against that of a whole history: the newest rows, and a refusal where any is missing.
pub(super) fn newest<T: PartialEq + std::fmt::Debug>(
    pruned: (Vec<T>, bool),
    whole: (Vec<T>, bool),
) {
    assert!(!whole.1);
    assert_eq!(pruned.0[..], whole.0[..pruned.0.len()]);
    if pruned.0.len() < whole.0.len() {
        assert!(pruned.1, "an end where there was more");
    }
}

fn same(pruned: &History, whole: &History, first: Round) {
    let finished = whole.running_round().unwrap();
    for number in 0..QUIET + 3 {
        let account = account(number);
        assert_eq!(
            pruned.life(&account).unwrap(),
            whole.life(&account).unwrap()
        );
        for earned_only in [false, true] {
            let bonus = |history: &History| {
                let total = history
                    .bonus(&account, None, earned_only, 2)
                    .map(|page| (page.total, page.total_earned));
                let pages = pages(|before| {
                    let page = history.bonus(&account, before.map(Round), earned_only, 2)?;
                    Ok((page.rounds, page.next))
                });
                (total, pages)
            };
            let ((total, rows), (of_whole, of_all)) = (bonus(pruned), bonus(whole));
            if let Ok(total) = total {
                assert_eq!(total, of_whole.unwrap());
            }
            let since = of_all.0.iter().filter(|row| row.round >= first.0).count();
            assert_eq!(rows.0.len(), since);
            newest(rows, of_all);
        }
        let timeline = |history: &History| {
            pages(|offset| {
                let page = history.timeline(&account, offset.unwrap_or(0), 2)?;
                Ok((page.entries, page.next))
            })
        };
        let (entries, all) = (timeline(pruned), timeline(whole));
        let since = all.0.iter().filter(|entry| entry.round >= first.0);
        assert_eq!(entries.0.len(), since.count());
        newest(entries, all);
        let transactions = |history: &History| {
            pages(|cursor| {
                let page = history.account_transactions(&account, cursor, 2)?;
                let rows = page.transactions.into_iter().map(|row| (page.total, row));
                Ok((rows.collect(), page.next))
            })
        };
        let (rows, all) = (transactions(pruned), transactions(whole));
        let kept = pruned.first_height(first).0;
        let since = all.0.iter().filter(|(_, row)| row.height >= Some(kept));
        assert_eq!(rows.0.len(), since.count());
        newest(rows, all);
    }
    for round in Round::ZERO.until(finished) {
        if round < first {
            refused(pruned.round(round), first);
            refused(pruned.draw(round), first);
            refused(pruned.distribution(round), first);
            refused(pruned.committee(round), first);
            refused(pruned.block(pruned.last_height(round), Height(0)), first);
            refused(pruned.receipts(pruned.last_height(round)), first);
            refused(pruned.sealed(pruned.last_height(round)), first);
            refused(pruned.finalized(pruned.last_height(round)), first);
        } else {
            assert_eq!(pruned.round(round).unwrap(), whole.round(round).unwrap());
            assert_eq!(pruned.draw(round).unwrap(), whole.draw(round).unwrap());
            assert_eq!(
                pruned.committee(round).unwrap(),
                whole.committee(round).unwrap()
            );
            let height = pruned.last_height(round);
            assert_eq!(
                pruned.block(height, height).unwrap(),
                whole.block(height, height).unwrap()
            );
        }
    }
    lists_end_alike(pruned, whole);
    for miner in (0..5).map(MinerId) {
        assert_eq!(pruned.miner(miner).unwrap(), whole.miner(miner).unwrap());
        let past = |history: &History| {
            pages(|before| {
                let page = history.miner_history(miner, before, 2)?;
                Ok((page.rounds, page.next))
            })
        };
        newest(past(pruned), past(whole));
    }
    let points = pruned.supply_points(1_000).unwrap();
    let all = whole.supply_points(1_000).unwrap();
    assert_eq!(points[..], all[all.len() - points.len()..]);
    assert_eq!(points.len() as u64, finished.since(first));
    let kept = finished.next().next().since(first);
    assert_eq!(
        pruned.recent_seats(kept).unwrap().seats,
        whole.recent_seats(kept).unwrap().seats
    );
}

pub(super) fn transfers(world: &World, height: u64) -> Vec<Transaction> {
    // Each quiet account acts now and then, the last one once.
    let sender = QUIET + (height % 3) as u8;
    if sender == QUIET + 2 && height > 20 || !height.is_multiple_of(2) {
        return Vec::new();
    }
    let payload = Payload::Transfer {
        recipient: account(QUIET + ((height + 1) % 3) as u8),
        amount: Units(1),
        memo: Memo::empty(),
    };
    vec![world.chain.sign(sender, 0, payload)]
}

fn first_kept(world: &World) -> Round {
    let params = world.chain.genesis.chain().params;
    world
        .history
        .first_kept()
        .map_or(Round::ZERO, |height| params.round_of(height))
}

fn pruned_and_whole_agree(plans: Vec<BlockPlan>, pieces: &[u64]) {
    let mut world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let facts = std::sync::Arc::new(world.chain.facts());
    let whole = History::open(&folder.path().join("whole.sqlite"), facts).unwrap();
    let params = world.chain.genesis.chain().params;
    for ((requests, skipped, ms), pieces) in plans.into_iter().zip(pieces.iter().cycle()) {
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
        transactions.extend(transfers(&world, world.chain.height().0 + 1));
        let block = world.chain.produce(transactions, skipped, ms);
        world.history.record(&block).unwrap();
        whole.record(&block).unwrap();
        for piece in 0..*pieces {
            let height = world.chain.height().0;
            if (height + piece).is_multiple_of(7) {
                world.reopen();
            }
            world.history.prune(ROUNDS).unwrap();
        }
        // In the midst of a piece, at the end of a round.
        if world.chain.height().0 % 8 == 7 {
            same(&world.history, &whole, first_kept(&world));
        }
    }
    while world.history.prune(ROUNDS).unwrap() {}
    let first = first_kept(&world);
    let finished = whole.running_round().unwrap();
    assert!(finished.since(first) >= ROUNDS.min(finished.0));
    same(&world.history, &whole, first);
    if first > Round::ZERO {
        // Nothing but what is kept takes room.
        let blocks = world
            .history
            .height()
            .unwrap()
            .next()
            .since(world.history.first_height(first));
        assert_eq!(count(&world.history, "blocks"), blocks);
        assert_eq!(count(&world.history, "rounds"), finished.since(first));
        assert_eq!(
            count(&world.history, "committees"),
            finished.since(first) + 2
        );
        assert!(count(&world.history, "seats") <= 3 * finished.since(first));
    }
}

proptest! {
    #![proptest_config(chains(10))]

    #[test]
    fn what_is_kept_is_as_in_a_whole_history(plans in blocks(), more in blocks(), pieces in prop::collection::vec(0..5u64, 1..6)) {
        pruned_and_whole_agree(plans.into_iter().chain(more).collect(), &pieces);
    }
}

#[test]
fn a_long_chain_keeps_no_more_than_it_was_told() {
    let mut world = World::new();
    let mut rows = Vec::new();
    for block in 1..=1_200u64 {
        let transactions = transfers(&world, world.chain.height().0 + 1);
        let block_of = world.chain.produce(transactions, 0, 0);
        world.history.record(&block_of).unwrap();
        while world.history.prune(5).unwrap() {}
        if block % 400 == 0 {
            let tables = [
                "blocks",
                "missed",
                "transactions",
                "activity",
                "requests",
                "rounds",
                "committees",
                "seats",
                "courses",
                "lives",
                "standings",
                "chances",
            ];
            rows.push(tables.map(|table| (table, count(&world.history, table))));
        }
    }
    for ((table, middle), (_, end)) in rows[1].iter().zip(&rows[2]) {
        // 8 rounds of 4 blocks, 3 seats each, and what belongs to them; chances of 200 draws.
        let most = if *table == "chances" { 201 } else { 60 };
        assert!(
            *end <= most && *end <= middle + 10,
            "{table}: {middle}, then {end}"
        );
    }
}

#[test]
fn an_older_program_does_not_take_it_for_whole() {
    let mut world = World::new();
    let version = |world: &World| -> u32 {
        let read = |connection: &Connection| {
            Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
        };
        world.history.read(read).unwrap()
    };
    world.pass(12);
    assert!(!world.history.prune(10).unwrap());
    assert_eq!((version(&world), world.history.first_kept()), (4, None));
    world.pass(40);
    while world.history.prune(10).unwrap() {}
    assert_eq!(version(&world), 5);
    let first = world.history.first_kept();
    assert!(first > Some(Height(0)));
    // It stays what it is for one that is told to keep all.
    world.reopen();
    assert_eq!(world.history.first_kept(), first);
    world.pass(4);
    assert_eq!(world.history.first_kept(), first);
}
