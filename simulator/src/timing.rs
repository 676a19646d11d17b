//! How fast this machine simulates (`etm simulate --timing`).

use crate::{
    policy::{self, Block, Policy, PolicyError, Round, Start},
    presets,
    rng::Stream,
    study::{self, Study},
    task::Task,
    world::{Miner, Voter, World},
};
use etm_mechanism::{Slot, beacon};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// The preset of the second measurement.
const YEAR: &str = "best-response-year";
/// Rounds of a mainnet day.
const DAY_ROUNDS: u64 = 285;

/// A world of `positions` equal voters spread evenly over `miners`, at mainnet parameters.
pub fn static_world(positions: usize, miners: u32) -> (Study, World) {
    let study = study::static_study();
    let world = World {
        stake: (0..positions)
            .map(|place| 100_000_000 + (place as u64 % 1_000) * 1_000_000)
            .collect(),
        vote: (0..positions)
            .map(|place| (place % miners as usize) as u32)
            .collect(),
        time_gain: Vec::new(),
        voter: vec![Voter::Loyal; positions],
        miners: (0..miners)
            .map(|miner| Miner {
                owner: positions as u32 + miner,
                uptime: 1.0,
                outages: Vec::new(),
            })
            .collect(),
        actors: Vec::new(),
        honest: positions,
        left_out: 0,
    };
    (study, world)
}

/// A network of static voters: nothing but rounds.
pub struct Static {
    policy: Box<dyn Policy>,
    study: Study,
    beacons: Stream,
    previous: [u8; 32],
    number: u64,
    clock_ms: u64,
    blocks: Vec<Block>,
}

impl Static {
    /// At genesis.
    pub fn new(positions: usize, miners: u32) -> Result<Self, PolicyError> {
        let (study, world) = static_world(positions, miners);
        let mut beacons = Stream::new(1, "beacons");
        let previous = beacons.bytes();
        let entry = policy::find("entanmo").map_err(PolicyError::Genesis)?;
        let start = Start {
            params: study.mechanism_params(),
            beacon: previous,
        };
        let policy = (entry.start)(&world, &start)?;
        Ok(Self {
            policy,
            study,
            beacons,
            previous,
            number: 0,
            clock_ms: 0,
            blocks: Vec::new(),
        })
    }

    /// Plays a round in which every slot is used.
    pub fn round(&mut self) -> Result<(), PolicyError> {
        let params = &self.study.params;
        self.blocks.clear();
        let committee = self.policy.committee();
        for slot in 1..=u64::from(params.blocks_per_round) - u64::from(self.number == 0) {
            self.clock_ms += params.slot_ms;
            let place = beacon::on_turn(
                etm_mechanism::Round(self.number),
                &self.previous,
                Slot(slot),
                committee.len(),
            );
            self.blocks.push(Block {
                producer: committee[place],
                missed: 0,
                timestamp: self.clock_ms / 1_000,
            });
        }
        let beacon = self.beacons.bytes();
        let round = Round {
            number: self.number,
            blocks: &self.blocks,
            missed: &[],
            beacon,
            moves: &[],
        };
        self.policy.play(&round)?;
        self.previous = beacon;
        self.number += 1;
        Ok(())
    }
}

/// The machine, in a line.
pub fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .unwrap_or("");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{cores} cores, {}, {}",
        model.trim_start_matches(['\t', ' ', ':']),
        std::env::consts::ARCH
    )
}

/// The most memory this process has had, MiB, where the system says so.
fn memory_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib / 1_024)
}

/// Time that passed, and time a processor worked on this thread, where the system says so: on a machine that others use
/// as well the second says more.
#[derive(Clone, Copy)]
struct Clock {
    start: Instant,
    worked: Option<u64>,
}

/// Of an interval.
#[derive(Clone, Copy)]
struct Taken {
    passed: Duration,
    worked: Option<Duration>,
}

impl Clock {
    fn start() -> Self {
        Self {
            start: Instant::now(),
            worked: worked_ns(),
        }
    }

    fn taken(&self) -> Taken {
        let worked = worked_ns().zip(self.worked);
        Taken {
            passed: self.start.elapsed(),
            worked: worked.map(|(now, then)| Duration::from_nanos(now.saturating_sub(then))),
        }
    }
}

impl std::fmt::Display for Taken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:.3} s", self.passed.as_secs_f64())?;
        match self.worked {
            Some(worked) => write!(formatter, " ({:.3} s of processor)", worked.as_secs_f64()),
            None => Ok(()),
        }
    }
}

/// Processor time of this thread, nanoseconds.
fn worked_ns() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// Genesis and a mainnet day of static voters.
fn measure(positions: usize, miners: u32) -> Result<(Taken, Taken), PolicyError> {
    let clock = Clock::start();
    let mut network = Static::new(positions, miners)?;
    let ready = clock.taken();
    let clock = Clock::start();
    for _ in 0..DAY_ROUNDS {
        network.round()?;
    }
    Ok((ready, clock.taken()))
}

/// A year of real holders of whom a thousand look for a better miner every day: rounds, moves, and how long it took.
fn measure_year() -> Result<(u64, f64, Taken), String> {
    let variants = study::variants(presets::find(YEAR)?, &[]).map_err(|error| error.to_string())?;
    let variant = variants.first().ok_or("the preset is empty")?;
    let study = &variant.study;
    let clock = Clock::start();
    let world = World::build(study, Path::new(""), 1).map_err(|error| error.to_string())?;
    let task = Task {
        study,
        world: &world,
        policy: "entanmo",
        seed: 1,
        variant: 0,
    };
    let run = task.run(&|_| true).map_err(|error| error.to_string())?;
    let moves = run.summary.get("moves").copied().unwrap_or_default();
    Ok((run.rounds, moves, clock.taken()))
}

/// Measures, some minutes, and answers what is to be read.
pub fn measure_all() -> Vec<String> {
    let mut lines = vec![
        format!("machine: {}; every figure is of one thread", machine()),
        format!(
            "static voters, 1,000 miners, committee of 101, a mainnet day of {DAY_ROUNDS} rounds of 101 blocks:"
        ),
    ];
    for positions in [10_000, 100_000, 1_000_000, 10_000_000] {
        lines.push(match measure(positions, 1_000) {
            Ok((ready, played)) => {
                let memory =
                    memory_mib().map_or(String::new(), |mib| format!("; at most {mib} MiB so far"));
                format!("  {positions:>10} positions: genesis {ready}, day {played}{memory}")
            }
            Err(error) => format!("  {positions:>10} positions: {error}"),
        });
    }
    lines.push(format!(
        "40k holders, 300 miners, best response of 1,000 voters a day, a year (preset {YEAR}):"
    ));
    lines.push(match measure_year() {
        Ok((rounds, moves, taken)) => format!("  {rounds} rounds, {moves} moves: {taken}"),
        Err(error) => format!("  {error}"),
    });
    lines
}

#[cfg(test)]
mod tests;
