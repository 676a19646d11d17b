//! How a command fails: one line for people and an exit code for scripts.

use etm_wallet::failure::{self as wallet, Exit};
use thiserror::Error;

/// Why a command failed.
#[derive(Debug, Error)]
pub enum Failure {
    /// It was tried and did not work, or the answer is no: exit code 1.
    #[error("{0}")]
    Failed(String),
    /// A node does not answer: exit code 3.
    #[error("{0}")]
    Unreachable(String),
    /// The input or the options were wrong: exit code 2.
    #[error("{0}")]
    Input(String),
}

impl From<Failure> for wallet::Failure {
    fn from(failure: Failure) -> Self {
        let text = etm_node::files::explain(&failure.to_string());
        match failure {
            Failure::Failed(_) => Self::new(Exit::Failed, "failed", text),
            Failure::Unreachable(_) => Self::new(Exit::Unreachable, "node_unreachable", text),
            Failure::Input(_) => Self::new(Exit::Usage, "invalid_input", text),
        }
    }
}
