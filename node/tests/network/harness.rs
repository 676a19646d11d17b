//! Whole networks in the deterministic runtime, started by the production start function.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use commonware_cryptography::ed25519::PublicKey;
use commonware_glue::simulate::{
    engine::{EngineDefinition, InitContext},
    processed::ProcessedHeight,
    reporter::MonitorReporter,
    tracker::FinalizationUpdate,
};
use commonware_p2p::{Blocker, Receiver, Sender};
use commonware_runtime::{
    Clock as _, Handle, Quota, Spawner as _, Storage as _, Supervisor as _, deterministic::Context,
};
use commonware_utils::channel::mpsc;
use etm_execution::{ChainParams, Draft, DraftMiner, DraftPosition, Genesis};
use etm_mechanism::{Params, TimeGain};
use etm_node::{
    engine::{
        self, CHANNELS, Config, Engine, Network, Retention, orchestrator::Timeouts,
        silence::Silence, tip::Tip, types::public_key,
    },
    guard::Faults,
    pool::Pool,
    runtime::Layered,
    snapshot::{SnapshotFile, restore_in},
    upstream::{Standing, Upstreams},
};
use etm_types::{Beacon, DialAddress, Height, MinerId, MinerName, MinerSecrets, SecretKey, Units};

use crate::{
    followers::{self, Conduct, Served, TestUpstream},
    histories::{self, Histories},
    machine::{Fate, Machine},
    reference::{self, Reference},
    snapshots::{self, Joins},
    tracker::LocalTracker,
    twins::{self, Drops, Proposals},
    users::{VOTERS, address, traffic, voter},
};

pub const SLOT_MS: u64 = 200;

/// A network to be simulated.
#[derive(Clone)]
pub struct TestNetwork {
    pub secrets: Arc<Vec<MinerSecrets>>,
    pub genesis: Arc<Genesis>,
    pub reference: Arc<Mutex<Reference>>,
    /// Whether users send transactions.
    pub traffic: bool,
    /// Nodes that nobody follows.
    pub unfollowed: Vec<usize>,
    /// Real histories that follow all others, if there are any.
    pub histories: Option<Histories>,
    /// A node that runs twice.
    pub twin: Option<usize>,
    /// What the twins proposed.
    pub proposals: Proposals,
    /// What happens to the machines of some nodes.
    pub fates: BTreeMap<usize, Fate>,
    /// Who of the nodes gets the blocks of a node that withholds them from the others.
    pub withheld: BTreeMap<usize, Vec<usize>>,
    /// A node whose votes to finalize and finalizations of round 0 are lost until then.
    pub unheard: Option<(usize, Duration)>,
    /// A node that has lost some of its partitions whenever it is started again.
    pub loses: Option<(usize, &'static [&'static str])>,
    /// A node that is started with an empty disk each time, and how often it was.
    pub wiped: Option<(usize, Arc<AtomicUsize>)>,
    /// Whether the node whose disk is empty takes a snapshot whenever it is started again.
    pub joins: Option<Joins>,
    /// What nodes give to those who follow them.
    pub served: Served,
    /// Nodes without keys, beside the miners: whom each follows.
    pub followers: Vec<Vec<(usize, Conduct)>>,
    /// Miners talk with those they track only, follow others where the network has no place for them, and it has places for so many candidates.
    pub places: Option<usize>,
}

fn owner(index: u8) -> SecretKey {
    let mut seed = [100 + index % 50; 32];
    seed[0] += index / 50;
    SecretKey::from_seed(seed)
}

impl TestNetwork {
    pub fn new(candidates: u8, committee: u32, blocks_per_round: u32) -> Self {
        let secrets: Vec<MinerSecrets> = (0..candidates)
            .map(|index| MinerSecrets::from_seed([index + 1; 32]))
            .collect();
        let params = ChainParams {
            mechanism: Params {
                committee,
                blocks_per_round,
                min_committee: committee.min(4),
                day_seconds: 5,
                ..ChainParams::devnet().mechanism
            },
            slot_ms: SLOT_MS,
            ..ChainParams::devnet()
        };
        let mut draft = Draft::new("etm-test", params, 0, Beacon([3; 32]));
        for (index, secrets) in secrets.iter().enumerate() {
            let index = u8::try_from(index).unwrap();
            let owner = address(&owner(index));
            draft.accounts.insert(owner, Units(100 * Units::ETM.0));
            draft.positions.insert(
                owner,
                DraftPosition {
                    locked: Units((1000 + 100 * u64::from(index)) * Units::ETM.0),
                    time_gain: TimeGain::new(3).unwrap(),
                    miner: Some(MinerId(index.into())),
                },
            );
            draft.miners.push(DraftMiner {
                owner,
                name: MinerName::new(&format!("miner{index}")).unwrap(),
                keys: secrets.prove(&owner),
                dial: DialAddress::new(format!("127.0.0.1:{}", 10_000 + u16::from(index))).unwrap(),
                contact: None,
            });
        }
        for index in 0..VOTERS {
            draft
                .accounts
                .insert(address(&voter(index)), Units(5_000 * Units::ETM.0));
        }
        Self::from_draft(Arc::new(secrets), draft)
    }

