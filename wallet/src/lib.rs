//! The wallet of En-Tan-Mo and its command line: keys, signing, looking and checking.
//!
//! The `etm` binary takes [`Command`] and [`Globals`] into its own command and hands them to [`run`]:
//!
//! ```
//! use clap::{CommandFactory, Parser};
//! use etm_wallet::{Command, Globals};
//!
//! #[derive(Parser)]
//! #[command(name = "etm")]
//! struct Cli {
//!     #[command(subcommand)]
//!     command: Command,
//!     #[command(flatten)]
//!     globals: Globals,
//! }
//!
//! // A program takes `Cli::try_parse` and hands what is wrong to `etm_wallet::misused`.
//! let cli = Cli::parse_from(["etm", "keys", "list", "--keys", "/nonexistent"]);
//! let exit = etm_wallet::run(&cli.command, &cli.globals, Cli::command(), etm_wallet::connects);
//! assert_eq!(exit, etm_wallet::Exit::Ok);
//! ```
//!
//! What is deliberately not here: the HTTP client is `etm-client`, the rules are `etm-mechanism`, encodings are `etm-types`.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::panic))]

mod act;
mod address;
pub mod amount;
mod command;
pub mod complete;
pub mod config;
mod contacts;
mod context;
pub mod failure;
mod faucet;
pub mod figures;
pub mod files;
mod gain;
pub mod keys;
pub mod miner_keys;
mod misuse;
pub mod output;
mod pages;
mod possible;
pub mod reference;
pub mod secret;
mod see;
mod signed;
pub mod suggest;
pub mod terminal;
mod time_travel;
pub mod toml_lines;
mod tx;
mod verbs;
pub mod verify;
mod watch;

pub use act::{Probe, connects};
pub use command::{Command, MinerCommand, run};
pub use config::Globals;
pub use failure::Exit;
pub use misuse::misused;
pub use see::chain::StatusReport;
