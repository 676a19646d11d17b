//! Peers that are in later rounds than this node.

use etm_types::Round;
use std::collections::BTreeMap;

use crate::engine::{laggards::REMEMBERED, types::PublicKey};

/// The latest round in which each of some peers was heard.
#[derive(Debug, Default)]
pub(super) struct Ahead(BTreeMap<PublicKey, Round>);

impl Ahead {
    /// `peer` sent something of `round`.
    pub(super) fn note(&mut self, peer: &PublicKey, round: Round) {
        if let Some(latest) = self.0.get_mut(peer) {
            *latest = round.max(*latest);
        } else if self.0.len() < REMEMBERED {
            self.0.insert(peer.clone(), round);
        }
    }

    /// Those that were heard in a round after `round`.
    pub(super) fn of(&self, round: Round) -> Vec<PublicKey> {
        let later = self.0.iter().filter(|(_, latest)| **latest > round);
        later.map(|(peer, _)| peer.clone()).collect()
    }

    /// Forgets those that are not known to be in a round after `round`, which has begun here.
    pub(super) fn enter(&mut self, round: Round) {
        self.0.retain(|_, latest| *latest > round);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use commonware_cryptography::{Signer as _, ed25519::PrivateKey};

    fn peer(seed: u64) -> PublicKey {
        PrivateKey::from_seed(seed).public_key()
    }

    #[test]
    fn who_is_in_a_later_round_stays_until_this_node_is_there() {
        let mut ahead = Ahead::default();
        ahead.note(&peer(1), Round(7));
        ahead.note(&peer(1), Round(5));
        ahead.note(&peer(2), Round(4));
        assert_eq!(ahead.of(Round(6)), [peer(1)]);
        ahead.enter(Round(4));
        assert_eq!(ahead.of(Round(0)), [peer(1)]);
        ahead.enter(Round(7));
        assert_eq!(ahead.of(Round(0)), [] as [PublicKey; 0]);
    }

    #[test]
    fn so_many_are_remembered() {
        let mut ahead = Ahead::default();
        for seed in 0..2_000 {
            ahead.note(&peer(seed), Round(9));
        }
        assert_eq!(ahead.of(Round(0)).len(), REMEMBERED);
    }
}
