//! Calls out of order, and what the order of requests means.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;

use common::{ETM, blocks, finish, genesis, params};
use etm_mechanism::{
    Accepted, Error, GenesisError, Height, Mechanism, MemoryStore, MinerId, MinerName, Params,
    Rejection, Request, Round, Store, Units, Verdict, check,
};

fn world() -> Mechanism<MemoryStore<u32>> {
    Mechanism::genesis(params(), MemoryStore::new(), genesis(3, 6)).unwrap()
}

fn checked(world: &Mechanism<MemoryStore<u32>>) {
    check::all(world).unwrap().unwrap();
}

#[test]
fn blocks_and_rounds_come_in_order() {
    let mut world = world();
    let member = world.store().committee(Round(0)).unwrap().unwrap()[0];
    let error = world.end_round(&[0; 32], |_| true).unwrap_err();
    assert_eq!(
        error,
        Error::RoundIncomplete {
            round: Round(0),
            last: Height(2),
            height: Height(0)
        }
    );
    let stranger = MinerId(99);
    let not_in = Error::NotInCommittee {
        miner: stranger,
        round: Round(0),
    };
    assert_eq!(world.block(stranger, &[], 101).unwrap_err(), not_in);
    assert_eq!(
        world.block(member, &[member, stranger], 101).unwrap_err(),
        not_in
    );
    assert_eq!(
        world.block(member, &[], 99).unwrap_err(),
        Error::Timestamp {
            timestamp: 99,
            parent: 100
        }
    );
    blocks(&mut world);
    let complete = Error::RoundComplete(Round(0));
    assert_eq!(world.block(member, &[], 200).unwrap_err(), complete);
    assert_eq!(world.request(&0, Request::Withdraw).unwrap_err(), complete);
    assert_eq!(world.charge_fee(&0, Units(1)).unwrap_err(), complete);
    assert_eq!(world.collect_fees(Units(1)).unwrap_err(), complete);
    world.end_round(&[0; 32], |_| true).unwrap();
    checked(&world);
    assert!(world.end_round(&[0; 32], |_| true).is_err());
}

#[test]
fn a_genesis_without_candidates_is_invalid() {
    let mut genesis = genesis(3, 6);
    genesis
        .positions
        .iter_mut()
        .for_each(|position| position.miner = None);
    let error = Mechanism::genesis(params(), MemoryStore::new(), genesis).unwrap_err();
    assert_eq!(
        error,
        GenesisError::TooFewCandidates {
            candidates: 0,
            required: 1
        }
    );
    let params = Params {
        committee: 0,
        ..params()
    };
    let error = Mechanism::genesis(params, MemoryStore::new(), common::genesis(3, 6)).unwrap_err();
    assert!(matches!(error, GenesisError::Params(_)));
}

#[test]
fn a_transfer_to_oneself_turns_earned_into_free() {
    let mut world = world();
    (0..3).for_each(|_| _ = finish(&mut world));
    let before = world.balance(&0).unwrap();
    let earned = world.position(&0).unwrap().unwrap().earned;
    assert!(earned > Units::ZERO);
    let all = Request::Transfer {
        to: 0,
        amount: before,
    };
    let verdict = world.request(&0, all).unwrap();
    assert_eq!(
        verdict,
        Verdict::Accepted(Accepted {
            from_earned: earned
        })
    );
    assert_eq!(world.balance(&0).unwrap(), before);
    assert_eq!(world.store().account(&0).unwrap().unwrap().free, before);
    assert_eq!(world.position(&0).unwrap().unwrap().earned, Units::ZERO);
    checked(&world);
    let more = Request::Transfer {
        to: 0,
        amount: Units(before.0 + 1),
    };
    let verdict = world.request(&0, more).unwrap();
    let balance = Rejection::Balance {
        needed: Units(before.0 + 1),
        balance: before,
    };
    assert_eq!(verdict, Verdict::Rejected(balance));
}

#[test]
fn fees_draw_on_earned_bonus_and_go_to_the_producers() {
    let mut world = world();
    (0..3).for_each(|_| _ = finish(&mut world));
    let balance = world.balance(&0).unwrap();
    assert_eq!(world.charge_fee(&0, Units(balance.0 + 1)).unwrap(), None);
    assert!(world.charge_fee(&0, balance).unwrap().unwrap() > Units::ZERO);
    assert_eq!(world.balance(&0).unwrap(), Units::ZERO);
    assert_eq!(world.charge_fee(&0, Units(1)).unwrap(), None);
    checked(&world);
    let report = finish(&mut world);
    assert_eq!(report.fees, balance);
    assert_eq!(report.fee_share, Units(balance.0 / 3));
    assert_eq!(report.fees_pending, Units(balance.0 % 3));
    checked(&world);
}

