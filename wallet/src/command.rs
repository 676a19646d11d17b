//! The commands, as the `etm` binary takes them into its own.

use crate::{
    act,
    config::{self, Globals, Settings, command::ConfigCommand},
    contacts::{self, ContactsCommand},
    context::Context,
    failure::{Exit, Failure, Result},
    faucet,
    keys::commands::{self as keys, KeysCommand},
    miner_keys,
    output::Output,
    reference, see, time_travel, tx, verify, watch,
};
use std::path::PathBuf;

/// The wallet's commands.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// Make, bring in, show, export and delete keys
    #[command(
        subcommand,
        after_help = "Examples:\n  etm keys new savings\n  etm keys list\n  etm config set key savings"
    )]
    Keys(KeysCommand),

    /// Send tokens to an address
    #[command(
        after_help = "Examples:\n  etm send bob 12.5\n  etm send bob 3 --memo rent --wait\n  etm send bob 3 --yes --json --passphrase-file pass.txt"
    )]
    Send(act::Send),

    /// Lock tokens, so that they vote and earn a bonus
    ///
    /// A position grows by what is locked; its time gain t becomes the mean of what was locked (at t) and what is new (at 1).
    #[command(
        after_help = "Examples:\n  etm lock 1000\n  etm lock 250.75 --wait\n  etm lock 1000 --vote alpha"
    )]
    Lock(act::Lock),

    /// Unlock tokens: they are spendable once the round is over
    #[command(after_help = "Examples:\n  etm unlock 100\n  etm unlock all --wait")]
    Unlock(act::Unlock),

    /// Let what is locked vote for a miner
    ///
    /// The first vote costs nothing but the fee; a switch to another miner halves the time gain t.
    #[command(after_help = "Examples:\n  etm vote alpha\n  etm vote '#3' --wait")]
    Vote(act::Vote),

    /// Withdraw the vote: t is halved, and nothing is earned until the next vote
    #[command(
        after_help = "Examples:\n  etm unvote\n  etm unvote --yes --json --passphrase-file pass.txt"
    )]
    Unvote(act::Plain),

    /// Look at miners, register as one, change it, resign
    #[command(
        subcommand,
        visible_alias = "delegate",
        after_help = "Examples:\n  etm miner list --sort inclusion\n  etm miner show alpha\n  etm miner node-keys node.key"
    )]
    Miner(MinerCommand),

    /// What an account holds: spendable, earned, locked
    #[command(
        after_help = "Examples:\n  etm balance\n  etm balance alice\n  etm balance bob --json | jq -r .balance"
    )]
    Balance(see::Whose),

    /// A position: t now, when the next +1 comes, past halvings and what caused them, forecast
    #[command(after_help = "Examples:\n  etm position\n  etm position alice --json")]
    Position(see::Whose),

    /// The bonus round by round, and why it is that much
    #[command(
        after_help = "Examples:\n  etm rewards\n  etm rewards --earned-only -n 0\n  etm rewards alice --csv --out bonus-2026.csv"
    )]
    Rewards(see::Rewards),

    /// The transactions of an account, newest first
    #[command(after_help = "Examples:\n  etm history\n  etm history alice -n 0 --json")]
    History(see::History),

    /// A round: committee, receipt, pools, missed slots
    #[command(after_help = "Examples:\n  etm round\n  etm round 17\n  etm round current")]
    Round(see::Round),

    /// Show or prove a transaction, replace or cancel one that waits, or sign, send and decode transaction files
    #[command(
        after_help = "Examples:\n  etm tx 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n  etm tx 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 --prove\n  etm tx decode tx.json\n  etm tx sign tx.json --out signed.json\n  etm tx broadcast signed.json --wait"
    )]
    Tx(tx::Tx),

    /// A block: what its header says, and what happened in it
    #[command(after_help = "Examples:\n  etm block\n  etm block 1200 --receipts")]
    Block(see::Block),

    /// Where all tokens are, and whether that is what the schedule says; exit code 1 if not
    #[command(after_help = "Examples:\n  etm supply\n  etm supply --json | jq -r .total")]
    Supply,

    /// How far the chain is, and whether the node keeps up with it
    #[command(
        after_help = "Examples:\n  etm status\n  etm status --node https://node.example.org --json"
    )]
    Status,

    /// A live view of rounds, blocks and my position, on the whole screen
    ///
    /// With --json no screen is drawn: events are printed as they happen, one JSON document a line.
    #[command(
        after_help = "Examples:\n  etm watch\n  etm watch alice\n  etm watch --json | jq -c 'select(.kind == \"round\")'\n\nKeys: q, Esc or Ctrl-C ends it."
    )]
    Watch(watch::Watch),

    /// Check a round without trusting the node: certificates, receipts, carry, candidates, slot order, beacons, lucky member, pools, fees, draw
    ///
    /// Every step is printed with `ok` or with what differs; the exit code is 1 if anything does. docs/verify.md describes what is checked.
    ///
    /// What was proved of a chain is kept (32 bytes a round), and the chain a node had at first is the one it must have from then on. At the first use of a
    /// node, without --chain or --genesis, all that can be said is that the round is consistent with the node's own genesis, which nobody confirmed.
    #[command(
        after_help = "Examples:\n  etm verify-round 17\n  etm verify-round 17 --save round-17.evidence\n  etm verify-round --receipt round-17.evidence\n  etm verify-round 17 --genesis genesis.json"
    )]
    VerifyRound(verify::VerifyRound),

    /// Prove the votes of a miner from its cohorts, and a position among them, without trusting the node
    ///
    /// The state's root is in the header of every block, which a committee signed; each record comes with the path to that root. A node proves the
    /// state of now, so the votes of the running round: with --save they can be checked later. That a cohort is the sum of its positions follows from
    /// executing the blocks: `etm audit` does.
    #[command(
        after_help = "Examples:\n  etm verify-votes amber\n  etm verify-votes amber --address alice\n  etm verify-votes '#3' --address alice --save votes.evidence\n  etm verify-votes --receipt votes.evidence"
    )]
    VerifyVotes(verify::VerifyVotes),

    /// Get tokens from a devnet's faucet
    #[command(after_help = "Examples:\n  etm faucet\n  etm faucet alice --amount 5000 --wait")]
    Faucet(faucet::Faucet),

    /// Move the clock of a devnet ahead: days pass in seconds
    #[command(
        after_help = "Examples:\n  etm time-travel --days 3\n  etm time-travel --rounds 2 --json"
    )]
    TimeTravel(time_travel::TimeTravel),

    /// Names for other people's addresses: what takes an address takes such a name
    #[command(
        subcommand,
        after_help = "Examples:\n  etm contacts add bob ADDRESS\n  etm contacts list"
    )]
    Contacts(ContactsCommand),

    /// Show or change what the configuration file says: the node, the key that is used, the chain
    #[command(
        subcommand,
        after_help = "Examples:\n  etm config get\n  etm config set node https://node.example.org"
    )]
    Config(ConfigCommand),

    /// Print completions for a shell
    #[command(
        after_help = "Examples:\n  etm completions bash > /etc/bash_completion.d/etm\n  etm completions zsh > ~/.zfunc/_etm\n  etm completions fish > ~/.config/fish/completions/etm.fish"
    )]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },

    /// Write the manual pages
    #[command(
        after_help = "Examples:\n  etm man > etm.1\n  etm man --out /usr/local/share/man/man1\n  etm man --markdown > docs/cli.md"
    )]
    Man {
        /// Write a page for every command into this folder [default: print the first page]
        #[arg(long, value_name = "FOLDER", conflicts_with = "markdown")]
        out: Option<PathBuf>,
        /// Print all pages as one Markdown document: docs/cli.md
        #[arg(long)]
        markdown: bool,
    },
}

