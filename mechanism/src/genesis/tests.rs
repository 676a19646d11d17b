use super::*;
use crate::{MemoryStore, Numbered, Position, check, check::Census};
use core::hash::BuildHasher;
use std::format;

type World = Mechanism<MemoryStore<u32>>;

const MINERS: u32 = 7;

fn params() -> Params {
    Params {
        committee: 3,
        min_committee: 1,
        ..Params::mainnet()
    }
}

/// Some accounts have free tokens, one of them owns a miner, and the order is not that of accounts.
fn genesis() -> Genesis<u32> {
    let positions = (0..500u32).map(|place| {
        let account = place * 7 % 500;
        let miner = place.wrapping_mul(2_654_435_761) % (MINERS + 1);
        GenesisPosition {
            account,
            locked: Units(100_000_000 + u64::from(place) * 123_456_789),
            t: TimeGain::new((place * place % 32 + 1) as u8).unwrap(),
            miner: (miner < MINERS).then_some(MinerId(miner)),
        }
    });
    Genesis {
        timestamp: 5,
        beacon: [9; 32],
        accounts: (0..50).map(|place| (place * 9, Units(11))).collect(),
        miners: (0..MINERS)
            .map(|id| GenesisMiner {
                owner: 498 + id,
                name: MinerName::new(&format!("m{id}")).unwrap(),
            })
            .collect(),
        positions: positions.collect(),
    }
}

/// The same state, each position joining its cohort as one does that is locked later.
fn one_by_one(genesis: Genesis<u32>) -> World {
    let mut world = Mechanism {
        params: params(),
        store: MemoryStore::new(),
    };
    let mut globals = genesis.globals();
    world
        .found_accounts(&mut globals, genesis.accounts)
        .unwrap();
    world.found_miners(&mut globals, genesis.miners).unwrap();
    for position in genesis.positions {
        let GenesisPosition {
            account,
            locked,
            t,
            miner,
        } = position;
        if world.store.account(&account).unwrap().is_none() {
            world
                .store
                .put_account(&account, Account::default())
                .unwrap();
        }
        globals.genesis_supply = globals.genesis_supply.checked_add(locked).unwrap();
        globals.locked = globals.locked.checked_add(locked).unwrap();
        let position = Position { locked, t, miner };
        holding::join(&mut world.store, &mut globals, &account, position, 0).unwrap();
    }
    let mut standings = world.store.standings(0).unwrap();
    for (id, standing) in &mut standings.0 {
        standing.votes = world.store.cohorts(Some(*id)).unwrap().votes();
    }
    world.store.put_standings(0, standings).unwrap();
    world.found_committees(&globals).unwrap();
    world.store.put_globals(globals).unwrap();
    world
}

fn assert_same<H: BuildHasher>(left: &Mechanism<MemoryStore<u32, H>>, right: &World) {
    let (left, right) = (&left.store, &right.store);
    assert_eq!(left.globals(), right.globals());
    assert_eq!(left.standings(0), right.standings(0));
    assert_eq!(left.accounts(), right.accounts());
    for account in left.accounts() {
        assert_eq!(left.account(&account), right.account(&account));
        assert_eq!(left.position(&account), right.position(&account));
    }
    assert_eq!(left.cohort_ids(), right.cohort_ids());
    for id in left.cohort_ids().unwrap() {
        assert_eq!(left.cohort_node(id), right.cohort_node(id));
    }
    for miner in [None].into_iter().chain((0..MINERS).map(MinerId).map(Some)) {
        assert_eq!(left.cohorts(miner), right.cohorts(miner));
        assert!(!left.cohorts(miner).unwrap().is_empty(), "{miner:?}");
    }
    for round in [0, 1] {
        assert!(left.committee(Round(round)).unwrap().is_some());
        assert_eq!(left.committee(Round(round)), right.committee(Round(round)));
    }
}

#[test]
fn positions_at_once_are_what_positions_one_by_one_are() {
    let at_once = Mechanism::genesis(params(), MemoryStore::new(), genesis()).unwrap();
    check::all(&at_once).unwrap().unwrap();
    let one_by_one = one_by_one(genesis());
    assert_same(&at_once, &one_by_one);
    let numbered = MemoryStore::with_hasher(Numbered);
    let numbered = Mechanism::genesis(params(), numbered, genesis()).unwrap();
    assert_same(&numbered, &one_by_one);
}

#[test]
fn positions_that_stream_in_are_what_listed_ones_are() {
    let mut first = genesis();
    let more = first.positions.split_off(123);
    let streamed = Mechanism::genesis_with(params(), MemoryStore::new(), first, more).unwrap();
    let listed = Mechanism::genesis(params(), MemoryStore::new(), genesis()).unwrap();
    assert_same(&streamed, &listed);
}

#[test]
fn a_wrong_position_is_named_by_its_place_in_both_lists() {
    let wrong = |change: fn(&mut GenesisPosition<u32>)| {
        let mut first = genesis();
        let mut more = first.positions.split_off(300);
        change(&mut more[100]);
        Mechanism::genesis_with(params(), MemoryStore::new(), first, more).unwrap_err()
    };
    let index = 400;
    let twice = wrong(|position| position.account = 7);
    assert_eq!(twice, GenesisError::PositionTwice { index, account: 7 });
    let unknown = wrong(|position| position.miner = Some(MinerId(MINERS)));
    let miner = MinerId(MINERS);
    assert_eq!(unknown, GenesisError::UnknownMiner { index, miner });
    let below = wrong(|position| position.locked = Units(99_999_999));
    assert!(matches!(
        below,
        GenesisError::BelowMinLock { index: 400, .. }
    ));
    let supply = wrong(|position| position.locked = Units(u64::MAX));
    assert_eq!(supply, GenesisError::Supply);
}
