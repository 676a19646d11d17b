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

/// What a block holds of that which it may hold only so much of.
#[derive(Clone, Copy, Default)]
pub struct Scarce {
    proofs: usize,
    requests: usize,
    resignations: usize,
}

impl Scarce {
    pub fn with(self, payload: &Payload) -> Self {
        Self {
            proofs: self.proofs + usize::from(payload.has_proofs()),
            requests: self.requests + usize::from(payload.waits_for_round_end()),
            resignations: self.resignations + usize::from(*payload == Payload::Resign),
        }
    }

    pub fn check(self, params: &ChainParams) -> Result<(), BlockError> {
        let (found, max) = (self.proofs, ChainParams::MAX_BLOCK_PROOFS);
        if found > max {
            return Err(BlockError::Proofs { found, max });
        }
        let (found, max) = (self.requests, params.block_requests());
        if found > max {
            return Err(BlockError::Requests { found, max });
        }
        let (found, max) = (self.resignations, ChainParams::MAX_BLOCK_RESIGNATIONS);
        if found > max {
            return Err(BlockError::Resignations { found, max });
        }
        Ok(())
    }
}
