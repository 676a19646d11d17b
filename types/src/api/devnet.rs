//! What only devnets have: a faucet and time travel.

use serde::{Deserialize, Serialize};

use super::{Amount, Hash};

/// Days and rounds that one journey may have at most.
pub const MAX_TRAVEL_DAYS: u32 = 400;
/// See [`MAX_TRAVEL_DAYS`].
pub const MAX_TRAVEL_ROUNDS: u32 = 1_000;

/// The body of `POST /api/v1/devnet/faucet`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FaucetRequest {
    /// Who gets tokens.
    pub address: String,
    /// How much; the devnet's usual portion if left out.
    #[serde(default)]
    pub amount: Option<Amount>,
}

/// What the faucet did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FaucetResponse {
    /// The transfer it sent.
    pub hash: Hash,
    /// How much it sent.
    pub amount: Amount,
}

/// The body of `POST /api/v1/devnet/time-travel`: exactly one of the two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TimeTravelRequest {
    /// Advance by this many days: blocks are really made, the clock moves.
    #[serde(default)]
    pub days: Option<u32>,
    /// Advance by this many rounds.
    #[serde(default)]
    pub rounds: Option<u32>,
}

/// Where time travel goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimeTravelResponse {
    /// The chain's clock before.
    pub from_ms: u64,
    /// The chain's clock once it is there.
    pub to_ms: u64,
    /// The round it should reach, if rounds were asked for.
    pub target_round: Option<u64>,
    /// Height at the time of the answer; the blocks come in the background.
    pub height: u64,
}
