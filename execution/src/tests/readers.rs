//! Readers, and reading from a bundle of records.

use super::harness::*;
use crate::*;
use etm_types::state::Record;
use etm_types::*;
use futures::executor::block_on;

#[test]
fn previews_say_what_would_become_of_a_request() {
    let chain = TestChain::small();
    let preview = |name: &str, request| {
        block_on(read::preview(
            &chain.state,
            &chain.params(),
            &address(name),
            request,
        ))
        .unwrap()
    };
    let (verdict, projected) = preview("alice", etm_mechanism::Request::Lock(etm(3)));
    assert!(matches!(verdict, etm_mechanism::Verdict::Accepted(_)));
    assert_eq!(projected.map(|p| p.locked), Some(etm(3)));
    let (verdict, projected) = preview("alice", etm_mechanism::Request::Withdraw);
    assert!(matches!(verdict, etm_mechanism::Verdict::Rejected(_)));
    assert_eq!(projected, None);
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
