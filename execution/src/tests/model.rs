//! Random histories of signed transactions, written down as a scenario and replayed: the figures must agree.

use super::harness::*;
use crate::*;
use etm_scenario::export::{Clock, FEE_SINK, pay_fee};
use etm_scenario::{
    AccountState, Amount, BlockEntry, GenesisAccount, GenesisEntry, GenesisMinerEntry,
    GenesisPositionEntry, ParamsEntry, RequestEntry, RoundEntry, RoundState, Scenario,
    ScenarioFormat,
};
use etm_types::*;
use futures::executor::block_on;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn amount(units: Units) -> Amount {
    Amount(units.0)
}

fn scenario(chain: &TestChain, rounds: Vec<RoundEntry>) -> Scenario {
    let draft = chain.genesis.draft();
    let mechanism = &draft.params.mechanism;
    let clock = Clock::milliseconds(draft.timestamp_ms, mechanism.day_seconds).unwrap();
    Scenario {
        format: ScenarioFormat::default(),
        params: ParamsEntry {
            committee: Some(mechanism.committee),
            blocks_per_round: Some(mechanism.blocks_per_round),
            min_committee: Some(mechanism.min_committee),
            min_lock: Some(amount(mechanism.min_lock)),
            deposit: Some(amount(mechanism.deposit)),
            day_seconds: Some(clock.day_seconds),
        },
        genesis: GenesisEntry {
            timestamp: clock.genesis_timestamp,
            beacon: etm_scenario::Beacon(draft.beacon.0),
            accounts: draft
                .accounts
                .iter()
                .map(|(id, free)| GenesisAccount {
                    id: id.to_string(),
                    free: amount(*free),
                })
                .collect(),
            miners: draft
                .miners
                .iter()
                .map(|miner| GenesisMinerEntry {
                    owner: miner.owner.to_string(),
                    name: miner.name.to_string(),
                })
                .collect(),
            positions: draft
                .positions
                .iter()
                .map(|(account, position)| GenesisPositionEntry {
                    account: account.to_string(),
                    locked: amount(position.locked),
                    t: position.time_gain.get(),
                    miner: position.miner.map(|miner| miner.0),
                })
                .collect(),
        },
        rounds,
    }
}

/// The rounds that are finished, and for each of its requests whether the chain refused it.
fn export(chain: &TestChain) -> (Vec<RoundEntry>, Vec<Vec<(usize, usize)>>) {
    let (mut rounds, mut refusals) = (Vec::new(), Vec::new());
    let (mut blocks, mut rejected) = (Vec::new(), Vec::new());
    for (context, transactions, outcome) in &chain.blocks {
        let missed = outcome.receipts.iter().filter_map(|receipt| match receipt {
            Receipt::Missed { miner, .. } => Some(miner.0),
            _ => None,
        });
        let mut block = BlockEntry {
            producer: outcome.producer.0,
            missed: missed.collect(),
            timestamp: context.timestamp_ms,
            fees: Amount(0),
            requests: Vec::new(),
        };
        for (index, transaction) in transactions.iter().enumerate() {
            let account = transaction.sender().to_string();
            pay_fee(&mut block, &account, amount(transaction.unsigned.fee)).unwrap();
            let result = transaction_outcome(outcome, index);
            // Refused for a reason that scenarios do not know.
            let of_the_chain = result == refused(Refusal::KeyTaken);
            if let (Some(request), false) = (transaction.payload().request(), of_the_chain) {
                if result != ACCEPTED {
                    rejected.push((blocks.len(), block.requests.len()));
                }
                let operation = request.into();
                block.requests.push(RequestEntry { account, operation });
            }
        }
        blocks.push(block);
        if outcome.report.is_some() {
            let beacon = etm_scenario::Beacon(outcome.beacon.0);
            rounds.push(RoundEntry {
                blocks: std::mem::take(&mut blocks),
                beacon,
            });
            refusals.push(std::mem::take(&mut rejected));
        }
    }
    (rounds, refusals)
}

