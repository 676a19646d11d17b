use super::*;
use crate::study::variants;

/// A world of 60 miners and a committee of 10 where all follow `behaviour`.
fn run(behaviour: &str, policy: &str, rounds: u64) -> crate::results::Run {
    let text = format!(
        "name = \"x\"\n[population]\nkind = \"equal\"\nholders = 600\ntotal = 60000\n[miners]\ncount = 60\npopularity = 1.5\nuptime = {{ kind = \"equal\", value = 1.0 }}\n[params]\ncommittee = 10\nblocks_per_round = 10\nslot_ms = 288000\n[behaviour]\nrestless = 0.5\nactive_per_day = 600\n{behaviour}\n[run]\nrounds = {rounds}\npolicies = [\"{policy}\"]\n"
    );
    let study = variants(&text, &[]).expect("valid").remove(0).study;
    let world = World::build(&study, std::path::Path::new(""), 3).expect("a world");
    let task = crate::task::Task {
        study: &study,
        world: &world,
        policy,
        seed: 3,
        variant: 0,
    };
    task.run(&|_| true).expect("a run")
}

#[test]
fn loyal_voters_never_move_and_random_ones_level_the_votes() {
    let loyal = run("loyal = 1.0", "entanmo", 300);
    assert_eq!(loyal.summary["moves"], 0.0);
    let random = run("loyal = 0.0\nrandom = 1.0", "entanmo", 300);
    assert!(random.summary["moves"] > 1_000.0);
    assert!(random.summary["miner_votes_gini"] < loyal.summary["miner_votes_gini"] * 0.6);
}

#[test]
fn the_crowd_does_not_level_the_votes() {
    let crowd = run("loyal = 0.0\ncrowd = 1.0", "entanmo", 600);
    let random = run("loyal = 0.0\nrandom = 1.0", "entanmo", 600);
    assert!(crowd.summary["miner_votes_gini"] > random.summary["miner_votes_gini"] + 0.1);
}

#[test]
fn best_response_leaves_crowded_miners_and_settles() {
    let loyal = run("loyal = 1.0", "entanmo", 600);
    let best = run("loyal = 0.0\nbest_response = 1.0", "entanmo", 600);
    assert!(
        best.summary["miner_votes_gini"] < loyal.summary["miner_votes_gini"] * 0.5,
        "{:?}",
        best.summary
    );
    let first: u64 = best.daily[..3].iter().map(|day| day.moves).sum();
    let last: u64 = best.daily[best.daily.len() - 4..]
        .iter()
        .map(|day| day.moves)
        .sum();
    assert!(
        last * 4 < first,
        "{first} moves at first, {last} in the end"
    );
}

#[test]
fn a_voter_prefers_the_less_crowded_of_two_equal_miners() {
    let outlook = Outlook {
        votes_of: |stake| stake,
        gain: |_| 1.0,
        weight_of: |votes| votes,
        seats: Seats::Drawn,
        halving: None,
    };
    let forecast = Forecast::new(
        1,
        |_| 1.0,
        &Halvings {
            rule: Halving::OnceADay,
            blocks_per_seat: 1.0,
        },
    );
    let plan = Plan {
        restless: 0.0,
        active_per_day: 1,
        inertia: 0.01,
        committee: 1,
        rounds_per_step: 10.0,
    };
    let votes = vec![100.0, 50.0, 80.0];
    let view = View::new(outlook, votes.clone(), &votes, &forecast, &plan);
    assert_eq!(view.best(0, 1.0, 1), Some(1));
    assert_eq!(view.best(1, 1.0, 1), None);
    assert_eq!(view.best(NOBODY, 1.0, 1), Some(1));
    // Under a fixed top of one, only the greatest earns anything.
    let top = View::new(
        Outlook {
            seats: Seats::Top,
            ..outlook
        },
        votes.clone(),
        &votes,
        &forecast,
        &plan,
    );
    assert_eq!(top.best(1, 1.0, 1), Some(0));
    // Who brings a miner to the top prefers it: 60 own votes make 140 of 80.
    assert_eq!(top.best(NOBODY, 60.0, 1), Some(1));
}
