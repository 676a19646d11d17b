//! The En-Tan-Mo node: consensus, network and storage.

pub mod audit;
pub mod certificate;
pub mod engine;
pub mod feed;
pub mod files;
pub mod folder;
pub mod guard;
pub mod keys;
pub mod memory;
pub mod network;
pub mod node;
pub mod pool;
pub mod reader;
pub mod record;
pub mod runtime;
pub mod snapshot;
pub mod upstream;

pub use node::{NodeConfig, NodeError, NodeHandle, start};
