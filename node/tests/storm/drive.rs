//! Runs a plan.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::{
    Manager as _,
    simulated::{self, Link, Oracle},
};
use commonware_runtime::{
    Clock as _, Spawner as _, Supervisor as _,
    deterministic::{self, Checkpoint, Context, FaultConfig, PartialWriteMode, WriteConfig},
};
use commonware_utils::{NZUsize, Probability, TryCollect as _, ordered::Set, probability};
use etm_node::{
    engine::{self, orchestrator::Timeouts},
    guard::Faults,
};
use etm_types::{Hash, Height, NodeKey};

use crate::{
    dice::Dice,
    disk::FailingDisk,
    judge::Judge,
    node::{self, Node, Start},
    panics,
    plan::{Event, Plan, Trouble, Users},
    users::{self, Crowd, Doors},
    world::{START_MS, World},
};

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub chain: Vec<Hash>,
    /// Digest of every step of the runtime.
    pub state: String,
    /// Slots without a block of their own.
    pub missed: usize,
    /// Of those, charged to honest members while all was calm.
    pub unjust: usize,
    /// Transactions of users that are final, and that expired.
    pub done: usize,
    pub expired: usize,
    /// The most blocks a transaction of theirs waited.
    pub slowest: u64,
    /// The most reads of the state a block took.
    pub reads: usize,
    /// Simulated time, in milliseconds.
    pub lasted: u64,
}

/// Runs a plan; what is wrong, if anything.
pub fn run(plan: &Plan) -> Result<Outcome, String> {
    let plan = plan.clone();
    panics::watch(|| Run::new(plan).run()).unwrap_or_else(|panic| Err(format!("panic: {panic}")))
}

/// Blocks with room for it after which whatever a node took is final, once nothing happens any more and nobody sends anything
/// new. A block has none if it is full of what pays as much.
const PROMPT: usize = 12;

/// A run, with what outlives a power cut.
struct Run {
    world: World,
    judge: Arc<Judge>,
    crowd: Arc<Mutex<Crowd>>,
    /// How often each node was started.
    lives: Vec<u32>,
}

/// How a life of the runtime ended.
enum End {
    /// All is as it should be.
    Done { lasted: u64, unjust: usize },
    /// Power was cut.
    Cut,
}

impl Run {
    fn new(plan: Plan) -> Self {
        let world = World::new(Arc::new(plan));
        Self {
            judge: Arc::new(Judge::new(world.genesis.clone(), world.plan.clocks_hold())),
            crowd: Arc::new(Mutex::new(Crowd::new(&world))),
            lives: vec![0; world.plan.nodes],
            world,
        }
    }

    fn run(mut self) -> Result<Outcome, String> {
        let config = deterministic::Config::new()
            .with_seed(self.world.plan.seed)
            // A node whose disk fails ends by panicking, and the others go on.
            .with_catch_panics(true)
            .with_start_time(UNIX_EPOCH + Duration::from_millis(START_MS));
        let mut runner = deterministic::Runner::new(config);
        let mut cuts: Vec<(u64, FaultConfig)> =
            self.world.plan.events.iter().filter_map(cut).collect();
        cuts.sort_by_key(|(at, _)| *at);
        let mut cuts = cuts.into_iter();
        loop {
            let cut = cuts.next();
            let (end, checkpoint): (Result<End, String>, Checkpoint) =
                runner.start_and_recover(|context| Life::run(&mut self, context, cut));
            match end? {
                End::Cut => runner = checkpoint.into(),
                End::Done { lasted, unjust } => {
                    let crowd = self.crowd.lock().unwrap();
                    let case = self.judge.case();
                    return Ok(Outcome {
                        chain: case.chain.clone(),
                        state: checkpoint.auditor().state(),
                        missed: case.missed.len(),
                        unjust,
                        done: crowd.done,
                        expired: crowd.expired,
                        slowest: crowd.slowest,
                        reads: case.reads,
                        lasted,
                    });
                }
            }
        }
    }
}

/// A power cut, and what it leaves of unsynced writes.
fn cut(event: &Event) -> Option<(u64, FaultConfig)> {
    let Event::PowerCut {
        at,
        keep_percent,
        prefix,
    } = event
    else {
        return None;
    };
    let faults = FaultConfig::default().write(WriteConfig {
        failure_rate: probability!(0.0),
        retention_rate: Probability::new(*keep_percent, 100).unwrap(),
        mode: if *prefix {
            PartialWriteMode::Prefix
        } else {
            PartialWriteMode::Subset
        },
    });
    Some((*at, faults))
}

