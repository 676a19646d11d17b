//! Builds the [`World`] that a study describes, from a seed.

use crate::{
    population::{self, PopulationError},
    rng::Stream,
    study::{Adversary, Owners, Study, Uptime},
    units::ETM,
    world::{Actor, Miner, Voter, World},
};
use std::path::Path;

/// Why there is no world.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// No population.
    #[error("population: {0}")]
    Population(#[from] PopulationError),
    /// The study contradicts itself.
    #[error("{0}")]
    Study(String),
}

impl World {
    /// The world of a study for a seed; files are relative to `folder`.
    pub fn build(study: &Study, folder: &Path, seed: u64) -> Result<Self, WorldError> {
        let balances = population::balances(&study.population, folder, seed)?;
        let min_lock = study.params.min_lock.saturating_mul(ETM);
        let mut stream = Stream::new(seed, "locks");
        let mut stake = Vec::with_capacity(balances.len());
        let mut left_out = 0;
        for balance in balances {
            let locks = study.locks.holders >= 1.0 || stream.unit() < study.locks.holders;
            let locked = match study.locks.share >= 1.0 {
                true => balance,
                false => (balance as f64 * study.locks.share) as u64,
            };
            if locks && locked >= min_lock {
                stake.push(locked);
            } else {
                left_out += 1;
            }
        }
        if stake.is_empty() {
            let reason = format!(
                "nobody locks {} ETM or more: raise locks.share or population.total",
                study.params.min_lock
            );
            return Err(WorldError::Study(reason));
        }
        let mut world = Self {
            vote: Vec::with_capacity(stake.len()),
            voter: Vec::with_capacity(stake.len()),
            honest: stake.len(),
            stake,
            time_gain: Vec::new(),
            miners: Vec::new(),
            actors: Vec::new(),
            left_out,
        };
        world.choose_votes(study, seed);
        world.choose_behaviour(study, seed);
        world.add_adversaries(study, seed)?;
        world.add_miners(study, seed)?;
        if u32::try_from(world.account_count()).is_err() {
            return Err(WorldError::Study("more than 4294967295 accounts".into()));
        }
        world.check(study)?;
        Ok(world)
    }

    /// Says so if too few miners have votes for a committee.
    pub fn check(&self, study: &Study) -> Result<(), WorldError> {
        let mut voted = vec![false; self.miners.len()];
        for miner in &self.vote {
            if let Some(voted) = voted.get_mut(*miner as usize) {
                *voted = true;
            }
        }
        let found = voted.iter().filter(|voted| **voted).count();
        let needed = study.params.min_committee;
        if found < needed as usize {
            let reason = format!(
                "only {found} miners have votes, a committee needs {needed}: more holders or miners, or a lower params.min_committee"
            );
            return Err(WorldError::Study(reason));
        }
        Ok(())
    }

    fn choose_votes(&mut self, study: &Study, seed: u64) {
        let mut stream = Stream::new(seed, "votes");
        let popularity = popularity(study);
        self.vote
            .extend((0..self.honest).map(|_| stream.pick(&popularity) as u32));
    }

    fn choose_behaviour(&mut self, study: &Study, seed: u64) {
        let mut stream = Stream::new(seed, "behaviour");
        let behaviour = &study.behaviour;
        let random = behaviour.loyal + behaviour.random;
        let crowd = random + behaviour.crowd;
        for _ in 0..self.honest {
            let point = stream.unit();
            self.voter.push(match point {
                _ if point < behaviour.loyal => Voter::Loyal,
                _ if point < random => Voter::Random,
                _ if point < crowd => Voter::Crowd,
                _ if behaviour.best_response > 0.0 => Voter::BestResponse,
                _ => Voter::Loyal,
            });
        }
    }

