//! Readiness: who is seen can be drawn.

use super::harness::*;
use crate::*;
use etm_types::*;

fn heartbeat(chain: &TestChain, miner: u32, seed: u8, round: Round, beacon: Beacon) -> Transaction {
    let node = secrets(seed).node;
    UnsignedTransaction {
        chain: chain.chain().id,
        sender: node.public_key(),
        nonce: 0,
        fee: Units::ZERO,
        expires_at: Height::MAX,
        payload: Payload::Heartbeat {
            miner: MinerId(miner),
            round,
            seed: beacon,
        },
    }
    .sign(&node)
}

fn fresh(chain: &TestChain, miner: u32) -> Transaction {
    let globals = chain.globals();
    heartbeat(
        chain,
        miner,
        miner as u8,
        globals.round,
        Beacon(globals.beacon),
    )
}

fn params() -> ChainParams {
    ChainParams {
        ready_rounds: 6,
        ..small_params()
    }
}

#[test]
fn heartbeats_are_free_rare_and_for_the_running_round() {
    let mut chain = TestChain::new(draft(params(), 5));
    let first = fresh(&chain, 2);
    chain.add(vec![first.clone()]);
    assert_eq!(
        chain.miner(2).unwrap().presence.unwrap().heartbeat,
        Some(Round(0))
    );
    // A replay, and another one in the same round.
    assert_eq!(
        chain.reason(first.clone()),
        Invalid::HeartbeatTooEarly { next: Round(2) }
    );
    chain.end_round();
    assert_eq!(
        chain.reason(first),
        Invalid::HeartbeatRound {
            expected: Round(1),
            found: Round(0)
        }
    );
    assert!(matches!(
        chain.reason(fresh(&chain, 2)),
        Invalid::HeartbeatTooEarly { .. }
    ));
    chain.end_round();
    chain.add(vec![fresh(&chain, 2), fresh(&chain, 3)]);
    assert_eq!(
        chain.miner(2).unwrap().presence.unwrap().heartbeat,
        Some(Round(2))
    );
}

#[test]
fn heartbeats_must_be_the_miners_own_and_know_the_chain() {
    let mut chain = TestChain::new(draft(params(), 5));
    let seed = Beacon(chain.globals().beacon);
    assert_eq!(
        chain.reason(heartbeat(&chain, 1, 2, Round(0), seed)),
        Invalid::WrongNodeKey(MinerId(1))
    );
    assert_eq!(
        chain.reason(heartbeat(&chain, 77, 2, Round(0), seed)),
        Invalid::MinerNotRegistered(MinerId(77))
    );
    assert!(matches!(
        chain.reason(heartbeat(&chain, 1, 1, Round(1), seed)),
        Invalid::HeartbeatRound { .. }
    ));
    assert!(matches!(
        chain.reason(heartbeat(&chain, 1, 1, Round(0), Beacon([0; 32]))),
        Invalid::HeartbeatRound { .. }
    ));
    let mut with_fee = fresh(&chain, 1).unsigned;
    with_fee.fee = FEE;
    assert_eq!(
        chain.reason(with_fee.sign(&secrets(1).node)),
        Invalid::HeartbeatFields
    );
    let mut with_nonce = fresh(&chain, 1).unsigned;
    with_nonce.nonce = 1;
    assert_eq!(
        chain.reason(with_nonce.sign(&secrets(1).node)),
        Invalid::HeartbeatFields
    );
    // A miner that resigned.
    let outsider = (0..5)
        .find(|id| {
            chain
                .committee(Round(1))
                .members
                .iter()
                .all(|m| m.miner.0 != *id)
        })
        .unwrap();
    chain.add(vec![chain.sign(&format!("m{outsider}"), Payload::Resign)]);
    chain.end_round();
    assert!(matches!(
        chain.reason(fresh(&chain, outsider)),
        Invalid::MinerNotRegistered(_)
    ));
    // Nobody but a node needs its key to do anything else.
    let mut transfer = fresh(&chain, 1).unsigned;
    transfer.payload = Payload::Withdraw;
    assert!(matches!(
        chain.reason(transfer.sign(&secrets(1).node)),
        Invalid::FeeTooLow { .. }
    ));
}

#[test]
fn who_is_not_seen_is_not_drawn() {
    let mut chain = TestChain::new(draft(params(), 5));
    // Only the members on turn are seen, until nobody else is ready.
    let mut last = chain.end_round();
    for _ in 0..12 {
        last = chain.end_round();
    }
    let report = last.report.unwrap();
    for candidate in &report.draw.candidates {
        let seen = chain
            .miner(candidate.miner.0)
            .unwrap()
            .presence
            .unwrap()
            .seen;
        assert!(report.round.since(seen) < 6);
    }
    let unseen = (0..5u32).find(|id| report.draw.candidates.iter().all(|c| c.miner.0 != *id));
    if let Some(id) = unseen {
        assert!(!chain.miner(id).unwrap().ready);
        chain.add(vec![fresh(&chain, id)]);
        assert!(chain.miner(id).unwrap().ready);
        let report = chain.end_round().report.unwrap();
        assert!(
            report
                .draw
                .candidates
                .iter()
                .any(|candidate| candidate.miner.0 == id)
        );
    }
}

#[test]
fn a_new_miner_must_be_seen_to_be_drawn() {
    let mut chain = TestChain::new(draft(params(), 5));
    let keys = Box::new(secrets(50).prove(&address("alice")));
    let register = Payload::Register {
        name: MinerName::new("alice").unwrap(),
        keys,
        dial: dial(1),
        contact: None,
    };
    chain.add(vec![
        chain.sign_with("alice", 0, register),
        chain.sign_with("alice", 1, Payload::Lock { amount: etm(5_000) }),
    ]);
    chain.end_round();
    assert_eq!(
        chain.request("alice", Payload::Vote { miner: MinerId(5) }),
        ACCEPTED
    );
    let report = chain.end_round().report.unwrap();
    assert!(
        report
            .draw
            .candidates
            .iter()
            .all(|candidate| candidate.miner.0 != 5)
    );
    let globals = chain.globals();
    chain.add(vec![heartbeat(
        &chain,
        5,
        50,
        globals.round,
        Beacon(globals.beacon),
    )]);
    let report = chain.end_round().report.unwrap();
    assert!(
        report
            .draw
            .candidates
            .iter()
            .any(|candidate| candidate.miner.0 == 5)
    );
}
