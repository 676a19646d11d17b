//! A genesis from a file or from a node.

use crate::{failure::Failure, genesis, process::waiting};
use etm_client::Client;
use etm_execution::{Genesis, genesis::Draft};
use etm_types::{ChainId, codec};
use std::{path::Path, time::Duration};

/// How long a node may take to send a genesis, which may have megabytes.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Whether this names a node rather than a file.
pub fn is_url(source: &str) -> bool {
    source.starts_with("http://") || source.starts_with("https://")
}

/// Reads a genesis and checks that it is of the chain that is wanted.
///
/// # Errors
/// [`Failure`]: a wrong input, a node that doesn't answer, or another chain.
pub fn read(source: &str, wanted: Option<ChainId>) -> Result<Genesis, Failure> {
    let genesis = if is_url(source) {
        waiting()?.block_on(fetch(source))?
    } else {
        genesis::read(Path::new(source))?
    };
    check(&genesis, wanted, source)?;
    Ok(genesis)
}

/// Checks that a genesis is of the chain that is wanted, if one is.
///
/// # Errors
/// [`Failure::Input`]
pub fn check(genesis: &Genesis, wanted: Option<ChainId>, source: &str) -> Result<(), Failure> {
    let id = genesis.chain().id;
    match wanted {
        Some(wanted) if wanted != id => Err(Failure::Input(format!(
            "{source}: the genesis is of the chain {id}, and the chain that is wanted is {wanted}"
        ))),
        _ => Ok(()),
    }
}

async fn fetch(url: &str) -> Result<Genesis, Failure> {
    let client = Client::builder(url)
        .timeout(TIMEOUT)
        .build()
        .map_err(|error| Failure::Input(error.to_string()))?;
    let answer = client
        .genesis()
        .await
        .map_err(|error| match error.is_unreachable() {
            true => Failure::Unreachable(error.to_string()),
            false => Failure::Failed(error.to_string()),
        })?;
    let wrong = |reason: &dyn std::fmt::Display| {
        Failure::Failed(format!("{url}: its genesis is none: {reason}"))
    };
    let draft: Draft = codec::from_bytes(&answer.canonical.0).map_err(|error| wrong(&error))?;
    let genesis = Genesis::new(draft).map_err(|error| wrong(&error))?;
    let said = ChainId::from(answer.chain.id);
    if said != genesis.chain().id {
        return Err(wrong(&format!(
            "it is of the chain {}, and the node says {said}",
            genesis.chain().id
        )));
    }
    Ok(genesis)
}
