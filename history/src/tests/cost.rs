//! What a page costs: steps, counted, on chains of many ages.

use etm_mechanism::weight;
use etm_types::{Address, MinerId, Round, TimeGain, Units};
use ruint::aliases::U256;
use rusqlite::{Connection, params};

use super::World;
use crate::course::{self, SeatNumber};
use crate::holder::Holder;
use crate::life::Teller;
use crate::lock::lock;
use crate::testing::account;

/// Days that pass at the end of a round.
fn days(round: Round) -> u64 {
    u64::from(round.0 % 7 == 3) + 2 * u64::from(round.0.is_multiple_of(41))
}

/// Blocks, pool and votes of miner 1 in a round in which it has a seat.
fn seat(round: Round) -> Option<(u64, u64, u128)> {
    let pool = if round.0.is_multiple_of(5) {
        0
    } else {
        1_000_003 + 7 * round.0
    };
    let votes = u128::from(round.saturating_add(9).0) << 70;
    (round.0 % 3 != 2).then_some((u64::from(round.0.is_multiple_of(4)), pool, votes))
}

/// What a position that votes for miner 1 earns in each of `rounds`, and how often its time gain changes: steps 3, 5 and 6
/// of the end of a round, one after the other.
fn plain(mut t: TimeGain, locked: Units, rounds: u64) -> (Vec<(u64, u64)>, u64) {
    let (mut gains, mut earned, mut changes) = (U256::ZERO, Vec::new(), 0);
    for round in 0..rounds {
        if let Some((produced, pool, votes)) = seat(Round(round)) {
            let before = gains >> 64;
            let delta = ((U256::from(pool) * U256::from(weight::g(t))) << 64) / U256::from(votes);
            gains += delta * U256::from(weight::w(locked));
            earned.push((round, u64::try_from((gains >> 64) - before).unwrap()));
            let halved = t.halved(produced);
            changes += u64::from(halved != t);
            t = halved;
        }
        let later = t.after_days(days(Round(round)));
        changes += u64::from(later != t);
        t = later;
    }
    (earned, changes)
}

/// Makes up the ends of rounds `from .. until`, in two of three of which miner 1 has a seat; days pass now and then.
fn pass_rounds(world: &World, from: u64, until: u64) {
    let store = world.history.store().unwrap();
    let mut writer = lock(&store.writer);
    let transaction = writer.connection.transaction().unwrap();
    for round in from..until {
        transaction
            .prepare_cached(
                "INSERT INTO rounds (round, first_height, last_height, timestamp_ms, missed, transactions, collected, fees,
                 fee_share, fees_pending, bonus, carry_in, carry_out, lucky, days, average, seed, beacon, applied, void, kept,
                 members, drawn, candidates, locked, distributed)
                 VALUES (?1, ?1 * 4, ?1 * 4 + 3, ?1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ?2, 0, x'', x'', 0, 0, 0, x'', x'', x'', 0, 0)",
            )
            .unwrap()
            .execute(params![round as i64, days(Round(round)) as i64])
            .unwrap();
        let Some((produced, pool, votes)) = seat(Round(round)) else {
            continue;
        };
        let number: i64 = transaction
            .query_row("SELECT seats FROM miners WHERE id = 1", [], |row| {
                row.get(0)
            })
            .unwrap();
        transaction
            .prepare_cached(
                "INSERT INTO seats (miner, round, place, produced, missed, pool, lucky, votes, rewards, fees, number, shares)
                 VALUES (1, ?1, 0, ?2, 0, ?3, 0, ?4, 0, 0, ?5, ?6)",
            )
            .unwrap()
            .execute(params![
                round as i64,
                produced as i64,
                pool as i64,
                votes.to_be_bytes(),
                number,
                pool > 0
            ])
            .unwrap();
        transaction
            .execute("UPDATE miners SET seats = seats + 1 WHERE id = 1", [])
            .unwrap();
        let seat = SeatNumber {
            miner: MinerId(1),
            number: number as u64,
        };
        course::extend(&transaction, seat).unwrap();
    }
    transaction.commit().unwrap();
}

