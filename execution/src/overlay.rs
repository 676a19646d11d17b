//! The records a block touches, decoded in memory, between a [`Source`](crate::Source) and a changeset.

use crate::table::Table;
use etm_mechanism::{
    Account, Cohort, CohortId, CohortNode, Cohorts, Globals, Miner, MinerId, MinerName, NameHolder,
    Pending, PositionRecord, Queued, Standings, Store, Tally, Units,
};
use etm_types::codec::{DecodeError, from_bytes, to_bytes};
use etm_types::state::{AccountRecord, ChainRecord, NodeRecord, Presence, Record, RoundRecord};
use etm_types::{Address, BlsPublicKey, Committee, NodeKey, Round, StateKey};
use std::collections::{BTreeMap, BTreeSet};

/// Declares the tables: for each, a field, a key variant with the type of its key, the type of its value and the record.
macro_rules! tables {
    ($($field:ident: $variant:ident($key:ty) => $value:ty, |$bind:pat_param| $record:expr;)*) => {
        /// What names a record: [`Record`], owned.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(clippy::enum_variant_names, reason = "a node key is called that")]
        pub(crate) enum Key {
            $($variant($key),)*
        }

        impl Key {
            pub fn state_key(&self) -> StateKey {
                match self {
                    $(Self::$variant($bind) => $record.key(),)*
                }
            }
        }

        /// Decoded records and what a block makes of them.
        #[derive(Clone, Debug, Default)]
        pub(crate) struct Overlay {
            /// Whether what is not loaded does not exist (the state before genesis).
            pub complete: bool,
            /// Committees drawn by this block; their members' keys are looked up when it is complete.
            pub drawn: BTreeMap<Round, Vec<MinerId>>,
            /// Those whose live cohorts' nodes are known, see [`Overlay::know_live`].
            pub live_known: BTreeSet<Option<MinerId>>,
            $(pub $field: Table<$key, $value>,)*
        }

        impl Overlay {
            /// Whether the stored value of a record is known.
            pub fn is_loaded(&self, key: &Key) -> bool {
                match key {
                    $(Key::$variant(key) => self.$field.is_loaded(key),)*
                }
            }

            /// Notes the stored value of a record.
            pub fn load(&mut self, key: &Key, bytes: Option<&[u8]>) -> Result<(), DecodeError> {
                match key {
                    $(Key::$variant(key) => {
                        let value = bytes.map(from_bytes::<$value>).transpose()?;
                        self.$field.load(key.clone(), value);
                    })*
                }
                Ok(())
            }

            /// Forgets everything written.
            pub fn reset(&mut self) {
                self.drawn.clear();
                $(self.$field.reset();)*
            }

            /// Records written without knowing what is stored, in order.
            pub fn unknown(&self) -> BTreeSet<Key> {
                let mut unknown = BTreeSet::new();
                if !self.complete {
                    $(unknown.extend(self.$field.unknown().cloned().map(Key::$variant));)*
                }
                unknown
            }

            /// Every record that differs from what is stored, encoded, by key.
            pub fn changes(&self) -> BTreeMap<StateKey, Option<Vec<u8>>> {
                let mut changes = BTreeMap::new();
                $(changes.extend(self.$field.changes().map(|(key, _, new)| {
                    (Key::$variant(key.clone()).state_key(), new.map(to_bytes))
                }));)*
                changes
            }
        }
    };
}

