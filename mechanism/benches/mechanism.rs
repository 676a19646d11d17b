//! Benchmarks of the mechanism in memory. `cargo bench -p etm-mechanism` prints the machine and the inputs first.
//!
//! Only one core is used. `ETM_BENCH_POSITIONS` (default 10000000) bounds the number of positions: 10^7 take 1.5 GB.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use etm_mechanism::{
    Candidate, Genesis, GenesisMiner, GenesisPosition, Mechanism, MemoryStore, MinerId, MinerName,
    Numbered, Params, Request, Round, Store, TimeGain, Units, Verdict, Votes, draw, inclusion,
    weight,
};
use std::{
    env,
    fmt::Debug,
    fs,
    hint::black_box,
    time::{Duration, Instant},
};

type World = Mechanism<MemoryStore<u64>>;

/// Rounds between two days: often, so that positions keep several time gains although elections halve them.
const ROUNDS_PER_DAY: u64 = 8;
const BLOCK_SECONDS: u64 = 3;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn position(random: &mut Random, miners: u32) -> (u64, u8, u32) {
    let locked = 100_000_000 + random.below(1 << 31);
    (
        locked,
        1 + random.below(32) as u8,
        random.below(miners.into()) as u32,
    )
}

fn owned_miners(miners: u32) -> Vec<GenesisMiner<u64>> {
    let owners = u64::MAX / 2;
    let miners = (0..miners).map(|id| GenesisMiner {
        owner: owners + u64::from(id),
        name: MinerName::new(&format!("m{id}")).unwrap(),
    });
    miners.collect()
}

fn placed(random: &mut Random, account: u64, miners: u32) -> GenesisPosition<u64> {
    let (locked, t, miner) = position(random, miners);
    GenesisPosition {
        account,
        locked: Units(locked),
        t: TimeGain::new(t).unwrap(),
        miner: Some(MinerId(miner)),
    }
}

/// Miners are owned by the accounts above all positions; positions vote at random with time gains at random.
fn world(miners: u32, positions: u64) -> World {
    let mut random = Random(1);
    let genesis = Genesis {
        timestamp: 0,
        beacon: [1; 32],
        accounts: (0..positions)
            .map(|account| (account, Units(1_000)))
            .collect(),
        miners: owned_miners(miners),
        positions: (0..positions)
            .map(|account| placed(&mut random, account, miners))
            .collect(),
    };
    let params = Params {
        day_seconds: 101 * BLOCK_SECONDS * ROUNDS_PER_DAY,
        ..Params::mainnet()
    };
    Mechanism::genesis(params, MemoryStore::new(), genesis).unwrap()
}

/// All blocks of the round, in the committee's order.
fn fill(world: &mut World) {
    let globals = world.globals().unwrap();
    let committee = world.store().committee(globals.round).unwrap().unwrap();
    let blocks = 101 - usize::from(globals.round == Round(0));
    for (block, producer) in committee.iter().cycle().take(blocks).enumerate() {
        let height = globals.height.next().saturating_add(block as u64);
        world
            .block(*producer, &[], height.0 * BLOCK_SECONDS)
            .unwrap();
    }
}

/// Ends a round and answers what that took, and whether it crossed a day.
fn end(world: &mut World) -> (Duration, bool) {
    fill(world);
    let beacon = [world.globals().unwrap().round.0 as u8; 32];
    let begun = Instant::now();
    let report = world.end_round(&beacon, |_| true).unwrap();
    (begun.elapsed(), report.days > 0)
}

/// The same bonus, halvings and days, position by position.
struct Naive {
    positions: Vec<NaivePosition>,
}

struct NaivePosition {
    weight: u64,
    miner: u32,
    t: u8,
    gains: u128,
}

impl Naive {
    fn new(miners: u32, positions: u64) -> Self {
        let mut random = Random(1);
        let positions = (0..positions).map(|_| {
            let (locked, t, miner) = position(&mut random, miners);
            let weight = weight::w(Units(locked));
            NaivePosition {
                weight,
                miner,
                t,
                gains: 0,
            }
        });
        Self {
            positions: positions.collect(),
        }
    }

