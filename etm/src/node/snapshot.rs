//! `etm node snapshot` and `etm node checkpoint`: a node that begins with a state instead of executing all blocks before it.

use super::{
    FOLDER, GENESIS_FILE,
    place::{NodeArgs, Place},
    source,
};
use crate::{failure::Failure, genesis, home, process::waiting, service::KeptHistory};
use clap::{Args, Subcommand};
use etm_client::{Client, Error};
use etm_execution::Genesis;
use etm_node::{
    engine::Retention,
    snapshot::{
        self, Checkpoint, GiveError, Giver, Head, MAX_PIECE_BYTES, Progress, SnapshotError,
        Verified,
    },
};
use etm_types::{
    ChainId, Header, Round,
    api::{error::ErrorCode, query::BoundariesQuery},
};
use etm_wallet::output::{Output, Page, Report};
use serde::Serialize;
use std::{
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

/// How long one question may take: an answer may have megabytes.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a question is asked that fails in passing.
const TRIES: u32 = 5;
/// The same for one that says nothing.
const SILENT_TRIES: u32 = 2;
const PAUSE: Duration = Duration::from_millis(500);
/// How long a node may be slow.
const GRACE: Duration = Duration::from_secs(120);
/// Bytes a second that it gives on the average from then on, or the next one is asked: whoever gives a few bytes at a time could go on for ever.
const LEAST_RATE: u64 = 16 * 1024;
/// How often it is said how far it is.
const TELL: Duration = Duration::from_secs(5);
/// The most ends of rounds that are asked for at once.
const BOUNDARIES: u32 = 1_000;

/// What to do with snapshots.
#[derive(Subcommand, Debug)]
pub enum SnapshotCommand {
    /// Make a snapshot of what a running node gives: the state after the newest round that has ended, with all that proves it
    ///
    /// The node goes on meanwhile. Everything it gives is checked before it is written: committees from genesis, or from a checkpoint, to
    /// the one that signed the block, and each piece of the state against that block. It takes the place of an earlier snapshot once it is
    /// whole; any other file is left alone.
    #[command(
        after_help = "Examples:\n  etm node snapshot make etm.snapshot\n  etm node snapshot make etm.snapshot --from https://node.example.org --data /var/lib/etm\n  etm node snapshot make etm.snapshot --checkpoint 5000:5f0c...e1"
    )]
    Make(Make),
    /// Begin a node with a snapshot: its chain is that of a node that was stopped after the snapshot's block
    ///
    /// Nothing in the file is believed: it is checked as it is read, against genesis or a checkpoint, and what is not whole and right
    /// leaves no chain behind. The node has no blocks from before, and its history begins after it.
    #[command(
        after_help = "Examples:\n  etm node snapshot restore etm.snapshot\n  etm node snapshot restore etm.snapshot --data /var/lib/etm --checkpoint 5000:5f0c...e1"
    )]
    Restore(Restore),
}

/// Options of `etm node snapshot make`.
#[derive(Args, Debug)]
pub struct Make {
    /// The file that is written
    file: PathBuf,
    /// The node that gives it [default: the running node of the folder]
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// What is known of the chain, as `etm node checkpoint` prints it: then the proof begins there instead of with genesis
    #[arg(long, value_name = "ROUND:HASH")]
    checkpoint: Option<Checkpoint>,
    /// The folder of a node of the chain
    #[arg(long, value_name = "DIR", default_value = FOLDER)]
    data: PathBuf,
}

/// Options of `etm node snapshot restore`.
#[derive(Args, Debug)]
pub struct Restore {
    /// The snapshot
    file: PathBuf,
    /// What is known of the chain, as `etm node checkpoint` prints it: then the snapshot's proof may begin there, and must agree with it
    #[arg(long, value_name = "ROUND:HASH")]
    checkpoint: Option<Checkpoint>,
    /// The folder of the node
    #[arg(long, value_name = "DIR", default_value = FOLDER)]
    data: PathBuf,
}

