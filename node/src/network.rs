//! Real sockets: authenticated and encrypted connections between nodes whose addresses are on the chain.

pub mod bounds;
pub mod pings;
pub mod preface;

use preface::Preface;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use commonware_cryptography::{ChaCha20Poly1305, ed25519};
use commonware_p2p::{
    Address, AddressableManager as _, AddressableTrackedPeers, Ingress, PeerSetSubscription,
    Provider, TrackedPeers,
    authenticated::lookup::{self, Oracle},
};
use commonware_runtime::{Clock, Metrics, Network, Quota, Resolver, Spawner, StreamOf};
use commonware_stream::{
    cups::{self, Cups},
    sake::{self, Sake},
};
use commonware_utils::{Hostname, NZU32, NZUsize, ordered::Map};
use etm_execution::Chain;
use etm_types::NodeKey;
use rand_core::CryptoRng;
use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tracing::warn;

use crate::{
    engine::{
        announced::Announcement,
        max_engine_message_size,
        peers::{Peer, Peers, Tracker, max_peers},
        types::PublicKey,
    },
    runtime::{Door, Layered, Names, door::Visitor},
};

/// How a node secures its connections.
pub type Handshake = Preface<Cups<Sake<ed25519::PrivateKey>, ChaCha20Poly1305>>;

/// How far clocks of peers may differ: the whole range that a greeting can name.
const ANY_TIME: Duration = Duration::from_millis(u64::MAX);

/// How often a peer hears of this node at least.
const PING: Duration = Duration::from_secs(5);

/// A connection over which nothing came for so long is let go of, and dialled anew. Where a host was cut off, the system would try its packets
/// of before again ever more seldom: at worst it is back as long after the network as it was away.
pub const UNHEARD: Duration = Duration::from_secs(20);

/// Messages that wait for a peer's connection. Each has two such queues, set aside at once.
pub const MAILBOX: usize = 128;

/// Connections that one address may open to a node in a second, and as many at once before; its subnet (`/24`, `/48` of IPv6) 64. Many nodes may be behind
/// one address, and strangers too. Those that say nothing are let go of after 5 s, or when others need their places ([`Door`]).
const KNOCKS: NonZeroU32 = NZU32!(32);

/// What surrounds the network of a node: names are looked up, and strangers wait, where neither is in anybody's way.
pub type Surrounded<E> = Layered<Layered<E, Names>, Door>;

/// The network of a node in `context` on `chain` that listens on `listen`, has so many `handshakes` at once, and dials peers at private
/// addresses if it is told to.
pub fn open<E>(
    context: E,
    chain: &Chain,
    signer: ed25519::PrivateKey,
    listen: SocketAddr,
    handshakes: NonZeroU32,
    private_addresses: bool,
) -> (lookup::Network<Surrounded<E>, Handshake>, Oracle<PublicKey>)
where
    E: Spawner + Clock + CryptoRng + Network + Resolver + Metrics,
{
    let named = Layered::new(context, Names::of_system());
    // Half as many again are about to leave, and leave the network's own handshakes a moment later.
    let most = usize::try_from(handshakes.get() / 2).unwrap_or(usize::MAX);
    let config = config::<E>(chain, signer, listen, handshakes, private_addresses);
    lookup::Network::new(Layered::new(named, Door::new(most)), config)
}

fn config<E: Network>(
    chain: &Chain,
    signer: ed25519::PrivateKey,
    listen: SocketAddr,
    handshakes: NonZeroU32,
    private_addresses: bool,
) -> lookup::Config<Handshake> {
    let handshake = Cups::<_, ChaCha20Poly1305>::new(
        Sake {
            signer,
            // A node whose clock is wrong is connected all the same: keys say who it is, and an old greeting that is
            // sent again comes to nothing, as only its maker can go on from it.
            synchrony_bound: ANY_TIME,
            max_handshake_age: ANY_TIME,
            version: sake::Version::V1,
        },
        cups::Version::V1,
    );
    let handshake = Preface::new(handshake, chain.id, |stream| {
        let visitor = stream.downcast_mut::<StreamOf<Surrounded<E>>>();
        visitor.and_then(Visitor::knock)
    });
    let namespace = [
        b"etm/p2p/v".as_slice(),
        preface::VERSION.to_string().as_bytes(),
        b"/",
        chain.id.as_bytes(),
    ]
    .concat();
    let peers = max_peers(chain.params.mechanism.committee);
    let size = max_engine_message_size();
    let mailbox = NZUsize!(MAILBOX);
    let mut config = if chain.params.devnet {
        // Many nodes on one machine, started and stopped at will.
        lookup::Config {
            peer_connection_cooldown: Duration::from_millis(500),
            allowed_handshake_rate_per_ip: Quota::per_second(NZU32!(512)),
            allowed_handshake_rate_per_subnet: Quota::per_second(NZU32!(512)),
            dial_frequency: Duration::from_millis(100),
            ping_frequency: PING,
            ..lookup::Config::local(handshake, &namespace, listen, peers, size, mailbox)
        }
    } else {
        lookup::Config {
            peer_connection_cooldown: Duration::from_secs(10),
            ping_frequency: PING,
            allowed_handshake_rate_per_ip: Quota::per_second(KNOCKS),
            allow_private_ips: private_addresses,
            ..lookup::Config::recommended(handshake, &namespace, listen, peers, size, mailbox)
        }
    };
    // Peers are known by their keys; behind NAT or a name their address may be any.
    config.bypass_ip_check = true;
    config.max_concurrent_handshakes = handshakes;
    // The peers of this round and of the one before. Memory is set aside for each set at its largest.
    config.tracked_peer_sets = NZUsize!(2);
    config
}

