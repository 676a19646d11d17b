//! A results document is a file like any other: what it says is checked before anything is computed from it.

use super::{Concentration, Day, FORMAT, LORENZ_STEPS, Miner, Results, Round, Run, VariantRecord};
use crate::{
    study::{Population, VARIANTS_MAX},
    time_gain::STATES,
};

/// The longest name of a measure.
const NAME_MAX: usize = 64;
/// By how much rounding may take a share above 1.
const SLACK: f64 = 1e-9;

/// Leaves the function with a reason unless the condition holds.
macro_rules! require {
    ($condition:expr, $($reason:tt)+) => {
        if !$condition {
            return Err(format!($($reason)+));
        }
    };
}

fn is_share(value: f64) -> bool {
    (0.0..=1.0 + SLACK).contains(&value)
}

impl Results {
    /// Says what in a document is not as this version writes it, if anything.
    pub fn check(&self) -> Result<(), String> {
        let own = env!("CARGO_PKG_VERSION");
        require!(
            self.format == FORMAT,
            "the format is {:?}, not {FORMAT:?}",
            self.format
        );
        require!(
            self.version == own,
            "it was written by version {:?}, this is {own}: use the version that wrote it",
            self.version
        );
        let count = self.variants.len();
        require!(
            (1..=VARIANTS_MAX).contains(&count),
            "it has {count} variants, 1 to {VARIANTS_MAX} is right"
        );
        for (index, variant) in self.variants.iter().enumerate() {
            variant
                .check()
                .map_err(|reason| format!("variant {index}: {reason}"))?;
        }
        let jobs: usize = self.variants.iter().map(VariantRecord::jobs).sum();
        require!(
            self.jobs == jobs,
            "it says that there are {} runs to be, its study has {jobs}",
            self.jobs
        );
        let mut before = None;
        for (index, run) in self.runs.iter().enumerate() {
            let at = |reason: String| format!("run {index}: {reason}");
            let place = self.place(run).ok_or_else(|| {
                at(format!(
                    "variant {}, policy {:?}, seed {} is not asked for by its study",
                    run.variant, run.policy, run.seed
                ))
            })?;
            require!(
                before < Some(place),
                "run {index} is there twice or out of order"
            );
            before = Some(place);
            run.check(&self.variants[run.variant]).map_err(at)?;
        }
        let complete = self.all_finished();
        require!(
            self.complete == complete,
            "it says complete = {}, its runs say {complete}",
            self.complete
        );
        Ok(())
    }

    /// Whether all runs are there and finished.
    pub fn all_finished(&self) -> bool {
        self.runs.len() == self.jobs && self.runs.iter().all(|run| run.finished)
    }

    /// Where a run stands in the order of all runs: variant, policy, seed. `None` if the study has no such run.
    pub fn place(&self, run: &Run) -> Option<(usize, usize, u64)> {
        let asked = &self.variants.get(run.variant)?.study.run;
        let policy = asked.policies.iter().position(|name| *name == run.policy)?;
        let seed = run.seed.wrapping_sub(asked.seed);
        (seed < asked.seeds.into()).then_some((run.variant, policy, seed))
    }
}

impl VariantRecord {
    /// How many runs it has.
    pub fn jobs(&self) -> usize {
        self.study.run.policies.len() * self.study.run.seeds as usize
    }

    /// How many miners its worlds have.
    fn miners(&self) -> usize {
        let adversaries = self.study.adversaries.iter();
        let cartels: usize = adversaries.map(|own| own.miners() as usize).sum();
        self.study.miners.count as usize + cartels
    }

    fn check(&self) -> Result<(), String> {
        self.study.check().map_err(|error| error.to_string())?;
        let network = matches!(self.study.population, Population::Network { .. });
        require!(
            network == self.live.is_some(),
            "population.kind \"network\" and a live world belong together"
        );
        let named = self
            .live
            .as_ref()
            .map_or(self.miners(), |live| live.miners.len());
        require!(
            named == self.miners(),
            "it names {named} miners and has {}",
            self.miners()
        );
        Ok(())
    }
}

impl Run {
    fn check(&self, variant: &VariantRecord) -> Result<(), String> {
        let asked = &variant.study.run;
        require!(
            (1..=asked.rounds).contains(&self.rounds),
            "{} rounds are not 1 to {}",
            self.rounds,
            asked.rounds
        );
        let whole = self.rounds == asked.rounds;
        require!(
            self.finished == whole,
            "finished = {} does not fit {} of {} rounds",
            self.finished,
            self.rounds,
            asked.rounds
        );
        require!(
            self.days.is_finite() && self.days > 0.0,
            "{} is no number of days",
            self.days
        );
        for (name, value) in &self.summary {
            let letter = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
            require!(
                (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(letter),
                "{name:?} is no name of a measure"
            );
            require!(value.is_finite(), "{name} is {value}");
        }
        for (what, curve) in &self.lorenz {
            require!(
                ["stake", "votes", "bonus", "seats"].contains(&what.as_str())
                    && curve.len() == LORENZ_STEPS + 1
                    && curve.iter().all(|share| is_share(*share)),
                "the Lorenz curve {what:?} is not {} shares of stake, votes, bonus or seats",
                LORENZ_STEPS + 1
            );
        }
        require!(
            [0, 10].contains(&self.deciles.len())
                && self
                    .deciles
                    .iter()
                    .all(|rate| rate.is_finite() && *rate >= 0.0),
            "deciles are ten rates or none"
        );
        require!(
            self.time_gain.len() == STATES && self.time_gain.iter().all(|share| is_share(*share)),
            "time_gain is not {STATES} shares"
        );
        let miners = variant.miners();
        require!(
            self.miners.len() == miners,
            "it has {} miners, its study {miners}",
            self.miners.len()
        );
        require!(
            self.miners.iter().all(Miner::is_right),
            "a share of a miner is not 0 to 1"
        );
        require!(
            self.daily.len() as u64 <= self.rounds && self.daily.iter().all(Day::is_right),
            "the rows of days are too many or hold no measures"
        );
        let rows = if asked.every_round { self.rounds } else { 0 };
        require!(
            self.every_round.len() as u64 == rows && self.every_round.iter().all(Round::is_right),
            "there are {} rows of rounds instead of {rows}, or one holds no measures",
            self.every_round.len()
        );
        Ok(())
    }
}

impl Miner {
    fn is_right(&self) -> bool {
        [
            self.stake,
            self.votes,
            self.weight,
            self.seated,
            self.missed,
        ]
        .into_iter()
        .all(is_share)
    }
}

impl Day {
    fn is_right(&self) -> bool {
        self.concentration.is_right()
            && is_share(self.seats_of_top1)
            && (0.0..=STATES as f64 + SLACK).contains(&self.time_gain)
    }
}

impl Round {
    fn is_right(&self) -> bool {
        self.concentration.is_right() && self.bonus.is_finite() && self.bonus >= 0.0
    }
}

impl Concentration {
    fn is_right(&self) -> bool {
        self.named()
            .iter()
            .all(|(_, spread)| is_share(spread.gini) && is_share(spread.hhi))
    }
}

#[cfg(test)]
mod tests;
