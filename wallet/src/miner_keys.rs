//! The secret keys of a miner's node, in a file of their own: the node runs with them unattended, so they are not encrypted, and they
//! can't move a single token.
//!
//! The file is the node's `node.key`: 64 hex digits, the seed of both its keys ([`MinerSecrets::from_seed`]).

use crate::{
    failure::{Failure, Result},
    files,
    keys::derivation::seed_from_hex,
    output::{Page, Report},
    secret::{Seed, Source},
};
use etm_types::MinerSecrets;
use serde::Serialize;
use std::{fmt::Write as _, path::Path};
use zeroize::Zeroizing;

/// Reads a file of node keys.
///
/// # Errors
/// [`Failure`] that repeats nothing of the file's contents.
pub fn read(path: &Path) -> Result<MinerSecrets> {
    let text = Source::File(path.to_owned()).read("node keys", "--node-keys")?;
    let seed = seed_from_hex(&text).map_err(|_| {
        Failure::usage(
            "invalid_node_keys",
            format!(
                "{} is no file of node keys: it holds 64 hex digits",
                path.display()
            ),
        )
        .hint("`etm miner node-keys FILE` makes one")
    })?;
    Ok(MinerSecrets::from_seed(*seed.expose()))
}

/// Makes new keys and writes them to a new file, mode 0600.
///
/// # Errors
/// [`Failure`] if the file exists or can't be written.
pub fn write_new(path: &Path) -> Result<NodeKeys> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    getrandom::fill(&mut *bytes).map_err(|error| {
        Failure::failed(
            "no_randomness",
            format!("the system gives no randomness: {error}"),
        )
    })?;
    let seed = Seed::new(*bytes);
    let mut text = Zeroizing::new(String::with_capacity(65));
    for byte in seed.expose() {
        let _ = write!(text, "{byte:02x}");
    }
    text.push('\n');
    files::write(path, text.as_bytes(), false)?;
    let secrets = MinerSecrets::from_seed(*seed.expose());
    Ok(NodeKeys {
        file: path.display().to_string(),
        node_key: secrets.node.node_key().to_string(),
        bls_key: secrets.bls.public_key().to_string(),
    })
}

/// What `etm miner node-keys` answers.
#[derive(Debug, Serialize)]
pub struct NodeKeys {
    file: String,
    node_key: String,
    bls_key: String,
}

impl Report for NodeKeys {
    fn show(&self, page: &mut Page) {
        page.field("file", &self.file);
        page.field("node key", &self.node_key);
        page.field("BLS key", &self.bls_key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn node_keys_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.key");
        let made = write_new(&path).unwrap();
        let read = read(&path).unwrap();
        assert_eq!(read.node.node_key().to_string(), made.node_key);
        assert_eq!(read.bls.public_key().to_string(), made.bls_key);
        assert_eq!(write_new(&path).unwrap_err().code, "file_exists");
    }

    #[test]
    fn what_is_no_file_of_node_keys_is_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.key");
        for text in ["", "s3cr3t", &"z".repeat(64)] {
            fs::write(&path, text).unwrap();
            let failure = read(&path).unwrap_err();
            assert!(
                !failure.to_string().contains("s3cr3t") && !failure.to_string().contains("zz"),
                "{failure}"
            );
        }
    }
}