    /// `delta` by miner and time gain; 0 where nothing is paid.
    fn end(&mut self, delta: &[[u128; 33]], blocks: &[u8]) -> Duration {
        let begun = Instant::now();
        for position in &mut self.positions {
            let delta = delta[position.miner as usize][position.t as usize];
            position.gains += u128::from(position.weight) * delta;
            position.t = (position.t >> blocks[position.miner as usize]).max(1);
        }
        black_box(&self.positions);
        begun.elapsed()
    }
}

fn sizes() -> Vec<u64> {
    let most = env::var("ETM_BENCH_POSITIONS")
        .ok()
        .and_then(|text| text.parse().ok());
    let most = most.unwrap_or(10_000_000u64);
    (3..=7)
        .map(|power| 10u64.pow(power))
        .filter(|size| *size <= most)
        .collect()
}

fn machine() {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find(|line| line.starts_with("model name"))
        .unwrap_or("model name: unknown");
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!(
        "machine: {model}; {} cores; load {}",
        cpu.matches("processor").count(),
        load.trim()
    );
    println!(
        "inputs: committee and round of 101; each member makes one block (all its voters' t is halved);"
    );
    println!(
        "  positions of 1 to 22.5 ETM at random t, voting at random; a day every {ROUNDS_PER_DAY} rounds"
    );
}

fn resident_bytes() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or_default() * 4_096
}

fn ends_of_rounds(criterion: &mut Criterion) {
    machine();
    let mut group = criterion.benchmark_group("end_of_round");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500));
    group.measurement_time(Duration::from_secs(2));
    for miners in [1_000u32, 10_000] {
        for positions in sizes() {
            let before = resident_bytes();
            let mut world = world(miners, positions);
            let bytes = world.store().account_bytes() as u64;
            println!(
                "memory: miners={miners} positions={positions}: {} bytes a position with its account ({} resident)",
                bytes / (positions + u64::from(miners)),
                resident_bytes().saturating_sub(before) / positions,
            );
            for _ in 0..3 * ROUNDS_PER_DAY {
                end(&mut world);
            }
            let input = format!("miners={miners}/positions={positions}");
            let mut by_kind = |name: &str, day: bool| {
                group.bench_function(BenchmarkId::new(name, &input), |bencher| {
                    bencher.iter_custom(|rounds| {
                        let (mut total, mut count) = (Duration::ZERO, 0);
                        while count < rounds {
                            let (time, crossed) = end(&mut world);
                            if crossed == day {
                                total += time;
                                count += 1;
                            }
                        }
                        total
                    });
                });
            };
            by_kind("ordinary", false);
            if positions == 100_000 {
                by_kind("with_a_day", true);
            }
            drop(world);
            if miners == 1_000 {
                let mut naive = Naive::new(miners, positions);
                let mut delta = vec![[0u128; 33]; miners as usize];
                let mut blocks = vec![0u8; miners as usize];
                for member in 0..101 {
                    delta[member * 9] = [u128::from(u64::MAX); 33];
                    blocks[member * 9] = 1;
                }
                group.bench_function(BenchmarkId::new("naive", &input), |bencher| {
                    bencher.iter_custom(|rounds| {
                        (0..rounds).map(|_| naive.end(&delta, &blocks)).sum()
                    });
                });
            }
        }
    }
    // The worst case: all 32 cohorts of all miners are there, and every member's are halved.
    for miners in [1_000u32, 10_000] {
        let mut full = world(miners, 100 * u64::from(miners));
        fill(&mut full);
        let input = format!("miners={miners}/positions={}", 100 * miners);
        group.bench_function(BenchmarkId::new("all_cohorts", input), |bencher| {
            bencher.iter_custom(|rounds| {
                let mut total = Duration::ZERO;
                for _ in 0..rounds {
                    let mut world = full.clone();
                    let begun = Instant::now();
                    black_box(world.end_round(&[3; 32], |_| true).unwrap());
                    total += begun.elapsed();
                }
                total
            });
        });
    }
    group.finish();
}

