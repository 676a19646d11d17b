//! Whether a node answers where a miner says that it listens.

use etm_types::ChainId;
use std::{
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};

/// How to find out whether a node of a chain answers at `host:port`; what is there instead if none does. It blocks the thread.
pub type Probe = fn(&str, &ChainId, Duration) -> Result<(), String>;

/// Whether anything takes connections there: for programs that don't know how nodes greet each other.
///
/// # Errors
/// Why there is no connection.
pub fn connects(address: &str, _: &ChainId, patience: Duration) -> Result<(), String> {
    let addresses = address
        .to_socket_addrs()
        .map_err(|error| format!("the name can't be looked up: {error}"))?;
    let mut failure = "the name has no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(&address, patience) {
            Ok(_) => return Ok(()),
            Err(error) => failure = format!("no connection with {address}: {error}"),
        }
    }
    Err(failure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_port_that_is_closed_is_told_of() {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = door.local_addr().unwrap().to_string();
        let look = |address: &str| connects(address, &ChainId([0; 32]), Duration::from_secs(5));
        assert_eq!(look(&address), Ok(()));
        drop(door);
        let reason = look(&address).unwrap_err();
        assert!(reason.contains(&address), "{reason}");
        assert!(look("no-such-host.invalid:1").is_err());
    }
}
