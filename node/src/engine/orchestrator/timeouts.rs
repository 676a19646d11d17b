//! How long consensus waits.

use std::time::Duration;

/// How long consensus waits, derived from the time of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For the proposal of the member on turn.
    pub leader: Duration,
    /// For the certificate of a view.
    pub certification: Duration,
    /// Before a vote to skip is sent again.
    pub retry: Duration,
}

impl Timeouts {
    /// Timeouts for slots of `slot_ms`: a proposal comes one slot after its parent, plus the way.
    pub fn of_slot(slot_ms: u64) -> Self {
        let slot = Duration::from_millis(slot_ms);
        let way = (slot / 2).max(Duration::from_secs(1));
        let leader = slot + way;
        let certification = leader + way;
        Self {
            leader,
            certification,
            retry: certification,
        }
    }
}
