//! Files that are written whole or not at all, and text files as editors leave them.

use crate::failure::{Failure, Result};
pub use etm_types::{
    files::{not_made, open},
    text::without_mark,
};
use std::{
    cell::Cell,
    fs::File,
    io::{ErrorKind, Read, Write},
    path::Path,
};

/// The most bytes of a genesis file, or of what one is made from: ten million accounts with a position each take 2.4 GB.
pub const MAX_GENESIS_BYTES: u64 = 4 << 30;

/// Genesis files say in front what they are.
const GENESIS_FORMAT: &[u8] = b"etm-genesis/";

/// Bytes of a text that are looked at before more are read.
const PART: u64 = 1 << 20;

/// The bytes of a file that somebody named, or of a pipe that was handed over: `limit` at most.
///
/// # Errors
/// Why it can't be read, in words that go behind its name.
pub fn read(path: &Path, limit: u64) -> std::result::Result<Vec<u8>, String> {
    taken(path, limit, |_| Ok(()))
}

/// Reads a genesis file. A long one that isn't named as such in its first mebibyte is read no further.
///
/// # Errors
/// As [`read_text`].
pub fn read_genesis(path: &Path) -> std::result::Result<String, String> {
    let first = Cell::new(true);
    text(path, MAX_GENESIS_BYTES, |part| {
        let named = || {
            part.windows(GENESIS_FORMAT.len())
                .any(|bytes| bytes == GENESIS_FORMAT)
        };
        match first.replace(false) && part.len() as u64 >= PART && !named() {
            true => {
                Err("no genesis file: \"etm-genesis/1\" is not in its first mebibyte".to_owned())
            }
            false => Ok(()),
        }
    })
}

/// Reads a text file of at most `limit` bytes, without a byte order mark.
///
/// # Errors
/// Why it can't be read, in words that go behind its name.
pub fn read_text(path: &Path, limit: u64) -> std::result::Result<String, String> {
    text(path, limit, |_| Ok(()))
}

fn text(
    path: &Path,
    limit: u64,
    check: impl Fn(&[u8]) -> std::result::Result<(), String>,
) -> std::result::Result<String, String> {
    // A device that never ends may have gigabytes to go.
    let bytes = taken(path, limit, |part| match part.contains(&0) {
        true => Err("not UTF-8 text".to_owned()),
        false => check(part),
    })?;
    let text = String::from_utf8(bytes).map_err(|_| "not UTF-8 text".to_owned())?;
    Ok(without_mark(&text).to_owned())
}

fn taken(
    path: &Path,
    limit: u64,
    check: impl Fn(&[u8]) -> std::result::Result<(), String>,
) -> std::result::Result<Vec<u8>, String> {
    let file = open(path).map_err(|error| error.to_string())?;
    let mut from = file.take(limit.saturating_add(1));
    let mut bytes = Vec::new();
    loop {
        let before = bytes.len();
        let part = from.by_ref().take(PART).read_to_end(&mut bytes);
        if part.map_err(|error| error.to_string())? == 0 {
            break;
        }
        check(bytes.get(before..).unwrap_or_default())?;
    }
    match bytes.len() as u64 > limit {
        true => Err(format!("longer than {limit} bytes")),
        false => Ok(bytes),
    }
}

/// Writes `bytes` to `path` so that nobody else can read them (mode 0600) and nobody ever sees half of them: beside their place,
/// synced, then moved there in one step.
///
/// # Errors
/// [`Failure`] if that fails - a full disk, say - or, unless `replace`, if `path` exists; then nothing is left behind.
pub fn write(path: &Path, bytes: &[u8], replace: bool) -> Result<()> {
    let failed = |error: std::io::Error| {
        if error.kind() == ErrorKind::AlreadyExists {
            return exists(path);
        }
        Failure::failed(
            "file_not_written",
            format!(
                "{} cannot be written, nothing was changed: {}",
                path.display(),
                not_made(path, &error)
            ),
        )
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Files of this crate are made with mode 0600 and removed unless they are moved to their place.
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        .tempfile_in(folder)
        .map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    let moved = if replace {
        file.persist(path)
    } else {
        file.persist_noclobber(path)
    };
    moved.map_err(|error| failed(error.error))?;
    // The move itself survives a crash only once the folder is synced.
    if let Ok(folder) = File::open(folder) {
        folder.sync_all().map_err(failed)?;
    }
    Ok(())
}

/// Something is there already.
pub fn exists(path: &Path) -> Failure {
    Failure::usage("file_exists", format!("{} exists already", path.display()))
        .hint("choose another name, or delete it first")
}

#[cfg(test)]
mod tests;