fn compare(chain: &TestChain, state: &RoundState) {
    let globals = chain.globals();
    assert_eq!(state.carry.0, globals.carry.0);
    assert_eq!(state.fees_pending.0, globals.fees_pending.0);
    assert_eq!(state.bonus_issued.0, globals.bonus_issued.0);
    assert_eq!(state.v_avg.0, globals.average.into());
    let miners: BTreeMap<u32, _> = block_on(read::miners(&chain.state, &chain.params()))
        .unwrap()
        .into_iter()
        .filter(|miner| miner.standing.registered)
        .map(|miner| (miner.id.0, miner))
        .collect();
    assert_eq!(state.miners.len(), miners.len());
    for miner in &state.miners {
        let view = &miners[&miner.id];
        assert_eq!(miner.votes.0, view.standing.votes.0);
        assert_eq!(
            (miner.produced, miner.slots),
            (view.standing.produced, view.standing.slots)
        );
        assert_eq!(miner.coefficient.0, view.coefficient.into());
        assert_eq!(miner.weight.0, view.weight.0);
    }
    for AccountState { id, free } in &state.accounts {
        if id == FEE_SINK {
            continue;
        }
        let view = block_on(read::account(
            &chain.state,
            &chain.params(),
            &id.parse().unwrap(),
        ))
        .unwrap();
        assert!(view.exists);
        assert_eq!(free.0, view.record.free.0, "{id}");
        let position = state
            .positions
            .iter()
            .find(|position| position.account == *id);
        assert_eq!(position.is_some(), view.position.is_some());
        if let (Some(expected), Some(found)) = (position, view.position) {
            assert_eq!(expected.locked.0, found.locked.0);
            assert_eq!(expected.t, found.t.get());
            assert_eq!(expected.miner, found.miner.map(|miner| miner.0));
            assert_eq!(expected.earned.0, view.earned.0);
        }
    }
    let members: Vec<u32> = chain
        .committee(Round(state.committee.round))
        .members
        .iter()
        .map(|m| m.miner.0)
        .collect();
    assert_eq!(state.committee.members, members);
    assert_eq!(
        state.accounts.len(),
        chain.record().accounts as usize
            + usize::from(state.accounts.iter().any(|account| account.id == FEE_SINK))
    );
}

/// Invariant 1, account by account.
fn assert_every_token_is_somewhere(chain: &TestChain) {
    let supply = block_on(read::supply(&chain.state)).unwrap();
    let held: u64 = NAMES
        .iter()
        .chain(&["m4"])
        .map(|name| {
            let view = chain.account(name);
            let locked = view.position.map_or(0, |position| position.locked.0);
            view.record.free.0 + locked + view.locking().0 + view.deposit.0
        })
        .sum();
    let total = held + supply.bonus_held.0 + supply.globals.fees_pending.0;
    assert_eq!(total, supply.total.0);
}

#[derive(Clone, Debug)]
struct Step {
    missed: u64,
    delay_ms: u64,
    requests: Vec<(u8, u8, u64, u8)>,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (
        prop_oneof![4 => Just(0u64), 1 => 1u64..6],
        prop_oneof![6 => Just(0u64), 1 => 1u64..9_000],
        prop::collection::vec((0u8..13, 0u8..14, 0u64..4_000, 0u8..8), 0..5),
    );
    let step = step.prop_map(|(missed, delay_ms, requests)| Step {
        missed,
        delay_ms,
        requests,
    });
    prop::collection::vec(step, 24)
}

const NAMES: [&str; 13] = [
    "alice", "bob", "carol", "m0", "m1", "m2", "m3", "v0", "v1", "v2", "v3", "dora", "v4",
];