tables! {
    chain: Chain(()) => ChainRecord, |_| Record::Chain;
    globals: Globals(()) => Globals, |_| Record::Globals;
    tally: Tally(()) => Tally, |_| Record::Tally;
    accounts: Account(Address) => AccountRecord, |address| Record::Account(address);
    positions: Position(Address) => PositionRecord, |address| Record::Position(address);
    pending: Pending(Address) => Pending, |address| Record::Pending(address);
    registrations: Registration(Address) => NodeRecord, |address| Record::Registration(address);
    miners: Miner(MinerId) => Miner<Address>, |id| Record::Miner(*id);
    nodes: Node(MinerId) => NodeRecord, |id| Record::Node(*id);
    node_keys: NodeKey(NodeKey) => Address, |key| Record::NodeKey(key);
    bls_keys: BlsKey(BlsPublicKey) => Address, |key| Record::BlsKey(key);
    presence: Presence(u32) => Presence, |page| Record::Presence(*page);
    directory: Directory(()) => Vec<u32>, |_| Record::Directory;
    standings: Standings(u32) => Standings, |page| Record::Standings(*page);
    cohorts: Cohorts(Option<MinerId>) => Cohorts, |miner| Record::Cohorts(*miner);
    cohort_nodes: CohortNode(CohortId) => CohortNode, |id| Record::CohortNode(*id);
    names: Name(MinerName) => NameHolder, |name| Record::Name(name);
    requests: Requests(u32) => Vec<Queued<Address>>, |block| Record::Requests(*block);
    committees: Committee(Round) => Committee, |round| Record::Committee(*round);
    retiring: Retiring(()) => Vec<MinerId>, |_| Record::Retiring;
    rounds: Round(Round) => RoundRecord, |round| Record::Round(*round);
}

/// A record was needed that is not loaded, or that must exist and does not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Miss {
    /// Not loaded yet.
    #[error("{0:?} was not read")]
    NotLoaded(Key),
    /// There is no such record, though there must be.
    #[error("the state lacks {0}")]
    Absent(&'static str),
}

/// Reads a record of a table: `read!(self, field, Variant, key)`.
macro_rules! read {
    ($overlay:expr, $field:ident, $variant:ident, $key:expr) => {
        match $overlay.$field.get($key) {
            Some(value) => Ok(value),
            None if $overlay.complete => Ok(None),
            None => Err(Miss::NotLoaded(Key::$variant($key.clone()))),
        }
    };
}
pub(crate) use read;

impl Overlay {
    /// The records to which links among these lead and that are not loaded.
    pub fn next_links(&self, keys: &BTreeSet<Key>) -> BTreeSet<Key> {
        let links = keys.iter().filter_map(|key| match key {
            Key::CohortNode(id) => match self.cohort_nodes.get(id)?? {
                CohortNode::Merged { into, .. } => Some(Key::CohortNode(*into)),
                CohortNode::Live(_) => None,
            },
            _ => None,
        });
        links.filter(|key| !self.is_loaded(key)).collect()
    }

    /// Notes the nodes of the live cohorts of a miner, if these are loaded: a live cohort's node says whose it is and
    /// nothing else, so it need not be read.
    pub fn know_live(&mut self, miner: Option<MinerId>) {
        if self.live_known.contains(&miner) {
            return;
        }
        let Some(cohorts) = self.cohorts.get(&miner) else {
            return;
        };
        for cohort in cohorts.map_or(&[][..], Cohorts::as_slice) {
            if !self.cohort_nodes.is_loaded(&cohort.id) {
                let node = CohortNode::Live(miner);
                self.cohort_nodes.load(cohort.id, Some(node));
            }
        }
        self.live_known.insert(miner);
    }

    /// Notes what the state holds under keys that were written without being read, where that follows from what was
    /// read: ids not given out yet name nothing, and a live cohort's node says whose it is.
    pub fn infer(&mut self) {
        let mut globals = self.globals.stored();
        let Some((
            _,
            Globals {
                next_miner,
                next_cohort,
                ..
            },
        )) = globals.next()
        else {
            return;
        };
        let (next_miner, next_cohort) = (MinerId(*next_miner), CohortId(*next_cohort));
        drop(globals);
        let new: Vec<CohortId> = self.cohort_nodes.unknown().copied().collect();
        for id in new.iter().filter(|id| **id >= next_cohort) {
            self.cohort_nodes.learn(id, || None);
        }
        if new.iter().any(|id| *id < next_cohort) {
            for (miner, cohorts) in self.cohorts.stored() {
                for cohort in cohorts.as_slice() {
                    self.cohort_nodes
                        .learn(&cohort.id, || Some(CohortNode::Live(*miner)));
                }
            }
        }
        let new: Vec<MinerId> = self.miners.unknown().copied().collect();
        for id in new.iter().filter(|id| **id >= next_miner) {
            self.miners.learn(id, || None);
            self.nodes.learn(id, || None);
        }
    }

