//! `etm verify-round`: checks a round without trusting the node that tells of it.
//!
//! What is proved, given the chain id (`--chain`, or the genesis file), from which the committees of rounds 0 and 1 follow: the chain of
//! committees up to the round; that its last block is final; every header of the round, every beacon signature and beacon, who was on
//! turn in each slot and which slots were missed; the lucky member; how bonus and fees were cut; that the receipts the committee signed
//! say the same, with the votes of every pool, the average coefficient and the sum of all weights; and that the committee of two rounds
//! later follows from the beacon and the candidates' weights. The single weights are bound by their sum and by the outcome of the draw;
//! that each is right is what more than two thirds of the committee signed.

mod evidence;
pub mod finalization;
mod steps;

use crate::{
    config::Settings,
    context::Context,
    failure::{Failure, Result},
    output::{Output, Page, Report, Tone},
};
use etm_execution::genesis::{Draft, Genesis};
use evidence::Evidence;
use serde::Serialize;
use std::path::{Path, PathBuf};
use steps::Step;

/// `etm verify-round`
#[derive(Clone, Debug, clap::Args)]
pub struct VerifyRound {
    /// The round [default: the last finished one, or that of the receipt]
    #[arg(value_name = "ROUND")]
    round: Option<u64>,
    /// Check a receipt that was saved with --save; asks no node
    #[arg(long, value_name = "FILE", conflicts_with = "save")]
    receipt: Option<PathBuf>,
    /// Save the receipt with all that its check needs
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// The chain's genesis file: the chain must be the one that follows from it (as --chain does with its id alone)
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,
}

/// Runs `etm verify-round`.
///
/// # Errors
/// [`Failure`] with exit code 1 if any step differs.
pub async fn run(options: &VerifyRound, settings: Settings, output: Output) -> Result<()> {
    let evidence = match &options.receipt {
        Some(path) => Evidence::load(path)?,
        None => {
            let context = Context::new(settings.clone(), output.clone())?;
            let status = context.status().await?;
            let round = match (options.round, status.progress.round.checked_sub(1)) {
                (Some(round), _) => round,
                (None, Some(finished)) => finished,
                (None, None) => {
                    return Err(Failure::failed("too_early", "no round is finished yet"));
                }
            };
            if round >= status.progress.round {
                return Err(Failure::failed(
                    "round_not_finished",
                    format!(
                        "round {round} is not finished: round {} is running",
                        status.progress.round
                    ),
                ));
            }
            Evidence::fetch(&context, round).await?
        }
    };
    if let (Some(path), Some(round)) = (&options.receipt, options.round)
        && round != evidence.receipt.round
    {
        return Err(Failure::usage(
            "invalid_receipt",
            format!(
                "{} is the receipt of round {}, not {round}",
                path.display(),
                evidence.receipt.round
            ),
        ));
    }
    if let Some(path) = &options.save {
        evidence.save(path)?;
    }
    let report = check(&evidence, options, &settings)?;
    output.print(&report)?;
    match report.steps.iter().find(|step| !step.ok) {
        None => Ok(()),
        Some(step) => Err(Failure::failed(
            "does_not_verify",
            format!(
                "round {} does not verify: {}: {}",
                report.round, step.step, step.detail
            ),
        )),
    }
}

fn check(evidence: &Evidence, options: &VerifyRound, settings: &Settings) -> Result<Verified> {
    let from_file = options.genesis.as_deref().map(chain_of).transpose()?;
    let wanted = [from_file, settings.chain.clone()];
    let mut verified = Verified {
        round: evidence.receipt.round,
        chain: evidence.receipt.chain.to_string(),
        ok: true,
        steps: Vec::new(),
    };
    let anchor = evidence.anchor().and_then(|anchor| {
        let chain = anchor.chain.to_string();
        match wanted.iter().flatten().find(|wanted| **wanted != chain) {
            Some(wanted) => Err(format!(
                "the genesis is that of chain {chain}, not {wanted}"
            )),
            None => Ok(anchor),
        }
    });
    let detail = match (&anchor, wanted.iter().flatten().count()) {
        (Err(reason), _) => reason.clone(),
        (Ok(_), 0) => "the first committees follow from the genesis of this chain id; --chain or --genesis makes sure that it is the chain you mean".to_owned(),
        (Ok(_), _) => "the chain is the one you named, and the first committees follow from its genesis".to_owned(),
    };
    verified.steps.push(Step {
        step: "genesis",
        ok: anchor.is_ok(),
        detail,
    });
    if let Ok(anchor) = &anchor {
        verified.steps.extend(steps::check(evidence, anchor));
    }
    verified.ok = verified.steps.iter().all(|step| step.ok);
    Ok(verified)
}

/// The chain id that follows from a genesis file.
fn chain_of(path: &Path) -> Result<String> {
    let wrong =
        |reason: String| Failure::usage("invalid_genesis", format!("{}: {reason}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let draft = match path.extension().is_some_and(|end| end == "toml") {
        true => Draft::from_toml(&text),
        false => Draft::from_json(&text),
    };
    let genesis = Genesis::new(draft.map_err(|error| wrong(error.to_string()))?)
        .map_err(|error| wrong(error.to_string()))?;
    Ok(genesis.chain().id.to_string())
}

/// What `etm verify-round` prints.
#[derive(Debug, Serialize)]
struct Verified {
    round: u64,
    chain: String,
    ok: bool,
    steps: Vec<Step>,
}

impl Report for Verified {
    fn show(&self, page: &mut Page) {
        page.title(&format!("Round {}", self.round));
        page.field("chain", &self.chain);
        for step in &self.steps {
            match step.ok {
                true => page.field_toned(step.step, Tone::Good, &format!("ok: {}", step.detail)),
                false => {
                    page.field_toned(step.step, Tone::Bad, &format!("DIFFERS: {}", step.detail))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
