//! The keys of a node, which may be encrypted.

use super::{settings::Settings, within};
use crate::failure::Failure;
use etm_node::keys;
use etm_types::MinerSecrets;
use etm_wallet::{
    miner_keys::{self, PublicKeys},
    secret::Source,
};
use std::{
    env,
    path::{Path, PathBuf},
};

/// The name of the credential that systemd hands over (LoadCredentialEncrypted=).
const CREDENTIAL: &str = "etm-passphrase";

/// The text of the key file and its name.
fn read(folder: &Path, settings: &Settings) -> Result<(String, String), Failure> {
    let file = file(folder, settings);
    let text = keys::read(&file).map_err(|error| Failure::Failed(error.to_string()))?;
    Ok((text, file.display().to_string()))
}

/// The secret keys.
///
/// # Errors
/// [`Failure`] if there are none, they lie open, or the passphrase is wrong or not to be had.
pub fn load(folder: &Path, settings: &Settings) -> Result<MinerSecrets, Failure> {
    let (text, name) = read(folder, settings)?;
    let opened = miner_keys::secrets(&text, &name, || {
        let source = match &settings.passphrase {
            Some(Source::File(file)) => Source::File(within(folder, file)),
            Some(source) => source.clone(),
            None => credential().map_or(Source::Prompt, Source::File),
        };
        let otherwise = "passphrase_file or passphrase_fd in the settings, or as the systemd credential etm-passphrase";
        source.read(&format!("passphrase of {name}"), otherwise)
    });
    opened.map_err(|failure| Failure::Failed(failure.to_string()))
}

fn credential() -> Option<PathBuf> {
    let file = PathBuf::from(env::var_os("CREDENTIALS_DIRECTORY")?).join(CREDENTIAL);
    file.exists().then_some(file)
}

/// Where the keys are, if there are any.
pub fn file(folder: &Path, settings: &Settings) -> PathBuf {
    within(folder, &settings.key_file)
}

/// Whether there is a key file.
pub fn are_there(folder: &Path, settings: &Settings) -> bool {
    file(folder, settings).symlink_metadata().is_ok()
}

/// Whether the node works for a miner, which a key file says; without one it follows.
///
/// # Errors
/// [`Failure`] if there is nobody to follow either.
pub fn are_used(folder: &Path, settings: &Settings) -> Result<bool, Failure> {
    let there = are_there(folder, settings);
    if !there && settings.upstreams.is_empty() {
        return Err(Failure::Failed(format!(
            "{}: no keys are there, and no nodes to follow are named: `etm node init --miner` makes the keys of a miner's node, --upstreams names nodes to follow",
            file(folder, settings).display()
        )));
    }
    Ok(there)
}

/// The public keys, for which no passphrase is needed.
///
/// # Errors
/// [`Failure`] if there are none or they lie open.
pub fn public(folder: &Path, settings: &Settings) -> Result<PublicKeys, Failure> {
    let (text, name) = read(folder, settings)?;
    PublicKeys::read(&text, &name).map_err(|failure| Failure::Failed(failure.to_string()))
}
