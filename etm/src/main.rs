//! The `etm` command: the En-Tan-Mo network, its tools and its devnet.

mod command;
mod devnet;
mod failure;
mod genesis;
mod log;
mod owner_key;
mod service;
mod travel;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    command::run(command::Cli::parse())
}
