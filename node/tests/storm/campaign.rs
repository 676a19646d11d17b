//! Many runs, one after the other.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    drive::{self, Outcome},
    edit::Edit,
    plan::Plan,
};

/// Runs that are tried to make less of a plan that fails.
const SHRINKING: usize = 60;

/// Which runs.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// The first seed.
    pub first: u64,
    /// How many, at most.
    pub count: u64,
    /// For how long; a run that has begun is ended.
    pub time: Duration,
    /// At once.
    pub threads: usize,
}

/// What they came to.
#[derive(Default)]
struct Tally {
    runs: u64,
    blocks: u64,
    missed: u64,
    unjust: u64,
    done: u64,
    expired: u64,
    slowest: u64,
    reads: usize,
    events: BTreeMap<&'static str, u64>,
    findings: Vec<String>,
}

impl Tally {
    fn add(&mut self, plan: &Plan, outcome: &Outcome) {
        self.runs += 1;
        self.blocks += outcome.chain.len() as u64;
        self.missed += outcome.missed as u64;
        self.unjust += outcome.unjust as u64;
        self.done += outcome.done as u64;
        self.expired += outcome.expired as u64;
        self.slowest = self.slowest.max(outcome.slowest);
        self.reads = self.reads.max(outcome.reads);
        for event in &plan.events {
            *self.events.entry(event.kind()).or_insert(0) += 1;
        }
    }

    fn print(&self, begun: Instant) {
        println!(
            "{} runs in {} s, {} found: {} blocks, {} slots missed ({} by honest members while all was calm), {} transactions \
             final ({} blocks after a node took them at most), {} expired, at most {} reads of the state for a block",
            self.runs,
            begun.elapsed().as_secs(),
            self.findings.len(),
            self.blocks,
            self.missed,
            self.unjust,
            self.done,
            self.slowest,
            self.expired,
            self.reads,
        );
        println!("what happened, by kind: {:?}", self.events);
    }
}

/// The command that repeats a run.
pub fn command(seed: u64, edit: &Edit) -> String {
    if *edit == Edit::default() {
        format!("cargo xtask storm --seed {seed}")
    } else {
        format!("cargo xtask storm --seed {seed} --edit {edit}")
    }
}

/// Runs the plan of a seed; if it fails, the report of the smallest plan found that does.
pub fn examine(seed: u64, tries: usize) -> Result<(Plan, Outcome), String> {
    let plan = Plan::draw(seed);
    match drive::run(&plan) {
        Ok(outcome) => Ok((plan, outcome)),
        Err(finding) => {
            println!(
                "seed {seed} fails: {finding}\n  {}",
                command(seed, &Edit::default())
            );
            let (edit, smaller) = Edit::shrink(&plan, tries, |less| drive::run(less).err());
            let less = edit.apply(&plan).unwrap_or(plan);
            Err(format!(
                "{}\n{less}  {}",
                smaller.unwrap_or(finding),
                command(seed, &edit)
            ))
        }
    }
}

impl Campaign {
    /// Runs them; the reports of those that fail.
    pub fn run(&self) -> Vec<String> {
        let begun = Instant::now();
        let next = AtomicU64::new(0);
        let tally = Mutex::new(Tally::default());
        let said = Mutex::new(Instant::now());
        std::thread::scope(|scope| {
            for _ in 0..self.threads.max(1) {
                scope.spawn(|| {
                    while begun.elapsed() < self.time {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        if index >= self.count {
                            break;
                        }
                        let seed = self.first.wrapping_add(index);
                        let result = examine(seed, SHRINKING);
                        let mut tally = tally.lock().unwrap();
                        match result {
                            Ok((plan, outcome)) => tally.add(&plan, &outcome),
                            Err(report) => {
                                println!("FOUND {report}");
                                tally.runs += 1;
                                tally.findings.push(report);
                            }
                        }
                        let mut said = said.lock().unwrap();
                        if said.elapsed() > Duration::from_secs(30) {
                            tally.print(begun);
                            *said = Instant::now();
                        }
                    }
                });
            }
        });
        let tally = tally.into_inner().unwrap();
        tally.print(begun);
        tally.findings
    }
}