/// What `etm miner` can do.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum MinerCommand {
    /// List the miners: the columns of the voting page
    #[command(
        after_help = "Examples:\n  etm miner list\n  etm miner list --sort inclusion -n 0\n  etm miner list alp --json"
    )]
    List(see::MinerList),
    /// Show one miner
    #[command(after_help = "Examples:\n  etm miner show alpha\n  etm miner show '#3' --json")]
    Show {
        /// Its name or #id
        #[arg(value_name = "MINER")]
        miner: String,
    },
    /// Make the secret keys of a miner's node, in a new file that the node runs with
    ///
    /// Without --encrypt a node starts with them unattended; with it, the node needs the passphrase whenever it starts.
    #[command(
        after_help = "Examples:\n  etm miner node-keys node.key\n  etm miner node-keys node.key --encrypt --passphrase-file pass.txt"
    )]
    NodeKeys {
        /// The new file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Encrypt it with a passphrase
        #[arg(long)]
        encrypt: bool,
        /// How the passphrase is given
        #[command(flatten)]
        passphrase: keys::PassphraseOptions,
    },
    /// Register as a miner: the deposit is taken from the balance
    #[command(
        after_help = "Examples:\n  etm miner node-keys node.key\n  etm miner register alpha --dial node.example.org:4000 --node-keys node.key --contact a@b.org"
    )]
    Register(act::Register),
    /// Resign as a miner: the deposit comes back once no committee needs the miner any more
    #[command(after_help = "Examples:\n  etm miner resign --wait")]
    Resign(act::Plain),
    /// Change where the miner's node listens, its keys or the contact; what is not given stays
    #[command(
        after_help = "Examples:\n  etm miner update --dial 192.0.2.7:4000\n  etm miner update --no-contact"
    )]
    Update(act::Update),
}

