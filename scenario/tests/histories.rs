//! Random histories: the mechanism against the naive model, with all checks after every block.
//!
//! A history that fails is shrunk and written as a scenario file; `tests/regressions` keeps those worth keeping.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{disagreement, save};
use etm_mechanism::{Round, Store as _};
use etm_scenario::{
    Amount, Beacon, BlockEntry, GenesisAccount, GenesisEntry, GenesisMinerEntry,
    GenesisPositionEntry, Operation, ParamsEntry, RequestEntry, RoundEntry, Runner, Scenario,
    ScenarioFormat, TransferEntry,
};
use proptest::{collection::vec, prelude::*};
use std::{fs, path::PathBuf};

const ETM: u64 = 100_000_000;
const VOTERS: u8 = 5;

/// A history before it is known who is in which committee: choices are taken modulo what there is.
#[derive(Clone, Debug)]
struct Plan {
    params: (u32, u32, u32, u64),
    deposit: u64,
    miners: u8,
    positions: Vec<(u64, u8, Option<u8>)>,
    rounds: Vec<Vec<BlockPlan>>,
}

#[derive(Clone, Debug)]
struct BlockPlan {
    producer: u8,
    missed: Vec<u8>,
    step: u64,
    fees: u64,
    requests: Vec<(u8, u8, u8, u8)>,
}

fn plans() -> impl Strategy<Value = Plan> {
    let params = (
        1..=5u32,
        2..=5u32,
        1..=3u32,
        prop_oneof![Just(7u64), Just(20), Just(86_400)],
    );
    let position = (ETM..20 * ETM, 1..=32u8, proptest::option::of(0..8u8));
    (
        params,
        prop_oneof![Just(3 * ETM), Just(0)],
        3..=5u8,
        vec(position, usize::from(VOTERS)),
        1..=8usize,
    )
        .prop_flat_map(|(params, deposit, miners, positions, rounds)| {
            let request = (0..12u8, 0..16u8, any::<u8>(), any::<u8>());
            let block = (
                any::<u8>(),
                vec(any::<u8>(), 0..3),
                1..30u64,
                0..4u64,
                vec(request, 0..5),
            );
            let block = block.prop_map(|(producer, missed, step, fees, requests)| BlockPlan {
                producer,
                missed,
                step,
                fees: fees * 12_345_679,
                requests,
            });
            let blocks = vec(block, params.1 as usize);
            vec(blocks, rounds).prop_map(move |rounds| Plan {
                params,
                deposit,
                miners,
                positions: positions.clone(),
                rounds,
            })
        })
}

fn account(index: u8, miners: u8) -> String {
    match index % (VOTERS + miners + 1) {
        index if index < VOTERS => format!("voter{index}"),
        index if index < VOTERS + miners => format!("owner{}", index - VOTERS),
        _ => "stranger".to_owned(),
    }
}

