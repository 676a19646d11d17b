//! `etm keys ...`

use super::{
    derivation,
    keystore::KeyInfo,
    record::{Kind, Record},
};
use crate::{
    config::Settings,
    failure::{Failure, Result},
    files,
    output::{Align, Output, Page, Report, Tone},
    secret::{SecretText, Source, can_ask, confirm},
};
use serde::Serialize;
use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// The fewest characters of a passphrase: whoever copies a key file can try about one passphrase a second on every core.
const MIN_PASSPHRASE: usize = 8;
const PASSPHRASE_OPTIONS: &str = "--passphrase-file or --passphrase-fd";
const SECRET_OPTIONS: &str = "--secret-file or --secret-fd";

/// Where the passphrase of a key comes from.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct PassphraseOptions {
    /// Read the key's passphrase from this file instead of asking
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_fd")]
    passphrase_file: Option<PathBuf>,
    /// Read the key's passphrase from this file descriptor instead of asking
    #[arg(long, value_name = "NUMBER")]
    passphrase_fd: Option<u32>,
}

impl PassphraseOptions {
    fn source(&self) -> Source {
        Source::from_options(self.passphrase_file.as_deref(), self.passphrase_fd)
    }

    /// The passphrase of an existing key.
    ///
    /// # Errors
    /// [`Failure`] if it can't be read.
    pub fn read(&self, key: &str, output: &Output) -> Result<SecretText> {
        let what = format!("passphrase of key {key}");
        self.source().read(&what, PASSPHRASE_OPTIONS, output)
    }

    /// Whether a file or a descriptor is named.
    pub const fn is_given(&self) -> bool {
        self.passphrase_file.is_some() || self.passphrase_fd.is_some()
    }

    /// A passphrase for a new key.
    ///
    /// # Errors
    /// [`Failure`] if it can't be read or is too short.
    pub fn read_new(&self, key: &str, output: &Output) -> Result<SecretText> {
        let what = format!("new passphrase for key {key}");
        let passphrase = self.source().read_new(&what, PASSPHRASE_OPTIONS, output)?;
        if passphrase.expose().chars().count() < MIN_PASSPHRASE {
            return Err(Failure::usage(
                "passphrase_too_short",
                format!(
                    "the passphrase is too short: at least {MIN_PASSPHRASE} characters, better several words"
                ),
            ));
        }
        Ok(passphrase)
    }
}

/// What `etm keys` can do.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum KeysCommand {
    /// Make a key from 24 new words
    #[command(
        after_help = "Examples:\n  etm keys new alice\n  etm keys new bot --passphrase-file /run/secrets/bot --json"
    )]
    New {
        /// The key's name: what --key takes
        name: String,
        /// Account number in the derivation path m/44'/1818'/ACCOUNT'/0'
        #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..0x8000_0000))]
        account: u32,
        /// How the passphrase is given
        #[command(flatten)]
        passphrase: PassphraseOptions,
    },
    /// Import a key: from its words, a secret of the original network, or a raw seed
    ///
    /// The secret is asked for without echo, or read from a file or a file descriptor; never from an argument.
    #[command(
        after_help = "Examples:\n  etm keys import alice\n  etm keys import old --v1-secret\n  etm keys import cold --seed --secret-fd 3 3< seed.hex"
    )]
    Import {
        /// The key's name: what --key takes
        name: String,
        /// The secret is BIP-39 words (the default)
        #[arg(long, group = "secret-kind")]
        words: bool,
        /// The secret is one of the original network (its seed is SHA-256 of the secret); the address stays the same
        #[arg(long, group = "secret-kind")]
        v1_secret: bool,
        /// The secret is an ed25519 seed: 64 hex digits
        #[arg(long, group = "secret-kind")]
        seed: bool,
        /// Account number in the derivation path m/44'/1818'/ACCOUNT'/0', for words
        #[arg(long, default_value_t = 0, conflicts_with_all = ["v1_secret", "seed"], value_parser = clap::value_parser!(u32).range(0..0x8000_0000))]
        account: u32,
        /// Refuse unless the key's address is this one
        #[arg(long, value_name = "ADDRESS")]
        address: Option<String>,
        /// Store it without asking whether the address is the right one
        #[arg(long, short)]
        yes: bool,
        /// Read the secret from this file instead of asking
        #[arg(long, value_name = "FILE", conflicts_with = "secret_fd")]
        secret_file: Option<PathBuf>,
        /// Read the secret from this file descriptor instead of asking
        #[arg(long, value_name = "NUMBER")]
        secret_fd: Option<u32>,
        /// How the passphrase is given
        #[command(flatten)]
        passphrase: PassphraseOptions,
    },
    /// List the keys: no passphrase is needed
    #[command(after_help = "Examples:\n  etm keys list\n  etm keys list --json")]
    List,
    /// Show a key's address, public key and derivation: no secret, no passphrase
    #[command(
        after_help = "Examples:\n  etm keys show alice\n  etm keys show alice --json | jq -r .address"
    )]
    Show {
        /// The key's name
        name: String,
    },
    /// Give the words (or the secret, or the seed) a key was made from
    #[command(
        after_help = "Examples:\n  etm keys export alice\n  etm keys export alice --out alice.words"
    )]
    Export {
        /// The key's name
        name: String,
        /// Write the secret to this new file (mode 0600) instead of showing it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Show it without asking first
        #[arg(long, short)]
        yes: bool,
        /// How the passphrase is given
        #[command(flatten)]
        passphrase: PassphraseOptions,
    },
    /// Delete a key's file
    #[command(after_help = "Examples:\n  etm keys delete alice\n  etm keys delete bot --yes")]
    Delete {
        /// The key's name
        name: String,
        /// Delete without asking first
        #[arg(long, short)]
        yes: bool,
    },
}

