//! When a sign of life may stand in a block (spec section 6 leaves readiness to the chain): told once, for blocks and for pools.

use crate::chain::ChainParams;
use crate::error::Invalid;
use etm_types::{Beacon, MinerId, NodeKey, Payload, PublicKey, Round, Transaction};

impl ChainParams {
    /// The round from which on a miner may give a sign of life again whose last is of round `last`: `READY_ROUNDS / 3` later, at
    /// least 1.
    pub const fn next_heartbeat(&self, last: Round) -> Round {
        let third = self.ready_rounds / 3;
        last.saturating_add(if third == 0 { 1 } else { third })
    }

    /// Whether a miner is ready in `round` whose last sign of life is of round `last`.
    pub const fn is_ready(&self, round: Round, last: Round) -> bool {
        round.since(last) < self.ready_rounds
    }
}

/// What a heartbeat says, and who signed it.
#[derive(Clone, Copy, Debug)]
pub struct Heartbeat<'a> {
    pub miner: MinerId,
    pub round: Round,
    seed: &'a Beacon,
    signer: &'a PublicKey,
}

impl<'a> Heartbeat<'a> {
    /// The heartbeat in a transaction, if it is one.
    pub const fn of(transaction: &'a Transaction) -> Option<Self> {
        match &transaction.unsigned.payload {
            Payload::Heartbeat { miner, round, seed } => Some(Self {
                miner: *miner,
                round: *round,
                seed,
                signer: &transaction.unsigned.sender,
            }),
            _ => None,
        }
    }

    /// Whether it is due in `running`, the round of the block, whose parent has `beacon`. `miner` is the node key of its miner, if
    /// that is registered, and the round of its last heartbeat.
    ///
    /// # Errors
    /// [`Invalid`]: of another round, of a miner that is not registered, signed by another key, or too early.
    pub fn is_due(
        &self,
        params: &ChainParams,
        running: Round,
        beacon: &[u8; 32],
        miner: Option<(&NodeKey, Option<Round>)>,
    ) -> Result<(), Invalid> {
        if self.round != running || self.seed.0 != *beacon {
            return Err(Invalid::HeartbeatRound {
                expected: running,
                found: self.round,
            });
        }
        let Some((key, last)) = miner else {
            return Err(Invalid::MinerNotRegistered(self.miner));
        };
        if key.as_public_key() != *self.signer {
            return Err(Invalid::WrongNodeKey(self.miner));
        }
        match last.map(|last| params.next_heartbeat(last)) {
            Some(next) if running < next => Err(Invalid::HeartbeatTooEarly { next }),
            _ => Ok(()),
        }
    }
}
