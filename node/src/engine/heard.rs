//! The newest votes that were heard of each member in the running round.
//!
//! Votes that no certificate holds leave no trace but this. A member that comes back asks for its own, since it may have
//! forgotten that it gave them (`silence.rs`).

use etm_types::Round;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use commonware_actor::Feedback;
use commonware_consensus::{
    Epochable as _, Reporter, Viewable as _,
    simplex::types::{Activity, Attributable as _, Vote},
    types::Participant,
};

use super::{
    counters::ToEngine as _,
    types::{Digest, Scheme},
};

/// The newest votes of each member of the running round: one of each kind. Clones share them.
///
/// Consensus reports a vote when it comes over the connection of the member that signs it, so nobody can put another's
/// in its place.
#[derive(Clone, Debug, Default)]
pub struct Heard(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    round: Round,
    /// By member and kind.
    votes: BTreeMap<(Participant, u8), Vote<Scheme, Digest>>,
}

impl Heard {
    /// A round begins.
    pub fn enter(&self, round: Round) {
        *self.lock() = State {
            round,
            votes: BTreeMap::new(),
        };
    }

    /// The newest votes of the member at `place` in the running round.
    pub fn of(&self, place: Participant) -> Vec<Vote<Scheme, Digest>> {
        let state = self.lock();
        let votes = state.votes.range((place, 0)..=(place, u8::MAX));
        votes.map(|(_, vote)| vote.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for Heard {
    type Activity = Activity<Scheme, Digest>;

    fn report(&mut self, activity: Self::Activity) -> Feedback {
        let (signer, kind, vote) = match activity {
            Activity::Notarize(vote) => (vote.signer(), 0, Vote::Notarize(vote)),
            Activity::Nullify(vote) => (vote.signer(), 1, Vote::Nullify(vote)),
            Activity::Finalize(vote) => (vote.signer(), 2, Vote::Finalize(vote)),
            _ => return Feedback::Ok,
        };
        let mut state = self.lock();
        if vote.epoch() == state.round.to_engine() {
            let newest = state.votes.get(&(signer, kind));
            if newest.is_none_or(|newest| newest.view() < vote.view()) {
                state.votes.insert((signer, kind), vote);
            }
        }
        Feedback::Ok
    }
}
