//! Members that were left behind in an earlier round.
//!
//! What ends a round is one certificate. A member that missed it hears of the next round only if somebody it knows sends
//! there; if the few who have the certificate don't serve in the next round, nobody does. So whoever still votes in an
//! earlier round - and members repeat their votes as long as nothing happens - is sent that certificate.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use commonware_codec::Encode as _;
use commonware_consensus::{simplex::types::Certificate, types::Height};
use commonware_p2p::{Recipients, Sender, utils::mux::GlobalSender};
use tracing::debug;

use super::types::{Digest, Marshal, PublicKey, Scheme};

/// How often one peer is answered.
const PERIOD: Duration = Duration::from_secs(1);

/// Peers remembered: more than are ever tracked.
const REMEMBERED: usize = 1_024;

/// Answers votes of earlier rounds.
pub struct Laggards<S: Sender> {
    marshal: Marshal,
    certificates: GlobalSender<S>,
    answered: BTreeMap<PublicKey, SystemTime>,
}

impl<S: Sender<PublicKey = PublicKey>> Laggards<S> {
    /// Answers on the channel of certificates.
    pub const fn new(marshal: Marshal, certificates: GlobalSender<S>) -> Self {
        Self {
            marshal,
            certificates,
            answered: BTreeMap::new(),
        }
    }

    /// Sends `peer`, which votes in `round`, the certificate of that round's `last` block, if it is known here.
    ///
    /// Only votes are answered: the answer is a certificate, so two members can't answer each other.
    pub async fn answer(&mut self, now: SystemTime, peer: PublicKey, round: u64, last: Height) {
        let lately = self.answered.get(&peer).is_some_and(|before| {
            now.duration_since(*before)
                .is_ok_and(|passed| passed < PERIOD)
        });
        if lately {
            return;
        }
        if self.answered.len() >= REMEMBERED {
            self.answered.clear();
        }
        self.answered.insert(peer.clone(), now);
        let Some(finalization) = self.marshal.get_finalization(last).await else {
            return;
        };
        debug!(?peer, round, "told a peer that a round has ended");
        let certificate = Certificate::<Scheme, Digest>::Finalization(finalization);
        let _ = self
            .certificates
            .send(round, Recipients::One(peer), certificate.encode(), false);
    }
}
