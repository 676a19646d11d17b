//! How fast this machine simulates (`etm simulate --timing`).

use crate::{
    policy::{self, Block, Policy, PolicyError, Round, Start},
    rng::Stream,
    scenario::{self, Scenario},
    world::{Miner, Voter, World},
};
use etm_mechanism::beacon;
use std::time::{Duration, Instant};

/// A world of `positions` equal voters spread evenly over `miners`, at mainnet parameters.
pub fn static_world(positions: usize, miners: u32) -> (Scenario, World) {
    let scenario = scenario::static_scenario();
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
    (scenario, world)
}

/// A network of static voters: nothing but rounds.
pub struct Static {
    policy: Box<dyn Policy>,
    scenario: Scenario,
    beacons: Stream,
    previous: [u8; 32],
    number: u64,
    clock_ms: u64,
    blocks: Vec<Block>,
}

impl Static {
    /// At genesis.
    pub fn new(positions: usize, miners: u32) -> Result<Self, PolicyError> {
        let (scenario, world) = static_world(positions, miners);
        let mut beacons = Stream::new(1, "beacons");
        let previous = beacons.bytes();
        let entry = policy::find("entanmo").map_err(PolicyError::Genesis)?;
        let policy = (entry.start)(&world, &scenario, &Start { beacon: previous })?;
        Ok(Self {
            policy,
            scenario,
            beacons,
            previous,
            number: 0,
            clock_ms: 0,
            blocks: Vec::new(),
        })
    }

    /// Plays a round in which every slot is used.
    pub fn round(&mut self) -> Result<(), PolicyError> {
        let params = &self.scenario.params;
        self.blocks.clear();
        let committee = self.policy.committee();
        for slot in 1..=u64::from(params.blocks_per_round) - u64::from(self.number == 0) {
            self.clock_ms += params.slot_ms;
            let place = beacon::on_turn(self.number, &self.previous, slot, committee.len());
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
fn machine() -> String {
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

/// Rounds of a mainnet day, and how long they took after how long a start.
fn measure(
    positions: usize,
    miners: u32,
    rounds: u64,
) -> Result<(Duration, Duration), PolicyError> {
    let start = Instant::now();
    let mut network = Static::new(positions, miners)?;
    let ready = start.elapsed();
    let start = Instant::now();
    for _ in 0..rounds {
        network.round()?;
    }
    Ok((ready, start.elapsed()))
}

/// Measures and prints.
pub fn print() {
    println!("machine: {}", machine());
    println!(
        "static voters, 1,000 miners, committee of 101, one day of 285 rounds of 101 blocks, one thread:"
    );
    for positions in [10_000, 100_000, 1_000_000, 10_000_000] {
        match measure(positions, 1_000, 285) {
            Ok((ready, played)) => {
                let memory =
                    memory_mib().map_or(String::new(), |mib| format!(", at most {mib} MiB so far"));
                println!(
                    "  {positions:>10} positions: start {:.2} s, a day {:.3} s, {:.3} ms a round{memory}",
                    ready.as_secs_f64(),
                    played.as_secs_f64(),
                    played.as_secs_f64() * 1e3 / 285.0
                );
            }
            Err(error) => println!("  {positions:>10} positions: {error}"),
        }
    }
    println!(
        "a year of 40k holders with best response of 1,000 voters a day: etm simulate --preset best-response-year"
    );
}

#[cfg(test)]
mod tests;
