use super::*;
use crate::{results::Run, study::variants, task::Task};
use std::path::Path;

/// A run of equal holders with a group that has about a share `stake` of the votes, and its summary.
fn run(kind: &str, stake: f64, seed: u64) -> Run {
    let text = format!(
        "name = \"x\"\n[population]\nkind = \"equal\"\nholders = 400\ntotal = 400000\n[miners]\ncount = 60\npopularity = 0.0\nuptime = {{ kind = \"equal\", value = 1.0 }}\n[params]\ncommittee = 15\nblocks_per_round = 21\nslot_ms = 3000\n[[adversary]]\nkind = \"{kind}\"\nshare = {stake}\nminers = 30\naccounts = 300\n[run]\nrounds = 1500\n"
    );
    let study = variants(&text, &[]).expect("valid").remove(0).study;
    let world = World::build(&study, Path::new(""), seed).expect("a world");
    let task = Task {
        study: &study,
        world: &world,
        policy: "entanmo",
        seed,
        variant: 0,
    };
    task.run(&|_| true).expect("a run")
}

#[test]
fn the_closed_forms_are_those_of_the_specification() {
    let third = 1.0 / 3.0;
    assert!((lucky(third) - 3.0 / 7.0).abs() < 1e-12);
    // 4.81 ETM of luck for 1.71 ETM of rewards, a round.
    let (prize, reward) = (50.5, 6.0);
    let gain = |q: f64| prize * (lucky(q) - q);
    let forgone = |q: f64| reward * withheld(q);
    assert!((gain(third) - 4.81).abs() < 0.005, "{}", gain(third));
    assert!((forgone(third) - 1.71).abs() < 0.005, "{}", forgone(third));
    // It pays above 6 / 50.5.
    let even = reward / prize;
    assert!((even - 0.119).abs() < 0.0005);
    assert!((gain(even) - forgone(even)).abs() < 1e-12);
    assert!(gain(even - 0.01) < forgone(even - 0.01) && gain(even + 0.01) > forgone(even + 0.01));
    // Whoever counts only the blocks that others make instead is even earlier: at 6 / 56.5.
    let lost = |q: f64| reward * (q - last_block(q));
    let earlier = reward / (prize + reward);
    assert!((earlier - 0.106).abs() < 0.0005);
    assert!((gain(earlier) - lost(earlier)).abs() < 1e-12);
    // Nobody and everybody have nothing to withhold.
    for q in [0.0, 1.0] {
        assert_eq!((lucky(q), withheld(q), last_block(q)), (q, 0.0, q));
    }
}

#[test]
fn what_a_group_gains_is_what_the_closed_form_says() {
    for stake in [0.1, 0.35, 0.6] {
        let runs: Vec<Run> = (1..=4).map(|seed| run("withholder", stake, seed)).collect();
        let mean = |name: &str| {
            let values = runs
                .iter()
                .map(|run| run.summary[&format!("withholder0_{name}")]);
            values.sum::<f64>() / runs.len() as f64
        };
        let rounds = 4.0 * 1_500.0;
        let (q, law) = (mean("seats_share"), mean("lucky_law_share"));
        // Over committees of many sizes of the group, which lie around the mean.
        assert!((law - lucky(q)).abs() < 0.02, "{law} at {q}");
        let error = libm::sqrt(law * (1.0 - law) / rounds);
        let seen = mean("lucky_share");
        assert!((seen - law).abs() < 4.0 * error, "{stake}: {seen}, {law}");
        // It is well above the share of the seats: withholding works.
        assert!(seen > q + 3.0 * error, "{stake}: {seen}, {q}");
        let (forgone, law) = (mean("withheld_slots"), mean("withheld_slots_law"));
        assert!(
            (forgone - law).abs() < 5.0 * libm::sqrt(law / rounds),
            "{forgone}, {law}"
        );
        let (made, law) = (mean("last_blocks_share"), mean("last_blocks_law_share"));
        let error = libm::sqrt(law * (1.0 - law) / rounds);
        assert!((made - law).abs() < 4.0 * error, "{made}, {law}");
        // Every forgone slot is a miss in the record, and nothing else is missed here.
        let missed: f64 = runs.iter().map(|run| run.summary["slots_missed"]).sum();
        assert!((missed / rounds - forgone).abs() < 1e-9);
        let profit = mean("luck_etm") - mean("forgone_etm");
        assert!((mean("profit_etm") - profit).abs() < 1e-9);
    }
}

#[test]
fn a_cartel_that_does_not_withhold_has_its_share_of_luck_and_misses_nothing() {
    let run = run("cartel", 0.35, 1);
    assert_eq!(run.summary["slots_missed"], 0.0);
    assert!(!run.summary.keys().any(|name| name.contains("lucky")));
}

#[test]
fn without_withholders_nobody_forgoes() {
    let mut none = Withholders {
        groups: Vec::new(),
        stream: Stream::new(1, "withheld"),
    };
    assert!(!none.forgoes(0, &[0, 1], 0, &[0; 32]));
    let mut summary = BTreeMap::new();
    none.summarise(&mut summary);
    assert!(summary.is_empty());
}
