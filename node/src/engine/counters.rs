//! Where the counters of consensus and those of the chain become each other.
//!
//! They are the same numbers under other names: an epoch is a round, a view a slot.

use commonware_consensus::types::{Epoch, Height as EngineHeight, Round as EngineRound, View};
use etm_types::{Height, Round, Slot};

/// The chain's counter, of one of consensus.
pub trait ToChain {
    type Chain;
    fn to_chain(self) -> Self::Chain;
}

/// The counter of consensus, of one of the chain.
pub trait ToEngine {
    type Engine;
    fn to_engine(self) -> Self::Engine;
}

macro_rules! same {
    ($($chain:ident is $engine:ident),+) => {$(
        impl ToChain for $engine {
            type Chain = $chain;

            fn to_chain(self) -> $chain {
                $chain(self.get())
            }
        }

        impl ToEngine for $chain {
            type Engine = $engine;

            fn to_engine(self) -> $engine {
                $engine::new(self.0)
            }
        }
    )+};
}

same!(Height is EngineHeight, Round is Epoch, Slot is View);

/// A slot of a round: consensus counts views within an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    pub round: Round,
    pub slot: Slot,
}

impl ToChain for EngineRound {
    type Chain = Turn;

    fn to_chain(self) -> Turn {
        Turn {
            round: self.epoch().to_chain(),
            slot: self.view().to_chain(),
        }
    }
}

impl ToEngine for Turn {
    type Engine = EngineRound;

    fn to_engine(self) -> EngineRound {
        EngineRound::new(self.round.to_engine(), self.slot.to_engine())
    }
}
