//! What a page costs: steps, counted, on chains of many ages.

use etm_types::{Address, MinerId};
use rusqlite::{Connection, params};

use super::World;
use crate::course;
use crate::life::Teller;
use crate::store::lock;
use crate::testing::account;

/// Makes up the ends of rounds `from .. until`, in two of three of which miner 1 has a seat; days pass now and then.
fn pass_rounds(world: &World, from: u64, until: u64) {
    let store = world.history.store().unwrap();
    let mut writer = lock(&store.writer);
    let transaction = writer.connection.transaction().unwrap();
    for round in from..until {
        let days = u64::from(round % 7 == 3) + 2 * u64::from(round % 41 == 0);
        transaction
            .prepare_cached(
                "INSERT INTO rounds (round, first_height, last_height, timestamp_ms, missed, transactions, collected, fees,
                 fee_share, fees_pending, bonus, carry_in, carry_out, lucky, days, average, seed, beacon, applied, void, kept,
                 members, drawn, candidates, locked, distributed)
                 VALUES (?1, ?1 * 4, ?1 * 4 + 3, ?1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ?2, 0, x'', x'', 0, 0, 0, x'', x'', x'', 0, 0)",
            )
            .unwrap()
            .execute(params![round as i64, days as i64])
            .unwrap();
        if round % 3 == 2 {
            continue;
        }
        let number: i64 = transaction
            .query_row("SELECT seats FROM miners WHERE id = 1", [], |row| {
                row.get(0)
            })
            .unwrap();
        let pool = if round % 5 == 0 {
            0
        } else {
            1_000_003 + 7 * round as i64
        };
        transaction
            .prepare_cached(
                "INSERT INTO seats (miner, round, place, produced, missed, pool, lucky, votes, rewards, fees, number, shares)
                 VALUES (1, ?1, 0, ?2, 0, ?3, 0, ?4, 0, 0, ?5, ?6)",
            )
            .unwrap()
            .execute(params![
                round as i64,
                (round % 4 == 0) as i64,
                pool,
                (u128::from(round + 9) << 70).to_be_bytes(),
                number,
                pool > 0
            ])
            .unwrap();
        transaction
            .execute("UPDATE miners SET seats = seats + 1 WHERE id = 1", [])
            .unwrap();
        course::extend(&transaction, 1, number as u64).unwrap();
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
                let (_, life) = teller.life(account).unwrap();
                assert!(life.earned.0 > 0);
            }),
        ),
        (
            "bonus",
            count(&|teller| {
                let rows = teller.rounds(account, finished(teller), false, 50).unwrap();
                assert_eq!(rows.len(), 50);
            }),
        ),
        (
            "bonus in the middle",
            count(&|teller| {
                let middle = finished(teller) / 2;
                let rows = teller.rounds(account, middle, true, 50).unwrap();
                assert_eq!(rows.len(), 50);
            }),
        ),
        (
            "timeline",
            count(&|teller| {
                let changes = teller.life(account).unwrap().0.changes;
                let page = teller.changes(account, changes - 50..changes).unwrap();
                assert_eq!(page.len(), 50);
            }),
        ),
        (
            "timeline in the middle",
            count(&|teller| {
                let middle = teller.life(account).unwrap().0.changes / 2;
                let page = teller.changes(account, middle..middle + 50).unwrap();
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
    let plain = world.told(&voter);
    let life = world.history.life(&voter).unwrap();
    assert_eq!(
        (life.earned, life.earned_by_present, life.finished),
        (plain.earned, plain.earned_by_present, plain.finished)
    );
    assert!(plain.earnings.len() > 13_000);
    assert_eq!(world.changes(&voter, 997), plain.changes);
    let page = world.history.bonus(&voter, Some(9_000), true, 400).unwrap();
    for row in &page.rounds {
        let place = plain
            .earnings
            .binary_search_by_key(&row.round, |earning| earning.round);
        assert_eq!(plain.earnings[place.unwrap()].earned.0, row.earned.0);
    }
}
