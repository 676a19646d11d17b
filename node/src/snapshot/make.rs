//! Making a snapshot of what a node gives: everything is checked before it is written.

use std::{
    fs::{self, File, TryLockError},
    future::Future,
    io::{self, BufWriter, Seek as _, SeekFrom},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use etm_execution::Genesis;
use etm_types::Round;
use etm_verify::Boundaries;
use thiserror::Error;

use super::{
    Checkpoint, Head, SnapshotError, Verified,
    file::{self, BEGINNING, Part},
    head,
    pieces::Place,
    walk::Walk,
};

/// What is put behind the name of a snapshot that is not whole yet.
pub const DRAFT: &str = ".part";

/// How often it is begun anew if the node goes on faster than it gives.
const ATTEMPTS: u32 = 5;

/// A node that gives a snapshot. What it gives need not be true.
pub trait Giver: Send {
    /// The encoding of the [`Head`] whose state it gives.
    fn head(&mut self) -> impl Future<Output = Result<Vec<u8>, GiveError>> + Send;

    /// The ends of rounds from `first` on, at most `count`, as [`etm_verify::Boundaries`].
    fn boundaries(
        &mut self,
        first: Round,
        count: u64,
    ) -> impl Future<Output = Result<Vec<u8>, GiveError>> + Send;

    /// The piece of the state after the last block of `round` that begins with `operation`.
    fn piece(
        &mut self,
        round: Round,
        operation: u64,
    ) -> impl Future<Output = Result<Vec<u8>, GiveError>> + Send;
}

/// What is asked for does not come.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GiveError {
    /// The node no longer has it.
    #[error("{0}")]
    Gone(String),
    /// There is no such thing, or not yet.
    #[error("{0}")]
    Unknown(String),
    /// It can't be had.
    #[error("{0}")]
    Failed(String),
    /// Whoever is asked can't be reached.
    #[error("{0}")]
    Unreachable(String),
}

impl From<GiveError> for SnapshotError {
    fn from(error: GiveError) -> Self {
        match error {
            GiveError::Unreachable(reason) => Self::Unreachable(reason),
            error => Self::Giver(error.to_string()),
        }
    }
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// An attempt before was cut short: what it left here is removed.
    Anew(PathBuf),
    /// The committees are proved up to this round, of so many.
    Proof(Round, Round),
    /// So many operations are there, of so many.
    State(u64, u64),
}

/// Writes a snapshot into the file `path`, in the place of an earlier one that is there, once it is whole. Another file is left alone.
///
/// # Errors
/// [`SnapshotError`]; a file that was there is as it was.
pub async fn make(
    genesis: &Genesis,
    checkpoint: Option<Checkpoint>,
    giver: &mut impl Giver,
    path: &Path,
    mut observe: impl FnMut(Progress) + Send,
) -> Result<Verified, SnapshotError> {
    if !is_free(path) {
        return Err(SnapshotError::InTheWay(path.to_owned()));
    }
    let mut draft = path.as_os_str().to_owned();
    draft.push(DRAFT);
    let draft = Path::new(&draft);
    let failed = |reason| SnapshotError::Io(draft.to_owned(), reason);
    let (file, left) = claim(draft)?;
    if left {
        observe(Progress::Anew(draft.to_owned()));
    }
    let made = async {
        let mut out = BufWriter::new(file);
        file::begin(&mut out, genesis.chain().id).map_err(failed)?;
        let mut walk = Walk::new(genesis, checkpoint)?;
        // What was proved stays: only the state is begun anew.
        let mut proved = BEGINNING;
        for attempt in 1.. {
            let head: Head = head::read(&giver.head().await?)?;
            let round = head.round();
            let begun = walk.next();
            let most = Boundaries::most_documents(round.since(begun));
            let mut documents = 0u64;
            while walk.next() < round {
                let first = walk.next();
                if documents >= most {
                    return Err(SnapshotError::Giver(format!(
                        "it gives the ends of rounds {begun} to {first} in {documents} answers, where {most} are enough for those up to round {round}"
                    )));
                }
                documents += 1;
                let count = round.since(first);
                let boundaries = giver.boundaries(first, count).await?;
                walk.step(&boundaries)?;
                file::push(&mut out, Part::Boundaries, &boundaries).map_err(failed)?;
                proved = out.stream_position().map_err(failed)?;
                observe(Progress::Proof(walk.next().min(round), round));
            }
            let verified = walk.end(genesis, &head)?;
            let bytes = etm_types::codec::to_bytes(&head);
            file::push(&mut out, Part::Head, &bytes).map_err(failed)?;
            match state(giver, &verified, &mut out, draft, &mut observe).await {
                Ok(()) => {
                    let file = out
                        .into_inner()
                        .map_err(|reason| failed(reason.into_error()))?;
                    file.sync_all().map_err(failed)?;
                    fs::rename(draft, path).map_err(failed)?;
                    return Ok(verified);
                }
                Err(Stopped::Gone(_)) if attempt < ATTEMPTS => {
                    out.seek(SeekFrom::Start(proved)).map_err(failed)?;
                    out.get_mut().set_len(proved).map_err(failed)?;
                }
                Err(Stopped::Gone(reason)) => return Err(SnapshotError::Giver(reason)),
                Err(Stopped::Failed(error)) => return Err(error),
            }
        }
        Err(SnapshotError::Giver("it never came to an end".into()))
    };
    let made = made.await;
    if made.is_err() {
        let _ = fs::remove_file(draft);
    }
    made
}

