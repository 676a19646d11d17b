//! Ends of rounds, with the certificates that others go by.

use std::time::{Duration, SystemTime};

use commonware_codec::Read as _;
use commonware_consensus::{
    Heightable as _, Reporter as _,
    simplex::types::{Activity, Certificate, Finalization},
    types::{Epocher as _, Height},
};
use commonware_cryptography::{Digested, Digestible as _};
use commonware_p2p::{Blocker, Sender};
use commonware_parallel::Sequential;
use commonware_runtime::{Clock, IoBuf, Metrics, Spawner, Storage};
use commonware_utils::{
    Acknowledgement as _, acknowledgement::Exact, sequence::U64, vec::NonEmptyVec,
};
use etm_types::{Committee, Round};
use rand_core::CryptoRng;
use tracing::{debug, info};

use super::{Course, Infos, Orchestrator, Stopped};
use crate::engine::{
    block::EngineBlock,
    counters::ToEngine as _,
    peers::Tracker,
    types::{Digest, PublicKey, Scheme},
};

/// How often a node looks for the certificate that ends its round, and asks for it.
const AGAIN: Duration = Duration::from_millis(250);

/// The last block of the running round, which can't end before the block's certificate is here.
///
/// Marshal hands a block out also if it knows it only from a later block's chain, or if its certificate was lost when power
/// was cut. Those who are left behind in the round, and light clients, need the certificate, and once all have gone on,
/// nobody makes another. Until it is there, the round's consensus runs on: it finalizes the block again if nobody has gone on.
pub(super) struct Ended {
    block: Digested<EngineBlock>,
    acknowledgement: Exact,
    /// When to look again.
    pub(super) next: SystemTime,
}

impl Ended {
    pub(super) const fn new(
        block: Digested<EngineBlock>,
        acknowledgement: Exact,
        next: SystemTime,
    ) -> Self {
        Self {
            block,
            acknowledgement,
            next,
        }
    }
}

