//! Registered miners beside the committees, whom a node keeps in its network.

use std::sync::{Arc, PoisonError, RwLock};

use etm_types::{DialAddress, NodeKey};

use super::{application::node_key, block::public_key, peers::Peer, round_info::MAX_CANDIDATES};

/// Registered miners that are on no committee, as the newest finalized state knows them.
#[derive(Clone, Debug, Default)]
pub struct Candidates(Arc<RwLock<Vec<Peer>>>);

impl Candidates {
    /// Replaces them.
    pub fn set(&self, peers: Vec<Peer>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = peers;
    }

    /// The newest known.
    pub fn get(&self) -> Vec<Peer> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// In the form in which a round remembers them.
    pub fn stored(&self) -> Vec<(NodeKey, DialAddress)> {
        let peers = self.get();
        let entries = peers
            .iter()
            .filter_map(|peer| Some((node_key(&peer.key), DialAddress::new(&peer.dial).ok()?)));
        entries.take(MAX_CANDIDATES).collect()
    }

    /// Takes up what a round remembers.
    pub fn restore(&self, stored: &[(NodeKey, DialAddress)]) {
        let peers = stored.iter().filter_map(|(node, dial)| {
            Some(Peer {
                key: public_key(&node.0)?,
                dial: dial.as_str().to_owned(),
            })
        });
        self.set(peers.collect());
    }
}
