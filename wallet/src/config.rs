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

use crate::{
    failure::{Failure, Result},
    keys::keystore::Keystore,
};
use serde::Deserialize;
use std::{
    env, fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};

/// The node that is asked if nothing else is said: a devnet on this machine.
pub const DEFAULT_NODE: &str = "http://127.0.0.1:8080";
/// How long a request to the node may take, in seconds, if nothing else is said.
pub const DEFAULT_TIMEOUT_SECONDS: u64 = 10;

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
    /// Seconds a request to the node may take
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = DEFAULT_TIMEOUT_SECONDS, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
}

/// What the configuration file may say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    node: Option<String>,
    key: Option<String>,
    keys: Option<PathBuf>,
    chain: Option<String>,
}

/// The options, settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The node's URL.
    pub node: String,
    /// The folder of keys.
    pub keys: PathBuf,
    /// The key to use if a command names none.
    pub key: Option<String>,
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
            None => match config_home() {
                Some(folder) => read(&folder.join("etm").join("config.toml"), false)?,
                None => ConfigFile::default(),
            },
        };
        let chain = globals.chain.clone().or(file.chain);
        if let Some(chain) = &chain
            && chain.parse::<etm_types::ChainId>().is_err()
        {
            return Err(Failure::usage(
                "invalid_chain_id",
                format!("{chain:?} is no chain id: 64 lower-case hex digits"),
            ));
        }
        let keys = match globals.keys.clone().or(file.keys) {
            Some(folder) => folder,
            None => default_keys()?,
        };
        Ok(Self {
            node: globals
                .node
                .clone()
                .or(file.node)
                .unwrap_or_else(|| DEFAULT_NODE.to_owned()),
            keys,
            key: globals.key.clone().or(file.key),
            chain,
            timeout: Duration::from_secs(globals.timeout.max(1)),
        })
    }

    /// The keys.
    pub fn keystore(&self) -> Keystore {
        Keystore::new(self.keys.clone())
    }

    /// The name of the key to use: the one named, the configuration's, or the only one there is.
    ///
    /// # Errors
    /// [`Failure`] if that leaves none or several.
    pub fn key_name(&self, named: Option<&str>) -> Result<String> {
        if let Some(name) = named.or(self.key.as_deref()) {
            return Ok(name.to_owned());
        }
        let keys = self.keystore().list()?;
        match keys.as_slice() {
            [(name, _)] => Ok(name.clone()),
            [] => Err(Failure::usage(
                "no_key",
                format!("there are no keys in {}", self.keys.display()),
            )
            .hint("make one with `etm keys new NAME`")),
            several => {
                let names: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
                Err(
                    Failure::usage("no_key", "there are several keys, and none was named")
                        .hint(format!("choose one with --key: {}", names.join(", "))),
                )
            }
        }
    }
}

fn read(path: &Path, must_exist: bool) -> Result<ConfigFile> {
    let wrong =
        |reason: String| Failure::usage("invalid_config", format!("{}: {reason}", path.display()));
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() > MAX_CONFIG_BYTES => {
            return Err(wrong("too long for a configuration file".into()));
        }
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound && !must_exist => {
            return Ok(ConfigFile::default());
        }
        Err(error) => return Err(wrong(error.to_string())),
    }
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    toml::from_str(&text).map_err(|error| wrong(error.message().to_owned()))
}

fn home() -> Option<PathBuf> {
    env::var_os("HOME")
        .filter(|home| !home.is_empty())
        .map(PathBuf::from)
}

fn folder_of(variable: &str, below_home: &str) -> Option<PathBuf> {
    match env::var_os(variable).filter(|value| !value.is_empty()) {
        Some(folder) => Some(PathBuf::from(folder)),
        None => home().map(|home| home.join(below_home)),
    }
}

fn config_home() -> Option<PathBuf> {
    folder_of("XDG_CONFIG_HOME", ".config")
}

fn default_keys() -> Result<PathBuf> {
    folder_of("XDG_DATA_HOME", ".local/share")
        .map(|folder| folder.join("etm").join("keys"))
        .ok_or_else(|| {
            Failure::usage("invalid_config", "there is no home folder to keep keys in")
                .hint("name a folder with --keys or ETM_KEYS")
        })
}

#[cfg(test)]
mod tests;
