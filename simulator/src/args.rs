//! What `etm simulate` can be told.

use crate::jobs::Shard;
use std::path::PathBuf;

/// Simulate whole networks on the mechanism itself: who is elected, who earns, what a cartel can do.
#[derive(Clone, Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  etm simulate --preset small\n  etm simulate --preset attack --print > attack.toml\n  etm simulate attack.toml --seeds 20 --out attack\n  etm simulate --from http://127.0.0.1:8080 --add-miner newcomer=5000 --out what-if\n\nPresets: holders-40k, splitting, time-gain, attack, best-response-year, withholding, small.\n\nExit codes: 0 done; 1 failed while running; 2 the question is wrong, nothing was written; 130 interrupted, what was done is written and marked as partial."
)]
pub struct SimulateArgs {
    /// What to do instead of a simulation.
    #[command(subcommand)]
    pub command: Option<SimulateCommand>,
    /// The study file (TOML).
    #[arg(value_name = "STUDY.toml")]
    pub study: Option<PathBuf>,
    /// A study that is shipped with the command.
    #[arg(long, conflicts_with_all = ["study", "from"], value_name = "PRESET")]
    pub preset: Option<String>,
    /// The folder for report.html, the CSV tables and results.json.
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write over the results that are in the folder.
    #[arg(long, requires = "out")]
    pub replace: bool,
    /// Write the study of --preset to standard output and do nothing else.
    #[arg(long, requires = "preset")]
    pub print: bool,
    /// The first seed, instead of the study's.
    #[arg(long)]
    pub seed: Option<u64>,
    /// How many seeds, instead of the study's.
    #[arg(long)]
    pub seeds: Option<u32>,
    /// How many rounds, instead of the study's.
    #[arg(long)]
    pub rounds: Option<u64>,
    /// Policies, instead of the study's.
    #[arg(long, value_delimiter = ',')]
    pub policies: Vec<String>,
    /// Threads; all cores by default. The results are the same on any number.
    #[arg(long)]
    pub threads: Option<usize>,
    /// Run a part only, for many machines: 1/5 to 5/5. Join them with `merge`.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Measure how fast this machine simulates, and do nothing else.
    #[arg(long, conflicts_with_all = ["study", "preset", "from", "out"])]
    pub timing: bool,
    /// Begin the tables with a byte-order mark, for spreadsheets that take them for another alphabet without it.
    #[arg(long)]
    pub bom: bool,
    /// No progress bar.
    #[arg(long, short)]
    pub quiet: bool,
    /// Start from a network: the URL of a node, or an etm-scenario/1 document of its state.
    #[arg(long, value_name = "URL|FILE", conflicts_with = "study")]
    pub from: Option<String>,
    /// With --from: what if there were one more miner? NAME, or NAME=ETM to have it lock and vote for itself.
    #[arg(long, value_name = "NAME[=ETM]", requires = "from")]
    pub add_miner: Vec<String>,
    /// With --from: what if votes moved? MINER:MINER:PERCENT, or ACCOUNT:MINER (names or ids; the time gain halves).
    #[arg(long, value_name = "FROM:TO[:PERCENT]", requires = "from")]
    pub move_votes: Vec<String>,
    /// With --from: what if the committee had another size?
    #[arg(long, value_name = "SEATS", requires = "from")]
    pub committee: Option<u32>,
    /// With --from: the length of a slot; that of the node by default, 3000 for a file.
    #[arg(long, value_name = "MILLISECONDS", requires = "from")]
    pub slot_ms: Option<u64>,
}

/// Other things to do.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum SimulateCommand {
    /// Join the results of shards.
    #[command(after_help = "Examples:\n  etm simulate merge part-1 part-2 --out joined")]
    Merge {
        /// Folders (or results.json files) of shards of the same question.
        #[arg(required = true, value_name = "DIR")]
        parts: Vec<PathBuf>,
        /// The folder for the joined results.
        #[arg(long, short, value_name = "DIR")]
        out: PathBuf,
        /// Write over the results that are in the folder.
        #[arg(long)]
        replace: bool,
        /// Begin the tables with a byte-order mark.
        #[arg(long)]
        bom: bool,
    },
}

impl SimulateArgs {
    /// What the arguments change of a study.
    pub(crate) fn overrides(&self) -> Result<Vec<(&'static str, toml::Value)>, String> {
        let mut changes = Vec::new();
        let integer = |name: &str, value: u64| {
            i64::try_from(value)
                .map(toml::Value::Integer)
                .map_err(|_| format!("--{name}: {value} is too large"))
        };
        if let Some(seed) = self.seed {
            changes.push(("run.seed", integer("seed", seed)?));
        }
        if let Some(seeds) = self.seeds {
            changes.push(("run.seeds", integer("seeds", seeds.into())?));
        }
        if let Some(rounds) = self.rounds {
            changes.push(("run.rounds", integer("rounds", rounds)?));
        }
        if !self.policies.is_empty() {
            let names = self.policies.iter().cloned().map(toml::Value::String);
            changes.push(("run.policies", toml::Value::Array(names.collect())));
        }
        Ok(changes)
    }
}
