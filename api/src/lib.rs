//! The HTTP API of a node: routes over [`Backend`] (the node) and the history.
//!
//! A node makes one [`Api`] over itself and its history, and serves it ([`Api::serve`]). The history is written by whoever owns it; the API
//! reads it, and sees from it which blocks are new. `docs/api.md` is the guide for people, `api/openapi.json` the reference; a test
//! compares the latter with the code.
//!
//! No request changes state; submitting passes a signed transaction to the node. Nothing in a request costs work proportional to the
//! number of positions, but for the two exports of scenario files, which take turns and refuse what is too large.
//!
//! The crate knows nothing of consensus, networking or the database of the state.

mod at_tip;
mod backend;
mod declined;
mod delivery;
mod door;
mod error;
mod extract;
mod listen;
mod reader;
mod reads;
mod routes;
mod sending;
mod server;
mod shares;
mod state;
mod view;

pub use backend::{
    Backend, BackendError, BoxFuture, CertificateFacts, ChainBlock, FaucetSent, Given, NodeFacts,
    PeerFacts, ProvedValue, SlotFacts, StateProofs, StateValues, Submitted, SyncFacts, Travel,
    TravelDistance,
};
pub use declined::Declined;
pub use door::Limits;
pub use routes::{Parts, openapi};
pub use state::Api;
