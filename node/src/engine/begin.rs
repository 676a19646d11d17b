//! What a chain begins with: block 0 and its state, written before anything else runs, and what starts round 0.

use commonware_cryptography::Digestible as _;
use commonware_runtime::{Clock, Metrics, Spawner, Storage, buffer::paged::CacheRef};
use commonware_storage::metadata::{self, Metadata};
use commonware_utils::sequence::U64;
use etm_execution::{Genesis, GenesisError, StateRoots};
use etm_types::{Hash, Round};

use super::{
    StartError,
    block::EngineBlock,
    round_info::{self, RoundInfo},
    state::{self, Commitment},
    storage,
};

/// Under which keys blocks are kept that a node begins with: block 0, ...
const GENESIS: u64 = 0;
/// ... and the one whose state it got.
const ORIGIN: u64 = 1;

type Beginnings<E> = Metadata<E, U64, EngineBlock>;

async fn open<E>(context: &E, prefix: &str) -> Result<Beginnings<E>, StartError>
where
    E: Spawner + Metrics + Clock + Storage,
{
    let config = metadata::Config {
        partition: format!("{prefix}-genesis"),
        codec_config: (),
    };
    Metadata::init(context.child("genesis"), config)
        .await
        .map_err(storage_error)
}

fn storage_error(error: metadata::Error) -> StartError {
    StartError::Storage(error.to_string())
}

/// Block 0, with the genesis state written before anything else runs; and the block that the node began with, if it got the state
/// after it instead of executing all before.
pub async fn beginnings<E>(
    context: &E,
    genesis: &Genesis,
    prefix: &str,
    cache: &CacheRef,
) -> Result<(EngineBlock, Option<EngineBlock>), StartError>
where
    E: Spawner + Metrics + Clock + Storage,
{
    let mut stored = open(context, prefix).await?;
    if let Some(block) = stored.get(&U64::new(GENESIS)) {
        return if block.header().chain == genesis.chain().id {
            Ok((block.clone(), stored.get(&U64::new(ORIGIN)).cloned()))
        } else {
            Err(StartError::Storage(
                "the directory belongs to another chain".into(),
            ))
        };
    }
    // The archives are opened after block 0 is durable, so where they are, it was.
    for archive in storage::partitions(prefix, "blocks") {
        if context.scan(&archive).await.is_ok() {
            return Err(StartError::Storage(
                "block 0 is missing, and there are later ones".into(),
            ));
        }
    }
    let commitment = state::write_genesis(
        context.child("genesis_state"),
        state::config(prefix, cache.clone()),
        &genesis.state()?,
    )
    .await?;
    let block = block_of(genesis, &commitment)?;
    stored = stored
        .put_sync(U64::new(GENESIS), block.clone())
        .await
        .map_err(storage_error)?;
    drop(stored);
    Ok((block, None))
}

/// Block 0 over its state.
fn block_of(genesis: &Genesis, commitment: &Commitment) -> Result<EngineBlock, StartError> {
    let block = genesis.block(StateRoots {
        state_root: Hash(commitment.root),
        ops_root: Hash(commitment.ops_root),
        ops_start: commitment.ops_start,
        ops_end: commitment.ops_end,
    });
    EngineBlock::new(block).ok_or(StartError::Genesis)
}

/// Writes down block 0, and the block that a node begins with which got the state after it. The state of genesis is made and forgotten.
pub async fn write_down<E>(
    context: &E,
    genesis: &Genesis,
    prefix: &str,
    cache: &CacheRef,
    origin: &EngineBlock,
) -> Result<(), StartError>
where
    E: Spawner + Metrics + Clock + Storage,
{
    let database = state::genesis_database(
        context.child("genesis_state"),
        state::config(&format!("{prefix}-draft"), cache.clone()),
        &genesis.state()?,
    )
    .await?;
    let block = block_of(genesis, &state::commitment(&database))?;
    state::destroy(database).await?;
    let mut stored = open(context, prefix).await?;
    stored.put(U64::new(GENESIS), block);
    stored.put(U64::new(ORIGIN), origin.clone());
    stored.sync().await.map_err(storage_error).map(drop)
}

/// What starts round 0.
///
/// # Errors
/// As [`Genesis::committees`].
pub fn first_round(genesis: &Genesis, block: &EngineBlock) -> Result<RoundInfo, GenesisError> {
    let [committee, next] = genesis.committees()?.clone();
    let miners = genesis.draft().miners.iter();
    Ok(RoundInfo {
        round: Round(0),
        seed: block.header().beacon,
        root: Hash(block.digest().0),
        committee,
        next,
        candidates: miners
            .take(round_info::MAX_CANDIDATES)
            .map(|miner| (miner.keys.node, miner.dial.clone()))
            .collect(),
    })
}
