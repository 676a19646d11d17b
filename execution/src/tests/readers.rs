//! Readers, and reading from a bundle of records.

use super::harness::*;
use crate::*;
use etm_types::state::Record;
use etm_types::*;
use futures::executor::block_on;

#[test]
fn dry_runs_say_what_would_become_of_requests() {
    use etm_mechanism::{Rejection, Request};
    let chain = TestChain::small();
    let run = |name: &str, fee: u64, requests: &[Request<Address>]| {
        let (params, own) = (chain.params(), address(name));
        let run = read::dry_run(&chain.state, &params, &own, etm(fee), requests);
        block_on(run).unwrap()
    };
    let vote = Request::Vote(MinerId(1));
    let both = run("alice", 1, &[Request::Lock(etm(3)), vote.clone()]);
    assert_eq!((both.stopped, both.balance), (None, etm(9_995)));
    let one = run("alice", 1, &[vote.clone(), Request::Lock(etm(3))]);
    let no_position = read::Stopped::Rejected(Rejection::NoPosition);
    assert_eq!(one.stopped, Some((0, no_position)));
    assert_eq!(one.balance, etm(9_999), "the fee is gone");
    // Locking all leaves nothing for the vote's fee.
    let all = run("alice", 1, &[Request::Lock(etm(9_999)), vote]);
    let broke = read::Stopped::Fee(Units::ZERO);
    assert_eq!(all.stopped, Some((1, broke)));
    assert_eq!(chain.account("alice").projected, None);
}

#[test]
fn miners_are_listed_with_weights() {
    let mut chain = TestChain::small();
    chain.end_round();
    let miners = block_on(read::miners(&chain.state, &chain.params())).unwrap();
    assert_eq!(miners.len(), 5);
    for (id, miner) in miners.iter().enumerate() {
        assert_eq!(miner.id.0 as usize, id);
        assert_eq!(Some(miner.clone()), chain.miner(id as u32));
        assert!(miner.weight.0 > 0);
        assert!(miner.ready);
    }
}

#[test]
fn leading_miners_are_ready_ones_by_weight() {
    // Five miners are seen, committees of 3 out of 5; m5 to m8 registered later and never showed.
    let mut chain = TestChain::new(draft(small_params(), 5));
    for i in 5..9u8 {
        let name = format!("m{i}");
        chain.request(
            "alice",
            Payload::Transfer {
                recipient: address(&name),
                amount: etm(50),
                memo: Memo::empty(),
            },
        );
        let payload = Payload::Register {
            name: MinerName::new(&name).unwrap(),
            keys: Box::new(secrets(i).prove(&address(&name))),
            dial: dial(4000 + u16::from(i)),
            contact: None,
        };
        assert_eq!(chain.request(&name, payload), ACCEPTED);
    }
    chain.end_round();
    for (voter, miner) in [("v0", 7), ("v1", 6), ("v4", 2)] {
        let vote = Payload::Vote {
            miner: MinerId(miner),
        };
        assert_eq!(chain.request(voter, vote), ACCEPTED);
    }
    assert_eq!(chain.request("m3", Payload::Resign), ACCEPTED);
    chain.end_round();
    let params = chain.params();
    let mut expected = block_on(read::miners(&chain.state, &params)).unwrap();
    expected.retain(|miner| miner.standing.registered);
    expected.sort_by_key(|miner| (!miner.ready, std::cmp::Reverse(miner.weight)));
    assert!(expected.iter().any(|miner| miner.ready));
    assert!(expected.iter().any(|miner| !miner.ready));
    for count in [0, 1, 3, 8, 100] {
        let leading = block_on(read::leading_miners(&chain.state, &params, count)).unwrap();
        let expected = &expected[..count.min(expected.len())];
        assert_eq!(leading, expected);
    }
}

