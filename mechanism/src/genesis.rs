//! The state before the first block.

use crate::{
    Account, CohortNode, Cohorts, Error, Globals, Hash, Mechanism, Miner, MinerId, MinerName,
    NameHolder, Params, PositionRecord, Round, Standing, Standings, Store, Tally, TallyEntry,
    TimeGain, Units, Votes,
    draw::{self, Draw},
    error::GenesisError,
    holding::{self, Joined},
    performance::V_ONE,
    weight,
};
use alloc::{collections::BTreeMap, vec, vec::Vec};
use core::iter;

/// What a chain begins with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Genesis<A> {
    /// Time of genesis in seconds.
    pub timestamp: u64,
    /// The beacon of genesis.
    pub beacon: Hash,
    /// Accounts and what they have free, beside their position. Owners and holders of positions exist anyway.
    pub accounts: Vec<(A, Units)>,
    /// Miners 0, 1, 2 ...; they have no deposit.
    pub miners: Vec<GenesisMiner<A>>,
    /// Positions, at most one an account.
    pub positions: Vec<GenesisPosition<A>>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GenesisMiner<A> {
    /// Its account.
    pub owner: A,
    pub name: MinerName,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GenesisPosition<A> {
    /// Whose it is.
    pub account: A,
    /// `T`.
    pub locked: Units,
    pub t: TimeGain,
    /// The miner it votes for.
    pub miner: Option<MinerId>,
}

impl<A> Genesis<A> {
    /// The globals before anything is founded.
    fn globals(&self) -> Globals {
        Globals {
            genesis_timestamp: self.timestamp,
            timestamp: self.timestamp,
            beacon: self.beacon,
            average: V_ONE,
            ..Globals::default()
        }
    }
}

type Failure<S> = GenesisError<<S as Store>::Account, <S as Store>::Error>;

impl<E, A> From<Error<E>> for GenesisError<A, E> {
    fn from(error: Error<E>) -> Self {
        Self::Mechanism(error)
    }
}

impl<S: Store> Mechanism<S> {
    /// Writes the state of genesis into an empty store, with the committees of rounds 0 and 1. Positions are read in
    /// their order; nothing but ids of cohorts depends on it.
    pub fn genesis(
        params: Params,
        store: S,
        genesis: Genesis<S::Account>,
    ) -> Result<Self, Failure<S>> {
        Self::genesis_with(params, store, genesis, iter::empty())
    }

    /// The same with `more` positions after those of `genesis`, which need not all be in memory at once: what to use
    /// for millions of them. An index in an error counts the positions of both.
    pub fn genesis_with(
        params: Params,
        store: S,
        genesis: Genesis<S::Account>,
        more: impl IntoIterator<Item = GenesisPosition<S::Account>>,
    ) -> Result<Self, Failure<S>> {
        params.check()?;
        let mut mechanism = Self { params, store };
        let mut globals = genesis.globals();
        let positions = genesis.positions.into_iter().chain(more);
        // Most accounts with a position have no other entry, or all have one.
        let accounts = genesis.accounts.len().max(positions.size_hint().0);
        mechanism.store.expect_accounts(accounts);
        mechanism.found_accounts(&mut globals, genesis.accounts)?;
        mechanism.found_miners(&mut globals, genesis.miners)?;
        mechanism.found_positions(&mut globals, positions)?;
        if !globals.within_range() {
            return Err(GenesisError::Supply);
        }
        mechanism.found_committees(&globals)?;
        mechanism
            .store
            .put_globals(globals)
            .map_err(|error| GenesisError::Mechanism(Error::Store(error)))?;
        Ok(mechanism)
    }

    fn found_accounts(
        &mut self,
        globals: &mut Globals,
        accounts: Vec<(S::Account, Units)>,
    ) -> Result<(), Failure<S>> {
        for (index, (account, free)) in accounts.into_iter().enumerate() {
            if self
                .store
                .account(&account)
                .map_err(Error::Store)?
                .is_some()
            {
                return Err(GenesisError::AccountTwice { index, account });
            }
            let sum = globals.genesis_supply.checked_add(free);
            globals.genesis_supply = sum.ok_or(GenesisError::Supply)?;
            let record = Account { free, miner: None };
            self.store
                .put_account(&account, record)
                .map_err(Error::Store)?;
        }
        Ok(())
    }

    fn found_miners(
        &mut self,
        globals: &mut Globals,
        miners: Vec<GenesisMiner<S::Account>>,
    ) -> Result<(), Failure<S>> {
        let mut pages: BTreeMap<u32, Standings> = BTreeMap::new();
        for (index, GenesisMiner { owner, name }) in miners.into_iter().enumerate() {
            let id = MinerId(globals.next_miner);
            let next = globals.next_miner.checked_add(1);
            globals.next_miner = next.ok_or(GenesisError::TooManyMiners)?;
            let account = self.store.account(&owner).map_err(Error::Store)?;
            let account = account.unwrap_or_default();
            if account.miner.is_some() {
                return Err(GenesisError::OwnerTwice {
                    index,
                    account: owner,
                });
            }
            if self.store.name(&name).map_err(Error::Store)?.is_some() {
                return Err(GenesisError::NameTwice { index, name });
            }
            let miner = Some(id);
            let record = Account { miner, ..account };
            self.store
                .put_account(&owner, record)
                .map_err(Error::Store)?;
            self.store
                .put_name(&name, Some(NameHolder::Miner(id)))
                .map_err(Error::Store)?;
            let record = Miner {
                owner,
                name,
                deposit: Units::ZERO,
            };
            self.store
                .put_miner(id, Some(record))
                .map_err(Error::Store)?;
            let standing = Standing::new(Votes::ZERO, 0, 0);
            pages
                .entry(Standings::page_of(id))
                .or_default()
                .insert(id, standing);
        }
        let directory = pages.keys().copied().collect();
        self.store.put_directory(directory).map_err(Error::Store)?;
        for (page, standings) in pages {
            self.store
                .put_standings(page, standings)
                .map_err(Error::Store)?;
        }
        Ok(())
    }

    fn found_positions(
        &mut self,
        globals: &mut Globals,
        positions: impl Iterator<Item = GenesisPosition<S::Account>>,
    ) -> Result<(), Failure<S>> {
        // A position holds something, whatever the parameter says.
        let min_lock = self.params.min_lock.max(Units(1));
        // The cohorts of no miner, then those of each: positions join them here, and the store gets each once.
        let mut roll = vec![Cohorts::default(); globals.next_miner as usize + 1];
        for (index, position) in positions.enumerate() {
            let GenesisPosition {
                account,
                locked,
                t,
                miner,
            } = position;
            if locked < min_lock {
                return Err(GenesisError::BelowMinLock {
                    index,
                    locked,
                    min_lock,
                });
            }
            if let Some(miner) = miner.filter(|miner| miner.0 >= globals.next_miner) {
                return Err(GenesisError::UnknownMiner { index, miner });
            }
            let cohorts = &mut roll[miner.map_or(0, |miner| miner.0 as usize + 1)];
            let sum = globals.genesis_supply.checked_add(locked);
            globals.genesis_supply = sum.ok_or(GenesisError::Supply)?;
            let sum = globals.locked.checked_add(locked);
            globals.locked = sum.ok_or(GenesisError::Supply)?;
            let weight = weight::w(locked);
            let Joined { id, new, .. } = holding::enter(cohorts, globals, t, weight)?;
            if new {
                self.store
                    .put_cohort_node(id, Some(CohortNode::Live(miner)))
                    .map_err(Error::Store)?;
            }
            let position = PositionRecord {
                locked,
                weight,
                cohort: id,
                base: 0,
            };
            if !self
                .store
                .found_position(&account, position)
                .map_err(Error::Store)?
            {
                return Err(GenesisError::PositionTwice { index, account });
            }
        }
        for page in self.store.directory().map_err(Error::Store)? {
            let mut standings = self.store.standings(page).map_err(Error::Store)?;
            for (id, standing) in &mut standings.0 {
                standing.votes = roll
                    .get(id.0 as usize + 1)
                    .map_or(Votes::ZERO, Cohorts::votes);
            }
            self.store
                .put_standings(page, standings)
                .map_err(Error::Store)?;
        }
        for (place, cohorts) in roll.into_iter().enumerate() {
            if !cohorts.is_empty() {
                // Miners are counted in 32 bits.
                let miner = place.checked_sub(1).map(|id| MinerId(id as u32));
                self.store
                    .put_cohorts(miner, cohorts)
                    .map_err(Error::Store)?;
            }
        }
        Ok(())
    }

    fn found_committees(&mut self, globals: &Globals) -> Result<(), Failure<S>> {
        let standings = self.standings()?;
        for round in [Round(0), Round(1)] {
            let candidates = draw::candidates(&standings, globals.average, |_| true);
            let found = candidates.len();
            let receipt = Draw {
                params: &self.params,
                round,
                beacon: &globals.beacon,
                average: globals.average,
            }
            .hold(candidates, Vec::new())
            .ok_or(Error::Damaged("the weights exceed 128 bits"))?;
            if receipt.kept {
                return Err(GenesisError::TooFewCandidates {
                    candidates: found,
                    required: self.params.min_committee,
                });
            }
            if round == Round::ZERO {
                let tally = vec![TallyEntry::default(); receipt.members.len()];
                self.store.put_tally(Tally(tally)).map_err(Error::Store)?;
            }
            self.store
                .put_committee(round, Some(receipt.members))
                .map_err(Error::Store)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
