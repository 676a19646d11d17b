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
    /// The clock of a node is wrong by so many milliseconds.
    Clock {
        node: usize,
        from: u64,
        until: u64,
        ms: i64,
    },
    /// The disk of a node fails.
    Disk {
        node: usize,
        from: u64,
        until: u64,
        trouble: Trouble,
    },
}

/// What is wrong with a disk, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub disk: Disk,
    /// Of a thousand attempts, how many fail.
    pub per_mille: u64,
}

/// What is wrong with a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    /// Nothing can be opened or read.
    Unreadable,
    /// Nothing can be written.
    Full,
    /// What was written is not made durable.
    Unsynced,
    /// All of it.
    Broken,
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
    /// Has a clock that is ahead by so much in one slot and behind by it in the next.
    Lie { by: u64 },
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
    /// Send what is invalid, contradicts itself or can't be had.
    Hostile,
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
                Conduct::Lie { .. } => "member that lies about time",
            },
            Self::Users { kind, .. } => match kind {
                Users::Ordinary => "ordinary users",
                Users::Merging => "users whose cohorts merge",
                Users::Owners => "owners that resign and register",
                Users::Poison => "users that poison pools",
                Users::Hostile => "hostile users",
            },
            Self::Clock { .. } => "wrong clock",
            Self::Disk { trouble, .. } => match trouble.disk {
                Disk::Unreadable => "unreadable disk",
                Disk::Full => "full disk",
                Disk::Unsynced => "disk that does not sync",
                Disk::Broken => "broken disk",
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
            | Self::Consumer { until, .. }
            | Self::Clock { until, .. }
            | Self::Disk { until, .. } => Some(*until),
            Self::Member { .. } | Self::Users { .. } => None,
        }
    }
}

/// Rounds after which a miner that was not seen is no candidate, where that is not to happen.
const SEEN_ALWAYS: u64 = 1_000;

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
            ready_rounds: SEEN_ALWAYS,
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
        // In places of their own, so that what seeds gave before these existed stays.
        plan.draw_clocks(dice.fork(6));
        plan.draw_disks(dice.fork(7));
        plan
    }

    fn draw_clocks(&mut self, mut dice: Dice) {
        const WRONG: [i64; 6] = [-3_600_000, -11_000, -2_000, 2_000, 11_000, 3_600_000];
        if !dice.chance(45) {
            return;
        }
        let horizon = self.horizon();
        let most = if dice.chance(75) {
            self.faulty().max(1)
        } else {
            self.nodes
        };
        let count = 1 + dice.index(most);
        for node in dice.sample(self.nodes, count) {
            for _ in 0..dice.within(1, 3) {
                let from = dice.within(1, horizon - 1);
                let until = from + dice.within(self.slot_ms / 2, 8 * self.slot_ms);
                self.events.push(Event::Clock {
                    node,
                    from,
                    until: until.min(horizon),
                    ms: dice.pick(&WRONG),
                });
            }
        }
        // Among those that misbehave, if there is room for one more.
        let all_may_leave = self.misbehaving() == 0
            && (self.users(Users::Owners) > 0 || self.ready_rounds < SEEN_ALWAYS);
        let node = dice.index(self.nodes);
        if dice.chance(40)
            && self.misbehaving() < self.faulty()
            && !all_may_leave
            && self.is_honest(node)
        {
            let by = dice.pick(&WRONG).unsigned_abs();
            let conduct = Conduct::Lie { by };
            self.events.push(Event::Member { node, conduct });
        }
    }

    fn draw_disks(&mut self, mut dice: Dice) {
        if !dice.chance(40) {
            return;
        }
        let horizon = self.horizon();
        for _ in 0..dice.within(1, 3) {
            let from = dice.within(1, horizon - 1);
            let until = from + dice.within(self.slot_ms, 4 * self.slot_ms + 2_000);
            let disk = dice.pick(&[Disk::Unreadable, Disk::Full, Disk::Unsynced, Disk::Broken]);
            self.events.push(Event::Disk {
                node: dice.index(self.nodes),
                from,
                until: until.min(horizon),
                trouble: Trouble {
                    disk,
                    per_mille: dice.pick(&[2, 20, 200, 1_000]),
                },
            });
        }
    }

    /// By how many milliseconds the clock of a node is wrong at a time since the start.
    pub fn clock_error(&self, index: usize, time: u64) -> i64 {
        let errors = self.events.iter().map(|event| match event {
            Event::Clock {
                node,
                from,
                until,
                ms,
            } if *node == index && (*from..*until).contains(&time) => *ms,
            Event::Member {
                node,
                conduct: Conduct::Lie { by },
            } if *node == index => {
                let by = by.cast_signed();
                if (time / self.slot_ms).is_multiple_of(2) {
                    by
                } else {
                    -by
                }
            }
            _ => 0,
        });
        errors.sum()
    }

    /// Whether more clocks are right, in every committee, than the time of the chain needs.
    pub fn clocks_hold(&self) -> bool {
        let wrong = self.events.iter().filter_map(|event| match event {
            Event::Clock { node, .. }
            | Event::Member {
                node,
                conduct: Conduct::Lie { .. },
            } => Some(*node),
            _ => None,
        });
        // Committees may become as small as that of four.
        wrong.collect::<BTreeSet<usize>>().len() <= usize::from(self.committee >= 4)
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
        if dice.chance(30) {
            add(Users::Hostile, dice.within(1, 4));
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
