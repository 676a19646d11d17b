//! A node's directory, which one node uses at a time.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

/// How the names of all that a node keeps begin.
pub(crate) const PREFIX: &str = "node";

/// A directory can't be used.
#[derive(Debug, Error)]
pub enum FolderError {
    /// The system refuses.
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
    /// Another node is at it.
    #[error("{0}: another node uses this directory")]
    Busy(PathBuf),
}

/// Held by the node that runs in a directory.
pub(crate) const LOCK: &str = "lock";
/// What [`crate::record`] keeps of it, and what a write that was cut short leaves.
pub(crate) const RECORD: &str = "about";
pub(crate) const RECORD_DRAFT: &str = "about.new";
/// Where it is made of a snapshot.
pub(crate) const RESTORING: &str = "restoring";

/// The extensions of all that lies beside a node's directory under its name.
pub const BESIDE: [&str; 4] = [LOCK, RECORD, RECORD_DRAFT, RESTORING];

/// Whether a node uses a directory.
///
/// # Errors
/// If that can't be seen.
pub fn is_used(directory: &Path) -> io::Result<bool> {
    match File::open(directory.with_extension(LOCK)) {
        Ok(lock) => Ok(matches!(lock.try_lock(), Err(TryLockError::WouldBlock))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Claims a directory for one node; the claim ends with the file.
pub(crate) fn lock(directory: &Path) -> Result<File, FolderError> {
    let failed = |reason| FolderError::Io(directory.to_owned(), reason);
    fs::create_dir_all(directory).map_err(failed)?;
    let file = directory.with_extension(LOCK);
    let file = File::create(&file).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(FolderError::Busy(directory.to_owned())),
        Err(TryLockError::Error(reason)) => Err(failed(reason)),
    }
}
