//! The key file of a node: its ed25519 and BLS keys.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use etm_types::{Address, BlsSecret, MinerKeys, MinerSecrets, SecretKey};
use thiserror::Error;

/// First line of a key file.
const FORMAT: &str = "etm-node-keys/v1";

/// A key file can't be used.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// It can't be read or written.
    #[error("{path}: {reason}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// It is readable by others.
    #[error("{path}: others can read the keys (mode {mode:o}); make it 600")]
    Open {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It holds no keys.
    #[error("{path}: {reason}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong and what would be right.
        reason: &'static str,
    },
    /// It is gone, and the chain beside it needs it.
    #[error(
        "{path} is missing, and {chain} is of the node whose keys it held; put that file back (other keys would be another \
         node), or move the chain's folder away first"
    )]
    Lost {
        /// The file.
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
    let io = |reason| KeyFileError::Io {
        path: path.to_owned(),
        reason,
    };
    let malformed = |reason| KeyFileError::Malformed {
        path: path.to_owned(),
        reason,
    };
    let mode = fs::metadata(path).map_err(io)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Open {
            path: path.to_owned(),
            mode,
        });
    }
    let text = fs::read_to_string(path).map_err(io)?;
    let mut lines = text.lines();
    if lines.next() != Some(FORMAT) {
        return Err(malformed("must begin with the line etm-node-keys/v1"));
    }
    let mut field = |name: &str, reason| {
        lines
            .next()
            .and_then(|line| line.strip_prefix(name)?.strip_prefix(' '))
            .and_then(parse_hex)
            .ok_or_else(|| malformed(reason))
    };
    let node = field(
        "node",
        "the second line must be `node` and 64 hexadecimal digits",
    )?;
    let bls = field(
        "bls",
        "the third line must be `bls` and 64 hexadecimal digits",
    )?;
    let bls = BlsSecret::from_bytes(&bls)
        .map_err(|_| malformed("the BLS key must be a scalar below the order of the group"))?;
    Ok(MinerSecrets {
        node: SecretKey::from_seed(node),
        bls,
    })
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
    let text = format!(
        "{FORMAT}\nnode {}\nbls {}\n",
        to_hex(&secrets.node.expose_seed()),
        to_hex(&secrets.bls.expose_bytes())
    );
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

fn to_hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests;
