//! Who is on turn: the keyed order of slots (mechanism.md, section 2), as an elector of consensus.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use commonware_consensus::{
    simplex::elector::{self, Scheduled, Terms},
    types::{Participant, Round as EngineRound},
};
use commonware_utils::ordered::Set;
use etm_mechanism::beacon;
use etm_types::{Beacon, Round};

use super::{
    counters::{ToChain as _, Turn},
    types::{PublicKey, Scheme},
};

/// The order of one round: its seed and the members in the order drawn, as positions in the sorted committee.
#[derive(Clone, Debug)]
struct Order {
    seed: Beacon,
    members: Arc<[Participant]>,
}

/// The orders of the rounds that run, shared between the orchestrator, which adds a round before its consensus
/// starts, and the electors.
#[derive(Clone, Debug, Default)]
pub struct Schedules(Arc<RwLock<BTreeMap<Round, Order>>>);

impl Schedules {
    /// Makes the order of `round` known. `members` are positions in the committee sorted by node key, in the order drawn.
    pub fn insert(&self, round: Round, seed: Beacon, members: impl Into<Arc<[Participant]>>) {
        let members = members.into();
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(round, Order { seed, members });
    }

    /// Forgets the rounds before `round`.
    pub fn retire_before(&self, round: Round) {
        let mut orders = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *orders = orders.split_off(&round);
    }

    fn leader(&self, Turn { round, slot }: Turn) -> Option<Participant> {
        let orders = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let order = orders.get(&round)?;
        let index = beacon::on_turn(round, &order.seed.0, slot, order.members.len());
        order.members.get(index).copied()
    }
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
    fn elect(&self, round: EngineRound, (): ()) -> Participant {
        self.leader(round.to_chain())
            .unwrap_or_else(|| Participant::new(0))
    }
}
