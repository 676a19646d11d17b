//! Standard output that closes or is full, and JSON for programs, of the commands that are none of the wallet's.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking, in its helpers too

use serde_json::Value;
use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

/// How long anything may take here.
const LIMIT: Duration = Duration::from_secs(60);

fn etm(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_etm"));
    command.args(arguments).env_remove("RUST_BACKTRACE");
    command
}

/// Some rounds of four people.
const LAB: &str = "name = \"four\"\nquestion = \"who?\"\n[population]\nkind = \"csv\"\nfile = \"people.csv\"\n[miners]\ncount = 4\n[params]\ncommittee = 2\nmin_committee = 1\nblocks_per_round = 6\n[run]\nrounds = 3\nseeds = 1\npolicies = [\"entanmo\"]\n";

/// A pipe whose reader has gone.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A genesis file, and its folder.
fn genesis() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let (file, keys) = (folder.path().join("g.json"), folder.path().join("keys"));
    let made = json(&[
        "genesis",
        "new",
        "--out",
        text(&file),
        "--node-keys",
        text(&keys),
    ]);
    assert_eq!(made.0["written"], text(&file));
    assert_eq!(made.0["miners"], 4);
    (folder, text(&file).to_owned())
}

/// The one document that a command prints, and its exit code.
fn json(arguments: &[&str]) -> (Value, i32) {
    let Output {
        status,
        stdout,
        stderr,
    } = etm(arguments).arg("--json").output().unwrap();
    let (told, silent) = match status.success() {
        true => (stdout, stderr),
        false => (stderr, stdout),
    };
    assert_eq!(String::from_utf8_lossy(&silent), "", "{arguments:?}");
    let document = serde_json::from_slice(&told);
    let told = String::from_utf8_lossy(&told);
    let document = document.unwrap_or_else(|error| panic!("{arguments:?}: {error}: {told}"));
    (document, status.code().unwrap())
}

#[test]
fn every_command_answers_one_document_whatever_comes_of_it() {
    let (folder, file) = genesis();
    let missing = folder.path().join("missing");
    let missing = text(&missing);
    let (checked, code) = json(&["genesis", "check", &file]);
    assert_eq!(
        (code, &checked["parameters"]["committee"]),
        (0, &101.into())
    );
    let vector = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../vectors/mechanism/mixed.json"
    );
    let (agree, code) = json(&["replay", vector, "--check"]);
    assert_eq!((code, &agree["agree"]), (0, &true.into()));
    let (states, code) = json(&["replay", vector]);
    assert_eq!((code, &states["format"]), (0, &"etm-states/1".into()));
    let (study, code) = json(&["simulate", "--preset", "small", "--print"]);
    assert_eq!(code, 0);
    assert!(study["study"].as_str().unwrap().contains("[run]"));
    let out = folder.path().join("lab");
    let lab = folder.path().join("lab.toml");
    fs::write(&lab, LAB).unwrap();
    fs::write(
        folder.path().join("people.csv"),
        "account,balance\na,9\nb,8\nc,7\nd,6\n",
    )
    .unwrap();
    let (answer, code) = json(&["simulate", text(&lab), "-q", "--out", text(&out)]);
    assert_eq!((code, &answer["runs"]["interrupted"]), (0, &false.into()));
    assert!(Path::new(answer["report"].as_str().unwrap()).exists());

    let mut differs: Value = serde_json::from_str(&fs::read_to_string(vector).unwrap()).unwrap();
    *differs.pointer_mut("/states/rounds/0/carry").unwrap() = "1".into();
    let changed = folder.path().join("changed.json");
    fs::write(&changed, differs.to_string()).unwrap();
    for (arguments, code, name) in [
        (vec!["genesis", "check", missing], 2, "invalid_input"),
        (vec!["genesis", "new", "--out", &file], 2, "invalid_input"),
        (vec!["replay", missing], 2, "invalid_scenario"),
        (
            vec!["replay", text(&changed), "--check"],
            1,
            "states_differ",
        ),
        (vec!["simulate", missing], 2, "invalid_question"),
        (
            vec!["simulate", "--preset", "none", "--print"],
            2,
            "invalid_question",
        ),
        // What runs until it is stopped has no one document.
        (vec!["devnet", "--data", &file], 1, ""),
    ] {
        let (failure, found) = json(&arguments);
        let (expected, named) = match name {
            "" => (2, "usage"),
            name => (code, name),
        };
        assert_eq!(found, expected, "{arguments:?}: {failure}");
        assert_eq!(failure["error"]["code"], named, "{arguments:?}");
        // The same for people: one line with the prefix of all errors.
        let output = etm(&arguments).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.starts_with("etm: "), "{arguments:?}: {told}");
        assert_eq!(told.lines().count(), 1, "{arguments:?}: {told}");
        assert_eq!(output.status.code(), Some(code));
    }
}

