//! Validation and execution of blocks over an abstract state.
//!
//! The path of a transaction: bytes -> decoded (`etm-types`) -> [`check`](check()) (no state needed) -> [`build`] or
//! [`execute`] ([`admit`](admit()): expiry, nonce, fee; then the rules of the mechanism) -> receipts and one changeset.
//!
//! State is read through [`Source`], in a few batches a block, and never written: the caller gets the changes. The
//! mechanism is called from one place, `apply.rs`; the end of a round from another, `round.rs`. The crate knows nothing
//! of consensus, networking or storage.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::panic))]

mod admit;
mod apply;
pub mod base;
mod block;
mod chain;
mod check;
mod context;
mod error;
pub mod genesis;
mod heartbeat;
mod limits;
mod load;
pub mod outlook;
mod overlay;
mod prefetch;
pub mod read;
mod round;
mod source;
mod table;
#[cfg(test)]
mod tests;

pub use admit::{Terms, admit, in_time, is_late};
pub use block::{Built, Outcome, build, execute};
pub use chain::{Chain, ChainParams, ChainParamsError};
pub use check::{
    CheckedTransaction, Signed, Unverified, check, check_all, check_unknown, examine,
    verify_signatures,
};
pub use context::{BlockContext, vrf_message};
pub use error::{BlockError, ExecutionError, Invalid};
pub use genesis::{Draft, DraftMiner, DraftPosition, Genesis, GenesisError, StateRoots};
pub use heartbeat::Heartbeat;
pub use limits::Scarce;
pub use source::{MemorySource, Source};
