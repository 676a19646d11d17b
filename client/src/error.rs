//! What can go wrong between here and a node.

use etm_types::api::error::{ErrorCode, ErrorDetail};
use thiserror::Error;

/// Why a request brought no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// The URL of the node is none.
    #[error("{url:?} is not the URL of a node: {reason}")]
    InvalidUrl {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No connection, or it broke.
    #[error("the node at {node} cannot be reached: {reason}")]
    Unreachable {
        /// The node's URL.
        node: String,
        /// What happened.
        reason: String,
    },
    /// No answer in time.
    #[error("the node at {node} did not answer in time")]
    TimedOut {
        /// The node's URL.
        node: String,
    },
    /// The node answered with an error.
    #[error("the node says: {}", detail.message)]
    Api {
        /// The HTTP status.
        status: u16,
        /// What the node says.
        detail: ErrorDetail,
    },
    /// The answer is not what the API says: another version, or no node at all.
    #[error("{node} answers, but not as an En-Tan-Mo node of this version does: {reason}")]
    Malformed {
        /// The node's URL.
        node: String,
        reason: String,
    },
    /// The answer to another question.
    #[error("the node at {node} answered about {told}, asked was {asked}")]
    Stray {
        /// The node's URL.
        node: String,
        told: String,
        asked: String,
    },
}

impl Error {
    /// The API's code, if the node answered with one that this version knows.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Api { detail, .. } => ErrorCode::parse(&detail.code),
            _ => None,
        }
    }

    /// Whether the node could not be asked at all, or doesn't answer as a node does.
    pub const fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::TimedOut { .. }
                | Self::Malformed { .. }
                | Self::Stray { .. }
        )
    }

    /// Whether asking again in a moment may help.
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } => true,
            Self::Api { status, .. } => matches!(status, 429 | 502 | 503 | 504),
            Self::InvalidUrl { .. } | Self::Malformed { .. } | Self::Stray { .. } => false,
        }
    }
}