fn payload(kind: u8, name: &str, quantity: u64, target: u8, seed: u8) -> Payload {
    let units = Units(quantity * (Units::ETM.0 / 4));
    let units = units.max(Units(1));
    match kind {
        0 | 1 => Payload::Transfer {
            recipient: address(NAMES[usize::from(target)]),
            amount: units,
            memo: Memo::empty(),
        },
        2..=4 => Payload::Lock { amount: units },
        5 | 6 => Payload::Unlock { amount: units },
        7 | 8 => Payload::Vote {
            miner: MinerId(target.into()),
        },
        9 => Payload::Withdraw,
        10 | 11 => Payload::Register {
            name: MinerName::new(&format!("n{}", target % 4)).unwrap(),
            keys: Box::new(secrets(seed).prove(&address(name))),
            dial: dial(7000),
            contact: None,
        },
        _ => Payload::Resign,
    }
}

/// In scenarios every miner is ready; here a new one must be seen first.
fn first_heartbeats(chain: &TestChain) -> Vec<Transaction> {
    let globals = chain.globals();
    let miners = block_on(read::miners(&chain.state, &chain.params())).unwrap();
    let unseen = miners
        .iter()
        .filter(|miner| miner.standing.registered && miner.presence.is_none());
    unseen
        .map(|miner| {
            let node = &chain.nodes[&miner.node.node].node;
            let payload = Payload::Heartbeat {
                miner: miner.id,
                round: globals.round,
                seed: Beacon(globals.beacon),
            };
            let unsigned = UnsignedTransaction {
                sender: node.public_key(),
                fee: Units::ZERO,
                ..chain.unsigned("alice", 0, payload)
            };
            unsigned.sign(node)
        })
        .collect()
}

fn run(steps: Vec<Step>) {
    let mut chain = TestChain::new(draft(
        ChainParams {
            ready_rounds: 1_000,
            ..small_params()
        },
        5,
    ));
    // Drawn at the end of each round.
    let mut at_ends = Vec::new();
    let mut seed = 100u8;
    for step in steps {
        let mut transactions = Vec::new();
        let mut nonces: BTreeMap<&str, u64> = BTreeMap::new();
        let mut registrations = 0;
        for (who, kind, quantity, target) in step.requests {
            let name = NAMES[usize::from(who)];
            let view = chain.account(name);
            registrations += usize::from(kind == 10 || kind == 11);
            // Somebody who can pay the fees of this block for sure, and few registrations (their proofs are slow to make).
            if view.record.free < etm(1) || registrations > 1 {
                continue;
            }
            seed = seed.wrapping_add(1).max(100);
            let nonce = nonces.entry(name).or_insert(view.record.nonce);
            let unsigned =
                chain.unsigned(name, *nonce, payload(kind, name, quantity, target, seed));
            *nonce += 1;
            transactions.push(unsigned.sign(&key(name)));
        }
        transactions.extend(first_heartbeats(&chain));
        // What an earlier transaction of the block left without a fee is not sent.
        let context = chain.context(step.missed);
        let checked = chain.check(transactions);
        let built = block_on(build(&chain.state, chain.chain(), &context, &checked)).unwrap();
        chain.delay_ms = step.delay_ms;
        let outcome = chain.add_after(step.missed, built.included);
        assert_every_token_is_somewhere(&chain);
        if outcome.report.is_some() {
            at_ends.push((chain.state.clone(), chain.blocks.len()));
        }
    }
    let (rounds, refusals) = export(&chain);
    let scenario = scenario(&chain, rounds);
    let states = etm_scenario::run(&scenario).unwrap();
    assert_eq!(states.rounds.len(), at_ends.len());
    for ((state, (at_end, _)), refused) in states.rounds.iter().zip(at_ends).zip(refusals) {
        assert_eq!(state.rejected, refused, "the same requests are refused");
        chain.state = at_end;
        compare(&chain, state);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn execution_agrees_with_scenarios(steps in steps()) {
        run(steps);
    }
}
