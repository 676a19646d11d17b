//! `etm verify-votes`: the votes of a miner from its cohorts, and a position among them, proved by the state.

use super::{
    Step, TrustOptions, anchor,
    anchor::Anchor,
    ended, first_steps,
    held::Held,
    load, show_steps, show_verdict,
    terms::{Terms, draft},
    verdict,
};
use crate::{
    config::Settings,
    context::{Context, find_miner, miner_text, now_ms, unusual_age},
    failure::{Failure, Result},
    figures::{decimal, etm, instant, span, votes},
    files,
    output::{Align, Output, Page, Report},
};
use etm_client::Error;
use etm_types::{
    ChainId,
    api::{Integer, error::ErrorCode, votes::CheckedVotes},
};
use etm_verify::{Trust, VotesCheck, VotesEvidence};
use serde::Serialize;
use std::path::PathBuf;

/// `etm verify-votes`
#[derive(Clone, Debug, clap::Args)]
pub struct VerifyVotes {
    /// The miner: its name, or #id
    #[arg(value_name = "MINER", required_unless_present = "receipt")]
    miner: Option<String>,
    /// The round in which the votes count: a node can prove those of the running one [default: that, or the one of the file]
    #[arg(long, value_name = "ROUND")]
    round: Option<u64>,
    /// Prove a position that votes for the miner, too: an address, a contact, or the name of a key
    #[arg(long, value_name = "ACCOUNT", conflicts_with = "receipt")]
    address: Option<String>,
    /// Check evidence that was saved with --save; asks no node for what was proved before
    #[arg(long, value_name = "FILE", conflicts_with = "save")]
    receipt: Option<PathBuf>,
    /// Save the evidence, to be checked also when the round is long over: with a chain id, and with what was proved of the chain before (the folder of --chains) or any node of it
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    #[command(flatten)]
    trust: TrustOptions,
}

/// Evidence, and what it is checked with.
struct Found {
    bytes: Vec<u8>,
    anchor: Anchor,
    trust: Trust,
    /// What a node was asked for; none of a file.
    asked: Option<Asked>,
}

/// What a node was asked for, beside the miner.
struct Asked {
    /// Whose position.
    address: Option<String>,
    /// The round that is running, as it says.
    running: u64,
}

/// Runs `etm verify-votes`.
///
/// # Errors
/// [`Failure`] with exit code 1 if any step differs.
pub async fn run(options: &VerifyVotes, settings: Settings, output: Output) -> Result<()> {
    let held = Held::open(options.trust.chains.clone())?;
    let context = Context::new(settings, output)?;
    let anchors = anchor::wanted(
        options.trust.genesis.as_deref(),
        context.settings.chain.as_deref(),
    )?;
    let found = match &options.receipt {
        Some(path) => {
            let bytes = load(path, VotesEvidence::MAX_BYTES)?;
            let subject = subject(&bytes).map_err(|reason| {
                Failure::failed("does_not_verify", format!("{}: {reason}", path.display()))
            })?;
            let anchor = anchors.of_file(&held.pins(), subject.0)?;
            let trust = held.walk(&context, subject.0, subject.1, &anchors).await?;
            Found {
                bytes,
                anchor,
                trust,
                asked: None,
            }
        }
        None => {
            let running = context.status_of_any_chain().await?;
            if let Some(other) = options
                .round
                .filter(|round| *round != running.progress.round)
            {
                return Err(not_running(other, running.progress.round));
            }
            let chain = ChainId::from(running.chain.id);
            let node = &context.settings.node;
            let anchor = anchors.of_node(&held.pins(), node, chain, options.trust.new_chain)?;
            let address = match &options.address {
                Some(named) => Some(context.account(Some(named))?),
                None => None,
            };
            let miner = options.miner.as_deref().unwrap_or_default();
            let mut tries = TRIES;
            let (bytes, trust) = loop {
                let bytes = match context
                    .client
                    .votes_evidence(miner, address.as_deref())
                    .await
                {
                    Ok(bytes) => bytes,
                    Err(error) if error.code() == Some(ErrorCode::NotFound) => {
                        return Err(unknown_miner(&context, miner, error).await);
                    }
                    Err(error) => return Err(error.into()),
                };
                let (_, round) = subject(&bytes).map_err(|reason| {
                    Failure::failed("does_not_verify", format!("evidence: {reason}"))
                })?;
                let trust = held.walk(&context, chain, round, &anchors).await?;
                tries = tries.saturating_sub(1);
                // The round may end while the way to it is asked for.
                if tries == 0 || overtaken(&trust, round).is_none() {
                    break (bytes, trust);
                }
            };
            Found {
                bytes,
                anchor,
                trust,
                asked: Some(Asked {
                    address,
                    running: running.progress.round,
                }),
            }
        }
    };
    let report = found.trust.check_votes(&found.bytes);
    let mut steps = first_steps(&held, &found.anchor, &found.trust);
    steps.extend(report.steps.iter().map(|step| Step {
        step: step.check.name(),
        ok: step.ok,
        detail: step.detail.clone(),
    }));
    if let (Some(votes), Some(_)) = (&report.votes, &found.asked) {
        if let Some(reason) = overtaken(&found.trust, votes.round) {
            return Err(behind(&reason));
        }
        let terms = Terms::of_chain(&context, &held, found.trust.chain()).await?;
        let slot_ms = terms.and_then(|terms| terms.number("slot_ms"));
        if let Some(age) = unusual_age(votes.timestamp_ms, slot_ms.unwrap_or(0), now_ms()) {
            context.output.note(&format!(
                "etm: warning: what the node proves is {} old by this machine's clock: there may be newer blocks that it doesn't show",
                span(age)
            ));
        }
    }
    if let Some(votes) = &report.votes {
        if let Some(wrong) = not_what_was_asked(options, found.asked.as_ref(), votes) {
            // What follows from the answer to another question is of no use.
            let at = steps.iter().position(|step| step.step == wrong.step);
            steps.truncate(at.unwrap_or(steps.len()));
            steps.push(wrong);
        }
        if options.receipt.is_none() && steps.iter().all(|step| step.ok) {
            steps.extend(drawn(&context, &found.trust, votes).await?);
        }
    }
    let ok = steps.iter().all(|step| step.ok);
    if let (Some(path), true) = (&options.save, ok) {
        files::write(path, &found.bytes, false)?;
    }
    if ok && options.receipt.is_none() {
        let node = &context.settings.node;
        held.remember(&context.output, node, found.trust.chain())?;
    }
    let verified = Verified {
        chain: found.trust.chain().to_string(),
        ok,
        anchor: found.anchor.kind(),
        verdict: verdict(ok, &found.anchor),
        steps,
        read: report.votes.filter(|_| ok),
    };
    let ended = ended("the votes do not verify", &verified.steps);
    context.output.print_ended(&verified, ended)
}

