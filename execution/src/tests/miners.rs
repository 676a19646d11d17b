//! Registration, changes of keys, resignation.

use super::harness::*;
use crate::*;
use etm_types::*;
use futures::executor::block_on;

pub(super) fn register(owner: &str, name: &str, seed: u8) -> Payload {
    Payload::Register {
        name: MinerName::new(name).unwrap(),
        keys: Box::new(secrets(seed).prove(&address(owner))),
        dial: dial(5000),
        contact: Some(Contact::new("https://example.org").unwrap()),
    }
}

fn update(owner: &str, seed: Option<u8>) -> Payload {
    Payload::Update {
        keys: seed.map(|seed| Box::new(secrets(seed).prove(&address(owner)))),
        dial: dial(6000),
        contact: None,
    }
}

#[test]
fn a_registration_takes_effect_at_the_end_of_the_round() {
    let mut chain = TestChain::small();
    assert_eq!(
        chain.request("alice", register("alice", "alice", 50)),
        ACCEPTED
    );
    assert_eq!(chain.account("alice").record.miner, None);
    assert_eq!(
        chain.request("alice", register("alice", "other", 51)),
        refused(Refusal::AlreadyRegistered)
    );
    assert_eq!(
        chain.request("bob", register("bob", "alice", 52)),
        refused(Refusal::NameTaken)
    );
    let outcome = chain.end_round();
    assert!(outcome.receipts.iter().any(|receipt| matches!(
        receipt,
        Receipt::Request {
            request: RequestSummary::Register(_, MinerId(5)),
            applied: true,
            ..
        }
    )));
    let alice = chain.account("alice");
    assert_eq!(alice.record.miner, Some(MinerId(5)));
    assert_eq!(alice.deposit, etm(10));
    let miner = chain.miner(5).unwrap();
    assert_eq!(miner.miner.owner, address("alice"));
    assert_eq!(miner.node.node, secrets(50).node.node_key());
    assert_eq!(miner.presence, None);
    assert!(!miner.ready, "it has not been seen");
    assert_eq!(
        chain.request("alice", register("alice", "third", 53)),
        refused(Refusal::AlreadyRegistered)
    );
    assert_eq!(
        chain.request("bob", register("bob", "alice", 54)),
        refused(Refusal::NameTaken)
    );
    let found = block_on(read::miner_by_name(
        &chain.state,
        &chain.params(),
        &MinerName::new("alice").unwrap(),
    ));
    assert_eq!(found, Ok(Some(MinerId(5))));
}

/// What a dry run says of keys is what a block makes of them.
#[test]
fn dry_runs_know_whose_keys_they_are() {
    let mut chain = TestChain::small();
    let registered = chain.request("alice", register("alice", "alice", 50));
    assert_eq!(registered, ACCEPTED);
    let keys = |seed: u8| read::Keys {
        node: secrets(seed).node.node_key(),
        bls: secrets(seed).prove(&address("alice")).bls,
    };
    let cases = [
        (
            "bob",
            register("bob", "bob", 0),
            Some(0),
            Some(Refusal::KeyTaken),
        ),
        (
            "bob",
            register("bob", "bob", 50),
            Some(50),
            Some(Refusal::KeyTaken),
        ),
        (
            "bob",
            update("bob", Some(0)),
            Some(0),
            Some(Refusal::NotAMiner),
        ),
        ("bob", update("bob", None), None, Some(Refusal::NotAMiner)),
        (
            "alice",
            update("alice", Some(0)),
            Some(0),
            Some(Refusal::KeyTaken),
        ),
        ("alice", update("alice", None), None, None),
        ("alice", update("alice", Some(50)), Some(50), None),
        ("alice", update("alice", Some(51)), Some(51), None),
        (
            "bob",
            register("bob", "bob", 50),
            Some(50),
            Some(Refusal::KeyTaken),
        ),
        ("m0", update("m0", Some(0)), Some(0), None),
        (
            "m0",
            update("m0", Some(1)),
            Some(1),
            Some(Refusal::KeyTaken),
        ),
        ("bob", register("bob", "bob", 52), Some(52), None),
    ];
    for (owner, payload, seed, refusal) in cases {
        let keys = seed.map(keys);
        let trial = match &payload {
            Payload::Update { .. } => read::Trial::Update(keys),
            other => read::Trial::Request(other.request().unwrap(), keys),
        };
        let (params, own) = (chain.params(), address(owner));
        let trials = [trial];
        let run = read::dry_run(&chain.state, &params, &own, &[], etm(1), &trials);
        let stopped = block_on(run).unwrap().stopped;
        let expected = refusal.map(|refusal| (0, read::Stopped::Refused(refusal)));
        assert_eq!(stopped, expected, "{owner}: {payload:?}");
        let outcome = refusal.map_or(ACCEPTED, refused);
        assert_eq!(chain.request(owner, payload), outcome);
    }
}