impl<E, B, T> Orchestrator<E, B, T>
where
    E: Spawner + Metrics + Clock + Storage + CryptoRng,
    B: Blocker<PublicKey = PublicKey>,
    T: Tracker,
{
    pub(super) fn last(&self, round: Round) -> Result<Height, Stopped> {
        self.epocher
            .last(round.to_engine())
            .ok_or_else(|| Stopped::Missing(format!("round {round} has no last block")))
    }

    /// Takes the finalized blocks that have come, up to the last of a round that can't end yet.
    pub(super) async fn take_blocks<S>(&mut self, course: &mut Course<E, S>) -> Result<(), Stopped>
    where
        S: Sender<PublicKey = PublicKey>,
    {
        while course.ended.is_none()
            && let Some((block, acknowledgement)) = course.behind.pop_front()
        {
            if block.height() == self.last(course.active.round)? {
                course.ended = Some(Ended::new(block, acknowledgement, self.context.current()));
                self.end(course).await?;
            } else {
                // Only the last block of a round has an effect here, and one that comes again has had it.
                acknowledgement.acknowledge();
            }
        }
        Ok(())
    }

    /// Goes on to the next round if the last block of this has come with its certificate.
    pub(super) async fn end<S>(&mut self, course: &mut Course<E, S>) -> Result<(), Stopped>
    where
        S: Sender<PublicKey = PublicKey>,
    {
        let Some(mut ended) = course.ended.take() else {
            return Ok(());
        };
        let round = course.active.round;
        let height = ended.block.height();
        if self.config.marshal.get_finalization(height).await.is_none() {
            debug!(
                round = round.0,
                "the certificate of the round's end is missing"
            );
            course.channels.laggards.ask_all(round);
            ended.next = self.context.current() + AGAIN;
            course.ended = Some(ended);
            return Ok(());
        }
        let store = course.infos.take().ok_or(Stopped::Channels)?;
        let (store, next) = self
            .end_round(round, &ended.block, store, &mut course.channels)
            .await?;
        course.infos = Some(store);
        course.active = next;
        // Only now: until the acknowledgement is durable, a restart begins in the round that has ended.
        ended.acknowledgement.acknowledge();
        self.hurry(course)
    }

    /// Fetches the ends of rounds that are over elsewhere, rather than to wait until their sender is heard again.
    ///
    /// This round's committee and the next one are known, so both ends can be checked. A round that took less time than its
    /// slots was caught up with, and others may be further on, whoever was heard: what one says of its round may be a lie.
    fn hurry<S>(&self, course: &mut Course<E, S>) -> Result<(), Stopped>
    where
        S: Sender<PublicKey = PublicKey>,
    {
        let round = course.active.round;
        course.ahead.enter(round);
        for round in [round, round.saturating_add(1)] {
            if let Ok(peers) = NonEmptyVec::try_from(course.ahead.of(round)) {
                self.config.marshal.hint_finalized(self.last(round)?, peers);
            }
        }
        let now = self.context.current();
        let took = now.duration_since(course.entered).unwrap_or_default();
        course.entered = now;
        let blocks = u32::try_from(self.config.blocks_per_round.get()).unwrap_or(u32::MAX);
        let slots = self.config.timeouts.leader.saturating_mul(blocks) / 2;
        if took < slots {
            course.channels.laggards.ask_all(round);
        }
        Ok(())
    }

    /// The certificate of the end of `round`, if it is here. One that should be is looked for.
    pub(super) async fn end_of(
        &mut self,
        round: Round,
    ) -> Result<Option<Finalization<Scheme, Digest>>, Stopped> {
        let last = self.last(round)?;
        let marshal = &self.config.marshal;
        let end = marshal.get_finalization(last).await;
        if end.is_none() && marshal.get_block(last).await.is_some() {
            self.config.missing.note(round);
        }
        Ok(end)
    }

    /// Looks for the end of the round before `round` if its certificate was lost after the round had ended here.
    pub(super) async fn miss_end_before(&mut self, round: Round) -> Result<(), Stopped> {
        match round.checked_sub(1) {
            Some(before) => self.end_of(before).await.map(drop),
            None => Ok(()),
        }
    }

    /// Asks all peers for the ends of rounds that are missing.
    pub(super) async fn look_for_ends<S>(
        &mut self,
        course: &mut Course<E, S>,
    ) -> Result<(), Stopped>
    where
        S: Sender<PublicKey = PublicKey>,
    {
        for round in self.config.missing.rounds() {
            let here = self.config.marshal.get_finalization(self.last(round)?);
            if here.await.is_some() {
                self.config.missing.found(round);
            } else if round < course.active.round {
                course.channels.laggards.ask_all(round);
            }
        }
        Ok(())
    }

    /// Takes the certificate of the end of a round that is missing, if it is one.
    pub(super) async fn take_end(
        &mut self,
        round: Round,
        mut message: IoBuf,
    ) -> Result<(), Stopped> {
        let last = self.last(round)?;
        let mut marshal = self.config.marshal.clone();
        let Some(block) = marshal.get_block(last).await else {
            return Ok(());
        };
        let Some(committee) = self.committee(round).await? else {
            return Ok(());
        };
        let (scheme, _) = self.config.schemes.scheme_of(&committee)?;
        let members = committee.members.len();
        let Ok(Certificate::Finalization(end)) =
            Certificate::<Scheme, Digest>::read_cfg(&mut message, &members)
        else {
            return Ok(());
        };
        if end.proposal.round.epoch() != round.to_engine()
            || end.proposal.payload != block.digest()
            || !end.verify(&mut *self.context, &scheme, &Sequential)
        {
            return Ok(());
        }
        info!(round = round.0, "the certificate of a round's end has come");
        self.config.missing.found(round);
        // It is stored beside its block.
        marshal.report(Activity::Finalization(end));
        Ok(())
    }

    /// The committee of the round after `round`, as announced one round ago.
    pub(super) fn known_committee(
        &self,
        round: Round,
        infos: &Infos<E>,
    ) -> Result<Committee, Stopped> {
        if round == Round(0) {
            return Ok(self.config.genesis.committees()?[1].clone());
        }
        infos
            .get(&U64::new(round.0))
            .map(|info| info.next.clone())
            .ok_or_else(|| Stopped::Missing(format!("nothing is stored about round {round}")))
    }

    pub(super) async fn delete_journal(&mut self, round: Round) {
        let partition = self.partition(round);
        if let Err(error) = self.context.remove(&partition, None).await {
            debug!(%error, partition, "no journal to delete");
        }
    }

    /// The committee of a round, if the block that announced it is still here.
    async fn committee(&mut self, round: Round) -> Result<Option<Committee>, Stopped> {
        Ok(match round {
            Round(0) => Some(self.config.genesis.committees()?[0].clone()),
            Round(1) => Some(self.config.genesis.committees()?[1].clone()),
            _ => {
                let announced = self
                    .config
                    .marshal
                    .get_block(self.last(round.saturating_sub(2))?)
                    .await;
                announced.and_then(|block| block.inner().block().body.committee.clone())
            }
        })
    }
}