/// Why nothing is told of a miner: there is none, as far as the table of all has it.
async fn unknown_miner(context: &Context, named: &str, error: Error) -> Failure {
    match context.all_miners(None).await {
        Ok(all) => find_miner(&all.miners, named)
            .err()
            .unwrap_or_else(|| error.into()),
        Err(failure) => failure,
    }
}

/// A round that ends between two answers is nobody's fault, so many in a row are.
const TRIES: u32 = 16;

/// Rounds that are walked for a name, unasked.
const WALK: u64 = 2_000;

/// The name that a miner has, as the committees of the chain signed it, or as genesis says: a name never changes, and an id is given once.
/// None if the node proves nothing.
///
/// # Errors
/// [`Failure`] if what the node gives as a proof is none.
pub(crate) async fn proved_name(
    context: &Context,
    chain: ChainId,
    running: u64,
    miner: u32,
) -> Result<Option<String>> {
    match name_in_state(context, chain, running, miner).await? {
        Some(name) => Ok(Some(name)),
        None => name_in_genesis(context, chain, miner).await,
    }
}

/// The name of a miner that the chain began with.
async fn name_in_genesis(context: &Context, chain: ChainId, miner: u32) -> Result<Option<String>> {
    let Ok(genesis) = context.client.genesis().await else {
        return Ok(None);
    };
    let draft = draft(&genesis.canonical.0, chain)?;
    let place = usize::try_from(miner).ok();
    let found = place.and_then(|place| draft.miners.get(place));
    Ok(found.map(|miner| miner.name.to_string()))
}

/// The name of a miner in the state.
async fn name_in_state(
    context: &Context,
    chain: ChainId,
    running: u64,
    miner: u32,
) -> Result<Option<String>> {
    // Whichever round it is of: no name changes.
    let proved = votes_in_state(context, chain, running, miner, None).await?;
    Ok(proved.ok().map(|(votes, _)| votes.miner.name))
}

/// Why nothing is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoProof {
    /// It takes a walk over more than [`WALK`] rounds; the node was not asked.
    FarAway,
    /// The node gives none, or not what leads to it.
    NotGiven,
    /// The node can't give one now.
    Later,
    /// It is of a round whose end is proved by now: why, in words.
    Overtaken(String),
}

/// The votes of a miner in the state, and the position of an account that votes for it.
///
/// # Errors
/// [`Failure`] if what the node gives as a proof is none.
pub(super) async fn proved_votes(
    context: &Context,
    chain: ChainId,
    running: u64,
    miner: u32,
    address: Option<&str>,
) -> Result<std::result::Result<CheckedVotes, NoProof>> {
    let found = votes_in_state(context, chain, running, miner, address).await?;
    Ok(found.and_then(|(votes, overtaken)| match overtaken {
        None => Ok(votes),
        Some(reason) => Err(NoProof::Overtaken(reason)),
    }))
}

