//! Study files of the lab (TOML): what is asked. Every key is checked before anything runs.

use etm_mechanism::{Units, schedule};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

mod check;
mod sweep;
pub use sweep::{VARIANTS_MAX, Variant, variants};

/// What mainnet has at genesis, whole ETM.
const GENESIS_SUPPLY: u64 = schedule::GENESIS_SUPPLY.0 / crate::units::ETM;
/// The most there will ever be, whole ETM.
const TOTAL_SUPPLY: u64 = schedule::TOTAL_SUPPLY.0 / crate::units::ETM;
/// More holders than this are refused: they would not fit in memory.
pub const HOLDERS_MAX: usize = 50_000_000;
/// Seconds of a calendar day: behaviours and daily measures go by it, whatever `params.day_seconds` says.
pub const CALENDAR_DAY: u64 = 86_400;

/// Why a study is refused.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// Not TOML, an unknown key, a wrong type, a missing key.
    #[error("{0}")]
    Toml(String),
    /// A value outside its bounds.
    #[error("{key}: {reason}")]
    Value {
        key: &'static str,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// The sweep names something that can't be varied.
    #[error("sweep: {0}")]
    Sweep(String),
}

fn value(key: &'static str, reason: impl Into<String>) -> StudyError {
    StudyError::Value {
        key,
        reason: reason.into(),
    }
}

/// A study: population, miners, behaviour, adversaries, parameters, and what to run.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Study {
    /// A short name.
    pub name: String,
    /// The question it answers, in words; shown in the report.
    #[serde(default)]
    pub question: String,
    /// Who holds how much.
    pub population: Population,
    /// What part of it is locked.
    #[serde(default)]
    pub locks: Locks,
    #[serde(default)]
    pub miners: Miners,
    /// Miners that go offline for some days.
    #[serde(default, rename = "outage", skip_serializing_if = "Vec::is_empty")]
    pub outages: Vec<Outage>,
    /// How voters behave.
    #[serde(default)]
    pub behaviour: Behaviour,
    /// Who is up to something.
    #[serde(default, rename = "adversary", skip_serializing_if = "Vec::is_empty")]
    pub adversaries: Vec<Adversary>,
    /// Parameters of the chain.
    #[serde(default)]
    pub params: Params,
    #[serde(default)]
    pub run: Run,
}

/// Who holds how much.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Population {
    /// The shipped distribution of 39,957 real holders.
    #[serde(rename = "holders-40k")]
    Holders40k {
        /// Scale the balances to this sum, ETM.
        total: Option<u64>,
        /// What exists, ETM.
        #[serde(default = "genesis_supply")]
        supply: u64,
    },
    /// A CSV with a header line and a column of balances in ETM.
    Csv {
        /// The file, relative to the study.
        file: PathBuf,
        #[serde(default = "balance_column")]
        column: String,
        /// Scale the balances to this sum, ETM.
        total: Option<u64>,
        /// What exists, ETM.
        #[serde(default = "genesis_supply")]
        supply: u64,
    },
    /// Pareto with exponent `alpha`.
    Pareto {
        /// How many.
        holders: usize,
        /// The exponent, above 1.
        alpha: f64,
        /// The sum of all balances, ETM.
        total: Option<u64>,
        /// What exists, ETM.
        #[serde(default = "genesis_supply")]
        supply: u64,
    },
    /// Log-normal: `exp(sigma * normal)`.
    Lognormal {
        /// How many.
        holders: usize,
        /// The standard deviation of the logarithm, above 0.
        sigma: f64,
        /// The sum of all balances, ETM.
        total: Option<u64>,
        /// What exists, ETM.
        #[serde(default = "genesis_supply")]
        supply: u64,
    },
    /// Positions of a live network (`--from`): never written by hand.
    Network {
        /// How many.
        positions: usize,
    },
    /// Everybody the same: 1 ETM, or an equal part of `total`.
    Equal {
        /// How many.
        holders: usize,
        /// The sum of all balances, ETM.
        total: Option<u64>,
        /// What exists, ETM.
        #[serde(default = "genesis_supply")]
        supply: u64,
    },
}