/// Plays the plan to turn its choices into a scenario.
fn scenario(plan: &Plan) -> Scenario {
    let (committee, blocks_per_round, min_committee, day_seconds) = plan.params;
    let params = ParamsEntry {
        committee: Some(committee),
        blocks_per_round: Some(blocks_per_round),
        min_committee: Some(min_committee),
        deposit: Some(Amount(plan.deposit)),
        day_seconds: Some(day_seconds),
        ..ParamsEntry::default()
    };
    let owners = (0..plan.miners).map(|index| account(VOTERS + index, plan.miners));
    let own = owners
        .clone()
        .enumerate()
        .map(|(index, account)| GenesisPositionEntry {
            account,
            locked: Amount((10 + index as u64) * ETM),
            t: 1,
            miner: Some(index as u32),
        });
    let others = plan
        .positions
        .iter()
        .enumerate()
        .map(|(index, (locked, t, miner))| GenesisPositionEntry {
            account: account(index as u8, plan.miners),
            locked: Amount(*locked),
            t: *t,
            miner: miner.map(|miner| u32::from(miner % plan.miners)),
        });
    let accounts = (0..VOTERS + plan.miners).map(|index| GenesisAccount {
        id: account(index, plan.miners),
        free: Amount(u64::from(index % 4) * 4 * ETM + 17),
    });
    let genesis = GenesisEntry {
        timestamp: 1_000,
        beacon: Beacon([7; 32]),
        accounts: accounts.collect(),
        miners: owners
            .enumerate()
            .map(|(index, owner)| GenesisMinerEntry {
                owner,
                name: format!("m{index}"),
            })
            .collect(),
        positions: own.chain(others).collect(),
    };
    let mut runner = Runner::new(&params, &genesis).unwrap();
    let mut rounds = Vec::new();
    let mut timestamp = genesis.timestamp;
    for (round, blocks) in plan.rounds.iter().enumerate() {
        let members = runner
            .mechanism()
            .store()
            .committee(Round(round as u64))
            .unwrap()
            .unwrap();
        let member = |choice: &u8| members[usize::from(*choice) % members.len()].0;
        let mut entries = Vec::new();
        for block in blocks.iter().skip(usize::from(round == 0)) {
            timestamp += block.step;
            entries.push(BlockEntry {
                producer: member(&block.producer),
                missed: block.missed.iter().map(member).collect(),
                timestamp,
                fees: Amount(block.fees),
                requests: block
                    .requests
                    .iter()
                    .map(|choice| request(&runner, plan, choice))
                    .collect(),
            });
        }
        let entry = RoundEntry {
            blocks: entries,
            beacon: Beacon([round as u8 ^ blocks[0].producer; 32]),
        };
        runner.round(&entry).unwrap();
        rounds.push(entry);
    }
    Scenario {
        format: ScenarioFormat::V1,
        params,
        genesis,
        rounds,
    }
}

/// A request whose amounts lie at and around the edges of what the account had at the beginning of the round.
fn request(runner: &Runner, plan: &Plan, choice: &(u8, u8, u8, u8)) -> RequestEntry {
    let (kind, who, amount, other) = *choice;
    let name = account(who, plan.miners);
    let balance = runner.mechanism().balance(&name).unwrap().0;
    let position = runner.mechanism().position(&name).unwrap();
    let locked = position.map_or(0, |view| view.position.locked.0);
    let amounts = [
        ETM,
        1,
        ETM - 1,
        balance,
        balance + 1,
        locked,
        locked.saturating_sub(ETM),
        locked / 2,
        balance / 2,
        3 * ETM,
        locked.saturating_sub(1),
        0,
        u64::MAX,
    ];
    let amount = Amount(amounts[usize::from(amount) % amounts.len()]);
    let miner = u32::from(other % (plan.miners + 3));
    let operation = match kind {
        0 | 1 => Operation::Lock(amount),
        2 | 3 => Operation::Unlock(amount),
        4..=6 => Operation::Vote(miner),
        7 => Operation::Withdraw,
        8 => Operation::Register(
            ["m0", "m1", "new", "new2", "BAD"][usize::from(other % 5)].to_owned(),
        ),
        9 => Operation::Resign,
        _ => Operation::Transfer(TransferEntry {
            to: account(other, plan.miners),
            amount,
        }),
    };
    RequestEntry {
        account: name,
        operation,
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_mechanism_agrees_with_the_naive_model(plan in plans()) {
        let scenario = scenario(&plan);
        if let Some(wrong) = disagreement(&scenario) {
            let path = save(&scenario, "history.json");
            return Err(TestCaseError::fail(format!("{wrong}; saved as {}", path.display())));
        }
    }
}

#[test]
fn regressions() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/regressions");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let scenario = Scenario::parse(&fs::read_to_string(&file).unwrap()).unwrap();
        assert_eq!(disagreement(&scenario), None, "{}", file.display());
    }
}
