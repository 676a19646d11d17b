//! What an account is said to have asked for, held against the account's own signatures: what is signed is judged by what comes before it.

use super::ending::action;
use crate::{
    context::Context,
    failure::{Failure, Result},
    see,
};
use etm_types::{
    ChainId, Height, Units,
    api::{
        Hash,
        account::{Account, PendingRequest},
        chain::Parameters,
        transaction::TransactionSummary,
    },
    transaction::Transaction,
};

/// Transactions that are asked for at most; whoever has more of them in a round is told that the others are the node's word.
const MOST: usize = 32;

/// Holds the requests that were accepted in the running round, and those that wait for a block, against the transactions that asked for them. Answers
/// of how many the node gives none.
///
/// # Errors
/// [`Failure`] if the account signed something else.
pub(crate) async fn signed(
    context: &Context,
    chain: ChainId,
    parameters: &Parameters,
    account: &Account,
    waiting: &[TransactionSummary],
) -> Result<usize> {
    let accepted = account.pending_requests.iter().map(Asked::Accepted);
    let waiting = waiting.iter().map(Asked::Waits);
    let mut last = None;
    let mut unsigned = 0;
    let mut silent = false;
    for (place, asked) in accepted.chain(waiting).enumerate() {
        let told = match asked.hash().filter(|_| place < MOST && !silent) {
            None => None,
            Some(hash) => match context.client.transaction(&hash).await {
                Ok(found) => Some((hash, found.encoded)),
                Err(error) => {
                    // Whoever keeps one waiting is not waited for once more.
                    silent = error.is_passing();
                    None
                }
            },
        };
        let Some((hash, encoded)) = told else {
            unsigned += 1;
            continue;
        };
        let held = see::signed(hash, &encoded.0)
            .map_err(|failure| failure.message)
            .and_then(|transaction| asked.held(&transaction, chain, parameters, account, last));
        match held {
            Ok(nonce) => last = Some(nonce),
            Err(reason) => {
                let message = format!(
                    "the node tells of a request of {} that this account didn't sign ({reason}): nothing was signed",
                    account.address
                );
                return Err(
                    Failure::failed("does_not_verify", message).hint("--node names another node")
                );
            }
        }
    }
    Ok(unsigned)
}

/// What a node tells of a request.
enum Asked<'a> {
    /// In effect at the end of the round.
    Accepted(&'a PendingRequest),
    /// In the node's pool.
    Waits(&'a TransactionSummary),
}

impl Asked<'_> {
    /// The transaction, if the node names one.
    const fn hash(&self) -> Option<Hash> {
        match self {
            Self::Accepted(request) => request.transaction,
            Self::Waits(transaction) => Some(transaction.hash),
        }
    }

    /// Its nonce, if the account signed that, and it can be where the node says that it is: behind the one with the nonce `last`.
    fn held(
        &self,
        signed: &Transaction,
        chain: ChainId,
        parameters: &Parameters,
        account: &Account,
        last: Option<u64>,
    ) -> std::result::Result<u64, String> {
        let unsigned = &signed.unsigned;
        let nonce = unsigned.nonce;
        if unsigned.chain != chain {
            return Err(format!("it is of chain {}", unsigned.chain));
        }
        if signed.sender().to_string() != account.address {
            return Err(format!("it is of {}", signed.sender()));
        }
        signed
            .verify_signature()
            .map_err(|error| error.to_string())?;
        if last.is_some_and(|last| nonce <= last) {
            return Err(format!("its nonce is {nonce}, as of one before it"));
        }
        let same = match self {
            Self::Accepted(told) => {
                let asked = unsigned.payload.request();
                let asked =
                    asked.and_then(|request| request.action(Units::from(parameters.deposit)));
                let length = u64::from(parameters.blocks_per_round);
                let first = account.effective_round.saturating_mul(length);
                let height = told
                    .height
                    .filter(|height| (first..=account.height).contains(height))
                    .ok_or("it is said to be in no block of the running round")?;
                if Height(height) > unsigned.expires_at || nonce >= account.nonce {
                    return Err(format!(
                        "with nonce {nonce} it expired after block {}, and is said to be in block {height}",
                        unsigned.expires_at
                    ));
                }
                asked == Some(action(&told.request, parameters)?)
            }
            Self::Waits(_) if unsigned.expires_at <= Height(account.height) => {
                return Err(format!(
                    "it expired after block {}, and is said to wait at block {}",
                    unsigned.expires_at, account.height
                ));
            }
            Self::Waits(told) => told.is_of(signed),
        };
        match same {
            true => Ok(nonce),
            false => Err("it says something else".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests;
