//! What the history says of a position is what the mechanism settles: time gain, votes and bonus, to the unit.

use std::collections::BTreeMap;

use etm_execution::read;
use etm_types::api::account::{BonusReason, TimelineChange};
use etm_types::{Height, MinerId, Outcome, Payload, Receipt, Round, Units};
use proptest::prelude::*;

use super::{World, chains, etm, oracle::Oracle};
use crate::stand::Cause;
use crate::testing::{account, dial, miner_secrets, now};

#[derive(Clone, Debug)]
pub(super) enum Move {
    Lock(u64),
    Unlock(u64),
    UnlockAll,
    Vote(u32),
    Withdraw,
    Resign,
    Register(u8),
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        4 => (1..5_000_000_000u64).prop_map(Move::Lock),
        2 => (1..900_000_000u64).prop_map(Move::Unlock),
        1 => Just(Move::UnlockAll),
        5 => (0..7u32).prop_map(Move::Vote),
        1 => Just(Move::Withdraw),
        1 => Just(Move::Resign),
        1 => (20..60u8).prop_map(Move::Register),
    ]
}

/// Requests of accounts, slots skipped, extra milliseconds.
pub(super) type BlockPlan = (Vec<(u8, Move)>, u64, u64);

pub(super) fn blocks() -> impl Strategy<Value = Vec<BlockPlan>> {
    let block = (
        prop::collection::vec((0..9u8, moves()), 0..3),
        0..3u64,
        0..4_000u64,
    );
    prop::collection::vec(block, 12..40)
}

pub(super) fn payload(number: u8, step: &Move, locked: u64) -> Option<Payload> {
    Some(match step {
        Move::Lock(amount) => Payload::Lock {
            amount: Units(*amount),
        },
        Move::Unlock(amount) => Payload::Unlock {
            amount: Units(*amount),
        },
        Move::UnlockAll if locked > 0 => Payload::Unlock {
            amount: Units(locked),
        },
        Move::UnlockAll => return None,
        Move::Vote(miner) => Payload::Vote {
            miner: MinerId(*miner),
        },
        Move::Withdraw => Payload::Withdraw,
        Move::Resign => Payload::Resign,
        Move::Register(key) => Payload::Register {
            name: etm_types::MinerName::new(&format!("new{key}")).unwrap(),
            keys: Box::new(miner_secrets(*key).prove(&account(number))),
            dial: dial(*key),
            contact: None,
        },
    })
}

proptest! {
    #![proptest_config(chains(12))]

    #[test]
    fn lives_agree_with_the_mechanism(blocks in blocks()) {
        let mut world = World::new();
        let params = world.chain.genesis.chain().params;
        let mut oracle = Oracle::new(&world.chain, (0..9).map(account));
        for (requests, skipped, ms) in blocks {
            let mut transactions = Vec::new();
            for (number, step) in requests {
                let view = now(read::account(&world.chain.state, &params, &account(number))).unwrap();
                let locked = view.position.map_or(0, |position| position.locked.0);
                if let Some(payload) = payload(number, &step, locked) {
                    let ahead = transactions
                        .iter()
                        .filter(|other: &&etm_types::Transaction| other.sender() == account(number))
                        .count() as u64;
                    transactions.push(world.chain.sign(number, ahead, payload));
                }
            }
            let block = world.chain.produce(transactions, skipped, ms);
            world.history.record(&block).unwrap();
            let Some(report) = &block.outcome.report else {
                continue;
            };
            oracle.end_round(&world.chain, report);
            let finished = block.block.header.round.next();
            let mut voters: BTreeMap<Option<MinerId>, (u64, u64)> = BTreeMap::new();
            for number in 0..9u8 {
                let view = now(read::account(&world.chain.state, &params, &account(number))).unwrap();
                // Nobody's free balance runs out here, so nothing is drawn from earned bonus before a position ends.
                let stood = world.history.life(&account(number)).unwrap();
                let changes = world.changes(&account(number), 500);
                let since = oracle.check(&account(number), &changes);
                prop_assert_eq!(
                    (stood.earned.0, stood.earned_by_present, stood.since_round, stood.finished),
                    (oracle.earned(&account(number)), view.earned, since, finished)
                );
                if let Some(position) = view.position {
                    let entry = voters.entry(position.miner).or_default();
                    *entry = (entry.0 + 1, entry.1 + position.locked.0);
                }
                let page = world.history.bonus(&account(number), None, false, 500).unwrap();
                prop_assert_eq!(page.rounds.iter().map(|row| row.earned.0).sum::<u64>(), stood.earned.0);
                prop_assert_eq!(page.total, page.rounds.len() as u64);
                let rows = page.rounds.iter().rev();
                let rows: Vec<_> = rows.map(|row| (row.round, row.locked.0, row.time_gain, row.earned.0)).collect();
                prop_assert_eq!(rows, oracle.rows(&account(number)));
                let shared = world.history.bonus(&account(number), None, true, 500).unwrap();
                let rounds: Vec<u64> = shared.rounds.iter().rev().map(|row| row.round).collect();
                prop_assert_eq!(rounds, oracle.shared(&account(number)));
                prop_assert_eq!(shared.total, shared.rounds.len() as u64);
                // Pages of any length join to the whole, in both lists.
                for limit in [1, 3, 7] {
                    let (mut joined, mut before) = (Vec::new(), None);
                    loop {
                        let part = world.history.bonus(&account(number), before, false, limit).unwrap();
                        joined.extend(part.rounds);
                        before = part.next.map(Round);
                        if before.is_none() {
                            break;
                        }
                    }
                    prop_assert_eq!(&joined, &page.rounds);
                    prop_assert_eq!(&world.changes(&account(number), limit.into()), &changes);
                }
            }
            let figures = world.history.locked_by_miner().unwrap();
            let counted: BTreeMap<_, _> = figures
                .into_iter()
                .filter(|(_, figures)| figures.voters > 0)
                .map(|(miner, figures)| (miner, (figures.voters, figures.locked)))
                .collect();
            prop_assert_eq!(counted, voters);
            let draw = world.history.draw(finished.saturating_sub(1)).unwrap().unwrap();
            prop_assert_eq!(&draw, &report.draw);
            prop_assert_eq!(etm_mechanism::verify_draw(&draw), Ok(()));
        }
    }
}

