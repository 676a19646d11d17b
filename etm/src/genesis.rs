//! `etm genesis`: make, check and import the genesis of a chain.

mod keys;
mod made;

use crate::{failure::Failure, home, owner_key};
use clap::{Args, Subcommand, ValueEnum};
use etm_execution::{
    ChainParams,
    genesis::{
        Draft, DraftMiner, DraftPosition, Genesis, GenesisError,
        import::{Labels, import_csv, import_v1},
    },
};
use etm_mechanism::schedule::{GENESIS_SUPPLY, TOTAL_SUPPLY};
use etm_types::{
    Address, Beacon, DialAddress, MinerId, MinerKeys, MinerName, TimeGain, Units,
    amount::format_etm,
};
use etm_wallet::{files, output::Output};
pub use made::Made;
use made::{Keys, Taken};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// What every founding miner's owner locks and votes with, as the original network's did.
const FOUNDING_LOCK: Units = Units(200 * Units::ETM.0);
/// What every founding miner's owner can spend on fees.
const FOUNDING_BALANCE: Units = Units(10 * Units::ETM.0);

/// What to do with a genesis.
#[derive(Subcommand, Debug)]
pub enum GenesisCommand {
    /// Make a genesis with founding miners whose keys are generated
    #[command(
        after_help = "Examples:\n  etm genesis new --name mynet --miners 7 --out genesis.json\n  etm genesis new --preset devnet --node-keys keys"
    )]
    New(New),
    /// Check a genesis file and show the chain that follows from it
    #[command(after_help = "Examples:\n  etm genesis check genesis.json")]
    Check {
        /// A genesis file, JSON or TOML
        file: PathBuf,
    },
    /// Make a genesis from real input: the original network's genesis block or a table of balances
    #[command(
        after_help = "Examples:\n  etm genesis import --from-v1 genesisBlock.json --out genesis.json\n  etm genesis import --from-csv holders.csv --labels unspendable --miners 7"
    )]
    Import(Import),
}

/// Options of a new genesis.
#[derive(Args, Debug)]
pub struct New {
    /// The name of the chain: 1 to 64 of a-z 0-9 -
    #[arg(long, default_value = "etm")]
    name: String,
    /// The parameters to begin with; change them in the file before anything runs with it
    #[arg(long, value_enum, default_value_t = Preset::Mainnet)]
    preset: Preset,
    /// How many founding miners
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(0..=1000))]
    miners: u16,
    /// Where the keys of the miners go, a folder each: node.key of the node, owner.key of the account that owns the miner. Keys that lie there are taken
    #[arg(long, value_name = "DIR", default_value = "genesis-keys")]
    node_keys: PathBuf,
    /// Address of the first miner's node; the others take the following ports
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:9100")]
    dial: std::net::SocketAddr,
    /// Where the genesis goes
    #[arg(long, value_name = "FILE", default_value = "genesis.json")]
    out: PathBuf,
}

/// Options of an import.
#[derive(Args, Debug)]
#[group(skip)]
#[command(group = clap::ArgGroup::new("source").required(true))]
pub struct Import {
    /// The original network's genesis block (JSON): delegates, lock-ups, votes and balances keep their addresses
    #[arg(long, value_name = "FILE", group = "source")]
    from_v1: Option<PathBuf>,
    /// A table `account,balance` with balances in ETM
    #[arg(long, value_name = "FILE", group = "source")]
    from_csv: Option<PathBuf>,
    /// What becomes of accounts of the table that are no addresses
    #[arg(long, value_enum, default_value_t = LabelChoice::Refuse)]
    labels: LabelChoice,
    #[command(flatten)]
    new: New,
}

/// Parameters to begin with.
#[derive(ValueEnum, Clone, Copy, Debug)]
enum Preset {
    /// The specification's: 101 seats, 101 blocks, 3 s slots
    Mainnet,
    /// For several hosts: 21 seats, 50 blocks, 1 s slots, days of an hour
    Testnet,
    /// Small and fast: 5 seats, 20 blocks, 500 ms slots, days of a minute
    Devnet,
}

/// What becomes of labels.
#[derive(ValueEnum, Clone, Copy, Debug)]
enum LabelChoice {
    /// An error
    Refuse,
    /// A key that anyone can derive from the label (devnets only)
    Keys,
    /// An address without a key
    Unspendable,
}

