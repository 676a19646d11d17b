//! Commands that change something: they look, show what changes, ask, sign and send.

mod again;
mod asked;
mod both;
mod follow;
mod intent;
mod lately;
mod look;
mod prepare;
mod preview;
mod reach;
mod shown;
mod sign;
mod waiting;

#[cfg(test)]
pub(crate) use preview::tests as preview_fixtures;

pub use again::{Again, HIGHER_FEE, Instead, send as send_again};
pub use follow::FollowOptions;
pub use intent::Intent;
pub use lately::Lately;
pub use prepare::confirm_unseen;
pub use reach::{Probe, connects};
pub use sign::SignOptions;

use crate::{
    amount::some_etm,
    context::Context,
    failure::{Failure, Result},
    miner_keys::NodePassphrase,
};
use etm_mechanism::Request;
use etm_types::{Contact, Memo, MinerName, Units};
use std::path::PathBuf;

/// `etm send`
#[derive(Clone, Debug, clap::Args)]
pub struct Send {
    /// Who gets the tokens: an address, a contact, or the name of a key
    #[arg(value_name = "TO")]
    to: String,
    /// How much, in ETM, up to 8 decimals
    #[arg(value_name = "AMOUNT")]
    amount: String,
    /// A note of up to 64 bytes that everybody can read
    #[arg(long, default_value = "", hide_default_value = true)]
    memo: String,
    /// How to sign
    #[command(flatten)]
    sign: SignOptions,
}

/// `etm lock`
#[derive(Clone, Debug, clap::Args)]
pub struct Lock {
    /// How much, in ETM, up to 8 decimals, or `all`, which leaves a few fees
    #[arg(value_name = "AMOUNT")]
    amount: String,
    /// Vote for this miner with it, too: a second transaction, signed with the first and sent right behind it
    #[arg(long, value_name = "MINER")]
    vote: Option<String>,
    /// How to sign
    #[command(flatten)]
    sign: SignOptions,
}

/// `etm unlock`
#[derive(Clone, Debug, clap::Args)]
pub struct Unlock {
    /// How much, in ETM, up to 8 decimals, or `all`
    #[arg(value_name = "AMOUNT")]
    amount: String,
    /// How to sign
    #[command(flatten)]
    sign: SignOptions,
}

/// `etm vote`
#[derive(Clone, Debug, clap::Args)]
pub struct Vote {
    /// The miner: its name or #id
    #[arg(value_name = "MINER")]
    miner: String,
    /// How to sign
    #[command(flatten)]
    sign: SignOptions,
}

/// `etm unvote` and `etm miner resign`
#[derive(Clone, Debug, clap::Args)]
pub struct Plain {
    /// How to sign
    #[command(flatten)]
    sign: SignOptions,
}

/// `etm miner register`
#[derive(Clone, Debug, clap::Args)]
pub struct Register {
    /// The name: 1 to 20 of a-z 0-9 . ! @ $ & _
    #[arg(value_name = "NAME")]
    name: String,
    /// Where other nodes reach the miner's node: what `external` is in its settings
    #[arg(long, value_name = "HOST:PORT")]
    dial: String,
    /// The file with the secret keys of the miner's node, made by `etm miner node-keys`
    #[arg(long, value_name = "FILE")]
    node_keys: PathBuf,
    #[command(flatten)]
    node_passphrase: NodePassphrase,
    /// How people reach the miner
    #[arg(long)]
    contact: Option<String>,
    /// Don't look whether a node of the chain answers at --dial
    #[arg(long)]
    no_check: bool,
    /// How to sign
    #[command(flatten)]
    sign: SignOptions,
}

/// `etm miner update`
#[derive(Clone, Debug, clap::Args)]
pub struct Update {
    /// Where other nodes reach the miner's node [default: as registered]
    #[arg(long, value_name = "HOST:PORT")]
    dial: Option<String>,
    /// New keys of the miner's node: a file made by `etm miner node-keys` [default: as registered]
    #[arg(long, value_name = "FILE")]
    node_keys: Option<PathBuf>,
    #[command(flatten)]
    node_passphrase: NodePassphrase,
    /// How people reach the miner [default: as registered]
    #[arg(long, conflicts_with = "no_contact")]
    contact: Option<String>,
    /// Remove the contact
    #[arg(long)]
    no_contact: bool,
    /// Don't look whether a node of the chain answers at --dial
    #[arg(long)]
    no_check: bool,
    /// How to sign
    #[command(flatten)]
    sign: SignOptions,
}

