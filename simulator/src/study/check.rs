//! The bounds of every value of a study.

use super::*;
use crate::policy;

fn share(key: &'static str, found: f64) -> Result<(), StudyError> {
    if (0.0..=1.0).contains(&found) {
        return Ok(());
    }
    Err(value(key, format!("{found} is not a share: 0 to 1 is")))
}

fn between<T: PartialOrd + std::fmt::Display>(
    key: &'static str,
    found: T,
    low: T,
    high: T,
) -> Result<(), StudyError> {
    // Written so that NaN is refused.
    if found >= low && found <= high {
        return Ok(());
    }
    Err(value(
        key,
        format!("{found} is out of range: {low} to {high}"),
    ))
}

impl Study {
    /// Says what is out of bounds, if anything.
    pub fn check(&self) -> Result<(), StudyError> {
        self.check_population()?;
        share("locks.holders", self.locks.holders)?;
        share("locks.share", self.locks.share)?;
        self.check_miners()?;
        self.check_behaviour()?;
        self.check_adversaries()?;
        let params = &self.params;
        between("params.committee", params.committee, 1, 4_096)?;
        between(
            "params.blocks_per_round",
            params.blocks_per_round,
            2,
            100_000,
        )?;
        between("params.min_committee", params.min_committee, 1, 4_096)?;
        between(
            "params.day_seconds",
            params.day_seconds,
            1,
            366 * CALENDAR_DAY,
        )?;
        between("params.slot_ms", params.slot_ms, 10, 86_400_000)?;
        between("params.min_lock", params.min_lock, 1, GENESIS_SUPPLY)?;
        let run = &self.run;
        between("run.rounds", run.rounds, 1, 10_000_000)?;
        between("run.seeds", run.seeds, 1, 10_000)?;
        if run.policies.is_empty() {
            return Err(value("run.policies", "at least one policy must run"));
        }
        for (index, name) in run.policies.iter().enumerate() {
            if run.policies[..index].contains(name) {
                return Err(value("run.policies", format!("{name:?} is listed twice")));
            }
            if let Err(reason) = policy::find(name) {
                return Err(value("run.policies", reason));
            }
        }
        Ok(())
    }

    fn check_population(&self) -> Result<(), StudyError> {
        let population = &self.population;
        between("population.supply", population.supply(), 1, TOTAL_SUPPLY)?;
        if let Some(total) = population.total() {
            between("population.total", total, 1, TOTAL_SUPPLY)?;
        }
        match population {
            Population::Pareto { holders, alpha, .. } => {
                between("population.alpha", *alpha, 1.01, 100.0)?;
                between("population.holders", *holders, 1, HOLDERS_MAX)?;
            }
            Population::Lognormal { holders, sigma, .. } => {
                between("population.sigma", *sigma, 0.001, 10.0)?;
                between("population.holders", *holders, 1, HOLDERS_MAX)?;
            }
            Population::Equal { holders, .. } => {
                between("population.holders", *holders, 1, HOLDERS_MAX)?;
            }
            Population::Holders40k { .. } | Population::Csv { .. } | Population::Network { .. } => {
            }
        }
        let synthetic = matches!(
            population,
            Population::Pareto { .. } | Population::Lognormal { .. }
        );
        if synthetic && population.total().is_none() {
            return Err(value(
                "population.total",
                "a synthetic population needs a sum to scale to, in ETM",
            ));
        }
        Ok(())
    }

    fn check_miners(&self) -> Result<(), StudyError> {
        between("miners.count", self.miners.count, 1, 1_000_000)?;
        between("miners.popularity", self.miners.popularity, 0.0, 10.0)?;
        match self.miners.uptime {
            Uptime::Equal { value } => share("miners.uptime.value", value)?,
            Uptime::Uniform { low, high } => {
                share("miners.uptime.low", low)?;
                share("miners.uptime.high", high)?;
                if low > high {
                    return Err(value("miners.uptime.low", "it is above miners.uptime.high"));
                }
            }
            Uptime::Mixed {
                good,
                bad,
                bad_share,
            } => {
                share("miners.uptime.good", good)?;
                share("miners.uptime.bad", bad)?;
                share("miners.uptime.bad_share", bad_share)?;
            }
        }
        for outage in &self.outages {
            share("outage.share", outage.share)?;
            if outage.from_day >= outage.to_day {
                return Err(value("outage.to_day", "it must be after outage.from_day"));
            }
        }
        Ok(())
    }

    fn check_behaviour(&self) -> Result<(), StudyError> {
        let behaviour = &self.behaviour;
        share("behaviour.loyal", behaviour.loyal)?;
        share("behaviour.random", behaviour.random)?;
        share("behaviour.crowd", behaviour.crowd)?;
        share("behaviour.best_response", behaviour.best_response)?;
        let sum = behaviour.loyal + behaviour.random + behaviour.crowd + behaviour.best_response;
        if (sum - 1.0).abs() > 1e-9 {
            let reason =
                format!("loyal, random, crowd and best_response sum to {sum}, they must sum to 1");
            return Err(value("behaviour", reason));
        }
        share("behaviour.restless", behaviour.restless)?;
        between("behaviour.horizon_days", behaviour.horizon_days, 1, 3_650)?;
        between("behaviour.inertia", behaviour.inertia, 0.0, 100.0)
    }

    fn check_adversaries(&self) -> Result<(), StudyError> {
        let mut sum = 0.0;
        for adversary in &self.adversaries {
            between("adversary.share", adversary.share(), 0.0, 0.99)?;
            between("adversary.accounts", adversary.accounts(), 1, 10_000_000)?;
            if let Adversary::Cartel {
                miners, accounts, ..
            }
            | Adversary::Withholder {
                miners, accounts, ..
            } = adversary
            {
                between("adversary.miners", *miners, 1, 100_000)?;
                if accounts < miners {
                    let reason = format!(
                        "{accounts} accounts can't vote for {miners} miners: at least as many are needed"
                    );
                    return Err(value("adversary.accounts", reason));
                }
            }
            sum += adversary.share();
        }
        if sum > 0.99 {
            return Err(value(
                "adversary.share",
                format!("the shares sum to {sum}, at most 0.99 is left to them"),
            ));
        }
        Ok(())
    }
}
