//! The steps of `cargo xtask test`, each one command a person could type.

use crate::{
    live, no_std,
    run::{Result, build_tests, run, run_with, target},
    tools::{self, CargoHome},
};
use std::{
    path::Path,
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

/// Formatting of every member.
pub fn fmt(root: &Path) -> Result {
    run(root, "cargo", &["fmt", "--all", "--check"])
}

/// Clippy on every target of every member.
pub fn clippy(root: &Path) -> Result {
    run(
        root,
        "cargo",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
    )
}

/// Licences, bans and sources always; advisories where the database can be fetched. In a cargo home made for it, so that what
/// the check needs is what this step fetches.
pub fn deny(root: &Path) -> Result {
    tools::cargo_deny(root)?;
    let home = CargoHome::fetch(root)?;
    let check = |options: &[&str], what: &[&str]| {
        let arguments = [&["--log-level", "error"], options, &["check"], what].concat();
        run_with(root, tools::program("deny"), &arguments, &[home.variable()])
    };
    check(&["--offline"], &["licenses", "bans", "sources"])?;
    if !tools::advisories_reachable() {
        println!("deny: the advisory database cannot be reached from here: advisories NOT checked");
        return Ok(());
    }
    check(&[], &["advisories"])
}

/// The mechanism and all it rests on link without the standard library.
pub fn no_std(root: &Path) -> Result {
    let target = target(root);
    no_std::check(root, &target)
}

/// Examples in the documentation run, and its links resolve.
pub fn doc(root: &Path) -> Result {
    run_with(
        root,
        "cargo",
        &["doc", "--workspace", "--no-deps", "--locked", "--quiet"],
        &[("RUSTDOCFLAGS", "-D warnings")],
    )?;
    run(
        root,
        "cargo",
        &["test", "--workspace", "--doc", "--locked", "--quiet"],
    )
}

/// Every test of the workspace but the documentation's.
pub fn unit(root: &Path) -> Result {
    tools::nextest(root)?;
    run(
        root,
        "cargo",
        &[
            "nextest",
            "run",
            "--workspace",
            "--locked",
            "--no-fail-fast",
        ],
    )
}

/// The voting page's own checks and tests.
pub fn web(root: &Path) -> Result {
    let web = root.join("web");
    tools::npm(&web)?;
    run(&web, "npm", &["run", "check"])?;
    run(&web, "npm", &["test"])
}

/// The OpenAPI document, by a validator that others use, in the version that its lock file pins; then a node against the document.
pub fn openapi(root: &Path) -> Result {
    let validator = root.join("api").join("validator");
    tools::npm(&validator)?;
    let document = root.join("api").join("openapi.json");
    let document = document.to_string_lossy();
    run(
        &validator,
        "npx",
        &["--no-install", "validate-api", &document],
    )?;
    live::check(root)
}

/// The voting page in Debian's Chromium against a real devnet.
pub fn page(root: &Path) -> Result {
    let web = root.join("web");
    tools::npm(&web)?;
    tools::chromium(root)?;
    build_tests(root)?;
    let target = target(root);
    let binary = target.join("debug").join("etm");
    run_with(&web, "npm", &["run", "e2e"], &[("ETM_BIN", &binary)])
}

/// The tests of the lab's policies with Phragmén among them. Not a part of `test`: building what it rests on takes longer
/// than the lab itself.
pub fn phragmen(root: &Path) -> Result {
    run(
        root,
        "cargo",
        &[
            "test",
            "--locked",
            "-p",
            "etm-simulator",
            "--features",
            "phragmen",
            "--lib",
            "policy",
        ],
    )
}

/// The fuzz targets of these names, or all, for `seconds` each. Corpora begin with the golden vectors.
pub fn fuzz(root: &Path, seconds: u32, targets: &[String]) -> Result {
    tools::cargo_fuzz(root)?;
    let listed = Command::new("cargo")
        .args(["fuzz", "list"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("`cargo fuzz list` does not start: {error}"))?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let known: Vec<&str> = listed.lines().collect();
    if let Some(unknown) = targets.iter().find(|name| !known.contains(&name.as_str())) {
        let known = known.join(", ");
        return Err(format!(
            "there is no fuzz target {unknown}; there are {known}"
        ));
    }
    let chosen = known
        .into_iter()
        .filter(|name| targets.is_empty() || targets.iter().any(|target| target == name));
    let limit = format!("-max_total_time={seconds}");
    for target in chosen {
        let corpus = format!("fuzz/corpus/{target}");
        std::fs::create_dir_all(root.join(&corpus))
            .map_err(|error| format!("{corpus}: {error}"))?;
        run(root, "python3", &["fuzz/seeds.py", target, &corpus])?;
        let mut arguments = vec!["fuzz", "run", "--sanitizer", "none", target, &corpus];
        if target == "scenario" {
            arguments.push("vectors/mechanism");
        }
        arguments.extend([
            "--",
            &limit,
            "-max_len=8192",
            "-timeout=10",
            "-rss_limit_mb=2048",
            "-print_final_stats=1",
        ]);
        // Coverage needs flags that the stable compiler has, but not for everybody.
        run_with(root, "cargo", &arguments, &[("RUSTC_BOOTSTRAP", "1")])?;
    }
    Ok(())
}

/// A campaign of simulated networks. What fails is made smaller, and named by the command that repeats it.
#[derive(clap::Args, Clone, PartialEq, Eq)]
pub struct Storm {
    /// Run seed after seed for N minutes (default 10, unless --seed asks for one run)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    minutes: Option<u32>,
    /// Run this seed alone, or begin with it if --minutes is given
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// What is taken away from what the seed says, as a failing run prints it
    #[arg(long, requires = "seed", conflicts_with = "minutes")]
    edit: Option<String>,
    /// Networks at once, each on one core
    #[arg(long, value_name = "N", default_value_t = 1)]
    threads: u32,
    /// What the nodes log: a filter such as `info`
    #[arg(long)]
    log: Option<String>,
}

impl Storm {
    /// Runs the seed, or many.
    pub fn run(&self, root: &Path) -> Result {
        let minutes = match (self.minutes, self.seed) {
            (None, Some(_)) => 0,
            (minutes, _) => minutes.unwrap_or(10),
        };
        let seconds = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |elapsed| elapsed.as_secs());
        let seed = self.seed.unwrap_or(seconds * 1_000);
        let variables = [
            ("STORM_MINUTES", minutes.to_string()),
            ("STORM_SEED", seed.to_string()),
            ("STORM_EDIT", self.edit.clone().unwrap_or_default()),
            ("STORM_THREADS", self.threads.to_string()),
            ("STORM_LOG", self.log.clone().unwrap_or_default()),
        ];
        let variables = variables
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let mut arguments = vec!["test", "--locked", "-p", "etm-node", "--test", "storm"];
        if minutes > 0 {
            // Pays for itself within a few runs; one run alone is sooner over with the build of the tests.
            arguments.extend(["--config", "profile.dev.package.etm-node.opt-level=2"]);
        }
        arguments.extend(["--", "--ignored", "--exact", "storm", "--nocapture"]);
        run_with(root, "cargo", &arguments, &variables)
    }
}