/// Runs `etm genesis` and answers what it made or found.
///
/// # Errors
/// [`Failure`] with one line that says what was wrong and where.
pub fn run(command: &GenesisCommand, output: &Output) -> Result<Made, Failure> {
    match command {
        GenesisCommand::New(options) => {
            let draft = empty_draft(options)?;
            let keys = Keys::look(options, options.miners.into());
            let founded = || {
                let mut draft = draft;
                found_miners(&mut draft, options, output)?;
                Ok((draft, None))
            };
            finish(founded, options, keys)
        }
        GenesisCommand::Check { file } => Ok(Made::of(&read(file)?)),
        GenesisCommand::Import(options) => import(options, output),
    }
}

/// Reads and checks a genesis file, TOML if its name ends so.
///
/// # Errors
/// [`Failure::Input`].
pub fn read(file: &Path) -> Result<Genesis, Failure> {
    read_as(file, Genesis::new)
}

/// Reads a genesis file as [`read`] does. If it is that of the chain in a node's folder it was checked when that was begun, and is not
/// derived again: a chain of a million positions would be, at each start.
///
/// # Errors
/// As [`read`].
pub fn read_for(file: &Path, chain: &Path) -> Result<Genesis, Failure> {
    // What is wrong with the folder, if anything is, says whoever starts the node.
    let begun = etm_node::record::read(chain).ok().flatten();
    read_as(file, |draft| match begun {
        Some(begun) => Genesis::known(draft, begun.chain),
        None => Genesis::new(draft),
    })
}

fn read_as(
    file: &Path,
    take: impl FnOnce(Draft) -> Result<Genesis, GenesisError>,
) -> Result<Genesis, Failure> {
    let text = files::read_genesis(file)
        .map_err(|reason| Failure::Input(format!("{}: {reason}", file.display())))?;
    let wrong =
        |error: &dyn std::fmt::Display| Failure::Input(format!("{}: {error}", file.display()));
    let toml = file
        .extension()
        .is_some_and(|extension| extension == "toml");
    let draft = if toml {
        Draft::from_toml(&text)
    } else {
        Draft::from_json(&text)
    }
    .map_err(|error| wrong(&error))?;
    take(draft).map_err(|error| wrong(&error))
}

/// What the accounts of another chain are taken from.
fn read_table(file: &Path) -> Result<String, Failure> {
    files::read_text(file, files::MAX_GENESIS_BYTES)
        .map_err(|reason| Failure::Input(format!("{}: {reason}", file.display())))
}

fn empty_draft(options: &New) -> Result<Draft, Failure> {
    // Before any key is made: nothing is left behind where there is a genesis already.
    if options.out.exists() {
        return Err(exists(&options.out));
    }
    let params = match options.preset {
        Preset::Mainnet => ChainParams::mainnet(),
        Preset::Testnet => ChainParams::testnet(),
        Preset::Devnet => ChainParams::devnet(),
    };
    let timestamp_ms = now_ms()?;
    Ok(Draft::new(
        &*options.name,
        params,
        timestamp_ms,
        Beacon(rand::random()),
    ))
}

/// The machine's time in milliseconds since 1970.
///
/// # Errors
/// [`Failure`] if it stands before.
pub fn now_ms() -> Result<u64, Failure> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|_| Failure::Failed("this machine's clock stands before 1970".into()))?;
    Ok(u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
}

/// A founding miner's node: keys made or found in its folder, and the address it listens on.
fn node(options: &New, index: usize, owner: &Address) -> Result<(MinerKeys, DialAddress), Failure> {
    let folder = options.node_keys.join(format!("node-{index}"));
    let secrets = home::load_or_create(&folder)?;
    let offset = u16::try_from(index).ok();
    let port = offset
        .and_then(|offset| options.dial.port().checked_add(offset))
        .ok_or_else(|| {
            Failure::Input(format!(
                "--dial {}: miner {index} would get a port above 65535",
                options.dial
            ))
        })?;
    let dial = DialAddress::new(std::net::SocketAddr::new(options.dial.ip(), port).to_string())
        .map_err(|error| Failure::Input(format!("--dial: {error}")))?;
    Ok((secrets.prove(owner), dial))
}