/// However many requests wait, what a view reads comes in a few batches.
#[test]
fn views_read_the_state_in_few_batches() {
    let mut chain = TestChain::new(draft(small_params(), 40));
    for voters in [0..13, 13..26, 26..39u32] {
        let votes = voters.map(|voter| {
            let miner = MinerId((voter + 1) % 40);
            chain.sign(&format!("v{voter}"), Payload::Vote { miner })
        });
        let votes = votes.collect();
        chain.add(votes);
    }
    let source = Counting::new(&chain.state);
    let view = block_on(read::account(&source, &chain.params(), &address("v38"))).unwrap();
    assert_eq!(view.requests.len(), 1);
    let batches = source.batches.into_inner();
    assert!(batches <= 4, "{batches} batches");
    let source = Counting::new(&chain.state);
    let request = etm_mechanism::Request::Transfer {
        to: address("bob"),
        amount: etm(1),
    };
    block_on(read::dry_run(
        &source,
        &chain.params(),
        &address("v38"),
        etm(1),
        &[request],
    ))
    .unwrap();
    let batches = source.batches.into_inner();
    assert!(batches <= 6, "{batches} batches");
}

#[test]
fn pending_requests_are_listed_with_their_blocks() {
    let mut chain = TestChain::small();
    chain.add(vec![]);
    chain.add(vec![chain.sign("alice", Payload::Lock { amount: etm(2) })]);
    let requests = block_on(read::requests(&chain.state, &chain.params())).unwrap();
    assert_eq!(requests.len(), 1);
    assert_eq!(
        (requests[0].0, requests[0].1.account),
        (1, address("alice"))
    );
    chain.end_round();
    assert_eq!(
        block_on(read::requests(&chain.state, &chain.params())),
        Ok(vec![])
    );
}

/// A client that was given a few records, each with a proof, learns the position from them alone.
#[test]
fn a_position_follows_from_a_handful_of_records() {
    let mut chain = TestChain::small();
    for _ in 0..3 {
        chain.end_round();
    }
    let owner = address("v2");
    let mut bundle = MemorySource::default();
    let mut take = |key: StateKey| {
        if let Some(value) = chain.state.values.get(&key) {
            bundle.values.insert(key, value.clone());
        }
    };
    take(Record::Globals.key());
    take(Record::Retiring.key());
    take(Record::Account(&owner).key());
    take(Record::Position(&owner).key());
    for id in 0..chain.globals().next_cohort {
        take(Record::CohortNode(etm_mechanism::CohortId(id)).key());
    }
    take(Record::Cohorts(Some(MinerId(2))).key());
    let proven = block_on(read::account(&bundle, &chain.params(), &owner)).unwrap();
    assert_eq!(proven, chain.account("v2"));
    assert!(proven.position.is_some());
}

#[test]
fn the_supply_is_accounted_for() {
    let mut chain = TestChain::small();
    for _ in 0..4 {
        chain.end_round();
    }
    let supply = block_on(read::supply(&chain.state)).unwrap();
    assert!(supply.conserved);
    assert_eq!(supply.globals.rewards_issued, etm(6 * supply.chain.height));
    assert_eq!(supply.globals.bonus_issued, etm(supply.chain.height));
    let genesis: u64 = chain
        .genesis
        .draft()
        .accounts
        .values()
        .map(|b| b.0)
        .sum::<u64>()
        + chain
            .genesis
            .draft()
            .positions
            .values()
            .map(|p| p.locked.0)
            .sum::<u64>();
    assert_eq!(supply.total.0, genesis + etm(7 * supply.chain.height).0);
    assert_eq!(
        supply.chain.accounts as usize,
        chain.genesis.draft().accounts.len()
    );
    // Totals that don't match the balances show.
    let mut forged = supply.globals;
    forged.rewards_issued.0 += 1;
    chain
        .state
        .values
        .insert(Record::Globals.key(), codec::to_bytes(&forged));
    assert!(!block_on(read::supply(&chain.state)).unwrap().conserved);
}