/// Runs a command and says how it ended. `root` is the whole command of the binary, for completions and manual pages.
/// `probe` says whether a node answers at an address.
pub fn run(command: &Command, globals: &Globals, root: clap::Command, probe: act::Probe) -> Exit {
    let output = Output::new(globals.json, globals.quiet);
    let result = match command {
        Command::Completions { shell } => reference::completions(*shell, &output),
        Command::Man { out, markdown } => {
            reference::manual(out.as_deref(), *markdown, root, &output)
        }
        Command::Config(command) => config::command::run(command, globals, &output),
        _ => Settings::settle(globals)
            .and_then(|settings| with_settings(command, settings, &output, probe)),
    };
    output.end(result)
}

fn with_settings(
    command: &Command,
    settings: Settings,
    output: &Output,
    probe: act::Probe,
) -> Result<()> {
    match command {
        Command::Keys(command) => keys::run(command, &settings, output),
        Command::Contacts(command) => contacts::run(command, &settings, output),
        Command::Miner(MinerCommand::NodeKeys {
            file,
            encrypt,
            passphrase,
        }) => {
            let name = file.display().to_string();
            let wanted = *encrypt || passphrase.is_given();
            let passphrase = wanted
                .then(|| passphrase.read_new(&name, output))
                .transpose()?;
            output.print(&miner_keys::write_new(file, passphrase.as_ref())?)
        }
        command => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::failed("no_runtime", error.to_string()))?
            .block_on(with_node(command, settings, output, probe)),
    }
}

async fn with_node(
    command: &Command,
    settings: Settings,
    output: &Output,
    probe: act::Probe,
) -> Result<()> {
    // These decide by themselves whether a node is needed.
    if let Command::Tx(command) = command {
        return tx::run(command, settings, output.clone()).await;
    }
    if let Command::VerifyRound(options) = command {
        return verify::run(options, settings, output.clone()).await;
    }
    if let Command::VerifyVotes(options) = command {
        return verify::run_votes(options, settings, output.clone()).await;
    }
    let context = &Context::new(settings, output.clone())?;
    match command {
        Command::Send(options) => act::send(context, options).await,
        Command::Lock(options) => act::lock(context, options).await,
        Command::Unlock(options) => act::unlock(context, options).await,
        Command::Vote(options) => act::vote(context, options).await,
        Command::Unvote(options) => act::unvote(context, options).await,
        Command::Miner(MinerCommand::List(options)) => see::miner_list(context, options).await,
        Command::Miner(MinerCommand::Show { miner }) => see::miner_show(context, miner).await,
        Command::Miner(MinerCommand::Register(options)) => {
            act::register(context, options, probe).await
        }
        Command::Miner(MinerCommand::Resign(options)) => act::resign(context, options).await,
        Command::Miner(MinerCommand::Update(options)) => act::update(context, options, probe).await,
        Command::Balance(options) => see::balance(context, options).await,
        Command::Position(options) => see::position(context, options).await,
        Command::Rewards(options) => see::rewards(context, options).await,
        Command::History(options) => see::history(context, options).await,
        Command::Round(options) => see::round(context, options).await,
        Command::Block(options) => see::block(context, options).await,
        Command::Supply => see::supply(context).await,
        Command::Status => see::status(context).await,
        Command::Watch(options) => watch::run(context, options).await,
        Command::Faucet(options) => faucet::run(context, options).await,
        Command::TimeTravel(options) => time_travel::run(context, options).await,
        Command::Keys(_)
        | Command::Contacts(_)
        | Command::Miner(MinerCommand::NodeKeys { .. })
        | Command::Tx(_)
        | Command::VerifyRound(_)
        | Command::VerifyVotes(_)
        | Command::Config(_)
        | Command::Completions { .. }
        | Command::Man { .. } => Ok(()),
    }
}