/// The steps of everything that is asked about an account, by what it is.
fn costs(world: &World, account: &Address) -> [(&'static str, u64); 5] {
    let facts = world.history.chain();
    let count = |read: &dyn Fn(&mut Teller<'_>)| {
        let read = |connection: &Connection| {
            let mut teller = Teller::new(connection, facts);
            read(&mut teller);
            Ok(teller.steps)
        };
        world.history.read(read).unwrap()
    };
    let finished = |teller: &Teller<'_>| teller.finished().unwrap();
    [
        (
            "life",
            count(&|teller| {
                let (_, life) = teller.life(&Holder::Account(*account)).unwrap();
                assert!(life.earned.0 > 0);
            }),
        ),
        (
            "bonus",
            count(&|teller| {
                let rows = teller
                    .rounds(&Holder::Account(*account), finished(teller), false, 50)
                    .unwrap();
                assert_eq!(rows.len(), 50);
            }),
        ),
        (
            "bonus in the middle",
            count(&|teller| {
                let middle = finished(teller).0 / 2;
                let rows = teller
                    .rounds(&Holder::Account(*account), Round(middle), true, 50)
                    .unwrap();
                assert_eq!(rows.len(), 50);
            }),
        ),
        (
            "timeline",
            count(&|teller| {
                let changes = teller.life(&Holder::Account(*account)).unwrap().0.changes;
                let page = teller
                    .changes(&Holder::Account(*account), changes - 50..changes)
                    .unwrap();
                assert_eq!(page.len(), 50);
            }),
        ),
        (
            "timeline in the middle",
            count(&|teller| {
                let middle = teller.life(&Holder::Account(*account)).unwrap().0.changes / 2;
                let page = teller
                    .changes(&Holder::Account(*account), middle..middle + 50)
                    .unwrap();
                assert_eq!(page.len(), 50);
            }),
        ),
    ]
}

#[test]
fn a_page_costs_the_same_at_any_age() {
    let world = World::new();
    // From genesis on, never touched since.
    let voter = account(1);
    assert_eq!(
        world
            .history
            .chain()
            .genesis_position(&voter)
            .unwrap()
            .miner,
        Some(MinerId(1))
    );
    let mut ages = Vec::new();
    let mut passed = 0;
    for rounds in [500, 5_000, 20_000] {
        pass_rounds(&world, passed, rounds);
        passed = rounds;
        ages.push(costs(&world, &voter));
    }
    println!("steps by age: {ages:#?}");
    for ((what, young), (_, old)) in ages[0].iter().zip(&ages[2]) {
        // Forty times the age: three more levels of strides, each with a few steps at either end.
        assert!(
            *old <= young + 60,
            "{what}: {young} steps at 500 rounds, {old} at 20,000"
        );
    }
    // The plain way takes a step for each seat, and comes to the same.
    let position = world.history.chain().genesis_position(&voter).unwrap();
    let (earned, changes) = plain(position.time_gain, position.locked, 20_000);
    let life = world.history.life(&voter).unwrap();
    let sum: u64 = earned.iter().map(|(_, earned)| earned).sum();
    assert_eq!((life.earned.0, life.finished), (sum, Round(20_000)));
    assert!(earned.len() > 13_000);
    // That it is there is the first.
    assert_eq!(world.changes(&voter, 997).len() as u64, 1 + changes);
    let page = world
        .history
        .bonus(&voter, Some(Round(9_000)), true, 400)
        .unwrap();
    assert_eq!(page.rounds.len(), 400);
    for row in &page.rounds {
        let place = earned.binary_search_by_key(&row.round, |(round, _)| *round);
        assert_eq!(earned[place.unwrap()].1, row.earned.0);
    }
}