#[test]
fn keys_belong_to_one_owner_for_ever() {
    let mut chain = TestChain::small();
    // Of a genesis miner.
    assert_eq!(
        chain.request("alice", register("alice", "alice", 0)),
        refused(Refusal::KeyTaken)
    );
    // One key of two is enough.
    let mut mixed = MinerSecrets {
        node: secrets(60).node,
        bls: secrets(0).bls,
    };
    let payload = |secrets: &MinerSecrets| Payload::Register {
        name: MinerName::new("alice").unwrap(),
        keys: Box::new(secrets.prove(&address("alice"))),
        dial: dial(1),
        contact: None,
    };
    assert_eq!(
        chain.request("alice", payload(&mixed)),
        refused(Refusal::KeyTaken)
    );
    mixed = MinerSecrets {
        node: secrets(0).node,
        bls: secrets(60).bls,
    };
    assert_eq!(
        chain.request("alice", payload(&mixed)),
        refused(Refusal::KeyTaken)
    );
    // Two registrations in one block: the first has the keys.
    let both = vec![
        chain.sign("alice", register("alice", "alice", 61)),
        chain.sign("bob", register("bob", "bob", 61)),
    ];
    let outcome = chain.add(both);
    assert_eq!(transaction_outcome(&outcome, 0), ACCEPTED);
    assert_eq!(transaction_outcome(&outcome, 1), refused(Refusal::KeyTaken));
    chain.end_round();
    // Changed keys stay taken, but not for their owner.
    assert_eq!(chain.request("alice", update("alice", Some(62))), ACCEPTED);
    assert_eq!(
        chain.request("bob", register("bob", "bob", 61)),
        refused(Refusal::KeyTaken)
    );
    assert_eq!(chain.request("alice", update("alice", Some(61))), ACCEPTED);
    assert_eq!(
        chain.request("alice", update("alice", Some(1))),
        refused(Refusal::KeyTaken)
    );
    // After a resignation, too.
    assert_eq!(chain.request("alice", Payload::Resign), ACCEPTED);
    chain.end_round();
    chain.end_round();
    assert_eq!(
        chain.request("bob", register("bob", "bob", 61)),
        refused(Refusal::KeyTaken)
    );
    assert_eq!(
        chain.request("alice", register("alice", "again", 61)),
        ACCEPTED
    );
    chain.end_round();
    assert_eq!(chain.account("alice").record.miner, Some(MinerId(6)));
}

#[test]
fn proofs_are_for_one_owner() {
    let chain = TestChain::small();
    let stolen = chain.sign("bob", register("alice", "bob", 70));
    assert!(matches!(chain.reason(stolen), Invalid::WrongProof(_)));
    let stolen = chain.sign("m0", update("m1", Some(70)));
    assert!(matches!(chain.reason(stolen), Invalid::WrongProof(_)));
}

