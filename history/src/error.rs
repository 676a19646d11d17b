//! What can go wrong.

use std::time::Duration;

use etm_types::codec::DecodeError;
use etm_types::{Hash, Height, Round};

/// The history can't be opened, written or read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The database failed.
    #[error("SQLite: {0}")]
    Database(#[from] rusqlite::Error),
    /// A block is missing before this one. Nothing was written.
    #[error("block {found} came, block {expected} is next")]
    Gap {
        /// The height that is next.
        expected: Height,
        /// The height that came.
        found: Height,
    },
    /// Another block is recorded at this height (or as the parent). Finalized blocks never change: one of them is of another chain.
    #[error("at height {height} the history has block {recorded}, now came {found}")]
    Fork {
        height: Height,
        recorded: Hash,
        /// The hash that came.
        found: Hash,
    },
    /// The file belongs to another chain.
    #[error(
        "the history in this file is of chain {recorded}, this is chain {expected}; use another file"
    )]
    WrongChain {
        /// The chain in the file.
        recorded: String,
        /// This chain.
        expected: String,
    },
    /// The file was written by another version of this program.
    #[error("the history's tables have version {found}, this program reads version {known}")]
    OtherSchema {
        /// Version of the file.
        found: u32,
        /// The known version.
        known: u32,
    },
    /// The file is whole, of this chain, and goes with the beginning of another node.
    #[error("it {0}")]
    OtherBeginning(String),
    /// The file is not open now.
    #[error("the history is not open: it is being begun anew, or its file can't be used")]
    Closed,
    /// There is none.
    #[error("{0}")]
    Off(String),
    /// It was there and was removed, or it was before the node began.
    #[error(
        "this node {} from round {round} (block {height}) on; ask a node that keeps all",
        if *began { "began with a snapshot: its history goes" } else { "keeps the history of the last rounds only:" }
    )]
    Pruned {
        /// The first round that is kept.
        round: Round,
        /// The first block that is kept.
        height: Height,
        /// Whether there never was more.
        began: bool,
    },
    /// What a history after a snapshot begins with can't be had.
    #[error(
        "this node keeps no history: it began with a snapshot of block {height}, and what its history begins with can't be read ({why}); put \
         back your own copy of it and start the node again, ask another node, or restore the snapshot anew"
    )]
    NoOrigin {
        /// The block.
        height: Height,
        /// What is wrong.
        why: String,
        /// Whether it is lost.
        for_good: bool,
    },
    /// The node stops before all is written that a history begins with. It is gone on with later.
    #[error("what the history begins with is not all written: the node stops")]
    Stopped,
    /// Not all was written that a history began with, and this node has something else to begin with.
    #[error("the history's file was never whole, and begins with something else")]
    Unfinished,
    /// What is in the file is not what was written there, or not what this node would write.
    #[error(
        "the history's file is {} ({why}): it is put aside and written anew from the blocks{}",
        if *foreign { "none of this node's" } else { "damaged" },
        after(*pause)
    )]
    Condemned {
        /// What was found.
        why: String,
        /// Whether the file is whole.
        foreign: bool,
        /// So long after the last time, if that is not long ago.
        pause: Option<Duration>,
    },
    /// A figure that no history holds: asked for, or in a block.
    #[error("a figure is above 2^63 - 1, the most that the history holds")]
    OutOfRange,
    /// A file that can't be used can't be moved away either.
    #[error("{0}: can't be put aside: {1}; move it away, it is written anew from the blocks")]
    PutAside(std::path::PathBuf, std::io::Error),
    /// The system lets this process write no larger file.
    #[error(
        "{0} can't become larger: the limit on the size of a file is reached (`ulimit -f`, `LimitFSIZE=` of systemd); raise it and start the \
         node again"
    )]
    TooLarge(std::path::PathBuf),
    /// The genesis is none.
    #[error("the genesis: {0}")]
    Genesis(#[from] etm_execution::GenesisError),
    /// A finalized block doesn't fit together. Nothing was written.
    #[error("block {height} doesn't fit together: {what}")]
    Inconsistent {
        height: Height,
        /// What is wrong.
        what: &'static str,
    },
    /// A record in the database is not what was written.
    #[error("not what was written: {0}")]
    Damaged(&'static str),
    /// A record in the database doesn't decode.
    #[error("not what was written: {0}")]
    Decode(#[from] DecodeError),
}

fn after(pause: Option<Duration>) -> String {
    pause.map_or_else(String::new, |pause| {
        format!(", {} s after the last time", pause.as_secs())
    })
}

impl HistoryError {
    /// Whether only another file can help: what is in this one is not what was written, or not of this chain and program.
    pub(crate) fn condemns_the_file(&self) -> bool {
        match self {
            Self::Database(
                rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::Utf8Error(..),
            ) => true,
            Self::Database(error) => matches!(
                error.sqlite_error_code(),
                Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase)
            ),
            Self::Fork { .. }
            | Self::WrongChain { .. }
            | Self::OtherSchema { .. }
            | Self::OtherBeginning(_)
            | Self::Inconsistent { .. }
            | Self::Damaged(_)
            | Self::Decode(_) => true,
            Self::Gap { .. }
            | Self::Closed
            | Self::Off(_)
            | Self::Genesis(_)
            | Self::Pruned { .. }
            | Self::NoOrigin { .. }
            | Self::Stopped
            | Self::Unfinished
            | Self::Condemned { .. }
            | Self::OutOfRange
            | Self::TooLarge(_)
            | Self::PutAside(..) => false,
        }
    }

    /// Whether the file is whole, as far as is known, but not this node's: of another chain, program or beginning. It may be somebody's.
    pub(crate) const fn is_foreign(&self) -> bool {
        matches!(
            self,
            Self::WrongChain { .. } | Self::OtherSchema { .. } | Self::OtherBeginning(_)
        )
    }

    /// Whether it may be the block that is at fault, and not the file it does not fit into.
    pub(crate) const fn is_of_the_block(&self) -> bool {
        !matches!(self, Self::Database(_))
    }

    /// Whether the disk failed, which it may do once, or from now on.
    pub(crate) fn is_of_the_disk(&self) -> bool {
        matches!(self, Self::Database(error)
            if error.sqlite_error_code() == Some(rusqlite::ErrorCode::SystemIoFailure))
    }

    /// Whether the read was given up because nobody wants it any more.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Database(error)
            if error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted))
    }

    /// Whether no history can be begun any more.
    pub const fn is_for_good(&self) -> bool {
        matches!(self, Self::NoOrigin { for_good: true, .. })
    }

    /// Whether the history can't be read or written now, but may be later.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Closed
            | Self::NoOrigin { .. }
            | Self::Stopped
            | Self::Off(_)
            | Self::Condemned { .. }
            | Self::TooLarge(_) => true,
            Self::Database(error) => matches!(
                error.sqlite_error_code(),
                Some(
                    rusqlite::ErrorCode::DatabaseBusy
                        | rusqlite::ErrorCode::DatabaseLocked
                        | rusqlite::ErrorCode::CannotOpen
                        | rusqlite::ErrorCode::DiskFull
                        | rusqlite::ErrorCode::SystemIoFailure
                )
            ),
            _ => false,
        }
    }
}

/// Short for a result with [`HistoryError`].
pub type Result<T> = core::result::Result<T, HistoryError>;
