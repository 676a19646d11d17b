//! Sending a transaction and following it until it is final.

use super::preview::Preview;
use crate::{
    context::Context,
    failure::{Abroad, Exit, Failure, Result},
    output::{Output, Page, Report, Tone},
    see, verify,
};
use etm_types::{
    Payload, Transaction,
    api::{
        self, Hash,
        error::ErrorCode,
        receipt::{Effect, Outcome},
        transaction::{SubmitResponse, TransactionStatus},
    },
    codec,
};
use serde::Serialize;
use std::{
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

/// How often the node is asked about a transaction that is waited for.
const POLL: Duration = Duration::from_millis(250);
const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// How to follow a transaction.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct FollowOptions {
    /// Wait until the node says that the transaction is final
    #[arg(long, short)]
    pub wait: bool,
    /// With --wait: go on until the round is over, and prove that it is in a final block and what the chain made of it
    #[arg(long, requires = "wait")]
    pub prove: bool,
    /// How long to wait at most, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub wait_timeout: u64,
}

/// What became of a transaction that was sent.
#[derive(Clone, Debug, Serialize)]
struct Sent<'a> {
    hash: Hash,
    /// How far it is.
    status: TransactionStatus,
    /// Its block.
    height: Option<u64>,
    /// What the chain made of it, once it is in a block.
    outcome: Option<Outcome>,
    /// What it changes, as computed before signing.
    preview: Option<&'a Preview>,
    /// The proof that it is in a block, if that was asked for.
    proof: Option<verify::Proved>,
    /// What comes then, for people.
    #[serde(skip)]
    then: Option<String>,
    /// The last height whose block can hold it.
    #[serde(skip)]
    expires_at: u64,
}

impl Report for Sent<'_> {
    fn show(&self, page: &mut Page) {
        if let Some(proof) = &self.proof {
            return proof.show(page);
        }
        page.field("transaction", self.hash.to_string());
        match (&self.outcome, self.height) {
            (Some(outcome), height) => {
                let tone = if outcome.accepted {
                    Tone::Good
                } else {
                    Tone::Bad
                };
                let state = if self.status == TransactionStatus::Finalized {
                    "final"
                } else {
                    "in a block"
                };
                page.field_toned(
                    "state",
                    tone,
                    &format!(
                        "{state} at height {}, the node says",
                        height.unwrap_or_default()
                    ),
                );
                page.field_toned("outcome", tone, &see::outcome_text(outcome));
                page.field(
                    "prove it with",
                    format!("etm tx {} --prove (once the round is over)", self.hash),
                );
            }
            (None, _) => {
                page.field("state", "pending");
                page.field("follow it with", format!("etm tx {}", self.hash));
            }
        }
        if let Some(then) = self.then.as_ref().filter(|_| !self.is_refused()) {
            page.field("then", then);
        }
    }

    fn done(&self) -> Option<String> {
        let hash = self.hash;
        Some(format!(
            "transaction {hash} was sent: `etm tx {hash}` tells what became of it"
        ))
    }
}

/// Two transactions that were sent one behind the other.
#[derive(Debug, Serialize)]
struct SentBoth<'a> {
    lock: Sent<'a>,
    vote: Sent<'a>,
    /// What both change, as computed before signing.
    preview: &'a Preview,
}

impl Report for SentBoth<'_> {
    fn show(&self, page: &mut Page) {
        for (name, sent) in [("Lock", &self.lock), ("Vote", &self.vote)] {
            page.title(name);
            sent.show(page);
        }
    }

    fn done(&self) -> Option<String> {
        let (lock, vote) = (self.lock.hash, self.vote.hash);
        Some(format!(
            "the lock {lock} and the vote {vote} were sent: `etm tx HASH` tells what became of them"
        ))
    }
}

/// What comes of a transaction beside what it says, and what is to be done for that.
fn then(payload: &Payload, round: Option<u64>) -> Option<String> {
    let Payload::Register { name, .. } = payload else {
        return None;
    };
    let when = round.map_or_else(
        || "at the end of the round of its block".to_owned(),
        |round| format!("at the end of round {round}"),
    );
    Some(format!(
        "{when} the miner is there: `etm miner show {name}`. It can be drawn once its node runs with these keys (`etm node run`) and \
         somebody votes for it: `etm vote {name}`"
    ))
}

