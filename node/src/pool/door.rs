//! How a transaction gets into the pool: the cheapest refusal first, and nothing dear for whoever can't pay.

use etm_execution::{Heartbeat, Invalid, Signed, Terms, examine, in_time, read, verify_signatures};
use etm_mempool::{AccountView, Admitted, Facts, NotAdmitted, PooledTransaction, facts_of};
use etm_types::{Address, Hash, Height, Transaction, Units};
use thiserror::Error;

use super::{Bucket, Pool, look::look};
use crate::reader::{StateReader, StateUnavailable};

/// What an account may cost in vain: 128 transactions that are refused at once, 16 a second from then on.
pub(super) const ACCOUNT_BUDGET: Bucket = Bucket {
    burst: 128 * REFUSED_COST,
    per_second: 16 * REFUSED_COST,
};

/// What somebody signed once, anybody can send a thousand times: while it is remembered, it is charged once.
pub(super) const ONCE: Bucket = Bucket {
    burst: 1,
    per_second: 0,
};

/// What a transaction costs that is refused after its signature was checked.
pub(crate) const REFUSED_COST: u32 = 64;

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
    /// What it costs the peer that passed the transaction on. Honest ones pass on what stands in their pool and not in this one: as far as its
    /// account answers for it in vain ([`ACCOUNT_BUDGET`]), the peer hardly does. An account that can't pay anything answers for nothing:
    /// anybody can make as many as he likes.
    pub(crate) const fn cost_of_peer(&self, least_fee: Units) -> u32 {
        match self {
            Self::TooManyRefused | Self::Unavailable(_) => 0,
            Self::Pool(NotAdmitted::CannotPayFee { balance, .. }) if *balance < least_fee.0 => {
                REFUSED_COST
            }
            // A block may have come on the way.
            Self::Invalid(Invalid::Expired { .. })
            | Self::Pool(
                NotAdmitted::AlreadyPending
                | NotAdmitted::AlreadyFinal { .. }
                | NotAdmitted::Expired { .. }
                | NotAdmitted::NonceTooLow { .. }
                | NotAdmitted::ReplacementFeeTooLow { .. }
                | NotAdmitted::CannotPayFee { .. }
                | NotAdmitted::AccountLimit { .. }
                | NotAdmitted::PoolFull { .. }
                | NotAdmitted::ScarceFull { .. }
                | NotAdmitted::PoolFullForHeld { .. },
            ) => 1,
            Self::Invalid(_) | Self::Pool(_) => REFUSED_COST,
        }
    }

    /// Whether its account answers for it. That the state can't be read is nobody's fault, and what somebody signed once and is past - final,
    /// most of all, so that everybody has it - anybody can send for ever: all that an account ever signed would shut it out.
    const fn is_of_its_account(&self) -> bool {
        !matches!(
            self,
            Self::Unavailable(_)
                | Self::Invalid(Invalid::Expired { .. })
                | Self::Pool(
                    NotAdmitted::AlreadyFinal { .. }
                        | NotAdmitted::Expired { .. }
                        | NotAdmitted::NonceTooLow { .. }
                )
        )
    }

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

/// A transaction whose sender has signed it, on its way into the pool.
#[derive(Debug)]
pub(crate) struct AtTheDoor {
    signed: Signed,
    facts: Facts<Address>,
    own: bool,
}

impl Pool {
    /// Checks a transaction and takes it in. `own` ones are passed on until they are final.
    ///
    /// In the order of their costs: size, chain, fee and amounts; what the pool knows by itself (the same transaction, a nonce that is
    /// used up, an expiry that has passed, a full pool); what the account may still cost in vain; the signature, so that nobody speaks for
    /// another; nonce and balance in the state; proofs of possession; the bounds of the pool.
    ///
    /// # Errors
    /// [`SubmitError`]; the pool is as it was.
    pub async fn submit(
        &self,
        reader: &dyn StateReader,
        transaction: Transaction,
        own: bool,
    ) -> Result<(Hash, Admitted), SubmitError> {
        let mut looked = self.look_over(vec![transaction], own);
        let looked = looked.pop().unwrap_or(Err(SubmitError::TooManyRefused));
        self.let_in(reader, looked?).await
    }

