//! What a node hears from others beside the consensus of its round, and what it asks them.

use etm_types::{Height, Round};
use std::{sync::Arc, time::SystemTime};

use commonware_consensus::{
    Epochable as _, Reporter as _,
    simplex::types::{Activity, Vote},
    types::Height as EngineHeight,
};
use commonware_cryptography::certificate::{Provider as _, Scheme as _};
use commonware_p2p::{Blocker, Sender, utils::mux::SubSender};
use commonware_parallel::Sequential;
use commonware_runtime::{Clock, IoBuf, Metrics, Spawner, Storage};
use commonware_utils::{ordered::Quorum as _, vec::NonEmptyVec};
use rand_core::CryptoRng;
use tracing::warn;

use super::{Course, Orchestrator, Stopped};
use crate::engine::{
    counters::{ToChain as _, ToEngine as _},
    laggards::{Said, read},
    peers::{Peers, Tracker},
    silence::Votes,
    storage::VIEW_RETENTION,
    types::{Digest, PublicKey, Scheme},
};

/// After how many questions in vain a node says that it waits.
const SAYS: u32 = 32;

/// What is kept until it is clear that this node knows all its votes.
pub(super) struct Kept<S: Sender> {
    /// Votes and certificates.
    pub(super) messages: [Votes<SubSender<S>>; 2],
    /// When to look again, and to ask again.
    pub(super) next: SystemTime,
    /// How often it was asked.
    pub(super) asked: u32,
}

impl<E, B, T> Orchestrator<E, B, T>
where
    E: Spawner + Metrics + Clock + Storage + CryptoRng,
    B: Blocker<PublicKey = PublicKey>,
    T: Tracker,
{
    /// Takes what came on the channel of votes and is not for the running round.
    pub(super) async fn hear<S>(
        &mut self,
        course: &mut Course<E, S>,
        subchannel: u64,
        peer: PublicKey,
        message: IoBuf,
    ) -> Result<(), Stopped>
    where
        S: Sender<PublicKey = PublicKey>,
    {
        let ours = course.active.round;
        let now = self.context.current();
        match read(subchannel, message) {
            Some(Said::In(round)) if round > ours => self.ask(course, peer, round),
            Some(Said::In(round)) => {
                if !course.channels.laggards.may_answer(now, &peer) {
                    return Ok(());
                }
                if round == ours {
                    let place = self.scheme(round)?.participants().index(&peer);
                    let votes = place.map(|place| self.heard.of(place)).unwrap_or_default();
                    course.channels.laggards.tell_heard(peer, round, &votes);
                } else if let Some(end) = self.end_of(round).await? {
                    course.channels.laggards.tell_end(peer, round, end);
                }
            }
            Some(Said::Heard(round, votes)) if round == ours && course.active.kept.is_some() => {
                if course.channels.laggards.may_look_at(now, &peer) {
                    self.take_answer(round, &peer, votes)?;
                    self.speak_if_known(course).await;
                }
            }
            Some(Said::Heard(..)) | None => {}
        }
        Ok(())
    }

    /// Something of a `later` round means that ours has ended: asks who sent it.
    pub(super) fn ask<S>(&self, course: &mut Course<E, S>, peer: PublicKey, later: Round)
    where
        S: Sender<PublicKey = PublicKey>,
    {
        let round = course.active.round;
        let now = self.context.current();
        course.ahead.note(&peer, later);
        course.channels.laggards.ask(now, peer, round);
    }

    fn scheme(&self, round: Round) -> Result<Arc<Scheme>, Stopped> {
        let scheme = self.config.schemes.scheme(round.to_engine());
        scheme.ok_or_else(|| Stopped::Missing(format!("the committee of round {round} is unknown")))
    }

    /// Takes what `peer` heard of this node, as far as this node signed it.
    fn take_answer(
        &mut self,
        round: Round,
        peer: &PublicKey,
        mut votes: Vec<Vote<Scheme, Digest>>,
    ) -> Result<(), Stopped> {
        let scheme = self.scheme(round)?;
        let rng = &mut *self.context;
        votes.retain(|vote| {
            vote.epoch() == round.to_engine()
                && match vote {
                    Vote::Notarize(vote) => vote.verify(rng, &scheme, &Sequential),
                    Vote::Nullify(vote) => vote.verify::<_, Digest>(rng, &scheme, &Sequential),
                    Vote::Finalize(vote) => vote.verify(rng, &scheme, &Sequential),
                }
        });
        let by = scheme.participants().index(peer);
        self.config.silence.answered(round, by, votes);
        Ok(())
    }

    /// When a node that listens looks and asks again.
    pub(super) fn next_question(&self) -> SystemTime {
        let now = self.context.current();
        let next = now + self.config.timeouts.leader / 4;
        if now < self.listens_until {
            next.min(self.listens_until)
        } else {
            next
        }
    }

    /// Looks whether this node knows by now what it signed, and asks again if not.
    pub(super) async fn listen<S>(&mut self, course: &mut Course<E, S>)
    where
        S: Sender<PublicKey = PublicKey>,
    {
        self.speak_if_known(course).await;
        let next = self.next_question();
        let Some(kept) = &mut course.active.kept else {
            return;
        };
        kept.next = next;
        kept.asked += 1;
        let (answers, others) = self.config.silence.answers();
        if answers < others {
            course.channels.laggards.ask_all(course.active.round);
            if kept.asked.is_multiple_of(SAYS) {
                warn!(
                    round = course.active.round.0,
                    answers,
                    others,
                    "does not vote yet: too few members have said what they heard of this node before it was started"
                );
            }
        }
    }

    /// Lets the votes out that were kept while this node listened, once it has listened for long enough and so many have
    /// answered, if it knows of all its votes.
    async fn speak_if_known<S>(&mut self, course: &mut Course<E, S>)
    where
        S: Sender<PublicKey = PublicKey>,
    {
        let (answers, others) = self.config.silence.answers();
        if answers < others || self.context.current() < self.listens_until {
            return;
        }
        let Some(kept) = course.active.kept.take() else {
            return;
        };
        let marshal = &self.config.marshal;
        let newest = marshal.get_processed().await;
        let newest = newest.map_or(Height::ZERO, |processed| processed.height().to_chain());
        // As many blocks as there are views to look back to, at most.
        for height in newest.saturating_sub(VIEW_RETENTION.get()).through(newest) {
            if let Some(finalization) = marshal.get_finalization(height.to_engine()).await {
                self.config
                    .silence
                    .report(Activity::Finalization(finalization));
            }
        }
        if self.config.silence.listened() {
            for mut sender in kept.messages {
                sender.release();
            }
        }
    }

    /// Asks `peers` for the block after the newest that is known here. Where there is one, its certificate says whether
    /// this node has forgotten that it signed it; and if nobody else serves, no traffic would.
    pub(super) async fn ask_for_newer(&mut self, peers: &Peers) {
        let marshal = &self.config.marshal;
        let newest = marshal.get_processed().await;
        let next = newest.map_or(EngineHeight::zero().next(), |processed| {
            processed.height().next()
        });
        let peers = peers.primary.iter().chain(&peers.secondary);
        let keys: Vec<PublicKey> = peers.map(|peer| peer.key.clone()).collect();
        if let Ok(keys) = NonEmptyVec::try_from(keys) {
            marshal.hint_finalized(next, keys);
        }
    }
}
