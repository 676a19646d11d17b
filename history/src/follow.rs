//! Following a chain: the file is opened, written, and made anew where it is gone or damaged.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Instant;

use etm_types::{FinalizedBlock, Height};

use crate::error::{HistoryError, Result};
use crate::lock::lock;
use crate::record::Recorded;
use crate::store::{End, History, Look, with_suffix};

impl History {
    /// The next block this history wants. Opens the file if it is not open, or is no longer the one that was opened: a history that was
    /// deleted begins anew. One that is damaged, as whoever wrote or read found out, or is none of this node's, is put aside and begins
    /// anew; at once the first time, and then at most once in a pause that doubles.
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
        opened.map(Height::next).inspect_err(|error| match error {
            // That is no trouble.
            HistoryError::Stopped => {}
            error => self.note(error),
        })
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
            self.remove_parts(&PARTS[1..]);
        }
        if PARTS
            .iter()
            .any(|part| with_suffix(&self.path, part).is_dir())
        {
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
        let result = self.record(block).map_err(|error| self.explained(error));
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
                    self.health.condemn_as(error, error.is_foreign());
                }
            }
        }
        result
    }

    /// Nothing more can be written, as long as this process runs: whoever reads what is missing is told `why` once and for all. What is
    /// written already stays; if that is nothing there is no history.
    pub fn give_up(&self, why: impl Into<String>) {
        let why = why.into();
        self.note(&why);
        let begun = self
            .origin
            .as_ref()
            .map_or(Height::ZERO, |origin| origin.height);
        let empty = *self.recorded().borrow() <= begun;
        let _ = self.end.set(End { why, empty });
    }

    /// There is none, and nothing is amiss: what it would begin with is not there, as long as this process runs.
    pub fn begin_none(&self, why: impl Into<String>) {
        self.health.is_whole();
        let why = why.into();
        let _ = self.end.set(End { why, empty: true });
    }

    /// Says so where what the disk refused is more than a file may hold: no other file would hold more.
    pub(crate) fn explained(&self, error: HistoryError) -> HistoryError {
        /// What is written at once, at most.
        const AT_ONCE: u64 = 1 << 20;
        if !error.is_of_the_disk() {
            return error;
        }
        for part in PARTS {
            let path = with_suffix(&self.path, part);
            let length = fs::metadata(&path).map_or(0, |metadata| metadata.len());
            if is_too_large(&self.path, length.saturating_add(AT_ONCE)) {
                return HistoryError::TooLarge(path);
            }
        }
        error
    }

    /// Moves the condemned file out of the way: what is damaged in the place of what was moved before, if that can be; what is whole beside it.
    fn put_aside(&self) -> Result<()> {
        let condemned = self.health.may_put_aside(Instant::now())?;
        let keeps = condemned.is_some_and(|condemned| condemned.foreign);
        self.close();
        let (mut moved, names) = (Ok(()), if keeps { OTHER } else { DAMAGED });
        for name in names {
            let mut moves = PARTS.iter().map(|part| self.way(name, part));
            moved = match keeps && moves.clone().any(|(_, to)| to.exists()) {
                true => Err(HistoryError::PutAside(
                    self.path.clone(),
                    ErrorKind::AlreadyExists.into(),
                )),
                false => moves.try_for_each(|(from, to)| put(from, &to)),
            };
            if moved.is_ok() {
                let (_, to) = self.way(name, "");
                self.health.was_put_aside(Instant::now(), &to);
                break;
            }
        }
        moved.inspect_err(|error| self.health.is_stuck(error))
    }

    /// Removes the file, in which nothing is that anybody could want.
    pub(crate) fn remove(&self) {
        self.remove_parts(&PARTS);
    }

    fn remove_parts(&self, parts: &[&str]) {
        for part in parts {
            let _ = fs::remove_file(with_suffix(&self.path, part));
        }
    }

    /// From where to where a part is put aside.
    fn way(&self, name: &str, part: &str) -> (PathBuf, PathBuf) {
        let to = with_suffix(&self.path, &format!("{name}{part}"));
        (with_suffix(&self.path, part), to)
    }
}

/// Moves a file, if it is there.
fn put(from: PathBuf, to: &Path) -> Result<()> {
    match fs::rename(&from, to) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(HistoryError::PutAside(from, error))
        }
        _ => Ok(()),
    }
}

/// The file, and what SQLite keeps beside it.
const PARTS: [&str; 3] = ["", "-wal", "-shm"];

/// What is put behind its name where it is put aside because it is damaged. The others are for where a folder is in the way.
const DAMAGED: [&str; 4] = [".damaged", ".damaged.2", ".damaged.3", ".damaged.4"];

/// The same where it is whole and not this node's. None takes the place of another.
const OTHER: [&str; 4] = [".other", ".other.2", ".other.3", ".other.4"];

/// What SQLite keeps beside a file that it does not write by a log of its own, and what [`is_too_large`] asks with.
const JOURNAL: &str = "-journal";
const PROBE: &str = ".probe";

impl History {
    /// Whether a file called `name` is one of the history in the file `own` of the same folder: it, what SQLite keeps beside it, or what was put
    /// aside.
    pub fn is_file(own: &str, name: &str) -> bool {
        let parts = || PARTS.into_iter().chain([JOURNAL]);
        let aside = DAMAGED.into_iter().chain(OTHER).chain(["", PROBE]);
        let all = aside.flat_map(|aside| parts().map(move |part| (aside, part)));
        let rest = name.strip_prefix(own);
        rest.is_some_and(|rest| {
            all.into_iter()
                .any(|(aside, part)| rest.strip_prefix(aside) == Some(part))
        })
    }
}

/// Whether the system refuses a file of so many bytes beside `path`. It takes no room.
fn is_too_large(path: &Path, length: u64) -> bool {
    let probe = with_suffix(path, PROBE);
    let sized = File::create(&probe).and_then(|file| file.set_len(length));
    let _ = fs::remove_file(probe);
    sized.is_err_and(|error| error.kind() == ErrorKind::FileTooLarge)
}
