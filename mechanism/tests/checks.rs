//! The checkers find what is wrong.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;

use common::{finish, genesis, params};
use etm_mechanism::{
    CohortId, CohortNode, Mechanism, MemoryStore, MinerId, Store, Units, Votes,
    check::{self, Fault},
};

type World = Mechanism<MemoryStore<u32>>;

fn world() -> World {
    let mut world = Mechanism::genesis(params(), MemoryStore::new(), genesis(3, 9)).unwrap();
    (0..5).for_each(|_| _ = finish(&mut world));
    check::all(&world).unwrap().unwrap();
    world
}

/// What the checks say after a change of the store.
fn fault(change: impl Fn(&mut MemoryStore<u32>)) -> Fault<u32> {
    let mut world = world();
    change(world.store_mut());
    check::all(&world).unwrap().unwrap_err()
}

#[test]
fn money() {
    let found = fault(|store| {
        let mut account = store.account(&4).unwrap().unwrap();
        account.free.0 += 1;
        store.put_account(&4, account).unwrap();
    });
    assert!(matches!(found, Fault::Conservation { held, issued } if held == issued + 1));
    let globals = |change: fn(&mut etm_mechanism::Globals)| {
        fault(|store| {
            let mut globals = store.globals().unwrap();
            change(&mut globals);
            store.put_globals(globals).unwrap();
        })
    };
    assert!(matches!(
        globals(|globals| globals.locked.0 += 1),
        Fault::Total { what: "locked", .. }
    ));
    assert!(matches!(
        globals(|globals| globals.deposits.0 += 1),
        Fault::Total {
            what: "deposited",
            ..
        }
    ));
    assert!(matches!(
        globals(|globals| globals.rewards_issued.0 -= 1),
        Fault::Schedule {
            what: "rewards",
            ..
        }
    ));
    assert!(matches!(
        globals(|globals| globals.bonus_issued.0 += 1),
        Fault::Schedule { what: "bonus", .. }
    ));
    assert!(matches!(
        globals(|globals| globals.fees_pending.0 += 1),
        Fault::Conservation { .. }
    ));
    assert!(matches!(
        globals(|globals| globals.carry = Units(u64::MAX)),
        Fault::Escrow { .. }
    ));
}

#[test]
fn gains_out_of_nowhere() {
    let found = fault(|store| {
        let mut position = store.position(&4).unwrap().unwrap();
        position.base = position.base.wrapping_add(1 << 100);
        store.put_position(&4, Some(position)).unwrap();
    });
    assert!(matches!(found, Fault::Escrow { .. }));
}

#[test]
fn votes_and_cohorts() {
    let standing = |change: fn(&mut etm_mechanism::Standing)| {
        fault(|store| {
            let mut page = store.standings(0).unwrap();
            change(&mut page.0[1].1);
            store.put_standings(0, page).unwrap();
        })
    };
    let found = standing(|standing| standing.votes = Votes(standing.votes.0 + 1));
    assert!(matches!(
        found,
        Fault::Votes {
            miner: MinerId(1),
            ..
        }
    ));
    assert!(matches!(
        standing(|standing| standing.registered = false),
        Fault::Stray {
            miner: MinerId(1),
            ..
        }
    ));
    let found = fault(|store| {
        let mut position = store.position(&4).unwrap().unwrap();
        position.weight += 1;
        store.put_position(&4, Some(position)).unwrap();
    });
    assert!(matches!(found, Fault::Weight { account: 4, .. }));
    // A record that nothing refers to.
    let found = fault(|store| {
        let node = CohortNode::Merged {
            into: CohortId(0),
            shift: 0,
            references: 0,
        };
        store.put_cohort_node(CohortId(9_999), Some(node)).unwrap();
    });
    assert!(matches!(found, Fault::References { .. }), "{found}");
}
