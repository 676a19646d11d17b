//! The secret keys of a miner's node, in a file of their own: the node runs with them unattended, so they are not encrypted, and they
//! can't move a single token.
//!
//! The file is the node's `node.key`, as [`MinerSecrets::to_text`] writes it.

use crate::{
    failure::{Failure, Result},
    files,
    output::{Page, Report},
    secret::Source,
};
use etm_types::MinerSecrets;
use serde::Serialize;
use std::path::Path;
use zeroize::Zeroizing;

/// Reads a file of node keys.
///
/// # Errors
/// [`Failure`] that repeats nothing of the file's contents.
pub fn read(path: &Path) -> Result<MinerSecrets> {
    let text = Source::File(path.to_owned()).read("node keys", "--node-keys")?;
    MinerSecrets::from_text(text.expose()).map_err(|reason| {
        Failure::usage(
            "invalid_node_keys",
            format!("{} is no file of node keys: {reason}", path.display()),
        )
        .hint("`etm miner node-keys FILE` makes one")
    })
}

/// Makes new keys and writes them to a new file, mode 0600.
///
/// # Errors
/// [`Failure`] if the file exists or can't be written.
pub fn write_new(path: &Path) -> Result<NodeKeys> {
    let secrets = MinerSecrets::random();
    let text = Zeroizing::new(secrets.to_text());
    files::write(path, text.as_bytes(), false)?;
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
