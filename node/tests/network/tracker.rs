//! The peers a simulated node tracks.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::{PeerSetSubscription, PeerSetUpdate, Provider, TrackedPeers};
use commonware_utils::{channel::mpsc, ordered::Set};
use etm_node::engine::peers::{Peer, Peers, Tracker};

/// The peers one node tracks. The simulated network connects all; what a node asks whom follows from its own sets.
#[derive(Clone, Debug, Default)]
pub struct LocalTracker(Arc<Mutex<Tracked>>);

#[derive(Debug, Default)]
struct Tracked {
    sets: BTreeMap<u64, TrackedPeers<PublicKey>>,
    subscribers: Vec<mpsc::UnboundedSender<PeerSetUpdate<PublicKey>>>,
}

impl Tracked {
    fn latest(&self) -> Option<PeerSetUpdate<PublicKey>> {
        let (index, latest) = self.sets.last_key_value()?;
        let primary = Set::from_iter_dedup(
            self.sets
                .values()
                .flat_map(|peers| peers.primary.iter().cloned()),
        );
        let secondary = Set::from_iter_dedup(
            self.sets
                .values()
                .flat_map(|peers| peers.secondary.iter().cloned())
                .filter(|peer| primary.position(peer).is_none()),
        );
        Some(PeerSetUpdate {
            index: *index,
            latest: latest.clone(),
            all: TrackedPeers::new(primary, secondary),
        })
    }
}

impl LocalTracker {
    /// The peers of this round and of the one before, as with real sockets.
    #[allow(dead_code)] // the storm's networks have a gate of their own
    pub fn peers(&self) -> Vec<PublicKey> {
        let tracked = self.0.lock().unwrap();
        let newest = tracked.sets.values().rev().take(2);
        newest
            .flat_map(|peers| peers.primary.iter().chain(&peers.secondary).cloned())
            .collect()
    }
}

impl Provider for LocalTracker {
    type PublicKey = PublicKey;

    async fn peer_set(&mut self, id: u64) -> Option<TrackedPeers<PublicKey>> {
        self.0.lock().unwrap().sets.get(&id).cloned()
    }

    async fn subscribe(&mut self) -> PeerSetSubscription<PublicKey> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut tracked = self.0.lock().unwrap();
        if let Some(update) = tracked.latest() {
            let _ = sender.send(update);
        }
        tracked.subscribers.push(sender);
        receiver
    }
}

impl Tracker for LocalTracker {
    fn track(&mut self, id: u64, peers: &Peers) {
        let keys = |peers: &[Peer]| Set::from_iter_dedup(peers.iter().map(|peer| peer.key.clone()));
        let mut tracked = self.0.lock().unwrap();
        if tracked.sets.contains_key(&id) {
            return;
        }
        tracked.sets.insert(
            id,
            TrackedPeers::new(keys(&peers.primary), keys(&peers.secondary)),
        );
        while tracked.sets.len() > 4 {
            tracked.sets.pop_first();
        }
        if let Some(update) = tracked.latest() {
            tracked
                .subscribers
                .retain(|subscriber| subscriber.send(update.clone()).is_ok());
        }
    }
}