#[test]
fn updates_change_what_is_registered_but_not_committees() {
    let mut chain = TestChain::small();
    assert_eq!(
        chain.request("alice", update("alice", None)),
        refused(Refusal::NotAMiner)
    );
    let before = (chain.committee(Round(0)), chain.committee(Round(1)));
    let id = before.1.members[0].miner.0;
    let owner = format!("m{id}");
    assert_eq!(chain.request(&owner, update(&owner, Some(80))), ACCEPTED);
    assert_eq!(
        (chain.committee(Round(0)), chain.committee(Round(1))),
        before
    );
    let node = chain.miner(id).unwrap().node;
    assert_eq!(
        (node.node, node.bls),
        (secrets(80).node.node_key(), secrets(80).bls.public_key())
    );
    assert_eq!(node.dial, dial(6000));
    // The next draw takes the new keys.
    for _ in 0..6 {
        chain.end_round();
    }
    let round = chain.globals().round;
    let served = (0..2).flat_map(|next| chain.committee(round.saturating_add(next)).members);
    for member in served.filter(|member| member.miner.0 == id) {
        assert_eq!(member.node, secrets(80).node.node_key());
    }
    // Before a registration is in effect, an update changes the registration.
    assert_eq!(chain.request("bob", register("bob", "bob", 81)), ACCEPTED);
    assert_eq!(chain.request("bob", update("bob", Some(82))), ACCEPTED);
    chain.end_round();
    let id = chain.account("bob").record.miner.unwrap();
    assert_eq!(
        chain.miner(id.0).unwrap().node.node,
        secrets(82).node.node_key()
    );
}

#[test]
fn a_member_that_resigns_serves_to_the_end() {
    let mut chain = TestChain::small();
    let id = chain.committee(Round(1)).members[0].miner;
    let owner = format!("m{}", id.0);
    assert_eq!(chain.request(&owner, Payload::Resign), ACCEPTED);
    assert_eq!(
        chain.request(&owner, Payload::Resign),
        refused(Refusal::AlreadyResigned)
    );
    chain.end_round();
    let miner = chain.miner(id.0).expect("it serves in round 1");
    assert!(!miner.standing.registered);
    assert!(!miner.ready);
    assert_eq!(chain.account(&owner).record.miner, None);
    assert!(
        chain
            .committee(Round(1))
            .members
            .iter()
            .any(|member| member.miner == id)
    );
    assert!(
        chain
            .committee(Round(2))
            .members
            .iter()
            .all(|member| member.miner != id)
    );
    // It still makes blocks and is paid.
    let free = chain.free(&owner);
    let mut produced = 0;
    let outcome = loop {
        let outcome = chain.add(vec![]);
        produced += u64::from(outcome.producer == id);
        if outcome.report.is_some() {
            break outcome;
        }
    };
    assert!(chain.free(&owner).0 >= free.0 + produced * etm(6).0);
    assert!(
        outcome.receipts.iter().any(
            |receipt| matches!(receipt, Receipt::DepositReturned { miner, .. } if *miner == id)
        )
    );
    assert_eq!(chain.miner(id.0), None);
    assert_eq!(
        chain.request("alice", Payload::Lock { amount: etm(5) }),
        ACCEPTED
    );
    assert_eq!(
        chain.request("alice", Payload::Vote { miner: id }),
        refused(Refusal::MinerNotRegistered)
    );
}

#[test]
fn a_vote_after_a_resignation_of_the_round_is_void() {
    let mut chain = TestChain::small();
    let resign = chain.sign("m4", Payload::Resign);
    let vote = chain.sign("v0", Payload::Vote { miner: MinerId(4) });
    let outcome = chain.add(vec![resign, vote]);
    assert_eq!(
        (
            transaction_outcome(&outcome, 0),
            transaction_outcome(&outcome, 1)
        ),
        (ACCEPTED, ACCEPTED)
    );
    let outcome = chain.end_round();
    assert!(outcome.receipts.iter().any(|receipt| matches!(
        receipt,
        Receipt::Request {
            request: RequestSummary::Vote(MinerId(4)),
            applied: false,
            ..
        }
    )));
    assert_eq!(
        chain.account("v0").position.and_then(|p| p.miner),
        Some(MinerId(0))
    );
    assert_eq!(chain.account("v4").position.map(|p| p.miner), Some(None));
}

