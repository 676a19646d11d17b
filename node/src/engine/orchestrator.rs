//! One consensus instance per round: starts the next on the last block of a round, and ends and deletes the old.

mod active;
mod ahead;
mod ends;
mod hearing;
mod recall;
mod rounds;
mod timeouts;

pub use timeouts::Timeouts;

use std::{collections::VecDeque, num::NonZeroU64, sync::Arc, time::SystemTime};

use commonware_actor::Feedback;
use commonware_consensus::{
    Reporter,
    marshal::Update,
    types::{FixedEpocher, Height as EngineHeight},
};
use commonware_cryptography::Digested;
use commonware_macros::select_loop;
use commonware_p2p::{Blocker, Receiver, Sender};
use commonware_runtime::{
    Clock, ContextCell, Handle, Metrics, Spawner, Storage,
    buffer::paged::CacheRef,
    spawn_cell,
    telemetry::metrics::{Gauge, MetricsExt as _},
};
use commonware_storage::{
    journal,
    metadata::{self, Metadata},
};
use commonware_utils::{acknowledgement::Exact, channel::mpsc, sequence::U64};
use rand_core::CryptoRng;
use tracing::{debug, error};

use active::{Active, consensus_ended};
use ahead::Ahead;
use ends::Ended;

use super::{
    automaton::Automaton,
    block::{EngineBlock, Marshal},
    candidates::Candidates,
    channels::Channels,
    elector::Schedules,
    heard::Heard,
    missing::MissingEnds,
    peers::Tracker,
    provider::Schemes,
    round_info::RoundInfo,
    running::RunningSlot,
    silence::Silence,
    types::PublicKey,
};
use crate::guard::Faults;
use crate::upstream::Standing;
use etm_execution::{Genesis, GenesisError};
use etm_types::Round;

/// What an [`Orchestrator`] works with.
pub struct Config<E: Spawner + Metrics + Clock + Storage + CryptoRng, B, T> {
    /// Closes the connection of peers that misbehave.
    pub blocker: B,
    /// Told of the peers of each round.
    pub tracker: T,
    /// Schemes of the rounds; shared with marshal.
    pub schemes: Schemes,
    /// Orders of slots; shared with the electors.
    pub schedules: Schedules,
    /// Gives finalized blocks and takes certificates.
    pub marshal: Marshal,
    /// The application behind consensus.
    pub automaton: Automaton<E>,
    pub blocks_per_round: NonZeroU64,
    /// Timeouts of consensus.
    pub timeouts: Timeouts,
    /// Prefix of all partitions on disk.
    pub prefix: String,
    /// Read cache of the journals.
    pub cache: CacheRef,
    /// What the chain begins with, which tells what starts round 0.
    pub genesis: Arc<Genesis>,
    /// Block 0.
    pub genesis_block: EngineBlock,
    /// Candidates whose turn it is; the application adds those of later rounds.
    pub candidates: Candidates,
    /// How many of them are tracked.
    pub secondary_peers: usize,
    /// Told of the slot that is running.
    pub running: RunningSlot,
    /// Whether this node's votes are let out.
    pub silence: Silence,
    /// Rounds whose end is looked for.
    pub missing: MissingEnds,
    /// Told why consensus ended, if it did.
    pub faults: Faults,
    /// Whether the chain begins just now, so that nobody can have voted before.
    pub begins: bool,
    /// This node.
    pub me: PublicKey,
    /// Whether it can get blocks from elsewhere, so that it needs no peers in rounds in which the network has no place for it.
    pub follows: bool,
    /// Told whether the network has.
    pub standing: Standing,
}

/// A finalized block, with what tells marshal that it has had its effect.
type Finalized = (Digested<EngineBlock>, Exact);

/// Finalized blocks on their way to the orchestrator.
#[derive(Clone, Debug)]
pub struct Mailbox(mpsc::UnboundedSender<Finalized>);

impl Reporter for Mailbox {
    type Activity = Update<EngineBlock>;

