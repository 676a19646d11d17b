//! The HTTP API of a devnet against its OpenAPI document, by schemathesis: requests that the document allows and requests that it forbids,
//! made from the document alone.

use crate::run::{Result, build_tests, run_with, target};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

/// The release that was tried.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";
/// The longest that it sends requests.
const SECONDS: &str = "60";
/// How long a devnet may take to say where its API is.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is not asked for: a stream that never ends, and what moves the clock under everything else.
const LEFT_OUT: [&str; 2] = ["/api/v1/events", "/api/v1/devnet/time-travel"];
/// What is not looked for: whether everything is accepted that the document allows. It can't say what a chain has, nor that an
/// address has a checksum.
const NOT_CHECKED: &str = "positive_data_acceptance";

/// Runs it for a bounded time; says so where Python or its package can't be had.
pub fn check(root: &Path) -> Result {
    let target = target(root);
    let Some(program) = schemathesis(root, &target.join("schemathesis")) else {
        println!(
            "openapi: Python 3.10 or newer with venv, or {SCHEMATHESIS} from its index, is not at hand: a live node was NOT checked against the document"
        );
        return Ok(());
    };
    build_tests(root)?;
    let folder = target.join("schemathesis").join("devnet");
    let devnet = Devnet::start(&target.join("debug").join("etm"), &folder)?;
    let document = format!("{}/openapi.json", devnet.url);
    let mut arguments = vec!["run", document.as_str()];
    for path in LEFT_OUT {
        arguments.extend(["--exclude-path", path]);
    }
    arguments.extend(["--exclude-checks", NOT_CHECKED]);
    arguments.extend(["--phases", "examples,coverage,fuzzing"]);
    arguments.extend(["--max-examples", "20", "--max-time", SECONDS]);
    arguments.extend(["--request-timeout", "30", "--continue-on-failure"]);
    // The same requests in every run; a busy machine is no finding.
    arguments.extend([
        "--generation-deterministic",
        "--suppress-health-check",
        "all",
    ]);
    arguments.extend(["--no-shrink", "--no-color", "--warnings", "off"]);
    // Loopback is asked directly, whatever stands before the rest of the world.
    run_with(root, &program, &arguments, &[("NO_PROXY", "127.0.0.1")])
}

/// The program, installed into a virtual environment of its own; none where that can't be done.
fn schemathesis(root: &Path, folder: &Path) -> Option<PathBuf> {
    let environment = folder.join("venv");
    let bin = environment.join("bin");
    let program = bin.join("schemathesis");
    let answers = |program: &Path| {
        let mut asked = Command::new(program);
        asked
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        asked.status().is_ok_and(|status| status.success())
    };
    if answers(&program) {
        return Some(program);
    }
    println!("{SCHEMATHESIS} is missing: installing it");
    let environment = environment.to_string_lossy();
    let quiet: [(&str, &str); 0] = [];
    run_with(root, "python3", &["-m", "venv", &environment], &quiet).ok()?;
    let install = [
        "install",
        "--quiet",
        "--disable-pip-version-check",
        SCHEMATHESIS,
    ];
    run_with(root, bin.join("pip"), &install, &quiet).ok()?;
    answers(&program).then_some(program)
}

/// A devnet, stopped when this is dropped.
struct Devnet {
    child: Child,
    url: String,
}

impl Devnet {
    fn start(program: &Path, folder: &Path) -> std::result::Result<Self, String> {
        let data = folder.join("data");
        let _ = std::fs::remove_dir_all(folder);
        let told = |error| format!("{}: {error}", program.display());
        let child = Command::new(program)
            .args([
                "devnet", "--port", "0", "--round", "10", "--slot", "300ms", "--day", "30s",
            ])
            .arg("--data")
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(told)?;
        let mut devnet = Self {
            child,
            url: String::new(),
        };
        let output = devnet
            .child
            .stdout
            .take()
            .ok_or("a devnet without output")?;
        let (sender, receiver) = mpsc::channel();
        // Read to the end, so that the devnet never waits for a reader.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(|line| line.ok()) {
                if let Some(url) = line.split_whitespace().find_map(url_of) {
                    let _ = sender.send(url);
                }
            }
        });
        devnet.url = receiver
            .recv_timeout(PATIENCE)
            .map_err(|_| "the devnet does not say where its API is".to_owned())?;
        Ok(devnet)
    }
}

impl Drop for Devnet {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in a word such as `http://127.0.0.1:8080/`.
fn url_of(word: &str) -> Option<String> {
    let start = word.find("http://127.0.0.1:")?;
    let rest = word.get(start..)?;
    let port = rest.strip_prefix("http://127.0.0.1:")?;
    let digits = port.bytes().take_while(u8::is_ascii_digit).count();
    let end = (rest.len() - port.len()).checked_add(digits)?;
    (digits > 0).then(|| rest.get(..end).map(str::to_owned))?
}
