//! The `etm` command: the En-Tan-Mo network, its tools and its devnet.

mod audit;
mod command;
mod devnet;
mod disk;
mod failure;
mod genesis;
mod home;
mod load;
mod log;
mod node;
mod owner_key;
mod process;
mod replay;
mod screen;
mod service;
mod simulate;
mod testnet;
mod travel;
mod values;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(candidates) = etm_wallet::complete::asked(command::tree()) {
        // A shell that went away has no use for them.
        let _ = std::io::Write::write_all(&mut std::io::stdout(), candidates.as_bytes());
        return ExitCode::SUCCESS;
    }
    match command::parse() {
        Ok(cli) => command::run(cli),
        Err(error) => etm_wallet::misused(&error, std::env::args_os()).into(),
    }
}
