//! Options that every command takes, and where their values come from.
//!
//! For each: the option on the command line, then the environment, then the configuration file, then the default. The configuration
//! file is `$XDG_CONFIG_HOME/etm/config.toml` (usually `~/.config/etm/config.toml`):
//!
//! ```toml
//! node = "http://127.0.0.1:8080"    # --node, ETM_NODE
//! key = "alice"                     # --key, ETM_KEY: the key that signs, and whose account is shown
//! keys = "/home/me/keys"            # --keys, ETM_KEYS: the folder of keys
//! chain = "<64 hex digits>"         # --chain, ETM_CHAIN: refuse nodes of any other chain
//! ```

pub mod command;

use crate::{
    failure::{Failure, Result},
    files,
    keys::keystore::{KeyInfo, Keystore},
    toml_lines::{self, Entry},
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    time::Duration,
};

/// The node that is asked if nothing else is said: a devnet on this machine.
pub const DEFAULT_NODE: &str = "http://127.0.0.1:8080";
pub const DEFAULT_PORT: u16 = 8080;
/// How long a request to the node may take, in seconds, if nothing else is said.
pub const DEFAULT_TIMEOUT_SECONDS: u64 = 10;

/// What the configuration file may say, in its order.
const KEYS: [&str; 4] = ["node", "key", "keys", "chain"];
const MAX_CONFIG_BYTES: u64 = 64 * 1024;

/// Under which heading the help lists [`Globals`].
pub const GLOBALS_HEADING: &str = "Options of every wallet command";

/// Options that every wallet command takes.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = GLOBALS_HEADING)]
pub struct Globals {
    /// The node to ask [default: the configuration file's, or http://127.0.0.1:8080]
    #[arg(
        long,
        global = true,
        env = "ETM_NODE",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub node: Option<String>,
    /// The key that signs, and whose account is shown [default: the configuration file's, or the only one there is]
    #[arg(
        long,
        short,
        global = true,
        env = "ETM_KEY",
        hide_env_values = true,
        value_name = "NAME"
    )]
    pub key: Option<String>,
    /// The folder of keys [default: ~/.local/share/etm/keys]
    #[arg(
        long,
        global = true,
        env = "ETM_KEYS",
        hide_env_values = true,
        value_name = "FOLDER"
    )]
    pub keys: Option<PathBuf>,
    /// Refuse a node of any other chain than the one with this id
    #[arg(
        long,
        global = true,
        env = "ETM_CHAIN",
        hide_env_values = true,
        value_name = "CHAIN_ID"
    )]
    pub chain: Option<String>,
    /// The configuration file [default: ~/.config/etm/config.toml]
    #[arg(
        long,
        global = true,
        env = "ETM_CONFIG",
        hide_env_values = true,
        value_name = "FILE"
    )]
    pub config: Option<PathBuf>,
    /// Print JSON (see docs/cli.md for the shapes)
    #[arg(long, global = true)]
    pub json: bool,
    /// Print nothing but the result: no hints, no progress
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Seconds each answer of the node may take, with all tries; a command asks for one to four, some ten before it signs
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = DEFAULT_TIMEOUT_SECONDS, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
}

/// The same command, where an environment variable that is set to nothing counts as one that is not set.
pub fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |argument: &clap::Arg| {
        let value = argument.get_env().and_then(env::var_os);
        value.is_some_and(|value| value.is_empty())
    };
    let command = command.mut_args(|argument| match is_empty(&argument) {
        true => argument.env(clap::builder::Resettable::Reset),
        false => argument,
    });
    let children = command.get_subcommands();
    let children: Vec<String> = children.map(|child| child.get_name().to_owned()).collect();
    children.into_iter().fold(command, |command, child| {
        command.mut_subcommand(child, without_empty_variables)
    })
}

/// What the configuration file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct ConfigFile {
    node: Option<String>,
    key: Option<String>,
    keys: Option<PathBuf>,
    chain: Option<String>,
    /// Where: file and line of each.
    #[serde(skip)]
    places: BTreeMap<&'static str, String>,
}

