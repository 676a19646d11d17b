//! From one round into the next, and into the first.

use std::time::Duration;

use commonware_consensus::{
    Reporters,
    simplex::{
        self, Floor,
        config::{ForwardPolicy, SkipPolicy},
    },
    types::{Epocher as _, Height as EngineHeight},
};
use commonware_cryptography::{
    Digested, Digestible as _,
    certificate::{Provider as _, Scheme as _},
};
use commonware_p2p::{Blocker, Sender};
use commonware_parallel::Sequential;
use commonware_runtime::{Clock, Metrics, Spawner, Storage, telemetry::metrics::GaugeExt as _};
use commonware_utils::{NZDuration, sequence::U64};
use etm_types::{Hash, Round};
use rand_core::CryptoRng;
use tracing::{info, info_span};

use super::{
    Infos, Orchestrator, Stopped,
    active::Active,
    hearing::Kept,
    recall::{lost, recall},
};
use crate::{
    engine::{
        begin::first_round,
        block::EngineBlock,
        channels::Channels,
        counters::{ToChain as _, ToEngine as _},
        parts::MAILBOX,
        peers::{Peers, Tracker},
        round_info::RoundInfo,
        silence::Votes,
        storage,
        types::{Digest, PublicKey},
    },
    upstream::Place,
};

