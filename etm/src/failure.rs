//! How a command fails: one line for people and an exit code for scripts.

use thiserror::Error;

/// Why a command failed.
#[derive(Debug, Error)]
pub enum Failure {
    /// It was tried and did not work, or the answer is no: exit code 1.
    #[error("{0}")]
    Failed(String),
    /// The input or the options were wrong: exit code 2.
    #[error("{0}")]
    Input(String),
}

impl Failure {
    /// The exit code.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Input(_) => 2,
        }
    }
}
