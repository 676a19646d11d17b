//! A node's key file, and its keys with the failures of this program.

use crate::failure::Failure;
use etm_node::keys;
use etm_types::MinerSecrets;
use std::path::Path;

/// The key file in a node's folder.
pub const KEY_FILE: &str = "node.key";

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