    fn from_draft(secrets: Arc<Vec<MinerSecrets>>, draft: Draft) -> Self {
        let genesis = Arc::new(Genesis::new(draft).unwrap());
        let reference = Reference::new(genesis.clone());
        Self {
            secrets,
            genesis,
            reference: Arc::new(Mutex::new(reference)),
            traffic: true,
            unfollowed: Vec::new(),
            histories: None,
            twin: None,
            proposals: Proposals::default(),
            fates: BTreeMap::new(),
            withheld: BTreeMap::new(),
            unheard: None,
            loses: None,
            wiped: None,
            joins: None,
            served: Served::default(),
            followers: Vec::new(),
            places: None,
        }
    }

    /// The same with another `READY_ROUNDS`.
    pub fn ready_rounds(self, rounds: u64) -> Self {
        let mut draft = self.genesis.draft().clone();
        draft.params.ready_rounds = rounds;
        Self::from_draft(self.secrets, draft)
    }

    /// The same with slots of `slot_ms`.
    pub fn slot_ms(self, slot_ms: u64) -> Self {
        let mut draft = self.genesis.draft().clone();
        draft.params.slot_ms = slot_ms;
        Self::from_draft(self.secrets, draft)
    }

    /// The same with something that happens to the machine of a node.
    pub fn with_fate(mut self, index: usize, fate: Fate) -> Self {
        self.fates.insert(index, fate);
        self
    }

    /// The same with a node that sends its blocks to `heard` only.
    pub fn withholding(mut self, index: usize, heard: &[usize]) -> Self {
        self.withheld.insert(index, heard.to_vec());
        self
    }

    /// The same with a node without keys that follows others.
    pub fn followed_by(mut self, upstreams: &[(usize, Conduct)]) -> Self {
        self.followers.push(upstreams.to_vec());
        self
    }

    /// The same with places for so many candidates.
    pub fn with_places(mut self, places: usize) -> Self {
        self.places = Some(places);
        self
    }

    /// Whom a node follows.
    fn upstreams(&self, context: &Context, index: usize) -> Upstreams {
        let miners = self.secrets.len();
        let upstreams = match index.checked_sub(miners) {
            Some(follower) => self.followers[follower].clone(),
            None if self.places.is_some() => [1, 5, 9]
                .map(|step| ((index + step) % miners, Conduct::Honest))
                .to_vec(),
            None => Vec::new(),
        };
        upstreams
            .into_iter()
            .map(|(node, conduct)| {
                TestUpstream::start(context, node, conduct, &self.served, &self.genesis)
            })
            .collect()
    }

    /// The same with a node that equivocates.
    pub fn with_twin(mut self, index: usize) -> Self {
        self.twin = Some(index);
        self
    }

    /// Slots in which the twins proposed different blocks.
    pub fn equivocations(&self) -> usize {
        let proposals = self.proposals.lock().unwrap();
        proposals.values().filter(|blocks| blocks.len() > 1).count()
    }

    pub fn reference(&self) -> std::sync::MutexGuard<'_, Reference> {
        self.reference.lock().unwrap()
    }
}

pub struct TestEngine {
    context: Context,
    handles: Vec<Handle<()>>,
}

#[derive(Clone)]
pub struct TestState {
    pub index: usize,
    tip: Tip,
    pub reference: Arc<Mutex<Reference>>,
    pub storage: Arc<Context>,
    pub silence: Silence,
    pub standing: Standing,
}

impl TestState {
    /// The height the node itself is at.
    pub fn tip(&self) -> Height {
        self.tip.get().height
    }

    /// The height the reference saw of the node.
    pub fn height(&self) -> Height {
        let reference = self.reference.lock().unwrap();
        reference
            .heights
            .get(&self.index)
            .copied()
            .unwrap_or_default()
    }
}

impl ProcessedHeight for TestState {
    async fn processed_height(&self) -> u64 {
        self.height().0
    }
}