/// The same of any round, and why there is a newer one, if there is.
async fn votes_in_state(
    context: &Context,
    chain: ChainId,
    running: u64,
    miner: u32,
    address: Option<&str>,
) -> Result<std::result::Result<(CheckedVotes, Option<String>), NoProof>> {
    let held = Held::open(None)?;
    let known = held.load(chain)?;
    let next = known.as_ref().map_or(0, |trust| trust.next().0);
    if running > next.saturating_add(WALK) {
        return Ok(Err(NoProof::FarAway));
    }
    let given = context
        .client
        .votes_evidence(&format!("#{miner}"), address)
        .await;
    let bytes = match given {
        Ok(bytes) => bytes,
        Err(error) if error.is_passing() => return Ok(Err(NoProof::Later)),
        Err(_) => return Ok(Err(NoProof::NotGiven)),
    };
    let wrong = |reason: String| {
        let what = match address {
            None => format!("who miner #{miner} is"),
            Some(address) => format!("the position of {address}"),
        };
        let message = format!("the node's proof of {what}: {reason}; nothing was signed");
        Failure::failed("does_not_verify", message).hint("--node names another node")
    };
    let (found, round) = subject(&bytes).map_err(wrong)?;
    if found != chain {
        return Err(wrong(format!("it is of chain {found}")));
    }
    if round > running.saturating_add(1) {
        return Err(wrong(format!(
            "it is of round {round}, and round {running} is running"
        )));
    }
    let anchors = anchor::wanted(None, None)?;
    let trust = match held.walk(context, chain, round, &anchors).await {
        Ok(trust) => trust,
        // A lie is no reason to go on; that a node can't give what is needed is none to stop.
        Err(failure) if failure.code == "does_not_verify" => return Err(failure),
        Err(_) => return Ok(Err(NoProof::NotGiven)),
    };
    let report = trust.check_votes(&bytes);
    match report.votes {
        Some(votes) if votes.miner.id == miner => {
            let overtaken = overtaken(&trust, votes.round);
            Ok(Ok((votes, overtaken)))
        }
        Some(votes) => Err(wrong(format!("it is of {}", miner_text(&votes.miner)))),
        None => {
            let failed = report.steps.iter().find(|step| !step.ok);
            Err(wrong(
                failed.map(|step| step.detail.clone()).unwrap_or_default(),
            ))
        }
    }
}

/// Why a state is not the newest one: the end of its round was proved here before.
fn overtaken(trust: &Trust, round: u64) -> Option<String> {
    let running = trust.next().0;
    (round < running).then(|| {
        format!(
            "it is the state of round {round}, and the end of round {} was proved here before",
            running.saturating_sub(1)
        )
    })
}

/// A node that has nothing newer than what was overtaken, however often it is asked.
pub(crate) fn behind(reason: &str) -> Failure {
    let message = format!("what the node proves is not of now: {reason}");
    Failure::failed("node_behind", message).hint("--node names another node")
}

/// The chain of evidence, and the round whose committee it is checked with.
fn subject(bytes: &[u8]) -> std::result::Result<(ChainId, u64), String> {
    let evidence = VotesEvidence::from_bytes(bytes).map_err(|error| error.to_string())?;
    Ok((evidence.header.chain, evidence.committee.round.0))
}

fn not_running(other: u64, running: u64) -> Failure {
    let before = other.saturating_sub(1);
    Failure::failed(
        "round_not_running",
        format!(
            "a node holds the state of now: it can prove the votes of round {running}, which is running, not of round {other}"
        ),
    )
    .hint(format!(
        "what was saved with --save is checked with --receipt at any time; what the draw counted for round {other} is checked by `etm verify-round {before}`"
    ))
}

