//! What can go wrong.

use etm_types::Hash;
use etm_types::codec::DecodeError;

/// The history can't be opened, written or read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The database failed.
    #[error("the history's database failed: {0}")]
    Database(#[from] rusqlite::Error),
    /// A block is missing before this one. Nothing was written.
    #[error("block {found} came, block {expected} is next")]
    Gap {
        /// The height that is next.
        expected: u64,
        /// The height that came.
        found: u64,
    },
    /// Another block is recorded at this height (or as the parent). Finalized blocks never change: one of them is of another chain.
    #[error("at height {height} the history has block {recorded}, now came {found}")]
    Fork {
        /// The height.
        height: u64,
        /// The hash that is recorded.
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
    /// The file was written by a newer version.
    #[error(
        "the history's schema has version {found}, this program knows up to {known}; use a newer one"
    )]
    NewerSchema {
        /// Version of the file.
        found: u32,
        /// Newest known version.
        known: u32,
    },
    /// A finalized block doesn't fit together. Nothing was written.
    #[error("block {height} doesn't fit together: {what}")]
    Inconsistent {
        /// Its height.
        height: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// A record in the database is not what was written.
    #[error("the history is damaged: {0}; delete it, and it is written anew from the blocks")]
    Damaged(&'static str),
    /// A record in the database doesn't decode.
    #[error("the history is damaged: {0}; delete it, and it is written anew from the blocks")]
    Decode(#[from] DecodeError),
}

/// Short for a result with [`HistoryError`].
pub type Result<T> = core::result::Result<T, HistoryError>;
