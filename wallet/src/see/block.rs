//! `etm block` and `etm tx HASH`.

mod body;
mod receipts;

use crate::{
    context::{Context, miner_text},
    failure::{Exit, Failure, Result},
    figures::{count, counted, etm, instant},
    output::{Page, Report, Tone},
    verbs::Verb,
};
use etm_types::api::{
    Hash,
    block::{Block, BlockReceipts, Header},
    error::ErrorCode,
    receipt::{Effect, Outcome},
    transaction::{Payload, Transaction, TransactionStatus},
};
use etm_types::{Header as SignedHeader, Transaction as SignedTransaction, codec};
use serde::Serialize;

pub async fn block(context: &Context, named: Option<&str>, receipts: bool) -> Result<()> {
    let status = context.status().await?;
    let named = named.map_or_else(|| status.tip.height.to_string(), str::to_owned);
    if named.parse::<u64>().is_err() && named.parse::<Hash>().is_err() {
        return Err(Failure::usage(
            "invalid_block",
            format!("{named:?} is neither a height nor a hash (64 lower-case hex digits)"),
        ));
    }
    let block = context.client.block(&named).await?;
    check_block(&named, &block, &status.chain.id)?;
    let hash = block.summary.hash.to_string();
    let told = context.client.block_receipts(&hash).await?;
    let checked = receipts::checked(&block, told)?;
    body::happened(&block, &checked)?;
    let bytes = body::fetched(context, &block).await?;
    if let Some(bytes) = &bytes {
        body::held(&block, bytes)?;
    }
    context.output.print(&BlockReport {
        block,
        receipts: receipts.then_some(checked),
        held: bytes.is_some(),
    })
}

fn another_block(named: &str, reason: &str) -> Failure {
    let message = format!("the node shows another block than {named}: {reason}");
    Failure::new(Exit::Unreachable, "not_a_node", message)
}

/// Holds what a node tells of a block against its header, whose SHA-256 is the block's hash.
fn check_block(named: &str, block: &Block, chain: &Hash) -> Result<()> {
    let another = |reason: String| Err(another_block(named, &reason));
    let (told, summary) = (&block.header, &block.summary);
    let header: SignedHeader = match codec::from_bytes(&told.encoded.0) {
        Ok(header) => header,
        Err(error) => return another(format!("its header is none: {error}")),
    };
    let hash = Hash(header.hash().0);
    if hash != summary.hash {
        return another(format!(
            "its header has the hash {hash}, not {}",
            summary.hash
        ));
    }
    if named.parse().ok() != Some(hash) && named.parse().ok() != Some(header.height.0) {
        return another(format!(
            "it is block {} with the hash {hash}",
            header.height
        ));
    }
    if told.chain != *chain {
        return another(format!("it is of chain {}", told.chain));
    }
    let producer = summary.producer.as_ref().map(|miner| miner.id);
    let same = *told == Header::from(&header)
        && (summary.height, summary.round, summary.slot)
            == (header.height.0, header.round.0, header.slot.0)
        && summary.timestamp_ms == header.timestamp_ms
        && producer == Some(header.producer.0);
    match same {
        true => Ok(()),
        false => another("what it tells of it is not what its header says".to_owned()),
    }
}

/// The hash of a transaction that somebody typed.
///
/// # Errors
/// [`Failure`] if it is none.
pub fn transaction_hash(text: &str) -> Result<Hash> {
    text.parse().map_err(|_| {
        Failure::usage(
            "invalid_hash",
            format!("{text:?} is no transaction's hash: 64 lower-case hex digits"),
        )
    })
}

pub async fn transaction(context: &Context, hash: Hash) -> Result<()> {
    context.status().await?;
    let transaction = told(context, hash).await?;
    let signed = signed(hash, &transaction.encoded.0)?;
    let same = transaction.summary.is_of(&signed)
        && transaction.public_key.0 == signed.unsigned.sender.0
        && transaction.signature.0 == signed.signature.0;
    if !same {
        return Err(another(hash, "what it tells of it is not what was signed"));
    }
    context.output.print(&TransactionReport(transaction))
}

/// What the node tells of a transaction.
///
/// # Errors
/// [`Failure`] if it can't be asked, or knows of none: which says nothing of what others know.
pub async fn told(context: &Context, hash: Hash) -> Result<Transaction> {
    let told = context.client.transaction(&hash).await;
    told.map_err(|error| {
        let unknown = error.code() == Some(ErrorCode::NotFound);
        let failure = Failure::from(error);
        match unknown {
            true => failure.hint(
                "that is this node's word: others may have it (--node), and what was signed can come into a block until it expires; \
                 sign nothing in its place before that",
            ),
            false => failure,
        }
    })
}

/// The transaction with this hash, of bytes that a node gives: its word is not taken for them.
///
/// # Errors
/// [`Failure`] if they are no transaction, or another.
pub fn signed(hash: Hash, bytes: &[u8]) -> Result<SignedTransaction> {
    let found: SignedTransaction =
        codec::from_bytes(bytes).map_err(|error| another(hash, &error.to_string()))?;
    match found.hash().0 == hash.0 {
        true => Ok(found),
        false => Err(another(hash, &format!("its hash is {}", found.hash()))),
    }
}

