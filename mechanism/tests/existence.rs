//! Who exists (spec 3): an account does once it has received something, and nobody else can ask for anything.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;

use common::{ETM, finish, genesis, params};
use etm_mechanism::{
    Mechanism, MemoryStore, MinerId, MinerName, Params, Rejection, Request, Store, Units, Verdict,
    check,
};

type World = Mechanism<MemoryStore<u32>>;

/// Never named, never paid.
const STRANGER: u32 = 7_777;
/// Has 10 ETM free and 5 ETM locked.
const HOLDER: u32 = 0;

fn world(deposit: u64) -> World {
    let params = Params {
        deposit: Units(deposit),
        ..params()
    };
    Mechanism::genesis(params, MemoryStore::new(), genesis(3, 6)).unwrap()
}

fn register(name: &str) -> Request<u32> {
    Request::Register(MinerName::new(name).unwrap())
}

fn give(to: u32, amount: u64) -> Request<u32> {
    Request::Transfer {
        to,
        amount: Units(amount),
    }
}

fn accepted(world: &mut World, account: u32, request: Request<u32>) -> bool {
    let verdict = world.request(&account, request).unwrap();
    check::all(world).unwrap().unwrap();
    matches!(verdict, Verdict::Accepted(_))
}

#[test]
fn a_stranger_is_refused_whatever_it_asks_for_and_leaves_no_trace() {
    for deposit in [0, 2 * ETM] {
        let mut world = world(deposit);
        let before = format!("{:?}", world.store());
        let short = |needed| Rejection::Balance {
            needed: Units(needed),
            balance: Units::ZERO,
        };
        let registration = match deposit {
            0 => Rejection::NoAccount,
            _ => short(deposit),
        };
        for (request, reason) in [
            (Request::Lock(Units(0)), Rejection::NoAmount),
            (Request::Lock(Units(ETM)), short(ETM)),
            (Request::Lock(Units(u64::MAX)), short(u64::MAX)),
            (Request::Unlock(Units(0)), Rejection::NoAmount),
            (Request::Unlock(Units(ETM)), Rejection::NoPosition),
            (Request::Vote(MinerId(0)), Rejection::NoPosition),
            (Request::Vote(MinerId(99)), Rejection::NoPosition),
            (Request::Withdraw, Rejection::NoPosition),
            (register("new"), registration),
            (Request::Resign, Rejection::OwnsNoMiner),
            (give(HOLDER, 0), Rejection::NoAmount),
            (give(HOLDER, 1), short(1)),
            (give(STRANGER, 1), short(1)),
        ] {
            let verdict = world.request(&STRANGER, request.clone()).unwrap();
            assert_eq!(verdict, Verdict::Rejected(reason), "{request:?}");
            let after = format!("{:?}", world.store());
            assert_eq!(after, before, "{request:?} left a trace");
        }
        assert_eq!(world.charge_fee(&STRANGER, Units(0)).unwrap(), None);
        assert_eq!(world.charge_fee(&STRANGER, Units(1)).unwrap(), None);
        assert_eq!(format!("{:?}", world.store()), before);
    }
}

#[test]
fn nothing_given_makes_nobody_exist_and_one_unit_does() {
    let mut world = world(0);
    assert!(!accepted(&mut world, HOLDER, give(STRANGER, 0)));
    assert_eq!(world.store().account(&STRANGER).unwrap(), None);
    assert!(!accepted(&mut world, STRANGER, register("early")));
    assert!(accepted(&mut world, HOLDER, give(STRANGER, 1)));
    // The name a stranger asked for in vain is still free.
    assert!(accepted(&mut world, STRANGER, register("early")));
    assert!(!accepted(&mut world, STRANGER, register("again")));
    let report = finish(&mut world);
    check::all(&world).unwrap().unwrap();
    assert!(report.deposits.is_empty());
    assert_eq!(
        world.store().account(&STRANGER).unwrap().unwrap().miner,
        Some(MinerId(3))
    );
}

#[test]
fn an_account_that_gave_everything_away_still_exists() {
    let mut world = world(0);
    assert!(accepted(&mut world, HOLDER, give(STRANGER, ETM)));
    assert!(accepted(&mut world, STRANGER, give(HOLDER, ETM)));
    let empty = world.store().account(&STRANGER).unwrap().unwrap();
    assert_eq!(empty.free, Units::ZERO);
    // It has nothing to lock, but a deposit of nothing it can pay; it may resign again, and nothing comes back.
    assert!(!accepted(&mut world, STRANGER, Request::Lock(Units(1))));
    assert!(accepted(&mut world, STRANGER, register("empty")));
    finish(&mut world);
    assert!(accepted(&mut world, STRANGER, Request::Resign));
    (0..4).for_each(|_| _ = finish(&mut world));
    check::all(&world).unwrap().unwrap();
    let empty = world.store().account(&STRANGER).unwrap().unwrap();
    assert_eq!((empty.free, empty.miner), (Units::ZERO, None));
}

#[test]
fn whoever_locked_all_exists_and_gets_all_back_by_unlocking() {
    let mut world = world(0);
    assert!(accepted(&mut world, HOLDER, give(STRANGER, 3 * ETM)));
    assert!(accepted(
        &mut world,
        STRANGER,
        Request::Lock(Units(3 * ETM))
    ));
    // A position that is being locked counts at once: it may vote, and be unlocked again as a whole.
    assert!(accepted(&mut world, STRANGER, Request::Vote(MinerId(1))));
    assert!(!accepted(
        &mut world,
        STRANGER,
        Request::Unlock(Units(2 * ETM + 1))
    ));
    assert!(accepted(
        &mut world,
        STRANGER,
        Request::Unlock(Units(3 * ETM))
    ));
    // One that is being unlocked as a whole doesn't.
    assert!(!accepted(&mut world, STRANGER, Request::Vote(MinerId(1))));
    assert!(!accepted(&mut world, STRANGER, Request::Withdraw));
    assert!(!accepted(&mut world, STRANGER, Request::Unlock(Units(1))));
    finish(&mut world);
    check::all(&world).unwrap().unwrap();
    assert!(world.position(&STRANGER).unwrap().is_none());
    let account = world.store().account(&STRANGER).unwrap().unwrap();
    assert_eq!(account.free, Units(3 * ETM));
}
