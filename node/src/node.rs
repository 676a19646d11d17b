//! A node in production: the engine on real sockets and disk, in threads of its own.

use std::{
    collections::BTreeSet,
    fs::{self, File, TryLockError},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    num::NonZeroU32,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use commonware_codec::{Copying, Read as _};
use commonware_cryptography::{Digestible as _, Signer as _, ed25519};
use commonware_p2p::authenticated::lookup::Network as Sockets;
use commonware_runtime::{Metrics, Runner as _, Spawner as _, Supervisor as _, tokio as runtime};
use etm_execution::Genesis;
use etm_mempool::Limits;
use etm_types::{Hash, Header, MinerSecrets, NodeKey, Round, SecretKey, Slot};
use futures::future::{Either, select, select_all};
use thiserror::Error;
use tokio::sync::oneshot;
use tracing::{error, info};

use crate::{
    engine::{
        self, CHANNELS, Config, Network, Retention, StartError,
        application::{Tip, node_key},
        clock::ChainClock,
        duties::Ledger,
        orchestrator::Timeouts,
        pace::Pace,
        running::RunningSlot,
        silence::{Forgotten, Silence},
    },
    feed::Feed,
    guard::{Faults, Guard, Inside, quiet_panics},
    network::{self, Known, KnownPeer, SocketTracker},
    pool::Pool,
    record::{self, Record, RecordError},
    runtime::{Layered, Names, Steady},
    snapshot::Gives,
    upstream::{Standing, Upstreams},
};

pub use crate::certificate::{Certificate, decode_certificate};

/// How long a node may take to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// How old what is known of connections may be.
const PEERS_FRESH: Duration = Duration::from_secs(1);

/// Where a node listens that nobody has to find.
const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// How the names of all that a node keeps begin.
pub(crate) const PREFIX: &str = "node";

/// Threads of a node that wait for the disk.
const MAX_BLOCKING_THREADS: usize = 32;

/// What a node is started with.
#[derive(Clone)]
pub struct NodeConfig {
    /// The chain.
    pub genesis: Arc<Genesis>,
    /// The keys of the node: it produces blocks when the miner that registered them is drawn. One without keys only follows its upstreams.
    pub secrets: Option<MinerSecrets>,
    /// Where it listens, if it has keys. Its dial address on the chain has to lead there.
    pub listen: SocketAddr,
    /// Nodes to get blocks from and to pass transactions on to, for as long as the network of committees has no place for this one.
    pub upstreams: Upstreams,
    /// Where its blocks, state and journals are kept. One node at a time may use it.
    pub directory: PathBuf,
    /// The clock of block timestamps. Nodes that are given clones of one travel together.
    pub clock: ChainClock,
    /// How much history is kept for nodes that come late.
    pub retention: Retention,
    /// Bounds of the pool of pending transactions.
    pub pool: Limits,
    /// Of a hundred slots, how many it lets pass (development networks only).
    pub lazy_percent: u8,
    /// Threads for its tasks.
    pub threads: usize,
    /// Handshakes at once with those who are no peers yet.
    pub handshakes: NonZeroU32,
    /// Whether peers at private addresses are dialled. On development networks they always are.
    pub private_addresses: bool,
}

impl NodeConfig {
    /// A miner's node with the usual bounds and a clock of its own, and no upstreams.
    pub fn new(
        genesis: Arc<Genesis>,
        secrets: MinerSecrets,
        listen: SocketAddr,
        directory: PathBuf,
    ) -> Self {
        Self {
            genesis,
            secrets: Some(secrets),
            listen,
            upstreams: Vec::new(),
            directory,
            clock: ChainClock::default(),
            retention: Retention::All,
            pool: Limits::default(),
            lazy_percent: 0,
            threads: 2,
            handshakes: NonZeroU32::MIN.saturating_add(127),
            private_addresses: false,
        }
    }

    /// A node that follows `upstreams` and serves no miner.
    pub fn follower(genesis: Arc<Genesis>, upstreams: Upstreams, directory: PathBuf) -> Self {
        Self {
            upstreams,
            secrets: None,
            ..Self::new(genesis, MinerSecrets::random(), NOWHERE, directory)
        }
    }
}

/// A node could not start.
#[derive(Debug, Error)]
pub enum NodeError {
    /// Its address is taken or not of this machine.
    #[error("can't listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// Nobody gives it blocks.
    #[error(
        "a node without keys follows other nodes: name at least one upstream, or give it a miner's keys"
    )]
    Nobody,
    /// Its directory can't be used.
    #[error("{0}: {1}")]
    Directory(PathBuf, std::io::Error),
    /// Another node uses its directory.
    #[error("{0}: another node uses this directory")]
    Busy(PathBuf),
    /// Its threads can't be started.
    #[error("can't start a thread: {0}")]
    Thread(std::io::Error),
    /// Its key is no ed25519 key.
    #[error("the node key is no ed25519 key")]
    Key,
    /// Its directory holds something else.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// It ended before it was up.
    #[error("the node could not start: {0}")]
    Ended(String),
}

