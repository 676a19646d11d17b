//! `etm node status`: how the node of this folder does, asked over its own API.

use super::place::NodeArgs;
use crate::{failure::Failure, home, process::waiting};
use etm_client::Client;
use etm_wallet::StatusReport;
use std::time::Duration;

/// Asks it.
///
/// # Errors
/// [`Failure`] if it does not run or has no API.
pub fn run(options: &NodeArgs) -> Result<StatusReport, Failure> {
    let place = options.place()?;
    let data = place.folder.display();
    let url = place.url()?;
    let client = Client::builder(&url)
        .timeout(Duration::from_secs(5))
        .retries(0)
        .build()
        .map_err(|error| Failure::Failed(error.to_string()))?;
    let runs = home::runs(&place.folder);
    let status = waiting()?
        .block_on(client.status())
        .map_err(|error| Failure::Unreachable(format!("{data}: {error}; `etm node run` starts the node, `etm node check` says what keeps it from it")))?;
    if runs == Some(false) {
        let chain = &status.chain.name;
        return Err(Failure::Failed(format!(
            "the node of {data} does not run; another one answers at {url}, of {chain}: `etm node run` starts this one, `etm status --node {url}` tells of the other"
        )));
    }
    Ok(StatusReport::new(status))
}