/// The options, settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The node's URL.
    pub node: String,
    /// The folder of keys; none where nobody named one and there is no home folder.
    pub keys: Option<PathBuf>,
    /// The file of contacts, beside the configuration; none where there is no home folder.
    pub contacts: Option<PathBuf>,
    /// The key to use if a command names none.
    pub key: Option<String>,
    /// Where the configuration file names it, if it does and nothing else did.
    pub key_place: Option<String>,
    /// The id of the only chain that is wanted, in lower-case hex.
    pub chain: Option<String>,
    /// How long a request to the node may take.
    pub timeout: Duration,
}

impl Settings {
    /// Settles the options: command line and environment (which clap has read), configuration file, defaults.
    ///
    /// # Errors
    /// [`Failure`] if a configuration file that was asked for doesn't exist, or one can't be read.
    pub fn settle(globals: &Globals) -> Result<Self> {
        let file = match &globals.config {
            Some(path) => read(path, true)?,
            None => match default_file() {
                Ok(file) => read(&file, false)?,
                Err(_) => ConfigFile::default(),
            },
        };
        for (name, is_said) in [
            ("node", globals.node.is_some()),
            ("key", globals.key.is_some()),
            ("chain", globals.chain.is_some()),
        ] {
            if !is_said {
                file.check(name)
                    .map_err(|failure| file.found(name, failure))?;
            }
        }
        let key_place = match globals.key {
            Some(_) => None,
            None => file.places.get("key").cloned(),
        };
        let chain = globals.chain.clone().or(file.chain);
        check_chain(chain.as_deref())?;
        let keys = globals.keys.clone().or(file.keys).or_else(default_keys);
        let config = globals.config.clone().or_else(|| default_file().ok());
        Ok(Self {
            node: globals
                .node
                .clone()
                .or(file.node)
                .unwrap_or_else(|| DEFAULT_NODE.to_owned()),
            keys,
            contacts: config.map(|config| config.with_file_name("contacts.toml")),
            key: globals.key.clone().or(file.key),
            key_place,
            chain,
            timeout: Duration::from_secs(globals.timeout.max(1)),
        })
    }

    /// The keys.
    ///
    /// # Errors
    /// [`Failure`] if there is no folder for them.
    pub fn keystore(&self) -> Result<Keystore> {
        let folder = self.keys.clone().ok_or_else(|| {
            Failure::usage("invalid_config", "there is no home folder to keep keys in")
                .hint("name a folder with --keys or ETM_KEYS")
        })?;
        Ok(Keystore::new(folder))
    }

    /// The key to use if a command names none.
    ///
    /// # Errors
    /// As [`Self::key_name`] and [`Keystore::info`]; of one that isn't there, where the configuration file names it.
    pub fn key_in_use(&self) -> Result<KeyInfo> {
        let name = self.key_name(None)?;
        self.keystore()?.info(&name).map_err(|mut failure| {
            if let Some(place) = self
                .key_place
                .as_ref()
                .filter(|_| failure.code == "unknown_key")
            {
                failure.message = format!("{place}: key: {}", failure.message);
            }
            failure
        })
    }

    /// The name of the key to use: the one named, the configuration's, or the only one there is.
    ///
    /// # Errors
    /// [`Failure`] if that leaves none or several.
    pub fn key_name(&self, named: Option<&str>) -> Result<String> {
        if let Some(name) = named.or(self.key.as_deref()) {
            return Ok(name.to_owned());
        }
        let keystore = self.keystore()?;
        let keys = keystore.list()?;
        match keys.as_slice() {
            [(name, _)] => Ok(name.clone()),
            [] => Err(Failure::usage(
                "no_key",
                format!("there are no keys in {}", keystore.folder().display()),
            )
            .hint("make one with `etm keys new NAME`")),
            several => {
                let names: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
                Err(
                    Failure::usage("no_key", "there are several keys, and none was named").hint(
                        format!(
                            "choose one with --key, or for good with `etm config set key NAME`: {}",
                            names.join(", ")
                        ),
                    ),
                )
            }
        }
    }
}

fn read(path: &Path, must_exist: bool) -> Result<ConfigFile> {
    if !must_exist && !path.exists() {
        return Ok(ConfigFile::default());
    }
    let text = files::read_text(path, MAX_CONFIG_BYTES).map_err(|reason| wrong(path, reason))?;
    parse(path, &text)
}

fn wrong(path: &Path, reason: impl std::fmt::Display) -> Failure {
    Failure::usage("invalid_config", format!("{}: {reason}", path.display()))
}

