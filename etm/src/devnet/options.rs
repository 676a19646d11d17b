//! What `etm devnet` can be told.

use clap::{Args, FromArgMatches};
use std::{net::IpAddr, path::PathBuf, time::Duration};

/// Options of `etm devnet`; the defaults are those of a bare `etm`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Where the network keeps its keys, genesis and chain; started again with the same folder, it continues
    #[arg(long, value_name = "DIR", default_value = "devnet")]
    pub data: PathBuf,
    /// Forget what is in the data folder and start a new chain
    #[arg(long)]
    pub fresh: bool,
    /// How many miners run a node
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub miners: u16,
    /// Seats of a committee
    #[arg(long, value_name = "K", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub committee: u16,
    /// Blocks of a round
    #[arg(long, value_name = "L", default_value_t = 20, value_parser = clap::value_parser!(u32).range(5..=1000))]
    pub round: u32,
    /// Time between blocks, such as 500ms or 2s
    #[arg(long, value_name = "TIME", default_value = "500ms", value_parser = duration)]
    pub slot: Duration,
    /// Length of a chain day, after which every time gain grows by one, such as 60s or 24h
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub day: Duration,
    /// Use this genesis instead of a generated one; nodes of miners whose keys lie in the data folder are run
    #[arg(long, value_name = "FILE", conflicts_with_all = ["committee", "round", "slot", "day"])]
    pub genesis: Option<PathBuf>,
    /// One operating-system process for each node instead of one for all
    #[arg(long)]
    pub processes: bool,
    /// Don't let some holders act by themselves
    #[arg(long)]
    pub quiet_voters: bool,
    /// No miner that misses slots on purpose
    #[arg(long)]
    pub no_lazy_miner: bool,
    /// First port of the HTTP API; a port in use is passed over
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    pub port: u16,
    /// Address the HTTP API listens on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub listen: IpAddr,
    /// Stop after this many finalized blocks (for scripts and demonstrations)
    #[arg(long, value_name = "N")]
    pub blocks: Option<u64>,
}

impl Default for Options {
    /// What a bare `etm` does: the defaults of the command line.
    fn default() -> Self {
        let command = Self::augment_args(clap::Command::new("devnet").no_binary_name(true));
        let matches = command.get_matches_from::<_, &str>([]);
        // Every argument has a default or is optional: there is nothing to miss.
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// Reads `500ms`, `2s`, `1m`, `24h`: a whole number and a unit.
///
/// # Errors
/// What was wrong and what would be right.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let wrong = || {
        format!(
            "`{text}` is no length of time: write a whole number and a unit, such as 500ms, 2s, 1m or 24h"
        )
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let factor = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong()),
    };
    match number.checked_mul(factor) {
        Some(0) | None => Err(wrong()),
        Some(milliseconds) => Ok(Duration::from_millis(milliseconds)),
    }
}

#[cfg(test)]
mod tests;