/// Also where the command line itself is wrong.
#[test]
fn all_errors_have_one_prefix() {
    for arguments in [
        &["nonsense"][..],
        &["vote"],
        &["send", "--fe", "3"],
        &["simulate", "--seed", "abc"],
        &["keys", "import", "x", "--seed", "abc"],
    ] {
        let output = etm(arguments).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.starts_with("etm: "), "{arguments:?}: {told}");
    }
}

/// Without a command a devnet starts, and its options are looked for there.
#[test]
fn an_option_of_the_devnet_without_a_command_is_told_where_it_belongs() {
    for (arguments, option) in [(&["--fresh"][..], "--fresh"), (&["--data", "x"], "--data")] {
        let output = etm(arguments).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        let belongs = format!("etm: {option} is an option of `etm devnet`");
        assert!(told.starts_with(&belongs), "{told}");
    }
    for arguments in [&["--frseh"][..], &["status", "--fresh"]] {
        let output = etm(arguments).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.starts_with("etm: unexpected argument"), "{told}");
    }
}

#[test]
fn a_closed_pipe_is_quiet_and_a_full_disk_is_told() {
    let (_folder, file) = genesis();
    let vector = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../vectors/mechanism/mixed.json"
    );
    for arguments in [
        vec!["genesis", "check", &file],
        vec!["replay", vector],
        vec!["replay", vector, "--check"],
        vec!["simulate", "--preset", "attack", "--print"],
        vec!["man", "--markdown"],
        vec!["completions", "bash"],
        vec!["--help"],
        vec!["vote", "-h"],
        vec!["--version"],
    ] {
        let output = etm(&arguments)
            .stdout(closed())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = etm(&arguments)
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {errors}");
        assert!(
            errors.starts_with("etm: standard output cannot be written: "),
            "{arguments:?}: {errors}"
        );
    }
}

/// What was done is told where the result can't be printed: nobody does it again, and no file lies somewhere unknown.
#[test]
fn what_was_done_is_told_where_the_result_cannot_be_printed() {
    let home = tempfile::tempdir().unwrap();
    let address = "AFk29RFUnBUgzVuWHhiwckwHqqC6jQcG2c";
    fs::write(home.path().join("lab.toml"), LAB).unwrap();
    fs::write(
        home.path().join("people.csv"),
        "account,balance\na,9\nb,8\nc,7\nd,6\n",
    )
    .unwrap();
    for (arguments, done) in [
        (
            &["genesis", "new"][..],
            "written to genesis.json, new keys to genesis-keys",
        ),
        (
            &["node", "init", "--genesis", "genesis.json"],
            "the folder etm-node was made",
        ),
        (
            &[
                "testnet",
                "init",
                "--host",
                "127.0.0.1:7000",
                "--out",
                "net",
            ],
            "written to net",
        ),
        (
            &["miner", "node-keys", "node.key"],
            "new node keys are in node.key",
        ),
        (&["contacts", "add", "bob", address], "bob is a contact now"),
        (&["contacts", "remove", "bob"], "bob is no contact any more"),
        (
            &["config", "set", "node", "http://127.0.0.1:1"],
            "config.toml was changed",
        ),
        (&["man", "--out", "man"], "the pages are in man"),
        (
            &["simulate", "lab.toml", "-q", "--out", "lab"],
            "the report is lab/report.html",
        ),
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = etm(arguments)
            .current_dir(home.path())
            .env_clear()
            .env("HOME", home.path())
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
        assert!(told.contains(done), "{arguments:?}: {told}");
    }
}

