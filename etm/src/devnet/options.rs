//! What `etm devnet` can be told.

use crate::{service::KeptHistory, values};
use clap::{Args, FromArgMatches};
use etm_execution::Genesis;
use etm_node::engine::Retention;
use std::{fmt::Display, net::IpAddr, path::PathBuf, time::Duration};

/// Where the ports of nodes begin on a new devnet, if nothing else is said.
const FIRST_NODE_PORT: u16 = 29_000;
/// Of a hundred slots, how many the lazy miner lets pass.
pub const LAZY_PERCENT: u8 = 40;

/// Options of `etm devnet`; the defaults are those of a bare `etm`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Where the network keeps its keys, genesis and chain, a folder of its own; started again with the same folder, it continues
    #[arg(long, value_name = "DIR", default_value = "devnet")]
    pub data: PathBuf,
    /// Start a new chain in the data folder, from which what a devnet made is removed; refused if anything else lies there
    #[arg(long)]
    pub fresh: bool,
    /// How many miners run a node [default: 9]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=128))]
    pub miners: Option<u16>,
    /// Seats of a committee [default: 5]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=101))]
    pub committee: Option<u16>,
    /// Blocks of a round [default: 20]
    #[arg(long, value_name = "L", value_parser = clap::value_parser!(u32).range(5..=1000))]
    pub round: Option<u32>,
    /// Time between blocks, such as 500ms or 2s [default: 500ms]
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub slot: Option<Duration>,
    /// Length of a chain day, after which every time gain grows by one, such as 60s or 24h [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = values::day)]
    pub day: Option<Duration>,
    /// Blocks that each node keeps for those that come late: `all`, or at least so many of the newest
    #[arg(long, value_name = "all|N", default_value = "all", value_parser = values::retention)]
    pub keep: Retention,
    /// The history that each node keeps: `full`, at least the last `rounds N`, or `off`
    #[arg(long, value_name = "full|rounds N|off", default_value = "full", value_parser = values::history)]
    pub history: KeptHistory,
    /// Begin with this genesis instead of a generated one; a node runs for each of its miners whose key lies in the data folder (node-0/node.key ...)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["committee", "round", "slot", "day"])]
    pub genesis: Option<PathBuf>,
    /// One operating-system process for each node instead of one for all
    #[arg(long)]
    pub processes: bool,
    /// No holders that lock and vote by themselves
    #[arg(long)]
    pub quiet_voters: bool,
    /// No miner that misses slots on purpose
    #[arg(long)]
    pub no_lazy_miner: bool,
    /// First port of the HTTP API; a port in use is passed over, 0 takes whichever are free
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    pub port: u16,
    /// First port on which the nodes of a new chain talk to each other; it stands in the chain's genesis [default: 29000]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..), conflicts_with = "genesis")]
    pub p2p_port: Option<u16>,
    /// Address the HTTP API listens on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub listen: IpAddr,
    /// Stop after this many finalized blocks (for scripts and demonstrations)
    #[arg(long, value_name = "N")]
    pub blocks: Option<u64>,
}

impl Options {
    /// How many miners a new chain has.
    pub fn miners(&self) -> u16 {
        self.miners.unwrap_or(9)
    }

    /// Seats of a committee of a new chain.
    pub fn committee(&self) -> u16 {
        self.committee.unwrap_or(5)
    }

    /// The first port of the nodes of a new chain.
    pub fn p2p_port(&self) -> u16 {
        self.p2p_port.unwrap_or(FIRST_NODE_PORT)
    }

    /// Blocks of a round of a new chain.
    pub fn round(&self) -> u32 {
        self.round.unwrap_or(20)
    }

    /// Milliseconds of a slot of a new chain.
    pub fn slot_ms(&self) -> u64 {
        self.slot.map_or(500, |slot| {
            u64::try_from(slot.as_millis()).unwrap_or(u64::MAX)
        })
    }

    /// Seconds of a day of a new chain.
    pub fn day_seconds(&self) -> u64 {
        self.day.map_or(60, |day| day.as_secs())
    }

    /// The first option that was given and says otherwise than `genesis`, with what the chain has.
    pub fn contradicted_by(&self, genesis: &Genesis) -> Option<String> {
        fn differs<T: PartialEq + Display>(
            name: &str,
            asked: Option<T>,
            held: T,
        ) -> Option<String> {
            let asked = asked.filter(|asked| *asked != held)?;
            Some(format!("{name} {asked}, where the chain has {held}"))
        }
        let params = &genesis.chain().params;
        let mechanism = &params.mechanism;
        let miners = genesis.draft().miners.len();
        differs("--miners", self.miners.map(usize::from), miners)
            .or_else(|| {
                let committee = self.committee.map(u32::from);
                differs("--committee", committee, mechanism.committee)
            })
            .or_else(|| differs("--round", self.round, mechanism.blocks_per_round))
            .or_else(|| {
                let slot = self.slot.map(|_| format!("{}ms", self.slot_ms()));
                differs("--slot", slot, format!("{}ms", params.slot_ms))
            })
            .or_else(|| {
                let day = self.day.map(|_| format!("{}s", self.day_seconds()));
                differs("--day", day, format!("{}s", mechanism.day_seconds))
            })
            .or_else(|| {
                let dial = genesis.draft().miners.first()?.dial.as_str().to_owned();
                let held = dial.rsplit_once(':')?.1.to_owned();
                let asked = self.p2p_port.map(|port| port.to_string());
                differs("--p2p-port", asked, held)
            })
    }
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

#[cfg(test)]
mod tests;