    fn add_adversaries(&mut self, study: &Study, seed: u64) -> Result<(), WorldError> {
        let honest = self.locked() as f64;
        let shares: f64 = study.adversaries.iter().map(Adversary::share).sum();
        let total = honest / (1.0 - shares);
        if total > study.population.supply() as f64 * ETM as f64 {
            let reason = "the adversaries' stake and the population's exceed the supply: lower population.total or locks.share";
            return Err(WorldError::Study(reason.into()));
        }
        let mut stream = Stream::new(seed, "adversaries");
        let popularity = popularity(study);
        let mut miners = study.miners.count;
        for adversary in &study.adversaries {
            let accounts = adversary.accounts();
            let each = (total * adversary.share() / f64::from(accounts)) as u64;
            if each < study.params.min_lock.saturating_mul(ETM) {
                let reason = format!(
                    "an adversary with {accounts} accounts would lock {each} units in each, below the least lock"
                );
                return Err(WorldError::Study(reason));
            }
            let first = self.stake.len() as u32;
            for account in 0..accounts {
                self.stake.push(each);
                self.voter.push(Voter::Loyal);
                self.vote.push(match adversary {
                    Adversary::Whale { .. } => stream.pick(&popularity) as u32,
                    Adversary::Cartel { miners: own, .. }
                    | Adversary::Withholder { miners: own, .. } => miners + account % own,
                });
            }
            self.actors.push(Actor {
                kind: adversary.kind(),
                accounts: first..first + accounts,
                miners: miners..miners + adversary.miners(),
            });
            miners += adversary.miners();
        }
        Ok(())
    }

    fn add_miners(&mut self, study: &Study, seed: u64) -> Result<(), WorldError> {
        let count = study.miners.count as usize;
        let mut stream = Stream::new(seed, "miners");
        let owners = self.owners(study)?;
        for owner in owners {
            let uptime = match study.miners.uptime {
                Uptime::Equal { value } => value,
                Uptime::Uniform { low, high } => low + (high - low) * stream.unit(),
                Uptime::Mixed {
                    good,
                    bad,
                    bad_share,
                } => match stream.unit() < bad_share {
                    true => bad,
                    false => good,
                },
            };
            self.miners.push(Miner {
                owner,
                uptime,
                outages: Vec::new(),
            });
        }
        for outage in &study.outages {
            let mut order: Vec<usize> = (0..count).collect();
            stream.shuffle(&mut order);
            let affected = (outage.share * count as f64).round() as usize;
            for miner in &order[..affected.min(count)] {
                self.miners[*miner]
                    .outages
                    .push((outage.from_day, outage.to_day));
            }
        }
        for actor in &self.actors {
            for (place, _) in actor.miners.clone().enumerate() {
                // A cartel's miners are its first accounts; they never miss a slot but on purpose.
                let owner = actor.accounts.start + place as u32;
                self.miners.push(Miner {
                    owner,
                    uptime: 1.0,
                    outages: Vec::new(),
                });
            }
        }
        Ok(())
    }

    /// The accounts of the honest miners.
    fn owners(&mut self, study: &Study) -> Result<Vec<u32>, WorldError> {
        let count = study.miners.count as usize;
        let after = self.stake.len();
        match study.miners.owners {
            Owners::Independent => Ok((after..after + count)
                .map(|account| account as u32)
                .collect()),
            Owners::Largest => {
                if self.honest < count {
                    let reason = format!("{} holders can't own {count} miners", self.honest);
                    return Err(WorldError::Study(reason));
                }
                let mut order: Vec<u32> = (0..self.honest as u32).collect();
                order.sort_by_key(|account| std::cmp::Reverse(self.stake[*account as usize]));
                order.truncate(count);
                for (miner, account) in order.iter().enumerate() {
                    self.vote[*account as usize] = miner as u32;
                    self.voter[*account as usize] = Voter::Loyal;
                }
                Ok(order)
            }
        }
    }
}

/// Rising sums of the popularity of honest miners.
fn popularity(study: &Study) -> Vec<f64> {
    let exponent = study.miners.popularity;
    let mut sum = 0.0;
    (1..=study.miners.count)
        .map(|place| {
            sum += match exponent {
                0.0 => 1.0,
                _ => libm::pow(f64::from(place), -exponent),
            };
            sum
        })
        .collect()
}

#[cfg(test)]
mod tests;
