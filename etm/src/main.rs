//! The `etm` command: the En-Tan-Mo network, its tools and its devnet.

mod command;
mod devnet;
mod disk;
mod failure;
mod genesis;
mod log;
mod node;
mod owner_key;
mod replay;
mod screen;
mod service;
mod simulate;
mod testnet;
mod travel;

use std::process::ExitCode;

fn main() -> ExitCode {
    match command::parse() {
        Ok(cli) => command::run(cli),
        Err(error) => etm_wallet::misused(&error, std::env::args_os()).into(),
    }
}
