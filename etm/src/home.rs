//! A node's folder: the names of what lies in it, and its keys with the failures of this program.

use crate::{failure::Failure, log};
use etm_history::History;
use etm_node::{folder, keys, snapshot};
use etm_types::MinerSecrets;
use std::path::Path;

/// The key file in a node's folder.
pub const KEY_FILE: &str = "node.key";
/// The folder of the chain in it, beside which lie files under the same name.
pub const CHAIN: &str = "chain";
/// Its history.
pub const HISTORY: &str = "history.db";
/// Its log, where that goes into a file of a devnet's node.
pub const LOG: &str = "log";
/// The snapshot that it takes by itself.
pub const SNAPSHOT: &str = "chain.snapshot";

/// Whether a node runs in a folder; none if that can't be seen.
pub fn runs(home: &Path) -> Option<bool> {
    folder::is_used(&home.join(CHAIN)).ok()
}

/// Whether a node makes a file or folder called `name` in its folder, its key file apart.
pub fn is_kept(name: &str) -> bool {
    let behind = |own: &str, ends: &[&str]| {
        let end = name.strip_prefix(own);
        end.is_some_and(|end| ends.contains(&end))
    };
    let beside = |name: &str| {
        let extension = name
            .strip_prefix(CHAIN)
            .and_then(|end| end.strip_prefix('.'));
        extension.is_some_and(|extension| folder::BESIDE.contains(&extension))
    };
    name == CHAIN
        || beside(name)
        || behind(SNAPSHOT, &["", snapshot::DRAFT])
        || is_log(name)
        || History::is_file(HISTORY, name)
}

/// Whether a file called `name` is a [`LOG`], or one that was put aside.
pub fn is_log(name: &str) -> bool {
    let end = name.strip_prefix(LOG);
    end.is_some_and(|end| end.is_empty() || end == log::ASIDE)
}

/// The secrets in a node's folder, made if there are none and no chain that needs those that were there.
pub fn load_or_create(home: &Path) -> Result<MinerSecrets, Failure> {
    load_or_create_at(&home.join(KEY_FILE))
}

/// The secrets in a key file, made as by [`load_or_create`].
pub fn load_or_create_at(file: &Path) -> Result<MinerSecrets, Failure> {
    keys::load_or_create(file).map_err(|error| Failure::Failed(error.to_string()))
}

/// The secrets in a key file.
pub fn load(file: &Path) -> Result<MinerSecrets, Failure> {
    keys::load(file).map_err(|error| Failure::Failed(error.to_string()))
}
