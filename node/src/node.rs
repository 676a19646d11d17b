//! A node in production: the engine on real sockets and disk, in threads of its own.

mod start;

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use etm_execution::Genesis;
use etm_mempool::Limits;
use etm_types::{Hash, Header, Height, MinerSecrets, NodeKey};
use thiserror::Error;
use tokio::sync::oneshot;
use tracing::error;

use crate::{
    engine::{
        Retention,
        announced::is_possible,
        clock::ChainClock,
        counters::Turn,
        duties::Desk,
        pace::Pace,
        running::RunningSlot,
        silence::{Forgotten, Silence},
        tip::Tip,
        types::node_key,
    },
    feed::Feed,
    folder::FolderError,
    network::{self, KnownPeer, RoundPeers},
    record::RecordError,
    snapshot::Gives,
    upstream::{Standing, Upstreams},
};

pub use crate::certificate::{Certificate, decode_certificate};
pub use start::start;

/// How old what is known of connections may be.
const PEERS_FRESH: Duration = Duration::from_secs(1);

/// Where a node listens that nobody has to find.
const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

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
    /// The clock stands before 1970, where the clock of tasks panics.
    #[error("this machine's clock stands before 1970: set it, and start the node again")]
    Clock,
    /// Its address is taken or not of this machine.
    #[error("can't listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// Nobody gives it blocks.
    #[error(
        "a node without keys follows other nodes: name at least one upstream, or give it a miner's keys"
    )]
    Nobody,
    /// Its directory can't be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
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
    desk: Desk,
    tip: Tip,
    running: RunningSlot,
    pace: Pace,
    silence: Silence,
    peers: RoundPeers,
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
        let (feed, desk) = (self.feed.clone(), self.desk.clone());
        Gives::new(Arc::clone(&self.genesis), feed, desk)
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
    pub const fn desk(&self) -> &Desk {
        &self.desk
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
    pub fn running_slot(&self) -> Turn {
        self.running.get()
    }

    /// By how many milliseconds this machine's clock is ahead of the time the committee agrees on; less than zero if it
    /// is behind, 0 before a block of another member came.
    pub fn clock_ahead_ms(&self) -> i64 {
        self.pace.ahead_ms()
    }

    /// Whether this machine's clock has agreed with the committee's before and was not set since.
    pub fn clock_is_unchanged(&self) -> bool {
        self.pace.is_unchanged()
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

    /// Whether there was time for a block of this height since the newest one that this node knows, by its clock.
    pub fn can_be_at(&self, height: Height) -> bool {
        let slot_ms = self.genesis().chain().params.slot_ms;
        is_possible(height, &self.tip.get(), self.now_ms(), slot_ms)
    }

    /// The peers of the running round. Whether they are connected is looked at once a second at most.
    pub fn peers(&self) -> Vec<KnownPeer> {
        let connected = self.connected();
        self.peers
            .list()
            .into_iter()
            .map(|(peer, dial)| (node_key(&peer), peer, dial))
            .filter(|(key, _, _)| Some(*key) != self.node_key)
            .map(|(key, peer, dial)| {
                let connected = connected.contains(&key);
                KnownPeer {
                    connected,
                    key,
                    dial,
                    announced: connected.then(|| self.desk.announced(&peer)).flatten(),
                }
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
