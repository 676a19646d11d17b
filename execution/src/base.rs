//! What a history begins with where a node began with a snapshot: what of the state after the last block of a round tells how accounts,
//! miners and rounds go on.
//!
//! The state has positions under hashes of their accounts, so it can't be told whose they are. It can be told that they are positions: by
//! their shape, and in the end by their sum, which the state knows. Whoever knows an account finds its position by the same hash.

mod parts;

pub use parts::{Base, BaseError, BaseWriter, Positions};

use std::collections::BTreeSet;

use etm_mechanism::{
    CohortNode, Globals, Mechanism, MinerId, MinerName, Position, PositionRecord, Standing, weight,
};
use etm_types::codec::from_bytes;
use etm_types::{Address, Committee, Header, StateKey};

use crate::chain::ChainParams;
use crate::error::ExecutionError;
use crate::load::{load, load_with_chains};
use crate::overlay::{Key, Overlay};
use crate::read;
use crate::source::Source;

type Error<S> = ExecutionError<<S as Source>::Error>;

/// The most miners or positions of one part: what is held in memory while a base is made.
pub const PART: usize = 1 << 14;

/// What there is one of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Of the last block before the first round of the history.
    pub header: Header,
    pub globals: Globals,
    /// Those of the next round and of the one after it.
    pub committees: [Committee; 2],
}

/// A miner that is registered, or still serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownMiner {
    pub id: MinerId,
    pub owner: Address,
    pub name: MinerName,
    pub standing: Standing,
}

/// A position of an account that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownPosition {
    /// Under which the state has it ([`etm_types::state::Record::Position`]).
    pub key: StateKey,
    pub position: Position,
    /// What it has gained beyond whole units, in units of 2^-64: what it earns from now on depends on that to the unit.
    pub fraction: u64,
}

/// The head of the base at the state after `header`, the last block of its round.
///
/// # Errors
/// If the state can't be read, or is not that.
pub async fn head<S: Source>(source: &S, header: &Header) -> Result<Head, Error<S>> {
    let (globals, _) = read::globals(source).await?;
    if (globals.height, globals.round) != (header.height, header.round.saturating_add(1)) {
        let text = "the state is not the one after the last block of a round";
        return Err(ExecutionError::Damaged(text.into()));
    }
    let committee = async |round| {
        let committee = read::committee(source, round).await?;
        committee.ok_or_else(|| ExecutionError::Damaged(format!("round {round} has no committee")))
    };
    Ok(Head {
        header: header.clone(),
        committees: [
            committee(globals.round).await?,
            committee(globals.round.saturating_add(1)).await?,
        ],
        globals,
    })
}

/// All miners of a state, by rising id.
///
/// # Errors
/// If the state can't be read or is damaged.
pub async fn miners<S: Source>(
    source: &S,
    params: &ChainParams,
) -> Result<Vec<KnownMiner>, Error<S>> {
    let miners = read::miners(source, params).await?;
    let known = miners.into_iter().map(|view| KnownMiner {
        id: view.id,
        owner: view.miner.owner,
        name: view.miner.name,
        standing: view.standing,
    });
    Ok(known.collect())
}

/// The value of a state as a position, if it may be one. Nobody makes another value that passes: it takes 64 bits that fit.
pub fn position(value: &[u8]) -> Option<PositionRecord> {
    /// Bytes of a position's record.
    const SIZE: usize = 8 + 8 + 8 + 16;
    if value.len() != SIZE {
        return None;
    }
    let record: PositionRecord = from_bytes(value).ok()?;
    let fits = record.locked.0 > 0 && record.weight == weight::w(record.locked);
    fits.then_some(record)
}

/// What some records, which [`position`] took for positions, are now. Those that are none are left out.
///
/// # Errors
/// If the state can't be read or is damaged.
pub async fn positions<S: Source>(
    source: &S,
    params: &ChainParams,
    records: &[(StateKey, PositionRecord)],
) -> Result<Vec<KnownPosition>, Error<S>> {
    let mut overlay = Overlay::default();
    let joined = records.iter().map(|(_, record)| record.cohort);
    let joined: BTreeSet<Key> = joined.map(Key::CohortNode).collect();
    load_with_chains(source, &mut overlay, joined).await?;
    let live = overlay.cohort_nodes.stored();
    let miners = live.filter_map(|(_, node)| match node {
        CohortNode::Live(miner) => Some(Key::Cohorts(*miner)),
        CohortNode::Merged { .. } => None,
    });
    let miners: BTreeSet<Key> = miners.collect();
    load(source, &mut overlay, &miners).await?;
    let mechanism = Mechanism::open(params.mechanism, &mut overlay);
    let known = records.iter().filter_map(|(key, record)| {
        let (position, gains) = mechanism.stands(record).ok()?;
        Some(KnownPosition {
            key: *key,
            position,
            fraction: gains as u64,
        })
    });
    Ok(known.collect())
}