impl Sent<'_> {
    fn is_refused(&self) -> bool {
        self.outcome
            .as_ref()
            .is_some_and(|outcome| !outcome.accepted)
    }

    /// Refused by the chain, if it was.
    fn verdict(&self) -> Result<()> {
        if let Some(proof) = &self.proof {
            proof
                .verdict()
                .map_err(|failure| failure.abroad(self.abroad()))?;
            return match proof.refused() {
                None => Ok(()),
                Some(code) => Err(Failure::failed(
                    code,
                    format!("the chain refused it: {code}"),
                )),
            };
        }
        match self
            .outcome
            .as_ref()
            .and_then(|outcome| outcome.refused.as_ref())
        {
            None => Ok(()),
            Some(refused) => {
                let message = format!(
                    "the node says that the chain refused it: {}",
                    refused.message
                );
                let failure = Failure::failed(&refused.code, message).hint(format!(
                    "`etm tx {} --prove` proves it once the round is over",
                    self.hash
                ));
                Err(failure.abroad(self.abroad()))
            }
        }
    }

    const fn abroad(&self) -> Abroad {
        Abroad {
            hash: self.hash,
            expires_at: self.expires_at,
        }
    }
}

/// Sends a signed transaction; waits for it if that was asked for.
///
/// # Errors
/// [`Failure`] if the node or the chain refuses it, can't be reached, or the patience is over. Wherever the transaction may have got
/// through all the same, the failure names its hash.
pub async fn send(
    context: &Context,
    transaction: &Transaction,
    options: &FollowOptions,
    preview: Option<&Preview>,
) -> Result<()> {
    let first_use = preview.is_some_and(|preview| preview.first_use);
    let mut sent = deliver(context, transaction, options, first_use).await?;
    let foreseen = preview.and_then(|preview| preview.effective_round);
    let round = effective(sent.outcome.as_ref(), foreseen);
    sent.then = then(&transaction.unsigned.payload, round);
    sent.preview = preview;
    context.output.print_ended(&sent, sent.verdict())
}

/// The round at whose end a transaction takes effect: its block may be of a later one than was foreseen where it was signed.
fn effective(outcome: Option<&Outcome>, foreseen: Option<u64>) -> Option<u64> {
    let came = outcome.and_then(|outcome| match outcome.effect {
        Effect::Waiting { round, .. } | Effect::Applied { round } => Some(round),
        Effect::Immediate | Effect::Void { .. } | Effect::None => None,
    });
    came.or(foreseen)
}

/// Sends a lock and the vote behind it; waits for both if that was asked for.
///
/// # Errors
/// As [`send`]; if only the lock got through, the failure says so and how to vote.
pub async fn send_both(
    context: &Context,
    [lock, vote]: [&Transaction; 2],
    options: &FollowOptions,
    preview: &Preview,
    miner: &str,
) -> Result<()> {
    let at_once = FollowOptions {
        wait: false,
        prove: false,
        ..options.clone()
    };
    let first_use = preview.first_use;
    let mut locked = deliver(context, lock, &at_once, first_use).await?;
    let sent = locked.abroad();
    let voted = deliver(context, vote, options, first_use)
        .await
        .map_err(|failure| {
            failure.abroad(sent).also(format!(
                "once the lock is final, and the vote has expired without a block, `etm vote {miner}` votes with it"
            ))
        })?;
    if options.wait && (options.prove || locked.outcome.is_none()) {
        // Nonces are in order: it is in a block now.
        locked = deliver(context, lock, options, first_use).await?;
    }
    let sent = SentBoth {
        lock: locked,
        vote: voted,
        preview,
    };
    let ended = sent.lock.verdict().and_then(|()| sent.vote.verdict());
    context.output.print_ended(&sent, ended)
}

/// Sends a transaction; waits for it if that was asked for. Whatever fails, it is out of one's hands from then on.
async fn deliver<'a>(
    context: &Context,
    transaction: &Transaction,
    options: &FollowOptions,
    first_use: bool,
) -> Result<Sent<'a>> {
    let abroad = Abroad {
        hash: Hash(transaction.hash().0),
        expires_at: transaction.unsigned.expires_at.0,
    };
    let bytes = codec::to_bytes(transaction);
    let sent = give(context, &bytes, abroad, options, first_use).await;
    sent.map_err(|failure| failure.abroad(abroad))
}

async fn give<'a>(
    context: &Context,
    bytes: &[u8],
    abroad: Abroad,
    options: &FollowOptions,
    first_use: bool,
) -> Result<Sent<'a>> {
    let Abroad { hash, expires_at } = abroad;
    let answer = submit(context, bytes, hash).await?;
    let mut sent = Sent {
        hash,
        status: answer.status,
        height: answer.height,
        outcome: answer.outcome,
        preview: None,
        proof: None,
        then: None,
        expires_at,
    };
    if let (TransactionStatus::Finalized, Some(height)) = (answer.status, answer.height) {
        context
            .output
            .note(&format!("{hash} is final already, in block {height}"));
    }
    let begun = Instant::now();
    let patience = Duration::from_secs(options.wait_timeout);
    if options.wait && sent.outcome.is_none() {
        // Whoever is not patient enough knows at least what to ask for later.
        context.output.note(&format!(
            "sent {hash}: waiting until it is final (Ctrl-C ends the waiting, not the transaction)"
        ));
        let summary = wait(context, bytes, hash, patience).await?;
        sent.status = summary.status;
        sent.height = summary.height;
        sent.outcome = summary.outcome;
    }
    if options.prove {
        let left = patience.saturating_sub(begun.elapsed());
        sent.proof = Some(proved(context, hash, left, first_use).await?);
    }
    Ok(sent)
}

