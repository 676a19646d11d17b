//! The mechanism over a store: blocks, fees and readers.

use crate::{
    Error, Globals, MinerId, Params, Position, PositionRecord, Standing, Standings, Store, Units,
    holding::{self, Spent},
    schedule,
};

/// The mechanism over a store.
///
/// For each block, in this order: [`request`](Self::request) and [`charge_fee`](Self::charge_fee) for what it
/// holds, then [`block`](Self::block); after the last block of a round, [`end_round`](Self::end_round).
#[derive(Clone, Debug)]
pub struct Mechanism<S> {
    pub(crate) params: Params,
    pub(crate) store: S,
}

/// A position as it is now, and what it came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PositionView {
    pub position: Position,
    /// What it has earned and not spent.
    pub earned: Units,
}

/// A position as it will be when the requests of its account that were accepted in this round have taken effect.
/// Its time gain isn't known before the round ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProjectedPosition {
    /// `T`.
    pub locked: Units,
    /// The miner it will vote for, if that miner isn't resigning.
    pub miner: Option<MinerId>,
}

impl<S: Store> Mechanism<S> {
    /// The mechanism over a store that went through [`genesis`](Self::genesis) with the same parameters.
    pub const fn open(params: Params, store: S) -> Self {
        Self { params, store }
    }

    pub const fn params(&self) -> &Params {
        &self.params
    }

    pub const fn store(&self) -> &S {
        &self.store
    }

    /// The store, for whoever keeps other records in it.
    pub const fn store_mut(&mut self) -> &mut S {
        &mut self.store
    }

    /// Gives back the store.
    pub fn into_store(self) -> S {
        self.store
    }

    pub fn globals(&self) -> Result<Globals, Error<S::Error>> {
        Ok(self.store.globals()?)
    }

    /// Takes a fee from an account's balance, from `free` first and then from earned bonus; it joins the fees of the
    /// round. Answers what of it came from earned bonus, or `None` if the balance is too small, and then nothing happens.
    pub fn charge_fee(
        &mut self,
        account: &S::Account,
        fee: Units,
    ) -> Result<Option<Units>, Error<S::Error>> {
        self.check_round_runs()?;
        let mut globals = self.store.globals()?;
        match holding::spend(&mut self.store, &mut globals, account, fee)? {
            Spent::Short(_) => Ok(None),
            Spent::Taken(from_earned) => {
                globals.fees_pending = holding::add(globals.fees_pending, fee, "fees")?;
                self.store.put_globals(globals)?;
                Ok(Some(from_earned))
            }
        }
    }

    /// Adds fees that come from no account of this mechanism. Invariant 1 counts them as supply of their own.
    pub fn collect_fees(&mut self, fees: Units) -> Result<(), Error<S::Error>> {
        self.check_round_runs()?;
        let mut globals = self.store.globals()?;
        globals.fees_pending = holding::add(globals.fees_pending, fees, "fees")?;
        globals.outside_fees = holding::add(globals.outside_fees, fees, "fees from outside")?;
        if !globals.within_range() {
            return Err(Error::Overflow(
                "fees from outside with all amounts there are or will be",
            ));
        }
        Ok(self.store.put_globals(globals)?)
    }

    /// Ends a block: `producer` made it at `timestamp` (seconds, never before its parent's; a chain asks for more),
    /// and the slots between its parent and it were those of `missed`, with repetition. Credits the producer reward
    /// and answers it.
    pub fn block(
        &mut self,
        producer: MinerId,
        missed: &[MinerId],
        timestamp: u64,
    ) -> Result<Units, Error<S::Error>> {
        let mut globals = self.running()?;
        if timestamp < globals.timestamp {
            return Err(Error::Timestamp {
                timestamp,
                parent: globals.timestamp,
            });
        }
        let round = globals.round;
        let committee = self
            .store
            .committee(round)?
            .ok_or(Error::Damaged("the running round has no committee"))?;
        let mut tally = self.store.tally()?;
        let mut count = |miner: MinerId, produced: u64, missed: u64| {
            let place = committee.iter().position(|member| *member == miner);
            let entry = place.and_then(|place| tally.0.get_mut(place));
            let entry = entry.ok_or(Error::NotInCommittee { miner, round })?;
            entry.produced = entry.produced.saturating_add(produced);
            entry.missed = entry.missed.saturating_add(missed);
            Ok::<_, Error<S::Error>>(())
        };
        count(producer, 1, 0)?;
        missed.iter().try_for_each(|miner| count(*miner, 0, 1))?;
        self.store.put_tally(tally)?;

        // `running` made sure that there is a next height.
        globals.height = globals.height.next();
        globals.timestamp = timestamp;
        let (reward, bonus) = (
            schedule::reward(globals.height),
            schedule::bonus(globals.height),
        );
        globals.rewards_issued = holding::add(globals.rewards_issued, reward, "rewards")?;
        globals.bonus_issued = holding::add(globals.bonus_issued, bonus, "bonus")?;
        self.store.put_globals(globals)?;
        if reward > Units::ZERO {
            let owner = self.owner(producer)?;
            holding::credit(&mut self.store, &owner, reward)?;
        }
        Ok(reward)
    }

