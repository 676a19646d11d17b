//! Whose a devnet's folder is: one devnet's at a time, and what may be removed from it.

use crate::failure::Failure;
use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

/// Held by the devnet that runs here.
const LOCK: &str = "devnet.lock";
/// Names of the files that a devnet made and would not make again: one a line.
const MADE: &str = "devnet.files";
/// Beginnings of the names of files that running nodes keep, here and in the folders of nodes.
const KEPT: [&str; 2] = ["clock", "log"];
const KEPT_BY_A_NODE: [&str; 3] = ["chain", "history", "log"];

/// A folder that this process alone uses, until it is dropped.
pub struct Claim {
    folder: PathBuf,
    made_folder: bool,
    made_lock: bool,
    /// What this start has made.
    made: Vec<String>,
    _lock: File,
}

impl Claim {
    /// Claims `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// [`Failure`] if another devnet runs in it or it can't be used.
    pub fn new(folder: &Path) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::Failed(format!("{}: {error}", folder.display()));
        let made_folder = !folder.exists();
        fs::create_dir_all(folder).map_err(failed)?;
        let made_lock = !folder.join(LOCK).exists();
        let lock = File::create(folder.join(LOCK)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                folder: folder.to_owned(),
                made_folder,
                made_lock,
                made: Vec::new(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(busy(folder)),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Gives the folder back as it was found, after a start that failed before any node ran.
    pub fn give_up(self) {
        // What can't be removed now is in nobody's way.
        for name in &self.made {
            let path = self.folder.join(name);
            let _ = fs::remove_file(&path);
            if let Some(node) = path.parent().filter(|node| **node != self.folder) {
                let _ = fs::remove_dir(node);
            }
        }
        let _ = self.forget();
        if self.made_lock {
            let _ = fs::remove_file(self.folder.join(LOCK));
        }
        if self.made_folder {
            let _ = fs::remove_dir(&self.folder);
        }
    }

    /// Notes that files of these names, relative to the folder, are about to be made.
    ///
    /// # Errors
    /// The file system's.
    pub fn will_make(&mut self, names: &[String]) -> io::Result<()> {
        self.made.extend_from_slice(names);
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.join(MADE))?;
        let lines: String = names.iter().map(|name| format!("{name}\n")).collect();
        file.write_all(lines.as_bytes())?;
        file.sync_all()
    }

    /// Takes what this start has made from the list.
    fn forget(&self) -> io::Result<()> {
        if self.made.is_empty() {
            return Ok(());
        }
        let file = self.folder.join(MADE);
        let text = fs::read_to_string(&file)?;
        // It stands at the end.
        let lines: Vec<&str> = text.lines().collect();
        let kept = lines.len().saturating_sub(self.made.len());
        match lines.get(..kept) {
            Some(kept) if !kept.is_empty() => {
                let kept: String = kept.iter().map(|name| format!("{name}\n")).collect();
                fs::write(&file, kept)
            }
            _ => fs::remove_file(&file),
        }
    }

    /// Removes what devnets made here. Everything is looked at before anything is removed.
    ///
    /// # Errors
    /// [`Failure`] if there is anything else, or a node still runs; then nothing was removed.
    pub fn clear(&self) -> Result<(), Failure> {
        let doomed = self.doomed()?;
        for path in doomed {
            let is_folder = path.symlink_metadata().is_ok_and(|found| found.is_dir());
            let removed = if is_folder {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.map_err(|error| Failure::Failed(format!("{}: {error}", path.display())))?;
        }
        Ok(())
    }

    /// What [`Self::clear`] removes, in its order.
    fn doomed(&self) -> Result<Vec<PathBuf>, Failure> {
        let made = self.made()?;
        let stranger = |path: &Path| {
            Failure::Input(format!(
                "--fresh would remove a devnet from {}, but {} was not made by one, so nothing was removed; move it away, or \
                 choose another --data",
                self.folder.display(),
                path.display()
            ))
        };
        let mut doomed = Vec::new();
        let mut last = Vec::new();
        for path in entries(&self.folder)? {
            let name = name_of(&path);
            let is_folder = path.symlink_metadata().is_ok_and(|found| found.is_dir());
            if name == LOCK {
                continue;
            }
            if is_node(&name) && is_folder {
                for inner in entries(&path)? {
                    let inner_name = name_of(&inner);
                    let kept = KEPT_BY_A_NODE
                        .iter()
                        .any(|kept| inner_name.starts_with(kept));
                    if !kept && !made.contains(&format!("{name}/{inner_name}")) {
                        return Err(stranger(&inner));
                    }
                }
                if runs(&path.join("chain.lock")) {
                    return Err(busy(&path));
                }
                doomed.push(path);
            } else if name == MADE {
                last.push(path);
            } else if !is_folder
                && (made.contains(&name) || KEPT.iter().any(|kept| name.starts_with(kept)))
            {
                doomed.push(path);
            } else {
                return Err(stranger(&path));
            }
        }
        // The list goes last: after a failure in the middle the rest can still be removed.
        doomed.append(&mut last);
        Ok(doomed)
    }

    fn made(&self) -> Result<BTreeSet<String>, Failure> {
        let file = self.folder.join(MADE);
        match fs::read_to_string(&file) {
            Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(error) => Err(Failure::Failed(format!("{}: {error}", file.display()))),
        }
    }
}

fn busy(folder: &Path) -> Failure {
    Failure::Failed(format!(
        "{}: another devnet runs in this folder; stop it, or choose another --data",
        folder.display()
    ))
}

fn is_node(name: &str) -> bool {
    name.strip_prefix("node-")
        .is_some_and(|number| number.parse::<u16>().is_ok())
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error: io::Error| Failure::Failed(format!("{}: {error}", folder.display()));
    let mut paths = fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(failed)?;
    paths.sort();
    Ok(paths)
}

/// Whether a node holds this lock.
fn runs(lock: &Path) -> bool {
    File::open(lock).is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
}

#[cfg(test)]
mod tests;