impl<E, B, T> Orchestrator<E, B, T>
where
    E: Spawner + Metrics + Clock + Storage + CryptoRng,
    B: Blocker<PublicKey = PublicKey>,
    T: Tracker,
{
    /// The round to begin in, with its schemes and orders registered.
    pub(super) fn resume(
        &self,
        next: EngineHeight,
        infos: &Infos<E>,
    ) -> Result<RoundInfo, Stopped> {
        let round = self
            .epocher
            .containing(next)
            .map_or(Round::ZERO, |info| info.epoch().to_chain());
        let info = if round == Round::ZERO {
            first_round(&self.config.genesis, &self.config.genesis_block)?
        } else {
            infos
                .get(&U64::new(round.0))
                .cloned()
                .ok_or_else(|| Stopped::Missing(format!("nothing is stored about round {round}")))?
        };
        info!(round = round.0, next = next.get(), "resuming");
        self.config.candidates.restore(info.round, &info.candidates);
        let order = self.config.schemes.register(info.round, &info.committee)?;
        self.config.schedules.insert(info.round, info.seed, order);
        self.config
            .schemes
            .register(info.round.saturating_add(1), &info.next)?;
        Ok(info)
    }

    /// Prepares and starts the round after `round`, whose last block is `block`.
    pub(super) async fn end_round<S>(
        &mut self,
        round: Round,
        block: &Digested<EngineBlock>,
        mut infos: Infos<E>,
        channels: &mut Channels<S>,
    ) -> Result<(Infos<E>, Active<S>), Stopped>
    where
        S: Sender<PublicKey = PublicKey>,
    {
        let announced = block
            .inner()
            .block()
            .body
            .committee
            .clone()
            .ok_or_else(|| {
                Stopped::Missing("the last block of a round carries no committee".into())
            })?;
        let committee = self.known_committee(round, &infos)?;
        let info = RoundInfo {
            round: round.saturating_add(1),
            seed: block.inner().header().beacon,
            root: Hash(block.digest().0),
            committee,
            next: announced,
            candidates: self.config.candidates.stored(round.saturating_add(1)),
        };
        let order = self.config.schemes.register(info.round, &info.committee)?;
        self.config.schedules.insert(info.round, info.seed, order);
        self.config
            .schemes
            .register(info.round.saturating_add(1), &info.next)?;

        infos.put(U64::new(info.round.0), info.clone());
        // The round that has just ended stays: a crash before the acknowledgement is durable returns to it.
        let keep = round;
        let old: Vec<U64> = infos
            .keys()
            .filter(|key| u64::from(*key) < keep.0)
            .cloned()
            .collect();
        for key in &old {
            infos.remove(key);
        }
        let infos = infos.sync().await?;
        for key in old {
            self.delete_journal(Round(u64::from(&key))).await;
        }
        if keep == Round(1) {
            // Round 0 starts from genesis and has no entry of its own.
            self.delete_journal(Round(0)).await;
        }
        self.config.schemes.retire_before(keep);
        self.config.schedules.retire_before(keep);

        let active = self.enter(&info, channels).await?;
        Ok((infos, active))
    }

    /// Tracks the peers of a round and starts its consensus.
    pub(super) async fn enter<S>(
        &mut self,
        info: &RoundInfo,
        channels: &mut Channels<S>,
    ) -> Result<Active<S>, Stopped>
    where
        S: Sender<PublicKey = PublicKey>,
    {
        let span = info_span!("round", round = info.round.0);
        let peers = Peers::of_round(
            &info.committee,
            &info.next,
            self.config.candidates.of_round(info.round),
            self.config.secondary_peers,
        );
        if self.config.follows && !peers.include(&self.config.me) {
            // Nobody would let this node in, and no committee needs it.
            self.config.standing.set_place(Place::Upstreams);
            self.config.tracker.track(info.round.0, &Peers::default());
            self.config.running.enter(info.round);
            let _ = self.round.try_set(info.round.0);
            span.in_scope(|| info!("entered a round without a place in the network"));
            return Ok(Active {
                round: info.round,
                handle: None,
                kept: None,
            });
        }
        self.config.standing.set_place(Place::Network);
        self.config.tracker.track(info.round.0, &peers);
        let epoch = info.round.to_engine();
        let scheme = self.config.schemes.scheme(epoch).ok_or_else(|| {
            Stopped::Missing(format!("the committee of round {} is unknown", info.round))
        })?;
        let timeouts = self.config.timeouts;
        let engine = simplex::Engine::new(
            self.context
                .child("consensus")
                .with_attribute("round", info.round),
            simplex::Config {
                scheme: scheme.as_ref().clone(),
                elector: self.config.schedules.clone(),
                blocker: self.config.blocker.clone(),
                automaton: self.config.automaton.clone(),
                relay: self.config.automaton.inner().clone(),
                reporter: Reporters::from((
                    self.config.automaton.inner().clone(),
                    Reporters::from((
                        self.config.running.clone(),
                        Reporters::from((self.config.silence.clone(), self.heard.clone())),
                    )),
                )),
                strategy: Sequential,
                partition: self.partition(info.round),
                mailbox_size: MAILBOX,
                epoch,
                floor: Floor::Genesis(Digest::from(info.root.0)),
                replay_buffer: storage::REPLAY_BUFFER,
                write_buffer: storage::WRITE_BUFFER,
                page_cache: self.config.cache.clone(),
                leader_timeout: timeouts.leader,
                certification_timeout: timeouts.certification,
                timeout_retry: timeouts.retry,
                fetch_timeout: NZDuration!(Duration::from_secs(2)),
                fetch_retry_delay: Duration::from_millis(200),
                view_retention: storage::VIEW_RETENTION,
                // A new instance has heard of nobody: it would skip a leader at once whose vote for the slot before
                // is among the last third to arrive, and the member would be charged with a slot it never had.
                skip: SkipPolicy::Disabled,
                forward: ForwardPolicy::Disabled,
                track_historical_votes: false,
            },
        );
        let votes = channels
            .votes
            .register(info.round.0)
            .await
            .map_err(|_| Stopped::Channels)?;
        let certificates = channels
            .certificates
            .register(info.round.0)
            .await
            .map_err(|_| Stopped::Channels)?;
        let resolver = channels
            .resolver
            .register(info.round.0)
            .await
            .map_err(|_| Stopped::Channels)?;
        self.config.running.enter(info.round);
        self.heard.enter(info.round);
        let place = scheme.me().map(|me| me.index());
        let members = info.committee.members.len();
        let listens = self.config.silence.enter(info.round, place, members);
        if listens {
            let certified = recall(
                self.context.child("recall"),
                self.partition(info.round),
                &scheme,
                self.config.cache.clone(),
                &mut self.config.silence,
            )
            .await?;
            if members == 1
                && let Some(newest) = certified
                && let Some(lost) = lost(&self.config.marshal, newest).await
            {
                return Err(Stopped::Missing(format!(
                    "block {lost} is missing, which this node certified and nobody else has"
                )));
            }
            self.ask_for_newer(&peers).await;
            channels.laggards.ask_all(info.round);
        }
        let silence = &self.config.silence;
        let votes = (Votes::new(votes.0, silence.clone()), votes.1);
        let certificates = (Votes::new(certificates.0, silence.clone()), certificates.1);
        let kept = listens.then(|| Kept {
            messages: [votes.0.clone(), certificates.0.clone()],
            next: self.next_question(),
            asked: 0,
        });
        let handle = engine.start(votes, certificates, resolver);
        let _ = self.round.try_set(info.round.0);
        span.in_scope(|| {
            info!(committee = info.committee.members.len(), "entered a round");
        });
        Ok(Active {
            round: info.round,
            handle: Some(handle),
            kept,
        })
    }

    pub(super) fn partition(&self, round: Round) -> String {
        format!("{}-consensus-{round}", self.config.prefix)
    }
}
