//! `etm verify-round` and `etm verify-votes`: check a round, or the votes of a miner, without trusting the node that tells of them. The
//! checks are `etm-verify`'s; here is where the bytes come from, and what is trusted.

mod anchor;
pub(crate) mod ending;
mod established;
pub(crate) mod expiry;
pub(crate) mod held;
mod inclusion;
mod pins;
pub(crate) mod position;
pub(crate) mod requests;
pub(crate) mod terms;
pub(crate) mod tip;
mod votes;
mod walk;

pub use established::{Established, establish};
pub(crate) use inclusion::{NOT_OVER, Proved, proof, prove};
pub use votes::{VerifyVotes, run as run_votes};
pub(crate) use votes::{behind, proved_name};

use crate::{
    config::Settings,
    context::Context,
    failure::{Exit, Failure, Result},
    files,
    output::{Output, Page, Report, Tone},
};
use anchor::Anchor;
use etm_types::{ChainId, api::round::CheckedRound};
use etm_verify::{Check, Evidence, Trust};
use held::Held;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// `etm verify-round`
#[derive(Clone, Debug, clap::Args)]
pub struct VerifyRound {
    /// The round [default: the last finished one, or that of the file]
    #[arg(value_name = "ROUND")]
    round: Option<u64>,
    /// Check evidence that was saved with --save; asks no node for what was proved before
    #[arg(long, value_name = "FILE", conflicts_with = "save")]
    receipt: Option<PathBuf>,
    /// Save the evidence: it is checked with a chain id, and with what was proved of the chain before (the folder of --chains) or any node of it
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    #[command(flatten)]
    trust: TrustOptions,
}

/// What is trusted, and where it is kept.
#[derive(Clone, Debug, clap::Args)]
pub struct TrustOptions {
    /// The chain's genesis file: the chain must be the one that follows from it (as --chain does with its id alone)
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,
    /// The node's chain was made anew, as devnets are: from now on it has to be this one
    #[arg(long)]
    new_chain: bool,
    /// The folder of what was proved of chains [default: ~/.local/share/etm/chains]
    #[arg(
        long,
        env = "ETM_CHAINS",
        hide_env_values = true,
        value_name = "FOLDER"
    )]
    chains: Option<PathBuf>,
}

/// Runs `etm verify-round`.
///
/// # Errors
/// [`Failure`] with exit code 1 if any step differs.
pub async fn run(options: &VerifyRound, settings: Settings, output: Output) -> Result<()> {
    let held = Held::open(options.trust.chains.clone())?;
    let anchors = anchor::wanted(options.trust.genesis.as_deref(), settings.chain.as_deref())?;
    let context = Context::new(settings, output)?;
    let (round, anchor, evidence, trust) = match &options.receipt {
        Some(path) => {
            let bytes = load(path, Evidence::MAX_BYTES)?;
            let (chain, round) = subject(path, &bytes)?;
            if let Some(other) = options.round.filter(|other| *other != round) {
                return Err(Failure::usage(
                    "invalid_receipt",
                    format!(
                        "{} is evidence of round {round}, not {other}",
                        path.display()
                    ),
                ));
            }
            let anchor = anchors.of_file(&held.pins(), chain)?;
            let trust = held.walk(&context, chain, round, &anchors).await?;
            (round, anchor, bytes, trust)
        }
        None => {
            let status = context.status_of_any_chain().await?;
            let round = finished(options.round, status.progress.round)?;
            let chain = ChainId::from(status.chain.id);
            let anchor = anchors.of_node(
                &held.pins(),
                &context.settings.node,
                chain,
                options.trust.new_chain,
            )?;
            let trust = held.walk(&context, chain, round, &anchors).await?;
            let running = status.progress.round;
            if running < trust.next().0 {
                context.output.note(&format!(
                    "etm: warning: the node says that round {running} is running, and the end of round {} was proved here before: it is behind",
                    trust.next().saturating_sub(1)
                ));
            }
            let bytes = context.client.evidence(round).await?;
            (round, anchor, bytes, trust)
        }
    };
    let report = trust.check(&evidence);
    // Evidence of another round that a node sends holds in itself.
    let other = report
        .round
        .as_ref()
        .is_some_and(|found| found.round != round);
    if let (Some(path), false) = (&options.save, other) {
        files::write(path, &evidence, false)?;
    }
    let mut steps = first_steps(&held, &anchor, &trust);
    steps.extend(report.steps.iter().map(|step| Step {
        step: step.check.name(),
        ok: step.ok,
        detail: step.detail.clone(),
    }));
    if other {
        steps.push(Step {
            step: Check::Evidence.name(),
            ok: false,
            detail: format!("it is of another round than {round}"),
        });
    }
    let ok = steps.iter().all(|step| step.ok);
    if ok && options.receipt.is_none() {
        held.remember(&context.output, &context.settings.node, trust.chain())?;
    }
    let verified = Verified {
        round,
        chain: trust.chain().to_string(),
        ok,
        anchor: anchor.kind(),
        verdict: verdict(ok, &anchor),
        steps,
        read: report.round.filter(|_| ok),
    };
    let ended = ended(&format!("round {round} does not verify"), &verified.steps);
    context.output.print_ended(&verified, ended)
}

