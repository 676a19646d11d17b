//! Which chain is meant, and who says so.

use super::pins::PinsFile;
use crate::{
    failure::{Failure, Result},
    files,
};
use etm_execution::genesis::{Draft, Genesis};
use etm_types::{ChainId, codec};
use std::path::Path;

/// Where trust in a chain comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The chain was named: by --chain, the configuration or a genesis file.
    Named,
    /// It is the one this node had when it was asked for the first time.
    Pinned(String),
    /// Only the node says so.
    Asked,
}

impl Anchor {
    /// Its kind, for JSON.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Pinned(_) => "pinned",
            Self::Asked => "asked",
        }
    }

    /// At the `first_use` of a node only that says which chain it is, though it was written down meanwhile.
    pub fn at(self, first_use: bool) -> Self {
        match self {
            Self::Pinned(_) if first_use => Self::Asked,
            anchor => anchor,
        }
    }

    /// In words; whether it is kept which chain a node has.
    pub fn detail(&self, kept: bool) -> String {
        match self {
            Self::Named => {
                "the chain is the one you named, and the first committees follow from its genesis"
                    .to_owned()
            }
            Self::Pinned(node) => format!(
                "the chain is the one that {node} had at its first use here, and the first committees follow from its genesis"
            ),
            Self::Asked => {
                let then = match kept {
                    true => "from now on it has to be this one",
                    false => "nothing of that is kept, so that the next one may be another",
                };
                format!("only the node says which chain this is; {then}")
            }
        }
    }
}

/// What was named.
pub struct Wanted {
    chain: Option<ChainId>,
    genesis: Option<(ChainId, Vec<u8>)>,
}

/// Reads what was named: a genesis file, a chain id.
///
/// # Errors
/// [`Failure`] if the file is no genesis.
pub fn wanted(genesis: Option<&Path>, chain: Option<&str>) -> Result<Wanted> {
    Ok(Wanted {
        // The settings have checked it.
        chain: chain.and_then(|chain| chain.parse().ok()),
        genesis: genesis.map(genesis_of).transpose()?,
    })
}

/// The chain id and the canonical bytes of a genesis file.
fn genesis_of(path: &Path) -> Result<(ChainId, Vec<u8>)> {
    let wrong =
        |reason: String| Failure::usage("invalid_genesis", format!("{}: {reason}", path.display()));
    let text = files::read_genesis(path).map_err(wrong)?;
    let draft = match path.extension().is_some_and(|end| end == "toml") {
        true => Draft::from_toml(&text),
        false => Draft::from_json(&text),
    };
    let genesis = Genesis::new(draft.map_err(|error| wrong(error.to_string()))?)
        .map_err(|error| wrong(error.to_string()))?;
    Ok((genesis.chain().id, codec::to_bytes(genesis.draft())))
}

fn other(what: &str, found: ChainId, wanted: ChainId) -> Failure {
    Failure::failed("wrong_chain", format!("{what} {found}, not {wanted}"))
}

impl Wanted {
    /// The canonical genesis, if a file of it was named.
    pub fn genesis(&self) -> Option<&[u8]> {
        self.genesis.as_ref().map(|(_, bytes)| bytes.as_slice())
    }

    /// Whether the chain was named; refused if another one was.
    fn named(&self, what: &str, chain: ChainId) -> Result<bool> {
        let named = [self.chain, self.genesis.as_ref().map(|(chain, _)| *chain)];
        match named.iter().flatten().find(|named| **named != chain) {
            Some(wanted) => Err(other(what, chain, *wanted)),
            None => Ok(named.iter().flatten().count() > 0),
        }
    }

    /// Where trust in the chain of a file comes from.
    ///
    /// # Errors
    /// [`Failure`] if another chain was named.
    pub fn of_file(&self, pins: &PinsFile, chain: ChainId) -> Result<Anchor> {
        if self.named("the evidence is of chain", chain)? {
            return Ok(Anchor::Named);
        }
        Ok(match pins.read()?.node_of(chain) {
            Some(node) => Anchor::Pinned(node.to_owned()),
            None => Anchor::Asked,
        })
    }

    /// Where trust in the chain of a node comes from.
    ///
    /// # Errors
    /// [`Failure`] if another chain was named, or the node had another one before.
    pub fn of_node(
        &self,
        pins: &PinsFile,
        node: &str,
        chain: ChainId,
        anew: bool,
    ) -> Result<Anchor> {
        if self.named("the node follows chain", chain)? {
            return Ok(Anchor::Named);
        }
        match pins.read()?.chain_of(node) {
            Some(before) if before == chain => Ok(Anchor::Pinned(node.to_owned())),
            Some(before) if !anew => {
                let message = format!("{node} follows chain {chain}, before it was {before}");
                Err(Failure::failed("wrong_chain", message)
                    .hint("if the chain was made anew, as devnets are: --new-chain"))
            }
            _ => Ok(Anchor::Asked),
        }
    }
}

#[cfg(test)]
mod tests;
