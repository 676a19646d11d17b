//! Ports: those asked for, or the next ones that are free.

use crate::{devnet::options::Options, failure::Failure, screen};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

/// Ports tried before giving up.
const TRIES: u16 = 1_000;
/// Listeners for the HTTP API of so many nodes, with their addresses; says so if a port is taken.
///
/// # Errors
/// [`Failure`] if the address is not of this machine or no port is free.
pub fn listeners(
    options: &Options,
    count: usize,
) -> Result<Vec<(TcpListener, SocketAddr)>, Failure> {
    let mut listeners = Vec::with_capacity(count);
    let mut port = options.port;
    while listeners.len() < count {
        let first = SocketAddr::new(options.listen, port);
        let (listener, address) = next_free(first)?;
        if port != 0 && address.port() != port && listeners.is_empty() {
            screen::remark(format_args!(
                "port {port} is in use: the API takes {}",
                address.port()
            ));
        }
        port = address
            .port()
            .checked_add(1)
            .ok_or_else(|| Failure::Failed("no free ports are left".into()))?;
        listeners.push((listener, address));
    }
    Ok(listeners)
}

/// Free addresses on loopback, from a port on, for so many nodes to talk to each other.
///
/// # Errors
/// [`Failure`] if there are none.
pub fn node_addresses(count: u16, first: u16) -> Result<Vec<SocketAddr>, Failure> {
    let mut held = Vec::new();
    let mut port = first;
    for _ in 0..count {
        let (listener, address) =
            next_free(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))?;
        port = address
            .port()
            .checked_add(1)
            .ok_or_else(|| Failure::Failed("no free ports are left".into()))?;
        held.push((listener, address));
    }
    Ok(held.into_iter().map(|(_, address)| address).collect())
}

/// Checks that the nodes can listen where the genesis says their peers find them.
///
/// # Errors
/// [`Failure`] that names the first address that is taken.
pub fn check_free(addresses: impl IntoIterator<Item = SocketAddr>) -> Result<(), Failure> {
    for address in addresses {
        TcpListener::bind(address).map_err(|error| {
            Failure::Failed(format!(
                "a node of this chain must listen on {address}, as its genesis says: {error}; stop what runs there (another \
                 devnet?), or begin a new chain with another --data, which takes ports that are free, from --p2p-port on"
            ))
        })?;
    }
    Ok(())
}

fn next_free(first: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    for offset in 0..TRIES {
        let Some(port) = first.port().checked_add(offset) else {
            break;
        };
        let address = SocketAddr::new(first.ip(), port);
        match TcpListener::bind(address) {
            // Asked for port 0, the system has chosen one.
            Ok(listener) => {
                let address = listener.local_addr().unwrap_or(address);
                return Ok((listener, address));
            }
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(error) => {
                return Err(Failure::Failed(format!(
                    "can't listen on {address}: {error}"
                )));
            }
        }
    }
    Err(Failure::Failed(format!(
        "no free port from {} on",
        first.port()
    )))
}

#[cfg(test)]
mod tests;
