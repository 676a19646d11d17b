//! The slot that is running now, as the certificates of consensus tell.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use commonware_actor::Feedback;
use commonware_consensus::{Reporter, simplex::types::Activity, types::Round};

use super::types::{Digest, Scheme};

/// Round and slot of the newest view that has not ended. Clones share it.
///
/// A view ends with a certificate for its block or with one that skips it, so a slot that is missed moves this on long
/// before the next block says so.
#[derive(Clone, Debug, Default)]
pub struct RunningSlot(Arc<Mutex<(u64, u64)>>);

impl RunningSlot {
    /// `(round, slot)`; slot 0 of round 0 before anything is known.
    pub fn get(&self) -> (u64, u64) {
        *self.lock()
    }

    /// A round begins with slot 1.
    pub fn enter(&self, round: u64) {
        self.advance(round, 1);
    }

    fn advance(&self, round: u64, slot: u64) {
        let mut running = self.lock();
        *running = (*running).max((round, slot));
    }

    fn lock(&self) -> MutexGuard<'_, (u64, u64)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ended(&self, round: Round) {
        self.advance(round.epoch().get(), round.view().get().saturating_add(1));
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
        running.enter(3);
        assert_eq!(running.get(), (3, 1));
        let round = |epoch, view| Round::new(Epoch::new(epoch), View::new(view));
        running.ended(round(3, 4));
        running.ended(round(3, 2));
        assert_eq!(running.get(), (3, 5));
        running.ended(round(2, 9));
        assert_eq!(running.get(), (3, 5));
        running.enter(4);
        assert_eq!(running.get(), (4, 1));
    }
}
