use super::*;
use crate::units::ETM;
use crate::{study::variants, world::World};

fn run(text: &str, policy: &str) -> (World, Run) {
    let base = "name = \"x\"\n[population]\nkind = \"equal\"\nholders = 400\ntotal = 400000\n[miners]\ncount = 50\npopularity = 0.0\nuptime = { kind = \"equal\", value = 1.0 }\n[params]\ncommittee = 9\nblocks_per_round = 9\nslot_ms = 100000\n";
    let study = variants(&format!("{base}{text}"), &[])
        .expect("valid")
        .remove(0)
        .study;
    let world = World::build(&study, std::path::Path::new(""), 2).expect("a world");
    let task = Task {
        study: &study,
        world: &world,
        policy,
        seed: 2,
        variant: 0,
    };
    let run = task.run(&|_| true).expect("a run");
    (world, run)
}

#[test]
fn an_adversary_counts_as_one_holder_and_splitting_pays_as_computed() {
    let whale = |accounts: u32| {
        let text = format!(
            "[[adversary]]\nkind = \"whale\"\nshare = 0.2\naccounts = {accounts}\n[run]\nrounds = 90\n"
        );
        run(&text, "entanmo").1
    };
    let (one, many) = (whale(1), whale(256));
    assert!((one.summary["whale0_stake_share"] - 0.2).abs() < 1e-6);
    // The same holder either way.
    assert!((one.summary["stake_gini"] - many.summary["stake_gini"]).abs() < 1e-6);
    let factor = many.summary["whale0_votes_per_stake"] / one.summary["whale0_votes_per_stake"];
    assert!((factor - 4.0).abs() < 0.01, "{factor}");
}

#[test]
fn a_cartels_captures_match_what_is_computed() {
    // A third of 9 and more is 4 seats.
    let text = "[[adversary]]\nkind = \"cartel\"\nshare = 0.25\nminers = 20\naccounts = 400\n[run]\nrounds = 3_000\n";
    let (_, run) = run(text, "linear-lottery");
    let (low, high) = (
        run.summary["capture_expected_low"],
        run.summary["capture_expected_high"],
    );
    assert!(low <= high && high - low < 0.01);
    let found = run.summary["captured_rounds_share"];
    let error = libm::sqrt(low * (1.0 - low) / 3_000.0);
    assert!(
        (found - (low + high) / 2.0).abs() < 4.0 * error,
        "{found}: {low} to {high}"
    );
    assert!((run.summary["cartel0_seats_share"] - 0.25).abs() < 0.03);
}

#[test]
fn days_and_shares_add_up() {
    let (world, run) = run("[run]\nrounds = 300\nevery_round = true\n", "entanmo");
    assert_eq!(run.every_round.len(), 300);
    assert_eq!(run.daily.iter().map(|day| day.rounds).sum::<u64>(), 300);
    let sum = |of: fn(&results::Miner) -> f64| run.miners.iter().map(of).sum::<f64>();
    assert!((sum(|miner| miner.stake) - 1.0).abs() < 1e-9);
    assert!((sum(|miner| miner.votes) - 1.0).abs() < 1e-9);
    assert!((sum(|miner| miner.seated) - 9.0).abs() < 1e-9);
    assert!((run.time_gain.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(
        run.every_round
            .iter()
            .all(|round| round.seats == 9 && round.producers <= 9)
    );
    let bonus: f64 = run.every_round.iter().map(|round| round.bonus).sum();
    assert!((bonus - (300.0 * 9.0 - 1.0)).abs() < 1e-6);
    // All that was issued was earned, but for what the last carry and fractions keep.
    let earned =
        run.summary["bonus_per_etm_year"] * (run.days / 365.0) * world.locked() as f64 / ETM as f64;
    assert!((earned / bonus - 1.0).abs() < 1e-3, "{earned} {bonus}");
    assert_eq!(run.deciles.len(), 10);
    assert_eq!(run.lorenz["bonus"].len(), 101);
}

#[test]
fn the_largest_hundredth_is_found() {
    let mut world = run("[run]\nrounds = 1\n", "top101").0;
    world.stake[17] *= 10;
    world.stake[200] *= 9;
    world.stake[3] *= 8;
    world.stake[9] *= 7;
    let mut found = largest(&world);
    found.sort_unstable();
    assert_eq!(found, [3, 9, 17, 200]);
}