/// Tells the network whom to dial and whom to accept, and remembers it for those who ask.
#[derive(Clone, Debug)]
pub struct SocketTracker {
    oracle: Oracle<PublicKey>,
    peers: RoundPeers,
}

/// A node this one is to be connected with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPeer {
    pub key: NodeKey,
    /// Where it is dialled.
    pub dial: String,
    /// Whether there is a connection now.
    pub connected: bool,
    /// What it last said of itself over this connection or an earlier one; none while there is no connection.
    pub announced: Option<Announcement>,
}

/// The peers with a connection, from the network's metrics: it tells them in no other way.
pub fn connected_peers(metrics: &str) -> BTreeSet<NodeKey> {
    metrics
        .lines()
        .filter_map(|line| {
            let peer = line.strip_prefix(CONNECTED)?;
            peer.split_once('"')?.0.parse().ok()
        })
        .collect()
}

/// How the lines of the network's metric of connections begin.
const CONNECTED: &str = "network_tracker_directory_connected{peer=\"";

/// The peers of the newest round.
#[derive(Clone, Debug, Default)]
pub struct RoundPeers(Arc<Mutex<BTreeMap<PublicKey, String>>>);

impl RoundPeers {
    /// Keys and addresses.
    pub fn list(&self) -> Vec<(PublicKey, String)> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .iter()
            .map(|(key, dial)| (key.clone(), dial.clone()))
            .collect()
    }
}

impl SocketTracker {
    /// A tracker over the network's oracle.
    pub fn new(oracle: Oracle<PublicKey>) -> Self {
        Self {
            oracle,
            peers: RoundPeers::default(),
        }
    }

    /// The peers it knows of.
    pub fn peers(&self) -> RoundPeers {
        self.peers.clone()
    }
}

impl Provider for SocketTracker {
    type PublicKey = PublicKey;

    async fn peer_set(&mut self, id: u64) -> Option<TrackedPeers<PublicKey>> {
        self.oracle.peer_set(id).await
    }

    async fn subscribe(&mut self) -> PeerSetSubscription<PublicKey> {
        self.oracle.subscribe().await
    }
}

impl Tracker for SocketTracker {
    fn track(&mut self, id: u64, peers: &Peers) {
        {
            let mut known = self.peers.0.lock().unwrap_or_else(PoisonError::into_inner);
            *known = peers
                .primary
                .iter()
                .chain(&peers.secondary)
                .map(|peer| (peer.key.clone(), peer.dial.clone()))
                .collect();
        }
        let tracked =
            AddressableTrackedPeers::new(resolve(&peers.primary), resolve(&peers.secondary));
        let _ = self.oracle.track(id, tracked);
    }
}

fn resolve(peers: &[Peer]) -> Map<PublicKey, Address> {
    Map::from_iter_dedup(peers.iter().filter_map(|peer| {
        let address = address(&peer.dial);
        if address.is_none() {
            warn!(peer = ?peer.key, dial = peer.dial, "an address that can't be dialled");
        }
        Some((peer.key.clone(), address?))
    }))
}

/// `ip:port` or `host:port` as something to dial.
fn address(dial: &str) -> Option<Address> {
    if let Ok(socket) = dial.parse::<SocketAddr>() {
        return Some(Address::Symmetric(socket));
    }
    let (host, port) = dial.rsplit_once(':')?;
    Some(Address::Asymmetric {
        ingress: Ingress::Dns {
            host: Hostname::new(host).ok()?,
            port: port.parse().ok()?,
        },
        egress: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_read_from_the_metrics() {
        let key = NodeKey([0xab; 32]);
        let text = format!(
            "# HELP x\n{CONNECTED}{key}\"}} 1795621574469\n{CONNECTED}zz\"}} 1\nnetwork_tracker_directory_tracked 4\n"
        );
        assert_eq!(connected_peers(&text), BTreeSet::from([key]));
    }

    #[test]
    fn addresses_are_sockets_or_names() {
        let socket = address("127.0.0.1:7000").unwrap();
        assert_eq!(socket.ingress().port(), 7000);
        assert!(address("[::1]:7000").is_some());
        let name = address("node.example.org:7001").unwrap();
        assert!(matches!(name.ingress(), Ingress::Dns { port: 7001, .. }));
        for wrong in ["", "7000", "host:", "host:70000", ":1", "a b:1"] {
            assert!(address(wrong).is_none(), "{wrong}");
        }
    }
}
