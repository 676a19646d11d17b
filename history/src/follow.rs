//! Following a chain: the file is opened, written, and made anew where it is gone or damaged.

use std::fs;
use std::path::{Path, PathBuf};

use etm_types::{FinalizedBlock, Height};

use crate::error::{HistoryError, Result};
use crate::record::Recorded;
use crate::store::{History, lock};

impl History {
    /// The next block this history wants. Opens the file if it is not open, or is no longer the one that was opened: a history that was
    /// deleted begins anew, one that is damaged is put aside and begins anew.
    ///
    /// # Errors
    /// [`HistoryError`] if the file can't be used now; to be tried again. [`History::condition`] says so until it works.
    pub fn wanted(&self) -> Result<Height> {
        let height = self.opened();
        self.note(height.as_ref().err());
        Ok(height?.next())
    }

    fn opened(&self) -> Result<Height> {
        let replaced = match self.store() {
            Ok(store) if store.is_the_file() => return self.height(),
            open => open.is_ok(),
        };
        self.close();
        if replaced || !self.path.exists() {
            // What belonged to a file that is gone would be taken for a part of the one in its place.
            for suffix in ["-wal", "-shm"] {
                let _ = fs::remove_file(with_suffix(&self.path, suffix));
            }
        }
        match self.reopen() {
            Err(error) if error.condemns_the_file() => {
                self.put_aside(&error)?;
                self.reopen()
            }
            result => result,
        }
    }

    /// Writes the block that [`History::wanted`] asked for. If the file turns out to be damaged it is put aside, and the history begins
    /// anew; where the same block fails again, the file is not at fault and is left alone.
    ///
    /// # Errors
    /// [`HistoryError`]; nothing was written, and the block is to be asked for again. [`History::condition`] says so until it works.
    pub fn follow(&self, block: &FinalizedBlock) -> Result<Recorded> {
        let result = self.record(block);
        self.note(result.as_ref().err());
        if let Err(error) = &result
            && error.condemns_the_file()
            && lock(&self.condemned).replace(block.height()) != Some(block.height())
        {
            self.put_aside(error)?;
        }
        result
    }

    /// Moves the file out of the way, in the place of one that was moved before.
    fn put_aside(&self, why: &HistoryError) -> Result<()> {
        self.close();
        for suffix in ["", "-wal", "-shm"] {
            let from = with_suffix(&self.path, suffix);
            let to = with_suffix(&self.path, &format!(".damaged{suffix}"));
            if let Err(error) = fs::rename(&from, &to)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                return Err(HistoryError::PutAside(from, error));
            }
        }
        self.count_rebuilt(why);
        Ok(())
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
