//! `etm node check`: what could keep the node from its work, one line each, with what to do.

mod disk;
mod peers;

use super::{
    GENESIS_FILE,
    place::{NodeArgs, Place},
    secrets,
    settings::{Metrics, Settings},
    source,
};
use crate::{
    failure::Failure,
    genesis,
    home::{self, CHAIN},
    process::waiting,
};
use etm_client::Client;
use etm_node::record;
use etm_types::{ChainId, NodeKey, api::chain::Status};
use etm_wallet::output::{Page, Report, Tone};
use serde::Serialize;
use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    path::Path,
    time::Duration,
};

/// How long another node may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Options of `etm node check`.
#[derive(Clone, Debug, clap::Args)]
pub struct Check {
    #[command(flatten)]
    run: NodeArgs,
    /// The API of another node of the chain, to compare clock and version with and to ask whether it is connected with this one
    #[arg(long, value_name = "URL")]
    peer: Option<String>,
}

/// How it stands with one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Good.
    Ok,
    /// It was not looked at.
    Unknown,
    /// The node works, but not for long, or not as it should.
    Warning,
    /// The node can't work.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub struct Finding {
    what: &'static str,
    state: State,
    /// What was found and, if it is not good, what to do.
    text: String,
}

impl Finding {
    fn new(what: &'static str, state: State, text: impl Into<String>) -> Self {
        Self {
            what,
            state,
            text: text.into(),
        }
    }
}

/// All that was looked at.
#[derive(Debug, Serialize)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Whether something keeps the node from its work.
    pub fn is_bad(&self) -> bool {
        self.0.iter().any(|finding| finding.state == State::Bad)
    }
}

impl Report for Findings {
    fn show(&self, page: &mut Page) {
        for Finding { what, state, text } in &self.0 {
            let (tone, mark) = match state {
                State::Ok => (Tone::Good, "ok"),
                State::Unknown => (Tone::Dim, "?"),
                State::Warning => (Tone::Warning, "look"),
                State::Bad => (Tone::Bad, "bad"),
            };
            page.marked(tone, &format!("{mark:<4}"), &format!("{what:<9} {text}"));
        }
    }
}

/// Looks at everything.
///
/// # Errors
/// [`Failure`] if settings can't be read: then there is nothing to look at.
pub fn run(options: &Check) -> Result<Findings, Failure> {
    let Place { folder, settings } = options.run.place()?;
    let mut findings = Vec::new();
    let chain = genesis_of(&folder, &settings, &mut findings);
    let public = secrets::are_used(&settings)
        .and_then(|there| there.then(|| secrets::public(&settings)).transpose());
    let node: Option<NodeKey> = match public {
        Ok(None) => {
            let followed = settings.upstreams.join(", ");
            let text = format!("none: the node works for no miner, and follows {followed}");
            findings.push(Finding::new("keys", State::Ok, text));
            None
        }
        Ok(Some(public)) => {
            findings.push(Finding::new(
                "keys",
                State::Ok,
                format!("node key {}", public.node_key),
            ));
            public.node_key.parse().ok()
        }
        Err(failure) => {
            findings.push(Finding::new("keys", State::Bad, failure.to_string()));
            None
        }
    };
    findings.push(record_of(&folder, chain, node));
    findings.push(disk::look(&folder));
    let running = home::runs(&folder) == Some(true);
    findings.extend(ports(&settings, node.is_some(), running.then_some(node)));
    findings.extend(peers::look(options.peer.as_deref(), chain, node));
    if let (Some(external), Some(chain)) = (&settings.external, chain) {
        findings.push(peers::reach(external.as_str(), chain, running));
    }
    Ok(Findings(findings))
}

fn genesis_of(folder: &Path, settings: &Settings, findings: &mut Vec<Finding>) -> Option<ChainId> {
    let file = folder.join(GENESIS_FILE);
    let checked = genesis::read(&file).and_then(|genesis| {
        source::check(&genesis, settings.chain_id, &file.display().to_string())?;
        Ok(genesis)
    });
    match checked {
        Ok(genesis) => {
            let chain = genesis.chain();
            findings.push(Finding::new(
                "genesis",
                State::Ok,
                format!("chain {} ({})", chain.id, chain.name),
            ));
            Some(chain.id)
        }
        Err(failure) => {
            findings.push(Finding::new("genesis", State::Bad, failure.to_string()));
            None
        }
    }
}

