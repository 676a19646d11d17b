//! `etm audit`: the chain executed again from genesis, every state root and certificate compared. What is compared is the node library's; here is
//! where blocks come from and what is printed.

use std::{
    fs,
    future::Future,
    path::{Path, PathBuf},
    pin::{Pin, pin},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use etm_client::Client;
use etm_execution::{
    ChainParams,
    genesis::{Draft, Genesis},
};
use etm_node::audit::{self, AuditError, Blocks, Progress, SealedBlock};
use etm_types::{
    ChainId, Height, Round,
    api::error::ErrorCode,
    codec,
    range::{self, Range},
};
use etm_wallet::{
    Globals,
    config::Settings,
    failure::{Exit, Failure},
    figures::{count, decimal, instant},
    files,
    output::{Output, Page, Report, Tone},
    verify::{self, Established, TrustOptions},
};
use serde::Serialize;

/// How often it is told how far the audit is.
const TELL: Duration = Duration::from_secs(5);
/// How often a node is asked again for blocks that did not come, and how long is waited before.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_secs(1);
/// So many blocks may come between two questions.
const SLACK: u64 = 64;
/// The exit code of what Ctrl-C ends.
const INTERRUPTED: i32 = 130;

/// Options of `etm audit`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  etm audit\n  etm audit --node https://node.example.org --genesis genesis.json\n  etm audit --to-round 100 --save blocks\n  etm audit --blocks blocks --genesis genesis.json\n\nExit codes: 0 all agrees; 1 something differs, or a file can't be written; 2 the command line or a file is wrong; 3 the node can't be reached or doesn't answer as one."
)]
pub struct Audit {
    /// Check certificates from this round on; what comes before is executed all the same, since the state follows from it
    #[arg(
        long,
        value_name = "ROUND",
        default_value_t = 0,
        hide_default_value = true
    )]
    from_round: u64,
    /// End with this round [default: as far as there are blocks]
    #[arg(long, value_name = "ROUND")]
    to_round: Option<u64>,
    /// Take the blocks from this folder, where --save put them, and ask no node for them
    #[arg(long, value_name = "FOLDER", conflicts_with = "save")]
    blocks: Option<PathBuf>,
    /// Keep the blocks in this folder, to audit them again elsewhere
    #[arg(long, value_name = "FOLDER")]
    save: Option<PathBuf>,
    #[command(flatten)]
    trust: TrustOptions,
}

