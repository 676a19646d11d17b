//! `cargo xtask`: the checks and tests of the workspace, the same here as in CI.
//!
//! `cargo xtask test` installs what the tests need and runs all of them; every other command is one of its steps.

mod follow;
mod hosts;
mod http;
mod hundred;
mod live;
mod load;
mod no_std;
mod ops;
mod previews;
mod processes;
mod run;
mod soak;
mod step;
mod tools;

use clap::{Parser, Subcommand};
use hosts::Story;
use run::{Result, Step};
use std::{path::PathBuf, process::ExitCode, time::Instant};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Checks and tests of the En-Tan-Mo workspace"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Clone, PartialEq, Eq)]
enum Command {
    /// Install what the tests need, then run every check and every test
    Test,
    /// Check the formatting (`cargo fmt` mends it)
    Fmt,
    /// Clippy on every target, warnings are errors
    Clippy,
    /// Licences, sources and, where the advisory database can be reached, advisories
    Deny,
    /// The mechanism links into a program that has no standard library
    NoStd,
    /// Unit, property, vector, whole-network and process tests
    Unit,
    /// Documentation: examples run, links resolve
    Doc,
    /// The voting page: types, lint, formatting, size, unit tests
    Web,
    /// The OpenAPI document, by a public validator; then a devnet against it, by schemathesis, for a minute
    Openapi,
    /// The voting page in a real browser against a real devnet
    Page,
    /// The lab's policy `phragmen`, whose 150 crates no other build needs
    Phragmen,
    /// Fuzz decoders, certificates, bodies of requests and whole blocks for SECONDS (default 60) each
    Fuzz {
        /// Seconds for each target
        #[arg(default_value_t = 60)]
        seconds: u32,
        /// Targets; all if none is named
        targets: Vec<String>,
    },
    /// A network over hosts: the real program in network namespaces, with delays and losses between them
    Hosts {
        /// Hosts at genesis; one more joins
        #[arg(default_value_t = 5, value_parser = clap::value_parser!(u8).range(5..=7))]
        hosts: u8,
        /// Without the second half of the story: a host that moves, keys that change, a newcomer that leaves
        #[arg(long)]
        short: bool,
    },
    /// Files for those who watch over nodes: unit file, alert rules
    Ops,
    /// Whole networks from random seeds, with crashes, partitions and members that misbehave
    Storm(step::Storm),
    /// A committee of full size on this machine: what a node takes in memory, files and processor time, and whether killed ones come back
    Hundred(hundred::Hundred),
    /// A long chain on this machine: what of memory, files and disk grows with it, and whether it slows anything down
    Soak(soak::Soak),
    /// How many transactions a network on this machine takes, and how much of its work is to check their signatures
    Load(load::Load),
    /// How soon followers of one node have its blocks, and how fast it gives them away
    Follow(follow::Follow),
    /// What previews say of random requests, beside what then comes on a devnet
    Previews(previews::Previews),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let steps: Vec<(&str, Step)> = match arguments.command {
        Command::Test => vec![
            ("fmt", step::fmt),
            ("clippy", step::clippy),
            ("deny", step::deny),
            ("no-std", step::no_std),
            ("doc", step::doc),
            ("unit", step::unit),
            ("web", step::web),
            ("openapi", step::openapi),
            ("ops", ops::check),
            // Both wait for blocks most of the time.
            ("page and hosts", |root| {
                run::beside(root, &[&["page"], &["hosts", "--short"]])
            }),
        ],
        Command::Fmt => vec![("fmt", step::fmt)],
        Command::Clippy => vec![("clippy", step::clippy)],
        Command::Deny => vec![("deny", step::deny)],
        Command::NoStd => vec![("no-std", step::no_std)],
        Command::Unit => vec![("unit", step::unit)],
        Command::Doc => vec![("doc", step::doc)],
        Command::Web => vec![("web", step::web)],
        Command::Openapi => vec![("openapi", step::openapi)],
        Command::Page => vec![("page", step::page)],
        Command::Phragmen => vec![("phragmen", step::phragmen)],
        Command::Fuzz { seconds, targets } => {
            return finish(step::fuzz(&root, seconds, &targets));
        }
        Command::Hosts { hosts, short } => {
            let story = if short { Story::Short } else { Story::Full };
            return finish(hosts::run(&root, hosts, story));
        }
        Command::Ops => vec![("ops", ops::check)],
        Command::Storm(storm) => return finish(storm.run(&root)),
        Command::Hundred(hundred) => return finish(hundred.run(&root)),
        Command::Soak(soak) => return finish(soak.run(&root)),
        Command::Load(load) => return finish(load.run(&root)),
        Command::Follow(follow) => return finish(follow.run(&root)),
        Command::Previews(previews) => return finish(previews.run(&root)),
    };
    for (name, run) in steps {
        println!("== {name}");
        let begun = Instant::now();
        if let Err(message) = run(&root) {
            eprintln!("xtask: {name} failed: {message}");
            return ExitCode::FAILURE;
        }
        println!("== {name}: ok in {:.0} s", begun.elapsed().as_secs_f64());
    }
    ExitCode::SUCCESS
}

fn finish(result: Result) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
