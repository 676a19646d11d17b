//! What a chain begins with: parameters, accounts, miners, positions and a beacon.
//!
//! A [`Draft`] is put together by hand, from a file ([`Draft::from_json`], [`Draft::from_toml`]) or by an import
//! ([`import`]). [`Genesis::new`] checks it and derives everything a node needs: the chain id, the state, the first two
//! committees.

use crate::block::count_accounts;
use crate::chain::{Chain, ChainParams, ChainParamsError};
use crate::overlay::{Miss, Overlay};
use crate::round;
use etm_mechanism::{self as mechanism, Mechanism, TimeGain, schedule};
use etm_types::codec::{self, DecodeError, Reader, Wire, Writer};
use etm_types::limits::{MAX_CHAIN_NAME, MAX_GENESIS_MS, is_chain_name};
use etm_types::miner_keys::ProofError;
use etm_types::state::{ChainRecord, NodeRecord, Presence, PresenceEntry};
use etm_types::{
    Address, Beacon, Block, BlsSignature, Body, ChainId, Committee, Contact, DialAddress, Hash,
    Header, Height, MinerId, MinerKeys, MinerName, NodeKey, Round, Slot, StateKey, Units, block,
};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use thiserror::Error;

mod file;
pub mod import;
#[cfg(test)]
mod tests;

pub use file::FileError;

/// The most miners of genesis: the end of a round looks at each.
const MAX_MINERS: usize = 100_000;

/// A miner of genesis. It has no deposit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftMiner {
    /// The account that owns it.
    pub owner: Address,
    pub name: MinerName,
    /// Its keys with proofs of possession for the owner.
    pub keys: MinerKeys,
    /// Where its node listens.
    pub dial: DialAddress,
    /// How people reach it.
    pub contact: Option<Contact>,
}

/// A position of genesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftPosition {
    /// What it locks, beside the account's free balance.
    pub locked: Units,
    pub time_gain: TimeGain,
    /// The miner it votes for: its index among the miners.
    pub miner: Option<MinerId>,
}

/// A genesis that is not yet checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The name of the chain.
    pub name: String,
    /// The time of genesis, in milliseconds since the Unix epoch.
    pub timestamp_ms: u64,
    /// The beacon of genesis.
    pub beacon: Beacon,
    pub params: ChainParams,
    /// Free balances.
    pub accounts: BTreeMap<Address, Units>,
    /// Miners 0, 1, 2 ...
    pub miners: Vec<DraftMiner>,
    pub positions: BTreeMap<Address, DraftPosition>,
}

/// Why a draft is no genesis.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GenesisError {
    /// The name is empty, too long or not plain.
    #[error("name: must be 1 to 64 of a-z 0-9 -")]
    Name,
    /// A parameter is out of range.
    #[error("parameters: {0}")]
    Params(#[from] ChainParamsError),
    /// The time of genesis is beyond the calendar.
    #[error("timestamp_ms must be 0 to {max} (the year 9999), not {found}")]
    Timestamp {
        /// The time found.
        found: u64,
        /// The last allowed.
        max: u64,
    },
    /// All amounts together with all that will be issued are more than can be counted.
    #[error(
        "all balances and positions together with 265,000,000 ETM to be issued may be {max} units at most, they are {found}"
    )]
    Supply {
        /// The sum found.
        found: u128,
        max: u64,
    },
    /// An amount that nobody could ever pay.
    #[error(
        "parameters: {name} must be {total} units at most, which is all there will ever be, not {value}"
    )]
    BeyondSupply {
        /// The parameter.
        name: &'static str,
        value: Units,
        /// All amounts of genesis and all that will be issued.
        total: u128,
    },
    /// More miners than a round's end has time for.
    #[error("miners: there may be {max} at most, there are {found}")]
    TooManyMiners {
        /// How many there are.
        found: usize,
        max: usize,
    },
    /// A miner's proof of possession does not hold.
    #[error("miners[{index}]: {reason}")]
    Proof {
        /// The miner's index.
        index: usize,
        /// Which proof, and why.
        reason: ProofError,
    },
    /// Two miners have a key.
    #[error("miners[{index}]: its node key or BLS key belongs to an earlier miner")]
    KeyTwice {
        /// The second miner's index.
        index: usize,
    },
    /// The rules of the mechanism do not allow it.
    #[error("{0}")]
    Mechanism(String),
}