/// Runs `etm audit`.
///
/// # Errors
/// [`Failure`]: exit code 1 if anything differs.
pub fn run(options: &Audit, globals: &Globals, output: &Output) -> Result<(), Failure> {
    let settings = Settings::settle(globals)?;
    if let Some(to) = options.to_round.filter(|to| *to < options.from_round) {
        let from = options.from_round;
        let message = format!("--from-round {from} comes after --to-round {to}");
        return Err(Failure::usage("invalid_rounds", message));
    }
    let established = crate::process::waiting()?.block_on(verify::establish(
        settings,
        output.clone(),
        &options.trust,
        options.blocks.is_none(),
    ))?;
    let wrong = |reason: String| Failure::failed("does_not_verify", format!("genesis: {reason}"));
    let draft: Draft =
        codec::from_bytes(&established.canonical).map_err(|error| wrong(error.to_string()))?;
    let genesis = Arc::new(Genesis::new(draft).map_err(|error| wrong(error.to_string()))?);
    let params = genesis.chain().params;
    let source = match &options.blocks {
        Some(folder) => Origin::Folder(saved(folder)?),
        None => Origin::Node(established.client.clone()),
    };
    if let Some(folder) = &options.save {
        fs::create_dir_all(folder).map_err(|error| not_written(folder, &error))?;
    }
    // The state lies on disk while it is computed, and goes with the audit, however that ends.
    let folder = tempfile::Builder::new()
        .prefix("etm-audit-")
        .tempdir()
        .map_err(|error| not_written(&std::env::temp_dir(), &error))?;
    let begun = Instant::now();
    let teller = output.clone();
    let mut told = begun;
    let last_seen = Arc::new(Mutex::new(Progress::default()));
    let not_kept = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&last_seen);
    let ended = audit::audit(
        genesis,
        folder.path(),
        audit::Options {
            from_round: Round(options.from_round),
            to_round: options.to_round.map(Round),
        },
        Reader {
            taker: Taker {
                source,
                chain: established.chain,
                save: options.save.clone(),
                not_kept: Arc::clone(&not_kept),
            },
            interrupt: None,
        },
        move |progress| {
            if let Ok(mut seen) = seen.lock() {
                seen.clone_from(progress);
            }
            if told.elapsed() >= TELL {
                told = Instant::now();
                teller.note(&format!(
                    "etm: block {} of round {} agrees; {} blocks a second",
                    count(progress.height.0),
                    progress.round,
                    rate(progress.height.0, begun.elapsed())
                ));
            }
        },
    );
    drop(folder);
    let (progress, difference) = match ended {
        Ok(progress) => (progress, None),
        Err(AuditError::Differs { height, what }) => {
            let progress = last_seen.lock().map(|seen| seen.clone());
            (
                progress.unwrap_or_default(),
                Some(Difference {
                    height: height.0,
                    what,
                }),
            )
        }
        Err(AuditError::Source(reason)) if reason == CTRL_C => std::process::exit(INTERRUPTED),
        Err(AuditError::Source(reason)) if options.blocks.is_some() => {
            return Err(Failure::usage("invalid_blocks", reason));
        }
        Err(AuditError::Source(reason)) => {
            let not_kept = not_kept.lock().ok().and_then(|mut failure| failure.take());
            let failure = not_kept
                .unwrap_or_else(|| Failure::new(Exit::Unreachable, "blocks_not_had", reason));
            let seen = last_seen.lock().map(|seen| seen.height).unwrap_or_default();
            return Err(failure.hint(format!("up to block {seen} all agrees")));
        }
        Err(AuditError::Storage(reason)) => return Err(Failure::failed("disk_failed", reason)),
    };
    if difference.is_none() {
        reaches(&progress, options, &params)?;
    }
    let old = match options.blocks.is_some() || options.to_round.is_some() {
        true => Vec::new(),
        false => {
            let running = params.round_of(progress.final_height.next());
            established.old(running.0, progress.timestamp_ms, params.slot_ms)?
        }
    };
    let outcome = Outcome {
        progress,
        difference,
        old,
        took: begun.elapsed(),
    };
    report(&established, options, outcome, output)
}

/// What was asked for has to be there: an audit of nothing would agree.
fn reaches(progress: &Progress, options: &Audit, params: &ChainParams) -> Result<(), Failure> {
    if progress.height == Height(0) {
        return Err(Failure::failed(
            "too_early",
            "there is no block to audit yet",
        ));
    }
    let last = options
        .to_round
        .map(|round| params.last_height(Round(round)));
    let from = params.first_height(Round(options.from_round));
    let (reached, round) = (progress.final_height, progress.round);
    let missing = match last {
        Some(last) if reached < last => {
            format!("round {} ends with block {last}", params.round_of(last))
        }
        _ if reached < from => format!("round {} begins with block {from}", options.from_round),
        _ => return Ok(()),
    };
    let message = format!(
        "{missing}, and the blocks that were had are final up to {reached} and end with {} in round {round}",
        progress.height
    );
    Err(Failure::failed("not_reached", message).hint("up to there all agrees"))
}

/// What an audit came to.
struct Outcome {
    progress: Progress,
    difference: Option<Difference>,
    /// Why its last block is not of now.
    old: Vec<String>,
    took: Duration,
}

fn report(
    established: &Established,
    options: &Audit,
    outcome: Outcome,
    output: &Output,
) -> Result<(), Failure> {
    let Outcome {
        progress,
        difference,
        old,
        took,
    } = outcome;
    let ok = difference.is_none();
    let audited = Audited {
        chain: established.chain.to_string(),
        ok,
        anchor: established.anchor_kind(),
        verdict: established.verdict(ok),
        from_round: options.from_round,
        height: progress.height.0,
        round: progress.round.0,
        final_height: progress.final_height.0,
        hash: progress.hash.to_string(),
        state_root: progress.state_root.to_string(),
        timestamp_ms: progress.timestamp_ms,
        transactions: progress.transactions,
        certificates: progress.certificates,
        seconds: took.as_secs(),
        blocks_per_second: rate(progress.height.0, took),
        difference,
        warnings: old,
    };
    if ok && options.blocks.is_none() {
        established.remember()?;
    }
    let ended = match &audited.difference {
        None => Ok(()),
        Some(Difference { height, what }) => Err(Failure::failed(
            "differs",
            format!("block {height}: {what}"),
        )),
    };
    output.print_ended(&audited, ended)
}

