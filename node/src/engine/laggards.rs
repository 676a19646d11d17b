//! What nodes ask one another beside consensus: whether a round has ended, and what they heard of each other.
//!
//! What ends a round is one certificate. A node that missed it hears of the next round only if somebody it knows sends
//! there; if the few who have the certificate don't serve in the next round, nobody does. So whoever still votes in an
//! earlier round - and members repeat their votes as long as nothing happens - is sent that certificate. Who serves in no
//! committee does not vote, and may be the one that the next round waits for: a node that hears of no new block for as
//! long as a view takes, and again after each such time, asks all its peers for the end of its round. Those for whom that round is
//! over answer, whether they serve in one or not. Whoever hears something of a later round asks its sender.
//!
//! A peer that is in the same round answers as well: with the newest votes of the one who asks that it heard. A node that
//! was started asks for them before it votes (`silence.rs`).
//!
//! What that costs: a question is 18 bytes for each peer, once in the time of a view and only while nothing happens; the
//! sender of something of a later round is asked once a second at most, whatever it sends. An answer is one certificate or
//! three votes, and each peer gets so many a second at most.

use etm_types::Round;
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use commonware_codec::{DecodeExt as _, Encode as _, ReadExt as _, Write as _};
use commonware_consensus::simplex::types::{Certificate, Finalization, Vote};
use commonware_p2p::{Recipients, Sender, utils::mux::GlobalSender};
use commonware_runtime::{Buf as _, IoBuf};
use tracing::debug;

use super::types::{Digest, PublicKey, Scheme};
use crate::pool::{Bucket, Budgets};

/// How often one peer is asked for the end of the same round because of what it sends.
const PERIOD: Duration = Duration::from_secs(1);

/// How many of its questions and old votes a peer has answered: who catches up asks once for each round it missed.
const ANSWERS: Bucket = Bucket {
    burst: 16,
    per_second: 8,
};

/// How many answers of a peer are looked at: each may be three signatures to check.
const LOOKED_AT: Bucket = Bucket {
    burst: 4,
    per_second: 2,
};

/// What stands in place of a round's number in front of a question; no round has it.
const QUESTION: u64 = u64::MAX;

/// What stands there in front of the votes that were heard of somebody.
const ANSWER: u64 = u64::MAX - 1;

/// Votes of an answer: the newest of each kind.
const VOTES: usize = 3;

/// Peers remembered: more than are ever tracked.
pub const REMEMBERED: usize = 1_024;

/// What a peer says on the channel of votes that is not for the running round.
#[derive(Debug)]
pub enum Said {
    /// It votes in this round, or asks for its end.
    In(Round),
    /// What it heard of this node in a round.
    Heard(Round, Vec<Vote<Scheme, Digest>>),
}

/// Reads what came for `subchannel`.
pub fn read(subchannel: u64, message: IoBuf) -> Option<Said> {
    match subchannel {
        QUESTION => u64::decode(message).ok().map(Round).map(Said::In),
        ANSWER => {
            let mut rest = message;
            let round = Round(u64::read(&mut rest).ok()?);
            let mut votes = Vec::new();
            while rest.has_remaining() {
                if votes.len() == VOTES {
                    return None;
                }
                votes.push(Vote::read(&mut rest).ok()?);
            }
            Some(Said::Heard(round, votes))
        }
        round => Some(Said::In(Round(round))),
    }
}

/// Answers those that are in an earlier round or come back into this, and asks those that may be in a later one.
pub struct Laggards<S: Sender> {
    votes: GlobalSender<S>,
    certificates: GlobalSender<S>,
    answers: Budgets<PublicKey>,
    looked_at: Budgets<PublicKey>,
    /// Who was asked for the end of which round, and when.
    asked: BTreeMap<PublicKey, (Round, SystemTime)>,
}

impl<S: Sender<PublicKey = PublicKey>> Laggards<S> {
    /// Asks on the channel of votes, and answers there and on that of certificates.
    pub fn new(votes: GlobalSender<S>, certificates: GlobalSender<S>) -> Self {
        Self {
            votes,
            certificates,
            answers: Budgets::new(ANSWERS),
            looked_at: Budgets::new(LOOKED_AT),
            asked: BTreeMap::new(),
        }
    }

    /// Asks all peers for the end of `round`, or for what they heard in it.
    pub fn ask_all(&mut self, round: Round) {
        debug!(round = round.0, "asking all peers about the round");
        let _ = self
            .votes
            .send(QUESTION, Recipients::All, round.0.encode(), false);
    }

    /// Asks `peer`, which sent something of a later round, for the end of `round`.
    pub fn ask(&mut self, now: SystemTime, peer: PublicKey, round: Round) {
        let lately = self.asked.get(&peer).is_some_and(|(before, at)| {
            *before == round && now.duration_since(*at).is_ok_and(|passed| passed < PERIOD)
        });
        if lately {
            return;
        }
        if self.asked.len() >= REMEMBERED {
            self.asked.clear();
        }
        debug!(?peer, round = round.0, "a peer is in a later round");
        self.asked.insert(peer.clone(), (round, now));
        let _ = self
            .votes
            .send(QUESTION, Recipients::One(peer), round.0.encode(), false);
    }

    /// Whether `peer` may be answered once more.
    pub fn may_answer(&mut self, now: SystemTime, peer: &PublicKey) -> bool {
        spend(&mut self.answers, now, peer)
    }

    /// Whether one more answer of `peer` may be looked at.
    pub fn may_look_at(&mut self, now: SystemTime, peer: &PublicKey) -> bool {
        spend(&mut self.looked_at, now, peer)
    }

    /// Sends `peer`, which is in `round`, the certificate of that round's last block.
    ///
    /// Only votes and questions are answered: the answer is a certificate, so two nodes can't answer each other.
    pub fn tell_end(
        &mut self,
        peer: PublicKey,
        round: Round,
        finalization: Finalization<Scheme, Digest>,
    ) {
        debug!(?peer, round = round.0, "told a peer that a round has ended");
        let certificate = Certificate::<Scheme, Digest>::Finalization(finalization);
        let _ = self
            .certificates
            .send(round.0, Recipients::One(peer), certificate.encode(), false);
    }

    /// Sends `peer` the votes of its own that were heard in `round`.
    pub fn tell_heard(&mut self, peer: PublicKey, round: Round, votes: &[Vote<Scheme, Digest>]) {
        let mut message = round.0.encode_mut();
        for vote in votes.iter().take(VOTES) {
            vote.write(&mut message);
        }
        let _ = self
            .votes
            .send(ANSWER, Recipients::One(peer), message.freeze(), false);
    }
}

fn spend(budgets: &mut Budgets<PublicKey>, now: SystemTime, peer: &PublicKey) -> bool {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    let left = budgets.has_left(peer, now_ms);
    if left {
        budgets.spend(peer, 1, now_ms);
    }
    left
}

#[cfg(test)]
mod tests;
