//! One run: a world under a policy, round by round.

use crate::{
    behaviour::Voters,
    observe::Observer,
    policy::{self, Block, PolicyError, Round, Start},
    results,
    rng::Stream,
    study::CALENDAR_DAY,
    task::Task,
    withhold::Withholders,
};
use etm_mechanism::{Hash, Slot, beacon};

/// A round without a block for this many slots means that nobody is left who makes one.
const SLOTS_MAX: u64 = 1_000_000;

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("{0}")]
    Policy(#[from] PolicyError),
    /// No policy of this name.
    #[error("{0}")]
    Unknown(String),
    /// The chain stands still.
    #[error(
        "round {0}: no member of the committee makes blocks; raise miners.uptime or change the outages"
    )]
    Standstill(u64),
}

/// Whose turn it is in a round, and what comes of the last.
struct Turns {
    number: u64,
    /// The beacon of the round before, which gives the order.
    previous: Hash,
    /// How many blocks the round is to have.
    blocks: u64,
    /// The beacon its last block makes if nobody forgoes it.
    beacon: Hash,
}

/// Slots of a round and what became of them.
struct Slots {
    blocks: Vec<Block>,
    missed: Vec<u32>,
    /// Time of the last slot in milliseconds.
    clock_ms: u64,
}

impl Task<'_> {
    /// Runs to the end, or to the first round before which `go_on`, told how many rounds were played since it was last
    /// asked, says no.
    pub fn run(&self, go_on: &dyn Fn(u64) -> bool) -> Result<results::Run, RunError> {
        let study = self.study;
        let entry = policy::find(self.policy).map_err(RunError::Unknown)?;
        let mut beacons = Stream::new(self.seed, "beacons");
        let mut luck = Stream::new(self.seed, "uptime");
        let mut previous = beacons.bytes();
        let start = Start {
            params: study.mechanism_params(),
            beacon: previous,
        };
        let mut policy = (entry.start)(self.world, &start)?;
        let mut voters = Voters::new(self.world, study, self.seed, &policy.outlook());
        let mut observer = Observer::new(self);
        let mut withholders = Withholders::new(self.world, self.seed);
        let mut slots = Slots {
            blocks: Vec::new(),
            missed: Vec::new(),
            clock_ms: 0,
        };
        let (mut day, mut height, mut unreported) = (0, 0u64, 0);
        let mut moves = Vec::new();
        let mut finished = true;
        for number in 0..study.run.rounds {
            if number % 16 == 0 {
                if !go_on(unreported) {
                    finished = false;
                    break;
                }
                unreported = 0;
            }
            unreported += 1;
            let blocks = u64::from(study.params.blocks_per_round) - u64::from(number == 0);
            let beacon = self.plan(
                &mut slots,
                policy.committee(),
                &Turns {
                    number,
                    previous,
                    blocks,
                    beacon: beacons.bytes(),
                },
                &mut luck,
                &mut withholders,
            )?;
            let round = Round {
                number,
                blocks: &slots.blocks,
                missed: &slots.missed,
                beacon,
                moves: &moves,
            };
            let today = slots.clock_ms / 1_000 / CALENDAR_DAY;
            let last = number + 1 == study.run.rounds;
            observer.before(policy.as_ref(), &round, day)?;
            if today > day || last {
                observer.time_gain(policy.as_ref())?;
            }
            withholders.see(policy.committee(), &round, height + blocks);
            policy.play(&round)?;
            observer.after(height, height + blocks);
            height += blocks;
            previous = beacon;
            moves.clear();
            if today > day {
                observer.end_day(policy.as_ref(), day, &voters)?;
                moves = voters.moves(self.world, policy.as_ref())?;
                observer.moved(moves.len(), &voters);
                day = today;
            }
        }
        go_on(unreported);
        let clock_days = slots.clock_ms as f64 / 1_000.0 / CALENDAR_DAY as f64;
        let mut run = observer.finish(policy.as_ref(), &voters, day, clock_days, finished)?;
        withholders.summarise(&mut run.summary);
        Ok(run)
    }

    /// Gives the slots of a round to the members in their keyed order (mechanism.md section 2) until it has its blocks.
    /// Answers the beacon of the last one.
    fn plan(
        &self,
        slots: &mut Slots,
        committee: &[u32],
        turns: &Turns,
        luck: &mut Stream,
        withholders: &mut Withholders,
    ) -> Result<Hash, RunError> {
        let Turns {
            number,
            previous,
            blocks,
            mut beacon,
        } = *turns;
        slots.blocks.clear();
        slots.missed.clear();
        let (mut slot, mut missed) = (0u64, 0u32);
        while (slots.blocks.len() as u64) < blocks {
            slot += 1;
            if slot > SLOTS_MAX + blocks {
                return Err(RunError::Standstill(number));
            }
            slots.clock_ms = slots.clock_ms.saturating_add(self.study.params.slot_ms);
            let place = beacon::on_turn(
                etm_mechanism::Round(number),
                &previous,
                Slot(slot),
                committee.len(),
            );
            let Some(member) = committee.get(place) else {
                return Err(RunError::Standstill(number));
            };
            let miner = &self.world.miners[*member as usize];
            let day = slots.clock_ms / 1_000 / CALENDAR_DAY;
            // A number is used up for every slot, so that outages don't shift the luck of others.
            let works = luck.unit() < miner.uptime && !miner.is_out(day);
            let last = slots.blocks.len() as u64 + 1 == blocks;
            let forgone = works && last && withholders.forgoes(*member, committee, number, &beacon);
            if forgone {
                // Whoever comes next contributes something else.
                beacon = withholders.another();
            }
            if works && !forgone {
                slots.blocks.push(Block {
                    producer: *member,
                    missed,
                    timestamp: slots.clock_ms / 1_000,
                });
                missed = 0;
            } else {
                slots.missed.push(*member);
                missed += 1;
            }
        }
        Ok(beacon)
    }
}

#[cfg(test)]
mod tests;