fn found_miners(draft: &mut Draft, options: &New, output: &Output) -> Result<(), Failure> {
    for index in 0..usize::from(options.miners) {
        let owner = owner_key::owner(&options.node_keys.join(format!("node-{index}")), output)?;
        let (keys, dial) = node(options, index, &owner)?;
        found_miner(draft, owner, keys, dial)?;
    }
    Ok(())
}

/// Adds a founding miner, for which its owner locks and votes.
///
/// # Errors
/// [`Failure`] if there are too many for a name.
pub fn found_miner(
    draft: &mut Draft,
    owner: Address,
    keys: MinerKeys,
    dial: DialAddress,
) -> Result<(), Failure> {
    let index = draft.miners.len();
    let name = MinerName::new(&format!("miner.{index}"))
        .map_err(|error| Failure::Failed(error.to_string()))?;
    let miner = MinerId(u32::try_from(index).unwrap_or(u32::MAX));
    draft.miners.push(DraftMiner {
        owner,
        name,
        keys,
        dial,
        contact: None,
    });
    draft.accounts.insert(owner, FOUNDING_BALANCE);
    draft.positions.insert(
        owner,
        DraftPosition {
            locked: FOUNDING_LOCK,
            time_gain: TimeGain::MIN,
            miner: Some(miner),
        },
    );
    Ok(())
}

fn import(options: &Import, output: &Output) -> Result<Made, Failure> {
    let draft = empty_draft(&options.new)?;
    // Miners of the original network come with it, however many they are.
    let miners = match &options.from_v1 {
        Some(_) => usize::from(u16::MAX),
        None => options.new.miners.into(),
    };
    let keys = Keys::look(&options.new, miners);
    finish(|| take(options, draft, output), &options.new, keys)
}

/// Takes what the options name into a draft.
fn take(
    options: &Import,
    mut draft: Draft,
    output: &Output,
) -> Result<(Draft, Option<Taken>), Failure> {
    let taken = match (&options.from_v1, &options.from_csv) {
        (Some(file), _) => {
            let text = read_table(file)?;
            let placeholder = DialAddress::new(options.new.dial.to_string())
                .map_err(|error| Failure::Input(format!("--dial: {error}")))?;
            let mut failed = None;
            let summary = import_v1(&mut draft, &text, |index, owner, _| {
                node(&options.new, index, owner).unwrap_or_else(|failure| {
                    failed.get_or_insert(failure);
                    (
                        etm_types::MinerSecrets::random().prove(owner),
                        placeholder.clone(),
                    )
                })
            })
            .map_err(|error| Failure::Input(format!("{}: {error}", file.display())))?;
            if let Some(failure) = failed {
                return Err(failure);
            }
            Some(Taken::from_v1(file, summary).with(supply(&draft, 0)?))
        }
        (None, Some(file)) => {
            let text = read_table(file)?;
            let labels = match options.labels {
                LabelChoice::Refuse => Labels::Refuse,
                LabelChoice::Keys => Labels::Keys,
                LabelChoice::Unspendable => Labels::Unspendable,
            };
            let summary = import_csv(&mut draft, &text, labels)
                .map_err(|error| Failure::Input(format!("{}: {error}", file.display())))?;
            if summary.addresses == 0 && summary.labels.is_empty() {
                return Err(Failure::Input(format!(
                    "{}: no account has a balance: nothing is to be imported",
                    file.display()
                )));
            }
            // Before any key is made: nothing is left behind.
            let supply = supply(&draft, options.new.miners)?;
            found_miners(&mut draft, &options.new, output)?;
            Some(Taken::from_csv(file, &summary).with(supply))
        }
        (None, None) => None,
    };
    Ok((draft, taken))
}

