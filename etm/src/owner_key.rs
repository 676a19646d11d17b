//! The account that owns a founding miner: its seed as a file, 32 bytes as hex, readable by its owner alone.

use crate::failure::Failure;
use etm_types::{Address, SecretKey, bytes};
use etm_wallet::{files, output::Output, secret};
use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

const MAX_BYTES: u64 = 4096;
/// The key file in the folder of a miner.
pub const FILE: &str = "owner.key";

/// The address of the account that owns the miner, whose seed lies in `folder/owner.key`, made if there is none.
///
/// # Errors
/// [`Failure`] if the file can't be read or written or doesn't hold 32 bytes as hex.
pub fn owner(folder: &Path, output: &Output) -> Result<Address, Failure> {
    let key = SecretKey::from_seed(seed(&folder.join(FILE), output)?);
    Ok(Address::of(&key.public_key()))
}

fn seed(file: &Path, output: &Output) -> Result<[u8; 32], Failure> {
    match file.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return create(file),
        Err(error) => return Err(Failure::Failed(format!("{}: {error}", file.display()))),
        Ok(_) => {}
    }
    let mut text = String::new();
    secret::open(file, output)
        .and_then(|opened| opened.take(MAX_BYTES).read_to_string(&mut text))
        .map_err(|error| Failure::Failed(format!("{}: {error}", file.display())))?;
    parse(files::without_mark(&text).trim()).ok_or_else(|| {
        Failure::Input(format!(
            "{}: must hold 64 lower-case hex digits",
            file.display()
        ))
    })
}

fn create(file: &Path) -> Result<[u8; 32], Failure> {
    let failed = |error: std::io::Error| {
        let why = files::not_made(file, &error);
        Failure::Failed(format!("{} cannot be written: {why}", file.display()))
    };
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|error| {
            let why = files::not_made(folder, &error);
            Failure::Failed(format!("{} cannot be made: {why}", folder.display()))
        })?;
    }
    let seed: [u8; 32] = SecretKey::random().expose_seed();
    let text = bytes::hex(&seed);
    // Written beside and renamed: a crash leaves either no key or a whole one.
    let draft = file.with_extension("new");
    let mut target = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .map_err(failed)?;
    let written = target
        .write_all(text.as_bytes())
        .and_then(|()| target.sync_all())
        .and_then(|()| fs::rename(&draft, file));
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written.map_err(failed)?;
    Ok(seed)
}

fn parse(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64
        || digits
            .iter()
            .any(|digit| !matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    {
        return None;
    }
    let mut seed = [0; 32];
    for (byte, place) in seed.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[place..place + 2], 16).ok()?;
    }
    Some(seed)
}

#[cfg(test)]
mod tests;
