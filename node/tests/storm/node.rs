//! One node of a run: the production engine, and what is around it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::simulated::{self, Oracle};
use commonware_runtime::{Clock, Handle, Spawner as _, Supervisor as _, deterministic::Context};
use commonware_utils::channel::{mpsc, oneshot};
use etm_node::{
    engine::{
        self, CHANNELS, Config, Engine, Network, Retention, clock::ChainClock, duties::Desk,
        orchestrator::Timeouts,
    },
    feed::{Feed, FeedError},
    guard::{Faults, Guard},
    pool::Pool,
    pool::SubmitError,
    runtime::Layered,
};
use etm_types::{Height, Transaction};

use crate::{
    dice::Dice,
    disk::FailingDisk,
    judge::{Judge, Told},
    plan::Conduct,
    puppet::{Ear, Mouth, ears, hold},
    tracker::LocalTracker,
    world::{START_MS, World},
};

/// A transaction for a node, and where it answers whether it took it.
pub type Order = (Transaction, oneshot::Sender<Result<(), SubmitError>>);

/// A node, or one life of it.
pub struct Node {
    handle: Handle<()>,
    /// Where it takes transactions.
    pub door: mpsc::UnboundedSender<Order>,
    pub disk: FailingDisk,
}

impl Node {
    pub fn kill(self) {
        self.handle.abort();
    }
}

/// How long a follower that fails waits before it asks again.
const PAUSE: Duration = Duration::from_millis(100);

/// Hands a node's blocks to the judge, from where the judge last heard of it, unless it `fails` at that just now.
async fn witness(
    context: Machine,
    feed: Feed,
    node: usize,
    judge: Arc<Judge>,
    fails: Arc<AtomicBool>,
) {
    loop {
        let known = judge.case().heights.get(&node).copied();
        let height = known.unwrap_or(Height(0)).next();
        feed.wait(height).await;
        if fails.load(Ordering::Relaxed) {
            context.sleep(PAUSE).await;
            continue;
        }
        match feed.get(height).await {
            Ok(block) => judge.hear(
                node,
                &Told {
                    now_ms: milliseconds(&context),
                    block: &block.block,
                    hash: block.hash,
                    certificate: &block.certificate,
                    receipts: &block.outcome.receipts,
                    report: block.outcome.report.as_ref(),
                },
            ),
            Err(FeedError::Closed) => return,
            // A node that crashed is behind what its follower knows of it, until it has caught up; it may have to ask for
            // the certificate of a round's end.
            Err(FeedError::Ahead(_) | FeedError::Gone(_) | FeedError::Uncertified(_)) => {
                context.sleep(PAUSE).await;
            }
            Err(error) => return judge.report(format!("node {node}: block {height}: {error}")),
        }
    }
}

/// Milliseconds since 1970 by the clock of the run.
pub fn milliseconds(context: &impl Clock) -> u64 {
    let now = context.current().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(now.as_millis()).unwrap()
}

/// The runtime of a node: its disk may fail, and the node is watched as in production.
type Machine = Layered<Layered<Context, FailingDisk>, Guard>;

/// What a node is started with.
#[derive(Clone)]
pub struct Start {
    pub world: World,
    pub index: usize,
    pub judge: Arc<Judge>,
    /// Whether its consumer fails.
    pub fails: Arc<AtomicBool>,
    pub oracle: Oracle<PublicKey, Context>,
    pub disk: FailingDisk,
    pub faults: Faults,
}

/// Starts a node. When its disk fails it ends, and says which file it was.
pub fn start(context: Context, start: Start) -> Node {
    let (door, orders) = mpsc::unbounded_channel();
    let disk = start.disk.clone();
    let outside = context.child("outside");
    let machine = Layered::new(
        Layered::new(context, disk.clone()),
        Guard::new(start.faults.clone()),
    );
    let handle = machine.spawn(move |context| async move {
        let (index, judge) = (start.index, start.judge.clone());
        let (disk, faults) = (start.disk.clone(), start.faults.clone());
        let reason = run(outside, context, start, orders).await;
        let reason = faults.cause(Some(&reason)).unwrap_or(reason);
        if !disk.has_failed() {
            judge.report(format!("node {index} ended: {reason}"));
        } else if !reason.contains("home/node-") {
            judge.report(format!("node {index}, whose disk failed, says: {reason}"));
        }
    });
    Node { handle, door, disk }
}