/// Options of `etm node checkpoint`.
#[derive(Args, Debug)]
pub struct ShowCheckpoint {
    /// The node that is asked, and believed [default: the running node of the folder]
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// The folder of a node of the chain [default: etm-node, or with --from none: then the chain is the one of the node]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// What was made or restored.
#[derive(Debug, Serialize)]
pub struct Done {
    #[serde(skip)]
    what: &'static str,
    file: PathBuf,
    chain: String,
    round: u64,
    height: u64,
    block: String,
    state_root: String,
    bytes: u64,
}

impl Done {
    fn new(what: &'static str, file: &Path, header: &Header) -> Self {
        Self {
            what,
            file: file.to_owned(),
            chain: header.chain.to_string(),
            round: header.round.0,
            height: header.height.0,
            block: header.hash().to_string(),
            state_root: header.state_root.to_string(),
            bytes: file.metadata().map_or(0, |file| file.len()),
        }
    }
}

impl Report for Done {
    fn show(&self, page: &mut Page) {
        page.field(self.what, self.file.display().to_string());
        page.field("chain", &self.chain);
        page.field("round", self.round.to_string());
        page.field("height", self.height.to_string());
        page.field("block", &self.block);
        page.field("state root", &self.state_root);
        page.field("bytes", self.bytes.to_string());
    }

