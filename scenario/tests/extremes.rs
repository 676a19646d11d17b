//! The bounds of section 13, and beyond: amounts near 2^64 and of 1 unit, against the naive model.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::assert_agreement;
use etm_mechanism::Round;
use etm_scenario::{
    Amount, Beacon, BlockEntry, GenesisAccount, GenesisEntry, GenesisMinerEntry,
    GenesisPositionEntry, Operation, ParamsEntry, RequestEntry, RoundEntry, Runner, Scenario,
    ScenarioFormat,
};

/// All that will be issued, and as much in fees as these worlds ever collect.
const ISSUED: u64 = 26_500_000_000_000_000 + 1_000_000;

/// Positions by amount, time gain and miner; every owner is also the account of its position.
fn world(positions: &[(u64, u8, u32)], miners: usize, rounds: u64, committee: u32) -> Scenario {
    let params = ParamsEntry {
        committee: Some(committee),
        blocks_per_round: Some(2),
        min_committee: Some(1),
        min_lock: Some(Amount(1)),
        deposit: Some(Amount(0)),
        day_seconds: Some(3),
    };
    let name = |index: usize| format!("account{index}");
    let genesis = GenesisEntry {
        timestamp: 0,
        beacon: Beacon([255; 32]),
        accounts: vec![GenesisAccount {
            id: "poor".to_owned(),
            free: Amount(3),
        }],
        miners: (0..miners)
            .map(|index| GenesisMinerEntry {
                owner: name(index),
                name: format!("m{index}"),
            })
            .collect(),
        positions: positions
            .iter()
            .enumerate()
            .map(|(index, (locked, t, miner))| GenesisPositionEntry {
                account: name(index),
                locked: Amount(*locked),
                t: *t,
                miner: Some(*miner),
            })
            .collect(),
    };
    let mut runner = Runner::new(&params, &genesis).unwrap();
    let mut entries = Vec::new();
    let mut timestamp = 0;
    for round in 0..rounds {
        let committee = runner.mechanism().store();
        let committee = etm_mechanism::Store::committee(committee, Round(round))
            .unwrap()
            .unwrap();
        let blocks = (u64::from(round == 0)..2).map(|block| {
            timestamp += 1;
            let operation = match (round % 4, block) {
                (1, 1) => Operation::Lock(Amount(1)),
                (2, 1) => Operation::Vote((round % miners as u64) as u32),
                (3, 1) => Operation::Unlock(Amount(1)),
                _ => Operation::Withdraw,
            };
            BlockEntry {
                producer: committee[(round + block) as usize % committee.len()].0,
                missed: vec![committee[0].0; 2],
                timestamp,
                fees: Amount(7),
                requests: ["account0", "poor"]
                    .map(|account| RequestEntry {
                        account: account.to_owned(),
                        operation: operation.clone(),
                    })
                    .to_vec(),
            }
        });
        let entry = RoundEntry {
            blocks: blocks.collect(),
            beacon: Beacon([round as u8; 32]),
        };
        runner.round(&entry).unwrap();
        entries.push(entry);
    }
    Scenario {
        format: ScenarioFormat::V1,
        params,
        genesis,
        rounds: entries,
    }
}

#[test]
fn one_position_of_nearly_all_units_there_can_be() {
    for t in [1, 32] {
        let scenario = world(&[(u64::MAX - ISSUED - 3, t, 0)], 1, 12, 1);
        assert_agreement(&scenario, "nearly-all.json");
    }
    let half = (u64::MAX - ISSUED) / 2 - 3;
    let scenario = world(&[(half, 32, 0), (half, 31, 1)], 2, 12, 2);
    assert_agreement(&scenario, "two-halves.json");
}

#[test]
fn the_whole_supply_of_the_mainnet() {
    let scenario = world(&[(50_000_000_000_000_000, 32, 0), (1, 1, 1)], 2, 12, 2);
    assert_agreement(&scenario, "whole-supply.json");
}

#[test]
fn positions_of_one_unit() {
    // A pool among next to nobody: delta near its greatest.
    let scenario = world(&[(1, 1, 0)], 1, 24, 1);
    assert_agreement(&scenario, "one-unit.json");
    let ones: Vec<_> = (0..40)
        .map(|index| (1 + index / 32, 1 + (index % 32) as u8, (index % 3) as u32))
        .collect();
    let scenario = world(&ones, 3, 24, 2);
    assert_agreement(&scenario, "units.json");
}

#[test]
fn rounds_with_more_blocks_than_halvings() {
    // One member makes all 101 blocks: t / 2^101.
    let mut scenario = world(&[(100_000_000, 32, 0), (500, 17, 0)], 1, 0, 1);
    scenario.params.blocks_per_round = Some(101);
    scenario.params.day_seconds = Some(60);
    let mut timestamp = 0;
    scenario.rounds = (0..4u8)
        .map(|round| {
            let blocks = (usize::from(round == 0)..101).map(|_| {
                timestamp += 1;
                BlockEntry {
                    producer: 0,
                    missed: Vec::new(),
                    timestamp,
                    fees: Amount(0),
                    requests: Vec::new(),
                }
            });
            RoundEntry {
                blocks: blocks.collect(),
                beacon: Beacon([round; 32]),
            }
        })
        .collect();
    assert_agreement(&scenario, "many-halvings.json");
}

#[test]
fn a_day_of_centuries() {
    let mut scenario = world(&[(100_000_000, 3, 0), (500, 17, 0)], 1, 2, 1);
    scenario.params.day_seconds = Some(1);
    scenario.rounds[1].blocks[1].timestamp = u64::MAX;
    assert_agreement(&scenario, "centuries.json");
}
