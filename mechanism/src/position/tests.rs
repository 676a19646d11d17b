use super::*;
use alloc::{vec, vec::Vec};

const MIN_LOCK: Units = Units(10);
const MINERS: [MinerId; 2] = [MinerId(0), MinerId(1)];

fn actions() -> Vec<Action> {
    let mut actions = vec![Action::Withdraw, Action::Resign];
    for amount in [0, 1, 9, 10, 11, 25, 1 << 40] {
        actions.push(Action::Lock(Units(amount)));
        actions.push(Action::Unlock(Units(amount)));
    }
    actions.extend(MINERS.map(Action::Vote));
    actions.push(Action::Register(MinerName::new("a").unwrap(), Units(1)));
    actions
}

fn beginnings() -> Vec<Option<Position>> {
    let mut positions = vec![None];
    for t in [1, 2, 3, 32] {
        for miner in [None, Some(MINERS[0]), Some(MINERS[1])] {
            for locked in [10, 11, 20] {
                positions.push(Some(Position {
                    locked: Units(locked),
                    t: TimeGain::new(t).unwrap(),
                    miner,
                }));
            }
        }
    }
    positions
}

/// Every row of three actions from every beginning: what is accepted can be done at the end of the round, and makes
/// what was projected of it, so the two halves of the rule say the same.
#[test]
fn what_is_accepted_comes_as_projected() {
    let facts = Facts {
        min_lock: MIN_LOCK,
        owns: Some(MinerId(7)),
        registered: true,
        name_taken: false,
    };
    let mut accepted = 0u32;
    for beginning in beginnings() {
        let projection = Pending {
            locked: beginning.map_or(Units::ZERO, |position| position.locked),
            vote: beginning.and_then(|position| position.miner),
            ..Pending::default()
        };
        let mut rows = vec![(beginning, projection)];
        for _ in 0..3 {
            let mut next = Vec::new();
            for (position, projection) in rows {
                for action in actions() {
                    let mut projected = projection;
                    if projected.accept(&action, &facts).is_err() {
                        assert_eq!(projected, projection, "{action:?} was rejected");
                        continue;
                    }
                    accepted += 1;
                    let Ok(after) = Position::after(position, &action, |_| true) else {
                        panic!("{action:?} was accepted for {position:?}");
                    };
                    let locked = after.map_or(Units::ZERO, |after| after.locked);
                    assert_eq!(locked, projected.locked, "{action:?}");
                    assert_eq!(after.and_then(|after| after.miner), projected.vote);
                    assert!(after.is_none_or(|after| after.locked >= MIN_LOCK));
                    next.push((after, projected));
                }
            }
            rows = next;
        }
    }
    assert!(accepted > 10_000, "{accepted}");
}

#[test]
fn votes_move_and_time_gain_is_halved_as_section_3_says() {
    let own = |t: u8, miner: Option<u32>| Position {
        locked: Units(100),
        t: TimeGain::new(t).unwrap(),
        miner: miner.map(MinerId),
    };
    let vote = |position, miner| {
        Position::after(Some(position), &Action::Vote(MinerId(miner)), |_| true).unwrap()
    };
    assert_eq!(vote(own(9, None), 1), Some(own(9, Some(1))));
    assert_eq!(vote(own(9, Some(0)), 1), Some(own(4, Some(1))));
    assert_eq!(vote(own(1, Some(0)), 1), Some(own(1, Some(1))));
    assert_eq!(vote(own(9, Some(1)), 1), Some(own(9, Some(1))));
    let withdrawn = Position::after(Some(own(9, Some(1))), &Action::Withdraw, |_| true);
    assert_eq!(withdrawn, Ok(Some(own(4, None))));
    assert_eq!(
        own(32, Some(1)).after_round(2, 1),
        own(9, Some(1)),
        "halved twice, then a day"
    );
    assert_eq!(own(5, Some(1)).votes_for(MinerId(0)), Votes::ZERO);
    assert_eq!(own(5, Some(1)).votes_for(MinerId(1)), own(5, None).votes());
}

#[test]
fn a_resignation_makes_votes_and_withdrawals_void_and_nothing_else() {
    let own = Position::new(Units(100));
    let gone = |action: Action| Position::after(Some(own), &action, |_| false);
    assert_eq!(gone(Action::Vote(MinerId(0))), Err(Inapplicable::Void));
    assert_eq!(gone(Action::Withdraw), Err(Inapplicable::Void));
    assert_eq!(gone(Action::Unlock(Units(100))), Ok(None));
    let impossible = Err(Inapplicable::Impossible);
    assert_eq!(gone(Action::Unlock(Units(101))), impossible);
    assert_eq!(
        Position::after(None, &Action::Withdraw, |_| true),
        impossible
    );
}
