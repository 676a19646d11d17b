//! The keys that a genesis comes with: those of its miners' nodes, and of the accounts that own them.

use super::New;
use crate::{home::KEY_FILE, owner_key};
use etm_wallet::output::Page;
use serde::Serialize;
use std::{
    collections::BTreeSet,
    fs,
    path::{self, Path, PathBuf},
};

/// Files that are named one by one.
const NAMED: usize = 16;

/// Keys of miners' nodes and owners.
#[derive(Debug, Serialize)]
pub struct Keys {
    /// Where they lie, in a folder for each miner.
    folder: PathBuf,
    /// Miners whose keys, or some of them, lay there before and were taken: the names of their folders.
    found: Vec<String>,
    /// The files that were made.
    made: Vec<PathBuf>,
    /// The files that were there before.
    #[serde(skip)]
    before: BTreeSet<PathBuf>,
}

impl Keys {
    /// Looks which keys of the first `miners` there are before any is made.
    pub fn look(options: &New, miners: usize) -> Self {
        let folder = options.node_keys.clone();
        let before: BTreeSet<PathBuf> = files(&folder, miners).collect();
        let found = nodes(&folder, miners)
            .filter(|node| before.iter().any(|file| file.starts_with(node)))
            .map(|node| name_of(&node));
        Self {
            found: found.collect(),
            made: Vec::new(),
            before,
            folder,
        }
    }

    /// Of them those that a genesis with so many miners took, and what was made for it.
    pub fn taken_by(mut self, miners: usize) -> Self {
        self.found.truncate(miners);
        self.made = self.made_by_now(miners);
        self
    }

    fn made_by_now(&self, miners: usize) -> Vec<PathBuf> {
        files(&self.folder, miners)
            .filter(|file| !self.before.contains(file))
            .collect()
    }

    /// Removes what was made for a genesis that came to nothing.
    pub fn give_up(&self) {
        // What can't be removed now is taken, and told, the next time.
        for file in self.made_by_now(usize::MAX) {
            let _ = fs::remove_file(&file);
            if let Some(node) = file.parent() {
                let _ = fs::remove_dir(node);
            }
        }
        let _ = fs::remove_dir(&self.folder);
    }

    /// Whether some were made.
    pub fn are_new(&self) -> bool {
        !self.made.is_empty()
    }

    /// Where they lie.
    pub fn folder(&self) -> path::Display<'_> {
        self.folder.display()
    }

    /// Writes for people where they are, and which of them are new.
    pub fn show(&self, page: &mut Page) {
        match self.made.as_slice() {
            [] => {}
            made if made.len() <= NAMED => {
                for file in made {
                    page.line(format!("written to {}", file.display()));
                }
            }
            [first, .., last] => {
                let names: BTreeSet<String> = self.made.iter().map(|file| name_of(file)).collect();
                let names: Vec<String> = names.into_iter().collect();
                let folder = |file: &Path| file.parent().unwrap_or(file).display().to_string();
                page.line(format!(
                    "written to {} in each of {} to {}, {} files",
                    names.join(" and "),
                    folder(first),
                    folder(last),
                    self.made.len()
                ));
            }
            [_] => {}
        }
        if !self.found.is_empty() {
            page.line(format!(
                "note: keys lay in {} already and were taken, of {}; with another --node-keys all are new",
                self.folder.display(),
                self.found.join(", ")
            ));
        }
    }
}

/// The folders of the first `miners` that are there.
fn nodes(folder: &Path, miners: usize) -> impl Iterator<Item = PathBuf> {
    (0..miners)
        .map(move |index| folder.join(format!("node-{index}")))
        .take_while(|node| node.exists())
}

/// The key files that are there in them.
fn files(folder: &Path, miners: usize) -> impl Iterator<Item = PathBuf> {
    nodes(folder, miners)
        .flat_map(|node| [KEY_FILE, owner_key::FILE].map(|name| node.join(name)))
        .filter(|file| file.exists())
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
