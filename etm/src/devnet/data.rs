//! The data folder of a devnet: `genesis.json`, `clock`, `log`, and `node-N/` with the key, the chain and the history of each.

use crate::{
    devnet::{
        folder::{CLOCK, Claim, GENESIS},
        options::Options,
        people, ports, world,
    },
    failure::Failure,
    genesis,
    home::{self, KEY_FILE},
    travel::Travel,
};
use etm_execution::Genesis;
use etm_node::{keys, record::Kept};
use etm_types::MinerSecrets;
use std::{
    fs,
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};
use world::Site;

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
    /// Held while the devnet runs.
    claim: Claim,
}

impl Data {
    /// Opens the folder, or begins a new chain in it.
    ///
    /// # Errors
    /// [`Failure`] if it can't be used or the options don't fit each other.
    pub fn open(options: &Options) -> Result<Self, Failure> {
        let given = options.genesis.as_deref().map(read_given).transpose()?;
        let mut claim = Claim::new(&options.data)?;
        match Self::open_claimed(options, given, &mut claim) {
            Ok((genesis, sites, continued, lazy)) => Ok(Self {
                folder: options.data.clone(),
                genesis: Arc::new(genesis),
                sites,
                continued,
                lazy,
                claim,
            }),
            Err(failure) => {
                claim.give_up();
                Err(failure)
            }
        }
    }

    fn open_claimed(
        options: &Options,
        given: Option<Genesis>,
        claim: &mut Claim,
    ) -> Result<(Genesis, Vec<Site>, bool, Option<u16>), Failure> {
        let folder = &options.data;
        if options.fresh {
            claim.clear()?;
        }
        let file = folder.join(GENESIS);
        let continued = file.exists();
        let (genesis, sites) = if continued {
            let genesis = genesis::read_for(&file, &node_folder(folder, 0).join(home::CHAIN))?;
            check_devnet(&file, &genesis)?;
            let contradiction = match &given {
                Some(given) if given.chain().id != genesis.chain().id => {
                    Some("--genesis with another genesis".to_owned())
                }
                _ => options.contradicted_by(&genesis),
            };
            if let Some(contradiction) = contradiction {
                return Err(Failure::Input(format!(
                    "{}: there is a chain in this folder already, and you ask for {contradiction}; leave that option away to \
                     continue it, or begin a new chain with another --data or with --fresh",
                    folder.display()
                )));
            }
            let sites = known_sites(folder, &genesis)?;
            check_kept(folder, &sites, options)?;
            (genesis, sites)
        } else {
            check_no_chain(folder, given.as_ref())?;
            claim.check_begin(options.genesis.as_deref())?;
            begin(options, given, claim)?
        };
        let last = sites.len().checked_sub(1).ok_or_else(|| {
            Failure::Input(format!(
                "{}: holds no key of a miner of this genesis; take the folder that `etm genesis` put the keys into (its \
                 --node-keys) as --data, or copy its node-0, node-1 ... into this one",
                folder.display()
            ))
        })?;
        let lazy = (!options.no_lazy_miner && sites.len() > 4).then(|| sites[last].number);
        Ok((genesis, sites, continued, lazy))
    }

    /// Notes where the API is, for whoever would start another devnet here.
    pub fn announce(&self, api: SocketAddr) {
        self.claim.announce(&format!("http://{api}/"));
    }

    /// Gives the folder back as it was found, after a start that failed before any node ran.
    pub fn give_up(self) {
        self.claim.give_up();
    }

    /// The folder of a node.
    pub fn node(&self, site: &Site) -> PathBuf {
        node_folder(&self.folder, site.number)
    }

    /// Where the nodes' logs go.
    pub fn log_file(&self) -> PathBuf {
        self.folder.join(home::LOG)
    }

    /// Where the clock is shared.
    pub fn travel(&self) -> Travel {
        Travel::new(self.folder.join(CLOCK))
    }
}

/// The folder of the node with this number.
pub fn node_folder(folder: &Path, number: u16) -> PathBuf {
    folder.join(format!("node-{number}"))
}

/// Reads the genesis that the options name.
fn read_given(file: &Path) -> Result<Genesis, Failure> {
    let genesis = genesis::read(file)?;
    check_devnet(file, &genesis)?;
    Ok(genesis)
}

fn check_devnet(file: &Path, genesis: &Genesis) -> Result<(), Failure> {
    if genesis.chain().params.devnet {
        Ok(())
    } else {
        Err(Failure::Input(format!(
            "{}: the genesis is not of a devnet (parameters.devnet is false); `etm node run` runs a node of any chain",
            file.display()
        )))
    }
}

