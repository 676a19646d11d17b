//! The tree of commands.

use crate::{audit, devnet, genesis, load, node, process, replay, simulate, testnet};
use clap::{
    ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand,
    error::{ContextKind, ContextValue, ErrorKind},
    parser::ValueSource,
};
use etm_wallet::output::Output;
use std::{path::PathBuf, process::ExitCode};

/// `etm` and its options.
#[derive(Parser, Debug)]
#[command(
    name = "etm",
    version,
    about = "En-Tan-Mo: a blockchain whose block producers are drawn in proportion to the people's votes",
    long_about = "En-Tan-Mo: a blockchain whose block producers are drawn in proportion to the people's votes.\n\n\
                  Without a command, etm starts a network on this machine, or continues the one in the folder `devnet` (`etm devnet`).",
    after_help = "Examples:\n  etm                                start a network on this machine and watch it\n  \
                  etm devnet --fresh --slot 200ms    a new, faster one\n  \
                  etm keys new alice                 make a key ...\n  \
                  etm faucet --wait                  ... get tokens on a devnet ...\n  \
                  etm lock 500                       ... lock them ...\n  \
                  etm vote amber                     ... and vote with them\n  \
                  etm position                       what came of it\n  \
                  etm watch                          and what goes on"
)]
pub struct Cli {
    #[command(flatten)]
    globals: etm_wallet::Globals,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one value for each run; clap flattens no boxed enum"
)]
enum Command {
    /// Start a network of several miners on this machine, or continue it
    #[command(
        after_help = "Examples:\n  etm devnet\n  etm devnet --data mynet --miners 12 --committee 7 --slot 1s\n  etm devnet --fresh --day 10s --quiet-voters\n  etm devnet --processes --blocks 100"
    )]
    Devnet(Box<devnet::options::Options>),
    #[command(hide = true)]
    DevnetNode(devnet::NodeOptions),
    /// Send transactions of a devnet's holders at a rate, and tell what became of them
    #[command(hide = true)]
    Load(load::Load),
    /// Make, check or import the genesis of a chain
    #[command(
        subcommand,
        after_help = "Examples:\n  etm genesis new --name mynet --miners 7 --out genesis.json\n  etm genesis check genesis.json"
    )]
    Genesis(Box<genesis::GenesisCommand>),
    /// Run a node of any network: make its folder, start it
    #[command(
        subcommand,
        after_help = "Examples:\n  etm node init --genesis genesis.json --data node\n  etm node run --data node\n  etm node status --data node"
    )]
    Node(Box<node::NodeCommand>),
    /// Make a network over several hosts: a genesis, and a folder for each host
    #[command(
        subcommand,
        after_help = "Examples:\n  etm testnet init --host a.example:7000 --host b.example:7000 --out mynet"
    )]
    Testnet(Box<testnet::TestnetCommand>),
    /// Execute a chain again from genesis, and compare every state root and certificate
    ///
    /// What `verify-round` and `verify-votes` take from the signatures of committees - that blocks were executed rightly - is checked here by executing
    /// them. Blocks come from any node that keeps all of them; nothing about them is believed.
    Audit(Box<audit::Audit>),
    /// Compute the states of a scenario file
    Replay(Replay),
    /// Simulate elections over days to years, compare policies, explain the outcome
    Simulate(Box<etm_simulator::args::SimulateArgs>),
    #[command(flatten)]
    Wallet(etm_wallet::Command),
}

/// Options of `etm replay`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  etm replay vectors/mechanism/mixed.json --check\n  etm replay run.json > states.json\n  curl -s http://127.0.0.1:8080/api/v1/scenario/full > run.json && etm replay run.json --check\n\nExit codes: 0 the states were written (or agree); 1 they differ; 2 the file is malformed."
)]
struct Replay {
    /// A scenario, alone or with its states or a chain's record (what a devnet exports)
    file: PathBuf,
    /// Compare with the states or the record in the file instead of printing, and name the first difference
    #[arg(long)]
    check: bool,
}

/// Commands that don't take the wallet's options, so that their help doesn't list them.
const NOT_THE_WALLETS: [&str; 7] = [
    "devnet", "genesis", "load", "node", "replay", "simulate", "testnet",
];

/// Whether a command prints what happens for people, for as long as it runs.
fn prints_text(name: &str) -> bool {
    name == "devnet"
}

pub fn tree() -> clap::Command {
    let mut root = Cli::command();
    root.build();
    NOT_THE_WALLETS.iter().fold(root, |root, name| {
        let shown: &[&str] = if prints_text(name) { &[] } else { &["json"] };
        root.mut_subcommand(name, |command| {
            etm_wallet::reference::without_globals(command, shown)
        })
    })
}

