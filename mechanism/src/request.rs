//! Requests of accounts and how they are judged (`docs/spec/mechanism.md` section 3).

use crate::{
    Account, Action, Error, Facts, Mechanism, MinerId, MinerName, NameHolder, Pending, Queued,
    Rejection, Store, Units,
    holding::{self, Spent},
};

/// What an account asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Request<A> {
    /// Lock this amount.
    Lock(Units),
    /// Unlock this amount.
    Unlock(Units),
    Vote(MinerId),
    Withdraw,
    /// Register as a miner under this name.
    Register(MinerName),
    Resign,
    /// Give `amount` to another account, at once.
    Transfer {
        /// The recipient.
        to: A,
        amount: Units,
    },
}

impl<A> Request<A> {
    /// What it does at the end of the round if it is accepted; `None` for a transfer, which happens at once.
    pub fn action(&self, deposit: Units) -> Option<Action> {
        Some(match self {
            Self::Transfer { .. } => return None,
            Self::Lock(amount) => Action::Lock(*amount),
            Self::Unlock(amount) => Action::Unlock(*amount),
            Self::Vote(miner) => Action::Vote(*miner),
            Self::Withdraw => Action::Withdraw,
            Self::Register(name) => Action::Register(*name, deposit),
            Self::Resign => Action::Resign,
        })
    }

    /// The same, with its recipient told otherwise.
    pub fn map<B>(self, recipient: impl FnOnce(A) -> B) -> Request<B> {
        match self {
            Self::Lock(amount) => Request::Lock(amount),
            Self::Unlock(amount) => Request::Unlock(amount),
            Self::Vote(miner) => Request::Vote(miner),
            Self::Withdraw => Request::Withdraw,
            Self::Register(name) => Request::Register(name),
            Self::Resign => Request::Resign,
            Self::Transfer { to, amount } => Request::Transfer {
                to: recipient(to),
                amount,
            },
        }
    }

    /// What it takes from the balance as soon as it is accepted.
    pub fn takes(&self, deposit: Units) -> Units {
        match self {
            Self::Transfer { amount, .. } => *amount,
            request => request
                .action(deposit)
                .map_or(Units::ZERO, |action| action.takes()),
        }
    }
}

/// The answer to a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is done (a transfer) or takes effect at the end of the round (all others).
    Accepted(Accepted),
    /// It has no effect.
    Rejected(Rejection),
}

/// An accepted request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Accepted {
    /// How much of the amount was taken from earned bonus.
    pub from_earned: Units,
}

/// Leaves the function with a rejection.
macro_rules! reject {
    ($rejection:expr) => {
        return Ok(Verdict::Rejected($rejection))
    };
}

impl<S: Store> Mechanism<S> {
    /// Judges a request of `account`, which stands in the block that comes next (section 3). An accepted transfer
    /// happens at once; of anything else, what it takes stops being spendable at once, and the rest happens when the
    /// round ends.
    pub fn request(
        &mut self,
        account: &S::Account,
        request: Request<S::Account>,
    ) -> Result<Verdict, Error<S::Error>> {
        self.check_round_runs()?;
        let Some(action) = request.action(self.params.deposit) else {
            return match request {
                Request::Transfer { to, amount } => self.transfer(account, &to, amount),
                _ => Err(Error::Damaged("a request that is no action is a transfer")),
            };
        };
        let Some(record) = self.store.account(account)? else {
            reject!(Self::stranger(&action));
        };
        let mut pending = self.projection(account)?;
        let facts = self.facts(&record, &action)?;
        if let Err(rejection) = pending.accept(&action, &facts) {
            reject!(rejection);
        }
        let mut accepted = Accepted::default();
        let taken = action.takes();
        if taken > Units::ZERO {
            let mut globals = self.store.globals()?;
            match holding::spend(&mut self.store, &mut globals, account, taken)? {
                Spent::Taken(from_earned) => accepted.from_earned = from_earned,
                Spent::Short(balance) => reject!(Rejection::Balance {
                    needed: taken,
                    balance
                }),
            }
            let total = match action {
                Action::Lock(_) => &mut globals.locked,
                _ => &mut globals.deposits,
            };
            *total = holding::add(*total, taken, "locked amounts or deposits")?;
            self.store.put_globals(globals)?;
        }
        if let Action::Register(name, _) = &action {
            self.store.put_name(name, Some(NameHolder::Asked))?;
        }
        self.store.put_pending(account, Some(pending))?;
        let queued = Queued {
            account: account.clone(),
            action,
        };
        let block = self.block_of_round()?;
        self.store.push_request(block, queued)?;
        Ok(Verdict::Accepted(accepted))
    }

    /// What judging this action takes.
    fn facts(&self, account: &Account, action: &Action) -> Result<Facts, Error<S::Error>> {
        let registered = match action {
            Action::Vote(miner) => self
                .standing(*miner)?
                .is_some_and(|standing| standing.registered),
            _ => false,
        };
        let name_taken = match action {
            Action::Register(name, _) => self.store.name(name)?.is_some(),
            _ => false,
        };
        Ok(Facts {
            min_lock: self.params.min_lock,
            owns: account.miner,
            registered,
            name_taken,
        })
    }

    /// Why an account that doesn't exist can't have this: whatever it asks for, a registration without a deposit too.
    const fn stranger(action: &Action) -> Rejection {
        match action {
            Action::Lock(Units(0)) | Action::Unlock(Units(0)) => Rejection::NoAmount,
            Action::Register(_, Units(0)) => Rejection::NoAccount,
            Action::Lock(amount) | Action::Register(_, amount) => Rejection::Balance {
                needed: *amount,
                balance: Units::ZERO,
            },
            Action::Unlock(_) | Action::Vote(_) | Action::Withdraw => Rejection::NoPosition,
            Action::Resign => Rejection::OwnsNoMiner,
        }
    }

    fn transfer(
        &mut self,
        from: &S::Account,
        to: &S::Account,
        amount: Units,
    ) -> Result<Verdict, Error<S::Error>> {
        if amount == Units::ZERO {
            reject!(Rejection::NoAmount);
        }
        let mut globals = self.store.globals()?;
        let from_earned = match holding::spend(&mut self.store, &mut globals, from, amount)? {
            Spent::Taken(from_earned) => from_earned,
            Spent::Short(balance) => reject!(Rejection::Balance {
                needed: amount,
                balance
            }),
        };
        if from_earned > Units::ZERO {
            self.store.put_globals(globals)?;
        }
        holding::credit(&mut self.store, to, amount)?;
        Ok(Verdict::Accepted(Accepted { from_earned }))
    }

    /// The projected position of an account: its [`Pending`] record, or what its position is.
    pub(crate) fn projection(&self, account: &S::Account) -> Result<Pending, Error<S::Error>> {
        if let Some(pending) = self.store.pending(account)? {
            return Ok(pending);
        }
        let Some(position) = self.store.position(account)? else {
            return Ok(Pending::default());
        };
        Ok(Pending {
            locked: position.locked,
            vote: holding::place(&self.store, &position)?.miner,
            ..Pending::default()
        })
    }
}
