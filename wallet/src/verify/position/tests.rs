use super::*;
use crate::act::preview_fixtures::{account, parameters};
use serde_json::json;

const LOCKED: u64 = 600;

/// An account with 600 ETM at t = 20 for miner 1, as a node tells of it.
fn told() -> Account {
    account(100, LOCKED, 20, Some(1))
}

/// What the state says of it.
fn proved() -> CheckedVotes {
    let told = told();
    let position = told.position.unwrap();
    let hash = "00".repeat(32);
    serde_json::from_value(json!({
        "chain": hash, "round": told.effective_round, "height": told.height, "timestamp_ms": 5, "state_root": hash, "signers": [],
        "miner": { "id": 1, "name": "m1" }, "seated": false, "produced": null, "votes": position.votes, "cohorts": [],
        "position": {
            "address": told.address, "locked": position.locked, "time_gain": 20, "weight": "1", "votes": position.votes
        }
    }))
    .unwrap()
}

const fn is_proved(height: u64) -> Standing {
    Standing::Proved {
        height,
        timestamp_ms: 5,
        ending: Ending {
            leaves: false,
            days: None,
            seat: false,
        },
    }
}

fn refused(account: &Account) -> String {
    let position = account.position.as_ref().unwrap();
    let failure = judge(account, position, &proved(), &parameters(3)).unwrap_err();
    assert_eq!(failure.code, "does_not_verify");
    failure.message
}

#[test]
fn what_the_state_holds_is_proved() {
    let account = told();
    let position = account.position.as_ref().unwrap();
    assert_eq!(
        judge(&account, position, &proved(), &parameters(3)),
        Ok(is_proved(account.height))
    );
    // A block in between changes nothing, the end of a round may.
    let mut later = proved();
    later.height += 1;
    let standing = judge(&account, position, &later, &parameters(3));
    assert_eq!(standing, Ok(is_proved(account.height + 1)));
    for round in [later.round - 1, later.round + 1] {
        let other = CheckedVotes {
            round,
            ..later.clone()
        };
        assert_eq!(
            judge(&account, position, &other, &parameters(3)),
            Ok(Standing::Elsewhere)
        );
    }
}

/// What a node makes of what is so.
type Lie = fn(&mut Account);

/// Whoever is told of a t of 2 finds nothing wrong with a switch that leaves 1, and loses 19.
#[test]
fn a_difference_is_named() {
    let lies: [(Lie, &str); 7] = [
        (
            |account| account.position.as_mut().unwrap().time_gain = 2,
            "that t is 2, and it is 20",
        ),
        (
            |account| account.position.as_mut().unwrap().locked.0 -= 1,
            "that 599.99999999 ETM are locked, and it is 600 ETM",
        ),
        (
            |account| {
                account
                    .position
                    .as_mut()
                    .unwrap()
                    .miner
                    .as_mut()
                    .unwrap()
                    .id = 2
            },
            "that the vote is for m1 (#2), and it is for m1 (#1)",
        ),
        (
            |account| account.projected.as_mut().unwrap().time_gain = 2,
            "that at the end of the round 600 ETM at t = 2 are left, for m1 (#1), which can't come of 600 ETM at t = 20",
        ),
        (
            |account| {
                let position = account.position.as_mut().unwrap();
                position.miner.as_mut().unwrap().name = "satoshi".to_owned();
            },
            "that the vote is for satoshi (#1), and it is for m1 (#1)",
        ),
        (
            |account| {
                account
                    .projected
                    .as_mut()
                    .unwrap()
                    .miner
                    .as_mut()
                    .unwrap()
                    .id = 2
            },
            "600 ETM at t = 20 are left, for m1 (#2), which can't come of 600 ETM at t = 20 for m1 (#1)",
        ),
        (
            |account| account.projected_worst = None,
            "that at the end of the round nothing is left",
        ),
    ];
    for (lie, with) in lies {
        let mut account = told();
        lie(&mut account);
        let message = refused(&account);
        assert!(message.contains(with), "{message}");
    }
    let mut anothers = proved();
    anothers.position.as_mut().unwrap().address = "B".to_owned();
    let account = told();
    let position = account.position.as_ref().unwrap();
    let failure = judge(&account, position, &anothers, &parameters(3)).unwrap_err();
    assert!(
        failure.message.contains("of a position that isn't"),
        "{failure}"
    );
}

/// A position that votes for nobody, and one that isn't there yet, can't be proved: what is told of their end of the round has to follow all the same.
#[test]
fn what_nothing_proves_can_be_a_lie() {
    let mut account = account(100, LOCKED, 20, None);
    let standing = |account: &Account| unprovable(account, &parameters(3), "why");
    let ending = Ending::default();
    assert_eq!(standing(&account), Ok(Standing::Unprovable("why", ending)));
    account.projected.as_mut().unwrap().time_gain = 2;
    let failure = standing(&account).unwrap_err();
    assert_eq!(failure.code, "does_not_verify");
    assert!(failure.message.contains("which can't come of"), "{failure}");
}

/// A vote ends with its miner, so that this is no lie for sure: it is asked about apart.
#[test]
fn a_vote_that_is_told_to_end_is_noted() {
    let mut account = told();
    account.projected.as_mut().unwrap().miner = None;
    let position = account.position.clone().unwrap();
    let standing = judge(&account, &position, &proved(), &parameters(3)).unwrap();
    assert!(matches!(
        standing,
        Standing::Proved {
            ending: Ending { leaves: true, .. },
            ..
        }
    ));
}