impl TestNetwork {
    /// What of a node is lost on the channels of votes and certificates.
    fn drops(&self, context: &Context, index: usize) -> Option<Drops> {
        let (_, until) = self.unheard.filter(|(unheard, _)| *unheard == index)?;
        let context = context.child("drops");
        // The muxer puts the round in front; then comes the kind of a vote or a certificate.
        Some(Arc::new(move |message: &[u8]| {
            message.starts_with(&[0, 2]) && context.current() < SystemTime::UNIX_EPOCH + until
        }))
    }

    /// How often a node was started whose disk is empty each time.
    fn starts_of_wiped(&self, index: usize) -> Option<&AtomicUsize> {
        let (wiped, starts) = self.wiped.as_ref()?;
        (*wiped == index).then_some(starts)
    }

    fn fate(&self, index: usize) -> Fate {
        self.fates.get(&index).cloned().unwrap_or_default()
    }

    /// What node `index` is started with; `witness` names it to the reference and on disk.
    fn config<B>(
        &self,
        context: &Context,
        index: usize,
        witness: usize,
        blocker: B,
    ) -> Config<B, LocalTracker> {
        let chain = self.genesis.chain().clone();
        Config {
            me: self.participants()[index].clone(),
            secrets: self.secrets.get(index).cloned(),
            genesis: self.genesis.clone(),
            clock: self.fate(index).clock(),
            prefix: self.prefix(index, witness),
            blocker,
            tracker: LocalTracker::default(),
            timeouts: Timeouts::of_slot(self.genesis.chain().params.slot_ms),
            retention: Retention::All,
            lazy_percent: 0,
            pool: Arc::new(Pool::new(chain, etm_mempool::Limits::default())),
            faults: Faults::new(Path::new("node")),
            places: self.places.unwrap_or(engine::peers::secondary_peers(
                self.genesis.chain().params.mechanism.committee,
            )),
            upstreams: self.upstreams(context, index),
        }
    }
}

/// What a node has of its own.
struct Own {
    context: Context,
    machine: Machine,
    monitor: mpsc::UnboundedSender<FinalizationUpdate<PublicKey>>,
    /// Its name to the reference.
    witness: usize,
}

impl TestNetwork {
    /// Starts a node, which is followed.
    async fn launch<B, S, R>(
        &self,
        own: Own,
        config: Config<B, LocalTracker>,
        channels: Vec<(S, R)>,
    ) -> Engine
    where
        B: Blocker<PublicKey = PublicKey>,
        S: Sender<PublicKey = PublicKey>,
        R: Receiver<PublicKey = PublicKey>,
    {
        let key = config.me.clone();
        let engine = engine::start(
            Layered::new(own.context.child("node"), own.machine),
            config,
            network(channels),
            |reporter| MonitorReporter::<PublicKey, _>::new(key, own.monitor, reporter),
        )
        .await
        .unwrap();
        self.follow(&own.context, &engine, own.witness);
        engine
    }

    /// Fills the empty disk of a node with a snapshot of another.
    async fn join(&self, context: &Context, index: usize, joins: &Joins) {
        let bytes = snapshots::take(&self.served, joins.from, &self.genesis).await;
        joins.taken.lock().unwrap().push(bytes.clone());
        let input = std::io::Cursor::new(bytes);
        let snapshot = SnapshotFile::read(input, Path::new("snapshot"), &self.genesis, None);
        let (restores, prefix) = (context.child("restore"), self.prefix(index, index));
        let restored = restore_in(
            &restores,
            &self.genesis,
            &prefix,
            Retention::All,
            snapshot.unwrap(),
            None,
            Box::new(|_| {}),
        );
        let height = restored.await.unwrap().height;
        self.reference().heights.insert(index, height);
    }

    /// How the names of all begin that a node keeps.
    fn prefix(&self, index: usize, witness: usize) -> String {
        match self.starts_of_wiped(index) {
            Some(starts) => format!("node-{witness}-disk-{}", starts.load(Ordering::Relaxed)),
            None => format!("node-{witness}"),
        }
    }

    /// Lets the reference, and a history if there are any, follow a node.
    fn follow(&self, context: &Context, engine: &Engine, witness: usize) {
        if self.unfollowed.contains(&witness) {
            return;
        }
        if self.places.is_some() || !self.followers.is_empty() || self.joins.is_some() {
            let gives = (engine.feed.clone(), engine.desk.clone());
            followers::serve(context, &self.served, &self.genesis, witness, gives);
        }
        let (feed, reference) = (engine.feed.clone(), self.reference.clone());
        context
            .child("witness")
            .spawn(move |context| reference::follow(context, feed, witness, reference));
        if let Some(histories) = &self.histories {
            let history = histories.open(&self.genesis, &engine.genesis, witness);
            let feed = engine.feed.clone();
            context
                .child("history")
                .spawn(move |context| histories::follow(context, feed, witness, history));
        }
    }
}

