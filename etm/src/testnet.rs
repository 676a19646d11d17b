//! `etm testnet`: a network over several hosts, made in one place.

mod fund;
mod host;

use crate::{
    failure::Failure,
    genesis::{Made, found_miner, now_ms},
    node::init::write_new,
    owner_key, values,
};
use clap::{Args, Subcommand, ValueEnum};
use etm_execution::{
    ChainParams,
    genesis::{Draft, Genesis},
};
use etm_mechanism::schedule::GENESIS_SUPPLY;
use etm_node::keys;
use etm_types::{Beacon, MinerSecrets, Units, amount::format_etm};
use etm_wallet::{files, output::Output};
use host::{Host, Site};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// What to do with a network of several hosts.
#[derive(Subcommand, Debug)]
pub enum TestnetCommand {
    /// Make the genesis and one folder a host, ready to copy
    ///
    /// Every folder holds the nodes of its host with their settings and keys, unit files for systemd and a compose file; a README tells
    /// the three commands for each. Keys of the accounts that own miners, and of the treasury that has all that nobody else was given,
    /// stay here.
    #[command(
        after_help = "Examples:\n  etm testnet init --host a.example:7000 --host b.example:7000 --host c.example:7000 --out mynet\n  etm testnet init --host 10.0.0.1:7000 --host 10.0.0.2:7000 --fund accounts.csv --out mynet\n\nThe file of --fund is a table `address,balance,locked,miner` with amounts in ETM; the last two columns may be left away or empty.\n`miner` is the number of the miner that the locked tokens vote for, from 0 in the order of the hosts."
    )]
    Init(Box<Init>),
}

