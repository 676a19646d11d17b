//! What a run does: all of it drawn from one seed.

use std::{collections::BTreeSet, fmt};

use crate::dice::Dice;

/// A network, and what happens to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Everything follows from it.
    pub seed: u64,
    /// Nodes, each of a miner.
    pub nodes: usize,
    /// The greatest size of a committee.
    pub committee: u32,
    /// Blocks of a round.
    pub round: u32,
    /// Least time between blocks.
    pub slot_ms: u64,
    /// Length of a day.
    pub day_seconds: u64,
    /// Rounds after which a miner that was not seen is no candidate.
    pub ready_rounds: u64,
    /// Transactions a block holds at most.
    pub block_transactions: u32,
    /// For how long things happen, in slots. Then all heals, and the network has to go on.
    pub slots: u64,
    /// What happens.
    pub events: Vec<Event>,
}

/// One thing that happens. Times are milliseconds since the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A node is killed; what it had not synced is lost.
    Crash { node: usize, at: u64, down: u64 },
    /// All nodes lose power at once. Of writes that were not synced some bytes are kept: a prefix, or any.
    PowerCut {
        at: u64,
        keep_percent: u64,
        prefix: bool,
    },
    /// Two parts of the network hear nothing of each other.
    Partition {
        part: Vec<usize>,
        from: u64,
        until: u64,
    },
    /// Links between `nodes` and all others are slow and lose messages.
    Links {
        nodes: Vec<usize>,
        from: u64,
        until: u64,
        latency: u64,
        jitter: u64,
        loss_percent: u64,
    },
    /// A member that does not do what it should, from the start to the end.
    Member { node: usize, conduct: Conduct },
    /// Whoever follows the finalized blocks of a node fails.
    Consumer { node: usize, from: u64, until: u64 },
    /// Users of a kind send transactions.
    Users { kind: Users, count: usize },
}

/// What a member does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// Lets slots pass, so many in a hundred.
    Lazy { percent: u8 },
    /// Runs twice with the same keys, each heard by a part of the network.
    Twin,
    /// Sends its blocks to few, or nobody, and answers no question for them.
    Withhold { hear_percent: u64 },
    /// Sends its blocks late.
    Late { by: u64 },
    /// Never votes, or votes to some only.
    Mute { hear_percent: u64 },
    /// Sends broken copies of what it has to say, and noise.
    Garbage { every: u64 },
    /// Sends what it once said again and again.
    Replay { every: u64 },
}

/// What users do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Users {
    /// Lock, vote, unlock, transfer.
    Ordinary,
    /// Own positions of every time gain, so that cohorts meet when they are halved, and move them then.
    Merging,
    /// Own the miners, resign and register again.
    Owners,
    /// Fill the pools with transactions of which most can't be paid once the first is final.
    Poison,
}

impl Event {
    /// Its kind, for counting.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Crash { .. } => "crash",
            Self::PowerCut { .. } => "power cut",
            Self::Partition { .. } => "partition",
            Self::Links { .. } => "bad links",
            Self::Consumer { .. } => "failing follower",
            Self::Member { conduct, .. } => match conduct {
                Conduct::Lazy { .. } => "lazy member",
                Conduct::Twin => "twin",
                Conduct::Withhold { .. } => "member that withholds",
                Conduct::Late { .. } => "late member",
                Conduct::Mute { .. } => "mute member",
                Conduct::Garbage { .. } => "member that sends garbage",
                Conduct::Replay { .. } => "member that repeats itself",
            },
            Self::Users { kind, .. } => match kind {
                Users::Ordinary => "ordinary users",
                Users::Merging => "users whose cohorts merge",
                Users::Owners => "owners that resign and register",
                Users::Poison => "users that poison pools",
            },
        }
    }

    /// When it is over; none for what lasts.
    pub const fn over(&self) -> Option<u64> {
        match self {
            Self::Crash { at, down, .. } => Some(*at + *down),
            Self::PowerCut { at, .. } => Some(*at),
            Self::Partition { until, .. }
            | Self::Links { until, .. }
            | Self::Consumer { until, .. } => Some(*until),
            Self::Member { .. } | Self::Users { .. } => None,
        }
    }
}

impl Plan {
    /// Draws a plan.
    pub fn draw(seed: u64) -> Self {
        let dice = Dice::new(seed);
        let mut shape = dice.fork(1);
        // Small networks are cheap, and find most.
        let nodes = match shape.within(0, 9) {
            0..=5 => shape.within(4, 5),
            6..=8 => shape.within(6, 8),
            _ => shape.within(9, 13),
        };
        let committee = match shape.within(1, nodes.min(10)) {
            small @ 1..=3 if shape.chance(30) => small,
            small => small.max(4),
        };
        let nodes = usize::try_from(nodes).unwrap();
        let committee = u32::try_from(committee).unwrap();
        let round = if shape.chance(75) {
            shape.within(2, 8)
        } else {
            shape.within(9, 20)
        };
        let slot_ms = shape.pick(&[200, 200, 500, 1_000, 3_000, 6_000]);
        let slots = shape.within(8, 20);
        let mut plan = Self {
            seed,
            nodes,
            committee,
            round: u32::try_from(round).unwrap(),
            slot_ms,
            day_seconds: shape.within(1, 20) * slot_ms / 1_000 + 1,
            ready_rounds: 1_000,
            block_transactions: shape.pick(&[8, 32, 4_096]),
            slots,
            events: Vec::new(),
        };
        plan.draw_members(dice.fork(2));
        plan.draw_faults(dice.fork(3));
        if plan.misbehaving() == 0 && shape.chance(50) {
            plan.ready_rounds = shape.within(3, 20);
        }
        plan.draw_users(dice.fork(5));
        plan
    }

