//! What a block may hold, as far as that needs no state.

use crate::chain::ChainParams;
use crate::check::CheckedTransaction;
use crate::context::BlockContext;
use crate::error::BlockError;
use etm_types::Payload;

/// The limits of a block that need no state.
pub fn check_limits(
    params: &ChainParams,
    context: &BlockContext,
    transactions: &[CheckedTransaction],
) -> Result<(), BlockError> {
    let max = usize::try_from(params.max_block_transactions).unwrap_or(usize::MAX);
    if transactions.len() > max {
        return Err(BlockError::TransactionCount {
            found: transactions.len(),
            max,
        });
    }
    let found = transactions.iter().map(CheckedTransaction::bytes).sum();
    let max = params.transaction_bytes(context.height);
    if found > max {
        return Err(BlockError::TransactionBytes { found, max });
    }
    let payloads = transactions.iter().map(|tx| tx.transaction().payload());
    payloads.fold(Scarce::default(), Scarce::with).check(params)
}

/// Things of which a block may hold few: how many there is room for, or how many transactions use up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scarce {
    /// Requests that wait for the end of the round.
    pub requests: usize,
    /// Registrations and changes of keys, whose proofs are dear to check.
    pub proofs: usize,
    /// Resignations, which the end of the round has much to do for.
    pub resignations: usize,
}

impl Scarce {
    /// What a transaction uses up.
    pub fn of(payload: &Payload) -> Self {
        Self {
            requests: usize::from(payload.waits_for_round_end()),
            proofs: usize::from(payload.has_proofs()),
            resignations: usize::from(*payload == Payload::Resign),
        }
    }

    /// What there is room for in a block.
    pub fn room(params: &ChainParams) -> Self {
        Self {
            requests: params.block_requests(),
            proofs: ChainParams::MAX_BLOCK_PROOFS,
            resignations: ChainParams::MAX_BLOCK_RESIGNATIONS,
        }
    }

    /// What is used up by either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            requests: self.requests.max(other.requests),
            proofs: self.proofs.max(other.proofs),
            resignations: self.resignations.max(other.resignations),
        }
    }

    /// What is left after `used`, if there is enough.
    pub fn less(self, used: Self) -> Option<Self> {
        Some(Self {
            requests: self.requests.checked_sub(used.requests)?,
            proofs: self.proofs.checked_sub(used.proofs)?,
            resignations: self.resignations.checked_sub(used.resignations)?,
        })
    }

    pub(crate) fn with(self, payload: &Payload) -> Self {
        let more = Self::of(payload);
        Self {
            requests: self.requests + more.requests,
            proofs: self.proofs + more.proofs,
            resignations: self.resignations + more.resignations,
        }
    }

    pub(crate) fn check(self, params: &ChainParams) -> Result<(), BlockError> {
        let room = Self::room(params);
        let (found, max) = (self.proofs, room.proofs);
        if found > max {
            return Err(BlockError::Proofs { found, max });
        }
        let (found, max) = (self.requests, room.requests);
        if found > max {
            return Err(BlockError::Requests { found, max });
        }
        let (found, max) = (self.resignations, room.resignations);
        if found > max {
            return Err(BlockError::Resignations { found, max });
        }
        Ok(())
    }
}
