//! `etm node run`.

use super::{
    GENESIS_FILE,
    notify::Notify,
    place::{NodeArgs, Place},
    secrets,
    settings::{Metrics, Settings, Sync},
    snapshot, source,
};
use crate::{
    failure::Failure,
    genesis,
    home::{self, CHAIN},
    log,
    process::{runtime, stop_signal},
    service::{self, Service},
};
use etm_api::Parts;
use etm_execution::Genesis;
use etm_node::{engine::clock::ChainClock, files};
use etm_wallet::output::Output;
use std::{env, fs, io, net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tokio::net::TcpListener;

/// How often the state of the node is told to systemd.
const STATUS: Duration = Duration::from_secs(10);
/// How often it stands in the log.
const LOGGED: u32 = 30;

/// Runs the node until it is told to stop or ends by itself.
///
/// # Errors
/// [`Failure`] if it can't start or can't go on.
pub fn run(options: &NodeArgs, output: &Output) -> Result<(), Failure> {
    let Place { folder, settings } = options.place()?;
    // Before anything that the one which runs has taken, too, is found to be taken.
    if home::runs(&folder) == Some(true) {
        return Err(Failure::Failed(format!(
            "{}: a node runs in this folder already (`etm node status` tells of it); another one needs a folder and keys of its own",
            folder.display()
        )));
    }
    files::raise_limit();
    let _log = log::set_up(
        &settings.log.filter,
        settings.log.json,
        settings.log.file.as_deref(),
    )?;
    let file = folder.join(GENESIS_FILE);
    if !file.exists() {
        return Err(Failure::Input(format!(
            "{} is not there: put the genesis of the chain back (`etm node init --genesis URL` in another folder fetches it from any node)",
            file.display()
        )));
    }
    let genesis = genesis::read_for(&file, &folder.join(CHAIN))?;
    source::check(&genesis, settings.chain_id, &file.display().to_string())?;
    warn_of_few_files(&genesis);
    let secrets = if secrets::are_used(&settings)? {
        Some(secrets::load(&settings, output)?)
    } else {
        tracing::info!(
            "{} is not there: the node works for no miner, and follows",
            settings.key_file.display()
        );
        None
    };
    let genesis = Arc::new(genesis);
    if settings.sync == Sync::Snapshot {
        let (upstreams, checkpoint) = (&settings.upstreams, settings.checkpoint);
        let kept = snapshot::Kept {
            blocks: settings.blocks,
            history: settings.history,
        };
        snapshot::follow(&folder, &genesis, kept, upstreams, checkpoint)?;
    }
    let runtime = runtime()?;
    let notify = Notify::from_environment();
    // Before the node takes a journal up: a port that is taken is the commonest mistake.
    let listeners = runtime.block_on(listeners(&settings))?;
    let config = service::Config {
        retention: settings.blocks,
        history: settings.history,
        pool: settings.pool,
        threads: settings.threads,
        private_addresses: settings.private_addresses,
        upstreams: settings.upstreams.clone(),
        ..service::Config::new(
            genesis,
            secrets,
            settings.listen,
            folder.clone(),
            ChainClock::default(),
        )
    };
    let service = service::start(config, runtime.handle())?;
    // From here on the folder is this node's.
    snapshot::clear(&folder);
    for (listener, parts) in listeners {
        service.serve_parts(listener, parts, runtime.handle());
    }
    announce(&settings, &service, &folder);
    notify.ready();
    let result = runtime.block_on(async {
        tokio::select! {
            result = stop_signal() => result,
            reason = service.node().wait() => Err(Failure::Failed(format!("the node has ended: {reason}"))),
            () = report(&notify, &service) => Ok(()),
        }
    });
    notify.stopping();
    tracing::info!("stopping");
    service.stop();
    runtime.shutdown_timeout(Duration::from_secs(2));
    result
}

/// Says so where a chain that grows may need more files than this process may open.
fn warn_of_few_files(genesis: &Genesis) {
    let needed = files::needed_alone(&genesis.chain().params.mechanism);
    if let Some(limit) = files::limit().filter(|limit| *limit < needed) {
        tracing::warn!(
            "this node may come to open {needed} files, and the limit is {limit}: raise it (`ulimit -n {needed}`, `LimitNOFILE=` of systemd)"
        );
    }
}

async fn listeners(settings: &Settings) -> Result<Vec<(TcpListener, Parts)>, Failure> {
    async fn bind(name: &str, address: SocketAddr) -> Result<TcpListener, Failure> {
        TcpListener::bind(address).await.map_err(|error| {
            let advice = match error.kind() {
                io::ErrorKind::AddrInUse => {
                    format!("; another program listens there, choose another --{name}")
                }
                io::ErrorKind::AddrNotAvailable => {
                    format!(
                        "; --{name} must be an address of this machine, or 0.0.0.0 or [::] for all"
                    )
                }
                _ => String::new(),
            };
            Failure::Failed(format!(
                "{name}: can't listen on {address}: {error}{advice}"
            ))
        })
    }
    let mut listeners = Vec::new();
    if let Some(address) = settings.api {
        let parts = match settings.metrics {
            Metrics::Api => Parts::All,
            Metrics::At(_) | Metrics::Off => Parts::WithoutMetrics,
        };
        listeners.push((bind("api", address).await?, parts));
    }
    if let Metrics::At(address) = settings.metrics {
        listeners.push((bind("metrics", address).await?, Parts::Watching));
    }
    Ok(listeners)
}

fn announce(settings: &Settings, service: &Service, folder: &Path) {
    let node = service.node();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        chain = %node.genesis().chain().id,
        node_key = node.node_key().map(|key| key.to_string()),
        listen = %settings.listen,
        api = settings.api.map(|api| api.to_string()),
        data = %fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()).display(),
        height = node.tip().height.0,
        "the node runs"
    );
}

/// Tells systemd that the node lives and what it does, and the log now and then. Never ends.
async fn report(notify: &Notify, service: &Service) {
    let alive = async {
        match notify.period() {
            Some(period) => loop {
                notify.alive();
                tokio::time::sleep(period).await;
            },
            None => std::future::pending().await,
        }
    };
    let status = async {
        let mut count = 0_u32;
        loop {
            let node = service.node();
            let tip = node.tip();
            let peers = node.peers();
            let connected = peers.iter().filter(|peer| peer.connected).count();
            let (known, height) = (peers.len(), tip.height);
            notify.status(&format!(
                "block {height}, {connected} of {known} peers connected"
            ));
            if count.is_multiple_of(LOGGED) {
                tracing::info!(height = height.0, connected, known, "going on");
            }
            count = count.wrapping_add(1);
            tokio::time::sleep(STATUS).await;
        }
    };
    tokio::join!(alive, status);
}
