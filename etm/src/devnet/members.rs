//! The nodes of a running devnet: threads of this process, or processes of their own.

use crate::{
    devnet::{
        data::{Data, miner_name},
        options::{LAZY_PERCENT, Options},
        people,
        processes::Processes,
    },
    failure::Failure,
    service::{self, Service},
};
use etm_node::{
    engine::clock::ChainClock,
    files::{self, Shares},
};
use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
};
use tokio::runtime::Handle;

/// The nodes.
pub enum Members {
    /// In this process.
    Here(Vec<(String, Service)>),
    /// A process each.
    Apart(Processes),
}

impl Members {
    /// Starts all nodes in this process, sharing one clock.
    ///
    /// # Errors
    /// [`Failure`] of the first node that can't be started; then none runs.
    pub fn in_this_process(
        data: &Data,
        options: &Options,
        listeners: Vec<(TcpListener, SocketAddr)>,
        runtime: &Handle,
    ) -> Result<Self, Failure> {
        let clock = ChainClock::default();
        data.travel().recall(&clock);
        let nodes = u64::try_from(data.sites.len()).unwrap_or(u64::MAX);
        let blocks_per_round = data.genesis.chain().params.mechanism.blocks_per_round;
        let shares = Shares::new(files::limit(), nodes, nodes, blocks_per_round);
        let results: Vec<Result<(String, Service), Failure>> = std::thread::scope(|scope| {
            let starting: Vec<_> = data
                .sites
                .iter()
                .map(|site| {
                    let config = service::Config {
                        lazy_percent: if data.lazy == Some(site.number) {
                            LAZY_PERCENT
                        } else {
                            0
                        },
                        faucet: Some(people::faucet().key()),
                        travel: Some(data.travel()),
                        retention: options.keep,
                        history: options.history,
                        shares,
                        ..service::Config::new(
                            Arc::clone(&data.genesis),
                            site.secrets.clone(),
                            site.dial,
                            data.node(site),
                            clock.clone(),
                        )
                    };
                    let name = miner_name(data, site);
                    scope.spawn(move || {
                        service::start(config, runtime).map(|service| (name, service))
                    })
                })
                .collect();
            let panicked = || Err(Failure::Failed("a node panicked while it started".into()));
            starting
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|_| panicked()))
                .collect()
        });
        let mut services = Vec::new();
        let mut failure = None;
        for result in results {
            match result {
                Ok(service) => services.push(service),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        if let Some(failure) = failure {
            stop_all(&services);
            return Err(failure);
        }
        runtime.spawn(data.travel().follow(clock));
        let _guard = runtime.enter();
        for ((_, service), (listener, address)) in services.iter().zip(listeners) {
            let listener = listener
                .set_nonblocking(true)
                .and_then(|()| tokio::net::TcpListener::from_std(listener))
                .map_err(|error| Failure::Failed(format!("can't listen on {address}: {error}")));
            match listener {
                Ok(listener) => service.serve(listener, runtime),
                Err(failure) => {
                    stop_all(&services);
                    return Err(failure);
                }
            }
        }
        tracing::info!(
            nodes = services.len(),
            fresh = options.fresh,
            "the devnet runs"
        );
        Ok(Self::Here(services))
    }

    /// Starts a process for each node.
    ///
    /// # Errors
    /// [`Failure`] if one can't be started.
    pub fn in_processes(
        data: &Data,
        options: &Options,
        listeners: Vec<(TcpListener, SocketAddr)>,
    ) -> Result<Self, Failure> {
        // The processes take the ports themselves.
        let addresses = listeners.into_iter().map(|(_, address)| address).collect();
        Processes::start(data, options, addresses).map(Self::Apart)
    }

    /// Waits until a node has ended that can't be started again; says which, and why.
    pub async fn ended(&self) -> String {
        match self {
            Self::Here(services) => {
                let waiting = services.iter().map(|(name, service)| {
                    Box::pin(async move {
                        format!(
                            "the node of {name} has ended: {}",
                            service.node().wait().await
                        )
                    })
                });
                futures::future::select_all(waiting).await.0
            }
            Self::Apart(processes) => processes.ended().await,
        }
    }

    /// Stops all nodes and waits for them. Blocks the thread.
    pub fn stop(&self) {
        match self {
            Self::Here(services) => stop_all(services),
            Self::Apart(processes) => processes.stop(),
        }
    }
}

fn stop_all(services: &[(String, Service)]) {
    std::thread::scope(|scope| {
        for (_, service) in services {
            scope.spawn(|| service.stop());
        }
    });
}
