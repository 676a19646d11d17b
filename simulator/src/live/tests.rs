use super::*;
use clap::Parser;
use std::io::Write;

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    args: SimulateArgs,
}

fn args(rest: &[&str]) -> SimulateArgs {
    Command::parse_from(
        ["simulate", "--from", "x", "--rounds", "60", "--seeds", "1"]
            .iter()
            .chain(rest),
    )
    .args
}

fn document() -> String {
    let positions: Vec<String> = (0..30)
        .map(|place| {
            format!(
                "{{\"account\":\"a{place}\",\"locked\":\"{}00000000\",\"t\":{},\"miner\":{}}}",
                10 + place,
                1 + place % 9,
                place % 6
            )
        })
        .collect();
    let miners: Vec<String> = (0..6)
        .map(|id| format!("{{\"owner\":\"o{id}\",\"name\":\"m{id}\"}}"))
        .collect();
    format!(
        "{{\"format\":\"etm-scenario/1\",\"params\":{{\"committee\":4,\"blocks_per_round\":5}},\"genesis\":{{\"timestamp\":0,\"beacon\":\"{}\",\"accounts\":[],\"miners\":[{}],\"positions\":[{}]}},\"rounds\":[]}}",
        "00".repeat(32),
        miners.join(","),
        positions.join(",")
    )
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(text.as_bytes()).expect("written");
    file
}

fn from(text: &str, rest: &[&str]) -> Result<Vec<LiveVariant>, String> {
    let file = file(text);
    variants(&args(rest), file.path().to_str().expect("utf-8"), &nobody)
}

fn nobody(node: &str) -> Result<NodeState, String> {
    Err(format!("nobody asks {node}"))
}

#[test]
fn a_network_is_taken_as_it_is() {
    let found = from(&document(), &[]).expect("a network");
    assert_eq!(found.len(), 1);
    let world = &found[0].world;
    assert_eq!((world.stake.len(), world.miners.len()), (30, 6));
    assert_eq!(world.time_gain[8], 9);
    assert_eq!(world.vote[7], 1);
    assert_eq!(found[0].record.study.params.committee, 4);
}

#[test]
fn changes_are_made_and_the_mechanism_accepts_them() {
    let changes = [
        "--add-miner",
        "new=500",
        "--add-miner",
        "idle",
        "--move-votes",
        "m0:new:50",
        "--move-votes",
        "a7:idle",
        "--committee",
        "3",
    ];
    let found = from(&document(), &changes).expect("a network");
    assert_eq!(found.len(), 2);
    let (now, then) = (&found[0].world, &found[1].world);
    assert_eq!(then.miners.len(), now.miners.len() + 2);
    assert_eq!(then.stake[30], 500 * 100_000_000);
    assert_eq!((then.vote[30], then.vote[7]), (6, 7));
    // The time gain of who moved is halved: a7 had 8.
    assert_eq!((now.time_gain[7], then.time_gain[7]), (8, 4));
    let stake = |world: &World, miner: u32| -> f64 {
        world
            .vote
            .iter()
            .zip(&world.stake)
            .filter(|(vote, _)| **vote == miner)
            .map(|(_, stake)| *stake as f64)
            .sum()
    };
    let share = stake(then, 0) / stake(now, 0);
    assert!((0.3..0.7).contains(&share), "{share}");
    assert_eq!(found[1].record.study.params.committee, 3);
    assert_eq!(
        found[1].record.live.as_ref().map(|live| live.changes.len()),
        Some(5)
    );
    let names = found[1]
        .record
        .live
        .as_ref()
        .map(|live| live.miners.clone());
    let names = names.expect("a network has names");
    assert_eq!(
        (names[5].as_str(), names[6].as_str(), names[7].as_str()),
        ("m5", "new", "idle")
    );
    let mut owners: Vec<u32> = then.miners.iter().map(|miner| miner.owner).collect();
    owners.sort_unstable();
    owners.dedup();
    assert_eq!(owners.len(), 8);
    for variant in &found {
        let task = crate::task::Task {
            study: &variant.record.study,
            world: &variant.world,
            policy: "entanmo",
            seed: 1,
            variant: 0,
        };
        let run = task.run(&|_| true).expect("a run");
        assert_eq!(run.rounds, 60);
    }
}

