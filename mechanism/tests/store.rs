//! What the mechanism asks of its store: which records a call touches, and that a failed call can be run again.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;

use common::{
    ETM, blocks, finish, genesis, params,
    traced::{NotLoaded, Traced},
};
use etm_mechanism::{
    Error, GenesisError, Mechanism, MemoryStore, MinerId, MinerName, Params, Request, Round, Store,
    Units, check,
};
use std::collections::BTreeSet;

fn memory(miners: u32, voters: u32) -> Mechanism<MemoryStore<u32>> {
    Mechanism::genesis(params(), MemoryStore::new(), genesis(miners, voters)).unwrap()
}

type Call<'a> = &'a dyn Fn(&mut Mechanism<Traced>) -> Result<(), Error<NotLoaded>>;

/// Runs a call on clean overlays, loading one more record after each failure, and answers the state and how many were loaded.
fn load_and_rerun(
    base: &MemoryStore<u32>,
    params: Params,
    call: Call<'_>,
) -> (MemoryStore<u32>, usize) {
    let mut loaded = BTreeSet::new();
    loop {
        let mut overlay = Traced::new(base.clone());
        overlay.loaded = Some(loaded.clone());
        let mut mechanism = Mechanism::open(params, overlay);
        match call(&mut mechanism) {
            Ok(()) => return (mechanism.into_store().memory, loaded.len()),
            Err(Error::Store(NotLoaded(record))) => {
                assert!(loaded.insert(record), "asked for twice")
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// Everything there is to see.
fn picture(store: &MemoryStore<u32>) -> Vec<String> {
    let mechanism = Mechanism::open(params(), store.clone());
    check::all(&mechanism).unwrap().unwrap();
    let mut lines = vec![
        format!("{:?}", store.globals()),
        format!("{:?}", mechanism.standings()),
    ];
    for account in store.accounts() {
        lines.push(format!(
            "{account} {:?} {:?} {:?}",
            store.account(&account),
            mechanism.position(&account),
            store.pending(&account)
        ));
    }
    lines
}

#[test]
fn a_store_that_founds_positions_record_by_record_has_the_same_genesis() {
    let plain = Mechanism::genesis(params(), Traced::new(MemoryStore::new()), genesis(3, 40));
    let plain = plain.unwrap().into_store().memory;
    assert_eq!(picture(&plain), picture(memory(3, 40).store()));
    let mut twice = genesis(3, 40);
    twice.positions.push(twice.positions[5].clone());
    let error = Mechanism::genesis(params(), Traced::new(MemoryStore::new()), twice).unwrap_err();
    let (index, account) = (40, 5);
    assert_eq!(error, GenesisError::PositionTwice { index, account });
}

#[test]
fn a_failed_call_is_run_again_on_a_clean_overlay() {
    let mut direct = memory(4, 12);
    let mut store = direct.store().clone();
    let name = MinerName::new("new").unwrap();
    for round in 0..6u32 {
        let requests = [
            (round, Request::Vote(MinerId((round + 2) % 4))),
            (round + 1, Request::Unlock(Units(5 * ETM))),
            (round + 2, Request::Lock(Units(ETM))),
            (1_000 + round % 4, Request::Resign),
            (3, Request::Register(name)),
            (5, Request::Withdraw),
            (
                6,
                Request::Transfer {
                    to: 77,
                    amount: Units(3),
                },
            ),
        ];
        for (account, request) in &requests {
            direct.request(account, request.clone()).unwrap();
            let call: Call<'_> =
                &|mechanism| mechanism.request(account, request.clone()).map(|_| ());
            store = load_and_rerun(&store, params(), call).0;
        }
        direct.charge_fee(&9, Units(11)).unwrap();
        let call: Call<'_> = &|mechanism| mechanism.charge_fee(&9, Units(11)).map(|_| ());
        store = load_and_rerun(&store, params(), call).0;
        blocks(&mut direct);
        let mut unbound = Mechanism::open(params(), store);
        blocks(&mut unbound);
        let beacon = [round as u8; 32];
        direct.end_round(&beacon, |_| true).unwrap();
        let call: Call<'_> = &|mechanism| mechanism.end_round(&beacon, |_| true).map(|_| ());
        store = load_and_rerun(&unbound.into_store(), params(), call).0;
        assert_eq!(picture(&store), picture(direct.store()));
    }
}

#[test]
fn an_ordinary_end_of_a_round_touches_its_committee_only() {
    let mut world = memory(200, 1_000);
    finish(&mut world);
    world.request(&7, Request::Vote(MinerId(150))).unwrap();
    blocks(&mut world);
    let committee = world.store().committee(Round(1)).unwrap().unwrap();
    let mut traced = Mechanism::open(params(), Traced::new(world.into_store()));
    traced.end_round(&[5; 32], |_| true).unwrap();
    let written = traced.into_store().written;
    let expected: BTreeSet<String> = committee
        .iter()
        .chain(&[MinerId(7), MinerId(150)])
        .map(|miner| format!("cohorts {:?}", Some(*miner)))
        .collect();
    let cohorts: BTreeSet<_> = written
        .iter()
        .filter(|record| record.starts_with("cohorts"))
        .cloned()
        .collect();
    assert!(cohorts.is_subset(&expected), "{cohorts:?}");
    let positions = written
        .iter()
        .filter(|record| record.starts_with("position"));
    assert_eq!(positions.collect::<Vec<_>>(), ["position 7"]);
    assert!(written.len() < 60, "{written:?}");
}

#[test]
fn reading_a_position_takes_a_few_records() {
    let mut world = memory(4, 64);
    for _ in 0..10 {
        finish(&mut world);
    }
    for account in 0..64 {
        let (_, loaded) = load_and_rerun(world.store(), params(), &|mechanism| {
            mechanism.position(&account).map(|_| ())
        });
        // The position, the cohorts of its miner, and the ids its cohort was merged into: log2(32) at most here.
        assert!((3..=8).contains(&loaded), "{loaded}");
    }
}

#[test]
fn no_record_of_a_cohort_outlives_its_positions() {
    let mut world = memory(3, 96);
    for _ in 0..4 {
        finish(&mut world);
    }
    assert!(world.store().cohort_node_count() > 3);
    for account in 0..96 {
        world
            .request(&account, Request::Unlock(Units(5 * ETM)))
            .unwrap();
    }
    finish(&mut world);
    assert_eq!(world.store().cohort_node_count(), 0);
    check::all(&world).unwrap().unwrap();
    assert_eq!(world.globals().unwrap().locked, Units::ZERO);
}
