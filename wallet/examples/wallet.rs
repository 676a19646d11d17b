//! The wallet's commands as a program of their own: how another binary takes them in, and what the tests of the prompts run.

use clap::{CommandFactory, FromArgMatches, Parser};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "wallet", version, about = "The wallet of En-Tan-Mo alone")]
struct Cli {
    #[command(subcommand)]
    command: etm_wallet::Command,
    #[command(flatten)]
    globals: etm_wallet::Globals,
}

fn main() -> ExitCode {
    let command = etm_wallet::config::without_empty_variables(Cli::command());
    let parsed = command
        .try_get_matches()
        .and_then(|found| Cli::from_arg_matches(&found));
    match parsed {
        Ok(cli) => etm_wallet::run(
            &cli.command,
            &cli.globals,
            Cli::command(),
            etm_wallet::connects,
        ),
        Err(error) => etm_wallet::misused(&error, std::env::args_os()),
    }
    .into()
}
