//! Nodes that were left behind in an earlier round.
//!
//! What ends a round is one certificate. A node that missed it hears of the next round only if somebody it knows sends
//! there; if the few who have the certificate don't serve in the next round, nobody does. So whoever still votes in an
//! earlier round - and members repeat their votes as long as nothing happens - is sent that certificate. Who serves in no
//! committee does not vote, and may be the one that the next round waits for: a node that hears of no new block for as
//! long as a view takes, and again after each such time, asks all its peers for the end of its round. Those for whom that round is
//! over answer, whether they serve in one or not.
//!
//! What that costs: a question is 18 bytes for each peer, once in the time of a view and only while nothing happens; an
//! answer is one certificate, at most one a second for each peer.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use commonware_codec::{DecodeExt as _, Encode as _};
use commonware_consensus::{simplex::types::Certificate, types::Height};
use commonware_p2p::{Recipients, Sender, utils::mux::GlobalSender};
use commonware_runtime::IoBuf;
use tracing::debug;

use super::types::{Digest, Marshal, PublicKey, Scheme};

/// How often one peer is answered.
const PERIOD: Duration = Duration::from_secs(1);

/// What stands in place of a round's number in front of a question; no round has it.
const QUESTION: u64 = u64::MAX;

/// Peers remembered: more than are ever tracked.
const REMEMBERED: usize = 1_024;

/// Answers those that are in an earlier round, and asks those that may be in a later one.
pub struct Laggards<S: Sender> {
    marshal: Marshal,
    questions: GlobalSender<S>,
    certificates: GlobalSender<S>,
    answered: BTreeMap<PublicKey, SystemTime>,
}

impl<S: Sender<PublicKey = PublicKey>> Laggards<S> {
    /// Asks on the channel of votes, and answers on that of certificates.
    pub const fn new(
        marshal: Marshal,
        questions: GlobalSender<S>,
        certificates: GlobalSender<S>,
    ) -> Self {
        Self {
            marshal,
            questions,
            certificates,
            answered: BTreeMap::new(),
        }
    }

    /// Asks all peers for the end of `round`.
    pub fn ask(&mut self, round: u64) {
        debug!(round, "nothing happens: asking for the end of the round");
        let _ = self
            .questions
            .send(QUESTION, Recipients::All, round.encode(), false);
    }

    /// Sends `peer`, which is in `round`, the certificate of that round's `last` block, if it is known here.
    ///
    /// Only votes and questions are answered: the answer is a certificate, so two nodes can't answer each other.
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

/// The round a peer is in, by a message on the channel of votes: that of the vote, or what a question says.
pub fn round_of_peer(round: u64, message: IoBuf) -> Option<u64> {
    if round == QUESTION {
        u64::decode(message).ok()
    } else {
        Some(round)
    }
}
