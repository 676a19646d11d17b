//! The slot that is running now, as the certificates of consensus tell.

use etm_types::{Round, Slot};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use commonware_actor::Feedback;
use commonware_consensus::{Reporter, simplex::types::Activity, types::Round as EngineRound};

use super::{
    counters::{ToChain as _, Turn},
    types::{Digest, Scheme},
};

/// Round and slot of the newest view that has not ended. Clones share it.
///
/// A view ends with a certificate for its block or with one that skips it, so a slot that is missed moves this on long
/// before the next block says so.
#[derive(Clone, Debug, Default)]
pub struct RunningSlot(Arc<Mutex<Turn>>);

impl RunningSlot {
    /// Slot 0 of round 0 before anything is known.
    pub fn get(&self) -> Turn {
        *self.lock()
    }

    /// A round begins with slot 1.
    pub fn enter(&self, round: Round) {
        self.advance(Turn {
            round,
            slot: Slot(1),
        });
    }

    fn advance(&self, turn: Turn) {
        let mut running = self.lock();
        *running = (*running).max(turn);
    }

    fn lock(&self) -> MutexGuard<'_, Turn> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ended(&self, round: EngineRound) {
        let Turn { round, slot } = round.to_chain();
        self.advance(Turn {
            round,
            slot: slot.next(),
        });
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
    use crate::engine::counters::ToEngine as _;

    #[test]
    fn only_moves_on() {
        let running = RunningSlot::default();
        let turn = |round, slot| Turn {
            round: Round(round),
            slot: Slot(slot),
        };
        running.enter(Round(3));
        assert_eq!(running.get(), turn(3, 1));
        let round = |round, slot| turn(round, slot).to_engine();
        running.ended(round(3, 4));
        running.ended(round(3, 2));
        assert_eq!(running.get(), turn(3, 5));
        running.ended(round(2, 9));
        assert_eq!(running.get(), turn(3, 5));
        running.enter(Round(4));
        assert_eq!(running.get(), turn(4, 1));
    }
}