/// The errors say by themselves what they are about.
fn text<T>(parsed: std::result::Result<T, impl std::fmt::Display>) -> Result<T> {
    parsed.map_err(|error| Failure::usage("invalid_input", error.to_string()))
}

fn amount(text: &str) -> Result<Units> {
    Ok(Units(some_etm(text)?))
}

/// `etm send`
pub async fn send(context: &Context, options: &Send) -> Result<()> {
    let (to, name) = context.named(&options.to)?;
    let intent = Intent::Transfer {
        to,
        name,
        amount: amount(&options.amount)?,
        memo: text(Memo::new(options.memo.clone()))?,
    };
    prepare::carry_out(context, intent, &options.sign).await
}

/// `etm lock`
pub async fn lock(context: &Context, options: &Lock) -> Result<()> {
    let intent = match options.amount.as_str() {
        "all" => Intent::LockAll,
        some => Intent::Asks(Request::Lock(amount(some)?)),
    };
    match &options.vote {
        None => prepare::carry_out(context, intent, &options.sign).await,
        Some(miner) => both::carry_out(context, intent, miner, &options.sign).await,
    }
}

/// `etm unlock`
pub async fn unlock(context: &Context, options: &Unlock) -> Result<()> {
    let intent = match options.amount.as_str() {
        "all" => Intent::UnlockAll,
        some => Intent::Asks(Request::Unlock(amount(some)?)),
    };
    prepare::carry_out(context, intent, &options.sign).await
}

/// `etm vote`
pub async fn vote(context: &Context, options: &Vote) -> Result<()> {
    prepare::carry_out(context, Intent::Vote(options.miner.clone()), &options.sign).await
}

/// `etm unvote`
pub async fn unvote(context: &Context, options: &Plain) -> Result<()> {
    prepare::carry_out(context, Intent::Asks(Request::Withdraw), &options.sign).await
}

/// `etm miner resign`
pub async fn resign(context: &Context, options: &Plain) -> Result<()> {
    prepare::carry_out(context, Intent::Asks(Request::Resign), &options.sign).await
}

/// `etm miner register`
pub async fn register(context: &Context, options: &Register, probe: Probe) -> Result<()> {
    let intent = Intent::Register {
        name: text(MinerName::new(&options.name))?,
        secrets: options
            .node_passphrase
            .open(&options.node_keys, &context.output)?,
        dial: reach::dial(&options.dial)?,
        contact: options
            .contact
            .clone()
            .map(|contact| text(Contact::new(contact)))
            .transpose()?,
        probe: (!options.no_check).then_some(probe),
    };
    prepare::carry_out(context, intent, &options.sign).await
}

/// `etm miner update`
pub async fn update(context: &Context, options: &Update, probe: Probe) -> Result<()> {
    let contact = match (&options.contact, options.no_contact) {
        (_, true) => Some(None),
        (Some(contact), _) => Some(Some(text(Contact::new(contact.clone()))?)),
        (None, false) => None,
    };
    let intent = Intent::Update {
        secrets: options
            .node_keys
            .as_deref()
            .map(|file| options.node_passphrase.open(file, &context.output))
            .transpose()?,
        dial: options.dial.as_deref().map(reach::dial).transpose()?,
        contact,
        probe: (!options.no_check).then_some(probe),
    };
    prepare::carry_out(context, intent, &options.sign).await
}

/// Sends a transaction that was signed before.
///
/// # Errors
/// [`Failure`] as for all of these.
pub async fn broadcast(
    context: &Context,
    transaction: &etm_types::Transaction,
    options: &FollowOptions,
) -> Result<()> {
    follow::send(context, transaction, options, None).await
}
