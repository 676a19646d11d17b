//! `etm node init`: the folder of a new node.

use super::{
    CONFIG_FILE, FOLDER, GENESIS_FILE, secrets,
    settings::{self, Flags, Settings},
    source,
};
use crate::{failure::Failure, genesis, home};
use clap::Args;
use etm_execution::Genesis;
use etm_wallet::output::{Output, Page, Report};
use serde::Serialize;
use std::{
    fs,
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// Options of `etm node init`.
#[derive(Args, Debug)]
pub struct Init {
    /// The genesis of the chain: a file, or the URL of any node of it
    #[arg(long, value_name = "FILE|URL")]
    genesis: String,
    /// The node is to work for a miner: make its keys, and say how to register it
    #[arg(long)]
    miner: bool,
    /// The folder, which is made
    #[arg(long, value_name = "DIR", default_value = FOLDER)]
    data: PathBuf,
    #[command(flatten)]
    flags: Flags,
}

/// Runs it.
///
/// # Errors
/// [`Failure`]; then nothing that was there is changed, and the same command can be given again.
pub fn run(options: &Init) -> Result<Made, Failure> {
    let folder = &options.data;
    let config = folder.join(CONFIG_FILE);
    if config.symlink_metadata().is_ok() {
        return Err(Failure::Input(format!(
            "{}: there is a node in this folder already, and it is never overwritten; choose another --data",
            config.display()
        )));
    }
    let given = Settings::settle(&options.flags, [], None, folder)?;
    let flags = options.flags.as_seen_from(folder)?;
    let genesis = source::read(&options.genesis, given.chain_id)?;
    make_folder(folder)?;
    keep_genesis(folder, &genesis)?;
    let keys = &given.key_file;
    if options.miner && !secrets::are_there(&given) {
        home::load_or_create_at(keys)?;
    }
    let public = if secrets::are_there(&given) {
        Some(secrets::public(&given)?)
    } else {
        None
    };
    // Last: where it is, the folder is whole.
    let mut flags = flags.with("chain_id", genesis.chain().id.to_string());
    if source::is_url(&options.genesis) && given.upstreams.is_empty() {
        flags = flags.with("upstreams", &*options.genesis);
    }
    write_new(&config, &settings::file_text(&flags))?;
    let unchecked = source::is_url(&options.genesis) && given.chain_id.is_none();
    Ok(Made {
        folder: folder.clone(),
        chain: genesis.chain().id.to_string(),
        name: genesis.chain().name.clone(),
        key_file: public.is_some().then(|| keys.clone()),
        node_key: public.as_ref().map(|public| public.node_key.clone()),
        bls_key: public.map(|public| public.bls_key),
        follows: flags.get("upstreams").map(str::to_owned),
        register: options.miner.then(|| {
            let dial = given
                .external
                .as_ref()
                .map_or("HOST:PORT", |dial| dial.as_str());
            format!(
                "etm miner register NAME --dial {dial} --node-keys {}",
                keys.display()
            )
        }),
        unchecked: unchecked.then(|| options.genesis.clone()),
    })
}

#[derive(Debug, Serialize)]
pub struct Made {
    folder: PathBuf,
    chain: String,
    name: String,
    /// Its keys, if it works for a miner: where they are, and what others know them by.
    key_file: Option<PathBuf>,
    node_key: Option<String>,
    bls_key: Option<String>,
    /// The nodes it follows.
    follows: Option<String>,
    /// How its miner is registered.
    register: Option<String>,
    /// The node whose word for the genesis was taken.
    unchecked: Option<String>,
}

impl Made {
    /// Says what is trusted, where something is. Programs read it in the result.
    pub fn warn(&self, output: &Output) {
        if let Some(url) = self.unchecked.as_ref().filter(|_| !output.is_json()) {
            let _ = writeln!(
                io::stderr(),
                "WARNING: this genesis was taken from {url} and compared with nothing. You trust that node, and the way to it, to say \
                 which chain this is. Compare the chain id above with what others say, or give it with --chain-id."
            );
        }
    }
}

impl Report for Made {
    fn show(&self, page: &mut Page) {
        let folder = self.folder.display();
        page.line(format!("node         {folder}"));
        page.line(format!("chain        {} ({})", self.chain, self.name));
        if let Some(file) = &self.key_file {
            page.line(format!("keys         {}", file.display()));
        }
        match (&self.node_key, &self.follows) {
            (Some(key), follows) => {
                page.line(format!("node key     {key}"));
                page.line(match follows {
                    Some(follows) => format!("follows      {follows}, while its miner has no place in the network"),
                    None => "follows      nobody until its miner is registered: name nodes to follow as `upstreams` in its settings".to_owned(),
                });
            }
            (None, Some(follows)) => page.line(format!("follows      {follows}")),
            (None, None) => page.line(
                "follows      nobody yet: name nodes to follow as `upstreams` in its settings",
            ),
        }
        page.line(format!("run it       etm node run --data {folder}"));
        if let Some(register) = &self.register {
            page.line(format!("register it  {register}"));
        }
    }

    fn done(&self) -> Option<String> {
        Some(format!("the folder {} was made", self.folder.display()))
    }
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| Failure::Failed(format!("{}: {error}", folder.display())))
}

/// Writes the genesis, unless this very one is there already.
fn keep_genesis(folder: &Path, genesis: &Genesis) -> Result<(), Failure> {
    let file = folder.join(GENESIS_FILE);
    if file.symlink_metadata().is_ok() {
        let id = genesis::read(&file)?.chain().id;
        if id == genesis.chain().id {
            return Ok(());
        }
        return Err(Failure::Input(format!(
            "{}: is the genesis of another chain, {id}, and is never overwritten; choose another --data",
            file.display()
        )));
    }
    write_new(&file, &genesis.draft().to_json())
}

/// Writes a file that must not be there, whole or not at all.
pub fn write_new(file: &Path, text: &str) -> Result<(), Failure> {
    etm_wallet::files::write(file, text.as_bytes(), false)
        .map_err(|failure| Failure::Failed(failure.to_string()))
}