/// Checks that the nodes keep what their chains were made to keep.
fn check_kept(folder: &Path, sites: &[Site], options: &Options) -> Result<(), Failure> {
    for site in sites {
        let chain = node_folder(folder, site.number).join(home::CHAIN);
        // What is wrong with the record, if anything is, says whoever starts the node.
        let Some(record) = etm_node::record::read(&chain).ok().flatten() else {
            continue;
        };
        let (asked, right) = match (record.blocks, Kept::from(options.keep)) {
            (Kept::All, Kept::Newest) => (
                "only the newest blocks, where they keep all",
                "leave --keep away",
            ),
            (Kept::Newest, Kept::All) => (
                "all blocks, where they keep only the newest",
                "name a number with --keep as before",
            ),
            _ => continue,
        };
        return Err(Failure::Input(format!(
            "{}: there is a chain in this folder already, and you ask for its nodes to keep {asked}; {right} to \
             continue it, or begin a new chain with another --data or with --fresh",
            folder.display()
        )));
    }
    Ok(())
}

/// Checks that no node has a chain whose genesis isn't here any more, but that of `given`.
fn check_no_chain(folder: &Path, given: Option<&Genesis>) -> Result<(), Failure> {
    for number in 0..=u16::MAX {
        let node = node_folder(folder, number);
        if !node.exists() {
            break;
        }
        let chain = node.join(home::CHAIN);
        if keys::check_unused(&node.join(KEY_FILE)).is_ok() {
            continue;
        }
        // What is wrong with the record, if anything is, says whoever starts the node.
        let of = etm_node::record::read(&chain).ok().flatten();
        let of = of.map(|record| record.chain);
        if given.is_some() && of == given.map(|given| given.chain().id) {
            continue;
        }
        let of = of.map_or_else(String::new, |chain| format!(" {chain}"));
        return Err(Failure::Input(format!(
            "{}: there is no genesis.json, but {} holds a chain{of}, which can't be continued without its genesis; put the file back \
             (--genesis FILE with a copy of it does), or begin a new chain with another --data or with --fresh",
            folder.display(),
            node.display(),
        )));
    }
    Ok(())
}

fn begin(
    options: &Options,
    given: Option<Genesis>,
    claim: &mut Claim,
) -> Result<(Genesis, Vec<Site>), Failure> {
    let folder = &options.data;
    let file = folder.join(GENESIS);
    let failed = |error: std::io::Error| Failure::Failed(format!("{}: {error}", folder.display()));
    if let Some(genesis) = given {
        let sites = known_sites(folder, &genesis)?;
        if sites.is_empty() {
            return Ok((genesis, sites));
        }
        claim.will_make(&[GENESIS.to_owned()]).map_err(failed)?;
        write_whole(&file, &genesis.draft().to_json()).map_err(failed)?;
        return Ok((genesis, sites));
    }
    let mut made = vec![GENESIS.to_owned()];
    let mut new_keys = Vec::new();
    let mut sites = Vec::new();
    for (number, dial) in
        (0..options.miners()).zip(ports::node_addresses(options.miners(), options.p2p_port())?)
    {
        let path = node_folder(folder, number).join(KEY_FILE);
        let secrets = if path.exists() {
            home::load(&path)?
        } else {
            let secrets = MinerSecrets::random();
            keys::check_unused(&path).map_err(|error| Failure::Failed(error.to_string()))?;
            made.push(format!("node-{number}/{KEY_FILE}"));
            new_keys.push((path, secrets.clone()));
            secrets
        };
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
    claim.will_make(&made).map_err(failed)?;
    for (path, secrets) in new_keys {
        keys::save(&path, &secrets).map_err(|error| Failure::Failed(error.to_string()))?;
    }
    write_whole(&file, &genesis.draft().to_json()).map_err(failed)?;
    Ok((genesis, sites))
}

/// The miners of `genesis` whose keys lie in `folder`.
fn known_sites(folder: &Path, genesis: &Genesis) -> Result<Vec<Site>, Failure> {
    let mut sites = Vec::new();
    for (number, miner) in (0_u16..).zip(&genesis.draft().miners) {
        let home = node_folder(folder, number);
        let path = home.join(KEY_FILE);
        if !path.exists() {
            keys::check_unused(&path).map_err(|error| Failure::Failed(error.to_string()))?;
            continue;
        }
        let secrets = home::load(&path)?;
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

/// Writes a file so that a crash leaves it whole or absent.
fn write_whole(file: &Path, text: &str) -> std::io::Result<()> {
    let draft = file.with_extension("new");
    let written = fs::File::create(&draft)
        .and_then(|mut target| {
            target.write_all(text.as_bytes())?;
            target.sync_all()
        })
        .and_then(|()| fs::rename(&draft, file));
    if written.is_err() {
        // A full disk has room to forget.
        let _ = fs::remove_file(&draft);
    }
    written
}

/// The name of a miner that this devnet runs.
pub fn miner_name(data: &Data, site: &Site) -> String {
    let miner = data.genesis.draft().miners.get(usize::from(site.number));
    miner.map_or_else(
        || people::miner_name(site.number),
        |miner| miner.name.as_str().to_owned(),
    )
}

#[cfg(test)]
mod tests;