fn parse(path: &Path, text: &str) -> Result<ConfigFile> {
    let path = path.display();
    let at = |reason: String| Failure::usage("invalid_config", format!("{path}, {reason}"));
    let mut file = ConfigFile::default();
    for Entry { name, value, line } in toml_lines::entries(text).map_err(at)? {
        let at = |reason: &str| at(format!("line {line}: {name}: {reason}"));
        let known = KEYS.into_iter().find(|key| *key == name);
        let known = known.ok_or_else(|| at(&toml_lines::unknown("setting", &name, &KEYS)))?;
        let toml::Value::String(value) = value else {
            let kind = value.type_str();
            return Err(at(&format!(
                "must be a text in quotes, not a value of type {kind}"
            )));
        };
        match known {
            "node" => file.node = Some(value),
            "key" => file.key = Some(value),
            "keys" => file.keys = Some(value.into()),
            _ => file.chain = Some(value),
        }
        file.places.insert(known, format!("{path}, line {line}"));
    }
    Ok(file)
}

fn check_chain(chain: Option<&str>) -> Result<()> {
    match chain {
        Some(chain) if chain.parse::<etm_types::ChainId>().is_err() => Err(Failure::usage(
            "invalid_chain_id",
            format!("{chain:?} is no chain id: 64 lower-case hex digits"),
        )),
        _ => Ok(()),
    }
}

/// A folder that commands find wherever they are run.
fn check_folder(folder: &Path) -> Result<()> {
    let wrong = |reason: String| {
        let message = format!("keys: {}: {reason}", folder.display());
        Err(Failure::usage("invalid_folder", message))
    };
    if folder.is_relative() {
        let whole = env::current_dir().map_or_else(
            |_| "write its whole path, from / on".to_owned(),
            |here| format!("write its whole path: {}", here.join(folder).display()),
        );
        return wrong(format!(
            "would be another folder wherever a command is run; {whole}"
        ));
    }
    match folder.exists() && !folder.is_dir() {
        true => wrong("is no folder".to_owned()),
        false => Ok(()),
    }
}

impl ConfigFile {
    /// Whether the value of a name, if it has one, is of its kind.
    fn check(&self, name: &str) -> Result<()> {
        match (name, &self.key, &self.keys, &self.node) {
            ("chain", ..) => check_chain(self.chain.as_deref()),
            ("key", Some(key), ..) => crate::keys::keystore::check_name(key),
            ("keys", _, Some(keys), _) => check_folder(keys),
            ("node", .., Some(node)) => {
                etm_client::Client::new(node)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A failure with where its reason stands.
    fn found(&self, name: &str, mut failure: Failure) -> Failure {
        if let Some(place) = self.places.get(name) {
            failure.message = format!("{place}: {name}: {}", failure.message);
        }
        failure
    }
}

fn home() -> Option<PathBuf> {
    env::var_os("HOME")
        .filter(|home| !home.is_empty())
        .map(PathBuf::from)
}

/// A relative path counts as none, as the XDG specification has it: it would be another folder wherever a command is run.
fn folder_of(variable: &str, below_home: &str) -> Option<PathBuf> {
    let named = env::var_os(variable).map(PathBuf::from);
    named
        .filter(|folder| folder.is_absolute())
        .or_else(|| home().map(|home| home.join(below_home)))
}

/// Where the configuration file is if nobody says otherwise.
fn default_file() -> Result<PathBuf> {
    folder_of("XDG_CONFIG_HOME", ".config")
        .map(|folder| folder.join("etm").join("config.toml"))
        .ok_or_else(|| {
            Failure::usage(
                "invalid_config",
                "there is no home folder for a configuration file",
            )
            .hint("name a file with --config or ETM_CONFIG")
        })
}

/// Where what was proved of chains is kept by the environment.
pub(crate) fn named_chains() -> Option<PathBuf> {
    let named = env::var_os("ETM_CHAINS").filter(|folder| !folder.is_empty());
    named.map(PathBuf::from)
}

/// Where it is kept if nobody says otherwise.
pub(crate) fn usual_chains() -> Option<PathBuf> {
    folder_of("XDG_DATA_HOME", ".local/share").map(|folder| folder.join("etm").join("chains"))
}

fn default_keys() -> Option<PathBuf> {
    folder_of("XDG_DATA_HOME", ".local/share").map(|folder| folder.join("etm").join("keys"))
}

#[cfg(test)]
mod tests;
