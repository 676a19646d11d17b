//! Which node had which chain when it was asked for the first time.

use crate::{
    failure::{Failure, Result},
    files, toml_lines,
};
use etm_types::ChainId;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

const MAX_BYTES: u64 = 1 << 20;

/// Which chain each node had when it was asked for the first time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pins {
    /// Those that had a devnet when something was signed for it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    devnets: BTreeSet<String>,
    /// Chain ids by the URL of the node.
    nodes: BTreeMap<String, String>,
}

impl Pins {
    /// The chain a node had.
    pub fn chain_of(&self, node: &str) -> Option<ChainId> {
        self.nodes.get(node)?.parse().ok()
    }

    /// Whether something was signed for a devnet that a node had, and for no other chain of it since.
    pub fn had_devnet(&self, node: &str) -> bool {
        self.devnets.contains(node)
    }

    /// A node that had a chain.
    pub fn node_of(&self, chain: ChainId) -> Option<&str> {
        let chain = chain.to_string();
        let mut nodes = self.nodes.iter();
        nodes
            .find(|(_, pinned)| **pinned == chain)
            .map(|(node, _)| node.as_str())
    }
}

/// Where that is kept, if anything is.
#[derive(Clone, Debug)]
pub struct PinsFile(Option<PathBuf>);

pub(super) fn unreadable(path: &Path, reason: impl std::fmt::Display) -> Failure {
    Failure::usage("invalid_chains", format!("{}: {reason}", path.display()))
        .hint("what was proved can be proved anew: the file may be deleted")
}

/// A file that can't be read says no more which chain was meant: whoever deletes it takes a node's word for that anew.
fn lost(path: &Path, reason: impl std::fmt::Display) -> Failure {
    Failure::usage("invalid_chains", format!("{}: {reason}", path.display())).hint(
        "it says which chain each node had; without it the next answer of a node is taken on trust, whichever chain that is of. \
         Get the chain's id from somebody you trust, name it with `etm config set chain CHAIN_ID` (or --chain), and delete the file then",
    )
}

impl PinsFile {
    /// The file at `path`, which need not be there.
    pub const fn new(path: Option<PathBuf>) -> Self {
        Self(path)
    }

    /// What is in it.
    ///
    /// # Errors
    /// [`Failure`] if the file can't be read.
    pub fn read(&self) -> Result<Pins> {
        let Some(path) = self.0.as_ref().filter(|path| path.exists()) else {
            return Ok(Pins::default());
        };
        let text = files::read_text(path, MAX_BYTES).map_err(|error| lost(path, error))?;
        let pins: Pins = toml::from_str(&text)
            .map_err(|error| lost(path, toml_lines::explain(&text, &error)))?;
        let wrong = |(_, id): &(&String, &String)| id.parse::<ChainId>().is_err();
        match pins.nodes.iter().find(wrong) {
            None => Ok(pins),
            Some((node, id)) => {
                let reason = format!("{id:?}, the chain of {node}, is no chain id");
                let names_both = |line: &str| line.contains(&**node) && line.contains(&**id);
                Err(match text.lines().position(names_both) {
                    Some(before) => lost(path, format!("line {}: {reason}", before + 1)),
                    None => lost(path, reason),
                })
            }
        }
    }

    /// Remembers the chain of a node that was asked. That it had a devnet is remembered all the same.
    ///
    /// # Errors
    /// [`Failure`] if the file can't be written.
    pub fn remember(&self, node: &str, chain: ChainId) -> Result<()> {
        let mut pins = self.read()?;
        pins.nodes.insert(node.to_owned(), chain.to_string());
        self.write(&pins)
    }

    /// Forgets that a node had a devnet: something was signed for another chain there.
    ///
    /// # Errors
    /// As [`Self::remember`].
    pub fn forget_devnet(&self, node: &str) -> Result<()> {
        let mut pins = self.read()?;
        pins.devnets.remove(node);
        self.write(&pins)
    }

    /// Remembers that a node had a devnet, whichever: it may be made anew.
    ///
    /// # Errors
    /// As [`Self::remember`].
    pub fn remember_devnet(&self, node: &str) -> Result<()> {
        let mut pins = self.read()?;
        pins.devnets.insert(node.to_owned());
        self.write(&pins)
    }

    /// Writes them down, if they are others.
    fn write(&self, pins: &Pins) -> Result<()> {
        let Some(path) = self.0.as_ref().filter(|_| self.read().as_ref() != Ok(pins)) else {
            return Ok(());
        };
        let text = toml::to_string(pins)
            .map_err(|error| Failure::failed("file_not_written", error.to_string()))?;
        files::write(path, text.as_bytes(), true)
    }
}

#[cfg(test)]
mod tests;
