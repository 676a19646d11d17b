//! All runs of a question, on several threads and machines.

use crate::{
    results::{self, FORMAT, Results, VariantRecord},
    run::RunError,
    study::Study,
    task::Task,
    world::World,
};
use rayon::prelude::*;
use std::sync::Mutex;

/// A part of the runs: those whose place in the order is `index` modulo `count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    pub index: usize,
    /// At least 1.
    pub count: usize,
}

impl Shard {
    /// All runs.
    pub const WHOLE: Self = Self { index: 0, count: 1 };
}

impl std::str::FromStr for Shard {
    type Err = String;

    /// From `2/5`, the second of five.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no shard: 1/5 to 5/5 are those of five machines");
        let (index, count) = text.split_once('/').ok_or_else(wrong)?;
        let index: usize = index.parse().map_err(|_| wrong())?;
        let count: usize = count.parse().map_err(|_| wrong())?;
        if index == 0 || index > count {
            return Err(wrong());
        }
        Ok(Self {
            index: index - 1,
            count,
        })
    }
}

/// A variant and how to make its world for a seed.
pub struct Question<'a> {
    /// What goes into the results.
    pub records: Vec<VariantRecord>,
    /// Makes the world of a variant for a seed.
    pub world: &'a (dyn Fn(usize, u64) -> Result<World, String> + Sync),
}

/// A run that is to be.
#[derive(Clone, Copy, Debug)]
struct Job<'a> {
    variant: usize,
    policy: &'a str,
    seed: u64,
}

impl Question<'_> {
    fn jobs(&self) -> Vec<Job<'_>> {
        let mut jobs = Vec::new();
        for (variant, record) in self.records.iter().enumerate() {
            let run = &record.study.run;
            for policy in &run.policies {
                for seed in 0..u64::from(run.seeds) {
                    let seed = run.seed.wrapping_add(seed);
                    jobs.push(Job {
                        variant,
                        policy,
                        seed,
                    });
                }
            }
        }
        jobs
    }

    fn study(&self, variant: usize) -> &Study {
        &self.records[variant].study
    }

    /// Rounds of all runs of a shard.
    pub fn rounds(&self, shard: Shard) -> u64 {
        let jobs = self.jobs();
        let own = jobs.iter().skip(shard.index).step_by(shard.count);
        own.map(|job| self.study(job.variant).run.rounds).sum()
    }

    /// Runs them on the threads of the current pool. `go_on` is told of rounds played and says whether to go on; what
    /// was played until then is in the results, marked as not complete.
    pub fn answer(
        &self,
        shard: Shard,
        go_on: &(dyn Fn(u64) -> bool + Sync),
    ) -> Result<Results, String> {
        let jobs = self.jobs();
        let own: Vec<_> = jobs.iter().skip(shard.index).step_by(shard.count).collect();
        let failure: Mutex<Option<String>> = Mutex::new(None);
        let runs: Vec<Option<results::Run>> = own
            .par_iter()
            .map(|job| {
                if !go_on(0) {
                    return None;
                }
                match self.run(job, go_on) {
                    Ok(run) => Some(run).filter(|run| run.rounds > 0),
                    Err(error) => {
                        if let Ok(mut failure) = failure.lock() {
                            failure.get_or_insert(error);
                        }
                        None
                    }
                }
            })
            .collect();
        if let Ok(Some(error)) = failure.into_inner() {
            return Err(error);
        }
        let mut results = Results {
            format: FORMAT.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            complete: false,
            jobs: jobs.len(),
            variants: self.records.clone(),
            runs: runs.into_iter().flatten().collect(),
        };
        results.complete = results.all_finished();
        Ok(results)
    }

    fn run(
        &self,
        job: &Job<'_>,
        go_on: &(dyn Fn(u64) -> bool + Sync),
    ) -> Result<results::Run, String> {
        let world = (self.world)(job.variant, job.seed)?;
        let task = Task {
            study: self.study(job.variant),
            world: &world,
            policy: job.policy,
            seed: job.seed,
            variant: job.variant,
        };
        let named = |error: RunError| {
            let label = match self.records[job.variant].values.is_empty() {
                true => String::new(),
                false => format!(", variant {}", job.variant),
            };
            format!("policy {}, seed {}{label}: {error}", job.policy, job.seed)
        };
        task.run(&go_on).map_err(named)
    }
}

/// Joins the results of shards. Runs are put in their order; of two of the same run a finished one is kept, and two
/// finished ones that differ are an error.
pub fn merge(parts: Vec<(String, Results)>) -> Result<Results, String> {
    let mut parts = parts.into_iter();
    let Some((first_name, mut merged)) = parts.next() else {
        return Err("nothing to merge".into());
    };
    for (name, part) in parts {
        if part.version != merged.version {
            return Err(format!(
                "{name} is of version {}, {first_name} of {}",
                part.version, merged.version
            ));
        }
        if part.variants != merged.variants {
            return Err(format!("{name} answers another question than {first_name}"));
        }
        merged.runs.extend(part.runs);
    }
    let mut placed = Vec::with_capacity(merged.runs.len());
    for run in std::mem::take(&mut merged.runs) {
        let Some(place) = merged.place(&run) else {
            return Err(format!(
                "a run of policy {:?}, seed {} belongs to no variant",
                run.policy, run.seed
            ));
        };
        placed.push((place, run));
    }
    // Finished and longer runs first among equals.
    placed.sort_by(|(left, one), (right, two)| {
        left.cmp(right)
            .then((two.finished, two.rounds).cmp(&(one.finished, one.rounds)))
    });
    for pair in placed.windows(2) {
        let [(left, one), (right, two)] = pair else {
            continue;
        };
        if left == right && one.finished && two.finished && one != two {
            return Err(format!(
                "two finished runs of policy {}, seed {} differ: one of the parts was not made by this version, or was changed",
                one.policy, one.seed
            ));
        }
    }
    placed.dedup_by(|(later, _), (earlier, _)| later == earlier);
    merged.runs = placed.into_iter().map(|(_, run)| run).collect();
    merged.complete = merged.all_finished();
    Ok(merged)
}

#[cfg(test)]
mod tests;