/// A running node. Dropping it leaves the node running; [`NodeHandle::stop`] ends it.
pub struct NodeHandle {
    genesis: Arc<Genesis>,
    genesis_hash: Hash,
    origin: Option<Header>,
    node_key: Option<NodeKey>,
    standing: Standing,
    clock: ChainClock,
    feed: Feed,
    ledger: Ledger,
    tip: Tip,
    running: RunningSlot,
    pace: Pace,
    silence: Silence,
    known: Known,
    /// Who was connected, and when that was looked at.
    connected: Mutex<Option<(Instant, BTreeSet<NodeKey>)>>,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
    stop: Mutex<Option<oneshot::Sender<()>>>,
    ended: tokio::sync::watch::Receiver<Option<String>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl NodeHandle {
    /// The chain.
    pub const fn genesis(&self) -> &Arc<Genesis> {
        &self.genesis
    }

    /// Hash of the block at height 0.
    pub const fn genesis_hash(&self) -> Hash {
        self.genesis_hash
    }

    /// The block it began with, if it got the state after it ([`crate::snapshot`]) instead of executing all before: it has no block before.
    pub const fn origin(&self) -> Option<&Header> {
        self.origin.as_ref()
    }

    /// The node's key in the network; none if it serves no miner.
    pub const fn node_key(&self) -> Option<NodeKey> {
        self.node_key
    }

    /// What this node gives to those that begin with a snapshot.
    pub fn gives(&self) -> Gives {
        let (feed, ledger) = (self.feed.clone(), self.ledger.clone());
        Gives::new(Arc::clone(&self.genesis), feed, ledger)
    }

    /// Where the node gets its blocks from, and how its upstreams do.
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// The clock of block timestamps.
    pub const fn clock(&self) -> &ChainClock {
        &self.clock
    }

    /// The newest finalized state, the pool, and the way to submit transactions.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Finalized blocks, for those who follow the chain at their own pace.
    pub const fn feed(&self) -> &Feed {
        &self.feed
    }

    /// The header of the newest finalized block that is executed.
    pub fn tip(&self) -> Header {
        self.tip.get()
    }

    /// Sees every change of the tip, or the last of several.
    pub fn subscribe(&self) -> tokio::sync::watch::Receiver<Header> {
        self.tip.subscribe()
    }

    /// Round and slot that are running, as far as this node knows; slots that are missed count at once.
    pub fn running_slot(&self) -> (Round, Slot) {
        self.running.get()
    }

    /// By how many milliseconds this machine's clock is ahead of the time the committee agrees on; less than zero if it
    /// is behind, 0 before a block of another member came.
    pub fn clock_ahead_ms(&self) -> i64 {
        self.pace.ahead_ms()
    }

    /// The running round, if this node found out that it has voted there before and does not remember it: its folder is
    /// an older copy, and it stays silent until the round is over.
    pub fn silent_round(&self) -> Option<Forgotten> {
        self.silence.forgotten()
    }

    /// While this node does not vote because too few members have said what they heard of it before it was started: how
    /// many have, and how many have to.
    pub fn unheard(&self) -> Option<(usize, usize)> {
        self.silence.waits()
    }

    /// The chain's time in milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        self.clock.system_now_ms()
    }

    /// The peers of the running round. Whether they are connected is looked at once a second at most.
    pub fn peers(&self) -> Vec<KnownPeer> {
        let connected = self.connected();
        self.known
            .list()
            .into_iter()
            .map(|(key, dial)| (node_key(&key), dial))
            .filter(|(key, _)| Some(*key) != self.node_key)
            .map(|(key, dial)| KnownPeer {
                connected: connected.contains(&key),
                key,
                dial,
            })
            .collect()
    }

    fn connected(&self) -> BTreeSet<NodeKey> {
        let mut seen = self
            .connected
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if seen
            .as_ref()
            .is_none_or(|(at, _)| at.elapsed() > PEERS_FRESH)
        {
            *seen = Some((Instant::now(), network::connected_peers(&self.metrics())));
        }
        seen.as_ref()
            .map(|(_, peers)| peers.clone())
            .unwrap_or_default()
    }

    /// The metrics in Prometheus' text format.
    pub fn metrics(&self) -> String {
        (self.metrics)()
    }

