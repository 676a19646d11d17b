use super::*;
use crate::{study::Study, world::World};
use crate::{
    study::variants,
    time_gain::{self, Halving},
};
use std::cell::Cell;

fn study(text: &str) -> Study {
    let base = "name = \"x\"\n[population]\nkind = \"equal\"\nholders = 300\ntotal = 30000\n";
    variants(&format!("{base}{text}"), &[])
        .expect("valid")
        .remove(0)
        .study
}

fn play(study: &Study, policy: &str, seed: u64) -> Result<results::Run, RunError> {
    let world = World::build(study, std::path::Path::new(""), seed).expect("a world");
    Task {
        study,
        world: &world,
        policy,
        seed,
        variant: 0,
    }
    .run(&|_| true)
}

const SMALL: &str = "[miners]\ncount = 30\npopularity = 0.0\nuptime = { kind = \"equal\", value = 1.0 }\n[params]\ncommittee = 5\nblocks_per_round = 10\nslot_ms = 100000\n";

#[test]
fn the_same_seed_gives_the_same_run() {
    let study = study(&format!("{SMALL}[run]\nrounds = 200\n"));
    let first = play(&study, "entanmo", 4).expect("a run");
    assert_eq!(first, play(&study, "entanmo", 4).expect("a run"));
    assert_ne!(
        first.summary,
        play(&study, "entanmo", 5).expect("a run").summary
    );
    assert!(first.finished);
    assert_eq!(first.rounds, 200);
    // 200 rounds of 1,000 s, genesis being the first height.
    assert!((first.days - 199_900.0 / 86_400.0).abs() < 1e-9);
}

#[test]
fn missed_slots_are_counted_and_cost_seats() {
    let text = SMALL.replace(
        "{ kind = \"equal\", value = 1.0 }",
        "{ kind = \"mixed\", good = 1.0, bad = 0.2, bad_share = 0.5 }",
    );
    let study = study(&format!("{text}[run]\nrounds = 600\n"));
    let run = play(&study, "entanmo", 4).expect("a run");
    let (mut bad, mut good) = (Vec::new(), Vec::new());
    for miner in &run.miners {
        if miner.missed > 0.5 {
            bad.push(miner.seated)
        } else {
            good.push(miner.seated)
        }
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    assert!(bad.len() > 5 && good.len() > 5);
    // Their weight is a fifth.
    assert!(
        mean(&bad) < 0.4 * mean(&good),
        "{} {}",
        mean(&bad),
        mean(&good)
    );
    assert!(run.summary["slots_missed_share"] > 0.05);
}

#[test]
fn the_time_gain_settles_where_the_chain_of_states_says() {
    // 5 of 100 equal miners, rounds of 1,000 s with two blocks a seat.
    let text = SMALL.replace("count = 30", "count = 100");
    for day in [14_400u64, 3_600] {
        let study = study(&format!(
            "{text}day_seconds = {day}\n[run]\nrounds = 4_000\n"
        ));
        let mut world = World::build(&study, std::path::Path::new(""), 9).expect("a world");
        world.vote = (0..300).map(|voter| voter % 100).collect();
        let halvings = time_gain::Halvings {
            rule: Halving::EachBlock,
            blocks_per_seat: 2.0,
        };
        let expected = time_gain::mean(&time_gain::among_equals(
            &halvings,
            0.05 * day as f64 / 1_000.0,
        ));
        let task = Task {
            study: &study,
            world: &world,
            policy: "entanmo",
            seed: 9,
            variant: 0,
        };
        let found = task.run(&|_| true).expect("a run").summary["time_gain_mean"];
        assert!(
            (found / expected - 1.0).abs() < 0.1,
            "day of {day} s: {found}, expected {expected}"
        );
    }
}

#[test]
fn an_interrupted_run_keeps_what_it_played() {
    let study = study(&format!("{SMALL}[run]\nrounds = 500\n"));
    let world = World::build(&study, std::path::Path::new(""), 1).expect("a world");
    let asked = Cell::new(0);
    let run = Task {
        study: &study,
        world: &world,
        policy: "entanmo",
        seed: 1,
        variant: 0,
    }
    .run(&|_| {
        asked.set(asked.get() + 1);
        asked.get() <= 3
    });
    let run = run.expect("a run");
    assert!(!run.finished);
    assert_eq!(run.rounds, 48);
    assert_eq!(run.miners.len(), 30);
}

#[test]
fn a_network_without_anybody_online_stands_still() {
    let text = SMALL.replace("value = 1.0", "value = 0.0");
    let study = study(&format!("{text}[run]\nrounds = 5\n"));
    assert!(matches!(
        play(&study, "entanmo", 1),
        Err(RunError::Standstill(0))
    ));
}

#[test]
fn outages_of_a_third_are_seen() {
    let text =
        format!("{SMALL}[[outage]]\nfrom_day = 1\nto_day = 2\nshare = 0.8\n[run]\nrounds = 260\n");
    let run = play(&study(&text), "entanmo", 1).expect("a run");
    assert!(
        run.daily[1].stalled > run.daily[1].rounds / 2,
        "{:?}",
        run.daily[1]
    );
    assert_eq!(run.daily[0].stalled, 0);
}