#[test]
fn too_few_candidates_keep_the_committee_with_its_keys() {
    let mut params = small_params();
    params.mechanism.min_committee = 5;
    let mut chain = TestChain::new(draft(params, 5));
    let resign = chain.sign("m4", Payload::Resign);
    let update = chain.sign("m0", update("m0", Some(90)));
    chain.add(vec![resign, update]);
    let outcome = chain.end_round();
    let committee = outcome.committee.unwrap();
    assert_eq!(committee.round, Round(2));
    assert_eq!(committee.members, chain.committee(Round(1)).members);
    let draw = outcome.receipts.iter().find_map(|receipt| match receipt {
        Receipt::Draw {
            kept, candidates, ..
        } => Some((*kept, *candidates)),
        _ => None,
    });
    assert_eq!(draw, Some((true, 4)));
    // It serves on and on, the resigned member too.
    for _ in 0..4 {
        chain.end_round();
    }
    let round = chain.globals().round;
    assert_eq!(
        chain.committee(round).members,
        chain.committee(round.next()).members
    );
}

#[test]
fn a_block_holds_few_registrations() {
    let mut chain = TestChain::new({
        let mut draft = draft(small_params(), 5);
        for i in 0..20 {
            draft.accounts.insert(address(&format!("a{i}")), etm(100));
        }
        draft
    });
    let all: Vec<_> = (0..20u8)
        .map(|i| {
            let name = format!("a{i}");
            chain.sign(&name, register(&name, &name, 100 + i))
        })
        .collect();
    let checked = chain.check(all);
    let context = chain.context(0);
    let built = block_on(build(&chain.state, chain.chain(), &context, &checked)).unwrap();
    assert_eq!(built.included.len(), ChainParams::MAX_BLOCK_PROOFS);
    assert!(
        built
            .dropped
            .iter()
            .all(|(_, reason)| *reason == Invalid::NoRoom)
    );
    let result = block_on(execute(&chain.state, chain.chain(), &context, &checked));
    assert_eq!(
        result,
        Err(ExecutionError::Invalid(BlockError::Proofs {
            found: 20,
            max: 16
        }))
    );
    chain.add(built.included);
}

#[test]
fn a_block_holds_its_share_of_the_requests_of_a_round() {
    let mut params = small_params();
    params.mechanism.blocks_per_round = ChainParams::MAX_ROUND_REQUESTS / 2;
    let mut chain = TestChain::new({
        let mut draft = draft(params, 5);
        for i in 0..4 {
            draft.accounts.insert(address(&format!("a{i}")), etm(100));
        }
        draft
    });
    let mut all: Vec<_> = (0..3)
        .map(|i| chain.sign(&format!("a{i}"), Payload::Lock { amount: etm(10) }))
        .collect();
    all.push(chain.sign(
        "a3",
        Payload::Transfer {
            recipient: address("a0"),
            amount: etm(1),
            memo: Memo::empty(),
        },
    ));
    let checked = chain.check(all);
    let context = chain.context(0);
    let result = block_on(execute(&chain.state, chain.chain(), &context, &checked));
    let expected = BlockError::Requests { found: 3, max: 2 };
    assert_eq!(result, Err(ExecutionError::Invalid(expected)));
    let built = block_on(build(&chain.state, chain.chain(), &context, &checked)).unwrap();
    assert_eq!(built.dropped, [(2, Invalid::NoRoom)]);
    assert_eq!(built.included.len(), 3, "the transfer is in");
    chain.add(built.included);
}

#[test]
fn a_block_holds_few_resignations() {
    let mut chain = TestChain::new(draft(small_params(), 20));
    let all: Vec<_> = (0..20)
        .map(|i| chain.sign(&format!("m{i}"), Payload::Resign))
        .collect();
    let checked = chain.check(all);
    let context = chain.context(0);
    let result = block_on(execute(&chain.state, chain.chain(), &context, &checked));
    let max = ChainParams::MAX_BLOCK_RESIGNATIONS;
    let expected = BlockError::Resignations { found: 20, max };
    assert_eq!(result, Err(ExecutionError::Invalid(expected)));
    let built = block_on(build(&chain.state, chain.chain(), &context, &checked)).unwrap();
    assert_eq!(built.included.len(), max);
    let no_room = |index| (index, Invalid::NoRoom);
    assert_eq!(built.dropped, (max..20).map(no_room).collect::<Vec<_>>());
    chain.add(built.included);
    let report = chain.end_round().report.unwrap();
    assert_eq!(report.requests.len(), max);
}