/// Whether nothing is at `path` but, perhaps, a snapshot.
fn is_free(path: &Path) -> bool {
    match path.symlink_metadata() {
        Err(reason) => reason.kind() == io::ErrorKind::NotFound,
        Ok(found) => found.is_file() && File::open(path).is_ok_and(file::is_snapshot),
    }
}

/// Opens a draft, empty, that nobody else writes; and whether something was in it.
fn claim(draft: &Path) -> Result<(File, bool), SnapshotError> {
    let failed = |reason| SnapshotError::Io(draft.to_owned(), reason);
    let busy = || SnapshotError::Busy(draft.to_owned());
    let file = File::options()
        .create(true)
        .write(true)
        .truncate(false)
        .open(draft)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(busy()),
        Err(TryLockError::Error(reason)) => return Err(failed(reason)),
    }
    let own = file.metadata().map_err(failed)?;
    // Whoever had it may have put it into its place between the two, and then this is that snapshot.
    match draft.metadata() {
        Ok(there) if (there.dev(), there.ino()) == (own.dev(), own.ino()) => {}
        Err(reason) if reason.kind() != io::ErrorKind::NotFound => return Err(failed(reason)),
        _ => return Err(busy()),
    }
    file.set_len(0).map_err(failed)?;
    Ok((file, own.len() > 0))
}

/// Why the state did not come whole.
enum Stopped {
    /// The node no longer has it: it went on.
    Gone(String),
    Failed(SnapshotError),
}

impl From<SnapshotError> for Stopped {
    fn from(error: SnapshotError) -> Self {
        Self::Failed(error)
    }
}

async fn state(
    giver: &mut impl Giver,
    verified: &Verified,
    out: &mut BufWriter<File>,
    draft: &Path,
    observe: &mut (impl FnMut(Progress) + Send),
) -> Result<(), Stopped> {
    let header = verified.header();
    let mut place = Place::first(header)
        .ok_or_else(|| SnapshotError::Head("it names a state without operations".into()))?;
    while let Some(operation) = place.operation() {
        let bytes = match giver.piece(header.round, operation).await {
            Ok(bytes) => bytes,
            Err(GiveError::Gone(reason)) => return Err(Stopped::Gone(reason)),
            Err(error) => return Err(Stopped::Failed(error.into())),
        };
        place.check(&bytes)?;
        file::push(out, Part::State, &bytes)
            .map_err(|reason| SnapshotError::Io(draft.to_owned(), reason))?;
        let (all, there) = place.progress();
        observe(Progress::State(there, all));
    }
    Ok(())
}
