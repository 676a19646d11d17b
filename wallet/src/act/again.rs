//! `etm tx replace` and `etm tx cancel`: another transaction in the place of one that waits for a block.

use super::{intent::Intent, prepare, sign::SignOptions};
use crate::{
    context::Context,
    failure::{Failure, Result},
    figures::etm,
    see,
};
use etm_mechanism::Request;
use etm_types::{
    Address, Memo, Payload, Units,
    api::{Amount, transaction::TransactionStatus},
    limits::replacement_fee,
};

/// `etm tx replace` and `etm tx cancel`
#[derive(Clone, Debug, clap::Args)]
pub struct Again {
    /// The hash of the transaction that waits for a block
    #[arg(value_name = "HASH")]
    hash: String,
    /// How to sign
    #[command(flatten)]
    sign: SignOptions,
}

/// What the help says of the fee of what takes another's place.
pub const HIGHER_FEE: &str =
    "The fee, in ETM: needed here, and higher than that of what waits by a tenth at least";

/// What takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    /// The same with another fee.
    Same,
    /// As little as can be done with its nonce: a transfer of the smallest amount to oneself.
    Nothing,
}

/// Sends another transaction in the place of one that waits.
///
/// # Errors
/// [`Failure`] if it does not wait, is another's, or the fee is too low; and as for every request.
pub async fn send(context: &Context, options: &Again, instead: Instead) -> Result<()> {
    let hash = see::transaction_hash(&options.hash)?;
    if options.sign.offline {
        let message = "whether it still waits can't be known offline";
        return Err(Failure::usage("needs_a_node", message));
    }
    if options.sign.nonce.is_some() {
        let message = "the nonce is that of the transaction: --nonce is of no use here";
        return Err(Failure::usage("invalid_nonce", message));
    }
    let signer = prepare::signer(context, &options.sign)?;
    let status = context.status().await?;
    let told = see::told(context, hash).await?;
    if !matches!(
        told.summary.status,
        TransactionStatus::Pending | TransactionStatus::Held
    ) {
        let height = told.summary.height.unwrap_or_default();
        let message = format!(
            "the node says that {hash} is in block {height}: nothing takes its place any more"
        );
        return Err(Failure::failed("not_pending", message));
    }
    let waits = see::signed(hash, &told.encoded.0)?;
    let old = &waits.unsigned;
    if old.chain.0 != status.chain.id.0 {
        let message = format!("{hash} is a transaction for chain {}", old.chain);
        return Err(Failure::failed("wrong_chain", message));
    }
    if old.sender != signer.public_key {
        let message = format!(
            "{hash} is a transaction of {}, the key in use is that of {}",
            Address::of(&old.sender),
            signer.address
        );
        return Err(Failure::failed("wrong_key", message).hint("--key names another key"));
    }
    let least = Units(replacement_fee(old.fee.0));
    if options.sign.fee()?.is_none_or(|fee| fee < least) {
        let message = format!(
            "a fee of {} at least takes its place: its own is {}",
            etm(Amount(least.0)),
            etm(Amount(old.fee.0))
        );
        return Err(
            Failure::usage("fee_too_low", message).hint("--fee names it, and is needed here")
        );
    }
    let intent = match instead {
        Instead::Same => same(&old.payload)?,
        Instead::Nothing => Intent::Transfer {
            to: signer.address,
            name: Some("yourself, in place of what waits".to_owned()),
            amount: Units(1),
            memo: Memo::empty(),
        },
    };
    let mut sign = options.sign.clone();
    sign.nonce = Some(old.nonce);
    prepare::carry_out(context, intent, &sign).await
}

/// What was wanted with a payload.
fn same(payload: &Payload) -> Result<Intent> {
    match payload {
        Payload::Transfer {
            recipient,
            amount,
            memo,
        } => {
            return Ok(Intent::Transfer {
                to: *recipient,
                name: None,
                amount: *amount,
                memo: memo.clone(),
            });
        }
        Payload::Register { .. } | Payload::Update { .. } => {
            let message = "what a miner registers is signed with the keys of its node, too";
            return Err(Failure::failed("needs_node_keys", message)
                .hint("`etm miner register` or `etm miner update`, with --nonce and the higher --fee, takes its place"));
        }
        _ => {}
    }
    match payload.request() {
        Some(Request::Vote(miner)) => Ok(Intent::Vote(format!("#{}", miner.0))),
        Some(request) => Ok(Intent::Asks(request.map(|to| to.to_string()))),
        None => {
            let message = "only transactions of accounts can be sent again";
            Err(Failure::failed("not_an_account", message))
        }
    }
}

#[cfg(test)]
mod tests;
