use super::*;
use crate::study::variants;
use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

const TEXT: &str = "name = \"x\"\n[population]\nkind = \"lognormal\"\nholders = 200\nsigma = 1.5\ntotal = 100000\n[miners]\ncount = 20\n[params]\ncommittee = 5\nblocks_per_round = 6\nslot_ms = 500000\n[behaviour]\nloyal = 0.4\nrandom = 0.3\nbest_response = 0.3\n[run]\nrounds = 120\nseeds = 3\npolicies = [\"entanmo\", \"top101\"]\n[sweep]\n\"params.committee\" = [4, 5]\n";

fn answer(threads: usize, shard: Shard, rounds: u64) -> Results {
    let variants = variants(TEXT, &[]).expect("valid");
    let records = variants
        .iter()
        .map(|variant| VariantRecord {
            values: variant.values.clone(),
            study: variant.study.clone(),
            live: None,
        })
        .collect();
    let world = |variant: usize, seed: u64| {
        World::build(&variants[variant].study, Path::new(""), seed)
            .map_err(|error| error.to_string())
    };
    let question = Question {
        records,
        world: &world,
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads");
    let played = AtomicU64::new(0);
    let go_on = |more: u64| played.fetch_add(more, Ordering::SeqCst) + more < rounds;
    pool.install(|| question.answer(shard, &go_on))
        .expect("results")
}

fn bytes(results: &Results) -> Vec<u8> {
    serde_json::to_vec(results).expect("json")
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let one = answer(1, Shard::WHOLE, u64::MAX);
    assert!(one.complete);
    assert_eq!(one.runs.len(), 12);
    assert_eq!(bytes(&one), bytes(&answer(3, Shard::WHOLE, u64::MAX)));
}

#[test]
fn shards_join_to_the_same_bytes_in_any_order() {
    let whole = answer(2, Shard::WHOLE, u64::MAX);
    let part = |index| {
        let shard = Shard { index, count: 3 };
        let text = String::from_utf8(bytes(&answer(1, shard, u64::MAX))).expect("utf-8");
        (
            format!("part {index}"),
            serde_json::from_str::<Results>(&text).expect("what was written"),
        )
    };
    let first = part(0);
    assert!(!first.1.complete);
    let merged =
        merge(vec![part(2), first.clone(), part(1), first]).expect("parts of one question");
    assert_eq!(bytes(&merged), bytes(&whole));
}

#[test]
fn parts_of_different_questions_are_not_joined() {
    let one = answer(1, Shard { index: 0, count: 6 }, u64::MAX);
    let mut other = one.clone();
    other.variants[0].study.params.day_seconds = 5;
    let error =
        merge(vec![("a".into(), one.clone()), ("b".into(), other)]).expect_err("another question");
    assert!(error.contains("another question"), "{error}");
    let mut old = one.clone();
    old.version = "0.0.1".into();
    assert!(merge(vec![("a".into(), one), ("b".into(), old)]).is_err());
    assert!(merge(Vec::new()).is_err());
}

#[test]
fn interrupted_results_are_partial_and_a_finished_run_replaces_them() {
    let partial = answer(1, Shard::WHOLE, 200);
    assert!(!partial.complete);
    assert!(
        partial.runs.iter().any(|run| !run.finished),
        "one run is cut off"
    );
    assert!(partial.runs.len() < 12);
    let whole = answer(2, Shard::WHOLE, u64::MAX);
    let merged =
        merge(vec![("a".into(), partial), ("b".into(), whole.clone())]).expect("one question");
    assert_eq!(merged, whole);
}

#[test]
fn finished_runs_that_differ_are_not_joined() {
    let one = answer(1, Shard { index: 0, count: 6 }, u64::MAX);
    let mut other = one.clone();
    other.runs[0].days += 1.0;
    let error = merge(vec![("a".into(), one), ("b".into(), other)]).expect_err("they differ");
    assert!(error.contains("differ"), "{error}");
}

#[test]
fn shards_are_read_strictly() {
    assert_eq!("2/5".parse(), Ok(Shard { index: 1, count: 5 }));
    for text in ["0/5", "6/5", "1", "a/b", "1/0", "-1/2", ""] {
        assert!(text.parse::<Shard>().is_err(), "{text}");
    }
}
