//! `etm faucet`: tokens on a devnet.

use crate::{
    amount::some_etm,
    context::Context,
    failure::{Exit, Failure, Result},
    figures::etm,
    output::{Page, Report},
    see::payload_text,
};
use etm_types::api::{
    devnet::FaucetResponse,
    transaction::{Payload, TransactionStatus},
};
use serde::Serialize;
use std::time::{Duration, Instant};

/// `etm faucet`
#[derive(Clone, Debug, clap::Args)]
pub struct Faucet {
    /// Who gets the tokens: an address, a contact, or the name of a key [default: the key in use]
    #[arg(value_name = "ACCOUNT")]
    account: Option<String>,
    /// How much, in ETM [default: the devnet's usual portion]
    #[arg(long, value_name = "ETM")]
    amount: Option<String>,
    /// Wait until they are there
    #[arg(long, short)]
    wait: bool,
}

/// Runs `etm faucet`.
///
/// # Errors
/// [`Failure`] if the node is no devnet's, or refuses.
pub async fn run(context: &Context, options: &Faucet) -> Result<()> {
    let address = context.account(options.account.as_deref())?;
    let amount = options.amount.as_deref().map(some_etm).transpose()?;
    context.status().await?;
    let answer = context.client.faucet(&address, amount).await?;
    if options.wait {
        let patience = Instant::now() + Duration::from_secs(60);
        while !is_final(context, &address, &answer).await? {
            if Instant::now() > patience {
                return Err(Failure::new(
                    Exit::TimedOut,
                    "timed_out",
                    format!("{} is not final after 60 s", answer.hash),
                ));
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
    context.output.print(&FaucetReport {
        address,
        answer,
        arrived: options.wait,
    })
}

async fn is_final(context: &Context, address: &str, answer: &FaucetResponse) -> Result<bool> {
    match context.client.transaction(&answer.hash).await {
        Ok(transaction) => match &transaction.summary.payload {
            Payload::Transfer {
                recipient, amount, ..
            } if recipient == address && *amount == answer.amount => {
                Ok(transaction.summary.status == TransactionStatus::Finalized)
            }
            other => {
                let asked = format!("the transfer of {} to {address}", etm(answer.amount));
                Err(context.stray(&payload_text(other), &asked))
            }
        },
        Err(error) if error.is_passing() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[derive(Debug, Serialize)]
struct FaucetReport {
    address: String,
    #[serde(flatten)]
    answer: FaucetResponse,
    #[serde(skip)]
    arrived: bool,
}

impl Report for FaucetReport {
    fn show(&self, page: &mut Page) {
        page.line(format!(
            "{} {} {}",
            etm(self.answer.amount),
            if self.arrived {
                "arrived at"
            } else {
                "on the way to"
            },
            self.address
        ));
        page.field("transaction", self.answer.hash.to_string());
    }

    fn done(&self) -> Option<String> {
        let hash = self.answer.hash;
        Some(format!(
            "the tokens were sent with transaction {hash}: `etm tx {hash}` shows it"
        ))
    }
}
