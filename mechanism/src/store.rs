//! Where the state lives.
//!
//! The mechanism reads and writes whole records through [`Store`]. Which records a call touches:
//!
//! * a request: the globals, the account, its position and its [`Pending`] record, the nodes of its cohort (the id in
//!   the position, then the ids it was merged into), the standing of a miner voted for, the recipient of a transfer,
//!   a name;
//! * a block: the globals, the committee, the [`Tally`], the producer's miner record and its owner's account;
//! * the end of a round: the committees of the next two rounds, the directory and every page of standings (small, 64
//!   miners a page), the cohorts, miner records and owners' accounts of the committee's members, the cohorts of all
//!   miners if a day boundary was crossed, the retiring miners, and for each accepted request what it names.
//!
//! Reads may come in any order and repeatedly. A store that loads records from elsewhere may answer an error for "not
//! loaded yet": the call then ends with [`Error::Store`](crate::Error::Store), having written an arbitrary part of its
//! changes, and is run again on a store without them.

use crate::{
    Action, Cohort, CohortId, CohortNode, Cohorts, Day, Hash, Height, MinerId, MinerName, Pending,
    Round, Standing, Units,
};
use alloc::{boxed::Box, vec::Vec};

/// Records of the mechanism by key. `put` with `None` removes a record.
pub trait Store {
    /// What names an account.
    type Account: Ord + Clone;
    /// Why a record can't be had.
    type Error;

    /// The globals; every store that went through genesis has them.
    fn globals(&self) -> Result<Globals, Self::Error>;
    fn put_globals(&mut self, globals: Globals) -> Result<(), Self::Error>;

    /// The counts of the running round; empty before genesis.
    fn tally(&self) -> Result<Tally, Self::Error>;
    /// Writes the counts of the running round.
    fn put_tally(&mut self, tally: Tally) -> Result<(), Self::Error>;

    /// An account, if it exists.
    fn account(&self, id: &Self::Account) -> Result<Option<Account>, Self::Error>;
    /// Writes an account. Accounts never end.
    fn put_account(&mut self, id: &Self::Account, account: Account) -> Result<(), Self::Error>;

    /// An account's position; the account exists.
    fn position(&self, id: &Self::Account) -> Result<Option<PositionRecord>, Self::Error>;
    /// Writes or removes an account's position; the account exists.
    fn put_position(
        &mut self,
        id: &Self::Account,
        position: Option<PositionRecord>,
    ) -> Result<(), Self::Error>;

    /// Writes a position of genesis, and its account if there is none. Answers false, having written nothing, if the
    /// account has a position. A store may do all of this in one look-up.
    fn found_position(
        &mut self,
        id: &Self::Account,
        position: PositionRecord,
    ) -> Result<bool, Self::Error> {
        if self.position(id)?.is_some() {
            return Ok(false);
        }
        if self.account(id)?.is_none() {
            self.put_account(id, Account::default())?;
        }
        self.put_position(id, Some(position))?;
        Ok(true)
    }
    /// A hint: about this many accounts are to come. Does nothing unless a store makes use of it.
    fn expect_accounts(&mut self, count: usize) {
        let _ = count;
    }

    /// What an account's accepted requests of the running round will make of its position.
    fn pending(&self, id: &Self::Account) -> Result<Option<Pending>, Self::Error>;
    /// Writes or removes it.
    fn put_pending(
        &mut self,
        id: &Self::Account,
        pending: Option<Pending>,
    ) -> Result<(), Self::Error>;

    /// A miner that is registered or still serves.
    fn miner(&self, id: MinerId) -> Result<Option<Miner<Self::Account>>, Self::Error>;
    /// Writes or removes a miner.
    fn put_miner(
        &mut self,
        id: MinerId,
        miner: Option<Miner<Self::Account>>,
    ) -> Result<(), Self::Error>;

    /// The pages of standings that exist, rising.
    fn directory(&self) -> Result<Vec<u32>, Self::Error>;
    fn put_directory(&mut self, pages: Vec<u32>) -> Result<(), Self::Error>;

    /// A page of standings: those of the miners `64 * page .. 64 * (page + 1)`; empty if it doesn't exist.
    fn standings(&self, page: u32) -> Result<Standings, Self::Error>;
    /// Writes a page; an empty one is removed.
    fn put_standings(&mut self, page: u32, standings: Standings) -> Result<(), Self::Error>;

