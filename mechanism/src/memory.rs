//! A store in memory.

use crate::{
    Account, Cohort, CohortId, CohortNode, Cohorts, Globals, Miner, MinerId, MinerName, NameHolder,
    Pending, PositionRecord, Queued, Round, Standings, Store, Tally, Units, check::Census,
};
use alloc::{collections::BTreeMap, vec::Vec};
use core::{
    convert::Infallible,
    hash::{BuildHasher, Hash},
};
use hashbrown::{DefaultHashBuilder, HashMap, hash_map::Entry};

mod numbered;
pub use numbered::{NumberHasher, Numbered};

/// Room for more accounts than this is not made before they come.
const ACCOUNTS_EXPECTED: usize = 1 << 27;

/// Holdings of a chunk: growing never moves or doubles more than this.
const CHUNK: usize = 1 << 10;

/// All records in memory. Cloning it gives an independent copy.
///
/// An account with its position takes under 100 bytes. It holds up to 2^32 accounts. Hash maps are only looked up by key: whatever is enumerated is
/// sorted first. `H` hashes accounts; where they are numbers, [`Numbered`] is faster.
#[derive(Clone, Debug)]
pub struct MemoryStore<A, H = DefaultHashBuilder> {
    globals: Globals,
    tally: Tally,
    index: HashMap<A, u32, H>,
    holdings: Vec<Vec<Holding>>,
    owners: BTreeMap<A, MinerId>,
    pending: BTreeMap<A, Pending>,
    miners: BTreeMap<MinerId, Miner<A>>,
    directory: Vec<u32>,
    standings: BTreeMap<u32, Standings>,
    cohorts: HashMap<u64, Cohorts>,
    nodes: HashMap<u64, Node>,
    names: BTreeMap<MinerName, NameHolder>,
    requests: BTreeMap<u32, Vec<Queued<A>>>,
    committees: BTreeMap<Round, Vec<MinerId>>,
    retiring: Vec<MinerId>,
}

/// The free balance and the position (`locked` 0: none) of an account.
#[derive(Clone, Copy, Debug, Default)]
struct Holding {
    free: u64,
    locked: u64,
    weight: u64,
    cohort: u64,
    base: [u64; 2],
}

/// A [`CohortNode`] without padding: these are looked up at random.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// The cohort merged into, or [`LIVE`].
    into: u64,
    /// References, or for a live cohort the miner's key.
    references: u64,
    shift: [u64; 2],
}

/// In [`Node::into`]: the cohort is live.
const LIVE: u64 = u64::MAX;

impl From<CohortNode> for Node {
    fn from(node: CohortNode) -> Self {
        match node {
            CohortNode::Live(miner) => Self {
                into: LIVE,
                references: miner_key(miner),
                shift: [0; 2],
            },
            CohortNode::Merged {
                into,
                shift,
                references,
            } => Self {
                into: into.0,
                references,
                shift: halves(shift),
            },
        }
    }
}

impl From<Node> for CohortNode {
    fn from(node: Node) -> Self {
        match node.into {
            LIVE => Self::Live(match node.references {
                0 => None,
                key => Some(MinerId((key - 1) as u32)),
            }),
            into => Self::Merged {
                into: CohortId(into),
                shift: whole(node.shift),
                references: node.references,
            },
        }
    }
}

/// 0 for no miner.
fn miner_key(miner: Option<MinerId>) -> u64 {
    miner.map_or(0, |miner| u64::from(miner.0) + 1)
}

/// A 128-bit number without its alignment.
const fn halves(value: u128) -> [u64; 2] {
    [value as u64, (value >> 64) as u64]
}

fn whole(halves: [u64; 2]) -> u128 {
    u128::from(halves[0]) | u128::from(halves[1]) << 64
}

impl<A, H: Default> Default for MemoryStore<A, H> {
    fn default() -> Self {
        Self::with_hasher(H::default())
    }
}

impl<A> MemoryStore<A> {
    /// A store without records.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<A, H> MemoryStore<A, H> {
    /// A store without records that hashes accounts in this way.
    pub fn with_hasher(hasher: H) -> Self {
        Self {
            globals: Globals::default(),
            tally: Tally::default(),
            index: HashMap::with_hasher(hasher),
            holdings: Vec::new(),
            owners: BTreeMap::new(),
            pending: BTreeMap::new(),
            miners: BTreeMap::new(),
            directory: Vec::new(),
            standings: BTreeMap::new(),
            cohorts: HashMap::new(),
            nodes: HashMap::new(),
            names: BTreeMap::new(),
            requests: BTreeMap::new(),
            committees: BTreeMap::new(),
            retiring: Vec::new(),
        }
    }

    /// How many accounts exist.
    pub fn account_count(&self) -> usize {
        self.index.len()
    }

    /// How many records of cohorts exist, live and merged ones.
    pub fn cohort_node_count(&self) -> usize {
        self.nodes.len()
    }