/// Waits until the round of its block is over, and proves it.
async fn proved(
    context: &Context,
    hash: Hash,
    patience: Duration,
    first_use: bool,
) -> Result<verify::Proved> {
    let begun = Instant::now();
    let mut spinner = Spinner::new(&context.output);
    loop {
        let left = patience.saturating_sub(begun.elapsed());
        match verify::proof(context, hash, first_use).await {
            Err(failure) if failure.code == verify::NOT_OVER && left.is_zero() => {
                return Err(Failure::new(Exit::TimedOut, "timed_out", failure.message)
                    .hint(format!("`etm tx {hash} --prove` proves it then")));
            }
            Err(failure) if failure.code == verify::NOT_OVER => {
                spinner
                    .turn(
                        "in a block, waiting for the end of the round",
                        POLL.min(left),
                    )
                    .await;
            }
            ended => return ended,
        }
    }
}

/// Sends a transaction. One that the node has already, pending or final, is sent as well. No answer tells that it is nowhere: a node that refuses it
/// has it all the same.
async fn submit(context: &Context, bytes: &[u8], hash: Hash) -> Result<SubmitResponse> {
    let answer = context.client.submit(bytes.to_vec()).await;
    answer.map_err(|error| {
        let unclear = error.is_unreachable();
        let failure = Failure::from(error);
        match unclear {
            true => failure.hint(format!(
                "it is not known whether transaction {hash} arrived"
            )),
            false => failure,
        }
    })
}

/// Asks again and again, through restarts of the node, until the transaction is final.
async fn wait(
    context: &Context,
    bytes: &[u8],
    hash: Hash,
    patience: Duration,
) -> Result<api::transaction::TransactionSummary> {
    let begun = Instant::now();
    let mut spinner = Spinner::new(&context.output);
    let mut state = "pending".to_owned();
    loop {
        match context.client.transaction(&hash).await {
            Ok(transaction) => {
                let summary = transaction.summary;
                state = match (summary.status, summary.height) {
                    (TransactionStatus::Finalized, _) => return Ok(summary),
                    (TransactionStatus::Included, Some(height)) => {
                        format!("in block {height}, not final yet")
                    }
                    (TransactionStatus::Held, _) => {
                        "held back until the nonces before it are there".to_owned()
                    }
                    _ => "pending".to_owned(),
                };
            }
            // A node that was restarted has forgotten what was pending. The same bytes can't be executed twice.
            Err(error) if error.code() == Some(ErrorCode::NotFound) => {
                match submit(context, bytes, hash).await {
                    Ok(_) => state = "pending, sent again".to_owned(),
                    Err(failure) if failure.exit == Exit::Unreachable => {
                        state = "the node does not answer, trying on".to_owned()
                    }
                    // It was included just now, and the node's history has yet to learn of it.
                    Err(failure) if failure.code == ErrorCode::NonceTooLow.as_str() => {}
                    Err(failure) => return Err(failure),
                }
            }
            Err(error) if error.is_passing() => {
                state = "the node does not answer, trying on".to_owned()
            }
            // A node that keeps no history, or is not what it was: it took the transaction, and doesn't tell.
            Err(error) => {
                let message = format!("it is not known what became of {hash}: {error}");
                return Err(Failure::new(Exit::TimedOut, "not_known", message));
            }
        }
        if begun.elapsed() >= patience {
            let message = format!(
                "{hash} is not final after {} s: {state}",
                patience.as_secs()
            );
            return Err(Failure::new(Exit::TimedOut, "timed_out", message));
        }
        spinner
            .turn(&state, POLL.min(patience.saturating_sub(begun.elapsed())))
            .await;
    }
}

/// A line that shows that something is going on, on a terminal only.
struct Spinner {
    shown: bool,
    frame: usize,
}

impl Spinner {
    fn new(output: &Output) -> Self {
        let shown = !output.is_quiet() && !output.is_json() && std::io::stderr().is_terminal();
        Self { shown, frame: 0 }
    }

    async fn turn(&mut self, state: &str, time: Duration) {
        if self.shown {
            let frame = FRAMES.get(self.frame % FRAMES.len()).unwrap_or(&"");
            let mut err = std::io::stderr();
            let _ = write!(err, "\r\u{1b}[K{frame} {state}").and_then(|()| err.flush());
            self.frame += 1;
        }
        tokio::time::sleep(time).await;
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\u{1b}[K");
        }
    }
}

#[cfg(test)]
mod tests;
