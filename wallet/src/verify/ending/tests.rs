use super::*;
use crate::act::preview_fixtures::{account, parameters};
use etm_types::api::Amount;
use serde_json::{Value, json};

const LOCKED: u64 = 600;

/// An account with 600 ETM at t = 20 for miner 1, in whose round of 20 blocks 4 are to come.
fn told() -> Account {
    account(100, LOCKED, 20, Some(1))
}

/// Where its miner is known to sit in the committee, all that it is said to have made is proved.
fn judged(account: &Account, seated: Option<bool>) -> Result<Ending, String> {
    let blocks = account.round_end.halvings_due.into();
    let seat = match seated {
        None => Seat::Unknown,
        Some(false) => Seat::None,
        Some(true) => Seat::Made {
            blocks,
            height: account.height,
        },
    };
    ending(account, account.position.as_ref(), &parameters(3), seat)
}

/// The same at the end of the round, whichever way it goes.
fn then(account: &mut Account, t: u8, miner: Option<u32>) {
    let miner = miner.map(|id| MinerRef {
        id,
        name: format!("m{id}"),
    });
    for projected in [
        &mut account.projected,
        &mut account.projected_best,
        &mut account.projected_worst,
    ] {
        let projected = projected.as_mut().unwrap();
        projected.time_gain = t;
        projected.miner.clone_from(&miner);
    }
}

fn asks(account: &mut Account, requests: &[Value]) {
    let requests = requests.iter().map(|request| {
        json!({ "request": request, "transaction": null, "height": 60, "effective_round": 3 })
    });
    account.pending_requests = serde_json::from_value(requests.collect::<Vec<_>>().into()).unwrap();
}

fn vote(miner: u32) -> Value {
    json!({ "kind": "vote", "miner": { "id": miner, "name": format!("m{miner}") } })
}

fn halvings(account: &mut Account, due: u32, expected: u32, most: u32) {
    let end = &mut account.round_end;
    (end.halvings_due, end.halvings_expected, end.halvings_most) = (due, expected, most);
}

/// Whoever is told that t is 1 by then anyway finds nothing wrong with a switch, and loses half of 32.
#[test]
fn no_miner_halves_that_sits_in_no_committee() {
    let mut account = told();
    halvings(&mut account, 0, 3, 4);
    account.projected.as_mut().unwrap().time_gain = 2;
    account.projected_worst.as_mut().unwrap().time_gain = 1;
    assert_eq!(judged(&account, Some(true)), Ok(Ending::default()));
    let refused = judged(&account, Some(false)).unwrap_err();
    assert!(refused.contains("sits in no committee"), "{refused}");
    // At the end of a round nothing proves who sits in the next committee, and that is told.
    let seat = judged(&account, None).unwrap();
    assert!(seat.seat, "{seat:?}");
    assert!(!judged(&told(), None).unwrap().seat);
    // A member may make all the blocks that are to come, which is not hidden.
    halvings(&mut account, 0, 3, 3);
    account.projected_worst.as_mut().unwrap().time_gain = 2;
    assert!(judged(&account, Some(true)).is_err());
}

/// Whoever is told that t is halved six times already finds nothing wrong with a switch, and loses half of 32.
#[test]
fn a_member_made_what_the_state_says() {
    let mut account = told();
    halvings(&mut account, 3, 3, 7);
    for (projected, t) in [
        (&mut account.projected, 2),
        (&mut account.projected_best, 2),
        (&mut account.projected_worst, 1),
    ] {
        projected.as_mut().unwrap().time_gain = t;
    }
    let judged = |blocks, height| {
        let seat = Seat::Made { blocks, height };
        ending(&account, account.position.as_ref(), &parameters(3), seat)
    };
    let now = account.height;
    // Each of the blocks since may be one of its own.
    for (blocks, height) in [
        (3, now),
        (3, now + 2),
        (4, now + 1),
        (5, now + 2),
        (3, now - 1),
    ] {
        assert_eq!(
            judged(blocks, height),
            Ok(Ending::default()),
            "{blocks} {height}"
        );
    }
    // An older state doesn't say which of those since it made.
    assert!(judged(2, now - 1).unwrap().seat);
    for (blocks, height) in [
        (2, now),
        (2, now + 9),
        (4, now),
        (6, now + 2),
        (4, now - 3),
        (1, now - 1),
    ] {
        let refused = judged(blocks, height).unwrap_err();
        assert!(refused.contains("has made 3 blocks"), "{refused}");
    }
}

