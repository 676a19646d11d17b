//! Reading what was written.

use etm_types::api::round::RoundState;
use etm_types::api::{receipt::Effect, transaction::TransactionStatus};
use etm_types::{Height, Memo, MinerId, Payload, Round, Units};

use super::{World, etm};
use crate::testing::account;

#[test]
fn blocks_transactions_and_receipts_come_back() {
    let mut world = World::new();
    let memo = Memo::new("hello").unwrap();
    let send = world.chain.sign(
        6,
        0,
        Payload::Transfer {
            recipient: account(7),
            amount: Units(5),
            memo,
        },
    );
    let lock = world.chain.sign(6, 1, Payload::Lock { amount: etm(3) });
    let bad = world.chain.sign(8, 0, Payload::Unlock { amount: etm(3) });
    let block = world
        .chain
        .produce(vec![send.clone(), lock.clone(), bad.clone()], 2, 0);
    world.history.record(&block).unwrap();

    let shown = world.history.block(Height(1), Height(1)).unwrap().unwrap();
    assert_eq!(shown.summary.hash.0, block.hash.0);
    assert_eq!(
        (shown.summary.transactions, shown.summary.missed.len()),
        (3, 2)
    );
    assert_eq!(
        shown.summary.fees.0,
        3 * world.chain.genesis.chain().params.fee.0
    );
    assert_eq!(
        world.history.find_block(&block.hash).unwrap(),
        Some(Height(1))
    );
    assert!(world.history.block(Height(2), Height(1)).unwrap().is_none());

    let of = |transaction: &etm_types::Transaction| {
        world
            .history
            .transaction(&transaction.hash())
            .unwrap()
            .unwrap()
            .summary
    };
    assert_eq!(of(&send).outcome.unwrap().effect, Effect::Immediate);
    assert_eq!(
        of(&lock).outcome.unwrap().effect,
        Effect::Waiting {
            round: 0,
            height: 3
        }
    );
    let refused = of(&bad).outcome.unwrap();
    assert_eq!((refused.accepted, refused.effect), (false, Effect::None));
    assert_eq!(refused.refused.unwrap().code, "no_position");
    assert_eq!(of(&send).status, TransactionStatus::Finalized);

    let page = world
        .history
        .account_transactions(&account(6), None, 1)
        .unwrap();
    assert_eq!((page.total, page.transactions.len()), (2, 1));
    assert_eq!(page.transactions[0].hash.0, lock.hash().0);
    let rest = world
        .history
        .account_transactions(&account(6), page.next, 5)
        .unwrap();
    assert_eq!(
        (rest.transactions[0].hash.0, rest.next),
        (send.hash().0, None)
    );
    assert_eq!(
        world
            .history
            .account_transactions(&account(7), None, 5)
            .unwrap()
            .total,
        1
    );

    let receipts = world.history.receipts(Height(1)).unwrap().unwrap();
    assert_eq!(receipts.receipts.len(), block.outcome.receipts.len());
    world.pass(3);
    let applied = world.history.transaction(&lock.hash()).unwrap().unwrap();
    assert_eq!(
        applied.summary.outcome.unwrap().effect,
        Effect::Applied { round: 0 }
    );
}

#[test]
fn rounds_come_back_in_all_states() {
    let mut world = World::new();
    let block = world.chain.produce(Vec::new(), 3, 0);
    world.history.record(&block).unwrap();
    world.pass(4);
    let page = world.history.rounds(None, 50).unwrap();
    let states: Vec<_> = page
        .rounds
        .iter()
        .map(|round| (round.round, round.state))
        .collect();
    assert_eq!(
        states,
        [
            (2, RoundState::Announced),
            (1, RoundState::Running),
            (0, RoundState::Finished)
        ]
    );
    assert_eq!(page.rounds[2].missed, 3);

    let round = world.history.round(Round(0)).unwrap().unwrap();
    assert_eq!(
        round
            .committee
            .iter()
            .map(|seat| seat.produced)
            .sum::<u32>(),
        3
    );
    assert_eq!(
        round.committee.iter().map(|seat| seat.missed).sum::<u32>(),
        3
    );
    assert_eq!(round.missed_slots.len(), 3);
    let shares = round.distribution.unwrap();
    assert_eq!(shares.issued.0, 3 * 100_000_000);
    let pools: u64 = round
        .committee
        .iter()
        .filter_map(|seat| seat.pool)
        .map(|pool| pool.0)
        .sum();
    assert_eq!(
        pools + shares.carry_out.0,
        shares.total.0,
        "all miners have voters"
    );
    assert_eq!(shares.credited.0, pools);
    assert_eq!(round.committee.iter().filter(|seat| seat.lucky).count(), 1);

    let running = world.history.round(Round(1)).unwrap().unwrap();
    assert_eq!(running.summary.blocks, 2);
    assert_eq!(
        running
            .committee
            .iter()
            .map(|seat| seat.produced)
            .sum::<u32>(),
        2
    );
    assert!(world.history.round(Round(3)).unwrap().is_none());
    assert!(world.history.round(Round::MAX).unwrap().is_none());
    assert_eq!(
        world
            .history
            .committee(Round(2))
            .unwrap()
            .unwrap()
            .members
            .len(),
        3
    );
}

#[test]
fn miners_come_back_with_history_and_chances() {
    let mut world = World::new();
    world.pass(31);
    let mut seats = 0;
    for id in 0..5 {
        let facts = world.history.miner(MinerId(id)).unwrap().unwrap();
        seats += facts.seats;
        let page = world.history.miner_history(MinerId(id), None, 100).unwrap();
        let counted = page
            .rounds
            .iter()
            .filter(|round| round.seat.is_some())
            .count();
        assert_eq!(counted as u64, facts.seats);
        assert!(
            page.rounds
                .is_sorted_by(|left, right| left.round > right.round)
        );
        let short = world.history.miner_history(MinerId(id), None, 1).unwrap();
        let rest = world
            .history
            .miner_history(MinerId(id), short.next, 100)
            .unwrap();
        assert_eq!(page.rounds[1..], rest.rounds);
        assert_eq!(
            world
                .history
                .voters_by_size(MinerId(id))
                .unwrap()
                .iter()
                .map(|class| class.voters)
                .sum::<u64>(),
            1
        );
    }
    assert_eq!(seats, 8 * 3);
    assert_eq!(
        world
            .history
            .miner_by_name("miner3")
            .unwrap()
            .map(|miner| miner.id),
        Some(MinerId(3))
    );
    assert_eq!(world.history.miners_by_prefix("min", 3).unwrap().len(), 3);

    let recent = world.history.recent_seats(100).unwrap();
    assert_eq!((recent.from, recent.rounds), (Round(0), 10));
    assert_eq!(recent.seats.values().map(Vec::len).sum::<usize>(), 10 * 3);
    // Eight draws of three seats are written down.
    let expected = recent.chances.values();
    let chances: u64 = expected.map(|expected| expected.mean_ppb).sum();
    assert!(chances.abs_diff(24_000_000_000) < 1_000, "{chances}");

    let points = world.history.supply_points(4).unwrap();
    assert_eq!(
        points.iter().map(|point| point.round).collect::<Vec<_>>(),
        [1, 3, 5, 7]
    );
    assert_eq!(points[3].bonus_issued.0, 31 * 100_000_000);
}
