//! `etm tx HASH --prove`: that a transaction is in a final block, and what the chain made of it, without trusting the node that says so.

use super::{Step, anchor, ended, first_steps, held::Held, show_steps, show_verdict, verdict};
use crate::{
    context::Context,
    failure::{Failure, Result},
    figures::{etm, instant},
    output::{Page, Report, Tone},
    see,
    verbs::Verb,
};
use etm_types::{
    Address, Block, ChainId, Receipt,
    api::{Amount, Bytes, Hash, round::CheckedRound, transaction::Transaction},
    codec, merkle,
    range::Range,
    receipt::Outcome,
};
use serde::Serialize;

/// Prints whether it is proved.
///
/// # Errors
/// [`Failure`] with exit code 1 if it can't be proved yet, or any step differs.
pub async fn prove(context: &Context, hash: Hash) -> Result<()> {
    let proved = proof(context, hash, false).await?;
    context.output.print_ended(&proved, proved.verdict())
}

/// The code of the failure of [`proof`] while the round of the block is not over.
pub const NOT_OVER: &str = "round_not_finished";

/// Proves it from the evidence of the round, which ends with a certificate over all its blocks. At the `first_use` of a node only that says which
/// chain it is, though it was written down meanwhile.
///
/// # Errors
/// [`Failure`] with exit code 1 if it can't be proved yet.
pub async fn proof(context: &Context, hash: Hash, first_use: bool) -> Result<Proved> {
    let held = Held::open(None)?;
    let anchors = anchor::wanted(None, context.settings.chain.as_deref())?;
    let status = context.status().await?;
    let chain = ChainId::from(status.chain.id);
    let anchor = anchors.of_node(&held.pins(), &context.settings.node, chain, false)?;
    let anchor = anchor.at(first_use);
    let told = see::told(context, hash).await?;
    let Some(height) = told.summary.height else {
        let message = format!("{hash} waits for a block: there is nothing to prove yet");
        return Err(Failure::failed("not_final_yet", message)
            .hint("it can be proved once the round of its block is over"));
    };
    let length = u64::from(context.parameters().await?.blocks_per_round).max(1);
    let round = height / length;
    if round >= status.progress.round {
        let last = round.saturating_add(1).saturating_mul(length) - 1;
        let message = format!(
            "the node says that {hash} is in block {height}, of round {round}, which is not over: what a node says of it can be proved then"
        );
        return Err(Failure::failed(NOT_OVER, message).hint(format!(
            "the last block of round {round} is {last}; the node is at {}",
            status.tip.height
        )));
    }
    let trust = held.walk(context, chain, round, &anchors).await?;
    let report = trust.check(&context.client.evidence(round).await?);
    let mut steps = first_steps(&held, &anchor, &trust);
    let mut read = None;
    match (&report.round, report.failed()) {
        (Some(certified), _) if certified.round == round => {
            steps.push(step("round", round_detail(certified)));
            let given = Given {
                told,
                range: context.client.chain_blocks(height, height).await?,
                receipts: context
                    .client
                    .block_receipts(&height.to_string())
                    .await?
                    .encoded,
            };
            read = given.check(certified, height, hash, &mut steps);
        }
        (Some(other), _) => steps.push(differs(
            "round",
            format!("the node sent round {}, not {round}", other.round),
        )),
        (None, failed) => {
            let detail =
                failed.map(|failed| format!("round {round}: {}: {}", failed.check, failed.detail));
            steps.push(differs("round", detail.unwrap_or_default()));
        }
    }
    let ok = read.is_some();
    if ok {
        held.remember(&context.output, &context.settings.node, chain)?;
    }
    Ok(Proved {
        hash,
        height,
        chain: chain.to_string(),
        ok,
        anchor: anchor.kind(),
        verdict: verdict(ok, &anchor),
        steps,
        read,
    })
}

const fn step(step: &'static str, detail: String) -> Step {
    Step {
        step,
        ok: true,
        detail,
    }
}

const fn differs(step: &'static str, detail: String) -> Step {
    Step {
        step,
        ok: false,
        detail,
    }
}

fn round_detail(round: &CheckedRound) -> String {
    format!(
        "blocks {} to {} of round {} are final: {} of {} members signed the last of them",
        round.first_height,
        round.last_height,
        round.round,
        round.signers.len(),
        round.committee.len()
    )
}

/// What the node gives, of which nothing is believed.
struct Given {
    told: Transaction,
    /// The block, as a range.
    range: Vec<u8>,
    /// The receipts of the block.
    receipts: Vec<Bytes>,
}

/// What the certified blocks say of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Found {
    height: u64,
    round: u64,
    /// Its place in the block.
    index: usize,
    timestamp_ms: u64,
    sender: String,
    nonce: u64,
    /// The fee that was charged.
    fee: Amount,
    /// What it does, in words.
    does: String,
    /// Whether its request was accepted.
    accepted: bool,
    /// The code of the refusal, if it was not.
    refused: Option<&'static str>,
}

