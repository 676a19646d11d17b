//! The keys of a node, which may be encrypted.

use super::settings::Settings;
use crate::failure::Failure;
use etm_node::keys;
use etm_types::MinerSecrets;
use etm_wallet::{
    miner_keys::{self, PublicKeys},
    output::Output,
    secret::Source,
};
use std::{env, path::PathBuf};

/// The name of the credential that systemd hands over (LoadCredentialEncrypted=).
const CREDENTIAL: &str = "etm-passphrase";

/// The text of the key file and its name.
fn read(settings: &Settings) -> Result<(String, String), Failure> {
    let file = &settings.key_file;
    let text = keys::read(file).map_err(|error| Failure::Failed(error.to_string()))?;
    Ok((text, file.display().to_string()))
}

/// The secret keys.
///
/// # Errors
/// [`Failure`] if there are none, they lie open, or the passphrase is wrong or not to be had.
pub fn load(settings: &Settings, output: &Output) -> Result<MinerSecrets, Failure> {
    let (text, name) = read(settings)?;
    let opened = miner_keys::secrets(&text, &name, || {
        let given = settings.passphrase.clone();
        let source = given.unwrap_or_else(|| credential().map_or(Source::Prompt, Source::File));
        let otherwise = "passphrase_file or passphrase_fd in the settings, or as the systemd credential etm-passphrase";
        source.read(&format!("passphrase of {name}"), otherwise, output)
    });
    opened.map_err(|failure| Failure::Failed(failure.to_string()))
}

fn credential() -> Option<PathBuf> {
    let file = PathBuf::from(env::var_os("CREDENTIALS_DIRECTORY")?).join(CREDENTIAL);
    file.exists().then_some(file)
}

/// Whether there is a key file.
pub fn are_there(settings: &Settings) -> bool {
    settings.key_file.symlink_metadata().is_ok()
}

/// Whether the node works for a miner, which a key file says; without one it follows.
///
/// # Errors
/// [`Failure`] if there is nobody to follow either, or the file that was named is not there.
pub fn are_used(settings: &Settings) -> Result<bool, Failure> {
    let there = are_there(settings);
    if !there && settings.key_elsewhere {
        return Err(Failure::Failed(format!(
            "{}: no keys are there, where `key_file` (--key-file) names them; a node that is to follow only names none",
            settings.key_file.display()
        )));
    }
    if !there && settings.upstreams.is_empty() {
        return Err(Failure::Failed(format!(
            "{}: no keys are there, and no nodes to follow are named: `etm node init --miner` makes the keys of a miner's node, --upstreams names nodes to follow",
            settings.key_file.display()
        )));
    }
    Ok(there)
}

/// The public keys, for which no passphrase is needed.
///
/// # Errors
/// [`Failure`] if there are none or they lie open.
pub fn public(settings: &Settings) -> Result<PublicKeys, Failure> {
    let (text, name) = read(settings)?;
    PublicKeys::read(&text, &name).map_err(|failure| Failure::Failed(failure.to_string()))
}
