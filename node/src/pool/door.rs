//! How a transaction gets into the pool: the cheapest refusal first, and nothing dear for whoever can't pay.

use etm_execution::{ExecutionError, Heartbeat, Invalid, Signed, examine, read};
use etm_mempool::{AccountView, Admitted, Facts, NotAdmitted, PooledTransaction, facts_of};
use etm_types::{Address, Hash, Transaction};
use thiserror::Error;

use super::{Bucket, Pool, look::look};
use crate::reader::{StateReader, StateUnavailable};

/// What an account may cost in vain: 128 transactions that are refused at once, 16 a second from then on.
pub(super) const ACCOUNT_BUDGET: Bucket = Bucket {
    burst: 128 * REFUSED_COST,
    per_second: 16 * REFUSED_COST,
};

/// What a transaction costs that is refused after its signature was checked. One that is here already costs 1.
pub(crate) const REFUSED_COST: u32 = 8;

/// Why a transaction is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SubmitError {
    /// It can't stand in a block of this chain now.
    #[error("{0}")]
    Invalid(#[from] Invalid),
    /// The pool does not take it.
    #[error("{0}")]
    Pool(#[from] NotAdmitted),
    /// Too many of the account's were refused.
    #[error("too many transactions of this account were refused lately: try again in a moment")]
    TooManyRefused,
    /// The state can't be read now.
    #[error("{0}")]
    Unavailable(#[from] StateUnavailable),
}

impl SubmitError {
    /// Whether it could never have stood in a block of this chain, whatever its state. An honest node passes none of these on.
    pub const fn is_junk(&self) -> bool {
        matches!(
            self,
            Self::Invalid(
                Invalid::TooLarge { .. }
                    | Invalid::WrongChain
                    | Invalid::WrongSignature(_)
                    | Invalid::FeeTooLow { .. }
                    | Invalid::HeartbeatFields
                    | Invalid::NoAmount
                    | Invalid::WrongProof(_)
            )
        )
    }
}

impl Pool {
    /// Checks a transaction and takes it in. `own` ones are passed on until they are final.
    ///
    /// In the order of their costs: size, chain, fee and amounts; what the pool knows by itself (the same transaction, a nonce that is
    /// used up, an expiry that has passed, a full pool); the signature, so that nobody speaks for another; what the account may still
    /// cost in vain; nonce and balance in the state; proofs of possession; the bounds of the pool.
    ///
    /// # Errors
    /// [`SubmitError`]; the pool is as it was.
    pub async fn submit(
        &self,
        reader: &dyn StateReader,
        transaction: Transaction,
        own: bool,
    ) -> Result<(Hash, Admitted), SubmitError> {
        let unverified = examine(&self.chain, transaction)?;
        let facts = facts_of(&unverified, &self.chain.params);
        {
            let mut inner = self.inner();
            if let Err(refusal) = inner.mempool.glance(&facts) {
                // Whoever brings it to this node as well relies on it.
                if own && refusal == NotAdmitted::AlreadyPending {
                    inner.own.entry(facts.hash).or_insert(0);
                }
                return Err(refusal.into());
            }
        }
        let signed = unverified.verify_signature()?;
        let (sender, now_ms) = (*signed.sender(), self.now_ms());
        if !self.inner().budgets.has_left(&sender, now_ms) {
            return Err(SubmitError::TooManyRefused);
        }
        let taken = self.take(reader, signed, facts, own).await;
        // That the state can't be read is no fault of the account's.
        if matches!(&taken, Err(error) if !matches!(error, SubmitError::Unavailable(_))) {
            let mut inner = self.inner();
            inner.budgets.spend(&sender, REFUSED_COST, now_ms);
        }
        taken
    }

    async fn take(
        &self,
        reader: &dyn StateReader,
        signed: Signed,
        facts: Facts<Address>,
        own: bool,
    ) -> Result<(Hash, Admitted), SubmitError> {
        let need = {
            let waiting = self.inner().mempool.need_of(signed.sender());
            let own = facts.fee.saturating_add(facts.spends);
            waiting.saturating_add(own)
        };
        let view = self.view(reader, &signed, need).await?;
        self.inner().mempool.would_take(&facts, view)?;
        let pooled = PooledTransaction::new(signed.verify_proofs()?, facts);
        let hash = *pooled.checked().hash();
        let mut inner = self.inner();
        let admitted = inner.mempool.insert(pooled, view)?;
        if own {
            inner.own.insert(hash.0, 0);
        }
        inner.forget(&admitted.removed);
        if let Some(entered) = inner.mempool.get(&hash.0) {
            // An error means that nobody listens.
            let _ = self.entered.send(entered);
        }
        Ok((hash, admitted))
    }

    /// What the chain says about the sender, of one and the same block; for a heartbeat, whether it is due.
    async fn view(
        &self,
        reader: &dyn StateReader,
        signed: &Signed,
        need: u64,
    ) -> Result<AccountView, SubmitError> {
        let source = reader.source();
        let mut earned = 1;
        let sender = (*signed.sender(), need);
        let (record, views) = look(&source, &self.chain.params, &[sender], &mut earned)
            .await
            .map_err(unavailable)?;
        let next_height = record.height.saturating_add(1);
        let expires_at = signed.transaction().unsigned.expires_at;
        if expires_at < next_height {
            return Err(Invalid::Expired {
                expires_at,
                height: next_height,
            }
            .into());
        }
        if let Some(heartbeat) = Heartbeat::of(signed.transaction()) {
            self.is_due(reader, next_height, &heartbeat).await?;
            return Ok(AccountView::default());
        }
        Ok(views.into_iter().next().flatten().unwrap_or_default())
    }

    /// Whether a heartbeat is due in the block at `height`.
    async fn is_due(
        &self,
        reader: &dyn StateReader,
        height: u64,
        heartbeat: &Heartbeat<'_>,
    ) -> Result<(), SubmitError> {
        let source = reader.source();
        let params = &self.chain.params;
        let view = read::miner(&source, params, heartbeat.miner)
            .await
            .map_err(unavailable)?
            .filter(|view| view.standing.registered);
        let last = |view: &read::MinerView| view.presence.and_then(|presence| presence.heartbeat);
        let miner = view.as_ref().map(|view| (&view.node.node, last(view)));
        let (globals, _) = read::globals(&source).await.map_err(unavailable)?;
        heartbeat.is_due(params, params.round_of(height), &globals.beacon, miner)?;
        Ok(())
    }
}

pub(super) fn unavailable(error: ExecutionError<StateUnavailable>) -> StateUnavailable {
    match error {
        ExecutionError::Source(error) => error,
        other => StateUnavailable(other.to_string()),
    }
}
