//! Options of every command that signs.

use super::follow::FollowOptions;
use crate::{
    amount::parse_etm,
    failure::{Failure, Result},
    figures::etm,
    keys::commands::PassphraseOptions,
};
use etm_types::{
    Units,
    api::{chain::Parameters, error::ErrorCode},
};
use std::path::PathBuf;

/// How long a transaction may wait for a block, in blocks, if nothing else is said.
pub const DEFAULT_EXPIRY_BLOCKS: u64 = 600;

/// How a transaction is signed and sent.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Signing")]
pub struct SignOptions {
    /// Go ahead without asking
    #[arg(long, short)]
    pub yes: bool,
    /// With --yes: go ahead even where a question of its own would be asked: a fee far above the least, nothing left for further fees, the very same signed within a day, a miner's name that nothing proves
    #[arg(long, requires = "yes")]
    pub anyway: bool,
    /// Show what would change and end there: nothing is signed, sent or waited for, no passphrase is needed
    #[arg(long, group = "keyless", conflicts_with_all = ["offline", "unsigned", "out"])]
    pub dry_run: bool,
    /// The fee, in ETM [default: the chain's least fee]
    #[arg(long, value_name = "ETM")]
    fee: Option<String>,
    /// The account's nonce for this transaction [default: the next one the node knows of]
    #[arg(long)]
    pub nonce: Option<u64>,
    /// Blocks from now within which the transaction may be included [default: 600]
    #[arg(long, value_name = "BLOCKS", conflicts_with = "expires_at")]
    pub expires_in: Option<u64>,
    /// The last height at which the transaction may be included
    #[arg(long, value_name = "HEIGHT")]
    pub expires_at: Option<u64>,
    /// Ask no node: sign with --chain, --nonce, --expires-at and --fee as given, and write the transaction to --out
    #[arg(long, requires_all = ["out", "nonce", "expires_at", "fee"], conflicts_with_all = ["wait", "unsigned"])]
    pub offline: bool,
    /// Prepare with the node's figures, but write the transaction to --out to be signed elsewhere by `etm tx sign`
    #[arg(long, group = "keyless", requires = "out", conflicts_with = "wait")]
    pub unsigned: bool,
    /// With --unsigned or --dry-run: the public key that will sign (64 hex digits) [default: that of the key in use]
    #[arg(long, value_name = "PUBLIC_KEY", requires = "keyless")]
    pub public_key: Option<String>,
    /// Write the transaction to this file instead of sending it
    #[arg(long, value_name = "FILE", conflicts_with = "wait")]
    pub out: Option<PathBuf>,
    /// How the passphrase is given
    #[command(flatten)]
    pub passphrase: PassphraseOptions,
    /// How to follow it
    #[command(flatten)]
    pub follow: FollowOptions,
}

impl SignOptions {
    /// The fee that was asked for.
    ///
    /// # Errors
    /// [`crate::failure::Failure`] if it is no amount.
    pub fn fee(&self) -> Result<Option<Units>> {
        match &self.fee {
            Some(text) => Ok(Some(Units(parse_etm(text)?))),
            None => Ok(None),
        }
    }

    /// The fee to sign with: the least, unless another was asked for.
    ///
    /// # Errors
    /// [`Failure`] if the chain takes none so low.
    pub fn fee_for(&self, parameters: &Parameters) -> Result<Units> {
        let least = Units::from(parameters.min_fee);
        match self.fee()? {
            Some(fee) if fee < least => Err(Failure::usage(
                "fee_too_low",
                format!("the chain takes no fee below {}", etm(parameters.min_fee)),
            )),
            Some(fee) => Ok(fee),
            None => Ok(least),
        }
    }

    /// The last height at which the transaction may be included, if the last block has height `tip`.
    ///
    /// # Errors
    /// [`Failure`] if no block to come has such a height.
    pub fn expiry(&self, tip: u64) -> Result<u64> {
        let height = match self.expires_at {
            Some(height) => height,
            None => tip.saturating_add(self.expires_in.unwrap_or(DEFAULT_EXPIRY_BLOCKS)),
        };
        if height > tip {
            return Ok(height);
        }
        let message = match self.expires_at {
            Some(_) => format!("--expires-at {height} is over: the last block has height {tip}"),
            None => "--expires-in 0 leaves no block: it is at least 1".to_owned(),
        };
        Err(Failure::usage(ErrorCode::Expired.as_str(), message))
    }
}

#[cfg(test)]
mod tests;