fn not_written(folder: &Path, error: &std::io::Error) -> Failure {
    let why = files::not_made(folder, error);
    let message = format!("{} cannot be written: {why}", folder.display());
    Failure::failed("file_not_written", message)
}

/// Blocks a second, with one decimal.
fn rate(blocks: u64, took: Duration) -> String {
    decimal(
        u128::from(blocks).saturating_mul(1000),
        took.as_millis().max(1),
        1,
    )
}

/// Where blocks come from.
enum Origin {
    Node(Client),
    /// Files by the first height in them.
    Folder(Vec<(u64, PathBuf)>),
}

type Interrupt = Pin<Box<dyn Future<Output = std::io::Result<()>> + Send>>;

/// Where blocks are taken from, and where they are kept.
struct Taker {
    source: Origin,
    chain: ChainId,
    save: Option<PathBuf>,
    /// Why blocks that were had could not be kept: that says nothing about where they came from.
    not_kept: Arc<Mutex<Option<Failure>>>,
}

struct Reader {
    taker: Taker,
    /// Ctrl-C, from the first blocks on.
    interrupt: Option<Interrupt>,
}

const CTRL_C: &str = "interrupted";

impl Blocks for Reader {
    async fn next(&mut self, first: Height) -> Result<Vec<SealedBlock>, String> {
        let mut interrupt = self
            .interrupt
            .take()
            .unwrap_or_else(|| Box::pin(tokio::signal::ctrl_c()));
        let answer = {
            let taken = pin!(self.taker.take(first.0));
            tokio::select! {
                biased;
                _ = &mut interrupt => Err(CTRL_C.to_owned()),
                answer = taken => answer,
            }
        };
        self.interrupt = Some(interrupt);
        answer
    }
}

impl Taker {
    async fn take(&self, first: u64) -> Result<Vec<SealedBlock>, String> {
        let bytes = match &self.source {
            Origin::Node(client) => asked(client, first).await?,
            Origin::Folder(files) => {
                // The one that begins at or before it.
                let file = files.iter().rev().find(|(begins, _)| *begins <= first);
                let Some((_, path)) = file else {
                    return Err(format!("the folder has no blocks from {first} on"));
                };
                let bytes = files::read(path, range::MAX_BYTES as u64);
                Some(bytes.map_err(|reason| format!("{}: {reason}", path.display()))?)
            }
        };
        let Some(bytes) = bytes else {
            return Ok(Vec::new());
        };
        let range =
            Range::from_bytes(&bytes).map_err(|error| format!("blocks from {first}: {error}"))?;
        if range.chain != self.chain {
            return Err(format!("the blocks are of chain {}", range.chain));
        }
        let skipped = first
            .checked_sub(range.first.0)
            .and_then(|skipped| usize::try_from(skipped).ok());
        let Some(skipped) = skipped else {
            return Err(format!(
                "blocks from {} came instead of {first}",
                range.first
            ));
        };
        let blocks = range.blocks.into_iter().skip(skipped);
        let blocks: Vec<SealedBlock> = blocks
            .map(|one| SealedBlock {
                certificate: one.certificate,
                block: one.block,
            })
            .collect();
        if let (Origin::Folder(files), true) = (&self.source, blocks.is_empty())
            && let Some((begins, _)) = files.iter().find(|(begins, _)| *begins > first)
        {
            return Err(format!(
                "the folder has no blocks from {first} to {}",
                begins.saturating_sub(1)
            ));
        }
        if let (Some(folder), false) = (&self.save, blocks.is_empty()) {
            let path = folder.join(format!("{first:012}.etmrange"));
            keep(&path, &bytes).map_err(|failure| {
                let reason = failure.message.clone();
                if let Ok(mut not_kept) = self.not_kept.lock() {
                    *not_kept = Some(failure);
                }
                reason
            })?;
        }
        Ok(blocks)
    }
}

