//! Votes, election and bonus of the En-Tan-Mo network.
//!
//! The crate implements `docs/spec/mechanism.md` to the unit and nothing else: it knows accounts, positions, miners,
//! rounds and the election, but no chain, no network, no encoding. Whoever drives it hands over, in the order of the
//! chain, the requests of a block ([`Mechanism::request`]), the block ([`Mechanism::block`]) and, after the last block
//! of a round, the round's beacon ([`Mechanism::end_round`]).
//!
//! All state is reached through [`Store`], so that memory ([`MemoryStore`]) and an authenticated database run the same
//! code. The end of a round never visits a position: positions with the same miner and the same time gain share a
//! [`Cohort`] (section 9).
//!
//! There is no floating point in anything that reaches state; [`inclusion`] alone uses it, for display.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::panic))]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod action;
pub mod beacon;
mod bonus;
pub mod check;
pub mod cohort;
pub mod draw;
mod error;
mod genesis;
mod holding;
pub mod inclusion;
mod mechanism;
mod memory;
mod params;
pub mod performance;
mod position;
mod request;
mod round;
pub mod schedule;
mod store;
mod time;
mod units;
pub mod weight;
mod wide;

pub use action::{Action, Pending, Rejection};
pub use beacon::Hash;
pub use bonus::{Split, delta};
pub use cohort::{Cohort, CohortId, CohortNode, Cohorts};
pub use draw::{Candidate, DrawFault, DrawReceipt, Pick, verify_draw};
pub use error::{Error, GenesisError};
pub use genesis::{Genesis, GenesisMiner, GenesisPosition};
pub use mechanism::{Mechanism, PositionView, ProjectedPosition};
pub use memory::{MemoryStore, NumberHasher, Numbered};
pub use params::{Params, ParamsError};
pub use performance::Standing;
pub use position::{Facts, Inapplicable, Position};
pub use request::{Accepted, Request, Verdict};
pub use round::{Applied, DepositReturn, MemberReport, RoundReport};
pub use store::{
    Account, Globals, Miner, NameHolder, PositionRecord, Queued, Standings, Store, Tally,
    TallyEntry,
};
pub use time::{Day, Height, Round, Slot};
pub use units::{MinerId, MinerName, MinerNameError, TimeGain, Units, Votes};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
