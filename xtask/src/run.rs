//! Running programs, and what a step is.

use std::{
    ffi::OsStr,
    fs::File,
    io::{Read, Seek},
    path::{Path, PathBuf},
    process::{Command, Stdio},
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

/// Runs steps beside one another, each as a command of its own, and prints what each said once all have ended.
pub fn beside(root: &Path, steps: &[&[&str]]) -> Result {
    let mut running = Vec::new();
    for step in steps {
        let name = step.join(" ");
        let log = target(root).join(format!("xtask-{}.log", step.join("")));
        let said = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&log)
            .map_err(|error| format!("{}: {error}", log.display()))?;
        let copy = |file: &File| file.try_clone().map_err(|error| error.to_string());
        // Not this very program: a step before may have built it anew.
        let child = Command::new("cargo")
            .arg("xtask")
            .args(*step)
            .current_dir(root)
            .stdin(Stdio::null())
            .stdout(copy(&said)?)
            .stderr(copy(&said)?)
            .spawn()
            .map_err(|error| format!("`{name}` does not start: {error}"))?;
        running.push((name, child, said));
    }
    let mut failed = Vec::new();
    for (name, mut child, mut said) in running {
        let ended = child.wait().map_err(|error| format!("{name}: {error}"))?;
        let mut text = Vec::new();
        let read = said.rewind().and_then(|()| said.read_to_end(&mut text));
        read.map_err(|error| format!("{name}: {error}"))?;
        print!("{}", String::from_utf8_lossy(&text));
        if !ended.success() {
            failed.push(name);
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(format!("failed: {}", failed.join(", "))),
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

#[cfg(test)]
mod tests;
