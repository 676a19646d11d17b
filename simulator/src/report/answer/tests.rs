use super::*;
use crate::{jobs::Question, results::VariantRecord, study::variants, world::World};
use std::path::Path;

/// The results of a study of the same equal holders, and more.
fn results(more: &str) -> Results {
    results_of(more, crate::jobs::Shard::WHOLE)
}

/// What one machine of several has of them.
fn results_of(more: &str, shard: crate::jobs::Shard) -> Results {
    let base = "name = \"x\"\n[population]\nkind = \"equal\"\nholders = 300\ntotal = 300000\n[miners]\ncount = 40\npopularity = 0.0\n[params]\ncommittee = 9\nblocks_per_round = 20\nslot_ms = 20000\n";
    let variants = variants(&format!("{base}{more}"), &[]).expect("valid");
    let records = variants.iter().map(|variant| VariantRecord {
        values: variant.values.clone(),
        study: variant.study.clone(),
        live: None,
    });
    let world = |variant: usize, seed: u64| {
        World::build(&variants[variant].study, Path::new(""), seed)
            .map_err(|error| error.to_string())
    };
    let question = Question {
        records: records.collect(),
        world: &world,
    };
    question.answer(shard, &|_| true).expect("results")
}

#[test]
fn a_probability_is_said_as_one_in_so_many() {
    for (chance, text) in [
        (0.0, "never"),
        (1.0, "always"),
        (0.5, "1 in 2"),
        (0.4, "1 in 2.5"),
        (0.0123, "1 in 81"),
        (0.000_345, "1 in 2900"),
        (1e-9, "1 in 1.0e9"),
    ] {
        assert_eq!(one_in(chance), text, "{chance}");
    }
}

#[test]
fn rounds_are_counted_in_words_that_go_together() {
    assert_eq!(in_rounds(1.0), "in every round");
    assert_eq!(in_rounds(0.0), "in no round");
    assert_eq!(in_rounds(0.5), "in 1 in 2 rounds");
}

#[test]
fn two_seeds_are_too_few_and_nothing_pretends_otherwise() {
    for seeds in [1, 2] {
        let found = results(&format!("[run]\nrounds = 60\nseeds = {seeds}\n"));
        let lines = answer(&found);
        assert!(lines[0].contains("too few for intervals"), "{lines:?}");
        assert!(
            !lines[1..].iter().any(|line| line.contains('(')),
            "{lines:?}"
        );
        let page = super::super::page(&found, &[]);
        assert!(page.contains("too few for confidence intervals"));
        assert!(!page.contains('±'), "no interval is shown");
    }
    let found = results("[run]\nrounds = 60\nseeds = 3\n");
    let lines = answer(&found);
    assert!(
        lines[0].starts_with("Under En-Tan-Mo it takes"),
        "{lines:?}"
    );
    assert!(lines[0].contains(" to "), "{lines:?}");
}

#[test]
fn the_page_begins_with_the_answer() {
    let found = results(
        "[[adversary]]\nkind = \"cartel\"\nshare = 0.3\nminers = 20\naccounts = 100\n[run]\nrounds = 200\nseeds = 3\n",
    );
    let lines = answer(&found);
    assert!(
        lines[0].starts_with("A cartel with 30 % of the stake has")
            && lines[0].contains("holds a third of the committee in 1 in ")
            && lines[0].contains("computed: at most 1 in "),
        "{lines:?}"
    );
    let page = super::super::page(&found, &[]);
    let at = |text: &str| page.find(text).unwrap_or(usize::MAX);
    assert!(at("A cartel with 30 %") < at("In numbers") && at("A cartel with 30 %") < at("<svg"));
}

#[test]
fn what_was_never_seen_is_bounded_and_not_called_impossible() {
    let found = results(
        "[[adversary]]\nkind = \"cartel\"\nshare = 0.01\nminers = 4\naccounts = 4\n[run]\nrounds = 100\nseeds = 3\n",
    );
    let lines = answer(&found);
    // Wilson's bound of none in 300: 1 in 79.
    assert!(
        lines[0].contains("in none of 300 rounds (so in fewer than 1 in 79, 95 %)"),
        "{lines:?}"
    );
}

#[test]
fn withholding_is_answered_with_what_it_brings() {
    let found = results(
        "[[adversary]]\nkind = \"withholder\"\nshare = 0.1\nminers = 20\naccounts = 100\n[run]\nrounds = 600\nseeds = 3\n[sweep]\n\"adversary.0.share\" = [0.01, 0.9]\n",
    );
    let lines = answer(&found);
    assert!(
        lines[0].starts_with("Withholding begins to pay between")
            && lines[0].ends_with("the closed form says 60 %."),
        "{lines:?}"
    );
    assert!(
        lines[1].starts_with("Share=0.01: with") && lines[2].starts_with("Share=0.9: with"),
        "{lines:?}"
    );
    assert!(lines[2].ends_with("it pays."), "{lines:?}");
}

#[test]
fn a_whale_is_compared_with_others() {
    let found = results(
        "[[adversary]]\nkind = \"whale\"\nshare = 0.2\naccounts = 1\n[run]\nrounds = 100\nseeds = 3\n",
    );
    let lines = answer(&found);
    assert!(
        lines[0].starts_with("A holder of 20 % of what is locked has, per ETM, 0.")
            && lines[0].contains("times"),
        "{lines:?}"
    );
}

#[test]
fn a_part_of_the_runs_says_how_many_seeds_some_and_others_have() {
    let study = |seeds: u32| {
        format!("[run]\nrounds = 20\nseeds = {seeds}\n[sweep]\n\"params.committee\" = [5, 9]\n")
    };
    let first = |seeds: u32, shard: &str| {
        let lines = answer(&results_of(&study(seeds), shard.parse().expect("a shard")));
        lines[0].clone()
    };
    for (seeds, shard, begins) in [
        (3, "1/2", "1 seed of some, 2 of others, are too few"),
        (5, "1/2", "2 seeds of some, 3 of others, are too few"),
        (2, "1/2", "1 seed is too few"),
        (4, "1/2", "2 seeds are too few"),
    ] {
        let said = first(seeds, shard);
        assert!(said.starts_with(begins), "{seeds} {shard}: {said}");
    }
    assert!(!first(3, "1/1").contains("too few"));
}

#[test]
fn who_is_added_to_a_network_is_told_of_first_and_no_share_is_above_the_whole() {
    let mut moved = [(0.0, 0), (-0.2, 1), (0.1, 2), (0.0, 3), (0.0, 4)];
    moved.sort_by(|one, other| in_order(4, *one, *other));
    assert_eq!(moved.map(|(_, miner)| miner), [4, 1, 2, 0, 3]);
    let found = |mean: f64, half: f64| {
        let estimate = Estimate {
            mean,
            half_width: Some(half),
            count: 9,
        };
        with_interval(&estimate, share)
    };
    assert_eq!(found(0.983, 0.071), "98.3 % (91.2 % to 100 %)");
    assert_eq!(found(0.001, 0.002), "0.1 % (0 % to 0.3 %)");
}
