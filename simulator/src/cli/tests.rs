use super::*;
use clap::Parser;
use std::{fs, path::Path};

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    args: SimulateArgs,
}

pub(super) fn call(arguments: &[&str]) -> Result<u8, (u8, String)> {
    let arguments = ["simulate", "--quiet"].iter().chain(arguments);
    let command = Command::try_parse_from(arguments);
    let command = command.map_err(|error| (EXIT_USAGE, error.to_string()))?;
    answer(&command.args)
}

fn answer(args: &SimulateArgs) -> Result<u8, (u8, String)> {
    let nobody = |node: &str| Err(format!("nobody asks {node}"));
    run(args, &nobody).map(|answer| answer.code())
}

pub(super) fn text(path: &Path) -> &str {
    path.to_str().expect("utf-8")
}

pub(super) const SMALL: &str = "name = \"a <b>\"\nquestion = \"who?\"\n[population]\nkind = \"csv\"\nfile = \"people.csv\"\n[miners]\ncount = 12\n[params]\ncommittee = 5\nblocks_per_round = 6\nslot_ms = 500000\n[[adversary]]\nkind = \"cartel\"\nshare = 0.2\nminers = 3\naccounts = 3\n[run]\nrounds = 100\nseeds = 2\npolicies = [\"entanmo\", \"original\"]\nevery_round = true\n";

pub(super) fn folder(people: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("people.csv"), people).expect("written");
    fs::write(folder.path().join("small.toml"), SMALL).expect("written");
    folder
}

pub(super) fn people() -> String {
    let rows: Vec<String> = (1..=60)
        .map(|place| format!("h{place},{}.5", place * place))
        .collect();
    format!("account,balance\n{}\n", rows.join("\n"))
}

#[test]
fn a_study_gives_a_whole_folder_the_same_twice() {
    let folder = folder(&people());
    let study = folder.path().join("small.toml");
    let mut found = Vec::new();
    for (name, threads) in [("one", "1"), ("two", "2")] {
        let out = folder.path().join(name);
        assert_eq!(
            call(&[text(&study), "--out", text(&out), "--threads", threads]),
            Ok(EXIT_DONE)
        );
        let mut files: Vec<_> = fs::read_dir(&out)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .map(|path| {
                (
                    path.file_name().expect("a name").to_owned(),
                    fs::read(&path).expect("a file"),
                )
            })
            .collect();
        files.sort();
        found.push(files);
    }
    assert_eq!(found[0], found[1]);
    let names: Vec<_> = found[0]
        .iter()
        .map(|(name, _)| name.to_string_lossy().into_owned())
        .collect();
    let mut expected = output::WRITTEN;
    expected.sort_unstable();
    assert_eq!(names, expected);
    let report = fs::read_to_string(folder.path().join("one/report.html")).expect("a report");
    assert!(report.contains("a &lt;b&gt;") && !report.contains("a <b>"));
    assert!(report.contains("<svg") && !report.contains("Partial results"));
    assert!(
        !report.contains("NaN") && !report.contains("src=") && !report.contains("http://"),
        "the report stands alone"
    );
    let results = output::read(&folder.path().join("one")).expect("results");
    assert!(results.complete);
}

#[test]
fn shards_merge_to_the_same_files() {
    let folder = folder(&people());
    let at = |name: &str| folder.path().join(name);
    let study = at("small.toml");
    assert_eq!(
        call(&[text(&study), "--out", text(&at("whole"))]),
        Ok(EXIT_DONE)
    );
    for shard in ["1/2", "2/2"] {
        let out = at(&shard.replace('/', "of"));
        assert_eq!(
            call(&[text(&study), "--out", text(&out), "--shard", shard]),
            Ok(EXIT_DONE)
        );
        let report = fs::read_to_string(out.join("report.html")).expect("a report");
        assert!(
            report.contains("Partial results"),
            "a shard is not the whole"
        );
    }
    let command = SimulateCommand::Merge {
        parts: vec![at("2of2"), at("1of2")],
        out: at("merged"),
        replace: false,
        bom: false,
    };
    let mut args = Command::parse_from(["simulate"]).args;
    args.command = Some(command);
    assert_eq!(answer(&args), Ok(EXIT_DONE));
    for name in ["results.json", "report.html", "summary.csv", "days.csv"] {
        let read = |part: &str| fs::read(at(part).join(name)).expect("a file");
        assert_eq!(read("merged"), read("whole"), "{name}");
    }
}

#[test]
fn a_wrong_question_writes_nothing_and_says_why() {
    let check = |people: &str, change: (&str, &str), arguments: &[&str], why: &str| {
        let folder = folder(people);
        let study = folder.path().join("small.toml");
        fs::write(&study, SMALL.replace(change.0, change.1)).expect("written");
        let out = folder.path().join("out");
        let all = [&[text(&study), "--out", text(&out)], arguments].concat();
        let (code, message) = call(&all).expect_err(why);
        assert_eq!(code, EXIT_USAGE, "{message}");
        assert!(message.contains(why), "{message} should contain {why}");
        assert!(!out.exists(), "{why}: something was written");
    };
    let good = people();
    let same = ("", "");
    check("", same, &[], "line 1");
    check("account,balance\nx,1\ny,-1\n", same, &[], "line 3");
    check(
        "account,balance\nx,300000000\n",
        same,
        &[],
        "the supply is 235000000 ETM",
    );
    check(&good, ("count = 12", "cuont = 12"), &[], "cuont");
    check(&good, ("committee = 5", "committee = -5"), &[], "committee");
    check(&good, ("people.csv", "nobody.csv"), &[], "nobody.csv");
    check(&good, same, &["--policies", "dpos"], "dpos");
    check(&good, same, &["--rounds", "0"], "run.rounds");
    check(&good, same, &["--threads", "0"], "--threads");
    check(&good, same, &["--threads", "1025"], "--threads");
    check(
        "account,balance\nx,10\ny,20\n",
        ("committee = 5", "committee = 9\nmin_committee = 9"),
        &[],
        "miners have votes, a committee needs 9",
    );
}