/// A way from one node to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Way {
    latency: u64,
    jitter: u64,
    loss_percent: u64,
}

impl Way {
    const GOOD: Self = Self {
        latency: 10,
        jitter: 5,
        loss_percent: 0,
    };

    fn link(self) -> Link {
        Link {
            latency: Duration::from_millis(self.latency),
            jitter: Duration::from_millis(self.jitter),
            success_rate: Probability::new(100 - self.loss_percent, 100).unwrap(),
        }
    }
}

impl Plan {
    fn way(&self, now: u64, one: usize, other: usize) -> Way {
        let mut way = Way::GOOD;
        for event in &self.events {
            match event {
                Event::Partition { part, from, until }
                    if (*from..*until).contains(&now)
                        && part.contains(&one) != part.contains(&other) =>
                {
                    way.loss_percent = 100;
                }
                Event::Links {
                    nodes,
                    from,
                    until,
                    latency,
                    jitter,
                    loss_percent,
                } if (*from..*until).contains(&now)
                    && (nodes.contains(&one) || nodes.contains(&other)) =>
                {
                    way.latency = way.latency.max(*latency);
                    way.jitter = way.jitter.max(*jitter);
                    way.loss_percent = way.loss_percent.max(*loss_percent);
                }
                _ => {}
            }
        }
        way
    }

    fn is_down(&self, now: u64, index: usize) -> bool {
        self.events.iter().any(|event| match event {
            Event::Crash { node, at, down } => *node == index && (*at..*at + *down).contains(&now),
            _ => false,
        })
    }

    fn consumer_fails(&self, now: u64, index: usize) -> bool {
        self.events.iter().any(|event| match event {
            Event::Consumer { node, from, until } => {
                *node == index && (*from..*until).contains(&now)
            }
            _ => false,
        })
    }

    /// What is wrong with the disk of a node.
    fn disk_trouble(&self, now: u64, index: usize) -> Option<Trouble> {
        self.events.iter().find_map(|event| match event {
            Event::Disk {
                node,
                from,
                until,
                trouble,
            } if *node == index && (*from..*until).contains(&now) => Some(*trouble),
            _ => None,
        })
    }

    /// When something begins or ends after `now`.
    fn next_change(&self, now: u64) -> Option<u64> {
        let times = self.events.iter().flat_map(|event| {
            let begins = match event {
                Event::Crash { at, .. } | Event::PowerCut { at, .. } => Some(*at),
                Event::Partition { from, .. }
                | Event::Links { from, .. }
                | Event::Consumer { from, .. }
                | Event::Clock { from, .. }
                | Event::Disk { from, .. } => Some(*from),
                Event::Member { .. } | Event::Users { .. } => None,
            };
            [begins, event.over()]
        });
        times.flatten().filter(|time| *time > now).min()
    }

    /// Blocks the network has to make once all is calm.
    pub const fn blocks_after(&self) -> u64 {
        self.round as u64 + 3
    }

    /// How long that may take at most, in milliseconds: far longer than it should, for standing still is for ever.
    fn patience(&self) -> u64 {
        let timeouts = Timeouts::of_slot(self.slot_ms);
        let view = u64::try_from(timeouts.certification.as_millis()).unwrap() + self.slot_ms;
        // Blocks may be full of poison before there is room for others.
        let poison = self.users(Users::Poison) * users::POISON_ACCOUNTS;
        let poison = poison.div_ceil(self.block_transactions as usize) as u64;
        60_000 + 6 * (self.blocks_after() + poison + 10) * view
    }
}

/// From one power cut to the next.
struct Life<'a> {
    run: &'a mut Run,
    context: Context,
    oracle: Oracle<PublicKey, Context>,
    nodes: Vec<Option<Node>>,
    fails: Vec<Arc<AtomicBool>>,
    ways: BTreeMap<(usize, usize), Way>,
    doors: Doors,
}

