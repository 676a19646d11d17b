//! The key file of a node: its ed25519 and BLS keys.

use std::{
    fs::{self, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use etm_types::{Address, MinerKeys, MinerSecrets, miner_keys::KeyTextError};
use thiserror::Error;

/// The longest key file.
const MAX_BYTES: u64 = 64 * 1024;

/// A key file can't be used.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// It can't be read or written.
    #[error("{path}: {reason}")]
    Io { path: PathBuf, reason: io::Error },
    /// It is readable by others.
    #[error("{path}: others can read the keys (mode {mode:o}); make it 600")]
    Open { path: PathBuf, mode: u32 },
    /// It holds no keys.
    #[error("{path}: {reason}")]
    Malformed {
        path: PathBuf,
        /// What is wrong and what would be right.
        reason: KeyTextError,
    },
    /// It is gone, and the chain beside it needs it.
    #[error(
        "{path} is missing, and {chain} is of the node whose keys it held; put that file back (other keys would be another \
         node), or move the chain's folder away first"
    )]
    Lost {
        path: PathBuf,
        /// The chain's folder.
        chain: PathBuf,
    },
}

/// Where a node keeps its chain, beside its key file.
const CHAIN: &str = "chain";

/// Reads the keys of a node.
///
/// # Errors
/// [`KeyFileError`] if the file is missing, malformed, or readable by others.
pub fn load(path: &Path) -> Result<MinerSecrets, KeyFileError> {
    MinerSecrets::from_text(&read(path)?).map_err(|reason| KeyFileError::Malformed {
        path: path.to_owned(),
        reason,
    })
}

/// Reads the text of a key file.
///
/// # Errors
/// [`KeyFileError`] if the file is missing, too long for one, or readable by others.
pub fn read(path: &Path) -> Result<String, KeyFileError> {
    let io = |reason| KeyFileError::Io {
        path: path.to_owned(),
        reason,
    };
    let file = etm_types::files::open(path).map_err(io)?;
    let mode = file.metadata().map_err(io)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Open {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = String::new();
    file.take(MAX_BYTES).read_to_string(&mut text).map_err(io)?;
    Ok(text)
}

/// Writes keys into a new file that only its owner can read.
///
/// # Errors
/// [`KeyFileError`] if there is a file already, or it can't be written.
pub fn save(path: &Path, secrets: &MinerSecrets) -> Result<(), KeyFileError> {
    let io = |reason| KeyFileError::Io {
        path: path.to_owned(),
        reason,
    };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(io)?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(io)?;
    let text = secrets.to_text();
    file.write_all(text.as_bytes()).map_err(io)?;
    file.sync_all().map_err(io)
}

/// Checks that no chain lies beside the key file `path` that belongs to keys of before.
///
/// # Errors
/// [`KeyFileError::Lost`] if there is one.
pub fn check_unused(path: &Path) -> Result<(), KeyFileError> {
    let chain = path.with_file_name(CHAIN);
    if crate::record::path(&chain).exists() || chain.exists() {
        return Err(KeyFileError::Lost {
            path: path.to_owned(),
            chain,
        });
    }
    Ok(())
}

/// Reads the keys of a node, making new ones if there is no file and no chain that needs the old ones.
///
/// # Errors
/// As [`load`], [`check_unused`] and [`save`].
pub fn load_or_create(path: &Path) -> Result<MinerSecrets, KeyFileError> {
    match load(path) {
        Err(KeyFileError::Io { reason, .. }) if reason.kind() == io::ErrorKind::NotFound => {
            check_unused(path)?;
            let secrets = MinerSecrets::random();
            save(path, &secrets)?;
            Ok(secrets)
        }
        result => result,
    }
}

/// What `owner` has to register to run a miner with these keys: the public keys with proofs of possession.
pub fn registration(secrets: &MinerSecrets, owner: &Address) -> MinerKeys {
    secrets.prove(owner)
}

#[cfg(test)]
mod tests;
