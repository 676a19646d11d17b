//! Writing a chain down as a scenario.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use etm_mechanism::{
    Genesis, GenesisMiner, GenesisPosition, Mechanism, MemoryStore, MinerId, MinerName, Params,
    PositionView, Request, TimeGain, Units,
};
use etm_scenario::{
    Amount, Beacon, BlockEntry, GenesisAccount, GenesisEntry, GenesisMinerEntry,
    GenesisPositionEntry, Operation, ParamsEntry, RequestEntry, RoundEntry, Scenario,
    ScenarioFormat, export, run,
};

const ETM: u64 = 100_000_000;

/// A chain with fees and a clock of milliseconds, and its scenario: every figure of every account is the same.
#[test]
fn fees_and_milliseconds() {
    let params = Params {
        committee: 1,
        blocks_per_round: 2,
        min_committee: 1,
        day_seconds: 2,
        ..Params::mainnet()
    };
    let genesis_ms = 5_750;
    let genesis = Genesis {
        timestamp: genesis_ms / 1_000,
        beacon: [1; 32],
        accounts: vec![("alice".to_owned(), Units(ETM + 5))],
        miners: vec![GenesisMiner {
            owner: "m0".to_owned(),
            name: MinerName::new("m0").unwrap(),
        }],
        positions: vec![GenesisPosition {
            account: "alice".to_owned(),
            locked: Units(ETM),
            t: TimeGain::MIN,
            miner: Some(MinerId(0)),
        }],
    };
    let mut chain = Mechanism::genesis(params, MemoryStore::new(), genesis).unwrap();
    let clock = export::Clock::milliseconds(genesis_ms, params.day_seconds).unwrap();
    let mut rounds = Vec::new();
    let alice = "alice".to_owned();
    let mut height = 0u64;
    for round in 0..6u64 {
        let mut blocks = Vec::new();
        for _ in u64::from(round == 0)..2 {
            height += 1;
            let time_ms = genesis_ms + 350 * height;
            let mut block = BlockEntry {
                producer: 0,
                missed: Vec::new(),
                timestamp: time_ms,
                fees: Amount(0),
                requests: Vec::new(),
            };
            // The fee exceeds what is free later on, so earned bonus pays.
            let fee = Units(ETM / 5);
            if chain.charge_fee(&alice, fee).unwrap().is_some() {
                export::pay_fee(&mut block, &alice, fee.into()).unwrap();
            }
            chain.request(&alice, Request::Lock(Units(7))).unwrap();
            block.requests.push(RequestEntry {
                account: alice.clone(),
                operation: Operation::Lock(Amount(7)),
            });
            chain.block(MinerId(0), &[], time_ms / 1_000).unwrap();
            blocks.push(block);
        }
        chain.end_round(&[round as u8; 32], |_| true).unwrap();
        rounds.push(RoundEntry {
            blocks,
            beacon: Beacon([round as u8; 32]),
        });
    }
    let scenario = Scenario {
        format: ScenarioFormat::V1,
        params: ParamsEntry {
            day_seconds: Some(clock.day_seconds),
            ..params.into()
        },
        genesis: GenesisEntry {
            timestamp: clock.genesis_timestamp,
            beacon: Beacon([1; 32]),
            accounts: vec![GenesisAccount {
                id: alice.clone(),
                free: Amount(ETM + 5),
            }],
            miners: vec![GenesisMinerEntry {
                owner: "m0".to_owned(),
                name: "m0".to_owned(),
            }],
            positions: vec![GenesisPositionEntry {
                account: alice.clone(),
                locked: Amount(ETM),
                t: 1,
                miner: Some(0),
            }],
        },
        rounds,
    };
    // What is written can be read.
    let written = serde_json::to_string(&scenario).unwrap();
    assert_eq!(Scenario::parse(&written).unwrap(), scenario);

    let last = run(&scenario).unwrap().rounds.pop().unwrap();
    let globals = chain.globals().unwrap();
    assert!(
        globals.bonus_drawn > Units::ZERO,
        "fees were paid from earned bonus"
    );
    assert_eq!(last.fees_pending, globals.fees_pending.into());
    assert_eq!(last.carry, globals.carry.into());
    let PositionView { position, earned } = chain.position(&alice).unwrap().unwrap();
    assert_eq!(last.positions[0].earned, earned.into());
    assert_eq!(last.positions[0].t, position.t.get());
    assert_eq!(last.positions[0].locked, position.locked.into());
    let free = |id: &str| {
        last.accounts
            .iter()
            .find(|account| account.id == id)
            .unwrap()
            .free
    };
    let balance = |id: &str| chain.balance(&id.to_owned()).unwrap();
    assert_eq!(Units::from(free("m0")), balance("m0"));
    assert_eq!(
        Units(free("alice").0 + last.positions[0].earned.0),
        balance("alice")
    );
    assert_eq!(common::disagreement(&scenario), None);
}

#[test]
fn fees_of_a_block_stay_in_range() {
    let mut block = BlockEntry {
        producer: 0,
        missed: Vec::new(),
        timestamp: 1,
        fees: Amount(u64::MAX),
        requests: Vec::new(),
    };
    assert_eq!(export::pay_fee(&mut block, "a", Amount(1)), None);
    assert!(block.requests.is_empty());
    assert_eq!(export::pay_fee(&mut block, "a", Amount(0)), Some(()));
    assert!(block.requests.is_empty());
    assert_eq!(export::Clock::milliseconds(0, u64::MAX), None);
}
