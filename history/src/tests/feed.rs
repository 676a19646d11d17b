//! Writing: in order, once, whole.

use std::sync::Arc;

use etm_types::{Hash, Height, MinerId, Payload};

use super::{World, etm};
use crate::testing::{ChainParams, TestChain, genesis};
use crate::{History, HistoryError, Recorded};

#[test]
fn delivering_again_changes_nothing() {
    let mut world = World::new();
    let mut blocks = Vec::new();
    for _ in 0..9 {
        let lock = world.chain.sign(6, 0, Payload::Lock { amount: etm(1) });
        let block = world.chain.produce(vec![lock], 0, 3);
        assert_eq!(world.history.record(&block).unwrap(), Recorded::Written);
        blocks.push(block);
    }
    let dump = |history: &History| {
        let life = history.life(&crate::testing::account(6)).unwrap();
        (
            history.height().unwrap(),
            history.rounds(None, 50).unwrap(),
            life,
            history.locked_by_miner().unwrap(),
        )
    };
    let before = dump(&world.history);
    for block in &blocks {
        assert_eq!(world.history.record(block).unwrap(), Recorded::AlreadyThere);
    }
    assert_eq!(dump(&world.history), before);
    world.reopen();
    assert_eq!(dump(&world.history), before);
    for block in blocks.iter().skip(4) {
        assert_eq!(world.history.record(block).unwrap(), Recorded::AlreadyThere);
    }
}

#[test]
fn gaps_and_forks_are_errors_that_write_nothing() {
    let mut world = World::new();
    let first = world.chain.produce(Vec::new(), 0, 0);
    let second = world.chain.produce(Vec::new(), 0, 0);
    let third = world.chain.produce(Vec::new(), 0, 0);
    assert!(matches!(
        world.history.record(&second),
        Err(HistoryError::Gap {
            expected: Height(1),
            found: Height(2)
        })
    ));
    world.history.record(&first).unwrap();
    assert!(matches!(
        world.history.record(&third),
        Err(HistoryError::Gap {
            expected: Height(2),
            found: Height(3)
        })
    ));

    let mut other = second.clone();
    Arc::make_mut(&mut other.block).header.timestamp_ms += 1;
    assert!(
        matches!(
            world.history.record(&other),
            Err(HistoryError::Inconsistent {
                height: Height(2),
                ..
            })
        ),
        "hash"
    );
    world.history.record(&second).unwrap();
    other.hash = other.block.hash();
    assert!(matches!(
        world.history.record(&other),
        Err(HistoryError::Fork {
            height: Height(2),
            ..
        })
    ));

    let mut orphan = third.clone();
    Arc::make_mut(&mut orphan.block).header.parent = Hash([9; 32]);
    orphan.hash = orphan.block.hash();
    assert!(matches!(
        world.history.record(&orphan),
        Err(HistoryError::Fork {
            height: Height(2),
            ..
        })
    ));
    assert_eq!(world.history.height().unwrap(), Height(2));
    world.history.record(&third).unwrap();
}

/// A failure in the middle of a block, after most of it is written, leaves no trace: the next try starts from the same tables.
#[test]
fn a_block_that_fails_half_way_is_rolled_back() {
    let mut world = World::new();
    world.pass(2);
    let lock = world.chain.sign(6, 0, Payload::Lock { amount: etm(10) });
    let good = world.chain.produce(vec![lock], 0, 0);
    assert!(good.outcome.report.is_some(), "the last block of round 0");

    let mut receiptless = good.clone();
    Arc::make_mut(&mut receiptless.outcome).receipts.remove(0);
    assert!(world.history.record(&receiptless).is_err());
    let mut reportless = good.clone();
    Arc::make_mut(&mut reportless.outcome).report = None;
    assert!(world.history.record(&reportless).is_err());
    let mut foreign = good.clone();
    if let Some(request) = Arc::make_mut(&mut foreign.outcome)
        .report
        .as_mut()
        .and_then(|report| report.requests.first_mut())
    {
        request.account = crate::testing::account(7);
    }
    assert!(
        world.history.record(&foreign).is_err(),
        "fails after seats and blocks are written"
    );
    assert_eq!(world.history.height().unwrap(), Height(2));
    assert_eq!(
        world
            .history
            .find_transaction(&good.block.body.transactions[0].hash())
            .unwrap(),
        None
    );

    world.reopen();
    assert_eq!(world.history.record(&good).unwrap(), Recorded::Written);
    let none = world.history.locked_by_miner().unwrap()[&None];
    assert_eq!((none.voters, none.locked), (1, etm(10).0), "counted once");
    world.pass(4);
}

#[test]
fn a_file_of_another_chain_or_version_is_refused() {
    let world = World::new();
    let other = TestChain::new(genesis(ChainParams::devnet(), 5, 0));
    let refused = History::open(&world.path, Arc::new(other.facts()));
    assert!(matches!(refused, Err(HistoryError::WrongChain { .. })));

    let connection = rusqlite::Connection::open(&world.path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    let refused = History::open(&world.path, Arc::new(world.chain.facts()));
    assert!(matches!(
        refused,
        Err(HistoryError::OtherSchema { found: 99, .. })
    ));
}

#[test]
fn readers_go_on_while_blocks_are_written() {
    let mut world = World::new();
    world.pass(4);
    let history = &world.history;
    let chain = &mut world.chain;
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..40 {
                        let page = history.rounds(None, 10).unwrap();
                        assert!(page.rounds.len() > 1);
                        history.miner_history(MinerId(0), None, 10).unwrap();
                    }
                })
            })
            .collect();
        for _ in 0..40 {
            let block = chain.produce(Vec::new(), 0, 0);
            history.record(&block).unwrap();
        }
        readers
            .into_iter()
            .for_each(|reader| reader.join().unwrap());
    });
}
