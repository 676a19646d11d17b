//! The folder of keys: one file a key.
//!
//! A key file `NAME.key` is a JSON object with the public part in the clear (so that keys can be listed without a passphrase) and the
//! secret part as an armored age file, encrypted with the passphrase (scrypt):
//!
//! ```json
//! { "format": "etm-key/1", "name": "alice", "address": "A...", "public_key": "<64 hex digits>", "kind": "words",
//!   "path": "m/44'/1818'/0'/0'", "encrypted": "-----BEGIN AGE ENCRYPTED FILE-----\n..." }
//! ```
//!
//! So the secret can be had without this program: `jq -r .encrypted alice.key | age --decrypt`.
//! The public part is checked against the secret whenever the key is unlocked; until then it is only what the file says.
//!
//! Files are written with mode 0600 beside their place, synced, and moved there in one step: a full disk or a crash leaves either the
//! old state or the new one.

use super::{
    derivation::path_text,
    record::{Kind, Record},
    sealed::{self, WORK_FACTOR},
};
use crate::{
    failure::{Failure, Result},
    files,
    output::Output,
    secret::{self, SecretText},
};
use etm_types::{Address, PublicKey, SecretKey};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

/// The format of key files.
pub const FORMAT: &str = "etm-key/1";
const EXTENSION: &str = "key";
const MAX_FILE_BYTES: u64 = 64 * 1024;
const MAX_NAME_BYTES: usize = 64;

/// The public part of a key file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    format: String,
    name: String,
    address: String,
    public_key: String,
    kind: Kind,
    path: Option<String>,
    encrypted: String,
}

/// A key as its file describes it, locked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyInfo {
    /// Its name: what `--key` takes.
    pub name: String,
    /// The address of its account.
    pub address: String,
    /// Its public key, in hex.
    pub public_key: String,
    /// What it was made from.
    pub kind: Kind,
    /// Its derivation path, if it was made from words.
    pub path: Option<String>,
    pub file: PathBuf,
}

/// An unlocked key.
#[derive(Debug)]
pub struct Unlocked {
    /// What the file says, now checked.
    pub info: KeyInfo,
    /// The key that signs.
    pub key: SecretKey,
    /// What it was made from, to be shown by `keys export` and nothing else.
    pub record: Record,
}

/// A folder of keys.
#[derive(Clone, Debug)]
pub struct Keystore {
    folder: PathBuf,
    work_factor: u8,
}

/// One entry of the folder: a key, or a file that is none and why.
pub type Entry = std::result::Result<KeyInfo, Failure>;

