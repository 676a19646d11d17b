//! How often a block reads the state and is executed, whatever somebody prepared.

use super::harness::*;
use super::world::{self, World};
use crate::block::{Reading, execute_by};
use crate::{Outcome, *};
use etm_types::*;
use futures::executor::block_on;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What the last block of a round takes.
#[derive(Debug)]
struct Cost {
    passes: usize,
    batches: usize,
    keys: usize,
}

fn last_block(world: &World) -> (Outcome, Cost) {
    let source = Counting::new(&world.state);
    let done = execute_by(
        &source,
        world.genesis.chain(),
        &world.last,
        &world.transactions,
        Reading::Ahead,
    );
    let (outcome, passes) = block_on(done).unwrap();
    let cost = Cost {
        passes,
        batches: source.batches.into_inner(),
        keys: source.keys.into_inner(),
    };
    (outcome, cost)
}

#[test]
fn a_prepared_round_ends_in_one_pass_and_few_reads() {
    let mut world = world::world(world::PAIRS);
    let (outcome, cost) = last_block(&world);
    let report = outcome.report.unwrap();
    assert_eq!(report.requests.len(), world::REQUESTS as usize);
    let produced = report.members.iter().filter(|member| member.produced > 0);
    assert!(produced.count() >= 62);
    assert_eq!(cost.passes, 1);
    assert!(cost.batches <= MOST_BATCHES, "{cost:?}");
    // Account, position and what is pending, and little more.
    assert!(cost.keys <= 4 * report.requests.len(), "{cost:?}");

    // A longer chain is a batch a link.
    world.lengthen_chains(3);
    let (_, cost) = last_block(&world);
    assert_eq!(cost.passes, 1);
    assert!(cost.batches <= MOST_BATCHES + 3, "{cost:?}");

    // Many miners, of which as many resign as can, and a new day.
    world.add_miners(1_000, 800);
    world.cross_a_day();
    let (outcome, cost) = last_block(&world);
    let report = outcome.report.unwrap();
    assert_eq!((report.days, report.deposits.len()), (1, 800));
    assert_eq!(cost.passes, 1);
    assert!(cost.batches <= MOST_BATCHES + 3, "{cost:?}");
}

/// One request of an account, by numbers.
type Ask = (u8, u8, u64, u8);

fn payload(kind: u8, name: &str, quantity: u64, target: u8) -> Payload {
    let units = Units((quantity * (Units::ETM.0 / 4)).max(1));
    match kind {
        0..=2 => Payload::Transfer {
            recipient: address(&format!("v{target}")),
            amount: units,
            memo: Memo::empty(),
        },
        3 | 4 => Payload::Lock { amount: units },
        5 | 6 => Payload::Unlock { amount: units },
        7..=11 => Payload::Vote {
            miner: MinerId((target % 9).into()),
        },
        12 => Payload::Withdraw,
        13 => Payload::Register {
            name: MinerName::new(&format!("n{target}")).unwrap(),
            keys: Box::new(secrets(100 + target).prove(&address(name))),
            dial: dial(7000),
            contact: None,
        },
        _ => Payload::Resign,
    }
}

/// Many positions with few miners, so that cohorts meet all the time, with days and resignations between. What is executed
/// is compared with reading on demand in [`TestChain::add`].
fn run(blocks: Vec<(bool, Vec<Ask>)>) {
    let params = ChainParams {
        ready_rounds: 1_000,
        ..small_params()
    };
    let mut draft = draft(params, 5);
    for voter in 0..24u8 {
        let name = format!("v{voter}");
        draft.accounts.insert(address(&name), etm(30));
        let position = DraftPosition {
            locked: etm(100),
            time_gain: TimeGain::new(1 + voter).unwrap(),
            miner: Some(MinerId((voter % 5).into())),
        };
        draft.positions.insert(address(&name), position);
    }
    let mut chain = TestChain::new(draft);
    for (day, asks) in blocks {
        let mut nonces: BTreeMap<String, u64> = BTreeMap::new();
        let mut transactions = Vec::new();
        for (who, kind, quantity, target) in asks {
            let name = match who {
                0..24 => format!("v{who}"),
                _ => format!("m{}", who % 5),
            };
            let next = chain.account(&name).record.nonce;
            let nonce = nonces.entry(name.clone()).or_insert(next);
            transactions.push(chain.sign_with(
                &name,
                *nonce,
                payload(kind, &name, quantity, target),
            ));
            *nonce += 1;
        }
        chain.delay_ms = if day { 4_500 } else { 0 };
        let context = chain.context(0);
        let checked = chain.check(transactions);
        // Those that can't pay are left out.
        let built = block_on(build(&chain.state, chain.chain(), &context, &checked)).unwrap();
        chain.add(built.included);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn reading_ahead_forgets_nothing_and_changes_nothing(
        blocks in prop::collection::vec(
            (
                prop::bool::weighted(0.3),
                prop::collection::vec((0u8..29, 0u8..15, 0u64..200, 0u8..24), 0..12),
            ),
            20,
        )
    ) {
        run(blocks);
    }
}