    /// The live cohorts of a miner, or of the positions that vote for none; empty if there are none.
    fn cohorts(&self, miner: Option<MinerId>) -> Result<Cohorts, Self::Error>;
    /// Writes them; empty ones are removed.
    fn put_cohorts(&mut self, miner: Option<MinerId>, cohorts: Cohorts) -> Result<(), Self::Error>;
    /// One live cohort of a miner. A store that holds them decoded may answer without a copy of all.
    fn cohort(&self, miner: Option<MinerId>, id: CohortId) -> Result<Option<Cohort>, Self::Error> {
        Ok(self.cohorts(miner)?.find(id).copied())
    }

    /// Where a cohort's id leads.
    fn cohort_node(&self, id: CohortId) -> Result<Option<CohortNode>, Self::Error>;
    /// Writes or frees it.
    fn put_cohort_node(
        &mut self,
        id: CohortId,
        node: Option<CohortNode>,
    ) -> Result<(), Self::Error>;

    /// Who has a name.
    fn name(&self, name: &MinerName) -> Result<Option<NameHolder>, Self::Error>;
    /// Writes or frees it.
    fn put_name(&mut self, name: &MinerName, holder: Option<NameHolder>)
    -> Result<(), Self::Error>;

    /// The requests accepted in the `block`th block (0, 1 ...) of the running round, in order; empty if there are none.
    fn requests(&self, block: u32) -> Result<Vec<Queued<Self::Account>>, Self::Error>;
    /// Adds an accepted request.
    fn push_request(
        &mut self,
        block: u32,
        request: Queued<Self::Account>,
    ) -> Result<(), Self::Error>;
    /// Removes the requests of a block.
    fn clear_requests(&mut self, block: u32) -> Result<(), Self::Error>;

    /// The committee of a round in the order drawn: known for the running round and the next, `None` for others.
    fn committee(&self, round: Round) -> Result<Option<Vec<MinerId>>, Self::Error>;
    /// Writes or removes a committee.
    fn put_committee(
        &mut self,
        round: Round,
        committee: Option<Vec<MinerId>>,
    ) -> Result<(), Self::Error>;

    /// The resigned miners whose deposit is not yet returned, rising.
    fn retiring(&self) -> Result<Vec<MinerId>, Self::Error>;
    /// Writes them.
    fn put_retiring(&mut self, miners: Vec<MinerId>) -> Result<(), Self::Error>;
}

/// Figures there is one of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Globals {
    /// The running round.
    pub round: Round,
    /// Height of the last block; 0 after genesis.
    pub height: Height,
    /// Time of genesis in seconds.
    pub genesis_timestamp: u64,
    /// Time of the last block in seconds.
    pub timestamp: u64,
    /// `day` of the last block of the previous round (of genesis in round 0).
    pub day: Day,
    /// Beacon of the last block of the previous round (of genesis in round 0): keys the order of slots.
    pub beacon: Hash,
    /// The id the next miner gets.
    pub next_miner: u32,
    /// The id the next cohort gets.
    pub next_cohort: u64,
    /// `v_avg` times 2^32.
    pub average: u64,
    /// Bonus carried over from the previous round.
    pub carry: Units,
    /// Fees that are collected and not yet shared.
    pub fees_pending: Units,
    /// Free and locked amounts at genesis.
    pub genesis_supply: Units,
    /// Fees that came from no account ([`Mechanism::collect_fees`](crate::Mechanism::collect_fees)).
    pub outside_fees: Units,
    /// Producer rewards so far.
    pub rewards_issued: Units,
    /// Voter bonus issued so far: the sum of `bonus(h)`.
    pub bonus_issued: Units,
    /// Earned bonus that was spent or joined `free`.
    pub bonus_drawn: Units,
    /// Amounts locked, with those accepted to be locked and those accepted to be unlocked but not yet so.
    pub locked: Units,
    /// Deposits, with those of accepted registrations.
    pub deposits: Units,
}

/// What the members of the running committee did so far, in the committee's order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally(pub Vec<TallyEntry>);

/// What one member did in the running round.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TallyEntry {
    /// Blocks it produced.
    pub produced: u64,
    /// Slots it missed.
    pub missed: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Account {
    /// What it can spend besides earned bonus.
    pub free: Units,
    /// The registered miner it owns.
    pub miner: Option<MinerId>,
}

/// What the store keeps of a [`Position`](crate::Position), whose miner and time gain are those of its cohort.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PositionRecord {
    /// `T`, at least 1 unit.
    pub locked: Units,
    /// `w(T)`.
    pub weight: u64,
    /// The cohort it joined.
    pub cohort: CohortId,
    /// What it has gained and not yet spent is `base + weight * gain` in units of 2^-64, modulo 2^128, where `gain` is
    /// that of the cohort it joined.
    pub base: u128,
}