#[test]
fn a_folder_that_can_not_be_written_is_said_before_anything_runs() {
    let folder = folder(&people());
    let study = folder.path().join("small.toml");
    let blocked = folder.path().join("people.csv/out");
    let taken = folder.path().join("people.csv");
    for (out, why) in [
        (text(&blocked), format!("{} is no folder", taken.display())),
        ("/proc/x", "/proc takes no files".to_owned()),
    ] {
        let (code, message) = call(&[text(&study), "--out", out]).expect_err(out);
        assert_eq!(code, EXIT_FAILED);
        assert_eq!(message, format!("{out} cannot be written: {why}"));
    }
}

#[test]
fn results_are_written_over_only_where_that_is_asked_for() {
    let folder = folder(&people());
    let study = folder.path().join("small.toml");
    let out = folder.path().join("out");
    let usual = [text(&study), "--out", text(&out)];
    assert_eq!(call(&usual), Ok(EXIT_DONE));
    for name in output::WRITTEN {
        for entry in fs::read_dir(&out).expect("a folder") {
            fs::remove_file(entry.expect("an entry").path()).expect("removed");
        }
        fs::write(out.join(name), "precious").expect("written");
        fs::write(out.join("other.txt"), "of no matter").expect("written");
        let (code, message) = call(&usual).expect_err("refused");
        assert_eq!(code, EXIT_USAGE);
        assert!(
            message.contains(name) && message.contains("--replace"),
            "{message}"
        );
        let kept = fs::read_to_string(out.join(name)).expect("the file");
        assert_eq!(kept, "precious");
    }
    let replaced = [&usual[..], &["--replace"]].concat();
    assert_eq!(call(&replaced), Ok(EXIT_DONE));
    assert!(output::read(&out).is_ok());
}

#[test]
fn what_to_simulate_must_be_said() {
    assert!(call(&[]).is_err_and(|(code, text)| code == EXIT_USAGE && text.contains("--preset")));
    assert!(
        call(&["--preset", "nonsense", "--out", "/nowhere"])
            .is_err_and(|(code, text)| code == EXIT_USAGE && text.contains("holders-40k"))
    );
    assert!(
        call(&["--preset", "small"])
            .is_err_and(|(code, text)| code == EXIT_USAGE && text.contains("--out"))
    );
    assert!(
        call(&["missing.toml", "--out", "x"])
            .is_err_and(|(code, text)| code == EXIT_USAGE && text.contains("missing.toml"))
    );
    assert!(call(&["--add-miner", "x"]).is_err());
}

#[test]
fn changes_of_a_network_are_refused_where_there_is_none() {
    let folder = folder(&people());
    let study = folder.path().join("small.toml");
    let out = folder.path().join("out");
    for change in [
        ["--add-miner", "new=50"],
        ["--move-votes", "a:b"],
        ["--committee", "5"],
        ["--slot-ms", "500"],
    ] {
        for from in [&["--preset", "small"][..], &[text(&study)]] {
            let all = [from, &change, &["--out", text(&out)]].concat();
            let (code, message) = call(&all).expect_err("refused");
            assert_eq!(code, EXIT_USAGE);
            assert!(
                message.contains(change[0]) && message.contains("--from"),
                "{message}"
            );
            assert!(!out.exists());
        }
    }
}

#[test]
fn tables_have_a_column_for_each_key_that_varies_and_no_formulas() {
    let folder = folder(&people());
    let study = folder.path().join("small.toml");
    let swept = SMALL.replace("rounds = 100", "rounds = 20")
        + "[sweep]\n\"adversary.0.share\" = [0.1, 0.2]\n\"run.policies\" = [[\"entanmo\"], [\"original\"]]\n";
    fs::write(&study, swept).expect("written");
    let out = folder.path().join("out");
    assert_eq!(call(&[text(&study), "--out", text(&out)]), Ok(EXIT_DONE));
    let mut tables = 0;
    for entry in fs::read_dir(&out).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "csv") {
            continue;
        }
        tables += 1;
        let table = fs::read_to_string(&path).expect("a table");
        let mut lines = table.lines().map(cells);
        let head = lines.next().expect("a head");
        for line in lines {
            assert_eq!(line.len(), head.len(), "{}: {line:?}", path.display());
            for cell in line {
                let formula = cell.starts_with(['=', '+', '-', '@']);
                assert!(!formula || cell.parse::<f64>().is_ok(), "{cell}");
            }
        }
        if head[0] == "variant" {
            assert_eq!(head[1..3], ["adversary.0.share", "run.policies"]);
        }
    }
    assert_eq!(tables, 10);
}

/// The cells of a row by RFC 4180.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cells.last_mut().expect("a cell").push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            _ => cells.last_mut().expect("a cell").push(letter),
        }
    }
    cells
}

#[test]
fn the_arguments_are_well_formed() {
    use clap::CommandFactory;
    Command::command().debug_assert();
}