fn network<S, R>(channels: Vec<(S, R)>) -> Network<S, R> {
    let mut channels = channels.into_iter();
    let mut channel = || channels.next().unwrap();
    Network {
        votes: channel(),
        certificates: channel(),
        resolver: channel(),
        backfill: channel(),
        broadcast: channel(),
        transactions: channel(),
    }
}

impl EngineDefinition for TestNetwork {
    type PublicKey = PublicKey;
    type Engine = TestEngine;
    type State = TestState;

    fn participants(&self) -> Vec<PublicKey> {
        let miners = self.secrets.iter().map(|secrets| secrets.node.node_key());
        let followers = (0..self.followers.len())
            .map(|index| SecretKey::from_seed([80 + index as u8; 32]).node_key());
        miners
            .chain(followers)
            .map(|key| public_key(&key.0).unwrap())
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
        if let Some((_, lost)) = self.loses.filter(|(loses, _)| *loses == index) {
            for partition in lost {
                // At its first start there is nothing to lose.
                let partition = format!("node-{index}-{partition}");
                let _ = context.remove(&partition, None).await;
            }
        }
        if let Some(starts) = self.starts_of_wiped(index) {
            let before = starts.fetch_add(1, Ordering::Relaxed);
            if let Some(joins) = self.joins.as_ref().filter(|_| before > 0) {
                self.join(&context, index, joins).await;
            }
        }
        let machine = Machine::new(context.child("machine"), &self.fate(index));
        let control = || oracle.control(public_key.clone());
        let config = self.config(&context, index, index, control());
        let own = Own {
            context: context.child("engine"),
            machine: machine.clone(),
            monitor: monitor.clone(),
            witness: index,
        };
        let (engine, twin) = if self.twin == Some(index) {
            let others: Vec<PublicKey> = self
                .participants()
                .into_iter()
                .filter(|other| other != public_key)
                .collect();
            let (left, right) = others.split_at(others.len() / 2);
            let halves = [left.to_vec(), right.to_vec()];
            let (mut first, mut second) = (Vec::new(), Vec::new());
            for (position, channel) in channels.into_iter().enumerate() {
                let proposals = (position == 4).then_some(&self.proposals);
                let [one, other] = twins::split(&context, channel, &halves, proposals);
                first.push(one);
                second.push(other);
            }
            // Its pool holds other transactions, so its blocks differ.
            let twin = Own {
                context: context.child("twin"),
                machine,
                monitor,
                witness: index + 100,
            };
            let others = self.config(&context, index, index + 100, control());
            let one = self.launch(own, config, first).await;
            (one, Some(self.launch(twin, others, second).await))
        } else if self.withheld.contains_key(&index) || self.unheard.is_some() {
            let all = self.participants();
            let heard: Vec<PublicKey> = match self.withheld.get(&index) {
                Some(heard) => heard.iter().map(|index| all[*index].clone()).collect(),
                None => all.clone(),
            };
            let drops = self.drops(&context, index);
            let channels = channels.into_iter().enumerate();
            let channels = channels.map(|(position, (sender, receiver))| {
                let heard = if position == 4 { &heard } else { &all };
                let drops = drops.clone().filter(|_| position < 2);
                let sender = twins::HalfSender::only(sender, heard.clone(), drops);
                (sender, receiver)
            });
            let channels = channels.collect();
            (self.launch(own, config, channels).await, None)
        } else if self.places.is_some() || index >= self.secrets.len() {
            let channels = channels.into_iter();
            let channels = channels
                .map(|channel| twins::gate(&context, channel, config.tracker.clone()))
                .collect();
            (self.launch(own, config, channels).await, None)
        } else {
            (self.launch(own, config, channels).await, None)
        };
        let Engine {
            desk,
            tip,
            silence,
            standing,
            mut handles,
            ..
        } = engine;
        handles.extend(twin.into_iter().flat_map(|twin| twin.handles));
        // The last user is one of the first follower, if there is one.
        let user = match index == self.secrets.len() {
            true => VOTERS - 1,
            false if index + 1 == usize::from(VOTERS) && !self.followers.is_empty() => VOTERS,
            false => u8::try_from(index).unwrap_or(VOTERS),
        };
        if self.traffic && user < VOTERS {
            let genesis = self.genesis.clone();
            let miners = u32::try_from(self.secrets.len()).unwrap();
            context
                .child("traffic")
                .spawn(move |context| traffic(context, desk, genesis, user, miners));
        }
        let storage = Arc::new(context.child("inspection"));
        (
            TestEngine { context, handles },
            TestState {
                index,
                tip,
                reference: self.reference.clone(),
                storage,
                silence,
                standing,
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
