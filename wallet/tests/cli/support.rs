//! The program under test, in a home of its own.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The example program that `cargo test` builds beside the tests.
pub fn program() -> PathBuf {
    let mut path = std::env::current_exe().expect("the path of this test");
    path.pop();
    if path.ends_with("deps") {
        path.pop();
    }
    path.join("examples").join("wallet")
}

/// A command with nothing of the caller's configuration.
pub fn wallet(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/bin:/bin")
        .env("TERM", "xterm");
    command
}

/// Runs it without a terminal.
pub fn run(home: &Path, arguments: &[&str]) -> Output {
    wallet(home, arguments)
        .stdin(std::process::Stdio::null())
        .output()
        .expect("the example program runs")
}

/// What it wrote to standard output.
pub fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What it wrote to standard error.
pub fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