impl<'a> Life<'a> {
    async fn run(
        run: &'a mut Run,
        context: Context,
        cut: Option<(u64, FaultConfig)>,
    ) -> Result<End, String> {
        let cut_at = cut.as_ref().map(|(at, _)| *at);
        *context.storage_fault_config().write() = cut.map(|(_, faults)| faults).unwrap_or_default();
        let keys = run.world.keys.clone();
        let (network, oracle) = simulated::Network::new(
            context.child("network"),
            simulated::Config {
                max_size: engine::max_engine_message_size(),
                max_peers_per_set: NZUsize!(keys.len()),
                disconnect_on_block: true,
                tracked_peer_sets: NZUsize!(1),
            },
        );
        network.start();
        let peers: Set<PublicKey> = keys.iter().cloned().try_collect().unwrap();
        oracle.manager().track(0, peers);
        let count = keys.len();
        let doors: Doors = Arc::new(Mutex::new(vec![None; count]));
        let every = Duration::from_millis(run.world.plan.slot_ms);
        let (crowd, judge) = (run.crowd.clone(), run.judge.clone());
        let users = doors.clone();
        context
            .child("users")
            .spawn(move |context| users::run(context, crowd, judge, users, every));
        let mut life = Self {
            run,
            context,
            oracle,
            nodes: (0..count).map(|_| None).collect(),
            fails: (0..count).map(|_| Arc::default()).collect(),
            ways: BTreeMap::new(),
            doors,
        };
        life.storm(cut_at).await?;
        if cut_at.is_some() {
            return Ok(End::Cut);
        }
        life.calm().await
    }

    fn plan(&self) -> &Plan {
        &self.run.world.plan
    }

    /// Milliseconds since the start of the run.
    fn now(&self) -> u64 {
        node::milliseconds(&self.context) - START_MS
    }

    fn finding(&self) -> Result<(), String> {
        let finding = self.run.judge.case().finding.clone();
        let panic = panics::first().map(|panic| format!("panic: {panic}"));
        match finding.or(panic) {
            Some(finding) => Err(format!("at {} ms: {finding}", self.now())),
            None => Ok(()),
        }
    }

    /// Waits, and sees whether something is wrong.
    async fn wait_until(&mut self, time: u64) -> Result<(), String> {
        let step = self.plan().slot_ms.max(250);
        while self.now() < time {
            let wait = (time - self.now()).min(step);
            self.context.sleep(Duration::from_millis(wait)).await;
            self.finding()?;
            self.mend();
        }
        Ok(())
    }

    /// Makes everything as it should be at this time, and says which: links take time to change.
    async fn settle(&mut self) -> u64 {
        let now = self.now();
        for one in 0..self.nodes.len() {
            for other in 0..self.nodes.len() {
                let way = self.plan().way(now, one, other);
                if one == other {
                    continue;
                }
                let before = self.ways.insert((one, other), way);
                if before == Some(way) {
                    continue;
                }
                let keys = &self.run.world.keys;
                let (from, to) = (keys[one].clone(), keys[other].clone());
                if before.is_some() {
                    let removed = self.oracle.remove_link(from.clone(), to.clone());
                    removed.await.unwrap();
                }
                self.oracle.add_link(from, to, way.link()).await.unwrap();
            }
        }
        self.mend();
        for index in 0..self.nodes.len() {
            let fails = self.plan().consumer_fails(now, index);
            self.fails[index].store(fails, Ordering::Relaxed);
            match (self.plan().is_down(now, index), self.nodes[index].take()) {
                (true, Some(node)) => {
                    node.kill();
                    self.doors.lock().unwrap()[index] = None;
                }
                (false, None) => self.nodes[index] = Some(self.start(index)),
                (_, node) => self.nodes[index] = node,
            }
        }
        now
    }

    /// Lets disks be as they should be at this time, and starts those nodes again whose disk had failed and does not any
    /// more.
    fn mend(&mut self) {
        let now = self.now();
        for index in 0..self.nodes.len() {
            let trouble = self.plan().disk_trouble(now, index);
            let Some(node) = self.nodes[index].take_if(|node| {
                node.disk.set(trouble);
                node.disk.has_failed()
            }) else {
                continue;
            };
            self.doors.lock().unwrap()[index] = None;
            if trouble.is_some() {
                self.nodes[index] = Some(node);
            } else {
                node.kill();
                self.nodes[index] = Some(self.start(index));
            }
        }
    }

    fn start(&mut self, index: usize) -> Node {
        let life = self.run.lives[index];
        self.run.lives[index] += 1;
        let context = self
            .context
            .child("node")
            .with_attribute("index", index)
            .with_attribute("life", life);
        let dice = Dice::new(self.plan().seed).fork(1_000 * u64::from(life) + index as u64);
        let disk = FailingDisk::new(dice);
        disk.set(self.plan().disk_trouble(self.now(), index));
        let node = node::start(
            context,
            Start {
                world: self.run.world.clone(),
                index,
                judge: self.run.judge.clone(),
                fails: self.fails[index].clone(),
                oracle: self.oracle.clone(),
                disk,
                faults: Faults::new(Path::new("home")),
            },
        );
        if self.plan().is_honest(index) {
            self.doors.lock().unwrap()[index] = Some(node.door.clone());
        }
        node
    }

