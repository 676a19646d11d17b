//! The place of a block: height, slot, producer, timestamp, beacon; and what a round leaves behind.

use super::harness::*;
use crate::*;
use etm_types::state::CandidateList;
use etm_types::*;
use futures::executor::block_on;

fn refused(chain: &TestChain, change: impl Fn(&mut BlockContext)) -> BlockError {
    let mut context = chain.context(0);
    change(&mut context);
    match block_on(execute(&chain.state, chain.chain(), &context, &[])) {
        Err(ExecutionError::Invalid(error)) => error,
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn a_block_must_fit_its_place() {
    let mut chain = TestChain::small();
    for _ in 0..7 {
        chain.add(vec![]);
    }
    let context = chain.context(0);
    assert!(matches!(
        refused(&chain, |c| c.height = c.height.next()),
        BlockError::Height { .. }
    ));
    assert!(matches!(
        refused(&chain, |c| c.height = Height(0)),
        BlockError::Height { .. }
    ));
    assert!(matches!(
        refused(&chain, |c| c.round = c.round.next()),
        BlockError::Round { .. }
    ));
    assert!(matches!(
        refused(&chain, |c| c.parent_slot = c.parent_slot.next()),
        BlockError::Parent
    ));
    assert!(matches!(
        refused(&chain, |c| c.parent_beacon.0[0] ^= 1),
        BlockError::Parent
    ));
    assert!(matches!(
        refused(&chain, |c| c.slot = c.parent_slot),
        BlockError::Slot { .. }
    ));
    assert!(matches!(
        refused(&chain, |c| c.slot = Slot(u64::MAX)),
        BlockError::Slot { .. }
    ));
    assert!(matches!(
        refused(&chain, |c| c.leader.0[0] ^= 1),
        BlockError::Leader { .. }
    ));
    assert!(matches!(
        refused(&chain, |c| c.vrf.0[5] ^= 1),
        BlockError::Vrf(_)
    ));
    assert!(matches!(
        refused(&chain, |c| c.vrf = BlsSignature([0; 48])),
        BlockError::Vrf(_)
    ));
    assert_eq!(
        refused(&chain, |c| c.timestamp_ms -= 1),
        BlockError::Timestamp {
            earliest: context.timestamp_ms,
            found: context.timestamp_ms - 1
        }
    );
    assert!(block_on(execute(&chain.state, chain.chain(), &context, &[])).is_ok());
    // The beacon contribution of another member, of another height, of another chain.
    let other = chain
        .nodes
        .values()
        .find(|secrets| secrets.node.node_key() != context.leader)
        .unwrap();
    let name = namespace::vrf(&chain.chain().id);
    let message = vrf_message(&context.parent_beacon, context.height);
    assert!(matches!(
        refused(&chain, |c| c.vrf = other.bls.sign(&name, &message)),
        BlockError::Vrf(_)
    ));
    let own = &chain.nodes[&context.leader].bls;
    let wrong = vrf_message(&context.parent_beacon, context.height.next());
    assert!(matches!(
        refused(&chain, |c| c.vrf = own.sign(&name, &wrong)),
        BlockError::Vrf(_)
    ));
    let wrong = namespace::vrf(&ChainId([0; 32]));
    assert!(matches!(
        refused(&chain, |c| c.vrf = own.sign(&wrong, &message)),
        BlockError::Vrf(_)
    ));
}

#[test]
fn missed_slots_are_charged_to_the_members_on_turn() {
    let mut chain = TestChain::small();
    let outcome = chain.add_after(9, vec![]);
    let missed: Vec<_> = outcome
        .receipts
        .iter()
        .filter_map(|receipt| match receipt {
            Receipt::Missed { slot, miner } => Some((*slot, *miner)),
            _ => None,
        })
        .collect();
    assert_eq!(missed.len(), 9);
    let committee = chain.committee(Round(0));
    for (slot, miner) in &missed {
        let place =
            etm_mechanism::beacon::on_turn(Round(0), &[7; 32], *slot, committee.members.len());
        assert_eq!(committee.members[place].miner, *miner);
    }
    let report = chain.end_round().report.unwrap();
    assert_eq!(
        report
            .members
            .iter()
            .map(|member| member.missed)
            .sum::<u64>(),
        9
    );
    // The slots after the last block of a round belong to nobody: the next round begins with slot 1.
    let context = chain.context(0);
    assert_eq!((context.slot, context.parent_slot), (Slot(1), Slot(0)));
}

#[test]
fn blocks_without_transactions_and_far_apart() {
    let mut chain = TestChain::small();
    let before = chain.account("v3").position.unwrap();
    // Forty days pass in one round of empty blocks.
    chain.delay_ms = 40 * 4 * 1000 / 4;
    let outcome = chain.end_round();
    assert!(
        outcome
            .receipts
            .iter()
            .any(|receipt| matches!(receipt, Receipt::DayTick { days } if *days >= 39))
    );
    assert_eq!(
        chain.account("v3").position.map(|p| p.t),
        Some(TimeGain::MAX)
    );
    assert!(before.t < TimeGain::MAX);
}

#[test]
fn a_finished_round_can_be_checked_from_its_record() {
    let mut chain = TestChain::small();
    let outcome = chain.end_round();
    let report = outcome.report.unwrap();
    let record = block_on(read::round(&chain.state, Round(0)))
        .unwrap()
        .unwrap();
    assert_eq!(record.beacon, outcome.beacon);
    assert_eq!(record.seed, Beacon([7; 32]));
    assert_eq!(record.members.len(), 3);
    assert_eq!(
        record.candidates_hash,
        CandidateList(report.draw.candidates.clone()).hash()
    );
    assert_eq!(etm_mechanism::verify_draw(&report.draw), Ok(()));
    let committee = outcome.committee.unwrap();
    assert_eq!(committee, chain.committee(Round(2)));
    assert_eq!(
        record.drawn,
        committee
            .members
            .iter()
            .map(|m| m.miner)
            .collect::<Vec<_>>()
    );
    let lucky = etm_mechanism::beacon::lucky(Round(0), &record.beacon.0, record.members.len());
    assert_eq!(record.members[lucky].miner, record.lucky);
    assert_eq!(block_on(read::round(&chain.state, Round(1))), Ok(None));
    // The finished round's committee and requests are gone.
    assert_eq!(block_on(read::committee(&chain.state, Round(0))), Ok(None));
}

#[test]
fn the_last_block_leaves_room_for_its_committee() {
    let params = small_params();
    assert!(params.transaction_bytes(Height(4)) < params.transaction_bytes(Height(3)));
    let mut chain = TestChain::small();
    let outcome = chain.end_round();
    let body = Body {
        transactions: vec![],
        committee: outcome.committee,
    };
    let used = codec::to_bytes(&body).len() + Header::SIZE;
    assert!(used + params.transaction_bytes(Height(4)) <= params.max_block_bytes as usize + 5);
    assert!(params.check().is_ok());
    assert!(ChainParams::mainnet().check().is_ok());
    assert!(ChainParams::devnet().check().is_ok());
}

#[test]
fn too_many_transactions_make_no_block() {
    let mut params = small_params();
    params.max_block_transactions = 3;
    let chain = TestChain::new(draft(params, 5));
    let send = |nonce| {
        chain.sign_with(
            "alice",
            nonce,
            Payload::Transfer {
                recipient: address("bob"),
                amount: Units(1),
                memo: Memo::empty(),
            },
        )
    };
    let checked = chain.check((0..5).map(send).collect());
    let context = chain.context(0);
    let result = block_on(execute(&chain.state, chain.chain(), &context, &checked));
    assert_eq!(
        result,
        Err(ExecutionError::Invalid(BlockError::TransactionCount {
            found: 5,
            max: 3
        }))
    );
    let built = block_on(build(&chain.state, chain.chain(), &context, &checked)).unwrap();
    assert_eq!(built.included.len(), 3);
    assert_eq!(
        built.dropped,
        vec![(3, Invalid::NoRoom), (4, Invalid::NoRoom)]
    );
}

#[test]
fn futures_can_move_between_threads() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    let chain = TestChain::small();
    let context = chain.context(0);
    let outcome = block_on(assert_send(execute(
        &chain.state,
        chain.chain(),
        &context,
        &[],
    )));
    assert!(outcome.is_ok());
    let built = block_on(assert_send(build(
        &chain.state,
        chain.chain(),
        &context,
        &[],
    )));
    assert!(built.is_ok());
    let view = block_on(assert_send(read::account(
        &chain.state,
        &chain.chain().params,
        &address("alice"),
    )));
    assert!(view.is_ok());
}

#[test]
fn a_clock_at_its_end_stops_the_chain_without_a_panic() {
    let mut chain = TestChain::small();
    for _ in 0..3 {
        chain.add(vec![]);
    }
    let mut context = chain.context(0);
    context.timestamp_ms = u64::MAX;
    let outcome = block_on(execute(&chain.state, chain.chain(), &context, &[])).unwrap();
    assert!(outcome.report.is_some());
    chain.state.apply(&outcome.changes);
    chain.assert_conserved();
    assert_eq!(
        chain.account("v0").position.map(|p| p.t),
        Some(TimeGain::MAX)
    );
    let committee = chain.committee(Round(1));
    let seed = chain.globals().beacon;
    let member = &committee.members
        [etm_mechanism::beacon::on_turn(Round(1), &seed, Slot(1), committee.members.len())];
    let next = BlockContext {
        height: Height(5),
        round: Round(1),
        slot: Slot(1),
        parent_slot: Slot(0),
        parent_beacon: outcome.beacon,
        leader: member.node,
        ..context
    };
    let result = block_on(execute(&chain.state, chain.chain(), &next, &[]));
    assert_eq!(
        result,
        Err(ExecutionError::Invalid(BlockError::Timestamp {
            earliest: u64::MAX,
            found: u64::MAX
        }))
    );
}
