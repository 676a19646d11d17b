//! Why the node didn't do what a client asked, with the stable code for each reason.

use etm_execution::Invalid;
use etm_mempool::NotAdmitted;
use etm_types::api::error::ErrorCode;

/// Why the node didn't do what was asked. It is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Declined {
    /// For programs.
    pub code: ErrorCode,
    /// For people: what was wrong and what would be right.
    pub message: String,
}

impl From<NotAdmitted> for Declined {
    fn from(reason: NotAdmitted) -> Self {
        let code = match reason {
            NotAdmitted::AlreadyPending => ErrorCode::AlreadyPending,
            NotAdmitted::AlreadyFinal { .. } | NotAdmitted::NonceTooLow { .. } => {
                ErrorCode::NonceTooLow
            }
            NotAdmitted::NonceTooHigh { .. } => ErrorCode::NonceTooHigh,
            NotAdmitted::ReplacementFeeTooLow { .. } => ErrorCode::ReplacementFeeTooLow,
            NotAdmitted::AccountLimit { .. } => ErrorCode::AccountLimit,
            NotAdmitted::PoolFull { .. }
            | NotAdmitted::ScarceFull { .. }
            | NotAdmitted::PoolFullForHeld { .. }
            | NotAdmitted::FreeLimit => ErrorCode::PoolFull,
            NotAdmitted::Expired { .. } => ErrorCode::Expired,
            NotAdmitted::CannotPayFee { .. } => ErrorCode::CannotPayFee,
        };
        Self {
            code,
            message: reason.to_string(),
        }
    }
}

impl From<Invalid> for Declined {
    fn from(reason: Invalid) -> Self {
        let code = match reason {
            Invalid::TooLarge { .. } => ErrorCode::TransactionTooLarge,
            Invalid::WrongChain => ErrorCode::WrongChain,
            Invalid::WrongSignature(_) | Invalid::WrongNodeKey(_) => ErrorCode::WrongSignature,
            Invalid::FeeTooLow { .. } | Invalid::HeartbeatFields => ErrorCode::FeeTooLow,
            Invalid::NoAmount => ErrorCode::InvalidPayload,
            Invalid::WrongProof(_) => ErrorCode::WrongProofOfPossession,
            Invalid::Expired { .. } | Invalid::HeartbeatRound { .. } => ErrorCode::Expired,
            Invalid::NonceTooLow { .. } => ErrorCode::NonceTooLow,
            Invalid::NonceTooHigh { .. } => ErrorCode::NonceTooHigh,
            Invalid::CannotPayFee { .. } => ErrorCode::CannotPayFee,
            Invalid::MinerNotRegistered(_) => ErrorCode::MinerNotRegistered,
            Invalid::HeartbeatTooEarly { .. } => ErrorCode::HeartbeatTooEarly,
            Invalid::NoRoom => ErrorCode::PoolFull,
        };
        Self {
            code,
            message: reason.to_string(),
        }
    }
}
