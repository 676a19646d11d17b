//! The program under test, in a home of its own.

use serde_json::Value;
use std::{
    os::unix::fs::PermissionsExt as _,
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

/// Writes a file that only its owner can read, as secrets are kept.
pub fn write_private(path: impl AsRef<Path>, text: &str) {
    std::fs::write(&path, text).expect("the file can be written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        .expect("the file is ours");
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

/// Checks JSON against one of the shapes in `schemas.json`.
pub fn assert_shape(name: &str, instance: &Value) {
    let mut schema: Value = serde_json::from_str(include_str!("../../schemas.json")).unwrap();
    schema["$ref"] = format!("#/$defs/{name}").into();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(instance)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{name}: {errors:?}: {instance}");
}

/// The exit code of a check, the one document that it prints, and why it failed. What fails after all was looked at says so in its report.
pub fn report_of(output: &Output) -> (i32, Value, String) {
    let told = err(output);
    assert!(
        output.stdout.is_empty() || told.is_empty(),
        "two documents: {told}"
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    let code = output.status.code().unwrap();
    let why = match report["error"]["message"].as_str() {
        Some(message) => message.to_owned(),
        None => told,
    };
    assert_eq!(code == 0, why.is_empty(), "{why}");
    (code, report, why)
}