    /// What an account can spend: free and earned; 0 if it doesn't exist.
    pub fn balance(&self, account: &S::Account) -> Result<Units, Error<S::Error>> {
        let Some(record) = self.store.account(account)? else {
            return Ok(Units::ZERO);
        };
        let Some(position) = self.store.position(account)? else {
            return Ok(record.free);
        };
        let earned = holding::earned(&self.store, &position)?;
        holding::add(record.free, earned, "a balance")
    }

    /// An account's position as it is now.
    pub fn position(&self, account: &S::Account) -> Result<Option<PositionView>, Error<S::Error>> {
        let Some(position) = self.store.position(account)? else {
            return Ok(None);
        };
        let (position, gains) = self.stands(&position)?;
        Ok(Some(PositionView {
            position,
            earned: holding::whole(gains),
        }))
    }

    /// The position that a record is now, and what it has gained and not spent, in units of 2^-64.
    pub fn stands(&self, record: &PositionRecord) -> Result<(Position, u128), Error<S::Error>> {
        let place = holding::place(&self.store, record)?;
        let cohort = holding::cohort_at(&self.store, &place)?;
        let position = holding::stands(record, &place, &cohort);
        Ok((position, holding::gains(record, &place, &cohort)))
    }

    /// An account's position as it will be once its requests accepted in this round have taken effect; `None` if
    /// there will be none.
    pub fn projected_position(
        &self,
        account: &S::Account,
    ) -> Result<Option<ProjectedPosition>, Error<S::Error>> {
        let pending = self.projection(account)?;
        Ok((pending.locked > Units::ZERO).then_some(ProjectedPosition {
            locked: pending.locked,
            miner: pending.vote,
        }))
    }

    /// A miner's votes and counters as of the end of the last round; `None` if it isn't registered and doesn't serve.
    pub fn standing(&self, miner: MinerId) -> Result<Option<Standing>, Error<S::Error>> {
        let page = self.store.standings(Standings::page_of(miner))?;
        Ok(page.get(miner).copied())
    }

    /// All standings by rising miner id.
    pub fn standings(&self) -> Result<alloc::vec::Vec<(MinerId, Standing)>, Error<S::Error>> {
        let mut all = alloc::vec::Vec::new();
        for page in self.store.directory()? {
            all.extend(self.store.standings(page)?.0);
        }
        Ok(all)
    }

    /// The account that owns a miner.
    pub(crate) fn owner(&self, miner: MinerId) -> Result<S::Account, Error<S::Error>> {
        let record = self.store.miner(miner)?;
        let record = record.ok_or(Error::Damaged("a member of a committee has no record"))?;
        Ok(record.owner)
    }

    pub(crate) fn check_round_runs(&self) -> Result<(), Error<S::Error>> {
        self.running().map(|_| ())
    }

    /// The globals, if the round has a block to come.
    fn running(&self) -> Result<Globals, Error<S::Error>> {
        let globals = self.store.globals()?;
        let last = self.params.last_height(globals.round);
        let last = last.ok_or(Error::Overflow("heights"))?;
        if globals.height >= last {
            return Err(Error::RoundComplete(globals.round));
        }
        Ok(globals)
    }

    /// The place in its round of the block that comes next: 0, 1, 2 ...
    pub(crate) fn block_of_round(&self) -> Result<u32, Error<S::Error>> {
        let globals = self.store.globals()?;
        let first = self.params.first_height(globals.round);
        let block = first.and_then(|first| globals.height.checked_add(1)?.0.checked_sub(first.0));
        block
            .and_then(|block| u32::try_from(block).ok())
            .ok_or(Error::Damaged("the height is outside of the round"))
    }
}

impl Globals {
    /// Whether all amounts there are, and all that will be issued, fit in 2^64 units together. True from genesis on,
    /// so that no sum of amounts that belong to somebody can overflow.
    pub(crate) fn within_range(&self) -> bool {
        [
            self.genesis_supply,
            self.outside_fees,
            schedule::REWARD_TOTAL,
            schedule::BONUS_TOTAL,
        ]
        .into_iter()
        .try_fold(Units::ZERO, Units::checked_add)
        .is_some()
    }
}
