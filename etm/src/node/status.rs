//! `etm node status`: how the node of this folder does, asked over its own API.

use super::run::{Place, Run};
use crate::failure::Failure;
use etm_client::Client;
use etm_wallet::StatusReport;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

/// Asks it.
///
/// # Errors
/// [`Failure`] if it does not run or has no API.
pub fn run(options: &Run) -> Result<StatusReport, Failure> {
    let place = options.place()?;
    let data = place.folder.display();
    let url = own_url(&place)?;
    let client = Client::builder(&url)
        .timeout(Duration::from_secs(5))
        .retries(0)
        .build()
        .map_err(|error| Failure::Failed(error.to_string()))?;
    let status = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Failed(format!("no threads to be had: {error}")))?
        .block_on(client.status())
        .map_err(|error| Failure::Failed(format!("{data}: {error}; `etm node run` starts the node, `etm node check` says what keeps it from it")))?;
    Ok(StatusReport::new(status))
}

/// Where the API of the node of a folder is.
///
/// # Errors
/// [`Failure::Input`] if it has none.
pub fn own_url(place: &Place) -> Result<String, Failure> {
    let api = place.settings.api.ok_or_else(|| {
        Failure::Input(format!(
            "{}: the node has no API (`api` is off), which alone could tell",
            place.folder.display()
        ))
    })?;
    Ok(format!("http://{}", reachable(api)))
}

/// Where a listener is reached from here.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