    fn report(&mut self, activity: Self::Activity) -> Feedback {
        // Marshal sends so many before the first is acknowledged, and no more: see `engine::parts`.
        match activity {
            Update::Tip(..) => Feedback::Ok,
            Update::Block(block, acknowledgement) => match self.0.send((block, acknowledgement)) {
                Ok(()) => Feedback::Ok,
                Err(_) => Feedback::Closed,
            },
        }
    }
}

/// Runs the consensus of the running round.
pub struct Orchestrator<E, B, T>
where
    E: Spawner + Metrics + Clock + Storage + CryptoRng,
{
    context: ContextCell<E>,
    config: Config<E, B, T>,
    mailbox: mpsc::UnboundedReceiver<Finalized>,
    epocher: FixedEpocher,
    round: Gauge,
    /// What was heard of the members of the running round.
    heard: Heard,
    /// Until when this node listens at least before it votes.
    listens_until: SystemTime,
}

/// What goes on from round to round.
struct Course<E: Spawner + Metrics + Clock + Storage, S: Sender> {
    infos: Option<Infos<E>>,
    channels: Channels<S>,
    active: Active<S>,
    /// Peers that are in later rounds.
    ahead: Ahead,
    /// When the running round began here.
    entered: SystemTime,
    /// The last block of the running round, while its certificate is missing, and the blocks that came after it.
    ended: Option<Ended>,
    behind: VecDeque<Finalized>,
    /// When to ask about the round if no block comes until then.
    asks: SystemTime,
    /// When to ask for missing ends of rounds again.
    looks: SystemTime,
}

impl<E: Spawner + Metrics + Clock + Storage, S: Sender> Course<E, S> {
    /// When something is to be done.
    fn due(&self) -> SystemTime {
        let listens = self.active.kept.as_ref().map(|kept| kept.next);
        let ends = self.ended.as_ref().map(|ended| ended.next);
        let first = self.asks.min(self.looks);
        listens.into_iter().chain(ends).fold(first, SystemTime::min)
    }
}