#[test]
fn bonus_says_why_and_timeline_says_when() {
    let mut world = World::new();
    let lock = world.chain.sign(6, 0, Payload::Lock { amount: etm(500) });
    let block = world.chain.produce(vec![lock], 0, 0);
    world.history.record(&block).unwrap();
    world.pass(6);
    let vote = world.chain.sign(6, 0, Payload::Vote { miner: MinerId(1) });
    let vote_hash = vote.hash();
    let block = world.chain.produce(vec![vote], 0, 0);
    assert!(matches!(
        block.outcome.receipts[0],
        Receipt::Transaction {
            outcome: Outcome::Accepted,
            ..
        }
    ));
    world.history.record(&block).unwrap();
    world.pass(40);

    let page = world.history.bonus(&account(6), None, false, 500).unwrap();
    assert_eq!(page.total as usize, page.rounds.len());
    assert_eq!(
        page.rounds.last().map(|row| (row.round, row.why)),
        Some((1, BonusReason::NoVote))
    );
    let by_reason = |why| page.rounds.iter().filter(|row| row.why == why).count();
    assert!(by_reason(BonusReason::Shared) + by_reason(BonusReason::SharedLucky) > 0);
    for row in &page.rounds {
        let shared = matches!(row.why, BonusReason::Shared | BonusReason::SharedLucky);
        assert_eq!(shared, row.pool.0 > 0, "{row:?}");
        assert!(row.earned.0 <= row.pool.0);
        // Of a miner without a seat no round tells the votes.
        let seated = !matches!(row.why, BonusReason::NotInCommittee | BonusReason::NoVote);
        assert_eq!(row.miner_votes.is_some(), seated, "{row:?}");
        assert_eq!(row.share_ppb.is_some(), seated, "{row:?}");
        let all = row.miner_votes.map_or(1, |votes| votes.0.max(1));
        let exact = row.pool.0 as u128 * row.votes.0 / all;
        assert!(row.earned.0.abs_diff(exact as u64) <= 1, "{row:?}");
    }

    // Pages join without loss; only what was earned can be asked for.
    let (mut joined, mut before) = (Vec::new(), None);
    loop {
        let part = world.history.bonus(&account(6), before, false, 3).unwrap();
        joined.extend(part.rounds);
        before = part.next.map(Round);
        if before.is_none() {
            break;
        }
    }
    assert_eq!(joined, page.rounds);
    let earned = world.history.bonus(&account(6), None, true, 500).unwrap();
    assert!(earned.rounds.iter().all(|row| row.earned.0 > 0));
    assert_eq!(earned.total as usize, earned.rounds.len());

    let changes = world.changes(&account(6), 500);
    assert!(
        changes
            .iter()
            .any(|change| matches!(change.cause, Cause::Days(_)))
    );
    let timeline = world.history.timeline(&account(6), 0, 500).unwrap();
    assert_eq!(timeline.total as usize, changes.len());
    let mut halvings = 0;
    for entry in &timeline.entries {
        match &entry.change {
            TimelineChange::Halving { miner, blocks } => {
                halvings += 1;
                assert_eq!(miner.name, "miner1");
                for height in blocks {
                    let block = world
                        .history
                        .block(Height(*height), Height(99))
                        .unwrap()
                        .unwrap();
                    assert_eq!(block.summary.producer.map(|miner| miner.id), Some(1));
                    assert_eq!(block.summary.round, entry.round);
                }
            }
            TimelineChange::Request { transaction, .. } if transaction.0 == vote_hash.0 => {
                assert_eq!(entry.round, 1 + 1 - u64::from(entry.height < 8));
            }
            _ => {}
        }
    }
    assert!(halvings > 0, "48 blocks by committees of 3 among 5");
}