#[test]
fn only_ready_miners_are_drawn() {
    let mut world = world();
    blocks(&mut world);
    let report = world
        .end_round(&[9; 32], |miner| miner == MinerId(1))
        .unwrap();
    assert_eq!(report.draw.members, [MinerId(1)]);
    blocks(&mut world);
    // Nobody is ready: the next committee serves again.
    let report = world.end_round(&[9; 32], |_| false).unwrap();
    assert!(report.draw.kept);
    assert_eq!(report.draw.members, [MinerId(1)]);
}

#[test]
fn a_resigned_miner_serves_on_and_its_deposit_comes_back_after() {
    let mut world = world();
    let name = MinerName::new("late").unwrap();
    world.request(&0, Request::Register(name)).unwrap();
    // Twice in a round, or under a name somebody asked for: no.
    let again = MinerName::new("again").unwrap();
    let verdict = world.request(&0, Request::Register(again)).unwrap();
    assert_eq!(verdict, Verdict::Rejected(Rejection::RegistersAlready));
    let verdict = world.request(&1, Request::Register(name)).unwrap();
    assert_eq!(verdict, Verdict::Rejected(Rejection::NameTaken(name)));
    let verdict = world.request(&1, Request::Vote(MinerId(3))).unwrap();
    assert_eq!(
        verdict,
        Verdict::Rejected(Rejection::NotRegistered(MinerId(3)))
    );
    checked(&world);
    let report = finish(&mut world);
    assert_eq!(report.requests[0].miner, Some(MinerId(3)));
    checked(&world);
    // Everybody votes for it: it will be in each committee of 2 out of the candidates that have votes.
    for account in 0..6 {
        world.request(&account, Request::Vote(MinerId(3))).unwrap();
    }
    let report = finish(&mut world);
    assert_eq!(report.draw.members, [MinerId(3)]);
    world.request(&0, Request::Resign).unwrap();
    let verdict = world.request(&0, Request::Resign).unwrap();
    assert_eq!(verdict, Verdict::Rejected(Rejection::ResignsAlready));
    let report = finish(&mut world);
    // It serves in the next round, and there are no candidates: it serves once more.
    assert!(report.draw.kept && report.deposits.is_empty());
    assert_eq!(world.store().account(&0).unwrap().unwrap().miner, None);
    checked(&world);
    // Its name is free at once; a new miner of the same account is another miner.
    world.request(&0, Request::Register(name)).unwrap();
    world.request(&1, Request::Vote(MinerId(0))).unwrap();
    let report = finish(&mut world);
    assert_eq!(report.requests[0].miner, Some(MinerId(4)));
    assert_eq!(report.draw.members, [MinerId(0)]);
    assert!(report.deposits.is_empty(), "it serves in the next round");
    checked(&world);
    let report = finish(&mut world);
    assert_eq!(report.members[0].votes.0, 0);
    assert_eq!(report.members[0].miner, MinerId(3));
    let returned: Vec<_> = report
        .deposits
        .iter()
        .map(|deposit| (deposit.miner, deposit.owner, deposit.amount))
        .collect();
    assert_eq!(returned, [(MinerId(3), 0, params().deposit)]);
    assert_eq!(world.standing(MinerId(3)).unwrap(), None);
    checked(&world);
}

#[test]
fn projected_positions() {
    let mut world = world();
    let locked = |world: &Mechanism<MemoryStore<u32>>| {
        world
            .projected_position(&0)
            .unwrap()
            .map(|position| (position.locked.0 / ETM, position.miner))
    };
    let mut ask = |request| matches!(world.request(&0, request).unwrap(), Verdict::Accepted(_));
    assert!(ask(Request::Unlock(Units(5 * ETM))));
    assert!(!ask(Request::Vote(MinerId(1))), "there will be no position");
    assert!(!ask(Request::Unlock(Units(1))));
    assert!(!ask(Request::Lock(Units(ETM - 1))), "below the least lock");
    assert!(ask(Request::Lock(Units(2 * ETM))));
    assert!(!ask(Request::Withdraw), "the new position votes for nobody");
    assert!(ask(Request::Vote(MinerId(1))));
    assert!(ask(Request::Lock(Units(ETM))));
    assert_eq!(locked(&world), Some((3, Some(MinerId(1)))));
    checked(&world);
    finish(&mut world);
    let position = world.position(&0).unwrap().unwrap().position;
    assert_eq!(
        (position.locked.0 / ETM, position.t.get(), position.miner),
        (3, 1, Some(MinerId(1)))
    );
    assert_eq!(world.store().pending(&0).unwrap(), None);
    checked(&world);
}
