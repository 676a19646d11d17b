//! What a node's folder says about itself, so that it is never continued as something else.
//!
//! The record is a file of a few lines beside the folder. It is written before anything is put into the folder, and changes once at most:
//! when a folder that served no miner becomes that of one.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use etm_types::{ChainId, NodeKey};
use thiserror::Error;

use crate::{engine::Retention, folder};

/// How the first line begins.
const FORMAT: &str = "etm-chain/v";
/// How files are laid out and blocks are executed now. A change that an older node would misread, or whose files this one would, adds one.
const VERSION: u32 = 2;

/// What a folder is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The chain, and so all of its genesis.
    pub chain: ChainId,
    /// The node whose votes it remembers; none if it served no miner yet.
    pub node: Option<NodeKey>,
    /// Which blocks it keeps.
    pub blocks: Kept,
}

/// Which blocks a folder keeps: the two are laid out differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    All,
    Newest,
}

impl From<Retention> for Kept {
    fn from(retention: Retention) -> Self {
        match retention {
            Retention::All => Self::All,
            Retention::Blocks(_) => Self::Newest,
        }
    }
}

impl Kept {
    const fn in_words(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Newest => "only the newest",
        }
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::All => "all",
            Self::Newest => "newest",
        })
    }
}

/// A folder can't be continued, or not like this. Nothing in it was changed.
#[derive(Debug, Error)]
pub enum RecordError {
    /// It can't be read or written.
    #[error("{}", crate::guard::sentence(&.0.display().to_string(), .1))]
    Io(PathBuf, io::Error),
    /// There are files of a node but no record.
    #[error(
        "{0} was written by an older version of etm that this one can't continue; keep that version for it, or begin with \
         an empty folder"
    )]
    Older(PathBuf),
    /// A later version wrote it.
    #[error(
        "{0} is of format {FORMAT}{1}, and this version of etm knows up to {FORMAT}{VERSION}: a newer etm is needed"
    )]
    Newer(PathBuf, u32),
    /// The record makes no sense.
    #[error(
        "{0} is damaged: it must have four lines that begin with {FORMAT}{VERSION}, chain, node and blocks"
    )]
    Malformed(PathBuf),
    /// Another genesis.
    #[error(
        "{0} holds the chain {1}, and the genesis given is of the chain {2}; give each chain a folder of its own"
    )]
    OtherChain(PathBuf, ChainId, ChainId),
    /// Another key.
    #[error(
        "{0} belongs to the node {1}, and the key file is of the node {2}; put the key file of {1} back, or give the other \
         node an empty folder"
    )]
    OtherNode(PathBuf, NodeKey, NodeKey),
    /// Another kind of archive.
    #[error(
        "{folder} was made to keep {is} blocks and can't be changed to keep {wanted} ones; start it as before, or begin with an empty folder",
        folder = .0.display(), is = .1.in_words(), wanted = .2.in_words()
    )]
    OtherBlocks(PathBuf, Kept, Kept),
}

/// Where the record of a folder is.
pub fn path(directory: &Path) -> PathBuf {
    directory.with_extension(folder::RECORD)
}

/// Reads the record of a folder; none if it has none.
///
/// # Errors
/// [`RecordError`] if it is of another version or malformed.
pub fn read(directory: &Path) -> Result<Option<Record>, RecordError> {
    let file = path(directory);
    let text = match fs::read(&file) {
        Ok(bytes) => bytes,
        Err(reason) if reason.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(reason) => return Err(RecordError::Io(file, reason)),
    };
    let malformed = || RecordError::Malformed(file.clone());
    let text = String::from_utf8(text).map_err(|_| malformed())?;
    let mut lines = text.lines();
    let version: u32 = lines
        .next()
        .and_then(|line| line.strip_prefix(FORMAT)?.parse().ok())
        .ok_or_else(malformed)?;
    if version > VERSION {
        return Err(RecordError::Newer(file, version));
    }
    if version < VERSION {
        return Err(RecordError::Older(directory.to_owned()));
    }
    let mut field = |name: &str| {
        lines
            .next()
            .and_then(|line| line.strip_prefix(name)?.strip_prefix(' '))
            .ok_or_else(malformed)
    };
    let chain = field("chain")?.parse().map_err(|_| malformed())?;
    let node = match field("node")? {
        "none" => None,
        key => Some(key.parse().map_err(|_| malformed())?),
    };
    let blocks = match field("blocks")? {
        "all" => Kept::All,
        "newest" => Kept::Newest,
        _ => return Err(malformed()),
    };
    Ok(Some(Record {
        chain,
        node,
        blocks,
    }))
}

/// Checks that the folder is what `wanted` says, or makes it that if it is empty.
///
/// A node without keys goes on in any folder of its chain, and the folder of a node without keys can become that of any.
///
/// # Errors
/// [`RecordError`]; then nothing was changed.
pub fn check(directory: &Path, wanted: &Record) -> Result<(), RecordError> {
    let held = match read(directory)? {
        Some(held) => held,
        None if is_empty(directory)? => return write(directory, wanted),
        None => return Err(RecordError::Older(directory.to_owned())),
    };
    let at = directory.to_owned();
    if held.chain != wanted.chain {
        return Err(RecordError::OtherChain(at, held.chain, wanted.chain));
    }
    if held.blocks != wanted.blocks {
        return Err(RecordError::OtherBlocks(at, held.blocks, wanted.blocks));
    }
    match (held.node, wanted.node) {
        (Some(held), Some(wanted)) if held != wanted => {
            Err(RecordError::OtherNode(at, held, wanted))
        }
        (None, Some(_)) => write(directory, wanted),
        _ => Ok(()),
    }
}

pub(crate) fn is_empty(directory: &Path) -> Result<bool, RecordError> {
    match fs::read_dir(directory) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(reason) if reason.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(reason) => Err(RecordError::Io(directory.to_owned(), reason)),
    }
}

fn write(directory: &Path, record: &Record) -> Result<(), RecordError> {
    let file = path(directory);
    let draft = directory.with_extension(folder::RECORD_DRAFT);
    let Record {
        chain,
        node,
        blocks,
    } = record;
    let node = node.map_or_else(|| "none".to_owned(), |node| node.to_string());
    let text = format!("{FORMAT}{VERSION}\nchain {chain}\nnode {node}\nblocks {blocks}\n");
    let written = File::create(&draft)
        .and_then(|mut target| {
            target.write_all(text.as_bytes())?;
            target.sync_all()
        })
        .and_then(|()| fs::rename(&draft, &file));
    written.map_err(|reason| {
        let _ = fs::remove_file(&draft);
        RecordError::Io(file, reason)
    })
}

#[cfg(test)]
mod tests;