/// What the state says of a seat is taken as it is: none where the next committee is not known.
#[test]
fn a_seat_is_what_was_proved_of_it() {
    let hash = "00".repeat(32);
    for (seated, produced, seat) in [
        (None, None, Seat::Unknown),
        (Some(false), None, Seat::None),
        (
            Some(true),
            Some(2),
            Seat::Made {
                blocks: 2,
                height: 70,
            },
        ),
    ] {
        let proved = serde_json::from_value(json!({
            "chain": hash, "round": 3, "height": 70, "timestamp_ms": 5, "state_root": hash, "signers": [],
            "miner": { "id": 1, "name": "m1" }, "seated": seated, "produced": produced, "votes": "1", "cohorts": [], "position": null
        }));
        assert_eq!(Seat::of(&proved.unwrap()), seat);
    }
}

/// Who has nothing locked yet is judged by what a request locks.
#[test]
fn what_nothing_proves_has_to_make_sense() {
    let mut account = told();
    account.position = None;
    asks(
        &mut account,
        &[json!({ "kind": "lock", "amount": "60000000000" }), vote(1)],
    );
    assert!(judged(&account, Some(false)).is_err());
    then(&mut account, 1, Some(1));
    assert_eq!(judged(&account, Some(false)), Ok(Ending::default()));
    then(&mut account, 1, None);
    assert!(judged(&account, Some(false)).unwrap().leaves);
    asks(&mut account, &[]);
    let refused = judged(&account, Some(false)).unwrap_err();
    assert!(
        refused.contains("can't come of nothing locked"),
        "{refused}"
    );
}

#[test]
fn the_end_of_a_round_halves_and_adds_days_as_it_is_told_to() {
    let mut account = told();
    halvings(&mut account, 1, 2, 5);
    account.round_end.days = 1;
    account.projected.as_mut().unwrap().time_gain = 6;
    account.projected_worst.as_mut().unwrap().time_gain = 2;
    account.projected_best.as_mut().unwrap().time_gain = 11;
    assert_eq!(judged(&account, Some(true)), Ok(Ending::default()));
    // So many days more may begin late, in the best.
    for (t, possible) in [(10, false), (11, true), (12, true), (13, false)] {
        account.projected_best.as_mut().unwrap().time_gain = t;
        assert_eq!(judged(&account, Some(true)).is_ok(), possible, "{t}");
    }
    account.projected_best.as_mut().unwrap().time_gain = 11;
    account.projected.as_mut().unwrap().time_gain = 5;
    assert!(judged(&account, Some(true)).is_err());
}

/// The round began when the one before ended, and nothing proves when that was.
#[test]
fn more_days_than_the_blocks_make_likely_are_told() {
    let mut account = told();
    let mut parameters = parameters(3);
    let judged = |account: &Account, parameters: &Parameters| {
        let now = account.position.as_ref();
        ending(account, now, parameters, Seat::None).unwrap().days
    };
    for (days, t, unlikely) in [(1, 21, None), (2, 22, Some(2)), (31, 32, Some(31))] {
        account.round_end.days = days;
        then(&mut account, t, Some(1));
        // Nobody travels in time on another chain than a devnet.
        parameters.chain.devnet = true;
        assert_eq!(judged(&account, &parameters), None);
        parameters.chain.devnet = false;
        assert_eq!(judged(&account, &parameters), unlikely);
    }
}

/// A chain whose days are shorter than its rounds has more of them where slots are missed, and no honest node is accused for that.
#[test]
fn days_that_may_begin_late_are_as_many_as_fit() {
    let mut account = told();
    account.round_end.blocks_to_come = 10;
    let mut parameters = parameters(3);
    for (slot_ms, day_seconds, late) in [
        (3_000, 86_400, 1),
        (500, 4, 2),
        (500, 1, 8),
        (500, 0, 7_501),
    ] {
        (parameters.slot_ms, parameters.day_seconds) = (slot_ms, day_seconds);
        assert_eq!(
            late_days(&parameters, &account),
            late,
            "{slot_ms} {day_seconds}"
        );
    }
}