    fn draw_users(&mut self, mut dice: Dice) {
        // Enough of those that do what they should have to stay.
        let spare = if self.misbehaving() == 0 {
            self.nodes
        } else {
            self.nodes - self.committee as usize
        };
        let mut add = |kind, count| {
            let count = usize::try_from(count).unwrap();
            self.events.push(Event::Users { kind, count });
        };
        add(Users::Ordinary, dice.within(1, 5));
        if dice.chance(30) {
            add(Users::Merging, dice.within(4, 24));
        }
        if spare > 0 && dice.chance(30) {
            add(Users::Owners, dice.within(1, spare as u64));
        }
        if dice.chance(25) {
            add(Users::Poison, dice.within(4, 20));
        }
    }

    /// Nodes that misbehave.
    fn misbehaving(&self) -> usize {
        let nodes = self.events.iter().filter_map(|event| match event {
            Event::Member { node, .. } => Some(*node),
            _ => None,
        });
        nodes.collect::<BTreeSet<usize>>().len()
    }

    /// Whether no more misbehave than a committee can bear.
    pub fn is_bearable(&self) -> bool {
        self.nodes > 0 && self.misbehaving() <= self.faulty()
    }

    /// The most members that may do what they like.
    pub const fn faulty(&self) -> usize {
        (self.committee as usize).saturating_sub(1) / 3
    }

    fn draw_members(&mut self, mut dice: Dice) {
        let count = dice.index(self.faulty() + 1);
        for node in dice.sample(self.nodes, count) {
            let conduct = match dice.within(0, 6) {
                0 => Conduct::Lazy {
                    percent: dice.pick(&[30, 60, 100]),
                },
                1 => Conduct::Twin,
                2 => Conduct::Withhold {
                    hear_percent: dice.pick(&[0, 25, 50, 75]),
                },
                3 => Conduct::Late {
                    by: dice.within(100, 4_000),
                },
                4 => Conduct::Mute {
                    hear_percent: dice.pick(&[0, 30, 60]),
                },
                5 => Conduct::Garbage {
                    every: dice.within(50, 1_000),
                },
                _ => Conduct::Replay {
                    every: dice.within(50, 1_000),
                },
            };
            self.events.push(Event::Member { node, conduct });
        }
    }

    /// When things cease to happen.
    pub const fn horizon(&self) -> u64 {
        self.slots * self.slot_ms
    }

    fn draw_faults(&mut self, mut dice: Dice) {
        let horizon = self.horizon();
        for _ in 0..dice.within(0, 7) {
            let at = dice.within(1, horizon - 1);
            let until = (at + dice.within(self.slot_ms, 8 * self.slot_ms + 4_000)).min(horizon);
            let some = |dice: &mut Dice, most: usize| {
                let count = 1 + dice.index(most);
                dice.sample(self.nodes, count)
            };
            let event = match dice.within(0, 9) {
                0..=3 => Event::Crash {
                    node: dice.index(self.nodes),
                    at,
                    down: dice.within(10, (until - at).max(11)),
                },
                4 => Event::PowerCut {
                    at,
                    keep_percent: dice.pick(&[0, 10, 50, 90, 99]),
                    prefix: dice.chance(50),
                },
                5 | 6 => Event::Partition {
                    part: some(&mut dice, self.nodes / 2),
                    from: at,
                    until,
                },
                7 | 8 => Event::Links {
                    nodes: some(&mut dice, self.nodes),
                    from: at,
                    until,
                    latency: dice.pick(&[10, 50, 200, 800]),
                    jitter: dice.pick(&[0, 20, 200]),
                    loss_percent: dice.pick(&[0, 5, 20, 50]),
                },
                _ => Event::Consumer {
                    node: dice.index(self.nodes),
                    from: at,
                    until,
                },
            };
            self.events.push(event);
        }
    }

    /// Whether a node does what it should.
    pub fn is_honest(&self, index: usize) -> bool {
        self.conduct(index).is_none()
    }

    /// What a node does wrong.
    pub fn conduct(&self, index: usize) -> Option<Conduct> {
        self.events.iter().find_map(|event| match event {
            Event::Member { node, conduct } if *node == index => Some(*conduct),
            _ => None,
        })
    }

    /// Users of a kind.
    pub fn users(&self, wanted: Users) -> usize {
        let counts = self.events.iter().map(|event| match event {
            Event::Users { kind, count } if *kind == wanted => *count,
            _ => 0,
        });
        counts.sum()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "seed {}: {} nodes, committees of {}, rounds of {} blocks, slots of {} ms, days of {} s, ready for {} rounds, \
             {} transactions a block, faults for {} slots",
            self.seed,
            self.nodes,
            self.committee,
            self.round,
            self.slot_ms,
            self.day_seconds,
            self.ready_rounds,
            self.block_transactions,
            self.slots,
        )?;
        for (index, event) in self.events.iter().enumerate() {
            writeln!(f, "  {index}: {event:?}")?;
        }
        Ok(())
    }
}