/// Whether what lies in the folder is of this chain and node, in a form that this version knows.
fn record_of(folder: &Path, chain: Option<ChainId>, node: Option<NodeKey>) -> Finding {
    let chain_folder = folder.join(CHAIN);
    match record::read(&chain_folder) {
        Err(error) => Finding::new("folder", State::Bad, error.to_string()),
        Ok(None) => Finding::new("folder", State::Ok, "new: the node has not run yet"),
        Ok(Some(held)) => {
            if let Some(chain) = chain.filter(|chain| *chain != held.chain) {
                let text = format!(
                    "{} holds the chain {}, and the genesis is of {chain}: put the right genesis back",
                    chain_folder.display(),
                    held.chain
                );
                return Finding::new("folder", State::Bad, text);
            }
            if let (Some(its), Some(node)) = (held.node, node)
                && its != node
            {
                let text = format!(
                    "{} is of the node {}, and the key file is of {node}: put the right key back",
                    chain_folder.display(),
                    its
                );
                return Finding::new("folder", State::Bad, text);
            }
            Finding::new(
                "folder",
                State::Ok,
                format!(
                    "of this chain and node, keeps the blocks: {}; whether its files are whole shows when the node starts",
                    held.blocks
                ),
            )
        }
    }
}

/// `running` is the key of the node that runs in the folder, if one does.
fn ports(settings: &Settings, mines: bool, running: Option<Option<NodeKey>>) -> Vec<Finding> {
    let metrics = match settings.metrics {
        Metrics::At(address) => Some(address),
        Metrics::Api | Metrics::Off => None,
    };
    let listening = [
        // A node without a miner takes no connections from the network.
        ("listen", mines.then_some(settings.listen)),
        ("api", settings.api),
        ("metrics", metrics),
    ];
    listening
        .into_iter()
        .filter_map(|(name, address)| Some(port(name, address?, running)))
        .collect()
}

fn port(name: &'static str, address: SocketAddr, running: Option<Option<NodeKey>>) -> Finding {
    match (TcpListener::bind(address), running) {
        (Ok(_), None) => Finding::new(name, State::Ok, format!("{address} is free for it")),
        (Ok(_), Some(_)) => Finding::new(
            name,
            State::Warning,
            format!(
                "the node runs, and nobody listens on {address}: was it started with other settings?"
            ),
        ),
        (Err(error), Some(node)) if error.kind() == ErrorKind::AddrInUse => {
            let said = match name {
                "api" => answers(address).map(|there| there == node),
                // Who it is they tell nobody who asks for nothing else.
                _ => None,
            };
            match said {
                Some(true) => {
                    Finding::new(name, State::Ok, format!("the node listens on {address}"))
                }
                Some(false) => Finding::new(
                    name,
                    State::Warning,
                    format!(
                        "another node answers on {address}: was this one started with other settings?"
                    ),
                ),
                None => Finding::new(
                    name,
                    State::Ok,
                    format!("{address} is taken, as it should be while the node runs"),
                ),
            }
        }
        (Err(error), _) => Finding::new(
            name,
            State::Bad,
            format!("{address}: {error}; choose another --{name}, or stop what is there"),
        ),
    }
}

/// The key of the node that answers at an address; none if no node does.
fn answers(address: SocketAddr) -> Option<Option<NodeKey>> {
    let (status, _) = status_of(&super::place::url_of(address)).ok()?;
    Some(status.node.node_key.map(|key| NodeKey(key.0)))
}

/// What a node says of itself.
fn status_of(url: &str) -> Result<(Status, Duration), Failure> {
    let client = Client::builder(url)
        .timeout(TIMEOUT)
        .retries(0)
        .build()
        .map_err(|error| Failure::Input(error.to_string()))?;
    let asked = std::time::Instant::now();
    let status = waiting()?
        .block_on(client.status())
        .map_err(|error| Failure::Failed(error.to_string()))?;
    Ok((status, asked.elapsed()))
}
