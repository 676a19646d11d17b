//! Whether other nodes can reach a node where a miner says that it listens, and whether one answers there.

use crate::{
    context::Context,
    failure::{Failure, Result},
};
use etm_types::{
    ChainId, DialAddress, Reach,
    api::{
        MinerRef,
        miner::{MinerDetail, MinerState},
        query::MinerQuery,
    },
};
use std::{
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};

const EXAMPLE: &str = "--dial is where the nodes of all others reach yours, like 192.0.2.7:4000 or node.example.org:4000";

/// Miners at one address that are asked about.
const MOST: usize = 16;

/// An address that somebody typed for a miner's node.
///
/// # Errors
/// [`Failure`] if it is none, or one of no machine.
pub fn dial(text: &str) -> Result<DialAddress> {
    DialAddress::of_machine(text)
        .map_err(|error| Failure::usage("invalid_dial", error.to_string()).hint(EXAMPLE))
}

/// Refuses an address that only this machine reaches, but on a devnet, all of whose nodes are on one.
///
/// # Errors
/// [`Failure`] that says so.
pub fn from_elsewhere(dial: &DialAddress, devnet: bool) -> Result<()> {
    match dial.reach() == Reach::ThisMachine && !devnet {
        true => {
            let message = format!("{dial}: only this machine reaches it, no other node");
            Err(Failure::usage("invalid_dial", message).hint(EXAMPLE))
        }
        false => Ok(()),
    }
}

/// Refuses the address of another miner's node, as far as the node that is asked knows.
///
/// # Errors
/// [`Failure`] naming the miner.
pub async fn nobody_elses(
    context: &Context,
    dial: &DialAddress,
    own: Option<&MinerRef>,
) -> Result<()> {
    let known = context.client.peers().await?;
    let there = known.peers.into_iter();
    let there = there.filter(|peer| peer.address.as_deref() == Some(dial.as_str()));
    let miners = there
        .filter_map(|peer| peer.miner)
        .chain(known.node.miner)
        .map(|miner| miner.id)
        .filter(|id| own.is_none_or(|own| own.id != *id))
        .take(MOST);
    for id in miners {
        let query = MinerQuery::default();
        let MinerDetail {
            miner,
            dial_address,
            ..
        } = context.client.miner(&id.to_string(), &query).await?;
        // The node of one that has resigned may serve another.
        if dial_address == dial.as_str() && miner.state == MinerState::Registered {
            let message = format!(
                "{dial} is where the node of {} (#{id}) is dialled",
                miner.name
            );
            return Err(Failure::usage("invalid_dial", message).hint(EXAMPLE));
        }
    }
    Ok(())
}

/// How to find out whether a node of a chain answers at `host:port`; what is there instead if none does. It blocks the thread.
pub type Probe = fn(&str, &ChainId, Duration) -> std::result::Result<(), String>;

/// Whether anything takes connections there: for programs that don't know how nodes greet each other.
///
/// # Errors
/// Why there is no connection.
pub fn connects(address: &str, _: &ChainId, patience: Duration) -> std::result::Result<(), String> {
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
    fn where_no_other_node_comes_is_no_place_for_one() {
        for text in ["0.0.0.0:4000", "[ff02::1]:4000", "zz"] {
            assert_eq!(dial(text).unwrap_err().code, "invalid_dial", "{text}");
        }
        let here = dial("127.0.0.1:4000").unwrap();
        assert_eq!(from_elsewhere(&here, true), Ok(()));
        let refused = from_elsewhere(&here, false).unwrap_err();
        assert!(refused.message.contains("only this machine"), "{refused}");
        let there = dial("192.0.2.7:4000").unwrap();
        assert_eq!(from_elsewhere(&there, false), Ok(()));
    }

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