impl Population {
    /// The sum to scale to, ETM.
    pub const fn total(&self) -> Option<u64> {
        match self {
            Self::Holders40k { total, .. }
            | Self::Csv { total, .. }
            | Self::Pareto { total, .. }
            | Self::Lognormal { total, .. }
            | Self::Equal { total, .. } => *total,
            Self::Network { .. } => None,
        }
    }

    /// What exists, ETM.
    pub const fn supply(&self) -> u64 {
        match self {
            Self::Holders40k { supply, .. }
            | Self::Csv { supply, .. }
            | Self::Pareto { supply, .. }
            | Self::Lognormal { supply, .. }
            | Self::Equal { supply, .. } => *supply,
            Self::Network { .. } => TOTAL_SUPPLY,
        }
    }
}

const fn genesis_supply() -> u64 {
    GENESIS_SUPPLY
}

fn balance_column() -> String {
    "balance".into()
}

/// What part of the population is locked.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Locks {
    /// The share of the holders that lock at all, chosen by chance.
    pub holders: f64,
    /// The share of its balance each of them locks.
    pub share: f64,
}

impl Default for Locks {
    fn default() -> Self {
        Self {
            holders: 1.0,
            share: 1.0,
        }
    }
}

#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Miners {
    /// How many, besides those of adversaries.
    pub count: u32,
    /// At the start voters choose miner `i` (from 0) with probability proportional to `(i + 1)^-popularity`.
    pub popularity: f64,
    /// Who runs them.
    pub owners: Owners,
    /// The chance that a miner uses a slot of its.
    pub uptime: Uptime,
}

impl Default for Miners {
    fn default() -> Self {
        Self {
            count: 300,
            popularity: 0.5,
            owners: Owners::Independent,
            uptime: Uptime::Equal { value: 0.995 },
        }
    }
}

/// Who runs the miners.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Owners {
    /// Accounts that hold nothing.
    Independent,
    /// The largest holders, who vote for their own miner for good.
    Largest,
}

/// How reliable miners are.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Uptime {
    /// All the same.
    Equal {
        /// The chance to use a slot.
        value: f64,
    },
    /// Uniform between two values.
    Uniform {
        /// The least.
        low: f64,
        /// The greatest.
        high: f64,
    },
    /// Some are bad.
    Mixed {
        /// Of the good ones.
        good: f64,
        /// Of the bad ones.
        bad: f64,
        /// The share of miners that are bad, chosen by chance.
        bad_share: f64,
    },
}

/// Miners that are offline from the start of one calendar day to the start of another.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// The first day, from 0.
    pub from_day: u64,
    /// The day they are back.
    pub to_day: u64,
    /// The share of the miners, chosen by chance.
    pub share: f64,
}

/// How voters behave: the shares sum to 1.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// Never move.
    pub loyal: f64,
    /// Move now and then to any miner.
    pub random: f64,
    /// Move now and then to a miner chosen in proportion to its votes.
    pub crowd: f64,
    /// Move to where the expected bonus is largest.
    pub best_response: f64,
    /// The chance of a random or crowd voter to move on a day.
    pub restless: f64,
    /// How many best-response voters look around on a day, by turns; all of them if there are fewer.
    pub active_per_day: u32,
    /// The days a best-response voter looks ahead.
    pub horizon_days: u32,
    /// By how much another miner must be better for a best-response voter to move: 0.02 is 2 %.
    pub inertia: f64,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            loyal: 1.0,
            random: 0.0,
            crowd: 0.0,
            best_response: 0.0,
            restless: 0.02,
            active_per_day: 1_000,
            horizon_days: 30,
            inertia: 0.02,
        }
    }
}

/// Who is up to something.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Adversary {
    /// A holder that splits its lock over accounts, which vote like independent voters at the start and stay.
    Whale {
        /// Its share of all that is locked, itself included.
        share: f64,
        /// Over how many accounts.
        accounts: u32,
    },
    /// Somebody who registers miners and votes for them alone, evenly; the seats it holds are counted against a
    /// third of the committee.
    Cartel {
        /// Its share of all that is locked, itself included.
        share: f64,
        /// How many miners.
        miners: u32,
        /// Over how many accounts its lock is split.
        accounts: u32,
    },
    /// A cartel whose members forgo the last slot of a round if the beacon they would make brings the lucky bonus to
    /// nobody of theirs (mechanism.md section 14): whoever comes next makes another.
    Withholder {
        /// Its share of all that is locked, itself included.
        share: f64,
        /// How many miners.
        miners: u32,
        /// Over how many accounts its lock is split.
        accounts: u32,
    },
}

