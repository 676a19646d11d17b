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

/// Claims a directory for one node; the claim ends with the file.
pub(crate) fn lock(directory: &Path) -> Result<File, FolderError> {
    let failed = |reason| FolderError::Io(directory.to_owned(), reason);
    fs::create_dir_all(directory).map_err(failed)?;
    let file = directory.with_extension("lock");
    let file = File::create(&file).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(FolderError::Busy(directory.to_owned())),
        Err(TryLockError::Error(reason)) => Err(failed(reason)),
    }
}