fn draws(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("draw");
    for count in [1_000u32, 10_000, 100_000] {
        let mut random = Random(5);
        let candidates: Vec<_> = (0..count)
            .map(|miner| {
                let weight = Votes(u128::from(1 + random.below(1 << 30)) << 40);
                Candidate {
                    miner: MinerId(miner),
                    votes: weight,
                    produced: 0,
                    slots: 0,
                    weight,
                }
            })
            .collect();
        let mut round = 0;
        group.bench_function(
            BenchmarkId::new("seats=101", format!("candidates={count}")),
            |bencher| {
                bencher.iter(|| {
                    round += 1;
                    draw::draw(Round(round), &[8; 32], black_box(&candidates), 101)
                });
            },
        );
    }
    group.finish();
    let mut group = criterion.benchmark_group("seat_probabilities");
    group.sample_size(20);
    for count in [100u32, 1_000, 10_000] {
        let mut random = Random(5);
        let weights: Vec<_> = (0..count)
            .map(|_| Votes(u128::from(1 + random.below(1 << 30)) << 40))
            .collect();
        group.bench_function(
            BenchmarkId::new("seats=60", format!("candidates={count}")),
            |bencher| {
                bencher.iter(|| inclusion::seat_probabilities(black_box(&weights), 60));
            },
        );
    }
    group.finish();
}

fn positions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("position");
    for positions in [100_000u64, 1_000_000] {
        let mut world = world(1_000, positions);
        // Merged cohorts lie between the positions and their live ones.
        for _ in 0..3 * ROUNDS_PER_DAY {
            end(&mut world);
        }
        let mut random = Random(9);
        let input = format!("miners=1000/positions={positions}");
        // Among a few, which caches hold; and among all, where each takes several reads of memory that depend on each other.
        for among in [1_000, positions] {
            let id = BenchmarkId::new("settle", format!("{input}/among={among}"));
            group.bench_function(id, |bencher| {
                bencher.iter(|| world.position(&random.below(among)).unwrap());
            });
        }
        type Maker = fn(&mut Random) -> Request<u64>;
        let requests: [(&str, Maker); 2] = [
            ("vote", |random| {
                Request::Vote(MinerId(random.below(1_000) as u32))
            }),
            ("lock", |_| Request::Lock(Units(1))),
        ];
        for (name, request) in requests {
            group.bench_function(BenchmarkId::new(name, &input), |bencher| {
                bencher.iter_custom(|count| {
                    let mut total = Duration::ZERO;
                    let mut left = count;
                    while left > 0 {
                        let batch = left.min(4_096);
                        left -= batch;
                        let begun = Instant::now();
                        for _ in 0..batch {
                            let account = random.below(positions);
                            black_box(world.request(&account, request(&mut random)).unwrap());
                        }
                        total += begun.elapsed();
                        end(&mut world);
                    }
                    total
                });
            });
        }
        let mut applied = (Duration::ZERO, 0u32);
        for _ in 0..20 {
            for _ in 0..4_096 {
                let vote = Request::Vote(MinerId(random.below(1_000) as u32));
                let verdict = world.request(&random.below(positions), vote).unwrap();
                assert!(matches!(verdict, Verdict::Accepted(_)));
            }
            applied = (applied.0 + end(&mut world).0, applied.1 + 4_096);
        }
        println!(
            "position/apply_vote/{input}: {:?} each at the end of a round with 4096",
            applied.0 / applied.1
        );
    }
    group.finish();
}

/// The genesis of positions that stream in, by how accounts are hashed.
fn geneses(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("genesis/miners=1000");
    group.sample_size(10);
    for positions in sizes().into_iter().filter(|size| *size >= 100_000) {
        group.bench_function(BenchmarkId::new("scattered", positions), |bencher| {
            bencher.iter(|| found(MemoryStore::new(), positions));
        });
        group.bench_function(BenchmarkId::new("numbered", positions), |bencher| {
            bencher.iter(|| found(MemoryStore::with_hasher(Numbered), positions));
        });
    }
    group.finish();
}

fn found<S: Store<Account = u64, Error: Debug>>(store: S, positions: u64) -> Mechanism<S> {
    let mut random = Random(1);
    let genesis = Genesis {
        timestamp: 0,
        beacon: [1; 32],
        accounts: Vec::new(),
        miners: owned_miners(1_000),
        positions: Vec::new(),
    };
    let positions = (0..positions).map(|account| placed(&mut random, account, 1_000));
    Mechanism::genesis_with(Params::mainnet(), store, genesis, positions).unwrap()
}

criterion_group!(benches, draws, positions, geneses, ends_of_rounds);
criterion_main!(benches);
