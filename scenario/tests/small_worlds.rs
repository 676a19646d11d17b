//! Every history of a small world: 3 voters, 3 miners, all requests, 3 rounds.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{assert_agreement, model::Model};
use etm_mechanism::check;
use etm_scenario::{
    Amount, Beacon, BlockEntry, GenesisAccount, GenesisEntry, GenesisMinerEntry,
    GenesisPositionEntry, Operation, ParamsEntry, RequestEntry, RoundEntry, Runner, Scenario,
    ScenarioFormat, TransferEntry,
};

const ETM: u64 = 100_000_000;

/// Voters 0 and 1 own miners 0 and 1 and vote for miners 1 and 2; voter 2 owns none and has no position.
fn world() -> Scenario {
    let name = |index: usize| format!("voter{index}");
    let position = |index, miner, t| GenesisPositionEntry {
        account: name(index),
        locked: Amount(4 * ETM),
        t,
        miner: Some(miner),
    };
    let owners = ["voter0", "voter1", "owner2"];
    Scenario {
        format: ScenarioFormat::V1,
        params: ParamsEntry {
            committee: Some(2),
            blocks_per_round: Some(2),
            min_committee: Some(1),
            deposit: Some(Amount(2 * ETM)),
            day_seconds: Some(4),
            ..ParamsEntry::default()
        },
        genesis: GenesisEntry {
            timestamp: 0,
            beacon: Beacon([3; 32]),
            accounts: (0..3)
                .map(|index| GenesisAccount {
                    id: name(index),
                    free: Amount(3 * ETM),
                })
                .collect(),
            miners: owners
                .iter()
                .map(|owner| GenesisMinerEntry {
                    owner: (*owner).to_owned(),
                    name: (*owner).to_owned(),
                })
                .collect(),
            positions: vec![
                position(0, 1, 7),
                position(1, 2, 3),
                GenesisPositionEntry {
                    account: "owner2".to_owned(),
                    locked: Amount(ETM),
                    t: 31,
                    miner: Some(0),
                },
            ],
        },
        rounds: Vec::new(),
    }
}

/// All requests of all voters.
fn requests() -> Vec<RequestEntry> {
    let transfer = |to: &str| {
        Operation::Transfer(TransferEntry {
            to: to.to_owned(),
            amount: Amount(2 * ETM),
        })
    };
    let operations = [
        Operation::Lock(Amount(ETM)),
        Operation::Unlock(Amount(ETM)),
        Operation::Unlock(Amount(4 * ETM)),
        Operation::Vote(0),
        Operation::Vote(1),
        Operation::Vote(2),
        Operation::Withdraw,
        Operation::Register("new".to_owned()),
        Operation::Resign,
        transfer("voter2"),
    ];
    let voters = ["voter0", "voter1", "voter2"];
    let pairs = voters
        .iter()
        .flat_map(|voter| operations.iter().map(move |operation| (voter, operation)));
    pairs
        .map(|(voter, operation)| RequestEntry {
            account: (*voter).to_owned(),
            operation: operation.clone(),
        })
        .collect()
}

/// Goes down all histories below a state; answers how many rounds were run. In round `n` up to `widths[n]` requests.
fn explore(
    scenario: &mut Scenario,
    runner: &Runner,
    model: &Model,
    widths: &[usize],
    all: &[RequestEntry],
) -> usize {
    let Some((width, rest)) = widths.split_first() else {
        return 0;
    };
    let mut choices: Vec<Vec<RequestEntry>> =
        all.iter().map(|request| vec![request.clone()]).collect();
    if *width == 2 {
        choices = all
            .iter()
            .flat_map(|first| {
                all.iter()
                    .map(move |second| vec![first.clone(), second.clone()])
            })
            .collect();
    }
    let number = scenario.rounds.len();
    let mut count = 0;
    for requests in choices {
        let producer = model.committee()[0];
        let block = |index: usize| BlockEntry {
            producer,
            missed: Vec::new(),
            timestamp: (number * 2 + index + 1) as u64,
            fees: Amount(0),
            requests: Vec::new(),
        };
        let mut blocks: Vec<_> = (usize::from(number == 0)..2).map(block).collect();
        blocks[0].requests = requests;
        let entry = RoundEntry {
            blocks,
            beacon: Beacon([number as u8 + 1; 32]),
        };
        let (mut runner, mut model) = (runner.clone(), model.clone());
        let expected = model.round(&entry);
        let computed = runner.round(&entry);
        scenario.rounds.push(entry);
        if computed.as_ref() != Ok(&expected)
            || !check::all(runner.mechanism()).is_ok_and(|checked| checked.is_ok())
        {
            assert_agreement(scenario, "small-world.json");
            unreachable!("the whole scenario agrees, its last round alone doesn't");
        }
        count += 1 + explore(scenario, &runner, &model, rest, all);
        scenario.rounds.pop();
    }
    count
}

#[test]
fn one_request_in_each_of_three_rounds() {
    let mut scenario = world();
    let runner = Runner::new(&scenario.params, &scenario.genesis).unwrap();
    let model = Model::new(&scenario);
    let all = requests();
    let count = explore(&mut scenario, &runner, &model, &[1, 1, 1], &all);
    assert_eq!(count, 30 + 30 * 30 + 30 * 30 * 30);
}

#[test]
fn two_requests_in_the_first_round_and_one_in_the_second() {
    let mut scenario = world();
    let runner = Runner::new(&scenario.params, &scenario.genesis).unwrap();
    let model = Model::new(&scenario);
    let all = requests();
    let count = explore(&mut scenario, &runner, &model, &[2, 1], &all);
    assert_eq!(count, 30 * 30 + 30 * 30 * 30);
}

/// Everything that somebody who doesn't exist, or has nothing, can ask for, and everything that makes it exist, without
/// a deposit and with one.
#[test]
fn strangers_and_empty_accounts() {
    let transfer = |to: &str, amount| {
        Operation::Transfer(TransferEntry {
            to: to.to_owned(),
            amount: Amount(amount),
        })
    };
    let newcomers = ["stranger", "empty"].iter().flat_map(|account| {
        [
            Operation::Lock(Amount(0)),
            Operation::Lock(Amount(ETM)),
            Operation::Unlock(Amount(0)),
            Operation::Unlock(Amount(ETM)),
            Operation::Vote(0),
            Operation::Withdraw,
            Operation::Register("new".to_owned()),
            Operation::Resign,
            transfer("voter0", 0),
            transfer("voter0", ETM),
            transfer(account, ETM),
        ]
        .map(|operation| (*account, operation))
    });
    let giver = ["stranger", "empty"]
        .iter()
        .flat_map(|to| [0, 1, ETM].map(|amount| ("voter0", transfer(to, amount))));
    let all: Vec<_> = giver
        .chain(newcomers)
        .map(|(account, operation)| RequestEntry {
            account: account.to_owned(),
            operation,
        })
        .collect();
    for deposit in [0, ETM] {
        let mut scenario = world();
        scenario.params.deposit = Some(Amount(deposit));
        scenario.genesis.accounts.push(GenesisAccount {
            id: "empty".to_owned(),
            free: Amount(0),
        });
        let runner = Runner::new(&scenario.params, &scenario.genesis).unwrap();
        let model = Model::new(&scenario);
        let count = explore(&mut scenario, &runner, &model, &[2, 1], &all);
        assert_eq!(count, all.len().pow(2) * (1 + all.len()));
    }
}