    /// Whether the node has ended, and why.
    pub fn ended(&self) -> Option<String> {
        self.ended.borrow().clone()
    }

    /// Waits until the node ends.
    pub async fn wait(&self) -> String {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone().unwrap_or_default(),
            Err(_) => "its thread is gone".into(),
        }
    }

    /// Ends the node and waits until its storage is closed. Blocks the thread; call it outside of async code.
    pub fn stop(&self) {
        if let Some(stop) = self
            .stop
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        {
            let _ = stop.send(());
        }
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            error!("a node's thread panicked");
        }
    }
}

/// What the node's thread reports once the engine runs.
struct Up {
    genesis_hash: Hash,
    origin: Option<Header>,
    feed: Feed,
    ledger: Ledger,
    tip: Tip,
    running: RunningSlot,
    pace: Pace,
    silence: Silence,
    standing: Standing,
    known: Known,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// Starts a node and returns once its engine runs (it may still be catching up with the chain).
///
/// Blocks the thread for as long as that takes; call it outside of async code, or from a blocking task.
///
/// # Errors
/// [`NodeError`]; then nothing runs.
pub fn start(mut config: NodeConfig) -> Result<NodeHandle, NodeError> {
    if config.secrets.is_none() {
        if config.upstreams.is_empty() {
            return Err(NodeError::Nobody);
        }
        config.listen = NOWHERE;
    }
    // The network panics if it can't listen, so find out before.
    TcpListener::bind(config.listen)
        .map_err(|reason| NodeError::Listen(config.listen, reason))
        .map(drop)?;
    let node_key = config
        .secrets
        .as_ref()
        .map(|secrets| secrets.node.node_key());
    // Nobody knows the key of a node without one, so nobody talks to it.
    let stranger = SecretKey::random();
    let key = config
        .secrets
        .as_ref()
        .map_or(&stranger, |secrets| &secrets.node);
    let signer = signer(key).ok_or(NodeError::Key)?;
    let lock = lock(&config.directory)?;
    record::check(
        &config.directory,
        &Record {
            chain: config.genesis.chain().id,
            node: node_key,
            blocks: config.retention.into(),
        },
    )?;
    quiet_panics();
    let faults = Faults::new(&config.directory);
    let (stop, stopped) = oneshot::channel();
    let (up, started) = std::sync::mpsc::channel();
    let (ended_sender, ended) = tokio::sync::watch::channel(None);
    let handle_config = config.clone();
    let thread = std::thread::Builder::new()
        .name("etm-node".into())
        .spawn(move || {
            let runtime_config = runtime::Config::new()
                .with_worker_threads(config.threads.max(1))
                .with_max_blocking_threads(MAX_BLOCKING_THREADS)
                .with_storage_directory(&config.directory)
                .with_catch_panics(true);
            let reason = {
                let _inside = Inside::enter();
                let watched = AssertUnwindSafe(|| {
                    runtime::Runner::new(runtime_config).start(|context| {
                        // Its deadlines must not jump with the system's clock.
                        let steady = Layered::new(context, Steady::new());
                        let context = Layered::new(steady, Guard::new(faults.clone()));
                        run(context, config, signer, faults.clone(), up, stopped)
                    })
                });
                catch_unwind(watched).unwrap_or_else(|payload| {
                    faults.panicked("start", &*payload);
                    faults.cause(None).unwrap_or_default()
                })
            };
            drop(lock);
            info!(reason, "the node has ended");
            let _ = ended_sender.send(Some(reason));
        })
        .map_err(NodeError::Thread)?;
    let up: Up = match started.recv() {
        Ok(up) => up?,
        Err(_) => {
            let _ = thread.join();
            let reason = ended.borrow().clone();
            return Err(NodeError::Ended(
                reason.unwrap_or_else(|| "its thread is gone".into()),
            ));
        }
    };
    Ok(NodeHandle {
        node_key,
        standing: up.standing,
        genesis: handle_config.genesis,
        genesis_hash: up.genesis_hash,
        origin: up.origin,
        clock: handle_config.clock,
        feed: up.feed,
        ledger: up.ledger,
        tip: up.tip,
        running: up.running,
        pace: up.pace,
        silence: up.silence,
        known: up.known,
        connected: Mutex::default(),
        metrics: up.metrics,
        stop: Mutex::new(Some(stop)),
        ended,
        thread: Mutex::new(Some(thread)),
    })
}

/// Claims a directory for one node; the claim ends with the file.
pub(crate) fn lock(directory: &Path) -> Result<File, NodeError> {
    let failed = |reason| NodeError::Directory(directory.to_owned(), reason);
    fs::create_dir_all(directory).map_err(failed)?;
    let file = directory.with_extension("lock");
    let file = File::create(&file).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(NodeError::Busy(directory.to_owned())),
        Err(TryLockError::Error(reason)) => Err(failed(reason)),
    }
}

