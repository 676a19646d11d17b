//! The shapes of the HTTP API: what a node answers and what it accepts.
//!
//! These types are data for the edge, apart from the types of the chain: they carry no rules, they are only read and written as
//! JSON, by the node (`etm-api`), by the Rust client (`etm-client`) and, through the OpenAPI document, by the web page.
//!
//! Conventions, without exception:
//!
//! * amounts ([`Amount`]) are decimal strings of **units** (10^8 units are 1 ETM); votes and election weights ([`Integer`]) are
//!   decimal strings of the raw integers of the mechanism (see [`chain::Parameters::vote_scale`] for the votes people see);
//! * probabilities and shares are whole numbers of **parts per billion** (`_ppb`), rounded down;
//! * hashes, keys, signatures and encodings ([`struct@Hash`], [`Bytes`]) are lower-case hex;
//! * instants are milliseconds since the Unix epoch on the chain's clock (`_ms`); durations say their unit;
//! * a field that may be absent is `null`, never left out, in answers; inputs refuse unknown fields;
//! * every list that can grow is paged: `total` counts all, `next` says where the next page begins.

pub mod account;
pub mod block;
pub mod chain;
pub mod devnet;
pub mod error;
pub mod event;
pub mod miner;
pub mod proof;
pub mod query;
pub mod ready;
pub mod receipt;
pub mod request;
pub mod round;
mod scalar;
pub mod transaction;
pub mod votes;

pub use scalar::{Amount, Bytes, Hash, Integer, ScalarError, share_ppb};

use serde::{Deserialize, Serialize};

/// A miner, named: its id is what the chain knows, the name is what people know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MinerRef {
    /// The miner id: 0, 1, 2 ... in order of registration, never used again.
    pub id: u32,
    /// The registered name.
    pub name: String,
}

#[cfg(test)]
mod tests;
