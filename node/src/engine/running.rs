//! The slot that is running now, as the certificates of consensus tell.

use etm_types::{Round, Slot};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use commonware_actor::Feedback;
use commonware_consensus::{Reporter, simplex::types::Activity, types::Round as EngineRound};

use super::types::{Digest, Scheme};

/// Round and slot of the newest view that has not ended. Clones share it.
///
/// A view ends with a certificate for its block or with one that skips it, so a slot that is missed moves this on long
/// before the next block says so.
#[derive(Clone, Debug, Default)]
pub struct RunningSlot(Arc<Mutex<(Round, Slot)>>);

impl RunningSlot {
    /// `(round, slot)`; slot 0 of round 0 before anything is known.
    pub fn get(&self) -> (Round, Slot) {
        *self.lock()
    }

    /// A round begins with slot 1.
    pub fn enter(&self, round: Round) {
        self.advance(round, Slot(1));
    }

    fn advance(&self, round: Round, slot: Slot) {
        let mut running = self.lock();
        *running = (*running).max((round, slot));
    }

    fn lock(&self) -> MutexGuard<'_, (Round, Slot)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ended(&self, round: EngineRound) {
        self.advance(
            Round(round.epoch().get()),
            Slot(round.view().get().saturating_add(1)),
        );
    }
}

impl Reporter for RunningSlot {
    type Activity = Activity<Scheme, Digest>;

    fn report(&mut self, activity: Self::Activity) -> Feedback {
        match activity {
            Activity::Notarization(certificate) | Activity::Certification(certificate) => {
                self.ended(certificate.proposal.round);
            }
            Activity::Finalization(certificate) => self.ended(certificate.proposal.round),
            Activity::Nullification(certificate) => self.ended(certificate.round),
            _ => {}
        }
        Feedback::Ok
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use commonware_consensus::types::{Epoch, View};

    #[test]
    fn only_moves_on() {
        let running = RunningSlot::default();
        running.enter(Round(3));
        assert_eq!(running.get(), (Round(3), Slot(1)));
        let round = |epoch, view| EngineRound::new(Epoch::new(epoch), View::new(view));
        running.ended(round(3, 4));
        running.ended(round(3, 2));
        assert_eq!(running.get(), (Round(3), Slot(5)));
        running.ended(round(2, 9));
        assert_eq!(running.get(), (Round(3), Slot(5)));
        running.enter(Round(4));
        assert_eq!(running.get(), (Round(4), Slot(1)));
    }
}
