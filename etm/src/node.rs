//! `etm node`: one node of any network, in a folder of its own.

mod check;
pub mod init;
mod keys;
mod notify;
mod place;
mod run;
mod secrets;
pub mod settings;
mod snapshot;
mod source;
mod status;

use clap::Subcommand;
use etm_wallet::output::Output;

/// Where a node keeps its files if nothing else is said.
const FOLDER: &str = "etm-node";
/// Its settings.
pub const CONFIG_FILE: &str = "config.toml";
/// Its chain.
pub const GENESIS_FILE: &str = "genesis.json";

/// What to do with a node.
#[derive(Subcommand, Debug)]
pub enum NodeCommand {
    /// Make the folder of a new node: settings, genesis, keys
    ///
    /// Nothing is ever overwritten: a key that lies in the folder already is kept, settings that lie there are an error. Settings given
    /// as options are written into the file; the others stand in it as comments with their defaults. Paths count from the working folder,
    /// and are written so that they name the same files from the folder of the node.
    #[command(
        after_help = "Examples:\n  etm node init --genesis genesis.json\n  etm node init --genesis https://node.example.org --chain-id 5f0c...e1\n  etm node init --genesis genesis.json --miner --external node.example.org:9100 --data /var/lib/etm"
    )]
    Init(init::Init),
    /// Run a node until it is told to stop (SIGTERM, Ctrl-C)
    ///
    /// An option comes before a variable of the environment (`ETM_NODE_LISTEN` for `--listen`), a variable before the file. A path that is not
    /// absolute counts from the working folder as an option or a variable, and from the folder of the settings file in that.
    #[command(
        after_help = "Examples:\n  etm node run\n  etm node run --data /var/lib/etm\n  etm node run --config /etc/etm/config.toml --data /var/lib/etm --log-format json\n  ETM_NODE_API=off etm node run\n\nExit codes: 0 it was told to stop; 1 it could not start or could not go on; 2 the settings are wrong."
    )]
    Run(place::NodeArgs),
    /// How far the running node of a folder is, and whether it keeps up
    #[command(
        after_help = "Examples:\n  etm node status\n  etm node status --data /var/lib/etm --json"
    )]
    Status(place::NodeArgs),
    /// Show the public keys of a node
    #[command(after_help = "Examples:\n  etm node keys --data /var/lib/etm")]
    Keys(place::NodeArgs),
    /// Look for what keeps a node from its work: one line each, with what to do
    ///
    /// Genesis, keys, folder, disk and ports; with --peer the clock and the version beside another node's, and whether that one is
    /// connected; with `external` in the settings whether a node of the chain answers there.
    #[command(
        after_help = "Examples:\n  etm node check\n  etm node check --data /var/lib/etm --peer https://node.example.org\n\nExit codes: 0 nothing is bad; 1 something is; 2 the settings are wrong."
    )]
    Check(check::Check),
    /// Snapshots of the state: a node begins with one instead of executing all blocks before it
    #[command(
        subcommand,
        after_help = "Examples:\n  etm node snapshot make etm.snapshot\n  etm node snapshot restore etm.snapshot --data /var/lib/etm"
    )]
    Snapshot(snapshot::SnapshotCommand),
    /// Print the checkpoint of the newest round that has ended: what a node elsewhere needs to know of the chain beside its genesis
    ///
    /// The node that is asked is believed. Whoever gets a checkpoint has to get it from somebody trusted.
    #[command(
        after_help = "Examples:\n  etm node checkpoint\n  etm node checkpoint --data /var/lib/etm --json"
    )]
    Checkpoint(snapshot::ShowCheckpoint),
}

/// Runs `etm node`.
///
/// # Errors
/// What was wrong and what would be right, in one line.
pub fn run(command: &NodeCommand, output: &Output) -> etm_wallet::failure::Result<()> {
    match command {
        NodeCommand::Init(options) => {
            let made = init::run(options)?;
            output.print(&made)?;
            made.warn(output);
            Ok(())
        }
        NodeCommand::Run(options) => Ok(run::run(options, output)?),
        NodeCommand::Status(options) => output.print(&status::run(options)?),
        NodeCommand::Snapshot(snapshot::SnapshotCommand::Make(options)) => {
            output.print(&snapshot::make(options, output)?)
        }
        NodeCommand::Snapshot(snapshot::SnapshotCommand::Restore(options)) => {
            output.print(&snapshot::restore(options, output)?)
        }
        NodeCommand::Checkpoint(options) => output.print(&snapshot::checkpoint(options)?),
        NodeCommand::Keys(options) => output.print(&keys::run(options)?),
        NodeCommand::Check(options) => {
            let findings = check::run(options)?;
            let text = "something keeps the node from its work, see above";
            let failure = || etm_wallet::failure::Failure::failed("node_check", text);
            let ended = (!findings.is_bad()).then_some(()).ok_or_else(failure);
            output.print_ended(&findings, ended)
        }
    }
}