    fn done(&self) -> Option<String> {
        Some(format!("{} {}", self.what, self.file.display()))
    }
}

/// A checkpoint.
#[derive(Debug, Serialize)]
pub struct Shown {
    checkpoint: String,
    chain: String,
}

impl Report for Shown {
    fn show(&self, page: &mut Page) {
        page.line(&self.checkpoint);
    }
}

/// Makes a snapshot.
///
/// # Errors
/// [`Failure`]; then the file is as it was.
pub fn make(options: &Make, output: &Output) -> Result<Done, Failure> {
    let place = place(&options.data)?;
    let genesis = read_genesis(&place)?;
    let url = url(&place, options.from.as_deref())?;
    let made = waiting()?.block_on(take(
        &genesis,
        &url,
        options.checkpoint,
        &options.file,
        to_people(output),
    ));
    let verified = made.map_err(|error| failed(&url, &error))?;
    Ok(Done::new("snapshot", &options.file, verified.header()))
}

/// Restores one.
///
/// # Errors
/// [`Failure`]; then the folder has no chain.
pub fn restore(options: &Restore, output: &Output) -> Result<Done, Failure> {
    let place = place(&options.data)?;
    let genesis = Arc::new(read_genesis(&place)?);
    let kept = Kept {
        blocks: place.settings.blocks,
        history: place.settings.history,
    };
    let header = begin(
        &place.folder,
        &genesis,
        kept,
        options.checkpoint.or(place.settings.checkpoint),
        &options.file,
        to_people(output),
    )?;
    Ok(Done::new("restored", &options.file, &header))
}

/// Says the checkpoint of the newest round that has ended.
///
/// # Errors
/// [`Failure`]
pub fn checkpoint(options: &ShowCheckpoint) -> Result<Shown, Failure> {
    let (wanted, url) = match (&options.from, &options.data) {
        (Some(url), None) => (None, url.clone()),
        (from, data) => {
            let place = place(data.as_deref().unwrap_or(Path::new(FOLDER)))?;
            let wanted = read_genesis(&place)?.chain().id;
            (Some(wanted), url(&place, from.as_deref())?)
        }
    };
    let mut giver = Node::new(&url)?;
    let told = waiting()?.block_on(giver.client.chain()).map_err(|error| {
        match error.is_unreachable() {
            true => Failure::Unreachable(error.to_string()),
            false => Failure::Failed(format!("{url}: {error}")),
        }
    })?;
    let chain = ChainId::from(told.chain.id);
    if let Some(wanted) = wanted.filter(|wanted| *wanted != chain) {
        return Err(Failure::Failed(format!(
            "{url} is of chain {chain}, the folder of {wanted}"
        )));
    }
    let head = waiting()?
        .block_on(giver.head())
        .map_err(|error| failed(&url, &error.into()))?;
    let head: Head = etm_types::codec::from_bytes(&head)
        .map_err(|error| Failure::Failed(format!("{url}: {error}")))?;
    Ok(Shown {
        checkpoint: Checkpoint::of(chain, &head.committees).to_string(),
        chain: chain.to_string(),
    })
}

/// What a node keeps.
#[derive(Clone, Copy)]
pub struct Kept {
    pub blocks: Retention,
    pub history: KeptHistory,
}

/// Gives an empty folder the chain of a snapshot of one of these nodes. A folder with a chain is left alone.
///
/// # Errors
/// [`Failure`] if none of them gives one that is right.
pub fn follow(
    folder: &Path,
    genesis: &Arc<Genesis>,
    kept: Kept,
    upstreams: &[String],
    checkpoint: Option<Checkpoint>,
) -> Result<(), Failure> {
    let chain = folder.join(home::CHAIN);
    let is_there = chain
        .read_dir()
        .is_ok_and(|mut files| files.next().is_some());
    if is_there {
        return Ok(());
    }
    let file = folder.join(home::SNAPSHOT);
    let runtime = waiting()?;
    let mut last =
        Failure::Input("sync = \"snapshot\" needs upstreams to take a snapshot from".to_owned());
    for url in upstreams {
        tracing::info!(upstream = url, "takes a snapshot");
        let taken = runtime.block_on(take(genesis, url, checkpoint, &file, to_log));
        let begun = taken
            .map_err(|error| failed(url, &error))
            .and_then(|_| begin(folder, genesis, kept, checkpoint, &file, to_log));
        match begun {
            Ok(header) => {
                tracing::info!(
                    round = %header.round,
                    height = %header.height,
                    "begins with the state after a round"
                );
                return Ok(());
            }
            Err(reason) => {
                tracing::warn!(%reason, "no snapshot");
                last = reason;
            }
        }
    }
    Err(last)
}

fn begin(
    folder: &Path,
    genesis: &Arc<Genesis>,
    Kept { blocks, history }: Kept,
    checkpoint: Option<Checkpoint>,
    file: &Path,
    say: Say,
) -> Result<Header, Failure> {
    let directory = folder.join(home::CHAIN);
    let history = history != KeptHistory::Off;
    let observe = Box::new(teller(say));
    let restored = snapshot::restore(
        file, genesis, &directory, blocks, checkpoint, history, observe,
    );
    restored.map_err(|error| match error {
        SnapshotError::Io(path, reason) if reason.kind() == ErrorKind::NotFound => {
            Failure::Input(format!("{}: {reason}", path.display()))
        }
        // Names the file.
        SnapshotError::Io(..) => Failure::Failed(error.to_string()),
        error => Failure::Failed(format!("{}: {error}", file.display())),
    })
}

/// Removes what taking a snapshot needed, or left behind when it was cut short. For whoever holds the folder of a node that has a chain.
pub fn clear(folder: &Path) {
    for end in ["", snapshot::DRAFT] {
        // Not there, as a rule.
        let _ = std::fs::remove_file(folder.join(format!("{}{end}", home::SNAPSHOT)));
    }
}

/// To whom it is said how far it is.
type Say = fn(&str);

/// People who wait, unless a program reads what comes.
fn to_people(output: &Output) -> Say {
    match output.is_json() || output.is_quiet() {
        true => |_| {},
        false => |line| {
            // Who can't be told is told the result.
            let _ = writeln!(std::io::stderr(), "{line}");
        },
    }
}

fn to_log(line: &str) {
    tracing::info!("{line}");
}

/// Says now and then how far it is.
fn teller(say: Say) -> impl FnMut(Progress) + Send {
    let mut told = Instant::now();
    move |progress| {
        let line = match progress {
            Progress::Anew(left) => {
                let left = left.display();
                say(&format!(
                    "{left} was left by an attempt that was cut short: it is removed, and this one begins anew"
                ));
                return;
            }
            _ if told.elapsed() < TELL => return,
            Progress::Proof(round, rounds) => format!("committees: round {round} of {rounds}"),
            Progress::State(there, all) => format!("state: operation {there} of {all}"),
        };
        told = Instant::now();
        say(&line);
    }
}

fn place(data: &Path) -> Result<Place, Failure> {
    NodeArgs::of_folder(data).place()
}

fn read_genesis(place: &Place) -> Result<Genesis, Failure> {
    let file = place.folder.join(GENESIS_FILE);
    let genesis = genesis::read(&file)?;
    source::check(
        &genesis,
        place.settings.chain_id,
        &file.display().to_string(),
    )?;
    Ok(genesis)
}

fn url(place: &Place, from: Option<&str>) -> Result<String, Failure> {
    match from {
        Some(url) => Ok(url.to_owned()),
        None => place.url(),
    }
}

fn failed(url: &str, error: &SnapshotError) -> Failure {
    match error {
        // Names the node.
        SnapshotError::Unreachable(reason) => Failure::Unreachable(reason.clone()),
        // Nobody was asked.
        SnapshotError::InTheWay(_) => Failure::Input(error.to_string()),
        error => Failure::Failed(format!("{url}: {error}")),
    }
}

async fn take(
    genesis: &Genesis,
    url: &str,
    checkpoint: Option<Checkpoint>,
    file: &Path,
    say: Say,
) -> Result<Verified, SnapshotError> {
    let mut giver = Node::new(url).map_err(|error| SnapshotError::Giver(error.to_string()))?;
    snapshot::make(genesis, checkpoint, &mut giver, file, teller(say)).await
}

/// How long `bytes` may take that a node gives in all.
fn allowed(bytes: u64) -> Duration {
    GRACE + Duration::from_secs(bytes / LEAST_RATE)
}

/// A node that gives a snapshot over HTTP.
struct Node {
    client: Client,
    /// How long it was waited for.
    waited: Duration,
    /// What it gave.
    bytes: u64,
}

impl Node {
    fn new(url: &str) -> Result<Self, Failure> {
        let client = Client::builder(url).timeout(PATIENCE).retries(0).build();
        let client = client.map_err(|error| Failure::Input(format!("{url:.200}: {error}")))?;
        Ok(Self {
            client,
            waited: Duration::ZERO,
            bytes: 0,
        })
    }