/// A miner: what never changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Miner<A> {
    /// Its account.
    pub owner: A,
    pub name: MinerName,
    /// Its deposit; none for miners of genesis.
    pub deposit: Units,
}

/// A page of standings by rising miner id.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Standings(pub Vec<(MinerId, Standing)>);

impl Standings {
    /// Miners of a page.
    pub const PAGE: u32 = 64;

    pub const fn page_of(id: MinerId) -> u32 {
        id.0 / Self::PAGE
    }

    /// A miner's standing.
    pub fn get(&self, id: MinerId) -> Option<&Standing> {
        let index = self.0.binary_search_by_key(&id, |(other, _)| *other).ok()?;
        self.0.get(index).map(|(_, standing)| standing)
    }

    pub(crate) fn insert(&mut self, id: MinerId, standing: Standing) {
        match self.0.binary_search_by_key(&id, |(other, _)| *other) {
            Ok(index) => self.0[index].1 = standing,
            Err(index) => self.0.insert(index, (id, standing)),
        }
    }
}

/// Who has a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NameHolder {
    /// A registered miner.
    Miner(MinerId),
    /// A registration accepted in the running round.
    Asked,
}

/// A request accepted in the running round, which takes effect at its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Queued<A> {
    /// Who asked.
    pub account: A,
    pub action: Action,
}

macro_rules! forward {
    ($($(#[$mutable:ident])? $name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
        $(forward!(@one $($mutable)? $name($($argument: $type),*) -> $result);)*
    };
    (@one mutable $name:ident($($argument:ident: $type:ty),*) -> $result:ty) => {
        fn $name(&mut self, $($argument: $type),*) -> Result<$result, Self::Error> {
            (**self).$name($($argument),*)
        }
    };
    (@one $name:ident($($argument:ident: $type:ty),*) -> $result:ty) => {
        fn $name(&self, $($argument: $type),*) -> Result<$result, Self::Error> {
            (**self).$name($($argument),*)
        }
    };
}

macro_rules! forward_store {
    ($target:ty) => {
        impl<S: Store + ?Sized> Store for $target {
            type Account = S::Account;
            type Error = S::Error;

            fn expect_accounts(&mut self, count: usize) {
                (**self).expect_accounts(count);
            }

            forward! {
                globals() -> Globals;
                #[mutable] put_globals(globals: Globals) -> ();
                tally() -> Tally;
                #[mutable] put_tally(tally: Tally) -> ();
                account(id: &S::Account) -> Option<Account>;
                #[mutable] put_account(id: &S::Account, account: Account) -> ();
                position(id: &S::Account) -> Option<PositionRecord>;
                #[mutable] put_position(id: &S::Account, position: Option<PositionRecord>) -> ();
                #[mutable] found_position(id: &S::Account, position: PositionRecord) -> bool;
                pending(id: &S::Account) -> Option<Pending>;
                #[mutable] put_pending(id: &S::Account, pending: Option<Pending>) -> ();
                miner(id: MinerId) -> Option<Miner<S::Account>>;
                #[mutable] put_miner(id: MinerId, miner: Option<Miner<S::Account>>) -> ();
                directory() -> Vec<u32>;
                #[mutable] put_directory(pages: Vec<u32>) -> ();
                standings(page: u32) -> Standings;
                #[mutable] put_standings(page: u32, standings: Standings) -> ();
                cohorts(miner: Option<MinerId>) -> Cohorts;
                #[mutable] put_cohorts(miner: Option<MinerId>, cohorts: Cohorts) -> ();
                cohort(miner: Option<MinerId>, id: CohortId) -> Option<Cohort>;
                cohort_node(id: CohortId) -> Option<CohortNode>;
                #[mutable] put_cohort_node(id: CohortId, node: Option<CohortNode>) -> ();
                name(name: &MinerName) -> Option<NameHolder>;
                #[mutable] put_name(name: &MinerName, holder: Option<NameHolder>) -> ();
                requests(block: u32) -> Vec<Queued<S::Account>>;
                #[mutable] push_request(block: u32, request: Queued<S::Account>) -> ();
                #[mutable] clear_requests(block: u32) -> ();
                committee(round: Round) -> Option<Vec<MinerId>>;
                #[mutable] put_committee(round: Round, committee: Option<Vec<MinerId>>) -> ();
                retiring() -> Vec<MinerId>;
                #[mutable] put_retiring(miners: Vec<MinerId>) -> ();
            }
        }
    };
}

forward_store!(&mut S);
forward_store!(Box<S>);
