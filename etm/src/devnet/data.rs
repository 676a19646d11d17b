//! The data folder of a devnet: `genesis.json`, `clock`, `log`, and `node-N/` with the key, the chain and the history of each.

use crate::{
    devnet::{options::Options, people, ports, world},
    failure::Failure,
    genesis,
    travel::Travel,
};
use etm_execution::Genesis;
use etm_types::MinerSecrets;
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};
use world::Site;

/// Names that a devnet puts into its folder; `--fresh` removes nothing else.
const OURS: [&str; 4] = ["genesis.json", "clock", "clock.new", "log"];

/// How far ahead genesis lies, in milliseconds: the nodes are connected by then, and nobody's first slot is lost.
const CONNECTING_MS: u64 = 700;

/// The folder, opened.
pub struct Data {
    /// Where it is.
    pub folder: PathBuf,
    /// The chain.
    pub genesis: Arc<Genesis>,
    /// The miners whose nodes are run.
    pub sites: Vec<Site>,
    /// Whether there was a chain already.
    pub continued: bool,
    /// The number of the miner that misses slots on purpose.
    pub lazy: Option<u16>,
}

impl Data {
    /// Opens the folder, or begins a new chain in it.
    ///
    /// # Errors
    /// [`Failure`] if it can't be used or the options don't fit each other.
    pub fn open(options: &Options) -> Result<Self, Failure> {
        let folder = options.data.clone();
        if options.fresh {
            clear(&folder)?;
        }
        let file = folder.join("genesis.json");
        let continued = file.exists();
        let (genesis, sites) = if continued {
            let genesis = genesis::read(&file)?;
            let sites = known_sites(&folder, &genesis)?;
            (genesis, sites)
        } else {
            begin(options, &folder, &file)?
        };
        let last = sites.len().checked_sub(1).ok_or_else(|| {
            Failure::Input(format!(
                "{}: holds no key of a miner of this genesis; take the folder that `etm genesis` put the keys into (its \
                 --node-keys) as --data, or copy its node-0, node-1 ... into this one",
                folder.display()
            ))
        })?;
        let lazy = (!options.no_lazy_miner && sites.len() > 4).then(|| sites[last].number);
        Ok(Self {
            folder,
            genesis: Arc::new(genesis),
            sites,
            continued,
            lazy,
        })
    }

    /// The folder of a node.
    pub fn node(&self, site: &Site) -> PathBuf {
        node_folder(&self.folder, site.number)
    }

    /// Where the nodes' logs go.
    pub fn log_file(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Where the clock is shared.
    pub fn travel(&self) -> Travel {
        Travel::new(self.folder.join("clock"))
    }
}

/// The folder of the node with this number.
pub fn node_folder(folder: &Path, number: u16) -> PathBuf {
    folder.join(format!("node-{number}"))
}

/// Removes what a devnet left in `folder`, and nothing else.
fn clear(folder: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::Failed(format!("{}: {error}", folder.display()));
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if OURS.contains(&&*name) {
            fs::remove_file(entry.path()).map_err(failed)?;
        } else if name
            .strip_prefix("node-")
            .is_some_and(|number| number.parse::<u16>().is_ok())
        {
            fs::remove_dir_all(entry.path()).map_err(failed)?;
        } else {
            return Err(Failure::Input(format!(
                "{}: --fresh would remove a devnet, but `{name}` is none of its files; choose another --data",
                folder.display()
            )));
        }
    }
    Ok(())
}

fn begin(options: &Options, folder: &Path, file: &Path) -> Result<(Genesis, Vec<Site>), Failure> {
    let failed = |error: std::io::Error| Failure::Failed(format!("{}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(failed)?;
    if let Some(given) = &options.genesis {
        let genesis = genesis::read(given)?;
        let sites = known_sites(folder, &genesis)?;
        if !genesis.chain().params.devnet {
            return Err(Failure::Input(format!(
                "{}: the genesis is not of a devnet (parameters.devnet is false)",
                given.display()
            )));
        }
        write_whole(file, &genesis.draft().to_json()).map_err(failed)?;
        return Ok((genesis, sites));
    }
    let mut sites = Vec::new();
    for (number, dial) in (0..options.miners).zip(ports::node_addresses(options.miners)?) {
        let secrets = load_or_create_keys(&node_folder(folder, number))?;
        sites.push(Site {
            number,
            secrets,
            dial,
        });
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    let genesis_ms = now_ms.saturating_add(CONNECTING_MS);
    let genesis = world::genesis(options, &sites, genesis_ms, rand::random())
        .map_err(|error| Failure::Input(error.to_string()))?;
    write_whole(file, &genesis.draft().to_json()).map_err(failed)?;
    Ok((genesis, sites))
}

/// The miners of `genesis` whose keys lie in `folder`.
fn known_sites(folder: &Path, genesis: &Genesis) -> Result<Vec<Site>, Failure> {
    let mut sites = Vec::new();
    for (number, miner) in (0_u16..).zip(&genesis.draft().miners) {
        let home = node_folder(folder, number);
        if !home.join(KEY_FILE).exists() {
            continue;
        }
        let secrets = load_or_create_keys(&home)?;
        if secrets.node.node_key() != miner.keys.node {
            return Err(Failure::Input(format!(
                "{}: holds another key than that of miner {} in the genesis",
                home.display(),
                miner.name
            )));
        }
        let dial = miner.dial.as_str().parse().map_err(|_| {
            Failure::Input(format!(
                "miner {}: the dial address `{}` is no IP and port",
                miner.name, miner.dial
            ))
        })?;
        sites.push(Site {
            number,
            secrets,
            dial,
        });
    }
    Ok(sites)
}

/// The key file in a node's folder.
pub const KEY_FILE: &str = "node.key";

/// The secrets in a node's folder, made if there are none.
pub fn load_or_create_keys(home: &Path) -> Result<MinerSecrets, Failure> {
    etm_node::keys::load_or_create(&home.join(KEY_FILE))
        .map_err(|error| Failure::Failed(error.to_string()))
}

/// Writes a file so that a crash leaves it whole or absent.
fn write_whole(file: &Path, text: &str) -> std::io::Result<()> {
    let draft = file.with_extension("new");
    let mut target = fs::File::create(&draft)?;
    target.write_all(text.as_bytes())?;
    target.sync_all()?;
    fs::rename(&draft, file)
}

/// The name of a miner that this devnet runs.
pub fn miner_name(data: &Data, site: &Site) -> String {
    let miner = data.genesis.draft().miners.get(usize::from(site.number));
    miner.map_or_else(
        || people::miner_name(site.number),
        |miner| miner.name.as_str().to_owned(),
    )
}