/// Evidence that holds in itself may still be of something else than what was asked for.
fn not_what_was_asked(
    options: &VerifyVotes,
    asked: Option<&Asked>,
    votes: &CheckedVotes,
) -> Option<Step> {
    let wrong = |step: VotesCheck, detail: String| {
        Some(Step {
            step: step.name(),
            ok: false,
            detail,
        })
    };
    if let Some(named) = &options.miner {
        let same = match named.strip_prefix('#') {
            Some(id) => id.parse() == Ok(votes.miner.id),
            None => *named == votes.miner.name,
        };
        if !same {
            let found = miner_text(&votes.miner);
            return wrong(
                VotesCheck::Miner,
                format!("it is of {found}, not of {named}"),
            );
        }
    }
    if let Some(round) = options.round.filter(|round| *round != votes.round) {
        let found = votes.round;
        return wrong(
            VotesCheck::Committee,
            format!("the votes are those of round {found}, not {round}"),
        );
    }
    let asked = asked?;
    // A round may have ended since the node was asked for the running one; none begins again.
    if votes.round < asked.running {
        return wrong(
            VotesCheck::Committee,
            format!(
                "the votes are those of round {}, and the node says that round {} is running",
                votes.round, asked.running
            ),
        );
    }
    match (&asked.address, &votes.position) {
        (Some(_), None) => wrong(
            VotesCheck::Position,
            "there is no position in it".to_owned(),
        ),
        (Some(address), Some(position)) if *address != position.address => wrong(
            VotesCheck::Position,
            format!("it is of {}, not of {address}", position.address),
        ),
        (None, Some(position)) => wrong(
            VotesCheck::Position,
            format!("it is of {}, and none was asked for", position.address),
        ),
        _ => None,
    }
}

/// The draw at the end of the round before counted the same votes, if the miner was among its candidates.
async fn drawn(context: &Context, trust: &Trust, votes: &CheckedVotes) -> Result<Option<Step>> {
    let Some(before) = votes.round.checked_sub(1) else {
        return Ok(None);
    };
    let report = trust.check(&context.client.evidence(before).await?);
    let step = |ok, detail| {
        Ok(Some(Step {
            step: "draw",
            ok,
            detail,
        }))
    };
    let Some(round) = &report.round else {
        let failed = report.failed().map(|step| step.detail.clone());
        return step(
            false,
            format!("round {before}: {}", failed.unwrap_or_default()),
        );
    };
    if round.round != before {
        return step(
            false,
            format!("the node sent round {}, not {before}", round.round),
        );
    }
    let candidates = &round.draw.candidates;
    match candidates.iter().find(|one| one.miner == votes.miner.id) {
        None => step(
            true,
            format!(
                "the miner was not among the candidates of the draw of round {}",
                round.draw.round
            ),
        ),
        Some(one) if one.votes == votes.votes => step(
            true,
            format!("the draw of round {} counted the same S", round.draw.round),
        ),
        Some(one) => step(
            false,
            format!(
                "the draw of round {} counted {}",
                round.draw.round, one.votes.0
            ),
        ),
    }
}

/// What `etm verify-votes` prints.
#[derive(Debug, Serialize)]
struct Verified {
    chain: String,
    /// Whether every step holds.
    ok: bool,
    /// Where trust in the chain comes from.
    anchor: &'static str,
    verdict: &'static str,
    steps: Vec<Step>,
    /// All that can be read from the evidence, if every step holds.
    read: Option<CheckedVotes>,
}

/// A share of votes in per cent with four decimals, rounded down.
fn share(part: Integer, whole: Integer) -> String {
    // Votes are below 2^100.
    let scaled = part.0.saturating_mul(1_000_000);
    match scaled.checked_div(whole.0) {
        Some(millionths) => format!("{} %", decimal(millionths, 10_000, 4)),
        None => "-".to_owned(),
    }
}

impl Report for Verified {
    fn show(&self, page: &mut Page) {
        if let Some(read) = &self.read {
            page.title(&format!(
                "Votes of {} in round {}",
                miner_text(&read.miner),
                read.round
            ));
        }
        page.field("chain", &self.chain);
        show_steps(page, &self.steps);
        show_verdict(page, self.verdict);
        let Some(read) = &self.read else { return };
        page.gap();
        let after = format!("block {}, {}", read.height, instant(read.timestamp_ms));
        page.field("as of", after);
        page.field("votes", votes(read.votes));
        let rows: Vec<Vec<String>> = read
            .cohorts
            .iter()
            .map(|cohort| {
                vec![
                    cohort.time_gain.to_string(),
                    cohort.weight.0.to_string(),
                    votes(cohort.votes),
                    share(cohort.votes, read.votes),
                ]
            })
            .collect();
        let columns = [
            ("T", Align::Right),
            ("SUM OF w(T)", Align::Right),
            ("VOTES", Align::Right),
            ("SHARE", Align::Right),
        ];
        page.table(&columns, &rows);
        if let Some(position) = &read.position {
            page.gap();
            page.title(&position.address);
            page.field("locked", etm(position.locked));
            page.field("t", position.time_gain.to_string());
            page.field(
                "votes",
                format!(
                    "{}, {} of the miner's",
                    votes(position.votes),
                    share(position.votes, read.votes)
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_down() {
        assert_eq!(share(Integer(1), Integer(3)), "33.3333 %");
        assert_eq!(share(Integer(2), Integer(2)), "100.0000 %");
        assert_eq!(share(Integer(0), Integer(0)), "-");
    }
}
