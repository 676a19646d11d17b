//! Whose a devnet's folder is: one devnet's at a time, and what may be removed from it.

use crate::{
    failure::Failure,
    home::{self, KEY_FILE},
    owner_key,
    travel::Travel,
};
use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Read as _, Write as _},
    path::{self, Path, PathBuf},
};

/// Held by the devnet that runs here, which writes into it where its API is.
const LOCK: &str = "devnet.lock";
/// The longest address that is read there.
const MAX_ADDRESS_BYTES: u64 = 256;
/// Names of the files that a devnet made and would not make again: one a line.
const MADE: &str = "devnet.files";
/// The genesis of the chain.
pub const GENESIS: &str = "genesis.json";
/// The clock that the nodes share.
pub const CLOCK: &str = "clock";
/// What a running devnet keeps beside those and its log, and what a write that was cut short leaves.
const KEPT: [&str; 3] = [CLOCK, "clock.new", "genesis.new"];

/// A folder that this process alone uses, until it is dropped.
pub struct Claim {
    folder: PathBuf,
    made_folder: bool,
    made_lock: bool,
    /// What this start has made.
    made: Vec<String>,
    lock: File,
}

impl Claim {
    /// Claims `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// [`Failure`] if another devnet runs in it, it lies in the folder of one, or it can't be used.
    pub fn new(folder: &Path) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::Failed(format!("{}: {error}", folder.display()));
        if let Some(outer) = devnet_around(folder) {
            return Err(Failure::Input(format!(
                "{}: would lie in {}, which is the folder of another devnet: `etm devnet --data {}` continues that one; for a new one go \
                 elsewhere, or choose another --data",
                folder.display(),
                outer.display(),
                outer.display()
            )));
        }
        let made_folder = !folder.exists();
        fs::create_dir_all(folder).map_err(|error| {
            let why = etm_wallet::files::not_made(folder, &error);
            Failure::Failed(format!("{} cannot be made: {why}", folder.display()))
        })?;
        let made_lock = !folder.join(LOCK).exists();
        let mut lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(folder.join(LOCK))
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                folder: folder.to_owned(),
                made_folder,
                made_lock,
                made: Vec::new(),
                lock,
            }),
            Err(TryLockError::WouldBlock) => Err(busy(folder, address(&mut lock))),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Notes where the API of the devnet that runs here is, for whoever would start another.
    pub fn announce(&self, url: &str) {
        // It runs all the same where this can't be written.
        let _ = self
            .lock
            .set_len(0)
            .and_then(|()| (&self.lock).write_all(url.as_bytes()));
    }

    /// Checks that nothing lies here that is no devnet's, before one begins; the file of its `genesis` may.
    ///
    /// # Errors
    /// [`Failure`] that names what does.
    pub fn check_begin(&self, genesis: Option<&Path>) -> Result<(), Failure> {
        let made = self.made()?;
        let genesis = genesis.and_then(|file| file.canonicalize().ok());
        let is_genesis = |path: &Path| genesis.is_some() && path.canonicalize().ok() == genesis;
        let stranger = |path: &Path| {
            Err(Failure::Input(format!(
                "{}: a new devnet begins in a folder of its own, and {} was not made by one; nothing was changed: choose another --data",
                self.folder.display(),
                path.display()
            )))
        };
        for path in entries(&self.folder)? {
            let name = name_of(&path);
            if is_node(&name) && is_folder(&path) {
                for inner in entries(&path)? {
                    let inner_name = name_of(&inner);
                    let is_key = [KEY_FILE, owner_key::FILE].contains(&&*inner_name);
                    if !is_key && !home::is_kept(&inner_name) && !is_genesis(&inner) {
                        return stranger(&inner);
                    }
                }
                continue;
            }
            let is_ours = match &made {
                _ if [LOCK, MADE].contains(&&*name) => true,
                Some(made) => made.contains(&name) || is_kept(&name),
                None => name == CLOCK && Travel::new(path.clone()).is_there(),
            };
            if !is_ours && !is_genesis(&path) {
                return stranger(&path);
            }
        }
        Ok(())
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
            let removed = if is_folder(&path) {
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
        // What running nodes keep is theirs only where a devnet was begun.
        let begun = made.is_some();
        let made = made.unwrap_or_default();
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
            if name == LOCK {
                continue;
            }
            if is_node(&name) && is_folder(&path) {
                for inner in entries(&path)? {
                    let inner_name = name_of(&inner);
                    let kept = begun && home::is_kept(&inner_name);
                    if !kept && !made.contains(&format!("{name}/{inner_name}")) {
                        return Err(stranger(&inner));
                    }
                }
                if home::runs(&path) == Some(true) {
                    return Err(Failure::Failed(format!(
                        "{}: a node still runs in this folder, so nothing was removed; stop it, or choose another --data",
                        path.display()
                    )));
                }
                doomed.push(path);
            } else if name == MADE {
                last.push(path);
            } else if !is_folder(&path) && (made.contains(&name) || (begun && is_kept(&name))) {
                doomed.push(path);
            } else {
                return Err(stranger(&path));
            }
        }
        // The list goes last: after a failure in the middle the rest can still be removed.
        doomed.append(&mut last);
        Ok(doomed)
    }

    /// The names of what was made here; none if nothing was.
    fn made(&self) -> Result<Option<BTreeSet<String>>, Failure> {
        let file = self.folder.join(MADE);
        match fs::read_to_string(&file) {
            Ok(text) => Ok(Some(text.lines().map(str::to_owned).collect())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::Failed(format!("{}: {error}", file.display()))),
        }
    }
}

fn busy(folder: &Path, address: Option<String>) -> Failure {
    let address = address.map_or_else(String::new, |url| format!(", its page and API at {url}"));
    Failure::Failed(format!(
        "{}: a devnet runs in this folder already{address}: use it, stop it with Ctrl-C where it runs, or start another beside it with \
         `etm devnet --data OTHER`",
        folder.display()
    ))
}

/// What the devnet that runs wrote into its lock.
fn address(lock: &mut File) -> Option<String> {
    let mut text = String::new();
    lock.take(MAX_ADDRESS_BYTES)
        .read_to_string(&mut text)
        .ok()?;
    let is_one = text.starts_with("http://") && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_one.then_some(text)
}

/// The folder of a devnet in which `folder` lies, unless that is the folder of one itself.
fn devnet_around(folder: &Path) -> Option<PathBuf> {
    let is_one = |folder: &Path| folder.join(LOCK).is_file() && folder.join(GENESIS).is_file();
    if is_one(folder) {
        return None;
    }
    // What is not there yet lies where what is there lies.
    let path = path::absolute(folder).ok()?;
    let there = path
        .ancestors()
        .skip(1)
        .find_map(|path| path.canonicalize().ok())?;
    let there = folder
        .canonicalize()
        .ok()
        .and_then(|folder| Some(folder.parent()?.to_owned()))
        .unwrap_or(there);
    there
        .ancestors()
        .find(|outer| is_one(outer))
        .map(Path::to_owned)
}

fn is_kept(name: &str) -> bool {
    KEPT.contains(&name) || home::is_log(name)
}

fn is_folder(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| found.is_dir())
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

#[cfg(test)]
mod tests;