/// Writes a file, unless one with the same is there. No other is written over.
///
/// # Errors
/// [`Failure`] if it can't be written, or another is there.
fn keep(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return files::write(path, bytes, false);
        }
        Err(error) => return Err(not_written(path, &error)),
        Ok(_) => {}
    }
    match files::read(path, bytes.len() as u64) {
        Ok(there) if there == bytes => Ok(()),
        _ => {
            let message = format!("{} is there, and holds something else", path.display());
            Err(Failure::usage(
                "file_exists",
                format!("{message}: --save names another folder"),
            ))
        }
    }
}

/// Blocks from a node; none if it has no more.
async fn asked(client: &Client, first: u64) -> Result<Option<Vec<u8>>, String> {
    let last = first.saturating_add(range::MAX_BLOCKS as u64 - 1);
    for attempt in 1.. {
        match client.chain_blocks(first, last).await {
            Ok(bytes) => return Ok(Some(bytes)),
            Err(error) if error.code() == Some(ErrorCode::NotFound) => {
                return match client.status().await {
                    // It makes some while it is asked.
                    Ok(status) if status.tip.height >= first.saturating_add(SLACK) => Err(format!(
                        "the node says that its last block is {}, and gives none from {first} on",
                        status.tip.height
                    )),
                    Ok(_) => Ok(None),
                    Err(error) => Err(error.to_string()),
                };
            }
            Err(error) if error.is_passing() && attempt < TRIES => tokio::time::sleep(PAUSE).await,
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(None)
}

/// The files of a folder, by the first height in them.
fn saved(folder: &Path) -> Result<Vec<(u64, PathBuf)>, Failure> {
    let wrong = |reason: String| {
        Failure::usage("invalid_blocks", format!("{}: {reason}", folder.display()))
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| wrong(error.to_string()))? {
        let path = entry.map_err(|error| wrong(error.to_string()))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let begins = name
            .and_then(|name| name.strip_suffix(".etmrange"))
            .and_then(|begins| begins.parse().ok());
        files.extend(begins.map(|begins| (begins, path.clone())));
    }
    files.sort();
    match files.is_empty() {
        true => Err(wrong(
            "there are no saved blocks (NUMBER.etmrange) in it".to_owned(),
        )),
        false => Ok(files),
    }
}

/// What differs first.
#[derive(Debug, Serialize)]
struct Difference {
    height: u64,
    what: String,
}

/// What `etm audit` prints.
#[derive(Debug, Serialize)]
struct Audited {
    chain: String,
    ok: bool,
    /// Where trust in the chain comes from.
    anchor: &'static str,
    verdict: &'static str,
    /// The round from which certificates were checked.
    from_round: u64,
    /// The last block that was executed, and agrees.
    height: u64,
    round: u64,
    /// The last block that is final by a certificate that was checked.
    final_height: u64,
    hash: String,
    state_root: String,
    /// When it was made.
    timestamp_ms: u64,
    transactions: u64,
    certificates: u64,
    seconds: u64,
    blocks_per_second: String,
    difference: Option<Difference>,
    /// Why that block is not of now, as far as that can be seen from here.
    warnings: Vec<String>,
}

impl Report for Audited {
    fn show(&self, page: &mut Page) {
        page.title(&format!("Audit up to block {}", count(self.height)));
        page.field("chain", &self.chain);
        page.field(
            "executed",
            format!(
                "{} blocks with {} transactions, {} blocks a second",
                count(self.height),
                count(self.transactions),
                self.blocks_per_second
            ),
        );
        page.field(
            "certificates",
            format!(
                "{} from round {} on; final up to block {}",
                count(self.certificates),
                self.from_round,
                count(self.final_height)
            ),
        );
        page.field("made at", instant(self.timestamp_ms));
        page.field("state root", &self.state_root);
        match &self.difference {
            Some(Difference { height, what }) => {
                page.field_toned(
                    "verdict",
                    Tone::Bad,
                    &format!("DIFFERS at block {height}: {what}"),
                );
            }
            None => verify::show_verdict(page, self.verdict),
        }
        for warning in &self.warnings {
            page.say(Tone::Warning, warning);
        }
    }
}
