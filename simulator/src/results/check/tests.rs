use crate::{
    jobs::{Question, Shard},
    output,
    results::{Results, VariantRecord},
    study::variants,
    world::World,
};
use serde_json::{Value, json};
use std::path::Path;

const TEXT: &str = "name = \"x\"\n[population]\nkind = \"equal\"\nholders = 50\ntotal = 5000\n[miners]\ncount = 9\n[[adversary]]\nkind = \"cartel\"\nshare = 0.2\nminers = 3\naccounts = 6\n[params]\ncommittee = 4\nblocks_per_round = 5\n[run]\nrounds = 6\nseeds = 2\nevery_round = true\n";

fn results() -> Results {
    let variants = variants(TEXT, &[]).expect("valid");
    let study = &variants[0].study;
    let record = VariantRecord {
        values: Vec::new(),
        study: study.clone(),
        live: None,
    };
    let world =
        |_, seed| World::build(study, Path::new(""), seed).map_err(|error| error.to_string());
    let question = Question {
        records: vec![record],
        world: &world,
    };
    question.answer(Shard::WHOLE, &|_| true).expect("results")
}

/// Reads the document with one value changed.
fn read(document: &Value) -> Result<Results, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("results.json");
    std::fs::write(&path, document.to_string()).expect("written");
    output::read(&path).map_err(|error| error.to_string())
}

#[test]
fn what_was_written_is_read() {
    let results = results();
    assert_eq!(results.check(), Ok(()));
    let document = serde_json::to_value(&results).expect("json");
    assert_eq!(read(&document), Ok(results));
}

#[test]
fn what_no_simulation_writes_is_refused() {
    let document = serde_json::to_value(results()).expect("json");
    for (place, value, why) in [
        ("/format", json!("etm-lab/9"), "etm-lab/9"),
        ("/version", json!("0.0.0"), "0.0.0"),
        ("/variants", json!([]), "0 variants"),
        ("/jobs", json!(3), "3 runs to be"),
        ("/complete", json!(false), "complete = false"),
        ("/variants/0/study/run/seeds", json!(0), "run.seeds"),
        (
            "/variants/0/study/params/committee",
            json!(0),
            "params.committee",
        ),
        (
            "/variants/0/study/adversary/0/share",
            json!(2),
            "adversary.share",
        ),
        ("/variants/0/study/miners/count", json!(10), "12 miners"),
        (
            "/variants/0/study/population",
            json!({"kind": "network", "positions": 3}),
            "belong together",
        ),
        (
            "/variants/0/live",
            json!({"digest": "", "changes": [], "miners": []}),
            "belong together",
        ),
        ("/runs/1/variant", json!(1), "not asked for"),
        ("/runs/1/policy", json!("top101"), "not asked for"),
        ("/runs/1/seed", json!(77), "not asked for"),
        ("/runs/1/seed", json!(1), "twice"),
        ("/runs/0/rounds", json!(u64::MAX), "rounds are not"),
        ("/runs/0/rounds", json!(0), "rounds are not"),
        ("/runs/0/finished", json!(false), "finished"),
        ("/runs/0/days", json!(-1.0), "number of days"),
        ("/runs/0/summary/a\n,b", json!(1.0), "name of a measure"),
        ("/runs/0/lorenz/stake", json!([]), "Lorenz"),
        ("/runs/0/lorenz/stake/7", json!(1.5), "Lorenz"),
        ("/runs/0/deciles", json!([1.0]), "deciles"),
        ("/runs/0/deciles/3", json!(-1.0), "deciles"),
        ("/runs/0/time_gain", json!([1.0]), "time_gain"),
        ("/runs/0/miners/2", json!(null), "null"),
        ("/runs/0/miners/2/weight", json!(-0.5), "share of a miner"),
        (
            "/runs/0/daily/0/concentration/seats/gini",
            json!(9),
            "rows of days",
        ),
        ("/runs/0/daily/0/time_gain", json!(1e300), "rows of days"),
        ("/runs/0/every_round", json!([]), "0 rows of rounds"),
        ("/runs/0/every_round/0/bonus", json!(-1.0), "rows of rounds"),
        ("/surprise", json!(1), "surprise"),
    ] {
        let mut changed = document.clone();
        let (parent, key) = place.rsplit_once('/').expect("a pointer");
        match changed.pointer_mut(parent).expect("it is there") {
            Value::Object(map) => {
                map.insert(key.into(), value);
            }
            Value::Array(list) => list[key.parse::<usize>().expect("a place")] = value,
            other => panic!("{other}"),
        }
        let error = read(&changed).expect_err(place);
        assert!(error.contains(why), "{place}: {error}");
        assert!(error.contains("results.json"), "{error}");
    }
}
