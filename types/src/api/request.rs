//! What holders ask of the mechanism.

use serde::{Deserialize, Serialize};

use super::{Amount, MinerRef};
use crate::MinerId;
use etm_mechanism::Action;

/// A request of mechanism.md section 3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Request {
    /// Lock tokens.
    Lock {
        /// How much.
        amount: Amount,
    },
    /// Unlock tokens.
    Unlock {
        /// How much.
        amount: Amount,
    },
    /// Vote for a miner.
    Vote { miner: MinerRef },
    /// Withdraw the vote.
    Withdraw,
    /// Register as a miner.
    Register { name: String },
    /// Resign as a miner.
    Resign,
}

impl Request {
    /// A request as the API shows it, with miners as `miner` names them.
    pub fn of<R>(request: &Action<R>, miner: impl Fn(MinerId) -> MinerRef) -> Self {
        match request {
            Action::Lock(amount) => Self::Lock {
                amount: Amount::from(*amount),
            },
            Action::Unlock(amount) => Self::Unlock {
                amount: Amount::from(*amount),
            },
            Action::Vote(voted) => Self::Vote {
                miner: miner(*voted),
            },
            Action::Withdraw => Self::Withdraw,
            Action::Register(name, _) => Self::Register {
                name: name.as_str().to_owned(),
            },
            Action::Resign => Self::Resign,
        }
    }
}
