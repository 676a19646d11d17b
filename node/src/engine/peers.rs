//! Whom a node keeps connections with.

use std::num::NonZeroUsize;

use commonware_p2p::Provider;

use super::types::{PublicKey, public_key};
use etm_types::{Committee, Member};

/// A peer and where it is dialled (`ip:port` or `host:port`, as registered on the chain).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    pub key: PublicKey,
    /// Its address.
    pub dial: String,
}

/// The peers of a round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peers {
    /// The running and the announced committee: dialled.
    pub primary: Vec<Peer>,
    /// Other candidates: accepted when they dial, and sent blocks and certificates.
    pub secondary: Vec<Peer>,
}

impl Peers {
    /// The members of the running and the announced committee, and the first `secondary` of the other candidates.
    pub fn of_round(
        committee: &Committee,
        next: &Committee,
        candidates: Vec<Peer>,
        secondary: usize,
    ) -> Self {
        let mut peers = Self::default();
        for member in committee.members.iter().chain(&next.members) {
            add(&mut peers.primary, peer(member));
        }
        for candidate in candidates {
            if peers.secondary.len() == secondary {
                break;
            }
            if !peers.primary.iter().any(|known| known.key == candidate.key) {
                add(&mut peers.secondary, Some(candidate));
            }
        }
        peers
    }

    /// Whether a node is among them.
    pub fn include(&self, key: &PublicKey) -> bool {
        let mut all = self.primary.iter().chain(&self.secondary);
        all.any(|peer| peer.key == *key)
    }
}

fn peer(member: &Member) -> Option<Peer> {
    Some(Peer {
        key: public_key(&member.node.0)?,
        dial: member.dial.as_str().to_owned(),
    })
}

fn add(peers: &mut Vec<Peer>, peer: Option<Peer>) {
    if let Some(peer) = peer
        && !peers.iter().any(|known| known.key == peer.key)
    {
        peers.push(peer);
    }
}

/// The most candidates beyond the two committees that a node accepts: all votes and blocks are sent to them too.
pub const MAX_SECONDARY_PEERS: usize = 64;

/// How many of them a node on a chain with committees of `committee` accepts. The network sets memory aside for each.
pub fn secondary_peers(committee: u32) -> usize {
    usize::try_from(committee)
        .unwrap_or(MAX_SECONDARY_PEERS)
        .saturating_mul(2)
        .clamp(16, MAX_SECONDARY_PEERS)
}

/// The largest number of peers a network has to take for a chain with committees of `committee`.
pub fn max_peers(committee: u32) -> NonZeroUsize {
    let members = usize::try_from(committee).unwrap_or(usize::MAX / 4);
    let peers = members * 2 + secondary_peers(committee) + 1;
    NonZeroUsize::new(peers).unwrap_or(NonZeroUsize::MIN)
}

/// Tells the network which peers to track.
pub trait Tracker: Provider<PublicKey = PublicKey> + Send + Sync {
    /// Tracks `peers` from now on. `id` grows from call to call.
    fn track(&mut self, id: u64, peers: &Peers);
}