/// A request that was accepted changes what it changes, and hides nothing else.
#[test]
fn accepted_requests_are_applied() {
    let lock = json!({ "kind": "lock", "amount": "100000000" });
    let mut account = told();
    asks(&mut account, std::slice::from_ref(&lock));
    // The lock is told to be of nothing, or the vote to end with it.
    assert!(judged(&account, Some(false)).is_err());
    for projected in [
        &mut account.projected,
        &mut account.projected_best,
        &mut account.projected_worst,
    ] {
        projected.as_mut().unwrap().locked = Amount((LOCKED + 1) * 100_000_000);
    }
    then(&mut account, 19, Some(1));
    assert_eq!(judged(&account, Some(false)), Ok(Ending::default()));
    then(&mut account, 19, None);
    assert!(judged(&account, Some(false)).unwrap().leaves);
    then(&mut account, 32, None);
    assert!(judged(&account, Some(false)).is_err());
}

#[test]
fn votes_and_withdrawals_halve_unless_a_miner_resigned() {
    let withdraw = json!({ "kind": "withdraw" });
    type Case<'a> = (&'a [Value], u8, Option<u32>, Option<bool>);
    let cases: [Case<'_>; 9] = [
        (&[vote(2)], 10, Some(2), Some(false)),
        (&[vote(1)], 20, Some(1), Some(false)),
        (std::slice::from_ref(&withdraw), 10, None, Some(false)),
        // The miner before it had resigned, or the one voted for has.
        (&[vote(2)], 20, Some(2), Some(true)),
        (&[vote(2)], 20, Some(1), Some(true)),
        (&[vote(2)], 10, None, Some(true)),
        (&[vote(2)], 9, Some(2), None),
        (&[vote(2)], 10, Some(3), None),
        (std::slice::from_ref(&withdraw), 32, None, None),
    ];
    for (requests, t, miner, leaves) in cases {
        let mut account = told();
        asks(&mut account, requests);
        then(&mut account, t, miner);
        let judged = judged(&account, Some(false));
        let found = judged.ok().map(|ending| ending.leaves);
        assert_eq!(found, leaves, "{requests:?} {t} {miner:?}");
    }
    // The miner of one's own, by one's own resignation.
    let mut account = told();
    account.miner = Some(MinerRef {
        id: 1,
        name: "m1".to_owned(),
    });
    asks(&mut account, &[json!({ "kind": "resign" })]);
    then(&mut account, 20, None);
    assert_eq!(judged(&account, Some(false)), Ok(Ending::default()));
}

#[test]
fn what_no_chain_accepts_was_not_accepted() {
    let unlock = |amount: &str| json!({ "kind": "unlock", "amount": amount });
    for (requests, with) in [
        (
            vec![json!({ "kind": "lock", "amount": "0" })],
            "no chain accepts",
        ),
        (vec![unlock("60000000001")], "no chain accepts"),
        (vec![unlock("60000000000"), vote(2)], "no chain accepts"),
        (vec![json!({ "kind": "resign" })], "no chain accepts"),
        (
            vec![json!({ "kind": "register", "name": "Ä" })],
            "registers as",
        ),
    ] {
        let mut account = told();
        asks(&mut account, &requests);
        let refused = judged(&account, Some(false)).unwrap_err();
        assert!(refused.contains(with), "{refused}");
    }
    let mut account = told();
    asks(&mut account, &[vote(1)]);
    account.pending_requests[0].effective_round = 4;
    let refused = judged(&account, Some(false)).unwrap_err();
    assert!(refused.contains("end of round 4"), "{refused}");
    // Nothing is left of what is unlocked.
    asks(&mut account, &[unlock("60000000000")]);
    assert!(judged(&account, Some(false)).is_err());
    (
        account.projected,
        account.projected_best,
        account.projected_worst,
    ) = (None, None, None);
    assert_eq!(judged(&account, Some(false)), Ok(Ending::default()));
}

mod vectors;