/// The network's form of the node key.
fn signer(key: &SecretKey) -> Option<ed25519::PrivateKey> {
    let seed = key.expose_seed();
    let signer = ed25519::PrivateKey::read_cfg(&mut Copying(&seed[..]), &()).ok()?;
    (node_key(&signer.public_key()) == key.node_key()).then_some(signer)
}

/// Runs a node until it is told to stop or a task of it ends; says why it ended.
async fn run(
    context: Layered<Layered<runtime::Context, Steady>, Guard>,
    config: NodeConfig,
    signer: ed25519::PrivateKey,
    faults: Faults,
    up: std::sync::mpsc::Sender<Result<Up, NodeError>>,
    stopped: oneshot::Receiver<()>,
) -> String {
    let chain = config.genesis.chain().clone();
    let me = signer.public_key();
    let (mut sockets, oracle) = Sockets::new(
        Layered::new(context.child("network"), Names::of_system()),
        network::config(
            &chain,
            signer,
            config.listen,
            config.handshakes,
            config.private_addresses,
        ),
    );
    let tracker = SocketTracker::new(oracle.clone());
    let known = tracker.known();
    let mut channels = CHANNELS
        .iter()
        .map(|(channel, quota)| sockets.register(*channel, *quota));
    let mut channel = || channels.next();
    let network = (|| {
        Some(Network {
            votes: channel()?,
            certificates: channel()?,
            resolver: channel()?,
            backfill: channel()?,
            broadcast: channel()?,
            transactions: channel()?,
        })
    })();
    let Some(network) = network else {
        return "the network has too few channels".into();
    };
    drop(channels);
    let sockets = sockets.start();
    let pool = Arc::new(Pool::new(chain.clone(), config.pool));
    let engine = engine::start(
        context.child("engine"),
        Config {
            me,
            secrets: config.secrets,
            genesis: config.genesis,
            clock: config.clock,
            prefix: PREFIX.into(),
            blocker: oracle,
            tracker,
            timeouts: Timeouts::of_slot(chain.params.slot_ms),
            retention: config.retention,
            lazy_percent: if chain.params.devnet {
                config.lazy_percent
            } else {
                0
            },
            pool,
            faults: faults.clone(),
            places: engine::peers::secondary_peers(chain.params.mechanism.committee),
            upstreams: config.upstreams,
        },
        network,
        |reporter| reporter,
    )
    .await;
    let engine = match engine {
        Ok(engine) => engine,
        Err(reason) => {
            let reason = match reason {
                StartError::Genesis => reason.to_string(),
                StartError::State(_) | StartError::Storage(_) => {
                    faults.unreadable(&reason.to_string())
                }
            };
            let _ = up.send(Err(NodeError::Ended(reason.clone())));
            return reason;
        }
    };
    // Taken away when the node ends, like the state: what is left of it outside must not keep its storage.
    let metrics_context = Arc::new(Mutex::new(Some(context.child("metrics"))));
    let for_metrics = metrics_context.clone();
    let (feed, ledger) = (engine.feed.clone(), engine.ledger.clone());
    let _ = up.send(Ok(Up {
        genesis_hash: Hash(engine.genesis.digest().0),
        origin: engine.origin.map(|block| block.header().clone()),
        feed: engine.feed,
        ledger: engine.ledger,
        tip: engine.tip,
        running: engine.running,
        pace: engine.pace,
        silence: engine.silence,
        standing: engine.standing,
        known,
        metrics: Arc::new(move || {
            let context = for_metrics.lock().unwrap_or_else(PoisonError::into_inner);
            context.as_ref().map(Metrics::encode).unwrap_or_default()
        }),
    }));
    let tasks = select_all(engine.handles.into_iter().chain([sockets]));
    let reason = match select(stopped, tasks).await {
        Either::Left(_) => "it was told to stop".to_owned(),
        Either::Right(((result, index, _), _)) => {
            let part = engine::PARTS.get(index).copied().unwrap_or("network");
            let said = match result {
                Ok(()) => format!("its {part} ended"),
                Err(error) => format!("its {part} ended: {error}"),
            };
            faults.cause(Some(&said)).unwrap_or(said)
        }
    };
    ledger.close();
    feed.close();
    *metrics_context
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = None;
    if let Err(error) = context.stop(0, Some(STOP_TIMEOUT)).await {
        error!(%error, "the node did not stop in time");
    }
    reason
}