/// Runs `etm keys ...`.
///
/// # Errors
/// [`Failure`] as the command says.
pub fn run(command: &KeysCommand, settings: &Settings, output: &Output) -> Result<()> {
    match command {
        KeysCommand::New {
            name,
            account,
            passphrase,
        } => new(name, *account, passphrase, settings, output),
        KeysCommand::Import {
            name,
            v1_secret,
            seed,
            account,
            address,
            yes,
            secret_file,
            secret_fd,
            passphrase,
            ..
        } => {
            let kind = match (v1_secret, seed) {
                (true, _) => Kind::V1Secret,
                (_, true) => Kind::Seed,
                _ => Kind::Words,
            };
            let source = Source::from_options(secret_file.as_deref(), *secret_fd);
            let import = Import {
                name,
                kind,
                account: *account,
                source,
                passphrase,
                address: address.as_deref(),
                yes: *yes,
            };
            import.carry_out(settings, output)
        }
        KeysCommand::List => list(settings, output),
        KeysCommand::Show { name } => output.print(&settings.keystore()?.info(name)?),
        KeysCommand::Export {
            name,
            out,
            yes,
            passphrase,
        } => export(name, out.as_deref(), *yes, passphrase, settings, output),
        KeysCommand::Delete { name, yes } => delete(name, *yes, settings, output),
    }
}

fn new(
    name: &str,
    account: u32,
    passphrase: &PassphraseOptions,
    settings: &Settings,
    output: &Output,
) -> Result<()> {
    let keystore = settings.keystore()?;
    keystore.check_free(name)?;
    let passphrase = passphrase.read_new(name, output)?;
    let record = Record::new(Kind::Words, account, derivation::new_words()?)?;
    let info = keystore.add(name, &record, &passphrase)?;
    if can_ask() && !output.is_quiet() && !output.is_json() {
        output.ask_about(&words_to_write_down(&record.secret));
    } else {
        output.note(&format!(
            "the words are in the encrypted file: `etm keys export {name}` gives them"
        ));
    }
    output.print(&Stored(info))
}

/// The words with their numbers, six a line.
fn words_to_write_down(words: &SecretText) -> Zeroizing<String> {
    // One allocation, never grown: no copy of the words stays behind in freed memory.
    let mut text = Zeroizing::new(String::with_capacity(1024));
    text.push_str(
        "Write these words down, in order. Whoever has them has the tokens; without them a lost file is lost for good.\n",
    );
    for (index, word) in words.expose().split(' ').enumerate() {
        let _ = write!(text, "{:>2} {word:<9}", index + 1);
        if index % 6 == 5 {
            text.push('\n');
        }
    }
    text.push('\n');
    text
}