impl Draft {
    /// What is there at genesis: all balances and positions, in units. Of a draft that was not checked it can be more than [`ChainParams::MAX_SUPPLY`].
    pub fn supply(&self) -> u128 {
        let free = self.accounts.values().map(|free| free.0);
        let locked = self.positions.values().map(|position| position.locked.0);
        free.chain(locked).map(u128::from).sum()
    }

    /// A draft without accounts.
    pub fn new(
        name: impl Into<String>,
        params: ChainParams,
        timestamp_ms: u64,
        beacon: Beacon,
    ) -> Self {
        Self {
            name: name.into(),
            timestamp_ms,
            beacon,
            params,
            accounts: BTreeMap::new(),
            miners: Vec::new(),
            positions: BTreeMap::new(),
        }
    }

    fn chain_id(&self) -> ChainId {
        ChainId::of_genesis(&codec::to_bytes(self))
    }
}

impl Wire for DraftMiner {
    fn write(&self, out: &mut Writer) {
        self.owner.write(out);
        self.name.write(out);
        self.keys.write(out);
        self.dial.write(out);
        out.option(self.contact.as_ref());
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            owner: Wire::read(input)?,
            name: Wire::read(input)?,
            keys: Wire::read(input)?,
            dial: Wire::read(input)?,
            contact: input.option("contact flag")?,
        })
    }
}

/// The canonical encoding, whose hash is the chain id: accounts and positions by rising address.
impl Wire for Draft {
    fn write(&self, out: &mut Writer) {
        out.short_text(&self.name);
        out.u64(self.timestamp_ms);
        self.beacon.write(out);
        self.params.write(out);
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        out.u32(count(self.accounts.len()));
        for (address, balance) in &self.accounts {
            address.write(out);
            balance.write(out);
        }
        out.list(&self.miners);
        out.u32(count(self.positions.len()));
        for (address, position) in &self.positions {
            address.write(out);
            position.locked.write(out);
            position.time_gain.write(out);
            out.option(position.miner.as_ref());
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        const MAX: usize = 1 << 28;
        let name = input.short_text("name", 1, MAX_CHAIN_NAME)?.to_owned();
        let timestamp_ms = input.u64("timestamp")?;
        let beacon = Wire::read(input)?;
        let params = Wire::read(input)?;
        let mut accounts = BTreeMap::new();
        for _ in 0..input.count("accounts", 0, MAX)? {
            let address = rising(input, &accounts)?;
            accounts.insert(address, Wire::read(input)?);
        }
        let miners = input.list("miners", 0, MAX)?;
        let mut positions = BTreeMap::new();
        for _ in 0..input.count("positions", 0, MAX)? {
            let address = rising(input, &positions)?;
            let position = DraftPosition {
                locked: Wire::read(input)?,
                time_gain: Wire::read(input)?,
                miner: input.option("miner flag")?,
            };
            positions.insert(address, position);
        }
        Ok(Self {
            name,
            timestamp_ms,
            beacon,
            params,
            accounts,
            miners,
            positions,
        })
    }
}

/// Reads an address above those read before it.
fn rising<V>(
    input: &mut Reader<'_>,
    before: &BTreeMap<Address, V>,
) -> Result<Address, DecodeError> {
    let offset = input.offset();
    let address = Wire::read(input)?;
    match before.last_key_value() {
        Some((last, _)) if *last >= address => Err(Reader::invalid(
            "address",
            offset,
            "must stand in rising order",
        )),
        _ => Ok(address),
    }
}

/// Where the state of a node is committed, for the header of genesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateRoots {
    pub state_root: Hash,
    /// The root of the operations log.
    pub ops_root: Hash,
    /// The first operation the log holds.
    pub ops_start: u64,
    /// The end of the log.
    pub ops_end: u64,
}

/// A checked genesis and all that follows from it.
///
/// The state is made each time it is asked for, and kept by nobody: with millions of positions it is large, and a node needs it once in
/// its life.
#[derive(Clone, Debug)]
pub struct Genesis {
    draft: Draft,
    chain: Chain,
    committees: OnceLock<[Committee; 2]>,
    made: Arc<AtomicU64>,
}

impl Genesis {
    /// Checks a draft.
    ///
    /// # Errors
    /// [`GenesisError`], the first thing that is wrong.
    pub fn new(draft: Draft) -> Result<Self, GenesisError> {
        check_name(&draft.name)?;
        check_timestamp(draft.timestamp_ms)?;
        draft.params.check()?;
        check_amounts(&draft)?;
        check_miners(&draft.miners)?;
        let id = draft.chain_id();
        let genesis = Self::of(draft, id);
        let committees = genesis.make()?.1;
        Ok(Self {
            committees: committees.into(),
            ..genesis
        })
    }