/// Why the orchestrator ended.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error("a committee cannot sign: {0}")]
    Committee(#[from] super::provider::CommitteeError),
    #[error("storage: {0}")]
    Storage(#[from] metadata::Error),
    #[error("the journal of consensus: {0}")]
    Journal(#[from] journal::Error),
    #[error("the genesis: {0}")]
    Genesis(#[from] GenesisError),
    #[error("the consensus channels are closed")]
    Channels,
    #[error("{0}")]
    Missing(String),
}

type Infos<E> = Metadata<E, U64, RoundInfo>;

impl<E, B, T> Orchestrator<E, B, T>
where
    E: Spawner + Metrics + Clock + Storage + CryptoRng,
    B: Blocker<PublicKey = PublicKey>,
    T: Tracker,
{
    /// Creates it with the mailbox that takes marshal's finalized blocks.
    pub fn new(context: E, config: Config<E, B, T>) -> (Self, Mailbox) {
        let (sender, mailbox) = mpsc::unbounded_channel();
        let round = context.gauge("round", "the running round");
        let epocher = FixedEpocher::new(config.blocks_per_round);
        let listens_until = context.current() + config.timeouts.leader;
        let orchestrator = Self {
            heard: Heard::default(),
            listens_until,
            context: ContextCell::new(context),
            config,
            mailbox,
            epocher,
            round,
        };
        (orchestrator, Mailbox(sender))
    }

    /// Starts it on the channels of votes, certificates and their resolver.
    pub fn start<S, R>(
        mut self,
        votes: (S, R),
        certificates: (S, R),
        resolver: (S, R),
    ) -> Handle<()>
    where
        S: Sender<PublicKey = PublicKey>,
        R: Receiver<PublicKey = PublicKey>,
    {
        spawn_cell!(self.context, self.run(votes, certificates, resolver))
    }

    async fn run<S, R>(mut self, votes: (S, R), certificates: (S, R), resolver: (S, R))
    where
        S: Sender<PublicKey = PublicKey>,
        R: Receiver<PublicKey = PublicKey>,
    {
        let channels = Channels::new(self.context.as_present(), votes, certificates, resolver);
        if let Err(error) = self.drive(channels).await {
            // Whoever is stopped finds its neighbours gone.
            if !self.config.faults.is_stopping() {
                error!(%error, "consensus ended");
            }
            self.config.faults.note(&error.to_string());
        }
    }

    async fn drive<S>(&mut self, mut channels: Channels<S>) -> Result<(), Stopped>
    where
        S: Sender<PublicKey = PublicKey>,
    {
        let infos: Infos<E> = Metadata::init(
            self.context.child("rounds"),
            metadata::Config {
                partition: format!("{}-rounds", self.config.prefix),
                codec_config: (),
            },
        )
        .await?;
        let next = self
            .config
            .marshal
            .get_processed()
            .await
            .map_or(EngineHeight::zero(), |processed| processed.height().next());
        let info = self.resume(next, &infos)?;
        if next.is_zero() && self.config.begins {
            self.config.silence.speak();
        }
        self.miss_end_before(info.round).await?;
        let active = self.enter(&info, &mut channels).await?;
        let mut course = Course {
            infos: Some(infos),
            channels,
            active,
            ahead: Ahead::default(),
            entered: self.context.current(),
            ended: None,
            behind: VecDeque::new(),
            asks: self.asks(),
            looks: self.context.current(),
        };

        select_loop! {
            self.context,
            on_start => {
                let due = self.context.sleep_until(course.due());
                let noted = self.config.missing.noted();
            },
            on_stopped => {
                debug!("shutting down");
            },
            () = due => {
                self.when_due(&mut course).await?;
            },
            () = noted => {
                self.look_for_ends(&mut course).await?;
            },
            Some((round, (peer, message))) = course.channels.votes_of_other_rounds.recv() else {
                return Err(Stopped::Channels);
            } => {
                self.hear(&mut course, round, peer, message).await?;
            },
            Some((round, (peer, message))) = course.channels.certificates_of_other_rounds.recv() else {
                return Err(Stopped::Channels);
            } => {
                if round > course.active.round.0 {
                    self.ask(&mut course, peer, Round(round));
                } else if self.config.missing.contains(Round(round))
                    && course.channels.laggards.may_look_at(self.context.current(), &peer)
                {
                    self.take_end(Round(round), message).await?;
                }
            },
            result = consensus_ended(course.active.handle.as_mut()) => {
                let reason = result.map_or_else(|error| error.to_string(), |()| "it ended".to_owned());
                return Err(Stopped::Missing(format!(
                    "consensus of round {} is gone: {reason}",
                    course.active.round
                )));
            },
            Some((block, acknowledgement)) = self.mailbox.recv() else {
                debug!("marshal is gone, shutting down");
                break;
            } => {
                course.asks = self.asks();
                course.behind.push_back((block, acknowledgement));
                self.take_blocks(&mut course).await?;
            },
        }
        Ok(())
    }

    /// Does what is due.
    async fn when_due<S>(&mut self, course: &mut Course<E, S>) -> Result<(), Stopped>
    where
        S: Sender<PublicKey = PublicKey>,
    {
        let now = self.context.current();
        let due = |time: SystemTime| time <= now;
        if course
            .active
            .kept
            .as_ref()
            .is_some_and(|kept| due(kept.next))
        {
            self.listen(course).await;
        }
        if course.ended.as_ref().is_some_and(|ended| due(ended.next)) {
            self.end(course).await?;
            self.take_blocks(course).await?;
        }
        if due(course.asks) {
            course.channels.laggards.ask_all(course.active.round);
            course.asks = self.asks();
        }
        if due(course.looks) {
            self.look_for_ends(course).await?;
            course.looks = now + self.config.timeouts.certification;
        }
        Ok(())
    }

    /// When to ask about the round if no block comes until then: after a view that came to nothing.
    fn asks(&self) -> SystemTime {
        self.context.current() + self.config.timeouts.certification
    }
}