/// What `etm keys import` was told.
struct Import<'a> {
    name: &'a str,
    kind: Kind,
    account: u32,
    source: Source,
    passphrase: &'a PassphraseOptions,
    /// The address the key must have.
    address: Option<&'a str>,
    yes: bool,
}

impl Import<'_> {
    fn carry_out(&self, settings: &Settings, output: &Output) -> Result<()> {
        let keystore = settings.keystore()?;
        keystore.check_free(self.name)?;
        let what = match self.kind {
            Kind::Words => "words",
            Kind::V1Secret => "secret of the original network",
            Kind::Seed => "seed (64 hex digits)",
        };
        let secret = self.source.read(what, SECRET_OPTIONS, output)?;
        let record = Record::new(self.kind, self.account, secret)?;
        self.check_address(&record, output)?;
        if record.is_guessable() {
            output.note("etm: warning: about the secret: it repeats itself, so that others will guess it: keep nothing with it that is worth anything");
        }
        let passphrase = self.passphrase.read_new(self.name, output)?;
        output.print(&Stored(keystore.add(self.name, &record, &passphrase)?))
    }

    /// A slip in a secret of the original network, or in a seed, is another account's secret and nothing would say so: the address is
    /// compared with the one that was given, or shown and asked about.
    fn check_address(&self, record: &Record, output: &Output) -> Result<()> {
        let address = record.address()?;
        if let Some(wanted) = self.address {
            let wanted = crate::address::parse_address(wanted)?;
            return match wanted == address {
                true => Ok(()),
                false => Err(Failure::failed(
                    "wrong_address",
                    format!("the secret is that of {address}, not of {wanted}: nothing was stored"),
                )),
            };
        }
        let odd = match self.kind {
            Kind::V1Secret => derivation::v1_oddities(&record.secret),
            Kind::Words | Kind::Seed => Vec::new(),
        };
        if self.yes || (odd.is_empty() && !can_ask()) || self.kind == Kind::Words {
            for oddity in odd {
                output.note(&format!("etm: warning: about the secret: {oddity}"));
            }
            return Ok(());
        }
        let doubts = odd.join("; ");
        if !can_ask() {
            return Err(Failure::usage(
                "unusual_secret",
                format!(
                    "about the secret: {doubts}. Its address would be {address}: nothing was stored"
                ),
            )
            .hint(
                "--address ADDRESS goes on if that is the account's address, --yes in any case",
            ));
        }
        let doubts = odd.iter().map(|oddity| format!("Mind: {oddity}.\n"));
        output.ask_about(&doubts.collect::<String>());
        match confirm(&format!("The address is {address}. Is it the right one?"))? {
            true => Ok(()),
            false => Err(Failure::failed("not_confirmed", "nothing was stored")),
        }
    }
}

fn list(settings: &Settings, output: &Output) -> Result<()> {
    let keystore = settings.keystore()?;
    let mut list = KeyList {
        folder: keystore.folder().to_owned(),
        keys: Vec::new(),
        damaged: Vec::new(),
    };
    for (name, entry) in keystore.list()? {
        match entry {
            Ok(key) => list.keys.push(key),
            Err(failure) => list.damaged.push(Damaged {
                name,
                reason: failure.message,
            }),
        }
    }
    output.print(&list)
}

fn export(
    name: &str,
    out: Option<&Path>,
    yes: bool,
    passphrase: &PassphraseOptions,
    settings: &Settings,
    output: &Output,
) -> Result<()> {
    let keystore = settings.keystore()?;
    keystore.info(name)?;
    if out.is_none()
        && !yes
        && !confirm("The secret will be shown: whoever sees it can take the tokens. Go on?")?
    {
        return Err(Failure::failed("not_confirmed", "nothing was shown"));
    }
    let unlocked = keystore.unlock(name, &passphrase.read(name, output)?, output)?;
    let record = &unlocked.record;
    if let Some(path) = out {
        let mut text = String::with_capacity(record.secret.expose().len() + 1);
        crate::secret::push(&mut text, record.secret.expose());
        crate::secret::push(&mut text, "\n");
        let text = SecretText::new(text);
        files::write(path, text.expose().as_bytes(), false)?;
        return output.print(&ExportedTo {
            name,
            address: &unlocked.info.address,
            kind: record.kind,
            path: unlocked.info.path.as_deref(),
            file: path,
        });
    }
    if output.is_json() {
        let exported = Exported {
            name,
            address: &unlocked.info.address,
            kind: record.kind,
            path: unlocked.info.path.as_deref(),
            secret: record.secret.expose(),
        };
        return output.print_json(&exported);
    }
    let mut text = String::with_capacity(record.secret.expose().len() + 1);
    crate::secret::push(&mut text, record.secret.expose());
    crate::secret::push(&mut text, "\n");
    output.print_text(SecretText::new(text).expose())
}

