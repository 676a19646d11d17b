//! What was proved of chains, kept in a folder: 32 bytes a round, and which node had which chain at first.

use super::pins::{PinsFile, unreadable};
use crate::{config, failure::Result, files};
use etm_types::ChainId;
use etm_verify::Trust;
use std::{
    fs::{self, File},
    io::{ErrorKind, Read},
    path::PathBuf,
};

/// Far more than a hundred years of rounds take.
const MAX_BYTES: u64 = 256 << 20;

/// The folder.
#[derive(Clone, Debug)]
pub struct Held {
    folder: Option<PathBuf>,
}

impl Held {
    /// The folder named, or the usual one; where that can't be made nothing is kept.
    ///
    /// # Errors
    /// [`Failure`] if the one named can't be made.
    pub fn open(named: Option<PathBuf>) -> Result<Self> {
        let folder = match named {
            Some(folder) => {
                fs::create_dir_all(&folder).map_err(|error| unreadable(&folder, error))?;
                Some(folder)
            }
            None => config::default_chains().filter(|folder| fs::create_dir_all(folder).is_ok()),
        };
        Ok(Self { folder })
    }

    /// The file of a name, if anything is kept.
    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(name))
    }

    /// Which node had which chain.
    pub fn pins(&self) -> PinsFile {
        PinsFile::new(self.path("pins.toml"))
    }

    pub(super) fn load(&self, chain: ChainId) -> Result<Option<Trust>> {
        let Some(path) = self.path(&format!("{chain}.trust")) else {
            return Ok(None);
        };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&path, error)),
        };
        let mut bytes = Vec::new();
        file.take(MAX_BYTES)
            .read_to_end(&mut bytes)
            .map_err(|error| unreadable(&path, error))?;
        let trust = Trust::from_bytes(&bytes).map_err(|error| unreadable(&path, error))?;
        match trust.chain() == chain {
            true => Ok(Some(trust)),
            false => Err(unreadable(&path, "it is of another chain")),
        }
    }

    pub(super) fn save(&self, trust: &Trust) -> Result<()> {
        match self.path(&format!("{}.trust", trust.chain())) {
            Some(path) => files::write(&path, &trust.to_bytes(), true),
            None => Ok(()),
        }
    }
}
