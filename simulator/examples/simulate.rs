//! `etm simulate` alone, without the rest of the command.

use clap::Parser;
use std::process::ExitCode;

#[derive(Parser)]
struct Simulate {
    #[command(flatten)]
    args: etm_simulator::cli::SimulateArgs,
}

fn main() -> ExitCode {
    ExitCode::from(etm_simulator::cli::run(&Simulate::parse().args))
}
