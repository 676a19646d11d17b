//! Checks rounds of an En-Tan-Mo chain: bytes in, verdict and steps out. `docs/verify.md` says what is checked and describes every byte.
//!
//! * [`Trust`] is what is known of a chain: its genesis, and the roots of its committees as far as they were proved. It begins with
//!   [`Trust::genesis`] and a chain id, or at a checkpoint; [`Trust::walk`] proves committees further on from [`Boundaries`].
//! * [`Trust::check`] checks the [`Evidence`] of a round and answers its steps and all that can be read from it.
//! * [`Trust::check_votes`] checks the [`VotesEvidence`] of a miner: its votes from its cohorts, and a position among them, by the state.
//!
//! There is no I/O here, no clock and no randomness. What a person reads of a round is computed from bytes that the committee's
//! certificate covers; the evidence has no other fields.
//!
//! Deliberately lacking: fetching evidence, saving trust, the rules of the mechanism (that is `etm-mechanism`), and a check that blocks
//! were executed rightly (that is executing them).

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::panic, clippy::expect_used)
)]

mod batch;
mod boundaries;
mod certificate;
mod evidence;
mod finality;
mod genesis;
mod state;
mod steps;
mod trust;
mod votes;

pub use boundaries::{Boundaries, BoundaryStep};
pub use certificate::Certificate;
pub use evidence::{ChosenReceipts, Evidence, Previous};
pub use finality::Finality;
pub use genesis::Facts;
pub use state::{Proved, StateProof, StateTree};
pub use steps::{Check, Report, Step, VotesCheck, VotesReport};
pub use trust::{Trust, WalkError};
pub use votes::{PositionEvidence, VotesEvidence};

/// The example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
