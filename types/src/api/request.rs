//! What holders ask of the mechanism.

use serde::{Deserialize, Serialize};

use super::{Amount, MinerRef};

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
    Vote {
        /// The miner.
        miner: MinerRef,
    },
    /// Withdraw the vote.
    Withdraw,
    /// Register as a miner.
    Register {
        /// The name.
        name: String,
    },
    /// Resign as a miner.
    Resign,
}