/// How a check ended: refused with the step that fails.
fn ended(what: &str, steps: &[Step]) -> Result<()> {
    match steps.iter().find(|step| !step.ok) {
        None => Ok(()),
        Some(step) => Err(Failure::failed(
            "does_not_verify",
            format!("{what}: {}: {}", step.step, step.detail),
        )),
    }
}

/// What was established before the evidence is looked at.
fn first_steps(held: &Held, anchor: &Anchor, trust: &Trust) -> Vec<Step> {
    let committees = format!(
        "each committee up to round {} is proved by the one two rounds before",
        trust.next().saturating_add(1)
    );
    [
        ("genesis", anchor.detail(held.keeps())),
        ("boundaries", committees),
    ]
    .into_iter()
    .map(|(step, detail)| Step {
        step,
        ok: true,
        detail,
    })
    .collect()
}

fn verdict(ok: bool, anchor: &Anchor) -> &'static str {
    match (ok, anchor) {
        (false, _) => "differs",
        (true, Anchor::Asked) => "consistent",
        (true, _) => "ok",
    }
}

/// The round that is meant, which must be finished.
fn finished(named: Option<u64>, running: u64) -> Result<u64> {
    let round = match (named, running.checked_sub(1)) {
        (Some(round), _) => round,
        (None, Some(last)) => last,
        (None, None) => return Err(Failure::failed("too_early", "no round is finished yet")),
    };
    if round >= running {
        return Err(Failure::failed(
            "round_not_finished",
            format!("round {round} is not finished: round {running} is running"),
        ));
    }
    Ok(round)
}

fn load(path: &Path, most: usize) -> Result<Vec<u8>> {
    files::read(path, most as u64).map_err(|reason| {
        Failure::usage("invalid_receipt", format!("{}: {reason}", path.display()))
    })
}

/// Of which chain and round evidence says it is: for finding what it is to be checked with.
fn subject(path: &Path, bytes: &[u8]) -> Result<(ChainId, u64)> {
    let wrong = |reason: String| {
        Failure::new(
            Exit::Failed,
            "does_not_verify",
            format!("{}: {reason}", path.display()),
        )
    };
    let evidence = Evidence::from_bytes(bytes).map_err(|error| wrong(error.to_string()))?;
    let header = evidence
        .headers
        .last()
        .ok_or_else(|| wrong("it has no headers".to_owned()))?;
    Ok((header.chain, evidence.committee.round.0))
}

/// One step, as it is printed.
#[derive(Clone, Debug, Serialize)]
struct Step {
    step: &'static str,
    ok: bool,
    detail: String,
}

/// What `etm verify-round` prints.
#[derive(Debug, Serialize)]
struct Verified {
    round: u64,
    chain: String,
    /// Whether every step holds.
    ok: bool,
    /// Where trust in the chain comes from.
    anchor: &'static str,
    verdict: &'static str,
    steps: Vec<Step>,
    /// All that can be read from the evidence, if every step holds.
    read: Option<CheckedRound>,
}

impl Report for Verified {
    fn show(&self, page: &mut Page) {
        page.title(&format!("Round {}", self.round));
        page.field("chain", &self.chain);
        show_steps(page, &self.steps);
        show_verdict(page, self.verdict);
    }
}

fn show_steps(page: &mut Page, steps: &[Step]) {
    for step in steps {
        match step.ok {
            true => page.field_toned(step.step, Tone::Good, &format!("ok: {}", step.detail)),
            false => page.field_toned(step.step, Tone::Bad, &format!("DIFFERS: {}", step.detail)),
        }
    }
}

/// Writes the verdict of a check.
pub fn show_verdict(page: &mut Page, verdict: &str) {
    match verdict {
        "ok" => page.field_toned("verdict", Tone::Good, "ok"),
        "consistent" => page.field(
            "verdict",
            "consistent with the node's own genesis, which nobody confirmed; --chain or --genesis does",
        ),
        _ => page.field_toned("verdict", Tone::Bad, "DIFFERS"),
    }
}