impl Given {
    /// Notes each step, up to the first that fails; what was found if none does.
    fn check(
        &self,
        round: &CheckedRound,
        height: u64,
        hash: Hash,
        steps: &mut Vec<Step>,
    ) -> Option<Found> {
        let mut note = |name, found: std::result::Result<String, String>| match found {
            Ok(detail) => steps.push(step(name, detail)),
            Err(detail) => steps.push(differs(name, detail)),
        };
        let block = match self.block(round, height) {
            Ok(block) => block,
            Err(reason) => {
                note("block", Err(reason));
                return None;
            }
        };
        note(
            "block",
            Ok(format!(
                "block {height} is the one that was certified, and its header commits to all its transactions"
            )),
        );
        let all = &block.body.transactions;
        let wanted = etm_types::Hash(hash.0);
        let Some((index, transaction)) = all
            .iter()
            .enumerate()
            .find(|(_, transaction)| transaction.hash() == wanted)
        else {
            let found = format!("it is not among the {} of block {height}", all.len());
            note("transaction", Err(found));
            return None;
        };
        if self.told.encoded.0 != codec::to_bytes(transaction) {
            let found = "the node shows another one than the block holds".to_owned();
            note("transaction", Err(found));
            return None;
        }
        note(
            "transaction",
            Ok(format!("it is number {} of {}", index + 1, all.len())),
        );
        match self.outcome(&block, wanted) {
            Err(reason) => {
                note("outcome", Err(reason));
                None
            }
            Ok((fee, outcome)) => {
                let refused = match outcome {
                    Outcome::Accepted => None,
                    Outcome::Refused(refusal) => Some(refusal),
                };
                note(
                    "outcome",
                    Ok(match refused {
                        None => "accepted".to_owned(),
                        Some(refusal) => format!("refused: {refusal} (the fee is gone)"),
                    }),
                );
                let unsigned = &transaction.unsigned;
                Some(Found {
                    height,
                    round: round.round,
                    index,
                    timestamp_ms: block.header.timestamp_ms,
                    sender: Address::of(&unsigned.sender).to_string(),
                    nonce: unsigned.nonce,
                    fee,
                    does: Verb::from(&unsigned.payload).to_string(),
                    accepted: refused.is_none(),
                    refused: refused.map(etm_types::Refusal::code),
                })
            }
        }
    }

    /// The block of the range, if it is the one that was certified.
    fn block(&self, round: &CheckedRound, height: u64) -> std::result::Result<Block, String> {
        let certified = round.blocks.iter().find(|block| block.height == height);
        let certified =
            certified.ok_or_else(|| format!("round {} has no block {height}", round.round))?;
        let range = Range::from_bytes(&self.range).map_err(|error| error.to_string())?;
        let bytes = range
            .blocks
            .first()
            .ok_or("the node sent no block")?
            .block
            .as_slice();
        let block = Block::from_bytes(bytes).map_err(|error| error.to_string())?;
        if block.hash().0 != certified.hash.0 {
            return Err(format!(
                "the node sent block {}, and that of height {height} which was certified is {}",
                block.hash(),
                certified.hash
            ));
        }
        match block.commits_to_body() {
            true => Ok(block),
            false => Err("its header commits to other transactions".to_owned()),
        }
    }

    /// The fee, and what became of the request, by the receipts that the header commits to. The node must have said the same.
    fn outcome(
        &self,
        block: &Block,
        wanted: etm_types::Hash,
    ) -> std::result::Result<(Amount, Outcome), String> {
        let encoded: Vec<&[u8]> = self.receipts.iter().map(|one| one.0.as_slice()).collect();
        if merkle::root(&encoded) != block.header.receipts_root {
            return Err("the receipts that the node sent are not those of the block".to_owned());
        }
        for bytes in encoded {
            let receipt: Receipt =
                codec::from_bytes(bytes).map_err(|error| format!("a receipt: {error}"))?;
            if let Receipt::Transaction {
                hash, fee, outcome, ..
            } = receipt
                && hash == wanted
            {
                let accepted = outcome == Outcome::Accepted;
                let told = self.told.summary.outcome.as_ref();
                return match told.map(|told| told.accepted) {
                    Some(told) if told != accepted => {
                        let word = |accepted| if accepted { "accepted" } else { "refused" };
                        Err(format!(
                            "the node says {}, the receipt {}",
                            word(told),
                            word(accepted)
                        ))
                    }
                    _ => Ok((Amount(fee.0), outcome)),
                };
            }
        }
        Err("the block has no receipt of it".to_owned())
    }
}

/// What `etm tx HASH --prove` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Proved {
    hash: Hash,
    /// Where the node says that it is.
    #[serde(skip)]
    height: u64,
    chain: String,
    /// Whether every step holds.
    ok: bool,
    /// Where trust in the chain comes from.
    anchor: &'static str,
    verdict: &'static str,
    steps: Vec<Step>,
    /// What was found, if every step holds.
    read: Option<Found>,
}

impl Proved {
    /// Whether every step holds.
    ///
    /// # Errors
    /// [`Failure`] naming the step that fails.
    pub fn verdict(&self) -> Result<()> {
        let (hash, height) = (self.hash, self.height);
        ended(
            &format!("that {hash} is in block {height} does not verify"),
            &self.steps,
        )
    }

    /// The code of the refusal, if it is proved that the chain refused it.
    pub fn refused(&self) -> Option<&'static str> {
        self.read.as_ref().and_then(|found| found.refused)
    }
}

impl Report for Proved {
    fn show(&self, page: &mut Page) {
        page.title(&self.hash.to_string());
        page.field("chain", &self.chain);
        show_steps(page, &self.steps);
        show_verdict(page, self.verdict);
        let Some(found) = &self.read else { return };
        page.gap();
        page.field("does", &found.does);
        page.field("sender", &found.sender);
        page.field("nonce", found.nonce.to_string());
        page.field("fee", etm(found.fee));
        page.field(
            "state",
            format!("final in block {} of round {}", found.height, found.round),
        );
        page.field("time", instant(found.timestamp_ms));
        match found.refused {
            None => page.field_toned("outcome", Tone::Good, "accepted"),
            Some(code) => page.field_toned("outcome", Tone::Bad, &format!("refused: {code}")),
        }
    }
}