    /// Takes in again what users gave to this node before it was stopped, in their order. Most of it may be of the past by now, which is
    /// nobody's fault: no account is charged. Answers how many are in, and whether all others are out for good.
    pub(crate) async fn take_back(
        &self,
        reader: &dyn StateReader,
        transactions: Vec<Transaction>,
    ) -> (usize, bool) {
        let (mut taken, mut settled) = (0, true);
        for looked in self.look_over(transactions, true) {
            let result = match looked {
                Ok(AtTheDoor { signed, facts, own }) => {
                    self.take(reader, signed, facts, own).await.map(drop)
                }
                Err(refused) => Err(refused),
            };
            taken += usize::from(result.is_ok());
            settled &= !matches!(result, Err(SubmitError::Unavailable(_)));
        }
        (taken, settled)
    }

    /// The first half of [`Self::submit`], up to the signatures, which are checked together. As many answers, in the same order.
    pub(crate) fn look_over(
        &self,
        transactions: Vec<Transaction>,
        own: bool,
    ) -> Vec<Result<AtTheDoor, SubmitError>> {
        let mut unverified = Vec::with_capacity(transactions.len());
        let glanced: Vec<Result<Facts<Address>, SubmitError>> = transactions
            .into_iter()
            .map(|transaction| {
                let one = examine(&self.chain, transaction)?;
                let facts = facts_of(&one, &self.chain.params);
                self.glance(&facts, own)?;
                unverified.push(one);
                Ok(facts)
            })
            .collect();
        let mut signed = verify_signatures(unverified).into_iter();
        let mut at_the_door = |facts| {
            // There is one answer for each that came so far.
            let signed = signed.next().unwrap_or(Err(Invalid::NoRoom))?;
            Ok(AtTheDoor { signed, facts, own })
        };
        glanced
            .into_iter()
            .map(|facts| facts.and_then(&mut at_the_door))
            .collect()
    }

    /// What the pool knows by itself.
    fn glance(&self, facts: &Facts<Address>, own: bool) -> Result<(), SubmitError> {
        let now_ms = self.now_ms();
        let mut inner = self.inner();
        inner.mempool.glance(facts).inspect_err(|refusal| {
            // Whoever brings it to this node as well relies on it.
            if own && *refusal == NotAdmitted::AlreadyPending {
                inner.own.keep(facts.hash);
            }
        })?;
        match inner.budgets.has_left(&facts.account, now_ms) {
            true => Ok(()),
            false => Err(SubmitError::TooManyRefused),
        }
    }

    /// The second half of [`Self::submit`].
    ///
    /// # Errors
    /// [`SubmitError`]; the pool is as it was.
    pub(crate) async fn let_in(
        &self,
        reader: &dyn StateReader,
        at_the_door: AtTheDoor,
    ) -> Result<(Hash, Admitted), SubmitError> {
        let AtTheDoor { signed, facts, own } = at_the_door;
        let (sender, hash, now_ms) = (*signed.sender(), facts.hash, self.now_ms());
        if !self.inner().budgets.has_left(&sender, now_ms) {
            return Err(SubmitError::TooManyRefused);
        }
        let taken = self.take(reader, signed, facts, own).await;
        if matches!(&taken, Err(error) if error.is_of_its_account()) {
            let mut inner = self.inner();
            if inner.refused.has_left(&hash, now_ms) {
                inner.budgets.spend(&sender, REFUSED_COST, now_ms);
            }
            inner.refused.spend(&hash, 1, now_ms);
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
            inner.own.keep(hash.0);
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
        let sender = (*signed.sender(), need);
        let (record, views) = look(&source, &self.chain.params, &[sender], true)
            .await
            .map_err(StateUnavailable::from)?;
        let next_height = record.height.saturating_add(1);
        in_time(&Terms::from(&signed.transaction().unsigned), next_height)?;
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
        height: Height,
        heartbeat: &Heartbeat<'_>,
    ) -> Result<(), SubmitError> {
        let source = reader.source();
        let params = &self.chain.params;
        let view = read::miner(&source, params, heartbeat.miner)
            .await
            .map_err(StateUnavailable::from)?
            .filter(|view| view.standing.registered);
        let last = |view: &read::MinerView| view.presence.and_then(|presence| presence.heartbeat);
        let miner = view.as_ref().map(|view| (&view.node.node, last(view)));
        let (globals, _) = read::globals(&source)
            .await
            .map_err(StateUnavailable::from)?;
        heartbeat.is_due(params, params.round_of(height), &globals.beacon, miner)?;
        Ok(())
    }
}