    /// Lets happen what is to happen, until all is over or power is cut.
    async fn storm(&mut self, cut_at: Option<u64>) -> Result<(), String> {
        loop {
            let looked = self.settle().await;
            let next = self.plan().next_change(looked);
            if let Some(cut) = cut_at
                && next.is_none_or(|next| next >= cut)
            {
                return self.wait_until(cut).await;
            }
            let Some(next) = next else {
                // Even if nothing happens to it, the network runs for a while.
                return self.wait_until(self.plan().horizon()).await;
            };
            self.wait_until(next).await?;
        }
    }

    /// The least and the greatest height of an honest node.
    fn heights(&self) -> (u64, u64) {
        let case = self.run.judge.case();
        let honest = (0..self.nodes.len()).filter(|index| self.plan().is_honest(*index));
        let heights = honest.map(|index| case.heights.get(&index).copied().unwrap_or(Height(0)));
        let heights: Vec<u64> = heights.map(|height| height.0).collect();
        (
            heights.iter().min().copied().unwrap_or(0),
            heights.iter().max().copied().unwrap_or(0),
        )
    }

    /// Nothing happens any more: the network goes on.
    async fn calm(&mut self) -> Result<End, String> {
        self.run.crowd.lock().unwrap().quiet = true;
        let deadline = self.now() + self.plan().patience();
        let before = self.heights().1;
        let target = before + self.plan().blocks_after();
        // From here on, nobody has anything to catch up with, and blocks come again: until one has, slots may be missed because of what happened
        // before, whatever was proposed above what was final.
        let mut level = None;
        loop {
            self.wait_until(self.now() + self.plan().slot_ms.min(1_000))
                .await?;
            let (least, greatest) = self.heights();
            if level.is_none() && least > before && least + 1 >= greatest {
                level = Some(greatest);
            }
            let waiting = self.run.crowd.lock().unwrap().waiting();
            if least >= target && waiting.is_empty() {
                break;
            }
            for (fee, waits) in &waiting {
                if self.run.judge.case().had_room(target + 1..=least, *fee) >= PROMPT {
                    return Err(format!(
                        "not taken into {PROMPT} blocks with room in a calm network: {waits}"
                    ));
                }
            }
            if self.now() >= deadline {
                let heights = &self.run.judge.case().heights;
                return Err(if least < target {
                    format!(
                        "the chain stands still: heights {heights:?}, block {target} is to be reached"
                    )
                } else {
                    format!("accepted, but neither final nor expired: {waiting:?}")
                });
            }
        }
        self.blocks().await?;
        Ok(End::Done {
            lasted: self.now(),
            unjust: self.unjust(level.unwrap_or(target))?,
        })
    }

    /// No honest node refuses to hear another.
    async fn blocks(&self) -> Result<(), String> {
        let keys = &self.run.world.keys;
        let index = |key: &PublicKey| keys.iter().position(|known| known == key).unwrap();
        for (from, to) in self.oracle.blocked().await.unwrap() {
            let (from, to) = (index(&from), index(&to));
            if self.plan().is_honest(from) && self.plan().is_honest(to) {
                return Err(format!("node {from} blocks node {to}, and both are honest"));
            }
        }
        Ok(())
    }

    fn is_honest(&self, node: &NodeKey) -> bool {
        let mut secrets = self.run.world.secrets.iter();
        let index = secrets.position(|secrets| secrets.node.node_key() == *node);
        index.is_some_and(|index| self.plan().is_honest(index))
    }

    /// How many slots honest members were charged with while all was calm.
    fn unjust(&self, level: u64) -> Result<usize, String> {
        let case = self.run.judge.case();
        let charged: Vec<_> = case
            .missed
            .iter()
            .filter(|missed| missed.parent >= level + 2)
            .filter(|missed| self.is_honest(&missed.node))
            .collect();
        let all_honest = (0..self.nodes.len()).all(|index| self.plan().is_honest(index));
        if all_honest && let Some(missed) = charged.first() {
            return Err(format!(
                "an honest member is charged while all is calm: {missed:?}"
            ));
        }
        Ok(charged.len())
    }
}
