//! A history that begins with a snapshot and forgets rounds keeps what one has that forgets nothing.

use etm_types::{MinerId, Round};
use proptest::prelude::*;
use tempfile::TempDir;

use super::bonus::{BlockPlan, Move, blocks};
use super::origin::{ACCOUNTS, Late, follows, transactions};
use super::prune::{ROUNDS, newest, pages};
use super::{World, chains};
use crate::History;
use crate::testing::account;

/// Two that begin with the state of a snapshot: one forgets nothing, the other shall.
fn side_by_side(world: &World) -> (TempDir, Late, History) {
    let folder = tempfile::tempdir().unwrap();
    let late = Late::begin(world, folder.path(), Round(2));
    let origin = world.chain.origin(&folder.path().join("base"));
    let pruned = follows(world, &folder, &origin);
    pruned.wanted().unwrap();
    (folder, late, pruned)
}

/// What is kept of a history that began late and forgets rounds is what the one that began with it and forgets nothing has.
fn forgets(plans: Vec<BlockPlan>) {
    let mut world = World::new();
    world.pass(7);
    let (_folder, late, pruned) = side_by_side(&world);
    for (index, (requests, skipped, ms)) in plans.into_iter().enumerate() {
        let transactions = transactions(&world, requests);
        let block = world.chain.produce(transactions, skipped, ms);
        late.history.record(&block).unwrap();
        pruned.record(&block).unwrap();
        for _ in 0..index % 4 {
            pruned.prune(ROUNDS).unwrap();
        }
        if world.chain.height().0 % 8 == 7 {
            same(&pruned, &late.history);
        }
    }
    while pruned.prune(ROUNDS).unwrap() {}
    same(&pruned, &late.history);
}

fn same(pruned: &History, late: &History) {
    let params = late.chain().params;
    let first = params.round_of(pruned.first_kept().unwrap());
    for number in 0..ACCOUNTS {
        let account = account(number);
        assert_eq!(pruned.life(&account).unwrap(), late.life(&account).unwrap());
        for earned_only in [false, true] {
            let bonus = |history: &History| {
                pages(|before| {
                    let page = history.bonus(&account, before.map(Round), earned_only, 2)?;
                    Ok((page.rounds, page.next))
                })
            };
            let (rows, all) = (bonus(pruned), bonus(late));
            let since = all.0.iter().filter(|row| row.round >= first.0).count();
            assert_eq!(rows.0.len(), since);
            newest(rows, all);
        }
        let timeline = |history: &History| {
            pages(|offset| {
                let page = history.timeline(&account, offset.unwrap_or(0), 2)?;
                Ok((page.entries, page.next))
            })
        };
        let (entries, all) = (timeline(pruned), timeline(late));
        let since = all.0.iter().filter(|entry| entry.round >= first.0).count();
        assert_eq!(entries.0.len(), since);
        newest(entries, all);
    }
    for round in first.until(late.running_round().unwrap()) {
        assert_eq!(pruned.round(round).unwrap(), late.round(round).unwrap());
        assert_eq!(pruned.draw(round).unwrap(), late.draw(round).unwrap());
    }
    for miner in (0..5).map(MinerId) {
        assert_eq!(pruned.miner(miner).unwrap(), late.miner(miner).unwrap());
    }
    assert_eq!(
        pruned.locked_by_miner().unwrap(),
        late.locked_by_miner().unwrap()
    );
}

proptest! {
    #![proptest_config(chains(6))]

    #[test]
    fn one_that_forgets_rounds_stays_exact(plans in blocks(), more in blocks()) {
        forgets(plans.into_iter().chain(more).collect());
    }
}

/// The first request of an account since the beginning is void: while rounds are forgotten piece by piece, its life is told as before.
#[test]
fn a_void_first_request_shifts_no_life_that_is_gone_through() {
    let mut world = World::new();
    world.pass(7);
    let (_folder, late, pruned) = side_by_side(&world);
    let timeline = |history: &History, limit| {
        pages(|offset| {
            let page = history.timeline(&account(1), offset.unwrap_or(0), limit)?;
            Ok((page.entries, page.next))
        })
    };
    let mut pieces = 0;
    for number in 0..48 {
        let requests = match number {
            // A vote for a miner that resigned before it in the round, and later one that counts.
            5 => vec![(2, Move::Resign), (1, Move::Vote(2))],
            30 => vec![(1, Move::Vote(3))],
            _ => Vec::new(),
        };
        let transactions = transactions(&world, requests);
        let block = world.chain.produce(transactions, 0, 0);
        late.history.record(&block).unwrap();
        pruned.record(&block).unwrap();
        if number == 7 {
            let report = block.outcome.report.as_ref().unwrap();
            let effective = report.requests.iter().map(|request| request.effective);
            assert_eq!(effective.collect::<Vec<_>>(), [true, false]);
        }
        // The first pass ends with the round of that request.
        while number >= 19 && pruned.prune(ROUNDS).unwrap() {
            for limit in 1..4 {
                newest(timeline(&pruned, limit), timeline(&late.history, limit));
            }
            pieces += 1;
        }
    }
    same(&pruned, &late.history);
    assert!(pieces > 20, "{pieces} pieces");
}
