//! How a node starts, runs in a thread of its own, and ends.

use std::{
    fs,
    net::TcpListener,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use commonware_codec::{Copying, Read as _};
use commonware_cryptography::{Digestible as _, Signer as _, ed25519};
use commonware_runtime::{
    Clock as _, Metrics, Runner as _, Spawner as _, Supervisor as _, tokio as runtime,
};
use etm_types::{Hash, Header, SecretKey};
use futures::future::{Either, select, select_all};
use tokio::sync::oneshot;
use tracing::{error, info, warn};

use super::{NOWHERE, NodeConfig, NodeError, NodeHandle};
use crate::{
    engine::{
        self, CHANNELS, Config, Network, StartError, duties::Desk, orchestrator::Timeouts,
        pace::Pace, running::RunningSlot, silence::Silence, tip::Tip, types::node_key,
    },
    feed::Feed,
    folder,
    guard::{Faults, Guard, Inside, quiet_panics},
    network::{
        self, RoundPeers, SocketTracker,
        bounds::{Outstanding, Unsent},
    },
    pool::Pool,
    record::{self, Record},
    runtime::{Layered, Steady},
    snapshot::left_by_restore,
    upstream::Standing,
};

/// How long a node may take to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// How long it may take until it is known what ended a node.
const A_MOMENT: Duration = Duration::from_secs(1);

/// Threads of a node that wait for the disk.
const MAX_BLOCKING_THREADS: usize = 32;

/// What the node's thread reports once the engine runs.
struct Up {
    genesis_hash: Hash,
    origin: Option<Header>,
    feed: Feed,
    desk: Desk,
    tip: Tip,
    running: RunningSlot,
    pace: Pace,
    silence: Silence,
    standing: Standing,
    peers: RoundPeers,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// Removes what was to become this folder when a snapshot was restored, and the attempt was cut short. Nothing else needs it.
fn remove_draft(directory: &Path) {
    let left = left_by_restore(directory);
    if !left.exists() {
        return;
    }
    let folder = left.display();
    match fs::remove_dir_all(&left) {
        Ok(()) => info!("{folder} was left by a restore that was cut short, and is removed"),
        Err(reason) => {
            warn!(
                "{folder} was left by a restore that was cut short, and can't be removed: {reason}"
            );
        }
    }
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
    // The clock of tasks panics on such a one.
    if SystemTime::now() < UNIX_EPOCH {
        return Err(NodeError::Clock);
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
    let lock = folder::lock(&config.directory)?;
    record::check(
        &config.directory,
        &Record {
            chain: config.genesis.chain().id,
            node: node_key,
            blocks: config.retention.into(),
        },
    )?;
    remove_draft(&config.directory);
    quiet_panics();
    let faults = Faults::new(&config.directory);
    faults.listens(config.listen);
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
                .with_read_write_timeout(network::UNHEARD)
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
        Ok(Ok(up)) => up,
        Ok(Err(error)) => {
            // What it has to say is said before, and the directory is free.
            let _ = thread.join();
            return Err(error);
        }
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
        desk: up.desk,
        tip: up.tip,
        running: up.running,
        pace: up.pace,
        silence: up.silence,
        peers: up.peers,
        connected: Mutex::default(),
        metrics: up.metrics,
        stop: Mutex::new(Some(stop)),
        ended,
        thread: Mutex::new(Some(thread)),
    })
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
    let (mut sockets, oracle) = network::open(
        context.child("network"),
        &chain,
        signer,
        config.listen,
        config.handshakes,
        config.private_addresses,
    );
    let tracker = SocketTracker::new(oracle.clone());
    let peers = tracker.peers();
    let mut channels = CHANNELS
        .iter()
        .map(|(channel, quota)| sockets.register(*channel, *quota));
    let mut channel = || {
        let (sender, receiver) = channels.next()?;
        Some((Outstanding::new(sender, Unsent::default()), receiver))
    };
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
            prefix: folder::PREFIX.into(),
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
                StartError::Genesis | StartError::Unchecked(_) => reason.to_string(),
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
    let (feed, desk) = (engine.feed.clone(), engine.desk.clone());
    let _ = up.send(Ok(Up {
        genesis_hash: Hash(engine.genesis.digest().0),
        origin: engine.origin.map(|block| block.header().clone()),
        feed: engine.feed,
        desk: engine.desk,
        tip: engine.tip,
        running: engine.running,
        pace: engine.pace,
        silence: engine.silence,
        standing: engine.standing,
        peers,
        metrics: Arc::new(move || {
            let context = for_metrics.lock().unwrap_or_else(PoisonError::into_inner);
            context.as_ref().map(Metrics::encode).unwrap_or_default()
        }),
    }));
    let tasks = select_all(engine.handles.into_iter().chain([sockets]));
    let reason = match select(stopped, tasks).await {
        Either::Left(_) => {
            faults.stops();
            "it was told to stop".to_owned()
        }
        Either::Right(((result, index, _), _)) => {
            let part = engine::PARTS.get(index).copied().unwrap_or("network");
            let said = match result {
                Ok(()) => format!("its {part} ended"),
                Err(error) => format!("its {part} ended: {error}"),
            };
            // A part that nobody needs any more ends in silence, and may be seen before its neighbour, which failed, has said why.
            let said_why = Box::pin(faults.clone().happened());
            select(said_why, Box::pin(context.sleep(A_MOMENT))).await;
            faults.cause(Some(&said)).unwrap_or(said)
        }
    };
    desk.close();
    feed.close();
    *metrics_context
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = None;
    if let Err(error) = context.stop(0, Some(STOP_TIMEOUT)).await {
        error!(%error, "the node did not stop in time");
    }
    reason
}