fn delete(name: &str, yes: bool, settings: &Settings, output: &Output) -> Result<()> {
    let keystore = settings.keystore()?;
    let address = match keystore.info(name) {
        Ok(info) => info.address,
        Err(failure) if failure.code == "damaged_key_file" => {
            "unknown, the file is damaged".to_owned()
        }
        Err(failure) => return Err(failure),
    };
    let question = format!("Delete key {name} ({address})? Without its words the tokens are lost.");
    if !yes && !confirm(&question)? {
        return Err(Failure::failed("not_confirmed", "nothing was deleted"));
    }
    let file = keystore.delete(name)?;
    output.print(&Deleted {
        deleted: name,
        file,
    })
}

#[derive(Debug, Serialize)]
struct KeyList {
    folder: PathBuf,
    keys: Vec<KeyInfo>,
    damaged: Vec<Damaged>,
}

#[derive(Debug, Serialize)]
struct Damaged {
    name: String,
    reason: String,
}

#[derive(Debug, Serialize)]
struct Deleted<'a> {
    deleted: &'a str,
    file: PathBuf,
}

/// What `keys export --json` prints. No `Debug`: it holds the secret.
#[derive(Serialize)]
struct Exported<'a> {
    name: &'a str,
    address: &'a str,
    kind: Kind,
    path: Option<&'a str>,
    secret: &'a str,
}

/// What `keys export --out` prints: where the secret is, not the secret.
#[derive(Debug, Serialize)]
struct ExportedTo<'a> {
    name: &'a str,
    address: &'a str,
    kind: Kind,
    path: Option<&'a str>,
    file: &'a Path,
}

impl Report for ExportedTo<'_> {
    fn show(&self, page: &mut Page) {
        page.line(format!(
            "the secret of key {} ({}) is in {}, unencrypted",
            self.name,
            self.kind,
            self.file.display()
        ));
    }

    fn done(&self) -> Option<String> {
        let file = self.file.display();
        Some(format!("the secret is in {file}, unencrypted"))
    }
}

impl Report for KeyInfo {
    fn show(&self, page: &mut Page) {
        page.title(&self.name);
        page.field("address", &self.address);
        page.field("public key", &self.public_key);
        page.field("made from", self.kind.to_string());
        if let Some(path) = &self.path {
            page.field("path", path);
        }
        page.field("file", self.file.display().to_string());
    }
}

/// A key that is in its file now.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Stored(KeyInfo);

impl Report for Stored {
    fn show(&self, page: &mut Page) {
        self.0.show(page);
    }

    fn done(&self) -> Option<String> {
        let (name, file) = (&self.0.name, self.0.file.display());
        Some(format!(
            "key {name} is in {file}: `etm keys show {name}` shows it"
        ))
    }
}

impl Report for KeyList {
    fn show(&self, page: &mut Page) {
        if self.keys.is_empty() && self.damaged.is_empty() {
            page.line(format!(
                "There are no keys in {}. `etm keys new NAME` makes one.",
                self.folder.display()
            ));
            return;
        }
        let rows: Vec<Vec<String>> = self
            .keys
            .iter()
            .map(|key| vec![key.name.clone(), key.address.clone(), key.kind.to_string()])
            .collect();
        page.table(
            &[
                ("NAME", Align::Left),
                ("ADDRESS", Align::Left),
                ("MADE FROM", Align::Left),
            ],
            &rows,
        );
        for damaged in &self.damaged {
            page.say(Tone::Bad, &format!("{}: {}", damaged.name, damaged.reason));
        }
    }
}

impl Report for Deleted<'_> {
    fn show(&self, page: &mut Page) {
        page.line(format!(
            "deleted {} ({})",
            self.deleted,
            self.file.display()
        ));
    }

    fn done(&self) -> Option<String> {
        Some(format!("{} was deleted", self.file.display()))
    }
}