    pub fn chain_record(&self) -> Result<ChainRecord, Miss> {
        read!(self, chain, Chain, &())?
            .copied()
            .ok_or(Miss::Absent("the chain record"))
    }

    /// An account with its nonce.
    pub fn account_record(&self, address: &Address) -> Result<Option<AccountRecord>, Miss> {
        Ok(read!(self, accounts, Account, address)?.copied())
    }

    /// A committee with its members' keys.
    pub fn full_committee(&self, round: Round) -> Result<Option<&Committee>, Miss> {
        read!(self, committees, Committee, &round)
    }

    /// What accounts that changed add to the sum of all free balances and to the number of accounts: additions,
    /// subtractions and new accounts.
    pub fn account_changes(&self) -> (u128, u128, u64) {
        let (mut added, mut removed, mut created) = (0, 0, 0);
        // Sums: the order of the table does not matter.
        for (_, old, new) in self.accounts.changes() {
            let free = |record: Option<&AccountRecord>| record.map_or(0, |r| u128::from(r.free.0));
            added += free(new);
            removed += free(old);
            created += u64::from(old.is_none() && new.is_some());
        }
        (added, removed, created)
    }
}

impl Store for Overlay {
    type Account = Address;
    type Error = Miss;

    fn globals(&self) -> Result<Globals, Miss> {
        match read!(self, globals, Globals, &())? {
            Some(globals) => Ok(*globals),
            None if self.complete => Ok(Globals::default()),
            None => Err(Miss::Absent("the globals")),
        }
    }

    fn put_globals(&mut self, globals: Globals) -> Result<(), Miss> {
        self.globals.put((), Some(globals));
        Ok(())
    }

    fn tally(&self) -> Result<Tally, Miss> {
        Ok(read!(self, tally, Tally, &())?.cloned().unwrap_or_default())
    }

    fn put_tally(&mut self, tally: Tally) -> Result<(), Miss> {
        self.tally.put((), Some(tally));
        Ok(())
    }

    fn account(&self, id: &Address) -> Result<Option<Account>, Miss> {
        Ok(self.account_record(id)?.map(|record| Account {
            free: record.free,
            miner: record.miner,
        }))
    }

    fn put_account(&mut self, id: &Address, account: Account) -> Result<(), Miss> {
        let nonce = self.account_record(id)?.map_or(0, |record| record.nonce);
        let record = AccountRecord {
            free: account.free,
            nonce,
            miner: account.miner,
        };
        self.accounts.put(*id, Some(record));
        Ok(())
    }

    fn position(&self, id: &Address) -> Result<Option<PositionRecord>, Miss> {
        Ok(read!(self, positions, Position, id)?.copied())
    }

    fn put_position(&mut self, id: &Address, position: Option<PositionRecord>) -> Result<(), Miss> {
        self.positions.put(*id, position);
        Ok(())
    }

    fn pending(&self, id: &Address) -> Result<Option<Pending>, Miss> {
        Ok(read!(self, pending, Pending, id)?.copied())
    }

    fn put_pending(&mut self, id: &Address, pending: Option<Pending>) -> Result<(), Miss> {
        self.pending.put(*id, pending);
        Ok(())
    }

    fn miner(&self, id: MinerId) -> Result<Option<Miner<Address>>, Miss> {
        Ok(read!(self, miners, Miner, &id)?.cloned())
    }

    fn put_miner(&mut self, id: MinerId, miner: Option<Miner<Address>>) -> Result<(), Miss> {
        self.miners.put(id, miner);
        Ok(())
    }

    fn directory(&self) -> Result<Vec<u32>, Miss> {
        Ok(read!(self, directory, Directory, &())?
            .cloned()
            .unwrap_or_default())
    }

    fn put_directory(&mut self, pages: Vec<u32>) -> Result<(), Miss> {
        self.directory.put((), Some(pages));
        Ok(())
    }

    fn standings(&self, page: u32) -> Result<Standings, Miss> {
        Ok(read!(self, standings, Standings, &page)?
            .cloned()
            .unwrap_or_default())
    }

    fn put_standings(&mut self, page: u32, standings: Standings) -> Result<(), Miss> {
        let value = (!standings.0.is_empty()).then_some(standings);
        self.standings.put(page, value);
        Ok(())
    }

