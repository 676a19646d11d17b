//! Whole networks in the deterministic runtime, started by the production start function.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use commonware_consensus::marshal::Update;
use commonware_cryptography::ed25519::PublicKey;
use commonware_glue::simulate::{
    engine::{EngineDefinition, InitContext},
    exit::ExitCondition,
    processed::ProcessedHeight,
    reporter::MonitorReporter,
    tracker::ProgressTracker,
};
use commonware_p2p::{PeerSetSubscription, PeerSetUpdate, Provider, TrackedPeers};
use commonware_runtime::{Handle, Quota, Spawner as _, Supervisor as _, deterministic::Context};
use commonware_utils::{channel::mpsc, ordered::Set};
use etm_node::{
    engine::{
        self, CHANNELS, Config, Network, Retention,
        block::{EngineBlock, public_key},
        clock::ChainClock,
        orchestrator::Timeouts,
        peers::{Peers, Tracker},
        state::Commitment,
    },
    stub::Genesis,
};
use etm_types::{Beacon, ChainId, DialAddress, Hash, Member, MinerId, MinerName, MinerSecrets};

pub const SLOT_MS: u64 = 200;

/// The peers one node tracks. The simulated network connects all; what a node asks whom follows from its own sets.
#[derive(Clone, Debug, Default)]
pub struct LocalTracker(Arc<Mutex<Tracked>>);

#[derive(Debug, Default)]
struct Tracked {
    sets: BTreeMap<u64, TrackedPeers<PublicKey>>,
    subscribers: Vec<mpsc::UnboundedSender<PeerSetUpdate<PublicKey>>>,
}

impl Tracked {
    fn latest(&self) -> Option<PeerSetUpdate<PublicKey>> {
        let (index, latest) = self.sets.last_key_value()?;
        let primary = Set::from_iter_dedup(
            self.sets
                .values()
                .flat_map(|peers| peers.primary.iter().cloned()),
        );
        let secondary = Set::from_iter_dedup(
            self.sets
                .values()
                .flat_map(|peers| peers.secondary.iter().cloned())
                .filter(|peer| primary.position(peer).is_none()),
        );
        Some(PeerSetUpdate {
            index: *index,
            latest: latest.clone(),
            all: TrackedPeers::new(primary, secondary),
        })
    }
}

impl Provider for LocalTracker {
    type PublicKey = PublicKey;

    async fn peer_set(&mut self, id: u64) -> Option<TrackedPeers<PublicKey>> {
        self.0.lock().unwrap().sets.get(&id).cloned()
    }

    async fn subscribe(&mut self) -> PeerSetSubscription<PublicKey> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut tracked = self.0.lock().unwrap();
        if let Some(update) = tracked.latest() {
            let _ = sender.send(update);
        }
        tracked.subscribers.push(sender);
        receiver
    }
}

impl Tracker for LocalTracker {
    fn track(&mut self, id: u64, peers: &Peers) {
        let keys = |peers: &[etm_node::engine::peers::Peer]| {
            Set::from_iter_dedup(peers.iter().map(|peer| peer.key.clone()))
        };
        let mut tracked = self.0.lock().unwrap();
        if tracked.sets.contains_key(&id) {
            return;
        }
        tracked.sets.insert(
            id,
            TrackedPeers::new(keys(&peers.primary), keys(&peers.secondary)),
        );
        while tracked.sets.len() > 4 {
            tracked.sets.pop_first();
        }
        if let Some(update) = tracked.latest() {
            tracked
                .subscribers
                .retain(|subscriber| subscriber.send(update.clone()).is_ok());
        }
    }
}

/// What each node finalized: hash and state by height.
pub type Finalized = Arc<Mutex<BTreeMap<usize, BTreeMap<u64, (Hash, Commitment)>>>>;

/// A network to be simulated.
#[derive(Clone)]
pub struct TestNetwork {
    pub secrets: Arc<Vec<MinerSecrets>>,
    pub genesis: Genesis,
    pub finalized: Finalized,
}

impl TestNetwork {
    pub fn new(candidates: u8, committee: usize, blocks_per_round: u64) -> Self {
        let secrets: Vec<MinerSecrets> = (0..candidates)
            .map(|index| MinerSecrets::from_seed([index + 1; 32]))
            .collect();
        let members = secrets
            .iter()
            .enumerate()
            .map(|(index, secrets)| Member {
                miner: MinerId(index as u32),
                node: secrets.node.node_key(),
                bls: secrets.bls.public_key(),
                dial: DialAddress::new(&format!("127.0.0.1:{}", 10_000 + index)).unwrap(),
                name: MinerName::new(&format!("miner{index}")).unwrap(),
            })
            .collect();
        Self {
            secrets: Arc::new(secrets),
            genesis: Genesis {
                chain: ChainId([9; 32]),
                timestamp_ms: 0,
                beacon: Beacon([3; 32]),
                slot_ms: SLOT_MS,
                blocks_per_round,
                committee,
                candidates: members,
            },
            finalized: Arc::default(),
        }
    }

