//! The HTTP API of a node: routes over [`Backend`] (the node) and the history.

mod backend;

pub use backend::{
    Backend, BackendError, BoxFuture, CertificateFacts, FaucetSent, NodeFacts, PeerFacts,
    ProvedValue, Refused, StateProofs, StateValues, Submitted, SyncFacts, Travel, TravelDistance,
};
