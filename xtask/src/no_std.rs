//! Whether a crate links without the standard library.
//!
//! Building for this machine proves nothing: its target has `std`, and a crate in the graph that links it compiles as any other. So a
//! probe is built around the crate: a static library that brings its own panic handler. `std` has one too, and there can only be
//! one: if anything in the graph links `std`, the probe doesn't build.

use crate::run::Result;
use std::{fs, path::Path, process::Command};

/// What the probe does with the mechanism: a genesis and a round, so that the generic code is there.
const ROUND: &str = include_str!("no_std/round.rs");

const FRAME: &str = include_str!("no_std/frame.rs");

/// A crate to be probed.
struct Subject<'a> {
    /// The package's name.
    package: &'a str,
    path: &'a Path,
    /// Code that uses it, in a function `probe`.
    usage: &'a str,
    /// The lock file whose versions are meant.
    lock: Option<&'a Path>,
}

/// Probes the mechanism, with what the workspace's lock file names.
pub fn check(root: &Path, target: &Path) -> Result {
    let root = root.canonicalize().map_err(|error| error.to_string())?;
    let subject = Subject {
        package: "etm-mechanism",
        path: &root.join("mechanism"),
        usage: ROUND,
        lock: Some(&root.join("Cargo.lock")),
    };
    println!(
        "a program without std around etm-mechanism, in {}",
        target.join("no-std").display()
    );
    links(&subject, &target.join("no-std"), target)
}

/// Builds the probe in `folder`.
fn links(subject: &Subject<'_>, folder: &Path, target: &Path) -> Result {
    let write = |name: &str, text: &str| {
        let file = folder.join(name);
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))
    };
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let manifest = format!(
        "[package]\nname = \"no-std-probe\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\npath = \"probe.rs\"\ncrate-type = [\"staticlib\"]\n\n[dependencies]\n{} = {{ path = {:?} }}\n\n[profile.dev]\npanic = \"abort\"\n\n[workspace]\n",
        subject.package,
        subject.path.display().to_string(),
    );
    write("Cargo.toml", &manifest)?;
    write("probe.rs", &format!("{FRAME}\n{}", subject.usage))?;
    if let Some(lock) = subject.lock {
        // Cargo drops what the probe doesn't need and keeps the versions of the rest.
        let text =
            fs::read_to_string(lock).map_err(|error| format!("{}: {error}", lock.display()))?;
        write("Cargo.lock", &text)?;
    }
    let built = Command::new("cargo")
        .args(["build", "--quiet", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", target)
        .output()
        .map_err(|error| format!("`cargo build` does not start: {error}"))?;
    if built.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&built.stderr);
    if said.contains("duplicate lang item") || said.contains("found duplicate") {
        return Err(format!(
            "{} or something it rests on links std:\n{said}",
            subject.package
        ));
    }
    Err(format!("the probe does not build:\n{said}"))
}

#[cfg(test)]
mod tests;
