//! A node that may have forgotten what it signed.
//!
//! A member votes once because its journal remembers its votes. A node that was put back on an older copy of its disk has
//! an older journal: it would vote again, differently, and the others would block it. Nothing on its own disk can say so,
//! since all of it is of the same age. So after a start a node keeps its votes to itself, for as long as a member on turn
//! has for its proposal at least, until it knows from others what it signed:
//!
//! * It asks the members of the running round which votes of its own they heard in it (`heard.rs`, `laggards.rs`), and
//!   waits until so many have answered that they make a quorum with it. Who hears nobody says nothing, however long that
//!   takes. Where that many are not there, the round can't go on with this node's votes either.
//! * It looks at the certificates that come in.
//!
//! A vote of this node, in an answer or a certificate, which its journal does not know says that the journal is old; then
//! the node stays silent until the round is over. What neither a certificate holds nor any of those heard who answer leaves
//! no trace. Somebody who claims to have heard what was never said has no signature to show.
//!
//! Where the others are no quorum without it, as in a committee of up to three, the round never is over, and nobody can
//! say which votes are missing. The node does not go on by itself: whoever runs it has to put its folder back whole. A
//! committee of one has nobody to ask but the certificates that its peers hold.

use etm_types::Round;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use commonware_actor::{Feedback, Unreliable};
use commonware_consensus::{
    Reporter,
    simplex::types::{Activity, Proposal, Vote},
    types::{Participant, Round as EngineRound, View},
};
use commonware_p2p::{CheckedSender, LimitedSender, Recipients};
use commonware_runtime::IoBufs;
use tokio::sync::Notify;
use tracing::{error, info};

use super::{
    counters::{ToChain as _, ToEngine as _},
    storage::VIEW_RETENTION,
    types::{Digest, PublicKey, Scheme},
};

/// Votes kept for the end of listening: more than a member makes in that time.
const KEPT: usize = 64;

/// Whether a node's votes are let out. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Silence(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    speaks: Notify,
}

#[derive(Debug, Default)]
struct State {
    mode: Mode,
    /// Whether its round can't end without this node.
    needed: bool,
    /// The round, this node's place in its committee, and how many others make a quorum with it.
    round: Round,
    place: Option<Participant>,
    others: usize,
    /// The votes this node knows of, by view, until it speaks.
    voted: BTreeMap<View, Voted>,
    /// The votes of this node that others have, by view.
    seen: BTreeMap<View, Voted>,
    /// The members that have said what they heard of this node.
    answered: BTreeSet<Participant>,
    /// The newest view known to be final.
    newest: View,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    /// The votes are kept, and certificates looked at.
    #[default]
    Listening,
    /// The votes are sent.
    Speaking,
    /// The votes of this round are kept for good.
    Forgotten,
}

/// A round in which a node stays silent, as it does not remember all its votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgotten {
    pub round: Round,
    /// Whether the round can't end without its votes.
    pub needed: bool,
}

/// Which votes of a view are known.
#[derive(Clone, Debug, Default)]
struct Voted {
    notarize: Option<Proposal<Digest>>,
    nullify: bool,
    finalize: Option<Proposal<Digest>>,
}

impl Silence {
    /// A node that has nothing to forget, as its chain has just begun.
    pub fn speak(&self) {
        self.lock().mode = Mode::Speaking;
        self.0.speaks.notify_waiters();
    }

    /// Waits until the votes are let out. Who is a whole quorum by itself needs nobody to hear it: it must not propose
    /// before.
    pub async fn spoken(&self) {
        loop {
            let speaks = self.0.speaks.notified();
            if self.lock().mode == Mode::Speaking {
                return;
            }
            speaks.await;
        }
    }

    /// A round begins in which this node has `place` among so many `members`. A member that does not speak yet listens
    /// first. Returns whether it does.
    pub fn enter(&self, round: Round, place: Option<Participant>, members: usize) -> bool {
        let mut state = self.lock();
        let faulty = members.saturating_sub(1) / 3;
        // A third of the others may be away, and one that can't be is missed.
        state.needed = place.is_some() && faulty == 0;
        state.others = members.saturating_sub(faulty + 1);
        state.round = round;
        state.place = place;
        state.voted.clear();
        state.seen.clear();
        state.answered.clear();
        state.newest = View::zero();
        if state.mode != Mode::Speaking {
            state.mode = Mode::Listening;
        }
        state.mode == Mode::Listening && place.is_some()
    }