    /// The miners that are registered or still serve, rising.
    pub fn miner_ids(&self) -> impl Iterator<Item = MinerId> + '_ {
        self.miners.keys().copied()
    }
}

impl<A: Ord + Clone + Hash, H: BuildHasher> MemoryStore<A, H> {
    /// Bytes that accounts with their positions take, with what is allocated ahead.
    pub fn account_bytes(&self) -> usize {
        let chunks = self.holdings.iter().map(Vec::capacity).sum::<usize>();
        chunks * size_of::<Holding>()
            + self.holdings.capacity() * size_of::<Vec<Holding>>()
            + self.index.allocation_size()
    }

    /// All accounts in their order.
    pub fn accounts(&self) -> Vec<A> {
        let mut accounts: Vec<_> = self.index.keys().cloned().collect();
        accounts.sort_unstable();
        accounts
    }

    fn holding(&self, id: &A) -> Option<&Holding> {
        let slot = *self.index.get(id)? as usize;
        self.holdings.get(slot / CHUNK)?.get(slot % CHUNK)
    }

    fn holding_mut(&mut self, id: &A) -> Option<&mut Holding> {
        let slot = match self.index.get(id) {
            Some(slot) => *slot,
            None => {
                let slot = new_holding(&mut self.holdings)?;
                self.index.insert(id.clone(), slot);
                slot
            }
        };
        at_mut(&mut self.holdings, slot)
    }
}

/// The place of a new holding; `None` after 2^32.
fn new_holding(holdings: &mut Vec<Vec<Holding>>) -> Option<u32> {
    if holdings.last().is_none_or(|last| last.len() == CHUNK) {
        holdings.push(Vec::with_capacity(CHUNK));
    }
    let before = (holdings.len() - 1) * CHUNK;
    let last = holdings.last_mut()?;
    let slot = u32::try_from(before + last.len()).ok()?;
    last.push(Holding::default());
    Some(slot)
}

fn at_mut(holdings: &mut [Vec<Holding>], slot: u32) -> Option<&mut Holding> {
    let slot = slot as usize;
    holdings.get_mut(slot / CHUNK)?.get_mut(slot % CHUNK)
}

impl Holding {
    /// The same free balance with this position.
    const fn with(self, position: &PositionRecord) -> Self {
        Self {
            free: self.free,
            locked: position.locked.0,
            weight: position.weight,
            cohort: position.cohort.0,
            base: halves(position.base),
        }
    }
}

/// Writes `value` under `key`, or removes it.
fn put<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
    match value {
        Some(value) => map.insert(key, value),
        None => map.remove(&key),
    };
}

impl<A: Ord + Clone + Hash, H: BuildHasher> Store for MemoryStore<A, H> {
    type Account = A;
    type Error = Infallible;

    fn globals(&self) -> Result<Globals, Infallible> {
        Ok(self.globals)
    }

    fn put_globals(&mut self, globals: Globals) -> Result<(), Infallible> {
        self.globals = globals;
        Ok(())
    }

    fn tally(&self) -> Result<Tally, Infallible> {
        Ok(self.tally.clone())
    }

    fn put_tally(&mut self, tally: Tally) -> Result<(), Infallible> {
        self.tally = tally;
        Ok(())
    }

    fn account(&self, id: &A) -> Result<Option<Account>, Infallible> {
        Ok(self.holding(id).map(|holding| Account {
            free: Units(holding.free),
            miner: self.owners.get(id).copied(),
        }))
    }

    fn put_account(&mut self, id: &A, account: Account) -> Result<(), Infallible> {
        if let Some(holding) = self.holding_mut(id) {
            holding.free = account.free.0;
        }
        if self.owners.get(id).copied() != account.miner {
            put(&mut self.owners, id.clone(), account.miner);
        }
        Ok(())
    }

    fn position(&self, id: &A) -> Result<Option<PositionRecord>, Infallible> {
        Ok(self
            .holding(id)
            .filter(|holding| holding.locked > 0)
            .map(|holding| PositionRecord {
                locked: Units(holding.locked),
                weight: holding.weight,
                cohort: CohortId(holding.cohort),
                base: whole(holding.base),
            }))
    }

    fn put_position(&mut self, id: &A, position: Option<PositionRecord>) -> Result<(), Infallible> {
        if let Some(holding) = self.holding_mut(id) {
            *holding = match position {
                Some(position) => holding.with(&position),
                None => Holding {
                    free: holding.free,
                    ..Holding::default()
                },
            };
        }
        Ok(())
    }

    fn found_position(&mut self, id: &A, position: PositionRecord) -> Result<bool, Infallible> {
        let slot = match self.index.entry(id.clone()) {
            Entry::Occupied(slot) => Some(*slot.get()),
            Entry::Vacant(place) => new_holding(&mut self.holdings).map(|slot| *place.insert(slot)),
        };
        let Some(holding) = slot.and_then(|slot| at_mut(&mut self.holdings, slot)) else {
            // There is no room for another account, see the type's documentation.
            return Ok(true);
        };
        if holding.locked > 0 {
            return Ok(false);
        }
        *holding = holding.with(&position);
        Ok(true)
    }

