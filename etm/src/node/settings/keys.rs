//! The table of settings, and the options that follow from it.

use crate::failure::Failure;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use std::{
    collections::BTreeMap,
    path::{self, Path},
};

/// A setting.
pub struct Key {
    /// In the file; in capitals behind `ETM_NODE_` in the environment.
    pub name: &'static str,
    /// On the command line.
    pub flag: &'static str,
    /// What the value is, for the help; an example where there is no default.
    pub value: &'static str,
    /// What holds if nothing is said; empty if there is none.
    pub default: &'static str,
    /// What it does.
    pub about: &'static str,
}

/// All settings, in the order of the file.
pub const KEYS: &[Key] = &[
    Key {
        name: "chain_id",
        flag: "chain-id",
        value: "HASH",
        default: "",
        about: "The only chain that is wanted: a genesis of any other is refused",
    },
    Key {
        name: "key_file",
        flag: "key-file",
        value: "FILE",
        default: "node.key",
        about: "The keys of a miner's node; without the file the node only follows its upstreams. A miner's keys must never run in two places: the miner would sign twice",
    },
    Key {
        name: "passphrase_file",
        flag: "passphrase-file",
        value: "FILE",
        default: "",
        about: "The passphrase of encrypted keys; without it the systemd credential etm-passphrase, or a question on the terminal",
    },
    Key {
        name: "passphrase_fd",
        flag: "passphrase-fd",
        value: "NUMBER",
        default: "",
        about: "The passphrase from a file descriptor that whoever starts the node has opened",
    },
    Key {
        name: "listen",
        flag: "listen",
        value: "IP:PORT",
        default: "0.0.0.0:9100",
        about: "Where the node listens for peers; [::]:9100 is every address of the machine, IPv4 and IPv6",
    },
    Key {
        name: "external",
        flag: "external",
        value: "HOST:PORT",
        default: "",
        about: "Where peers reach the node, a name or an address: what its miner is registered with (--dial of `etm miner register`)",
    },
    Key {
        name: "upstreams",
        flag: "upstreams",
        value: "URL,URL",
        default: "",
        about: "Nodes to get blocks from and to pass transactions on to, where the network of committees has no place for this one; they are not trusted",
    },
    Key {
        name: "sync",
        flag: "sync",
        value: "blocks|snapshot",
        default: "blocks",
        about: "How a node with an empty folder comes to the state: blocks executes all since genesis; snapshot takes the state after the newest round from an upstream, checks it against what the committees signed, and goes on from there, without the blocks before; its history begins there",
    },
    Key {
        name: "checkpoint",
        flag: "checkpoint",
        value: "ROUND:HASH",
        default: "",
        about: "What is known of the chain beside its genesis, as `etm node checkpoint` prints it on a node you trust: a snapshot must agree with it, and nothing before it has to be proved",
    },
    Key {
        name: "private_addresses",
        flag: "private-addresses",
        value: "BOOL",
        default: "false",
        about: "Dial peers at private addresses too (10.0.0.0/8, fd00::/8 ...): for networks that lie behind one router; on a devnet that is so by itself",
    },
    Key {
        name: "api",
        flag: "api",
        value: "IP:PORT",
        default: "127.0.0.1:8080",
        about: "Where the HTTP API and the voting page listen, or off. To show them to everybody put a server with TLS before it",
    },
    Key {
        name: "metrics",
        flag: "metrics",
        value: "IP:PORT",
        default: "api",
        about: "Where /metrics, /healthz and /readyz are: api (beside the API), an address of their own, or off (no /metrics)",
    },
    Key {
        name: "blocks",
        flag: "blocks",
        value: "all|N",
        default: "all",
        about: "Blocks that are kept for those who come late: all, or at least so many of the newest. A folder stays what it was begun as",
    },
    Key {
        name: "history",
        flag: "history",
        value: "full|rounds N|off",
        default: "full",
        about: "The history that pages, lists and bonuses are read from (history.db): full, since genesis or the snapshot that the node began with; rounds N, at least the last N rounds (200 or more), with totals from there, too; or off. Asked for what it does not keep, the node says so",
    },
    Key {
        name: "pool_transactions",
        flag: "pool-transactions",
        value: "N",
        default: "20000",
        about: "Most transactions that wait",
    },
    Key {
        name: "pool_bytes",
        flag: "pool-bytes",
        value: "N",
        default: "16777216",
        about: "Most bytes of transactions that wait",
    },
    Key {
        name: "threads",
        flag: "threads",
        value: "N",
        default: "2",
        about: "Threads for consensus and network",
    },
    Key {
        name: "log",
        flag: "log",
        value: "FILTER",
        default: "warn,etm=info,etm_node=info",
        about: "What is logged: a level (error, warn, info, debug, trace), or levels for parts",
    },
    Key {
        name: "log_format",
        flag: "log-format",
        value: "text|json",
        default: "text",
        about: "How it is written: text, or json with one object a line",
    },
    Key {
        name: "log_file",
        flag: "log-file",
        value: "FILE",
        default: "",
        about: "A file to append to instead of standard error",
    },
];

/// The setting of this name.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Settings given on the command line, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags(BTreeMap<&'static str, String>);

impl Flags {
    /// What was given for a setting.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The same for a settings file in `folder`: a path that counts from the working folder here counts from that folder there.
    ///
    /// # Errors
    /// [`Failure`] if a path can't stand in a file.
    pub fn as_seen_from(&self, folder: &Path) -> Result<Self, Failure> {
        let mut seen = self.clone();
        for key in KEYS.iter().filter(|key| key.value == "FILE") {
            let Some(given) = self.get(key.name) else {
                continue;
            };
            let failed = |reason: &dyn std::fmt::Display| {
                Failure::Failed(format!("--{} {given}: {reason}", key.flag))
            };
            let absolute = |path: &Path| path::absolute(path).map_err(|error| failed(&error));
            let (file, folder) = (absolute(Path::new(given))?, absolute(folder)?);
            let within = file.strip_prefix(&folder).unwrap_or(&file);
            let text = within
                .to_str()
                .ok_or_else(|| failed(&"the working folder's name is no UTF-8 text"))?;
            seen.0.insert(key.name, text.to_owned());
        }
        Ok(seen)
    }

    /// The same with one more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.insert(name, value.into());
        self
    }
}

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        KEYS.iter().fold(command, |command, key| {
            let default = match key.default {
                "" => String::new(),
                default if key.value == "FILE" => {
                    format!(" [default: {default} in the folder of the node]")
                }
                default => format!(" [default: {default}]"),
            };
            command.arg(
                Arg::new(key.name)
                    .long(key.flag)
                    .value_name(key.value)
                    .help_heading("Settings")
                    .help(format!("{}{default}", key.about)),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for key in KEYS {
            if let Some(value) = matches.get_one::<String>(key.name) {
                self.0.insert(key.name, value.clone());
            }
        }
        Ok(())
    }
}

/// A value as it stands in the file.
pub fn literal(value: &str) -> String {
    let plain = value.parse::<u32>().is_ok() || matches!(value, "true" | "false");
    if plain {
        value.to_owned()
    } else {
        toml::Value::from(value).to_string()
    }
}

/// A text in lines of at most 110 letters.
pub fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= 110 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