    /// Somebody has said which votes of this node it heard in `round`. Their signatures were checked, but they may be of
    /// others or of other rounds. `by` is its place in the committee, if it has one.
    pub fn answered(
        &self,
        round: Round,
        by: Option<Participant>,
        votes: Vec<Vote<Scheme, Digest>>,
    ) {
        let mut state = self.lock();
        if state.mode != Mode::Listening || state.round != round {
            return;
        }
        for vote in votes {
            let (at, signer) = match &vote {
                Vote::Notarize(vote) => (vote.proposal.round, vote.attestation.signer),
                Vote::Nullify(vote) => (vote.round, vote.attestation.signer),
                Vote::Finalize(vote) => (vote.proposal.round, vote.attestation.signer),
            };
            if at.epoch() == round.to_engine() && state.place == Some(signer) {
                let seen = state.seen.entry(at.view()).or_default();
                match vote {
                    Vote::Notarize(vote) => seen.notarize = Some(vote.proposal),
                    Vote::Nullify(_) => seen.nullify = true,
                    Vote::Finalize(vote) => seen.finalize = Some(vote.proposal),
                }
            }
        }
        state.answered.extend(by);
    }

    /// How many members have answered, and how many have to.
    pub fn answers(&self) -> (usize, usize) {
        let state = self.lock();
        let others = state.answered.iter().filter(|by| state.place != Some(**by));
        (others.count(), state.others)
    }

    /// How many members have answered, and how many have to, while that keeps this node from voting.
    pub fn waits(&self) -> Option<(usize, usize)> {
        let listens = {
            let state = self.lock();
            state.mode == Mode::Listening && state.place.is_some()
        };
        let (answers, others) = self.answers();
        (listens && answers < others).then_some((answers, others))
    }

    /// It was listened for long enough: the node speaks from now on if it knows of all its votes, and stays silent in this
    /// round if not. Returns whether it speaks.
    ///
    /// Journals keep the newest final view and the 16 before it, and nobody takes votes of older ones: those are not compared, and what
    /// was kept of them is not sent either ([`Votes::release`]), since it may be another vote than the one sent before.
    pub fn listened(&self) -> bool {
        let mut state = self.lock();
        if state.mode == Mode::Listening {
            let kept = state.oldest();
            let unknown = state.seen.iter().find(|(view, seen)| {
                let voted = state.voted.get(view);
                **view >= kept && !voted.is_some_and(|voted| voted.covers(seen))
            });
            let unknown = unknown.map(|(view, _)| *view);
            state.mode = match unknown {
                None => Mode::Speaking,
                Some(_) => Mode::Forgotten,
            };
            match unknown {
                None => info!(round = state.round.0, "votes from now on"),
                Some(view) => error!(
                    round = state.round.0,
                    view = view.get(),
                    "this node has voted before and does not remember it: its folder is an older copy or was damaged. {}",
                    if state.needed {
                        "It stays silent, and the round can't end without it: stop it and put its folder back whole, as it was when it was last stopped"
                    } else {
                        "It stays silent until the next round"
                    }
                ),
            }
            state.voted.clear();
            state.seen.clear();
        }
        let speaks = state.mode == Mode::Speaking;
        drop(state);
        if speaks {
            self.0.speaks.notify_waiters();
        }
        speaks
    }

