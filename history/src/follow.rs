//! Following a chain: the file is opened, written, and made anew where it is gone or damaged.

use std::fs;
use std::time::Instant;

use etm_types::{FinalizedBlock, Height};

use crate::error::{HistoryError, Result};
use crate::lock::lock;
use crate::record::Recorded;
use crate::store::{History, Look, with_suffix};

impl History {
    /// The next block this history wants. Opens the file if it is not open, or is no longer the one that was opened: a history that was
    /// deleted begins anew. One that is damaged, as whoever wrote or read found out, is put aside and begins anew; at once the first
    /// time, and then at most once in a pause that doubles.
    ///
    /// # Errors
    /// [`HistoryError`] if the file can't be used now; to be tried again. [`History::condition`] says so until it works.
    pub fn wanted(&self) -> Result<Height> {
        let opened = self.opened().or_else(|error| {
            // What was found to be damaged just now, or by a reader before.
            if self.health.condemned().is_none() {
                return Err(error);
            }
            self.put_aside()?;
            self.reopen().map_err(|error| self.suspect(error))
        });
        opened
            .map(Height::next)
            .inspect_err(|error| self.note(error))
    }

    fn opened(&self) -> Result<Height> {
        let look = match self.store() {
            Ok(store) => Some(store.look()),
            Err(HistoryError::Closed) => None,
            Err(error) => return Err(error),
        };
        let lost = look == Some(Look::Lost) || self.path.try_exists().is_ok_and(|exists| !exists);
        if !lost && let Some(condemned) = self.health.condemned() {
            return Err(condemned);
        }
        match look {
            Some(Look::There) if !self.health.is_shaken() => {
                let height = self.height()?;
                if height < *self.recorded().borrow() {
                    return Err(
                        self.suspect(HistoryError::Damaged("blocks that were there are gone"))
                    );
                }
                return Ok(height);
            }
            Some(Look::Shorter) => {
                let recorded = *self.recorded().borrow();
                let checked = self.store().and_then(|store| store.check(recorded));
                checked.map_err(|error| self.suspect(error))?;
            }
            _ => {}
        }
        self.close();
        if look == Some(Look::Lost) || (lost && self.health.condemned().is_some()) {
            self.health.was_lost();
        }
        if lost {
            // What belonged to a file that is gone would be taken for a part of the one in its place.
            for suffix in ["-wal", "-shm"] {
                let _ = fs::remove_file(with_suffix(&self.path, suffix));
            }
        }
        if self.path.is_dir() {
            self.health.condemn(&"it is a folder");
        }
        let height = self.reopen().map_err(|error| self.suspect(error))?;
        self.health.was_reopened();
        Ok(height)
    }

    /// Writes the block that [`History::wanted`] asked for. If the file turns out to be damaged, the next [`History::wanted`] puts it
    /// aside; where the same block fails again in another file, neither is at fault and it is left alone.
    ///
    /// # Errors
    /// [`HistoryError`]; nothing was written, and the block is to be asked for again. [`History::condition`] says so until it works.
    pub fn follow(&self, block: &FinalizedBlock) -> Result<Recorded> {
        let result = self.record(block);
        match &result {
            Ok(_) => self.health.note(None),
            Err(error) => {
                self.note(error);
                let again = || {
                    let last = lock(&self.condemning).replace(block.height());
                    last == Some(block.height())
                };
                let at_fault = error.condemns_the_file() && !(error.is_of_the_block() && again());
                if at_fault || (error.is_of_the_disk() && self.health.glitch(Instant::now())) {
                    self.health.condemn(error);
                }
            }
        }
        result
    }

    /// There is no history and there can't be one, as long as this process runs: whoever reads is told `why` once and for all, unless
    /// something is written already; that stays.
    pub fn give_up(&self, why: impl Into<String>) {
        let why = why.into();
        self.note(&why);
        if *self.recorded().borrow() == Height::ZERO {
            let _ = self.off.set(why);
        }
    }

    /// Moves the condemned file out of the way, in the place of one that was moved before.
    fn put_aside(&self) -> Result<()> {
        self.health.may_put_aside(Instant::now())?;
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
        self.health.was_put_aside(Instant::now());
        Ok(())
    }
}