fn another(hash: Hash, reason: &str) -> Failure {
    let message = format!("the node shows another transaction than {hash}: {reason}");
    Failure::new(Exit::Unreachable, "not_a_node", message)
}

/// One block. In JSON `block` is the API's `Block` and `receipts` its `BlockReceipts` or null.
#[derive(Serialize)]
struct BlockReport {
    block: Block,
    receipts: Option<BlockReceipts>,
    /// Whether its transactions, its size and its fees were held against the block itself.
    held: bool,
}

impl Report for BlockReport {
    fn show(&self, page: &mut Page) {
        let summary = &self.block.summary;
        page.title(&format!(
            "Block {} of round {}",
            summary.height, summary.round
        ));
        page.field("hash", summary.hash.to_string());
        page.field("parent", self.block.header.parent.to_string());
        page.field("time", instant(summary.timestamp_ms));
        page.field("slot", summary.slot.to_string());
        page.field(
            "producer",
            summary
                .producer
                .as_ref()
                .map_or_else(|| "nobody: genesis".to_owned(), miner_text),
        );
        page.field(
            "reward",
            format!(
                "{}, {} for voters",
                etm(self.block.reward),
                etm(self.block.bonus)
            ),
        );
        page.field("fees", etm(summary.fees));
        page.field("size", format!("{} bytes", count(summary.size)));
        page.field("blocks on top", count(self.block.confirmations));
        page.field("state root", self.block.header.state_root.to_string());
        for missed in &summary.missed {
            page.say(
                Tone::Warning,
                &format!(
                    "slot {} was missed by {}",
                    missed.slot,
                    miner_text(&missed.miner)
                ),
            );
        }
        if !self.held {
            let message = "the node tells of the block and doesn't give it: what its transactions say, its size and its fees are the node's word";
            page.say(Tone::Warning, message);
        }
        if !self.block.transaction_list.is_empty() {
            page.gap();
            let count = self.block.transaction_list.len();
            page.title(&counted(count, "transaction", "transactions"));
            for transaction in &self.block.transaction_list {
                page.line(transaction.hash.to_string());
                page.line(format!(
                    "  {}: {}",
                    transaction.sender,
                    payload_text(&transaction.payload)
                ));
            }
        }
        if let Some(receipts) = &self.receipts {
            page.gap();
            page.title("What happened");
            receipts::show(&receipts.receipts, page);
        }
    }
}

/// One transaction. In JSON the API's `Transaction`.
#[derive(Serialize)]
#[serde(transparent)]
struct TransactionReport(Transaction);

impl Report for TransactionReport {
    fn show(&self, page: &mut Page) {
        let summary = &self.0.summary;
        page.title(&summary.hash.to_string());
        page.field("does", payload_text(&summary.payload));
        page.field("sender", &summary.sender);
        page.field("nonce", summary.nonce.to_string());
        page.field("fee", etm(summary.fee));
        let state = match summary.status {
            TransactionStatus::Pending => "pending".to_owned(),
            TransactionStatus::Held => "held back until the nonces before it are there".to_owned(),
            TransactionStatus::Included => "in a block, the node says".to_owned(),
            TransactionStatus::Finalized => {
                "final, the node says; --prove proves it once the round is over".to_owned()
            }
        };
        page.field("state", state);
        if let Some(height) = summary.height {
            page.field("block", height.to_string());
        }
        if let Some(time) = summary.timestamp_ms {
            page.field("time", instant(time));
        }
        match &summary.outcome {
            Some(outcome) if outcome.accepted => {
                page.field_toned("outcome", Tone::Good, &outcome_text(outcome))
            }
            Some(outcome) => page.field_toned("outcome", Tone::Bad, &outcome_text(outcome)),
            None => page.field("expires", format!("after height {}", summary.expires_at)),
        }
    }
}

/// What the chain made of a transaction, in words.
pub fn outcome_text(outcome: &Outcome) -> String {
    if let Some(refused) = &outcome.refused {
        return format!("refused: {} (the fee is gone)", refused.message);
    }
    match outcome.effect {
        Effect::Immediate => "done".to_owned(),
        Effect::Waiting { round, height } => {
            format!("accepted: takes effect at the end of round {round} (height {height})")
        }
        Effect::Applied { round } => format!("took effect at the end of round {round}"),
        Effect::Void { round } => format!("void: the miner resigned in round {round}"),
        Effect::None => "no effect".to_owned(),
    }
}

/// What a transaction does, in words, and what it says of itself.
pub fn payload_text(payload: &Payload) -> String {
    let more = match payload {
        Payload::Transfer { memo, .. } if !memo.is_empty() => format!(" ({memo:?})"),
        Payload::Register { dial_address, .. } => format!(", dialled at {dial_address}"),
        _ => String::new(),
    };
    format!("{}{more}", Verb::from(payload))
}

#[cfg(test)]
mod tests;
