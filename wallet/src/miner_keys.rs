//! The secret keys of a miner's node, in a file of their own. They can't move a single token.
//!
//! The file is the node's `node.key`, as [`MinerSecrets::to_text`] writes it, so that a node can run with it unattended. Or that text is
//! encrypted with a passphrase, with the public keys in the clear beside it:
//!
//! ```json
//! { "format": "etm-node-keys/1", "node_key": "<64 hex digits>", "bls_key": "<192 hex digits>",
//!   "encrypted": "-----BEGIN AGE ENCRYPTED FILE-----\n..." }
//! ```

use crate::{
    failure::{Failure, Result},
    files,
    keys::sealed::{self, WORK_FACTOR},
    output::{Output, Page, Report},
    secret::{SecretText, Source},
};
use etm_types::{BlsPublicKey, MinerSecrets, NodeKey};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const FORMAT: &str = "etm-node-keys/1";

/// A file of encrypted keys.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Encrypted {
    format: String,
    node_key: String,
    bls_key: String,
    encrypted: String,
}

/// What a file of node keys holds.
#[derive(Debug)]
enum Held {
    Plain(Box<MinerSecrets>),
    Encrypted(Encrypted),
}

/// Where the passphrase of encrypted node keys comes from.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct NodePassphrase {
    /// Read the passphrase of encrypted node keys from this file instead of asking
    #[arg(long, value_name = "FILE", conflicts_with = "node_passphrase_fd")]
    node_passphrase_file: Option<PathBuf>,
    /// Read the passphrase of encrypted node keys from this file descriptor instead of asking
    #[arg(long, value_name = "FD")]
    node_passphrase_fd: Option<u32>,
}

impl NodePassphrase {
    /// Reads a file of node keys.
    ///
    /// # Errors
    /// [`Failure`] that repeats nothing of the file's contents.
    pub fn open(&self, path: &Path, output: &Output) -> Result<MinerSecrets> {
        let text = Source::File(path.to_owned()).read("node keys", "--node-keys", output)?;
        let name = path.display().to_string();
        secrets(text.expose(), &name, || {
            let file = self.node_passphrase_file.as_deref();
            Source::from_options(file, self.node_passphrase_fd).read(
                &format!("passphrase of {name}"),
                "--node-passphrase-file or --node-passphrase-fd",
                output,
            )
        })
    }
}

fn parse(text: &str, name: &str) -> Result<Held> {
    let wrong = |reason: String| {
        Failure::usage(
            "invalid_node_keys",
            format!("{name} is no file of node keys: {reason}"),
        )
        .hint("`etm miner node-keys FILE` makes one")
    };
    let text = files::without_mark(text);
    if !text.starts_with('{') {
        let read = MinerSecrets::from_text(text);
        return read
            .map(|secrets| Held::Plain(Box::new(secrets)))
            .map_err(|reason| wrong(reason.to_string()));
    }
    let file: Encrypted = serde_json::from_str(text).map_err(|error| {
        wrong(format!(
            "damaged at line {}, column {}",
            error.line(),
            error.column()
        ))
    })?;
    if file.format != FORMAT {
        return Err(wrong(format!("its format is not {FORMAT}")));
    }
    Ok(Held::Encrypted(file))
}

/// The keys in the text of the file `name`; `passphrase` is asked for if they are encrypted.
///
/// # Errors
/// [`Failure`] that repeats nothing of the text.
pub fn secrets(
    text: &str,
    name: &str,
    passphrase: impl FnOnce() -> Result<SecretText>,
) -> Result<MinerSecrets> {
    let file = match parse(text, name)? {
        Held::Plain(secrets) => return Ok(*secrets),
        Held::Encrypted(file) => file,
    };
    let opened = sealed::open(&file.encrypted, &passphrase()?)
        .and_then(|text| MinerSecrets::from_text(text.expose()).ok())
        .filter(|secrets| {
            let public = PublicKeys::of(secrets);
            (public.node_key, public.bls_key) == (file.node_key, file.bls_key)
        });
    opened.ok_or_else(|| {
        Failure::failed(
            "wrong_passphrase_or_damaged_file",
            format!("{name}: wrong passphrase or damaged file"),
        )
    })
}

/// The public halves of a node's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKeys {
    /// By which peers know it.
    pub node_key: String,
    /// With which its votes are checked.
    pub bls_key: String,
}

impl PublicKeys {
    /// Of secret keys.
    pub fn of(secrets: &MinerSecrets) -> Self {
        Self {
            node_key: secrets.node.node_key().to_string(),
            bls_key: secrets.bls.public_key().to_string(),
        }
    }

    /// Of the text of the file `name`. No passphrase is needed; of encrypted keys this is what the file says.
    ///
    /// # Errors
    /// As [`secrets`].
    pub fn read(text: &str, name: &str) -> Result<Self> {
        match parse(text, name)? {
            Held::Plain(secrets) => Ok(Self::of(&secrets)),
            Held::Encrypted(file) => {
                let whole = file.node_key.parse::<NodeKey>().is_ok()
                    && file.bls_key.parse::<BlsPublicKey>().is_ok();
                if !whole {
                    return Err(Failure::usage(
                        "invalid_node_keys",
                        format!("{name} is no file of node keys: its public keys are none"),
                    ));
                }
                Ok(Self {
                    node_key: file.node_key,
                    bls_key: file.bls_key,
                })
            }
        }
    }
}

/// Makes new keys and writes them to a new file, mode 0600, encrypted if there is a passphrase.
///
/// # Errors
/// [`Failure`] if the file exists or can't be written.
pub fn write_new(path: &Path, passphrase: Option<&SecretText>) -> Result<NodeKeys> {
    let secrets = MinerSecrets::random();
    let public = PublicKeys::of(&secrets);
    let plain = Zeroizing::new(secrets.to_text());
    match passphrase {
        None => files::write(path, plain.as_bytes(), false)?,
        Some(passphrase) => {
            let file = Encrypted {
                format: FORMAT.to_owned(),
                node_key: public.node_key.clone(),
                bls_key: public.bls_key.clone(),
                encrypted: sealed::seal(&plain, passphrase, WORK_FACTOR)?,
            };
            let mut text = serde_json::to_vec_pretty(&file)
                .map_err(|error| Failure::failed("file_not_written", error.to_string()))?;
            text.push(b'\n');
            files::write(path, &text, false)?;
        }
    }
    Ok(NodeKeys {
        file: path.display().to_string(),
        node_key: public.node_key,
        bls_key: public.bls_key,
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

    fn done(&self) -> Option<String> {
        Some(format!("new node keys are in {}", self.file))
    }
}

#[cfg(test)]
mod tests;
