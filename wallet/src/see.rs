//! Commands that only look.

mod account;
mod block;
pub(crate) mod chain;
mod history;
mod miner;
mod rewards;

use crate::{
    context::Context,
    failure::Result,
    output::{Page, Tone},
};
use etm_types::api::Hash;
use std::path::PathBuf;

/// Whose account is looked at.
#[derive(Clone, Debug, clap::Args)]
pub struct Whose {
    /// An address, a contact, or the name of a key [default: the key in use]
    #[arg(value_name = "ACCOUNT")]
    account: Option<String>,
}

/// `etm rewards`
#[derive(Clone, Debug, clap::Args)]
pub struct Rewards {
    #[command(flatten)]
    whose: Whose,
    /// Only rounds in which something was earned
    #[arg(long)]
    earned_only: bool,
    /// How many rounds, the newest first; 0 for all [default: 20; all with --csv]
    #[arg(long, short = 'n', value_name = "ROUNDS")]
    limit: Option<u64>,
    /// Print comma-separated values
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Write them to this file instead
    #[arg(long, value_name = "FILE", requires = "csv")]
    out: Option<PathBuf>,
    /// Put a byte order mark in front, by which some spreadsheets know UTF-8
    #[arg(long, requires = "csv")]
    bom: bool,
}

/// `etm miner list`
#[derive(Clone, Debug, clap::Args)]
pub struct MinerList {
    /// Only miners whose name, owner or #id matches
    #[arg(value_name = "SEARCH")]
    search: Option<String>,
    /// Column to sort by: fair, rank, id, name, votes, locked, voters, produced, missed, coefficient, weight, inclusion, seats, luck, bonus, last_block
    ///
    /// The default is a fair order that changes every round, so that no miner is always on top.
    #[arg(long, default_value = "fair", value_name = "COLUMN")]
    sort: String,
    /// Which miners: all, committee, announced, not_elected_lately, mine
    #[arg(long, default_value = "all", value_name = "TAB")]
    tab: String,
    /// Sort the other way round
    #[arg(long)]
    reverse: bool,
    /// How many rows; 0 for all
    #[arg(long, short = 'n', default_value_t = 50, value_name = "ROWS")]
    limit: u32,
}

/// `etm history`
#[derive(Clone, Debug, clap::Args)]
pub struct History {
    /// Whose
    #[command(flatten)]
    whose: Whose,
    /// How many transactions; 0 for all
    #[arg(long, short = 'n', default_value_t = 20, value_name = "ROWS")]
    limit: u32,
}

/// `etm block`
#[derive(Clone, Debug, clap::Args)]
pub struct Block {
    /// A height or a hash [default: the newest final block]
    #[arg(value_name = "HEIGHT|HASH")]
    block: Option<String>,
    /// Show everything that happened in it
    #[arg(long)]
    receipts: bool,
}

/// `etm round`
#[derive(Clone, Debug, clap::Args)]
pub struct Round {
    /// A round's number, `current` or `announced` [default: the last finished round]
    #[arg(value_name = "ROUND")]
    round: Option<String>,
}

/// `etm balance`
///
/// # Errors
/// [`crate::failure::Failure`] as for all of these.
pub async fn balance(context: &Context, whose: &Whose) -> Result<()> {
    account::balance(context, whose.account.as_deref()).await
}

/// `etm position`
pub async fn position(context: &Context, whose: &Whose) -> Result<()> {
    account::position(context, whose.account.as_deref()).await
}

/// `etm rewards`
pub async fn rewards(context: &Context, options: &Rewards) -> Result<()> {
    rewards::rewards(context, options).await
}

/// `etm history`
pub async fn history(context: &Context, options: &History) -> Result<()> {
    history::history(context, options).await
}

/// `etm miner list`
pub async fn miner_list(context: &Context, options: &MinerList) -> Result<()> {
    miner::list(context, options).await
}

/// `etm miner show`
pub async fn miner_show(context: &Context, named: &str) -> Result<()> {
    miner::show(context, named).await
}

/// `etm round`
pub async fn round(context: &Context, options: &Round) -> Result<()> {
    chain::round(context, options.round.as_deref()).await
}

/// `etm block`
pub async fn block(context: &Context, options: &Block) -> Result<()> {
    block::block(context, options.block.as_deref(), options.receipts).await
}

/// `etm tx HASH`
pub async fn transaction(context: &Context, hash: Hash) -> Result<()> {
    block::transaction(context, hash).await
}

/// `etm supply`
pub async fn supply(context: &Context) -> Result<()> {
    chain::supply(context).await
}

/// `etm status`
pub async fn status(context: &Context) -> Result<()> {
    chain::status(context).await
}

pub use block::{outcome_text, payload_text, signed, told, transaction_hash};
pub use miner::{COLUMNS, TABS};

/// Says since when a node that began with a snapshot tells, if it is one.
fn since(page: &mut Page, counted_from: Option<u64>) {
    if let Some(round) = counted_from {
        let text = format!(
            "This node began with a snapshot: it counts from round {round} on, and tells of nothing before. A node that executed all blocks does."
        );
        page.say(Tone::Dim, &text);
    }
}
