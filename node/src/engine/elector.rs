//! Who is on turn: the keyed order of slots (mechanism.md, section 2), as an elector of consensus.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use commonware_consensus::{
    simplex::elector::{self, Scheduled, Terms},
    types::{Participant, Round},
};
use commonware_utils::ordered::Set;
use etm_types::Beacon;
use sha2::{Digest as _, Sha256};

use super::types::{PublicKey, Scheme};

/// The order of one round: its seed and the members in the order drawn, as positions in the sorted committee.
#[derive(Clone, Debug)]
struct Order {
    seed: Beacon,
    members: Arc<[Participant]>,
}

/// The orders of the rounds that run, shared between the orchestrator, which adds a round before its consensus
/// starts, and the electors.
#[derive(Clone, Debug, Default)]
pub struct Schedules(Arc<RwLock<BTreeMap<u64, Order>>>);

impl Schedules {
    /// Makes the order of `round` known. `members` are positions in the committee sorted by node key, in the order drawn.
    pub fn insert(&self, round: u64, seed: Beacon, members: impl Into<Arc<[Participant]>>) {
        let members = members.into();
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(round, Order { seed, members });
    }

    /// Forgets the rounds before `round`.
    pub fn retire_before(&self, round: u64) {
        let mut orders = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *orders = orders.split_off(&round);
    }

    fn leader(&self, round: u64, slot: u64) -> Option<Participant> {
        let orders = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let order = orders.get(&round)?;
        let index = on_turn(round, &order.seed, slot, order.members.len());
        order.members.get(index).copied()
    }
}

/// Position, in the order drawn, of the member of `size` that is on turn in `slot`.
fn on_turn(round: u64, seed: &Beacon, slot: u64, size: usize) -> usize {
    let hash = Sha256::new()
        .chain_update(b"etm/slot/v1")
        .chain_update(round.to_be_bytes())
        .chain_update(seed.as_bytes())
        .chain_update(slot.to_be_bytes())
        .finalize();
    // (H * size) >> 256, byte by byte from the least significant one.
    let size = size as u64;
    let carry = hash
        .iter()
        .rev()
        .fold(0u64, |carry, byte| (u64::from(*byte) * size + carry) >> 8);
    usize::try_from(carry).unwrap_or(0)
}

impl elector::Config<Scheme> for Schedules {
    type Elector = Self;

    fn build(self, _: &Set<PublicKey>) -> Self {
        self
    }
}

impl elector::Elector<Scheme> for Schedules {
    type Mode = Scheduled;

    fn terms(&self) -> Terms {
        Terms::rotating()
    }

    /// The orchestrator inserts a round before it starts its consensus and retires it after the consensus has ended,
    /// so a round asked for is known; an unknown one would name the first participant.
    fn elect(&self, round: Round, (): ()) -> Participant {
        self.leader(round.epoch().get(), round.view().get())
            .unwrap_or_else(|| Participant::new(0))
    }
}
