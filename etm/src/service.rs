//! A node with its history and its HTTP API: what one miner runs.

mod backend;
mod follower;
mod upstream;
mod warnings;

use crate::{failure::Failure, home, travel::Travel};
use backend::NodeBackend;
use etm_api::{Api, Parts};
use etm_execution::Genesis;
use etm_history::{ChainFacts, History, Origin};
use etm_mempool::Limits;
use etm_node::{
    engine::{Retention, clock::ChainClock},
    files::{self, Shares},
    node::{self, NodeConfig, NodeError, NodeHandle},
    record::RecordError,
    snapshot,
};
use etm_types::{MinerSecrets, SecretKey};
use std::{
    net::SocketAddr,
    num::NonZeroU64,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};
use tokio::{net::TcpListener, sync::watch};

/// What a service is started with.
pub struct Config {
    /// The chain.
    pub genesis: Arc<Genesis>,
    /// The keys of the node; without them it follows its upstreams and serves no miner.
    pub secrets: Option<MinerSecrets>,
    /// Where the node listens for peers, if it has keys.
    pub listen: SocketAddr,
    /// URLs of nodes to get blocks from and to pass transactions on to, where the network of committees has no place for this one.
    pub upstreams: Vec<String>,
    /// Where everything is kept.
    pub directory: PathBuf,
    /// The chain's clock; nodes of one process share one.
    pub clock: ChainClock,
    /// Of a hundred slots, how many the node lets pass (devnets only).
    pub lazy_percent: u8,
    /// The account that the faucet pays from (devnets only).
    pub faucet: Option<SecretKey>,
    /// Where time travel is made known to nodes in other processes (devnets only).
    pub travel: Option<Travel>,
    /// Which blocks it keeps.
    pub retention: Retention,
    /// Which history it keeps.
    pub history: KeptHistory,
    /// Bounds of the pool of pending transactions.
    pub pool: Limits,
    /// Threads of the node.
    pub threads: usize,
    /// How many may connect to it.
    pub shares: Shares,
    /// Whether it dials peers at private addresses, as on a devnet it does anyway.
    pub private_addresses: bool,
}

impl Config {
    /// A node that keeps all blocks, has nothing of a devnet, and its process for itself.
    pub fn new(
        genesis: Arc<Genesis>,
        secrets: impl Into<Option<MinerSecrets>>,
        listen: SocketAddr,
        directory: PathBuf,
        clock: ChainClock,
    ) -> Self {
        Self {
            shares: Shares::alone(files::limit(), &genesis.chain().params.mechanism),
            genesis,
            secrets: secrets.into(),
            listen,
            upstreams: Vec::new(),
            directory,
            clock,
            lazy_percent: 0,
            faucet: None,
            travel: None,
            retention: Retention::All,
            history: KeptHistory::Full,
            pool: Limits::default(),
            threads: 2,
            private_addresses: false,
        }
    }
}

/// Which history a node keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptHistory {
    /// All, since genesis.
    Full,
    /// At least the last rounds.
    Rounds(NonZeroU64),
    /// None.
    Off,
}

/// A running node with history and API.
pub struct Service {
    node: Arc<NodeHandle>,
    api: Api,
    stop: watch::Sender<bool>,
    history: Arc<History>,
    follower: Mutex<Option<JoinHandle<()>>>,
}

