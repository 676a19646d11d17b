//! How often a block reads the state and is executed, whatever somebody prepared.

use super::world::{self, Prepared, World};
use crate::{Outcome, *};
use etm_types::*;
use futures::executor::block_on;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the reads of a state and fails when there are too many, instead of going on for minutes.
struct Counting<'a> {
    state: &'a MemorySource,
    batches: AtomicUsize,
    keys: AtomicUsize,
}

const MOST_BATCHES: usize = 40;

impl Source for Counting<'_> {
    type Error = String;

    async fn get_many(&self, keys: &[StateKey]) -> Result<Vec<Option<Vec<u8>>>, String> {
        self.keys.fetch_add(keys.len(), Ordering::Relaxed);
        if self.batches.fetch_add(1, Ordering::Relaxed) >= MOST_BATCHES {
            return Err(format!("more than {MOST_BATCHES} reads"));
        }
        Ok(self.state.get_many(keys).await.unwrap_or_default())
    }
}

/// What the last block of a round takes.
#[derive(Debug)]
struct Cost {
    batches: usize,
    keys: usize,
}

fn last_block(world: &World) -> (Outcome, Cost) {
    let source = Counting {
        state: &world.state,
        batches: AtomicUsize::new(0),
        keys: AtomicUsize::new(0),
    };
    let outcome = block_on(execute(
        &source,
        world.genesis.chain(),
        &world.last,
        &world.transactions,
    ))
    .unwrap();
    let cost = Cost {
        batches: source.batches.into_inner(),
        keys: source.keys.into_inner(),
    };
    (outcome, cost)
}

#[test]
fn the_last_block_of_a_prepared_round_is_read_in_as_few_batches_as_a_calm_one() {
    let [calm, prepared] = [Prepared::Nothing, Prepared::Pairs].map(|prepared| {
        let world = world::world(prepared);
        let (outcome, cost) = last_block(&world);
        let report = outcome.report.unwrap();
        assert_eq!(report.requests.len(), world::REQUESTS as usize);
        let produced = report.members.iter().filter(|member| member.produced > 0);
        assert!(produced.count() >= 62);
        println!("{prepared:?}: {cost:?}");
        cost
    });
    assert!(calm.batches <= 10, "{calm:?}");
    assert!(prepared.batches <= calm.batches + 1, "{prepared:?}, {calm:?}");
    // What is prepared is a record or two of each position more.
    assert!(prepared.keys < 2 * calm.keys, "{prepared:?}, {calm:?}");
}