    /// Takes a draft that was checked before, when the chain `id` was begun, without checking and deriving everything again: the id
    /// commits to all of it. A draft of another chain is checked as [`Genesis::new`] does.
    ///
    /// # Errors
    /// [`GenesisError`], if it is of another chain.
    pub fn known(draft: Draft, id: ChainId) -> Result<Self, GenesisError> {
        if draft.chain_id() == id {
            Ok(Self::of(draft, id))
        } else {
            Self::new(draft)
        }
    }

    fn of(draft: Draft, id: ChainId) -> Self {
        Self {
            chain: Chain {
                id,
                name: draft.name.clone(),
                params: draft.params,
                genesis_timestamp_ms: draft.timestamp_ms,
            },
            draft,
            committees: OnceLock::new(),
            made: Arc::default(),
        }
    }

    /// The state and the first committees.
    fn make(&self) -> Result<(Overlay, [Committee; 2]), GenesisError> {
        self.made.fetch_add(1, Ordering::Relaxed);
        let draft = &self.draft;
        let mut overlay = Overlay {
            complete: true,
            ..Overlay::default()
        };
        Mechanism::genesis(
            draft.params.mechanism,
            &mut overlay,
            mechanism_genesis(draft),
        )
        .map_err(|error| GenesisError::Mechanism(error.to_string()))?;
        let committees =
            found(&mut overlay, draft).map_err(|miss| GenesisError::Mechanism(miss.to_string()))?;
        let record = ChainRecord {
            height: Height::ZERO,
            slot: Slot::ZERO,
            timestamp_ms: draft.timestamp_ms,
            beacon: draft.beacon,
            free_total: Units::ZERO,
            accounts: 0,
        };
        let record = count_accounts(&overlay, record).ok_or_else(|| {
            GenesisError::Mechanism("the balances exceed what can be counted".into())
        })?;
        overlay.chain.put((), Some(record));
        Ok((overlay, committees))
    }

    /// How often everything was derived from the draft so far.
    pub fn times_made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// What it was made of.
    pub const fn draft(&self) -> &Draft {
        &self.draft
    }

    /// The state after genesis: the same on every node. It is made anew.
    ///
    /// # Errors
    /// [`GenesisError`], if the draft was [`Genesis::known`] and is none: whoever says that it was checked is wrong.
    pub fn state(&self) -> Result<BTreeMap<StateKey, Vec<u8>>, GenesisError> {
        let changes = self.changes()?.into_iter();
        Ok(changes
            .filter_map(|(key, value)| Some((key, value?)))
            .collect())
    }

    /// The state after genesis as a changeset of an empty state. It is made anew.
    ///
    /// # Errors
    /// As [`Genesis::state`].
    pub fn changes(&self) -> Result<BTreeMap<StateKey, Option<Vec<u8>>>, GenesisError> {
        Ok(self.make()?.0.changes())
    }

    /// The committees of rounds 0 and 1.
    ///
    /// # Errors
    /// As [`Genesis::state`].
    pub fn committees(&self) -> Result<&[Committee; 2], GenesisError> {
        if let Some(committees) = self.committees.get() {
            return Ok(committees);
        }
        let committees = self.make()?.1;
        Ok(self.committees.get_or_init(|| committees))
    }

    /// The block at height 0: produced by nobody, without transactions.
    pub fn block(&self, roots: StateRoots) -> Block {
        let body = Body::default();
        Block {
            header: Header {
                chain: self.chain.id,
                height: Height::ZERO,
                round: Round::ZERO,
                slot: Slot::ZERO,
                parent_slot: Slot::ZERO,
                parent: Hash::ZERO,
                timestamp_ms: self.draft.timestamp_ms,
                producer: Header::NOBODY,
                leader: NodeKey([0; 32]),
                vrf: BlsSignature([0; 48]),
                beacon: self.draft.beacon,
                transactions_root: block::transactions_root(&body.transactions),
                state_root: roots.state_root,
                ops_root: roots.ops_root,
                ops_start: roots.ops_start,
                ops_end: roots.ops_end,
                receipts_root: block::receipts_root(&[]),
                committee_root: Hash::ZERO,
            },
            body,
        }
    }
}

fn check_name(name: &str) -> Result<(), GenesisError> {
    match is_chain_name(name) {
        true => Ok(()),
        false => Err(GenesisError::Name),
    }
}