    /// The round in which this node stays silent because it may have voted before, if there is one.
    pub fn forgotten(&self) -> Option<Forgotten> {
        let state = self.lock();
        (state.mode == Mode::Forgotten).then_some(Forgotten {
            round: state.round,
            needed: state.needed,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A vote of the member at `signer` is known.
    fn vote(&self, round: EngineRound, signer: Participant, mark: impl FnOnce(&mut Voted)) {
        let mut state = self.lock();
        if state.concerns(round) && state.place == Some(signer) {
            mark(state.voted.entry(round.view()).or_default());
        }
    }

    /// A certificate came in, which `signers` have signed.
    fn certificate(
        &self,
        round: EngineRound,
        mut signers: impl Iterator<Item = Participant>,
        mark: impl FnOnce(&mut Voted),
    ) {
        let mut state = self.lock();
        if !state.concerns(round) {
            return;
        }
        let place = state.place;
        if place.is_some_and(|place| signers.any(|signer| signer == place)) {
            mark(state.seen.entry(round.view()).or_default());
        }
    }

    fn finalized(&self, round: EngineRound) {
        let mut state = self.lock();
        if state.concerns(round) {
            state.newest = state.newest.max(round.view());
        }
    }
}

impl Voted {
    /// Whether these are among them: another vote of the same kind in the same view is not.
    fn covers(&self, seen: &Self) -> bool {
        let same = |mine: &Option<_>, seen: &Option<_>| seen.is_none() || mine == seen;
        same(&self.notarize, &seen.notarize)
            && (self.nullify || !seen.nullify)
            && same(&self.finalize, &seen.finalize)
    }
}

impl State {
    fn concerns(&self, round: EngineRound) -> bool {
        self.mode == Mode::Listening && self.round == round.epoch().to_chain()
    }

    /// The oldest view in which votes count.
    const fn oldest(&self) -> View {
        self.newest.saturating_sub(VIEW_RETENTION)
    }

    /// Whether what this node has to say in the round is sent: who is no member has no votes.
    fn passes(&self) -> bool {
        self.mode == Mode::Speaking || self.place.is_none()
    }
}

impl Reporter for Silence {
    type Activity = Activity<Scheme, Digest>;

    /// What the journal holds is reported before consensus starts (`orchestrator/recall.rs`), and later votes of this node and of others.
    fn report(&mut self, activity: Self::Activity) -> Feedback {
        match activity {
            Activity::Notarize(vote) => {
                let proposal = vote.proposal;
                self.vote(proposal.round, vote.attestation.signer, |voted| {
                    voted.notarize = Some(proposal.clone());
                });
            }
            Activity::Nullify(vote) => {
                self.vote(vote.round, vote.attestation.signer, |voted| {
                    voted.nullify = true;
                });
            }
            Activity::Finalize(vote) => {
                let proposal = vote.proposal;
                self.vote(proposal.round, vote.attestation.signer, |voted| {
                    voted.finalize = Some(proposal.clone());
                });
            }
            Activity::Notarization(known) => {
                let (proposal, signers) = (known.proposal, known.certificate.signers.iter());
                self.certificate(proposal.round, signers, |seen| {
                    seen.notarize = Some(proposal.clone());
                });
            }
            Activity::Nullification(known) => {
                let signers = known.certificate.signers.iter();
                self.certificate(known.round, signers, |seen| seen.nullify = true);
            }
            Activity::Finalization(known) => {
                let (proposal, signers) = (known.proposal, known.certificate.signers.iter());
                self.certificate(proposal.round, signers, |seen| {
                    seen.finalize = Some(proposal.clone());
                });
                self.finalized(proposal.round);
            }
            _ => {}
        }
        Feedback::Ok
    }
}

/// A message that is kept: to whom, what, and with which priority.
type Kept = (Recipients<PublicKey>, IoBufs, bool);

/// The view of a vote or certificate: of either kind, round and view come first.
fn view(message: &IoBufs) -> Option<View> {
    use commonware_codec::{Copying, ReadExt as _};
    let bytes = message.clone().coalesce();
    let (_, said) = bytes.as_ref().split_first()?;
    let round = EngineRound::read(&mut Copying(said)).ok()?;
    Some(round.view())
}

/// What is kept, shared with the sender of the moment.
type Queue = Arc<Mutex<VecDeque<Kept>>>;

/// Sends the votes of a round, or its certificates, or keeps them: a lone member's votes are certificates.
#[derive(Clone)]
pub struct Votes<S> {
    inner: S,
    silence: Silence,
    kept: Queue,
}

impl<S: LimitedSender<PublicKey = PublicKey>> Votes<S> {
    /// Sends on `inner`.
    pub fn new(inner: S, silence: Silence) -> Self {
        Self {
            inner,
            silence,
            kept: Arc::default(),
        }
    }

    /// Sends what was kept, but for views in which votes no longer count.
    pub fn release(&mut self) {
        let kept = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        let oldest = self.silence.lock().oldest();
        for (recipients, message, priority) in kept {
            if view(&message).is_none_or(|view| view < oldest) {
                continue;
            }
            if let Ok(checked) = self.inner.check(recipients) {
                let _ = checked.send(message, priority);
            }
        }
    }
}

impl<S: LimitedSender<PublicKey = PublicKey>> LimitedSender for Votes<S> {
    type PublicKey = PublicKey;
    type Checked<'a> = Checked<S::Checked<'a>>;

    fn check(
        &mut self,
        recipients: Recipients<PublicKey>,
    ) -> Result<Self::Checked<'_>, SystemTime> {
        let inner = self.inner.check(recipients.clone())?;
        let passes = self.silence.lock().passes();
        Ok(Checked {
            inner,
            kept: (!passes).then(|| (recipients, self.kept.clone())),
        })
    }
}

/// A message about to be sent or kept.
pub struct Checked<C> {
    inner: C,
    kept: Option<(Recipients<PublicKey>, Queue)>,
}

impl<C: CheckedSender<PublicKey = PublicKey>> CheckedSender for Checked<C> {
    type PublicKey = PublicKey;

    fn recipients(&self) -> Vec<PublicKey> {
        self.inner.recipients()
    }

    fn send(self, message: impl Into<IoBufs> + Send, priority: bool) -> Unreliable<Feedback> {
        let Some((recipients, kept)) = self.kept else {
            return self.inner.send(message, priority);
        };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((recipients, message.into(), priority));
        Unreliable::new(Feedback::Ok)
    }
}

#[cfg(test)]
mod tests;