    async fn ask<F>(&mut self, question: impl Fn(Client) -> F + Send) -> Result<Vec<u8>, GiveError>
    where
        F: Future<Output = Result<Vec<u8>, Error>> + Send,
    {
        for attempt in 1.. {
            if self.waited > allowed(self.bytes) {
                return Err(GiveError::Failed(format!(
                    "it gives less than {} KiB a second",
                    LEAST_RATE / 1024
                )));
            }
            let asked = Instant::now();
            let answer = question(self.client.clone()).await;
            self.waited += asked.elapsed();
            match answer {
                Ok(answer) => {
                    self.bytes += u64::try_from(answer.len()).unwrap_or(u64::MAX);
                    return Ok(answer);
                }
                // Silence takes as long as patience does: the next one may answer.
                Err(Error::TimedOut { .. }) if attempt < SILENT_TRIES => {}
                Err(error)
                    if error.is_passing()
                        && !matches!(error, Error::TimedOut { .. })
                        && attempt < TRIES =>
                {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) if error.code() == Some(ErrorCode::Pruned) => {
                    return Err(GiveError::Gone(error.to_string()));
                }
                Err(error) if error.is_unreachable() => {
                    return Err(GiveError::Unreachable(error.to_string()));
                }
                Err(error) => return Err(GiveError::Failed(error.to_string())),
            }
        }
        Err(GiveError::Failed("it never answers".to_owned()))
    }
}

impl Giver for Node {
    async fn head(&mut self) -> Result<Vec<u8>, GiveError> {
        self.ask(|client| async move { client.snapshot(Head::MAX_BYTES).await })
            .await
    }

    async fn boundaries(&mut self, first: Round, count: u64) -> Result<Vec<u8>, GiveError> {
        let count = u32::try_from(count).unwrap_or(u32::MAX).min(BOUNDARIES);
        self.ask(|client| async move {
            let query = BoundariesQuery {
                from_round: Some(first.0),
                limit: Some(count),
            };
            client.boundaries(&query).await
        })
        .await
    }

    async fn piece(&mut self, round: Round, operation: u64) -> Result<Vec<u8>, GiveError> {
        self.ask(|client| async move {
            client
                .snapshot_piece(round.0, operation, MAX_PIECE_BYTES)
                .await
        })
        .await
    }
}

#[cfg(test)]
mod tests;
