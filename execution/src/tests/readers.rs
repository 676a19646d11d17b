//! Readers, and reading from a bundle of records.

use super::harness::*;
use super::miners::register;
use crate::*;
use etm_types::state::Record;
use etm_types::*;
use futures::executor::block_on;
use std::collections::BTreeSet;

#[test]
fn dry_runs_say_what_would_become_of_requests() {
    use etm_mechanism::{Rejection, Request};
    let chain = TestChain::small();
    let run = |name: &str, fee: u64, requests: &[Request<Address>]| {
        let (params, own) = (chain.params(), address(name));
        let trials = requests.iter().cloned();
        let trials: Vec<_> = trials
            .map(|request| read::Trial::Request(request, None))
            .collect();
        let run = read::dry_run(&chain.state, &params, &own, &[], etm(fee), &trials);
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
fn every_miner_has_its_turn() {
    let mut chain = TestChain::new(draft(small_params(), 150));
    for resigned in [0, 7, 149] {
        assert_eq!(
            chain.request(&format!("m{resigned}"), Payload::Resign),
            ACCEPTED
        );
    }
    chain.end_round();
    let params = chain.params();
    let miners = block_on(read::miners(&chain.state, &params)).unwrap();
    let registered: BTreeSet<MinerId> = miners
        .iter()
        .filter(|miner| miner.standing.registered)
        .map(|miner| miner.id)
        .collect();
    assert_eq!(registered.len(), 147);
    let of = |turn, count| -> Vec<MinerId> {
        let miners = read::miners_in_turn(&chain.state, &params, turn, 8, count);
        let miners = block_on(miners).unwrap();
        miners.into_iter().map(|miner| miner.id).collect()
    };
    // 150 ids, 8 places: 19 turns, from wherever one begins to count.
    for begin in [0, 3, 18, 1_000_000_007] {
        let seen: BTreeSet<MinerId> = (begin..begin + 19).flat_map(|turn| of(turn, 8)).collect();
        assert_eq!(seen, registered, "from turn {begin}");
    }
    assert_eq!(of(0, 3), [1, 2, 3].map(MinerId));
    assert_eq!(of(1, 2), [8, 9].map(MinerId));
    assert_eq!(of(18, 7), [144, 145, 146, 147, 148, 1, 2].map(MinerId));
    let all = of(5, 1_000);
    assert_eq!(all.len(), 147, "nobody twice");
    assert_eq!(
        block_on(read::miners_in_turn(&chain.state, &params, 0, 0, 0)).unwrap(),
        []
    );
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
    // What can be spent takes none of the round's requests.
    let source = Counting::new(&chain.state);
    block_on(read::purse(&source, &chain.params(), &address("v38"))).unwrap();
    let (batches, keys) = (source.batches.into_inner(), source.keys.into_inner());
    assert!(batches <= 4 && keys <= 8, "{batches} batches, {keys} keys");
    let source = Counting::new(&chain.state);
    let request = etm_mechanism::Request::Transfer {
        to: address("bob"),
        amount: etm(1),
    };
    block_on(read::dry_run(
        &source,
        &chain.params(),
        &address("v38"),
        &[],
        etm(1),
        &[read::Trial::Request(request.clone(), None)],
    ))
    .unwrap();
    let batches = source.batches.into_inner();
    assert!(batches <= 6, "{batches} batches");
    // As many as a pool holds of an account, each of which names another record.
    let waiting = (0..64u32).map(|number| match number % 2 {
        0 => Payload::Transfer {
            recipient: address(&format!("to {number}")),
            amount: etm(1),
            memo: Memo::empty(),
        },
        _ => register("alice", &format!("miner{number}"), 50),
    });
    let signed = waiting.map(|payload| chain.sign("alice", payload).unsigned);
    let signed: Vec<_> = signed.collect();
    let source = Counting::new(&chain.state);
    let run = block_on(read::dry_run(
        &source,
        &chain.params(),
        &address("alice"),
        &signed.iter().collect::<Vec<_>>(),
        etm(1),
        &[read::Trial::Request(request, None)],
    ));
    assert_eq!(run.unwrap().waiting.len(), 1, "one of the registrations");
    let batches = source.batches.into_inner();
    assert!(batches <= 8, "{batches} batches");
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
    assert_eq!(
        supply.globals.rewards_issued,
        etm(6 * supply.chain.height.0)
    );
    assert_eq!(supply.globals.bonus_issued, etm(supply.chain.height.0));
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
    assert_eq!(supply.total.0, genesis + etm(7 * supply.chain.height.0).0);
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