/// Options of `etm testnet init`.
#[derive(Args, Debug)]
pub struct Init {
    /// Where a host is reached, and the port of its first node; the host's others take the following ports. Once for each host
    #[arg(long = "host", value_name = "HOST:PORT", required = true)]
    hosts: Vec<String>,
    /// Miners on each host
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    miners_per_host: u16,
    /// The parameters to begin with
    #[arg(long, value_enum, default_value_t = Preset::Testnet)]
    preset: Preset,
    /// The name of the chain: 1 to 64 of a-z 0-9 -
    #[arg(long, default_value = "etm-testnet")]
    name: String,
    /// Accounts with what they have and lock: a table, see below
    #[arg(long, value_name = "FILE")]
    fund: Option<PathBuf>,
    /// Seats of a committee [default: the preset's]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=101))]
    committee: Option<u32>,
    /// Blocks of a round [default: the preset's]
    #[arg(long, value_name = "L", value_parser = clap::value_parser!(u32).range(5..=1000))]
    round: Option<u32>,
    /// Time between blocks, such as 500ms or 2s [default: the preset's]
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    slot: Option<Duration>,
    /// Length of a chain day, such as 60s or 24h [default: the preset's]
    #[arg(long, value_name = "TIME", value_parser = values::day)]
    day: Option<Duration>,
    /// Port of the HTTP API of the first node on each host; the host's others take the following ports
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    api_port: u16,
    /// The folder, which must not be there yet
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Parameters to begin with.
#[derive(ValueEnum, Clone, Copy, Debug)]
enum Preset {
    /// The specification's: 101 seats, 101 blocks, 3 s slots, a deposit of 1,000 ETM
    Mainnet,
    /// To try things out: 21 seats, 50 blocks, 1 s slots, days of an hour, a deposit of 100 ETM
    Testnet,
}

/// Runs `etm testnet`.
///
/// # Errors
/// [`Failure`] with one line that says what was wrong and what would be right.
pub fn run(command: &TestnetCommand, output: &Output) -> Result<Made, Failure> {
    let TestnetCommand::Init(options) = command;
    init(options, output)
}

fn init(options: &Init, output: &Output) -> Result<Made, Failure> {
    let out = options.out.display();
    if options.out.symlink_metadata().is_ok() {
        return Err(Failure::Input(format!(
            "{out}: is there already, and a network is never overwritten; choose another --out"
        )));
    }
    let mut hosts = host::all(&options.hosts, options.miners_per_host, options.api_port)?;
    let miners = hosts.iter().map(|host| host.sites.len()).sum();
    let funds = options
        .fund
        .as_deref()
        .map(|file| fund::read(file, miners))
        .transpose()?
        .unwrap_or_default();
    // Under another name until it is whole: half a network is none.
    let failed = |error: std::io::Error| {
        let why = files::not_made(&options.out, &error);
        Failure::Failed(format!("{out} cannot be made: {why}"))
    };
    let parent = match options.out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(failed)?;
    let draft = tempfile::Builder::new()
        .prefix(".testnet-")
        .tempdir_in(parent)
        .map_err(failed)?;
    let genesis = make(options, draft.path(), &mut hosts, &funds, output)?;
    fs::rename(draft.path(), &options.out).map_err(failed)?;
    // It has gone to its place.
    let _ = draft.keep();
    let next = vec![
        format!(
            "owners      {out}/owners: the accounts that own the miners, and the treasury; they stay with you"
        ),
        format!("next        {out}/README.md has the three commands that start each host"),
    ];
    Ok(Made::of(&genesis)
        .written(&options.out, None, None)
        .with_next(next))
}

fn make(
    options: &Init,
    folder: &Path,
    hosts: &mut [Host],
    funds: &fund::Funds,
    output: &Output,
) -> Result<Genesis, Failure> {
    let owners = folder.join("owners");
    let mut draft = Draft::new(
        &*options.name,
        params(options, hosts),
        now_ms()?,
        Beacon(rand::random()),
    );
    for site in hosts.iter_mut().flat_map(|host| &mut host.sites) {
        let secrets = MinerSecrets::random();
        let owner = owner_key::owner(&owners.join(format!("miner-{}", site.miner)), output)?;
        found_miner(&mut draft, owner, secrets.prove(&owner), site.dial.clone())?;
        site.secrets = Some(secrets);
    }
    funds.add_to(&mut draft)?;
    let given = draft
        .accounts
        .values()
        .map(|units| units.0)
        .chain(draft.positions.values().map(|position| position.locked.0))
        .fold(0, u64::saturating_add);
    if given > GENESIS_SUPPLY.0 {
        return Err(Failure::Input(format!(
            "--fund: with the founding miners these are {} ETM, more than the {} ETM that there are at genesis; see that they are in ETM",
            format_etm(Units(given)),
            format_etm(GENESIS_SUPPLY)
        )));
    }
    let treasury = owner_key::owner(&owners.join("treasury"), output)?;
    draft
        .accounts
        .insert(treasury, Units(GENESIS_SUPPLY.0.saturating_sub(given)));
    let genesis = Genesis::new(draft).map_err(|error| Failure::Input(error.to_string()))?;
    let text = genesis.draft().to_json();
    write_new(&folder.join("genesis.json"), &text)?;
    let id = genesis.chain().id.to_string();
    for host in hosts.iter() {
        host.write(folder, &text, &id)?;
        for Site {
            folder: name,
            secrets,
            ..
        } in &host.sites
        {
            let file = folder.join(&host.folder).join(name).join("node.key");
            if let Some(secrets) = secrets {
                keys::save(&file, secrets).map_err(|error| Failure::Failed(error.to_string()))?;
            }
        }
    }
    write_new(&folder.join("README.md"), &host::readme(&genesis, hosts))?;
    Ok(genesis)
}

fn params(options: &Init, hosts: &[Host]) -> ChainParams {
    let mut params = match options.preset {
        Preset::Mainnet => ChainParams::mainnet(),
        Preset::Testnet => ChainParams::testnet(),
    };
    let mechanism = &mut params.mechanism;
    mechanism.committee = options.committee.unwrap_or(mechanism.committee);
    mechanism.blocks_per_round = options.round.unwrap_or(mechanism.blocks_per_round);
    if let Some(day) = options.day {
        mechanism.day_seconds = day.as_secs();
    }
    if let Some(slot) = options.slot {
        params.slot_ms = u64::try_from(slot.as_millis()).unwrap_or(u64::MAX);
    }
    // A network with fewer miners has smaller committees.
    let miners: usize = hosts.iter().map(|host| host.sites.len()).sum();
    let most = u32::try_from(miners)
        .unwrap_or(u32::MAX)
        .min(mechanism.committee);
    mechanism.min_committee = mechanism.min_committee.min(most);
    params
}
