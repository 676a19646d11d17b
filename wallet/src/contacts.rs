//! `etm contacts`: names for addresses of others, in a file beside the configuration. Every command that takes an address takes them.

use crate::{
    address::parse_address,
    config::Settings,
    failure::{Failure, Result},
    files,
    keys::keystore::{check_name, check_new_name},
    output::{Align, Output, Page, Report},
    toml_lines,
};
use etm_types::Address;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

const MAX_BYTES: u64 = 1 << 20;
/// More than anybody would look through.
const MAX_CONTACTS: usize = 10_000;

/// What `etm contacts` can do.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum ContactsCommand {
    /// List the contacts
    #[command(after_help = "Examples:\n  etm contacts list\n  etm contacts list --json")]
    List,
    /// Give an address a name
    #[command(after_help = "Examples:\n  etm contacts add bob ADDRESS\n  etm send bob 12.5")]
    Add {
        /// The name: 1 to 64 of A-Z a-z 0-9 . - _ and not that of a key
        name: String,
        /// The address
        address: String,
        /// Give a name that is taken to this address
        #[arg(long)]
        replace: bool,
    },
    /// Forget a contact
    #[command(after_help = "Examples:\n  etm contacts remove bob")]
    Remove {
        /// Its name
        #[arg(value_name = "CONTACT")]
        name: String,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Contacts {
    #[serde(default)]
    contacts: BTreeMap<String, String>,
}

fn wrong(path: &Path, reason: impl std::fmt::Display) -> Failure {
    Failure::usage("invalid_contacts", format!("{}: {reason}", path.display()))
}

impl Contacts {
    /// Those in a file; none if there is no such file.
    ///
    /// # Errors
    /// [`Failure`] if the file can't be read, or holds what is no name or no address.
    pub fn read(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = files::read_text(path, MAX_BYTES).map_err(|reason| wrong(path, reason))?;
        let read: Self = toml::from_str(&text)
            .map_err(|error| wrong(path, toml_lines::explain(&text, &error)))?;
        for (name, address) in &read.contacts {
            check(name).map_err(|failure| wrong(path, failure.message))?;
            let parsed = address.parse::<Address>();
            parsed.map_err(|error| wrong(path, format!("{name}: {address:?}: {error}")))?;
        }
        Ok(read)
    }

    /// The address of a name.
    pub fn address(&self, name: &str) -> Option<Address> {
        self.contacts.get(name)?.parse().ok()
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.contacts.keys().map(String::as_str)
    }

    fn write(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| {
                let why = files::not_made(folder, &error);
                let message = format!("{} cannot be made: {why}", folder.display());
                Failure::failed("file_not_written", message)
            })?;
        }
        let text = toml::to_string(self)
            .map_err(|error| Failure::failed("file_not_written", error.to_string()))?;
        files::write(path, text.as_bytes(), true)
    }
}

/// A name is one that a key could have, so that no address and no path looks like it.
fn check(name: &str) -> Result<()> {
    check_name(name).map_err(|failure| {
        let message = failure
            .message
            .replace("name for a key", "name for a contact");
        Failure::usage("invalid_contact_name", message)
    })?;
    match name.parse::<Address>() {
        Ok(_) => Err(Failure::usage(
            "invalid_contact_name",
            format!("{name:?} is an address: a contact's name can't be one"),
        )),
        Err(_) => Ok(()),
    }
}

/// Runs `etm contacts ...`.
///
/// # Errors
/// [`Failure`] if the file is none, a name is taken, an address is none, or the file can't be written; it stays as it was then.
pub fn run(command: &ContactsCommand, settings: &Settings, output: &Output) -> Result<()> {
    let path = settings.contacts.clone().ok_or_else(|| {
        Failure::usage(
            "invalid_contacts",
            "there is no home folder to keep contacts in",
        )
        .hint("name a configuration file with --config or ETM_CONFIG: contacts are kept beside it")
    })?;
    let mut contacts = Contacts::read(&path)?;
    let mut done = None;
    let only = match command {
        ContactsCommand::List => None,
        ContactsCommand::Add {
            name,
            address,
            replace,
        } => {
            check(name)?;
            check_new_name(name, "invalid_contact_name")?;
            let address = parse_address(address)?;
            let is_key = settings
                .keystore()
                .is_ok_and(|keys| keys.info(name).is_ok());
            if is_key {
                let message =
                    format!("{name} is the name of a key: one name can't mean two accounts");
                return Err(Failure::usage("name_taken", message));
            }
            let other = contacts.address(name).filter(|other| *other != address);
            if let Some(other) = other.filter(|_| !replace) {
                let message = format!("{name} is {other} already");
                return Err(Failure::usage("name_taken", message)
                    .hint("--replace gives the name to the new address"));
            }
            if contacts.contacts.len() >= MAX_CONTACTS {
                let message = format!("there are {MAX_CONTACTS} contacts, the most that are kept");
                return Err(Failure::usage("too_many_contacts", message));
            }
            contacts.contacts.insert(name.clone(), address.to_string());
            contacts.write(&path)?;
            done = Some(format!("{name} is a contact now"));
            Some(name.clone())
        }
        ContactsCommand::Remove { name } => {
            if contacts.contacts.remove(name).is_none() {
                let known = contacts.names();
                let failure =
                    Failure::usage("unknown_contact", format!("there is no contact {name:?}"));
                return Err(match crate::suggest::nearest(name, known) {
                    Some(near) => failure.hint(format!("did you mean {near:?}?")),
                    None => failure.hint("`etm contacts list` shows all"),
                });
            }
            contacts.write(&path)?;
            done = Some(format!("{name} is no contact any more"));
            None
        }
    };
    let shown = contacts.contacts.into_iter();
    output.print(&Shown {
        file: path,
        contacts: shown
            .filter(|(name, _)| only.as_ref().is_none_or(|only| only == name))
            .map(|(name, address)| Contact { name, address })
            .collect(),
        done,
    })
}

#[derive(Debug, Serialize)]
struct Contact {
    name: String,
    address: String,
}

/// Contacts, by name.
#[derive(Debug, Serialize)]
struct Shown {
    file: PathBuf,
    contacts: Vec<Contact>,
    #[serde(skip)]
    done: Option<String>,
}

impl Report for Shown {
    fn show(&self, page: &mut Page) {
        if self.contacts.is_empty() {
            page.line("There are no contacts; `etm contacts add NAME ADDRESS` makes one.");
            return;
        }
        let rows: Vec<Vec<String>> = self
            .contacts
            .iter()
            .map(|contact| vec![contact.name.clone(), contact.address.clone()])
            .collect();
        page.table(&[("NAME", Align::Left), ("ADDRESS", Align::Left)], &rows);
    }

    fn done(&self) -> Option<String> {
        self.done.clone()
    }
}

#[cfg(test)]
mod tests;
