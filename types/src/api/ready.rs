//! What `GET /readyz` says.

use serde::{Deserialize, Serialize};

/// Whether a node does what it is there for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// Whether nothing is wrong.
    pub ready: bool,
    /// What is wrong.
    pub reasons: Vec<String>,
    /// What whoever runs the node has to look at, though it follows the chain: its clock, its connections, its votes.
    pub warnings: Vec<String>,
    /// The newest block that is final and executed here.
    pub chain_height: u64,
    /// The history, which follows the chain and which nothing waits for.
    pub history: HistoryHealth,
}

/// How a node's history does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryHealth {
    /// The block up to which it is written.
    pub height: u64,
    /// Blocks it lies behind the chain.
    pub lag: u64,
    /// Why it can't be written now.
    pub trouble: Option<String>,
    /// How often its file was put aside and begun anew since the node was started.
    pub put_aside: u64,
    /// Why the last time.
    pub put_aside_because: Option<String>,
}