impl Keystore {
    /// The keys in `folder`, which is made when the first key is written.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            work_factor: WORK_FACTOR,
        }
    }

    /// The same with another work factor: for tests, which would wait a second for every key otherwise.
    #[cfg(test)]
    pub(crate) fn with_work_factor(folder: PathBuf, work_factor: u8) -> Self {
        Self {
            folder,
            work_factor,
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a new key.
    ///
    /// # Errors
    /// [`Failure`] if the name is not allowed or taken, or the file can't be written; then nothing is left behind.
    pub fn add(&self, name: &str, record: &Record, passphrase: &SecretText) -> Result<KeyInfo> {
        self.check_free(name)?;
        let key = SecretKey::from_seed(*record.seed()?.expose());
        let public_key = key.public_key();
        let file = KeyFile {
            format: FORMAT.to_owned(),
            name: name.to_owned(),
            address: Address::of(&public_key).to_string(),
            public_key: public_key.to_string(),
            kind: record.kind,
            path: (record.kind == Kind::Words).then(|| path_text(record.account)),
            encrypted: self.encrypt(record, passphrase)?,
        };
        let mut bytes = serde_json::to_vec_pretty(&file)
            .map_err(|error| Failure::failed("file_not_written", error.to_string()))?;
        bytes.push(b'\n');
        let path = self.path_of(name);
        make_private_folder(&self.folder)?;
        files::write(&path, &bytes, false)?;
        Ok(info(file, path))
    }

    /// Fails if there is a key of that name already.
    ///
    /// # Errors
    /// [`Failure`] naming the file.
    pub fn check_free(&self, name: &str) -> Result<()> {
        check_name(name)?;
        check_new_name(name, "invalid_key_name")?;
        let path = self.path_of(name);
        match path.symlink_metadata() {
            Ok(_) => Err(files::exists(&path)),
            Err(_) => Ok(()),
        }
    }

    /// All keys by name, with the files that should be keys and aren't.
    ///
    /// # Errors
    /// [`Failure`] if the folder can't be read; a folder that doesn't exist has no keys.
    pub fn list(&self) -> Result<Vec<(String, Entry)>> {
        let unreadable = |error| {
            Failure::failed(
                "keys_unreadable",
                format!("{} cannot be read: {error}", self.folder.display()),
            )
        };
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(error)),
        };
        let mut keys = Vec::new();
        for entry in entries {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_stem().and_then(|stem| stem.to_str());
            if let (Some(name), Some(EXTENSION)) =
                (name, path.extension().and_then(|end| end.to_str()))
                && !name.starts_with('.')
            {
                keys.push((name.to_owned(), self.info(name)));
            }
        }
        keys.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(keys)
    }

    /// The public part of a key.
    ///
    /// # Errors
    /// [`Failure`] if there is no such key (with the nearest name there is) or its file is damaged.
    pub fn info(&self, name: &str) -> Result<KeyInfo> {
        let path = self.path_of(name);
        self.read(name, files::open).map(|file| info(file, path))
    }

    /// Decrypts a key; `output` is told where others can read its file.
    ///
    /// # Errors
    /// [`Failure`]: as [`Self::info`]; and, without a word on which of the two it is, "wrong passphrase or damaged file".
    pub fn unlock(&self, name: &str, passphrase: &SecretText, output: &Output) -> Result<Unlocked> {
        let file = self.read(name, |path| secret::open(path, output))?;
        let path = self.path_of(name);
        let closed = || {
            Failure::failed(
                "wrong_passphrase_or_damaged_file",
                format!("key {name:?}: wrong passphrase or damaged file"),
            )
        };
        let record = decrypt(&file.encrypted, passphrase).ok_or_else(closed)?;
        let key = SecretKey::from_seed(*record.seed().map_err(|_| closed())?.expose());
        let public_key: PublicKey = key.public_key();
        let path_matches =
            file.path == (record.kind == Kind::Words).then(|| path_text(record.account));
        let matches = file.public_key == public_key.to_string()
            && file.address == Address::of(&public_key).to_string()
            && file.kind == record.kind
            && path_matches;
        if !matches {
            return Err(closed());
        }
        Ok(Unlocked {
            info: info(file, path),
            key,
            record,
        })
    }

    /// Removes a key's file.
    ///
    /// # Errors
    /// [`Failure`] if there is no such key or the file can't be removed.
    pub fn delete(&self, name: &str) -> Result<PathBuf> {
        check_name(name)?;
        let path = self.path_of(name);
        match fs::remove_file(&path) {
            Ok(()) => Ok(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(self.unknown(name)),
            Err(error) => Err(Failure::failed(
                "key_not_deleted",
                format!("{} cannot be removed: {error}", path.display()),
            )),
        }
    }

    fn path_of(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.{EXTENSION}"))
    }

    fn unknown(&self, name: &str) -> Failure {
        let keys = self.list().unwrap_or_default();
        let names: Vec<&str> = keys.iter().map(|(name, _)| name.as_str()).collect();
        let failure = Failure::usage(
            "unknown_key",
            format!("there is no key {name:?} in {}", self.folder.display()),
        );
        match crate::suggest::nearest(name, names.iter().copied()) {
            Some(near) => failure.hint(format!("did you mean {near:?}?")),
            None if names.is_empty() => failure.hint("make one with `etm keys new NAME`"),
            None => failure.hint(format!("there are: {}", names.join(", "))),
        }
    }

    fn read(&self, name: &str, open: impl FnOnce(&Path) -> io::Result<File>) -> Result<KeyFile> {
        check_name(name)?;
        let path = self.path_of(name);
        let unreadable = |reason: String| {
            Failure::failed(
                "key_unreadable",
                format!("{} cannot be read: {reason}", path.display()),
            )
        };
        let file = match open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(self.unknown(name));
            }
            Err(error) => return Err(unreadable(error.to_string())),
        };
        let mut bytes = Vec::new();
        file.take(MAX_FILE_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| unreadable(error.to_string()))?;
        let damaged = |reason: &str| {
            Failure::failed(
                "damaged_key_file",
                format!("{} is no key file: {reason}", path.display()),
            )
        };
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(damaged("it is too long"));
        }
        // serde's message could repeat what stands in the file; its place says enough.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let file: KeyFile = serde_json::from_slice(bytes).map_err(|error| {
            damaged(&format!(
                "damaged at line {}, column {}",
                error.line(),
                error.column()
            ))
        })?;
        if file.format != FORMAT {
            return Err(damaged(&format!("its format is not {FORMAT}")));
        }
        let address = file.address.parse::<Address>();
        let public_key = file.public_key.parse::<PublicKey>();
        match (address, public_key) {
            (Ok(address), Ok(public_key)) if Address::of(&public_key) == address => Ok(KeyFile {
                name: name.to_owned(),
                ..file
            }),
            _ => Err(damaged("its address is not that of its public key")),
        }
    }

    fn encrypt(&self, record: &Record, passphrase: &SecretText) -> Result<String> {
        sealed::seal(record.to_text().expose(), passphrase, self.work_factor)
    }
}

fn decrypt(armored: &str, passphrase: &SecretText) -> Option<Record> {
    Record::from_text(sealed::open(armored, passphrase)?.expose())
}

fn info(file: KeyFile, path: PathBuf) -> KeyInfo {
    KeyInfo {
        name: file.name,
        address: file.address,
        public_key: file.public_key,
        kind: file.kind,
        path: file.path,
        file: path,
    }
}

/// Refuses a new name that is an address, or one that was mistyped: whoever mistypes it again would pay whom the name is of.
///
/// # Errors
/// [`Failure`] with this code.
pub fn check_new_name(name: &str, code: &str) -> Result<()> {
    if !(name.starts_with(['A', 'a']) && Address::looks_like_one(name)) {
        return Ok(());
    }
    let message = format!("{name:?} is an address or looks like one: no name can");
    Err(Failure::usage(code, message))
}

/// Checks the name of a key: it becomes the name of a file.
///
/// # Errors
/// [`Failure`] saying what a name may be.
pub fn check_name(name: &str) -> Result<()> {
    let letters = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if letters && (1..=MAX_NAME_BYTES).contains(&name.len()) && !name.starts_with(['.', '-']) {
        return Ok(());
    }
    Err(Failure::usage(
        "invalid_key_name",
        format!(
            "{name:?} is no name for a key: 1 to {MAX_NAME_BYTES} of A-Z a-z 0-9 - _ . are allowed, not beginning with . or -"
        ),
    ))
}

fn make_private_folder(folder: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| {
        Failure::failed(
            "file_not_written",
            format!(
                "{} cannot be made: {}",
                folder.display(),
                files::not_made(folder, &error)
            ),
        )
    })
}

#[cfg(test)]
mod tests;
