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
    check_room("--port", options.port, count)?;
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
        listeners.push((listener, address));
        // Behind the last port there is none, but for whoever takes any.
        port = match address.port().checked_add(1) {
            Some(next) => next,
            None if options.port == 0 => 0,
            None if listeners.len() == count => break,
            None => return Err(no_more(options.port)),
        };
    }
    Ok(listeners)
}

/// Free addresses on loopback, from a port on, for so many nodes to talk to each other.
///
/// # Errors
/// [`Failure`] if there are none.
pub fn node_addresses(count: u16, first: u16) -> Result<Vec<SocketAddr>, Failure> {
    check_room("--p2p-port", first, count.into())?;
    let mut held = Vec::new();
    let mut port = Some(first);
    for _ in 0..count {
        let next = port.ok_or_else(|| no_more(first))?;
        let (listener, address) =
            next_free(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), next))?;
        port = address.port().checked_add(1);
        held.push((listener, address));
    }
    Ok(held.into_iter().map(|(_, address)| address).collect())
}

/// Checks that there are so many ports from one on, whether they are free or not; from 0 on any is taken.
fn check_room(option: &str, first: u16, count: usize) -> Result<(), Failure> {
    let last = usize::from(u16::MAX);
    if first == 0 || usize::from(first) + count <= last + 1 {
        return Ok(());
    }
    Err(Failure::Input(format!(
        "{option} {first}: {count} nodes need a port each, from there on, and ports end with {last}; {} is the last that leaves room for them",
        (last + 1).saturating_sub(count)
    )))
}

fn no_more(first: u16) -> Failure {
    Failure::Failed(format!("too few ports from {first} on are free"))
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