    fn cohorts(&self, miner: Option<MinerId>) -> Result<Cohorts, Miss> {
        Ok(read!(self, cohorts, Cohorts, &miner)?
            .cloned()
            .unwrap_or_default())
    }

    fn put_cohorts(&mut self, miner: Option<MinerId>, cohorts: Cohorts) -> Result<(), Miss> {
        let value = (!cohorts.as_slice().is_empty()).then_some(cohorts);
        self.cohorts.put(miner, value);
        Ok(())
    }

    fn cohort(&self, miner: Option<MinerId>, id: CohortId) -> Result<Option<Cohort>, Miss> {
        Ok(read!(self, cohorts, Cohorts, &miner)?
            .and_then(|cohorts| cohorts.find(id))
            .copied())
    }

    fn cohort_node(&self, id: CohortId) -> Result<Option<CohortNode>, Miss> {
        Ok(read!(self, cohort_nodes, CohortNode, &id)?.copied())
    }

    fn put_cohort_node(&mut self, id: CohortId, node: Option<CohortNode>) -> Result<(), Miss> {
        self.cohort_nodes.put(id, node);
        Ok(())
    }

    fn name(&self, name: &MinerName) -> Result<Option<NameHolder>, Miss> {
        Ok(read!(self, names, Name, name)?.copied())
    }

    fn put_name(&mut self, name: &MinerName, holder: Option<NameHolder>) -> Result<(), Miss> {
        self.names.put(*name, holder);
        Ok(())
    }

    fn requests(&self, block: u32) -> Result<Vec<Queued<Address>>, Miss> {
        Ok(read!(self, requests, Requests, &block)?
            .cloned()
            .unwrap_or_default())
    }

    fn push_request(&mut self, block: u32, request: Queued<Address>) -> Result<(), Miss> {
        if self.complete && self.requests.get(&block).is_none() {
            self.requests.load(block, None);
        }
        let list = self
            .requests
            .get_mut(&block)
            .ok_or(Miss::NotLoaded(Key::Requests(block)))?;
        list.get_or_insert_default().push(request);
        Ok(())
    }

    fn clear_requests(&mut self, block: u32) -> Result<(), Miss> {
        self.requests.put(block, None);
        Ok(())
    }

    fn committee(&self, round: Round) -> Result<Option<Vec<MinerId>>, Miss> {
        if let Some(drawn) = self.drawn.get(&round) {
            return Ok(Some(drawn.clone()));
        }
        Ok(self.full_committee(round)?.map(|committee| {
            committee
                .members
                .iter()
                .map(|member| member.miner)
                .collect()
        }))
    }

    fn put_committee(&mut self, round: Round, committee: Option<Vec<MinerId>>) -> Result<(), Miss> {
        match committee {
            Some(members) => {
                self.drawn.insert(round, members);
            }
            None => self.committees.put(round, None),
        }
        Ok(())
    }

    fn retiring(&self) -> Result<Vec<MinerId>, Miss> {
        Ok(read!(self, retiring, Retiring, &())?
            .cloned()
            .unwrap_or_default())
    }

    fn put_retiring(&mut self, miners: Vec<MinerId>) -> Result<(), Miss> {
        let value = (!miners.is_empty()).then_some(miners);
        self.retiring.put((), value);
        Ok(())
    }
}

/// The sum of all free balances that follows from the mechanism's totals (invariant 1).
///
/// `free + earned + locked + deposits + fees pending + escrow = genesis supply + rewards + bonus issued`, and
/// `earned + escrow = bonus issued - bonus drawn`, since what was credited and not drawn is what is earned.
pub(crate) fn free_by_totals(globals: &Globals) -> Option<Units> {
    let sum = [
        globals.genesis_supply,
        globals.rewards_issued,
        globals.bonus_drawn,
        globals.outside_fees,
    ]
    .into_iter()
    .try_fold(0u128, |sum, amount| sum.checked_add(u128::from(amount.0)))?;
    let bound = [globals.locked, globals.deposits, globals.fees_pending]
        .into_iter()
        .try_fold(0u128, |sum, amount| sum.checked_add(u128::from(amount.0)))?;
    u64::try_from(sum.checked_sub(bound)?).ok().map(Units)
}