#[test]
fn wrong_documents_and_changes_are_refused() {
    for (text, why) in [
        ("{", "EOF"),
        ("{\"format\":\"etm-scenario/2\"}", "etm-scenario"),
        (&document().replace("\"miner\":5", "\"miner\":99"), "99"),
        (
            &document().replace("\"rounds\":[]", "\"rounds\":[],\"more\":1"),
            "more",
        ),
    ] {
        let error = from(text, &[]).err().unwrap_or_default();
        assert!(error.contains(why), "{error:?} should contain {why}");
    }
    for (change, value) in [
        ("--add-miner", "UPPER"),
        ("--add-miner", "m3"),
        ("--add-miner", "rich=99999999999999"),
        ("--add-miner", "x=0"),
        ("--move-votes", "m0"),
        ("--move-votes", "m0:m9:5"),
        ("--move-votes", "m0:m1:500"),
        ("--move-votes", "o1:m1"),
        ("--committee", "0"),
    ] {
        assert!(
            from(&document(), &[change, value]).is_err(),
            "{change} {value}"
        );
    }
    assert!(variants(&args(&[]), "/no/such/file", &nobody).is_err());
}

#[test]
fn a_node_is_asked_for_its_state_and_its_slot() {
    let ask = |node: &str| {
        assert_eq!(node, "https://node.example.org/etm");
        Ok(NodeState {
            document: document(),
            slot_ms: 500,
        })
    };
    let slot_ms = |rest: &[&str]| {
        let found = variants(&args(rest), "https://node.example.org/etm", &ask).expect("a network");
        assert_eq!(found[0].world.stake.len(), 30);
        found[0].record.study.params.slot_ms
    };
    assert_eq!(slot_ms(&[]), 500);
    assert_eq!(slot_ms(&["--slot-ms", "700"]), 700);
    let refused = variants(&args(&[]), "http://127.0.0.1:9", &nobody).err();
    assert_eq!(
        refused.as_deref(),
        Some("http://127.0.0.1:9: nobody asks http://127.0.0.1:9")
    );
}

#[test]
fn a_chain_that_counts_milliseconds_has_days_of_seconds() {
    let with = |timestamp: &str, day: &str| {
        let text = document()
            .replace("\"timestamp\":0", &format!("\"timestamp\":{timestamp}"))
            .replace("\"committee\":4", &format!("\"committee\":4{day}"));
        let found = from(&text, &[]).expect("a network");
        found[0].record.study.params.day_seconds
    };
    // What a node on the mainnet writes.
    assert_eq!(with("1795624593000", ",\"day_seconds\":86400000"), 86_400);
    assert_eq!(with("1795624593", ",\"day_seconds\":60"), 60);
    assert_eq!(with("0", ""), 86_400);
}

#[test]
fn the_report_says_what_was_changed_and_names_the_miners() {
    let found = from(&document(), &["--add-miner", "new=500"]).expect("a network");
    let question = crate::jobs::Question {
        records: found.iter().map(|variant| variant.record.clone()).collect(),
        world: &|variant, _| Ok(found[variant].world.clone()),
    };
    let results = question
        .answer(crate::jobs::Shard::WHOLE, &|_| true)
        .expect("results");
    assert_eq!(results.check(), Ok(()));
    let folder = tempfile::tempdir().expect("a folder");
    crate::output::write(folder.path(), &results, false).expect("written");
    let page = std::fs::read_to_string(folder.path().join("report.html")).expect("a report");
    for text in [
        "What if: miner new, which locks 500 ETM for itself?",
        "Miner by miner",
        "Miner new, which is added, has a seat in ",
        "<td>new</td><td>–</td>",
        "votes, En-Tan-Mo, as it is",
        "--from DOCUMENT",
    ] {
        assert!(page.contains(text), "{text}");
    }
}