/// Starts a node and its history. Blocks the thread until the node runs; the API is served by [`Service::serve`].
///
/// `runtime` runs the API and the writing of history.
///
/// # Errors
/// [`Failure`] if the folder, the address or the history can't be used.
pub fn start(config: Config, runtime: &tokio::runtime::Handle) -> Result<Service, Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::Failed(format!("{}: {error}", config.directory.display()))
    };
    std::fs::create_dir_all(&config.directory).map_err(|error| failed(&error))?;
    let upstreams = upstream::connect(&config.upstreams, config.genesis.chain().id, runtime)?;
    let node_config = NodeConfig {
        secrets: config.secrets,
        listen: config.listen,
        clock: config.clock,
        lazy_percent: config.lazy_percent,
        retention: config.retention,
        pool: config.pool,
        threads: config.threads,
        handshakes: config.shares.handshakes,
        private_addresses: config.private_addresses,
        ..NodeConfig::follower(
            Arc::clone(&config.genesis),
            upstreams,
            config.directory.join(home::CHAIN),
        )
    };
    let node = node::start(node_config).map_err(|error| match &error {
        // What was asked for is not what lies there.
        NodeError::Record(
            RecordError::OtherChain(..) | RecordError::OtherNode(..) | RecordError::OtherBlocks(..),
        ) => Failure::Input(format!("{}: {error}", config.directory.display())),
        _ => failed(&error),
    })?;
    let facts = ChainFacts::new(&config.genesis, node.genesis_hash());
    let file = config.directory.join(home::HISTORY);
    let history = match (node.origin(), config.history) {
        (_, KeptHistory::Off) => History::off(
            Arc::new(facts),
            "this node keeps no history: `history` is off in its settings; ask another node",
        ),
        (Some(origin), KeptHistory::Full | KeptHistory::Rounds(_)) => {
            let origin = Origin {
                height: origin.height,
                hash: origin.hash(),
                file: snapshot::base(&config.directory.join(home::CHAIN)),
            };
            History::after(&file, Arc::new(facts), origin)
        }
        (None, KeptHistory::Full | KeptHistory::Rounds(_)) => History::new(&file, Arc::new(facts)),
    };
    let history = Arc::new(history);
    let node = Arc::new(node);
    let stop = watch::Sender::new(false);
    let follower = match history.is_off() {
        Some(why) => {
            tracing::info!("{why}");
            None
        }
        None => {
            let follower = follower::start(
                Arc::clone(&history),
                node.feed().clone(),
                match config.history {
                    KeptHistory::Rounds(rounds) => Some(rounds),
                    KeptHistory::Full | KeptHistory::Off => None,
                },
                stop.subscribe(),
            );
            Some(follower.map_err(|error| failed(&error))?)
        }
    };
    let backend = NodeBackend::new(
        Arc::clone(&node),
        config.faucet,
        config.travel,
        config.directory.clone(),
    );
    Ok(Service {
        api: Api::with_limits(
            Arc::new(backend),
            Arc::clone(&history),
            etm_api::Limits::of_connections(config.shares.clients),
        ),
        node,
        stop,
        history,
        follower: Mutex::new(follower),
    })
}

impl Service {
    /// Serves the API on `listener` in the background, until [`Service::stop`].
    pub fn serve(&self, listener: TcpListener, runtime: &tokio::runtime::Handle) {
        self.serve_parts(listener, Parts::All, runtime);
    }

    /// Serves some routes of the API, as [`Service::serve`].
    pub fn serve_parts(
        &self,
        listener: TcpListener,
        parts: Parts,
        runtime: &tokio::runtime::Handle,
    ) {
        let mut stopped = self.stop.subscribe();
        let api = self.api.clone();
        runtime.spawn(async move {
            let shutdown = async move {
                // An error means that the service is gone: stop as well.
                let _ = stopped.wait_for(|stop| *stop).await;
            };
            if let Err(error) = api.serve_parts(listener, parts, shutdown).await {
                tracing::error!(%error, "the HTTP API has ended");
            }
        });
    }

    pub fn node(&self) -> &NodeHandle {
        &self.node
    }

    /// Ends the API and the node and waits until its storage is closed. Blocks the thread.
    pub fn stop(&self) {
        self.stop.send_replace(true);
        self.history.stop();
        self.node.stop();
        let follower = self
            .follower
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(follower) = follower
            && follower.join().is_err()
        {
            tracing::error!("the history's thread panicked");
        }
    }
}