const fn check_timestamp(timestamp_ms: u64) -> Result<(), GenesisError> {
    if timestamp_ms > MAX_GENESIS_MS {
        return Err(GenesisError::Timestamp {
            found: timestamp_ms,
            max: MAX_GENESIS_MS,
        });
    }
    Ok(())
}

/// The sum of all amounts, and that every amount of the parameters is within it.
fn check_amounts(draft: &Draft) -> Result<(), GenesisError> {
    let issued = [schedule::REWARD_TOTAL, schedule::BONUS_TOTAL];
    let issued = issued.iter().map(|total| u128::from(total.0));
    let found = draft.supply() + issued.sum::<u128>();
    let max = ChainParams::MAX_SUPPLY;
    if found > max.into() {
        return Err(GenesisError::Supply { found, max });
    }
    let mechanism = &draft.params.mechanism;
    for (name, value) in [
        ("min_lock", mechanism.min_lock),
        ("deposit", mechanism.deposit),
        ("fee", draft.params.fee),
    ] {
        if u128::from(value.0) > found {
            return Err(GenesisError::BeyondSupply {
                name,
                value,
                total: found,
            });
        }
    }
    Ok(())
}

fn check_miners(miners: &[DraftMiner]) -> Result<(), GenesisError> {
    if miners.len() > MAX_MINERS {
        return Err(GenesisError::TooManyMiners {
            found: miners.len(),
            max: MAX_MINERS,
        });
    }
    let (mut nodes, mut keys) = (BTreeSet::new(), BTreeSet::new());
    for (index, miner) in miners.iter().enumerate() {
        if !nodes.insert(miner.keys.node) || !keys.insert(miner.keys.bls) {
            return Err(GenesisError::KeyTwice { index });
        }
    }
    let failures: Vec<_> = miners
        .par_iter()
        .enumerate()
        .filter_map(|(index, miner)| {
            let reason = miner.keys.verify(&miner.owner).err()?;
            Some(GenesisError::Proof { index, reason })
        })
        .collect();
    failures.into_iter().next().map_or(Ok(()), Err)
}

fn mechanism_genesis(draft: &Draft) -> mechanism::Genesis<Address> {
    mechanism::Genesis {
        timestamp: draft.timestamp_ms / 1000,
        beacon: draft.beacon.0,
        accounts: draft
            .accounts
            .iter()
            .map(|(address, balance)| (*address, *balance))
            .collect(),
        miners: draft
            .miners
            .iter()
            .map(|miner| mechanism::GenesisMiner {
                owner: miner.owner,
                name: miner.name,
            })
            .collect(),
        positions: draft
            .positions
            .iter()
            .map(|(account, position)| mechanism::GenesisPosition {
                account: *account,
                locked: position.locked,
                t: position.time_gain,
                miner: position.miner,
            })
            .collect(),
    }
}

/// Writes what the chain keeps beside the mechanism, and completes the first committees.
fn found(overlay: &mut Overlay, draft: &Draft) -> Result<[Committee; 2], Miss> {
    let mut presence: BTreeMap<u32, Presence> = BTreeMap::new();
    for (index, miner) in draft.miners.iter().enumerate() {
        // The mechanism has counted them: there are not more than ids.
        let id = MinerId(u32::try_from(index).unwrap_or(u32::MAX));
        overlay.node_keys.put(miner.keys.node, Some(miner.owner));
        overlay.bls_keys.put(miner.keys.bls, Some(miner.owner));
        let record = NodeRecord {
            node: miner.keys.node,
            bls: miner.keys.bls,
            dial: miner.dial.clone(),
            contact: miner.contact.clone(),
        };
        overlay.nodes.put(id, Some(record));
        // Genesis miners count as seen in round 0.
        let entry = PresenceEntry {
            miner: id,
            seen: Round(0),
            heartbeat: None,
        };
        let page = mechanism::Standings::page_of(id);
        presence.entry(page).or_default().set(entry);
    }
    for (page, presence) in presence {
        overlay.presence.put(page, Some(presence));
    }
    let mut complete = |round| {
        let drawn = overlay.drawn.get(&round).cloned().unwrap_or_default();
        let committee = round::members(overlay, round, &drawn)?;
        overlay.committees.put(round, Some(committee.clone()));
        Ok::<_, Miss>(committee)
    };
    Ok([complete(Round(0))?, complete(Round(1))?])
}