/// Reads the command line.
///
/// # Errors
/// What is wrong with it, or the help that was asked for.
pub fn parse() -> Result<Cli, clap::Error> {
    let matches = etm_wallet::config::without_empty_variables(tree())
        .try_get_matches()
        .map_err(|error| {
            let words = std::env::args_os().filter_map(|word| word.into_string().ok());
            without_a_command(error, words)
        })?;
    check_options(&matches)?;
    Cli::from_arg_matches(&matches)
}

/// Says of an option of the devnet where it belongs: without a command it is a devnet that starts, so that people look for its options there.
fn without_a_command(error: clap::Error, mut words: impl Iterator<Item = String>) -> clap::Error {
    let tree = Cli::command();
    let named = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(named)) if error.kind() == ErrorKind::UnknownArgument => named,
        _ => return error,
    };
    let long = named.trim_start_matches('-').to_owned();
    let is_the_devnets = tree.find_subcommand("devnet").is_some_and(|devnet| {
        devnet
            .get_arguments()
            .any(|one| one.get_long() == Some(&*long))
    });
    if !is_the_devnets || words.any(|word| tree.find_subcommand(&word).is_some()) {
        return error;
    }
    let text = format!(
        "--{long} is an option of `etm devnet`, which is what starts without a command: etm devnet --{long} ...\n"
    );
    clap::Error::raw(ErrorKind::UnknownArgument, text)
}

/// Refuses an option of the wallet before a command that would not look at it, and act on something else than was meant.
fn check_options(matches: &ArgMatches) -> Result<(), clap::Error> {
    // Without a command it is a devnet.
    let name = matches.subcommand_name().unwrap_or("devnet");
    let given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let refused = |id: &str, instead: &str| {
        let text = format!("`etm {name}` does not take the wallet's option --{id}{instead}\n");
        Err(clap::Error::raw(ErrorKind::UnknownArgument, text))
    };
    if prints_text(name) && given("json") {
        return refused("json", "; `etm watch --json` prints what happens as JSON");
    }
    if prints_text(name) && given("quiet") {
        return refused("quiet", "; it prints what happens");
    }
    // What sends transactions names its nodes by an option of its own.
    if !NOT_THE_WALLETS.contains(&name) || name == "load" {
        return Ok(());
    }
    // A node has settings in a file of its own, by the same option.
    let of_a_node = name == "node";
    match ["node", "key", "keys", "chain", "timeout", "config"]
        .into_iter()
        .find(|id| given(id) && !(of_a_node && *id == "config"))
    {
        None => Ok(()),
        Some(id) => {
            let below = matches
                .subcommand()
                .and_then(|(_, below)| below.subcommand_name());
            let instead = match (name, id) {
                ("node", "node") => match below {
                    Some("snapshot" | "checkpoint") => "; --from URL names the node that is asked",
                    Some("status") => "; `etm status --node URL` is about any node",
                    Some("check") => "; --peer URL names another node to look at",
                    _ => "",
                },
                ("node", "chain") => "; --chain-id HASH is the option of `etm node init`",
                _ => "",
            };
            refused(id, instead)
        }
    }
}

/// Runs a command and answers its exit code.
pub fn run(cli: Cli) -> ExitCode {
    let output = Output::new(cli.globals.json, cli.globals.quiet);
    process::hear_of_large_files();
    let result = match cli.command {
        None => devnet::run(&devnet::options::Options::default()).map_err(Into::into),
        Some(Command::Devnet(options)) => devnet::run(&options).map_err(Into::into),
        Some(Command::DevnetNode(options)) => devnet::run_node(&options).map_err(Into::into),
        Some(Command::Load(options)) => load::run(&options).map_err(Into::into),
        Some(Command::Genesis(command)) => genesis::run(&command, &output)
            .map_err(Into::into)
            .and_then(|made| output.print(&made)),
        Some(Command::Node(command)) => node::run(&command, &output),
        Some(Command::Testnet(command)) => testnet::run(&command, &output)
            .map_err(Into::into)
            .and_then(|made| output.print(&made)),
        Some(Command::Audit(options)) => audit::run(&options, &cli.globals, &output),
        Some(Command::Replay(Replay { file, check })) => replay::run(&file, check, &output),
        Some(Command::Simulate(options)) => return simulate::run(&options, &output),
        Some(Command::Wallet(command)) => {
            let probe = etm_node::network::preface::probe;
            return etm_wallet::run(&command, &cli.globals, tree(), probe).into();
        }
    };
    output.end(result).into()
}
