//! Running programs, and what a step is.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

/// What a step answers: nothing, or why it failed.
pub type Result = std::result::Result<(), String>;

/// A step, run in the root of the workspace.
pub type Step = fn(&Path) -> Result;

/// Runs `program` with `arguments` in `root` and fails unless it exits with 0.
pub fn run(root: &Path, program: &str, arguments: &[&str]) -> Result {
    run_with::<_, &str>(root, program, arguments, &[])
}

/// [`run`] with environment variables beside the inherited ones.
pub fn run_with<P: AsRef<OsStr>, V: AsRef<OsStr>>(
    root: &Path,
    program: P,
    arguments: &[&str],
    variables: &[(&str, V)],
) -> Result {
    let name = program.as_ref().to_string_lossy();
    println!("$ {name} {}", arguments.join(" "));
    let status = Command::new(program.as_ref())
        .args(arguments)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .current_dir(root)
        .status()
        .map_err(|error| format!("`{name}` does not start: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!(
            "`{name} {}` ended with {status}",
            arguments.join(" ")
        ))
    }
}

/// Where the output of builds is.
pub fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// Builds what the tests of the workspace run. A build of the one program `etm` alone would compile most of it a second time.
pub fn build_tests(root: &Path) -> Result {
    run(
        root,
        "cargo",
        &["test", "--workspace", "--locked", "--no-run", "--quiet"],
    )
}