impl Adversary {
    /// Its share of all that is locked.
    pub const fn share(&self) -> f64 {
        match self {
            Self::Whale { share, .. }
            | Self::Cartel { share, .. }
            | Self::Withholder { share, .. } => *share,
        }
    }

    pub const fn accounts(&self) -> u32 {
        match self {
            Self::Whale { accounts, .. }
            | Self::Cartel { accounts, .. }
            | Self::Withholder { accounts, .. } => *accounts,
        }
    }

    pub const fn miners(&self) -> u32 {
        match self {
            Self::Whale { .. } => 0,
            Self::Cartel { miners, .. } | Self::Withholder { miners, .. } => *miners,
        }
    }

    /// What it is called in measures.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Whale { .. } => "whale",
            Self::Cartel { .. } => "cartel",
            Self::Withholder { .. } => "withholder",
        }
    }
}

/// Parameters of the chain (mechanism.md); mainnet's by default.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// `K`.
    pub committee: u32,
    /// `L`.
    pub blocks_per_round: u32,
    pub min_committee: u32,
    /// Seconds between steps of the time gain.
    pub day_seconds: u64,
    /// Milliseconds of a slot.
    pub slot_ms: u64,
    /// The least lock, ETM.
    pub min_lock: u64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            committee: 101,
            blocks_per_round: 101,
            min_committee: 4,
            day_seconds: 86_400,
            slot_ms: 3_000,
            min_lock: 1,
        }
    }
}

#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Run {
    /// How long, in rounds.
    pub rounds: u64,
    /// The first seed.
    pub seed: u64,
    /// How many seeds: `seed`, `seed + 1` ...
    pub seeds: u32,
    /// Policies, side by side on the same population, behaviour and seeds.
    pub policies: Vec<String>,
    /// Whether to keep a row for every round (`rounds.csv`).
    pub every_round: bool,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            rounds: 2_850,
            seed: 1,
            seeds: 3,
            policies: vec!["entanmo".into()],
            every_round: false,
        }
    }
}

/// Mainnet parameters and voters that never move, for measuring speed; its population stands for positions made
/// elsewhere.
pub(crate) fn static_study() -> Study {
    Study {
        name: "static voters".into(),
        question: String::new(),
        population: Population::Network { positions: 0 },
        locks: Locks::default(),
        miners: Miners::default(),
        outages: Vec::new(),
        behaviour: Behaviour::default(),
        adversaries: Vec::new(),
        params: Params::default(),
        run: Run::default(),
    }
}

impl Study {
    /// A study from a table, checked.
    pub fn from_table(table: toml::Table) -> Result<Self, StudyError> {
        let study: Self = table.try_into().map_err(|error: toml::de::Error| {
            StudyError::Toml(error.to_string().trim_end().into())
        })?;
        if matches!(study.population, Population::Network { .. }) {
            return Err(value(
                "population.kind",
                "\"network\" is not for study files: use --from",
            ));
        }
        study.check()?;
        Ok(study)
    }

    pub fn mechanism_params(&self) -> etm_mechanism::Params {
        etm_mechanism::Params {
            committee: self.params.committee,
            blocks_per_round: self.params.blocks_per_round,
            min_committee: self.params.min_committee,
            // `check` bounds it by the supply.
            min_lock: Units(self.params.min_lock.saturating_mul(crate::units::ETM)),
            day_seconds: self.params.day_seconds,
            ..etm_mechanism::Params::mainnet()
        }
    }

    /// Rounds of a calendar day if no slot is missed.
    pub fn rounds_per_day(&self) -> f64 {
        let round_ms = self.params.slot_ms as f64 * f64::from(self.params.blocks_per_round);
        CALENDAR_DAY as f64 * 1_000.0 / round_ms
    }
}

#[cfg(test)]
mod tests;
