//! Registered miners beside the committees, whom a node keeps in its network.
//!
//! There are few places, and they go round: which candidates have one in a round follows from the state at the end of the round before the last, so that
//! all nodes, the candidates among them, know it in time and say the same. A place is no condition for anything: heartbeats come by upstreams as well.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use etm_types::{DialAddress, NodeKey, Round};

use super::{
    peers::Peer,
    round_info::MAX_CANDIDATES,
    types::{node_key, public_key},
};

/// Rounds whose candidates are remembered.
const REMEMBERED: usize = 4;

/// Registered miners by the round in which it is their turn.
#[derive(Clone, Debug, Default)]
pub struct Candidates(Arc<RwLock<BTreeMap<Round, Vec<Peer>>>>);

impl Candidates {
    /// Those whose turn it is in `round`.
    pub fn set(&self, round: Round, peers: Vec<Peer>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(round, peers);
        while known.len() > REMEMBERED {
            known.pop_first();
        }
    }

    /// Those whose turn it is in `round`; where that is not known, those of the last round that is.
    pub fn of_round(&self, round: Round) -> Vec<Peer> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let newest = known.range(..=round).next_back();
        newest.map(|(_, peers)| peers.clone()).unwrap_or_default()
    }

    /// Those of `round` in the form in which a round remembers them.
    pub fn stored(&self, round: Round) -> Vec<(NodeKey, DialAddress)> {
        let peers = self.of_round(round);
        let entries = peers
            .iter()
            .filter_map(|peer| Some((node_key(&peer.key), DialAddress::new(&peer.dial).ok()?)));
        entries.take(MAX_CANDIDATES).collect()
    }

    /// Takes up what a round remembers.
    pub fn restore(&self, round: Round, stored: &[(NodeKey, DialAddress)]) {
        let peers = stored.iter().filter_map(|(node, dial)| {
            Some(Peer {
                key: public_key(&node.0)?,
                dial: dial.as_str().to_owned(),
            })
        });
        self.set(round, peers.collect());
    }
}
