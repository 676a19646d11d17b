//! Snapshots: the state after the last block of a round, and all that proves it, so that a new node need not execute what came before.
//!
//! A snapshot is the log of the state's operations from the first that is still needed, as a header names it: each piece of it comes
//! with its proof against that header's `ops_root`, and the state that follows from all of them must have its `state_root`. The header
//! is final by the committee of its round, and that committee is proved by the ends of the rounds before it, from genesis or from a
//! [`Checkpoint`]. So whoever made or sent a snapshot need not be believed.
//!
//! Why the operations and not the records: the root of a state depends on where in the log each record was written last, so that the
//! same records written anew are another state. `docs/snapshot.md` says what is in a snapshot, and what a node with one lacks.

mod base;
mod file;
mod give;
mod head;
mod make;
mod pieces;
mod restore;
mod walk;

pub use base::base;
pub use file::SnapshotFile;
pub use give::Gives;
pub use head::{Head, Verified};
pub use make::{DRAFT, GiveError, Giver, Progress, make};
pub use pieces::{MAX_PIECE_BYTES, MAX_PIECE_OPERATIONS, Place};
pub(crate) use restore::left_by_restore;
pub use restore::{Observer, restore, restore_in};
pub use walk::Checkpoint;

use std::{io, path::PathBuf};

use etm_types::{Height, Round};
use thiserror::Error;

use crate::{folder::FolderError, record::RecordError};

/// A snapshot can't be made or used. What was there before is as it was.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// A file can't be read or written.
    #[error("{}", crate::guard::sentence(&.0.display().to_string(), .1))]
    Io(PathBuf, io::Error),
    /// Another process makes the same one.
    #[error("{0}: another process writes it; wait until it is done, or name another file")]
    Busy(PathBuf),
    /// What is in the way of a new one is none.
    #[error("{0} is there and is no snapshot: it is left as it is; name another file")]
    InTheWay(PathBuf),
    /// The file is none.
    #[error("this is no snapshot of etm: it does not begin with etm/snapshot/v1")]
    NoSnapshot,
    /// It is of another chain.
    #[error(
        "the snapshot is of the chain {found}, and the genesis given is of the chain {expected}"
    )]
    OtherChain {
        /// The one it is of.
        found: etm_types::ChainId,
        /// The one that is meant.
        expected: etm_types::ChainId,
    },
    /// It ends too early.
    #[error("the snapshot is cut short: it ends within {0}")]
    Short(&'static str),
    /// It does not end where it must.
    #[error("the snapshot goes on after its end")]
    Long,
    /// A part of it is longer than any may be.
    #[error("the snapshot says that {part} has {length} bytes, and none has more than {most}")]
    TooLong {
        /// Which.
        part: &'static str,
        /// What it says.
        length: u64,
        /// What is possible.
        most: u64,
    },
    /// Parts of it stand where others must.
    #[error("the snapshot has {found} where {expected} must be")]
    Order {
        /// What is there.
        found: &'static str,
        /// What must be.
        expected: &'static str,
    },
    /// What proves the committee of its round does not.
    #[error("the proof of the committees: {0}")]
    Walk(String),
    /// Its block is not what it must be.
    #[error("the block of the snapshot: {0}")]
    Head(String),
    /// It is older than what is known to be true.
    #[error(
        "the snapshot is of the end of round {found}, and the checkpoint is of round {known}: it is too old"
    )]
    TooOld {
        found: Round,
        /// The checkpoint's.
        known: Round,
    },
    /// It is of another history than the checkpoint.
    #[error(
        "the committees of round {0} and the next are not those of the checkpoint: the snapshot or the checkpoint is of another chain"
    )]
    OtherCheckpoint(Round),
    /// A piece of the state is not what the block names.
    #[error(
        "the operations of the state from {place} on are not those that block {height} names: {what}"
    )]
    Piece {
        /// Where it begins.
        place: u64,
        /// The block.
        height: Height,
        /// What is wrong.
        what: &'static str,
    },
    /// The whole is not what the block names.
    #[error("the state that follows from the snapshot is not the one that block {0} names")]
    State(Height),
    /// Whoever gives it does not.
    #[error("{0}")]
    Giver(String),
    /// Whoever gives it can't be reached.
    #[error("{0}")]
    Unreachable(String),
    /// The storage fails.
    #[error("the storage: {0}")]
    Storage(String),
    /// There is a chain already.
    #[error("{0} holds a chain already; a snapshot is restored into an empty folder")]
    NotEmpty(PathBuf),
    /// The folder can't be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The folder is something else.
    #[error(transparent)]
    Record(#[from] RecordError),
}