    /// All heights on which all nodes that finalized them must agree.
    pub fn check_agreement(&self) -> Result<(), String> {
        let finalized = self.finalized.lock().unwrap();
        let mut agreed: BTreeMap<u64, (usize, (Hash, Commitment))> = BTreeMap::new();
        for (node, heights) in finalized.iter() {
            for (height, found) in heights {
                let (first, expected) = agreed.entry(*height).or_insert((*node, *found));
                if expected != found {
                    return Err(format!(
                        "nodes {first} and {node} disagree at height {height}"
                    ));
                }
            }
        }
        Ok(())
    }
}

pub struct TestEngine {
    context: Context,
    handles: Vec<Handle<()>>,
}

#[derive(Clone)]
pub struct TestState {
    pub index: usize,
    finalized: Finalized,
}

impl TestState {
    pub fn height(&self) -> u64 {
        self.finalized
            .lock()
            .unwrap()
            .get(&self.index)
            .and_then(|heights| heights.last_key_value().map(|(height, _)| *height))
            .unwrap_or(0)
    }
}

impl ProcessedHeight for TestState {
    async fn processed_height(&self) -> u64 {
        self.height()
    }
}

impl EngineDefinition for TestNetwork {
    type PublicKey = PublicKey;
    type Engine = TestEngine;
    type State = TestState;

    fn participants(&self) -> Vec<PublicKey> {
        self.secrets
            .iter()
            .map(|secrets| public_key(&secrets.node.node_key().0).unwrap())
            .collect()
    }

    fn channels(&self) -> Vec<(u64, Quota)> {
        CHANNELS.to_vec()
    }

    fn max_message_size(&self) -> u32 {
        engine::max_engine_message_size()
    }

    async fn init(&self, init: InitContext<'_, PublicKey>) -> (TestEngine, TestState) {
        let InitContext {
            context,
            index,
            public_key,
            oracle,
            channels,
            monitor,
            ..
        } = init;
        let mut channels = channels.into_iter();
        let mut channel = || channels.next().unwrap();
        let network = Network {
            votes: channel(),
            certificates: channel(),
            resolver: channel(),
            backfill: channel(),
            broadcast: channel(),
        };
        let finalized = self.finalized.clone();
        let observer = Arc::new(move |height, hash, commitment| {
            finalized
                .lock()
                .unwrap()
                .entry(index)
                .or_default()
                .insert(height, (hash, commitment));
        });
        let config = Config {
            me: public_key.clone(),
            secret: Some(engine::private_key(&self.secrets[index].bls).unwrap()),
            genesis: self.genesis.clone(),
            clock: ChainClock::default(),
            prefix: format!("node-{index}"),
            blocker: oracle.control(public_key.clone()),
            tracker: LocalTracker::default(),
            timeouts: Timeouts::of_slot(SLOT_MS),
            retention: Retention::All,
            observer,
        };
        let key = public_key.clone();
        let engine = engine::start(context.child("engine"), config, network, |reporter| {
            MonitorReporter::<PublicKey, _>::new(key, monitor, reporter)
        })
        .await
        .unwrap();
        (
            TestEngine {
                context,
                handles: engine.handles,
            },
            TestState {
                index,
                finalized: self.finalized.clone(),
            },
        )
    }

    fn start(engine: TestEngine) -> Handle<()> {
        engine.context.spawn(move |_| async move {
            let (result, index, _) = futures::future::select_all(engine.handles).await;
            panic!("task {index} of a node ended: {result:?}");
        })
    }
}

const _: fn(Update<EngineBlock>) = drop;

/// Ends a simulation once `nodes` nodes have reached a height.
#[derive(Clone)]
pub struct Reached {
    pub height: u64,
    pub nodes: usize,
}

impl ExitCondition<PublicKey, TestState> for Reached {
    fn name(&self) -> &str {
        "reached"
    }

    fn requires_polling(&self) -> bool {
        true
    }

    fn reached<'a>(
        &'a self,
        _: &'a ProgressTracker<PublicKey>,
        states: &'a [&'a TestState],
        _: usize,
    ) -> Pin<Box<dyn Future<Output = Result<bool, String>> + Send + 'a>> {
        Box::pin(async move {
            let there = states
                .iter()
                .filter(|state| state.height() >= self.height)
                .count();
            Ok(there >= self.nodes)
        })
    }
}

pub const MINUTES: Duration = Duration::from_secs(60);
