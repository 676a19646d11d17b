//! The rule of a position (`docs/spec/mechanism.md` sections 3, 4 and 8), once for all: the end of a round, previews,
//! histories and checks ask here.

use crate::{Action, MinerId, MinerName, Pending, Rejection, TimeGain, Units, Votes, weight};

/// A position: what an account has locked, at which time gain, and for whom it votes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// `T`.
    pub locked: Units,
    pub t: TimeGain,
    /// The miner it votes for.
    pub miner: Option<MinerId>,
}

/// Why an accepted action has no effect on a position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Inapplicable {
    /// A resignation earlier in the round made it void.
    Void,
    /// Nothing that was accepted is like this: there is no such position, or not as much of it.
    Impossible,
}

impl Position {
    /// How a position begins.
    pub const fn new(locked: Units) -> Self {
        Self {
            locked,
            t: TimeGain::MIN,
            miner: None,
        }
    }

    /// `X`: its votes.
    pub fn votes(&self) -> Votes {
        weight::votes(self.locked, self.t)
    }

    /// Its votes for a miner: 0 if it votes for another, or for nobody.
    pub fn votes_for(&self, miner: MinerId) -> Votes {
        match self.miner == Some(miner) {
            true => self.votes(),
            false => Votes::ZERO,
        }
    }

    /// After a round in which its miner produced `blocks` and `days` boundaries were crossed (steps 5 and 6), before
    /// any request.
    pub const fn after_round(self, blocks: u64, days: u64) -> Self {
        Self {
            t: self.t.after_round(blocks, days),
            ..self
        }
    }

    /// After a resignation: without a vote if it was for this miner.
    pub fn abandoned_by(self, miner: MinerId) -> Self {
        match self.miner == Some(miner) {
            true => Self {
                miner: None,
                ..self
            },
            false => self,
        }
    }

    /// What an accepted action makes of a position at the end of its round (step 7): `Ok(None)` if there is none
    /// afterwards. `registered` says of a miner whether it is registered by then.
    pub fn after(
        before: Option<Self>,
        action: &Action,
        registered: impl FnOnce(MinerId) -> bool,
    ) -> Result<Option<Self>, Inapplicable> {
        let own = match (before, action) {
            (_, Action::Register(..) | Action::Resign) => return Ok(before),
            (None, Action::Lock(amount)) => return Ok(Some(Self::new(*amount))),
            (None, _) => return Err(Inapplicable::Impossible),
            (Some(own), _) => own,
        };
        Ok(Some(match *action {
            Action::Lock(amount) => Self {
                locked: own
                    .locked
                    .checked_add(amount)
                    .ok_or(Inapplicable::Impossible)?,
                t: own.t.topped_up(own.locked, amount),
                ..own
            },
            Action::Unlock(amount) => match own.locked.checked_sub(amount) {
                None => return Err(Inapplicable::Impossible),
                Some(Units::ZERO) => return Ok(None),
                Some(locked) => Self { locked, ..own },
            },
            Action::Vote(miner) if !registered(miner) => return Err(Inapplicable::Void),
            Action::Vote(miner) if own.miner == Some(miner) => own,
            Action::Vote(miner) => Self {
                t: match own.miner {
                    Some(_) => own.t.halved(1),
                    None => own.t,
                },
                miner: Some(miner),
                ..own
            },
            Action::Withdraw if own.miner.is_none() => return Err(Inapplicable::Void),
            Action::Withdraw => Self {
                t: own.t.halved(1),
                miner: None,
                ..own
            },
            Action::Register(..) | Action::Resign => own,
        }))
    }
}

/// What judging an action takes beside the projected position and the balance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Facts {
    /// The least a position holds.
    pub min_lock: Units,
    /// The registered miner that the account owns.
    pub owns: Option<MinerId>,
    /// Of a vote: whether the miner is registered as of the end of the last round.
    pub registered: bool,
    /// Of a registration: whether the name has a holder.
    pub name_taken: bool,
}

impl Pending {
    /// Judges an action as section 3 does, all but whether the balance covers what it takes ([`Action::takes`]), and
    /// makes this the projection with it. A rejected action changes nothing.
    pub fn accept(&mut self, action: &Action, facts: &Facts) -> Result<(), Rejection> {
        let min_lock = facts.min_lock;
        match *action {
            Action::Lock(Units::ZERO) | Action::Unlock(Units::ZERO) => {
                return Err(Rejection::NoAmount);
            }
            // Nobody has as much as overflows: the balance is too small.
            Action::Lock(amount) => {
                if let Some(locked) = self.locked.checked_add(amount) {
                    if locked < min_lock {
                        return Err(Rejection::BelowMinLock { locked, min_lock });
                    }
                    self.locked = locked;
                }
            }
            Action::Unlock(_) | Action::Vote(_) | Action::Withdraw
                if self.locked == Units::ZERO =>
            {
                return Err(Rejection::NoPosition);
            }
            Action::Unlock(asked) => {
                let locked = self.locked;
                let Some(rest) = locked.checked_sub(asked) else {
                    return Err(Rejection::AboveLocked { asked, locked });
                };
                if rest > Units::ZERO && rest < min_lock {
                    return Err(Rejection::BelowMinLock {
                        locked: rest,
                        min_lock,
                    });
                }
                self.locked = rest;
                if rest == Units::ZERO {
                    self.vote = None;
                }
            }
            Action::Vote(miner) if !facts.registered => {
                return Err(Rejection::NotRegistered(miner));
            }
            Action::Vote(miner) => self.vote = Some(miner),
            Action::Withdraw => {
                self.vote.take().ok_or(Rejection::NoVote)?;
            }
            Action::Register(name, _) => self.accept_registration(name, facts)?,
            Action::Resign if facts.owns.is_none() => return Err(Rejection::OwnsNoMiner),
            Action::Resign if self.resigns => return Err(Rejection::ResignsAlready),
            // It changes no projected position, not even the owner's.
            Action::Resign => self.resigns = true,
        }
        Ok(())
    }

    fn accept_registration(&mut self, name: MinerName, facts: &Facts) -> Result<(), Rejection> {
        if let Some(miner) = facts.owns {
            return Err(Rejection::OwnsMiner(miner));
        }
        if self.registers {
            return Err(Rejection::RegistersAlready);
        }
        if facts.name_taken {
            return Err(Rejection::NameTaken(name));
        }
        self.registers = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