async fn run(
    outside: Context,
    context: Machine,
    start: Start,
    orders: mpsc::UnboundedReceiver<Order>,
) -> String {
    let me = start.world.keys[start.index].clone();
    let control = start.oracle.control(me.clone());
    let (mut wires, mut receivers) = (Vec::new(), Vec::new());
    for (channel, quota) in CHANNELS {
        let Ok((wire, receiver)) = control.register(channel, quota).await else {
            return "the network is closed".into();
        };
        wires.push(wire);
        receivers.push(receiver);
    }
    let conduct = start.world.plan.conduct(start.index);
    let mut handles = Vec::new();
    if conduct == Some(Conduct::Twin) {
        let dice = Dice::new(start.world.plan.seed).fork(100 + start.index as u64);
        let others = start.others();
        let (left, right) = others.split_at(others.len() / 2);
        let [mut one, mut two] = [Vec::new(), Vec::new()];
        for receiver in receivers {
            let [first, second] = ears(&outside, receiver);
            one.push(first);
            two.push(second);
        }
        for (twin, (ears, half)) in [(one, left), (two, right)].into_iter().enumerate() {
            let heard = Some(half.to_vec());
            let mouths = hold(
                &outside,
                wires.clone(),
                &others,
                heard,
                Conduct::Twin,
                dice.clone(),
            );
            let name = if twin == 0 { "engine" } else { "twin" };
            match start.engine(context.child(name), twin, mouths, ears).await {
                Ok(engine) => handles.extend(engine.handles),
                Err(reason) => return reason,
            }
        }
    } else {
        let mouths = start.mouths(&outside, conduct, wires);
        let ears = receivers.into_iter().map(|receiver| {
            let [ear] = ears(&outside, receiver);
            ear
        });
        let ears = ears.collect();
        match start.engine(context.child("engine"), 0, mouths, ears).await {
            Ok(engine) => {
                context
                    .child("door")
                    .spawn(move |_| doorkeeper(engine.desk, orders));
                handles.extend(engine.handles);
            }
            Err(reason) => return reason,
        }
    }
    let (result, task, _) = futures::future::select_all(handles).await;
    format!("task {task}: {result:?}")
}

async fn doorkeeper(desk: Desk, mut orders: mpsc::UnboundedReceiver<Order>) {
    while let Some((transaction, answer)) = orders.recv().await {
        let result = desk.submit(transaction).await;
        let _ = answer.send(result.map(drop));
    }
}

impl Start {
    fn others(&self) -> Vec<PublicKey> {
        let mut others = self.world.keys.to_vec();
        others.remove(self.index);
        others
    }

    fn mouths(
        &self,
        context: &Context,
        conduct: Option<Conduct>,
        wires: Vec<simulated::Sender<PublicKey, Context>>,
    ) -> Vec<Mouth> {
        match conduct {
            None | Some(Conduct::Lazy { .. } | Conduct::Lie { .. }) => wires
                .into_iter()
                .map(|wire| Mouth::Free(Box::new(wire)))
                .collect(),
            Some(conduct) => {
                let dice = Dice::new(self.world.plan.seed).fork(100 + self.index as u64);
                hold(context, wires, &self.others(), None, conduct, dice)
            }
        }
    }

    /// The clock of the node.
    fn clock(&self) -> ChainClock {
        let (plan, index) = (self.world.plan.clone(), self.index);
        ChainClock::simulated(move |time| {
            time.saturating_add_signed(plan.clock_error(index, time.saturating_sub(START_MS)))
        })
    }

    async fn engine(
        &self,
        context: Machine,
        twin: usize,
        mouths: Vec<Mouth>,
        ears: Vec<Ear>,
    ) -> Result<Engine, String> {
        let plan = &self.world.plan;
        let me = self.world.keys[self.index].clone();
        // Twins are told apart; what the second one finalizes is held to the same chain.
        let name = self.index + 100 * twin;
        let config = Config {
            me: me.clone(),
            secrets: Some(self.world.secrets[self.index].clone()),
            genesis: self.world.genesis.clone(),
            clock: self.clock(),
            prefix: format!("node-{name}"),
            blocker: self.oracle.control(me),
            tracker: LocalTracker::default(),
            timeouts: Timeouts::of_slot(plan.slot_ms),
            retention: Retention::All,
            lazy_percent: match plan.conduct(self.index) {
                Some(Conduct::Lazy { percent }) => percent,
                _ => 0,
            },
            pool: Arc::new(Pool::new(
                self.world.genesis.chain().clone(),
                etm_mempool::Limits::default(),
            )),
            faults: self.faults.clone(),
            places: engine::peers::secondary_peers(
                self.world.genesis.chain().params.mechanism.committee,
            ),
            upstreams: Vec::new(),
        };
        let mut channels = mouths.into_iter().zip(ears);
        let mut channel = || channels.next().unwrap();
        let network = Network {
            votes: channel(),
            certificates: channel(),
            resolver: channel(),
            backfill: channel(),
            broadcast: channel(),
            transactions: channel(),
        };
        // It is no part of the node, and lives as long.
        let follower = context.child("witness");
        let engine = engine::start(context, config, network, |reporter| reporter)
            .await
            .map_err(|error| error.to_string())?;
        let (feed, judge, fails) = (engine.feed.clone(), self.judge.clone(), self.fails.clone());
        follower.spawn(move |context| witness(context, feed, name, judge, fails));
        Ok(engine)
    }
}