/// Holds what an import makes, with so many `founding` miners to come, against the supply that the mechanism names; what is to be known of it.
fn supply(draft: &Draft, founding: u16) -> Result<Option<String>, Failure> {
    let locked = draft.positions.values().map(|position| position.locked);
    let units = draft.accounts.values().copied().chain(locked);
    let sum: u128 = units.map(|units| u128::from(units.0)).sum();
    let each = u128::from(FOUNDING_LOCK.0) + u128::from(FOUNDING_BALANCE.0);
    let sum = sum + u128::from(founding) * each;
    let at_genesis = u128::from(GENESIS_SUPPLY.0);
    let issued = u128::from(TOTAL_SUPPLY.0).saturating_sub(at_genesis);
    let etm = |units: u128| match u64::try_from(units) {
        Ok(units) => format!("{} ETM", format_etm(Units(units))),
        Err(_) => format!("{units} units"),
    };
    if sum > u128::from(TOTAL_SUPPLY.0) {
        return Err(Failure::Input(format!(
            "balances and positions are {} in all, more than the {} that there will ever be, of which {} are there at genesis; see \
             that the balances are in ETM",
            etm(sum),
            etm(TOTAL_SUPPLY.0.into()),
            etm(at_genesis)
        )));
    }
    Ok((sum > at_genesis).then(|| {
        format!(
            "balances and positions are {} in all, the mechanism names {} at genesis: with all that is issued there will be {}, not {}",
            etm(sum),
            etm(at_genesis),
            etm(sum + issued),
            etm(TOTAL_SUPPLY.0.into())
        )
    }))
}

fn exists(file: &Path) -> Failure {
    Failure::Input(format!(
        "{}: exists, and a genesis is never overwritten; choose another --out",
        file.display()
    ))
}

/// Checks the draft that is made and writes it where nothing is yet; keys that were made for it are there only if it is.
fn finish(
    make: impl FnOnce() -> Result<(Draft, Option<Taken>), Failure>,
    options: &New,
    keys: Keys,
) -> Result<Made, Failure> {
    let file = &options.out;
    let written = make().and_then(|(draft, taken)| Ok((write(draft, file)?, taken)));
    match written {
        Ok((genesis, taken)) => {
            let keys = keys.taken_by(genesis.draft().miners.len());
            let next = next(&genesis, options);
            Ok(Made::of(&genesis)
                .written(file, taken, Some(keys))
                .with_next(next))
        }
        Err(failure) => {
            keys.give_up();
            Err(failure)
        }
    }
}

/// What is to be done with a genesis, a line each.
fn next(genesis: &Genesis, options: &New) -> Vec<String> {
    let (file, keys) = (options.out.display(), options.node_keys.display());
    let Some(first) = genesis.draft().miners.first() else {
        return Vec::new();
    };
    let mut lines = if genesis.chain().params.devnet {
        vec![format!(
            "next        etm devnet --genesis {file} --data {keys}"
        )]
    } else {
        let dial = first.dial.as_str();
        let port = dial.rsplit_once(':').map_or(dial, |(_, port)| port);
        vec![
            format!(
                "next        etm node init --genesis {file} --data {keys}/node-0 --external {dial} --listen 0.0.0.0:{port}"
            ),
            format!(
                "            etm node run --data {keys}/node-0, and so with each miner's node, each on its host"
            ),
        ]
    };
    if options
        .node_keys
        .join("node-0")
        .join(owner_key::FILE)
        .exists()
    {
        lines.push(format!(
            "owners      owner.key is the account that owns a miner: keep it apart from the node; `etm keys import NAME --seed \
             --secret-file {keys}/node-0/{}` brings it into the wallet",
            owner_key::FILE
        ));
    }
    lines
}

/// Checks a draft and writes it where nothing is yet.
fn write(draft: Draft, file: &Path) -> Result<Genesis, Failure> {
    let genesis = Genesis::new(draft).map_err(|error| Failure::Input(error.to_string()))?;
    let mut target = fs::File::create_new(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => exists(file),
        _ => {
            let why = files::not_made(file, &error);
            Failure::Failed(format!("{} cannot be written: {why}", file.display()))
        }
    })?;
    target
        .write_all(genesis.draft().to_json().as_bytes())
        .and_then(|()| target.sync_all())
        .map_err(|error| {
            // Half a genesis is none, and would never be overwritten.
            let _ = fs::remove_file(file);
            let why = files::not_made(file, &error);
            Failure::Failed(format!("{} cannot be written: {why}", file.display()))
        })?;
    Ok(genesis)
}

#[cfg(test)]
mod tests;
