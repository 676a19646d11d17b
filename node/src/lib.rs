//! The En-Tan-Mo node: consensus, network and storage.

pub mod engine;
pub mod stub;
