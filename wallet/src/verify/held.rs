//! What was proved of chains, kept in a folder: 32 bytes a round, and which node had which chain at first.

use super::pins::{PinsFile, unreadable};
use crate::{
    config,
    failure::{Failure, Result},
    files,
    output::Output,
};
use etm_types::{ChainId, Hash};
use etm_verify::Trust;
use std::{
    fs,
    io::{ErrorKind, Read},
    path::PathBuf,
};

/// Far more than a hundred years of rounds take.
const MAX_BYTES: u64 = 256 << 20;

const DAMAGED: &str = "the file is damaged: its last 32 bytes are not the SHA-256 of the rest";

/// The folder, or why there is none.
#[derive(Clone, Debug)]
pub struct Held {
    folder: std::result::Result<PathBuf, String>,
}

impl Held {
    /// The folder named, by an option or ETM_CHAINS, or the usual one; where that can't be made nothing is kept.
    ///
    /// # Errors
    /// [`Failure`] if the one named can't be made.
    pub fn open(named: Option<PathBuf>) -> Result<Self> {
        let made = |folder: PathBuf| match fs::create_dir_all(&folder) {
            Ok(()) => Ok(folder),
            Err(error) => Err(format!("{}: {error}", folder.display())),
        };
        let folder = match (named.or_else(config::named_chains), config::usual_chains()) {
            (Some(folder), _) => Ok(made(folder).map_err(|reason| {
                Failure::usage("invalid_chains", reason)
                    .hint("--chains or ETM_CHAINS names a folder for what is known of chains")
            })?),
            (None, Some(folder)) => made(folder),
            (None, None) => Err("there is no home folder".to_owned()),
        };
        Ok(Self { folder })
    }

    /// The file of a name, if anything is kept.
    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        let folder = self.folder.as_ref().ok();
        folder.map(|folder| folder.join(name))
    }

    /// Whether anything is kept.
    pub(super) const fn keeps(&self) -> bool {
        self.folder.is_ok()
    }

    /// Remembers the chain of a node that was asked, or says that it can't.
    ///
    /// # Errors
    /// [`Failure`] if the file can't be written.
    pub(super) fn remember(&self, output: &Output, node: &str, chain: ChainId) -> Result<()> {
        if let Err(reason) = &self.folder {
            output.note(&format!(
                "etm: warning: that {node} has chain {chain} is not remembered ({reason}): whichever chain it has next is taken on trust; \
                 --chain names the one that it has to be, ETM_CHAINS a folder to remember it in"
            ));
        }
        self.pins().remember(node, chain)
    }

    /// Which node had which chain.
    pub fn pins(&self) -> PinsFile {
        PinsFile::new(self.path("pins.toml"))
    }

    pub(super) fn load(&self, chain: ChainId) -> Result<Option<Trust>> {
        let Some(path) = self.path(&format!("{chain}.trust")) else {
            return Ok(None);
        };
        let file = match files::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&path, error)),
        };
        let mut bytes = Vec::new();
        file.take(MAX_BYTES)
            .read_to_end(&mut bytes)
            .map_err(|error| unreadable(&path, error))?;
        let kept = whole(&bytes).ok_or_else(|| unreadable(&path, DAMAGED))?;
        let trust = Trust::from_bytes(kept).map_err(|error| unreadable(&path, error))?;
        match trust.chain() == chain {
            true => Ok(Some(trust)),
            false => Err(unreadable(&path, "it is of another chain")),
        }
    }

    pub(super) fn save(&self, trust: &Trust) -> Result<()> {
        match self.path(&format!("{}.trust", trust.chain())) {
            Some(path) => files::write(&path, &sealed(trust.to_bytes()), true),
            None => Ok(()),
        }
    }
}

/// With its SHA-256 behind: a root that a disk has changed would accuse an honest node.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = Hash::of(&[&bytes]);
    bytes.extend(sum.0);
    bytes
}

/// What is in front of its SHA-256, if that is the one.
fn whole(bytes: &[u8]) -> Option<&[u8]> {
    let (kept, sum) = bytes.split_last_chunk::<32>()?;
    (Hash::of(&[kept]).0 == *sum).then_some(kept)
}

#[cfg(test)]
mod tests;
