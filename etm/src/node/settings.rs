//! The settings of a node. One table names them; options, variables, the file and the documentation of all three follow from it.

mod keys;
mod values;

use crate::{failure::Failure, home::KEY_FILE, service::KeptHistory};
use etm_mempool::Limits;
use etm_node::{engine::Retention, snapshot::Checkpoint};
use etm_types::{ChainId, DialAddress};
use etm_wallet::secret::Source;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};
use values::Values;

pub use keys::Flags;

/// The settings, read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The only chain that is wanted.
    pub chain_id: Option<ChainId>,
    /// The file of the node's keys. Paths are of the working folder, or absolute.
    pub key_file: PathBuf,
    /// Whether that is another than where keys are if there are any.
    pub key_elsewhere: bool,
    /// Where their passphrase comes from, if that is said.
    pub passphrase: Option<Source>,
    /// Where the node listens for peers.
    pub listen: SocketAddr,
    /// Where peers reach it.
    pub external: Option<DialAddress>,
    /// Nodes to follow.
    pub upstreams: Vec<String>,
    /// How an empty folder comes to the state.
    pub sync: Sync,
    /// What is known of the chain beside its genesis.
    pub checkpoint: Option<Checkpoint>,
    /// Whether peers at private addresses are dialled.
    pub private_addresses: bool,
    /// Where the HTTP API listens.
    pub api: Option<SocketAddr>,
    /// Where metrics are shown.
    pub metrics: Metrics,
    /// Which blocks are kept.
    pub blocks: Retention,
    /// Which history it keeps.
    pub history: KeptHistory,
    /// Bounds of the pool.
    pub pool: Limits,
    /// Threads of the node.
    pub threads: usize,
    /// Where and how it logs.
    pub log: Log,
}

/// How an empty folder comes to the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// By executing all blocks.
    Blocks,
    /// By a snapshot of an upstream, then by blocks.
    Snapshot,
}

/// Where metrics are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metrics {
    /// Beside the API.
    Api,
    /// At an address of their own.
    At(SocketAddr),
    /// Nowhere.
    Off,
}

/// Where and how a node logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// What is logged.
    pub filter: String,
    /// As JSON, one object a line.
    pub json: bool,
    /// A file instead of standard error.
    pub file: Option<PathBuf>,
}

impl Settings {
    /// Settles what the command line, the environment and the file say, the first of them first.
    ///
    /// `file` is the path of the file and its text. A path in it counts from its folder, one of the command line or of a variable from the working
    /// folder, and a default from `folder`, the node's.
    ///
    /// # Errors
    /// [`Failure::Input`] that names the first that is unknown or wrong, and where it stands.
    pub fn settle(
        flags: &Flags,
        variables: impl IntoIterator<Item = (String, String)>,
        file: Option<(&Path, &str)>,
        folder: &Path,
    ) -> Result<Self, Failure> {
        let values = Values::collect(flags, variables, file)?;
        let usual = folder.join(KEY_FILE);
        let key_file = values.path("key_file")?.unwrap_or_else(|| usual.clone());
        let settings = Self {
            chain_id: values.optional("chain_id", |text| {
                text.parse()
                    .map_err(|_| "must be 64 lower-case hex digits".into())
            })?,
            key_elsewhere: key_file != usual,
            key_file,
            passphrase: match values.optional("passphrase_fd", number(0, 1 << 20))? {
                Some(descriptor) => u32::try_from(descriptor).ok().map(Source::Descriptor),
                None => values.path("passphrase_file")?.map(Source::File),
            },
            listen: values.get("listen", address)?,
            external: values.optional("external", |text| {
                DialAddress::of_machine(text).map_err(|error| error.to_string())
            })?,
            upstreams: values.optional("upstreams", urls)?.unwrap_or_default(),
            sync: values.get("sync", |text| match text {
                "blocks" => Ok(Sync::Blocks),
                "snapshot" => Ok(Sync::Snapshot),
                _ => Err(format!("`{text}` must be blocks or snapshot")),
            })?,
            checkpoint: values.optional("checkpoint", str::parse)?,
            private_addresses: values.get("private_addresses", |text| {
                text.parse().map_err(|_| "must be true or false".into())
            })?,
            api: values.get("api", |text| match text {
                "off" => Ok(None),
                _ => address(text)
                    .map(Some)
                    .map_err(|error| format!("{error}, or off")),
            })?,
            metrics: values.get("metrics", |text| match text {
                "api" => Ok(Metrics::Api),
                "off" => Ok(Metrics::Off),
                _ => address(text)
                    .map(Metrics::At)
                    .map_err(|error| format!("{error}, or api or off")),
            })?,
            blocks: values.get("blocks", crate::values::retention)?,
            history: values.get("history", crate::values::history)?,
            pool: Limits::of(
                values.get("pool_transactions", number(1_000, 1_000_000))?,
                values.get("pool_bytes", number(2 << 20, 1 << 30))?,
            ),
            threads: values.get("threads", number(1, 64))?,
            log: Log {
                filter: values.get("log", |text| {
                    tracing_subscriber::EnvFilter::try_new(text)
                        .map(|_| text.to_owned())
                        .map_err(|error| format!("{error}; write it like warn,etm_node=debug"))
                })?,
                json: values.get("log_format", |text| match text {
                    "text" => Ok(false),
                    "json" => Ok(true),
                    _ => Err(format!("`{text}` must be text or json")),
                })?,
                file: values.path("log_file")?,
            },
        };
        if settings.metrics == Metrics::Api && settings.api.is_none() && values.given("metrics") {
            return Err(Failure::Input(
                "metrics = \"api\" with api = \"off\": give the metrics an address of their own, or turn them off".into(),
            ));
        }
        Ok(settings)
    }
}

/// URLs, separated by commas.
fn urls(text: &str) -> Result<Vec<String>, String> {
    let urls = text.split(',').map(str::trim).filter(|url| !url.is_empty());
    urls.map(|url| {
        etm_client::Client::new(url)
            .map(|_| url.to_owned())
            .map_err(|error| error.to_string())
    })
    .collect()
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("`{text}` must be IP:PORT, such as 0.0.0.0:9100 or [::]:9100"))
}

fn number(least: usize, most: usize) -> impl Fn(&str) -> Result<usize, String> {
    move |text| {
        text.parse()
            .ok()
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| format!("`{text}` must be a number from {least} to {most}"))
    }
}

/// The text of a new settings file: what is given stands in it, everything else as a comment with its default.
pub fn file_text(given: &Flags) -> String {
    let mut text = String::from(
        "# Settings of an etm node. Each is also an option of `etm node run` and a variable of the environment: `api` is --api\n\
         # and ETM_NODE_API. The option comes first, then the variable, then this file, then the default, which stands here\n\
         # behind each name. A path that is not absolute counts from the folder of this file here, and from the working folder as an\n\
         # option or a variable.\n",
    );
    for key in keys::KEYS {
        text.push('\n');
        for line in keys::wrapped(key.about) {
            text.push_str(&format!("# {line}\n"));
        }
        match given.get(key.name) {
            Some(value) => text.push_str(&format!("{} = {}\n", key.name, keys::literal(value))),
            None if key.default.is_empty() => {
                text.push_str(&format!("#{} = \"{}\"\n", key.name, key.value));
            }
            None => text.push_str(&format!("#{} = {}\n", key.name, keys::literal(key.default))),
        }
    }
    text
}

#[cfg(test)]
mod tests;