/// As on a full disk: tables without the results that they are of would pass for the whole.
#[test]
fn results_that_cannot_be_written_leave_nothing_behind() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("lab.toml"), LAB).unwrap();
    fs::write(
        home.path().join("people.csv"),
        "account,balance\na,9\nb,8\nc,7\nd,6\n",
    )
    .unwrap();
    // Room for a table, not for the report.
    let script = "ulimit -f 4; exec \"$0\" simulate lab.toml -q --out lab";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_etm")])
        .current_dir(home.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("File too large"), "{told}");
    assert!(!home.path().join("lab").exists(), "{told}");
}

/// A devnet's arguments, with a free port.
fn devnet(data: &Path) -> Command {
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port();
    let mut command = etm(&[
        "devnet",
        "--miners",
        "4",
        "--committee",
        "3",
        "--slot",
        "100ms",
    ]);
    command
        .args(["--blocks", "100000", "--port", &port.to_string(), "--data"])
        .arg(data);
    command
}

#[test]
fn a_devnet_whose_reader_has_gone_stops_its_nodes_and_can_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("net");
    for processes in [&[][..], &["--processes"]] {
        let mut child = devnet(&data)
            .args(processes)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let block = lines.find(|line| line.as_ref().unwrap().starts_with('#'));
        assert!(block.is_some());
        // As `head` does.
        drop(lines);
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn a_devnet_that_cannot_print_says_so_once() {
    let folder = tempfile::tempdir().unwrap();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = devnet(&folder.path().join("net"))
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(
        errors.contains("standard output cannot be written: "),
        "{errors}"
    );
}

/// What a new pipe takes before whoever writes waits.
const PIPE: usize = 65_536;

/// As with a paused terminal, or a program that reads no further.
#[test]
fn a_devnet_whose_output_nobody_takes_goes_on_and_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let (_reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(&[b'-'; PIPE]).unwrap();
    let mut command = devnet(&folder.path().join("net"));
    let arguments: Vec<&OsStr> = command.get_args().collect();
    let at = arguments.iter().position(|name| *name == "--port").unwrap();
    let port = arguments[at + 1].to_str().unwrap().parse().unwrap();
    let mut child = command.stdout(writer).spawn().unwrap();
    let begun = Instant::now();
    while height(port).is_none_or(|height| height < 5) {
        assert!(begun.elapsed() < LIMIT, "it does not go on");
        std::thread::sleep(Duration::from_millis(20));
    }
    let pid = child.id().to_string();
    let told = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(told.unwrap().success());
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > LIMIT {
            child.kill().unwrap();
            panic!("it can't be stopped");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(status.code(), Some(0));
}

/// The height of the node at a port, once it answers.
fn height(port: u16) -> Option<u64> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let request = "GET /api/v1/status HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status: Value = serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()?;
    status["tip"]["height"].as_u64()
}

/// Whoever starts a second devnet where one runs is told where that is, and nothing is changed; afterwards the same command continues it.
#[test]
fn one_devnet_runs_in_a_folder_and_is_named_to_whoever_would_start_another() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("devnet");
    let mut first = devnet(&data).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(first.stdout.take().unwrap()).lines();
    let mut page = String::new();
    let block = lines.find(|line| {
        let line = line.as_ref().unwrap();
        if let Some(url) = line.trim().strip_prefix("voting page") {
            page = url.trim().to_owned();
        }
        line.starts_with('#')
    });
    assert!(block.is_some() && page.starts_with("http://"), "{page}");
    let refused = |folder: &Path| {
        let output = etm(&[]).current_dir(folder).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(told.lines().count(), 1, "{told}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "");
        (output.status.code().unwrap(), told)
    };
    let (code, told) = refused(folder.path());
    assert_eq!(code, 1, "{told}");
    let there =
        format!("devnet: a devnet runs in this folder already, its page and API at {page}: ");
    assert!(told.contains(&there), "{told}");
    for within in [data.clone(), data.join("node-0")] {
        let (code, told) = refused(&within);
        assert_eq!(code, 2, "{told}");
        assert!(told.contains("is the folder of another devnet"), "{told}");
        assert!(!within.join("devnet").exists());
    }
    drop(lines);
    assert_eq!(first.wait().unwrap().code(), Some(0));
    let mut again = etm(&["devnet", "--blocks", "1", "--port", "0"]);
    let output = again.current_dir(folder.path()).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("continuing after block"), "{told}");
    assert!(
        told.contains("devnet; --fresh begins a new chain in it"),
        "{told}"
    );
}