    fn expect_accounts(&mut self, count: usize) {
        self.index.reserve(
            count
                .saturating_sub(self.index.len())
                .min(ACCOUNTS_EXPECTED),
        );
    }

    fn pending(&self, id: &A) -> Result<Option<Pending>, Infallible> {
        Ok(self.pending.get(id).copied())
    }

    fn put_pending(&mut self, id: &A, pending: Option<Pending>) -> Result<(), Infallible> {
        put(&mut self.pending, id.clone(), pending);
        Ok(())
    }

    fn miner(&self, id: MinerId) -> Result<Option<Miner<A>>, Infallible> {
        Ok(self.miners.get(&id).cloned())
    }

    fn put_miner(&mut self, id: MinerId, miner: Option<Miner<A>>) -> Result<(), Infallible> {
        put(&mut self.miners, id, miner);
        Ok(())
    }

    fn directory(&self) -> Result<Vec<u32>, Infallible> {
        Ok(self.directory.clone())
    }

    fn put_directory(&mut self, pages: Vec<u32>) -> Result<(), Infallible> {
        self.directory = pages;
        Ok(())
    }

    fn standings(&self, page: u32) -> Result<Standings, Infallible> {
        Ok(self.standings.get(&page).cloned().unwrap_or_default())
    }

    fn put_standings(&mut self, page: u32, standings: Standings) -> Result<(), Infallible> {
        let standings = (!standings.0.is_empty()).then_some(standings);
        put(&mut self.standings, page, standings);
        Ok(())
    }

    fn cohorts(&self, miner: Option<MinerId>) -> Result<Cohorts, Infallible> {
        Ok(self
            .cohorts
            .get(&miner_key(miner))
            .cloned()
            .unwrap_or_default())
    }

    fn put_cohorts(&mut self, miner: Option<MinerId>, cohorts: Cohorts) -> Result<(), Infallible> {
        if cohorts.is_empty() {
            self.cohorts.remove(&miner_key(miner));
        } else {
            self.cohorts.insert(miner_key(miner), cohorts);
        }
        Ok(())
    }

    fn cohort(&self, miner: Option<MinerId>, id: CohortId) -> Result<Option<Cohort>, Infallible> {
        let cohorts = self.cohorts.get(&miner_key(miner));
        Ok(cohorts.and_then(|cohorts| cohorts.find(id)).copied())
    }

    fn cohort_node(&self, id: CohortId) -> Result<Option<CohortNode>, Infallible> {
        Ok(self.nodes.get(&id.0).copied().map(Into::into))
    }

    fn put_cohort_node(
        &mut self,
        id: CohortId,
        node: Option<CohortNode>,
    ) -> Result<(), Infallible> {
        match node {
            Some(node) => self.nodes.insert(id.0, node.into()),
            None => self.nodes.remove(&id.0),
        };
        Ok(())
    }

    fn name(&self, name: &MinerName) -> Result<Option<NameHolder>, Infallible> {
        Ok(self.names.get(name).copied())
    }

    fn put_name(&mut self, name: &MinerName, holder: Option<NameHolder>) -> Result<(), Infallible> {
        put(&mut self.names, *name, holder);
        Ok(())
    }

    fn requests(&self, block: u32) -> Result<Vec<Queued<A>>, Infallible> {
        Ok(self.requests.get(&block).cloned().unwrap_or_default())
    }

    fn push_request(&mut self, block: u32, request: Queued<A>) -> Result<(), Infallible> {
        self.requests.entry(block).or_default().push(request);
        Ok(())
    }

    fn clear_requests(&mut self, block: u32) -> Result<(), Infallible> {
        self.requests.remove(&block);
        Ok(())
    }

    fn committee(&self, round: Round) -> Result<Option<Vec<MinerId>>, Infallible> {
        Ok(self.committees.get(&round).cloned())
    }

    fn put_committee(
        &mut self,
        round: Round,
        committee: Option<Vec<MinerId>>,
    ) -> Result<(), Infallible> {
        put(&mut self.committees, round, committee);
        Ok(())
    }

    fn retiring(&self) -> Result<Vec<MinerId>, Infallible> {
        Ok(self.retiring.clone())
    }

    fn put_retiring(&mut self, miners: Vec<MinerId>) -> Result<(), Infallible> {
        self.retiring = miners;
        Ok(())
    }
}

impl<A: Ord + Clone + Hash, H: BuildHasher> Census for MemoryStore<A, H> {
    fn account_ids(&self) -> Result<Vec<A>, Infallible> {
        Ok(self.accounts())
    }

    fn cohort_ids(&self) -> Result<Vec<CohortId>, Infallible> {
        let mut ids: Vec<_> = self.nodes.keys().copied().map(CohortId).collect();
        ids.sort_unstable();
        Ok(ids)
    }
}
