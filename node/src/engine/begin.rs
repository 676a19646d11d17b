//! What a chain begins with: block 0 and its state, written before anything else runs, and what starts round 0.

use commonware_cryptography::Digestible as _;
use commonware_runtime::{Clock, Metrics, Spawner, Storage, buffer::paged::CacheRef};
use commonware_storage::metadata::{self, Metadata};
use commonware_utils::sequence::U64;
use etm_execution::{Genesis, StateRoots};
use etm_types::Hash;

use super::{
    StartError,
    block::EngineBlock,
    round_info::{self, RoundInfo},
    state, storage,
};

/// Block 0, with the genesis state written before anything else runs.
pub async fn genesis_block<E>(
    context: &E,
    genesis: &Genesis,
    prefix: &str,
    cache: &CacheRef,
) -> Result<EngineBlock, StartError>
where
    E: Spawner + Metrics + Clock + Storage,
{
    let storage_error = |error: metadata::Error| StartError::Storage(error.to_string());
    let mut stored: Metadata<E, U64, EngineBlock> = Metadata::init(
        context.child("genesis"),
        metadata::Config {
            partition: format!("{prefix}-genesis"),
            codec_config: (),
        },
    )
    .await
    .map_err(storage_error)?;
    if let Some(block) = stored.get(&U64::new(0)) {
        let block = block.clone();
        return if block.header().chain == genesis.chain().id {
            Ok(block)
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
        genesis.state(),
    )
    .await?;
    let block = genesis.block(StateRoots {
        state_root: Hash(commitment.root),
        ops_root: Hash(commitment.ops_root),
        ops_start: commitment.ops_start,
        ops_end: commitment.ops_end,
    });
    let block = EngineBlock::new(block).ok_or(StartError::Genesis)?;
    stored = stored
        .put_sync(U64::new(0), block.clone())
        .await
        .map_err(storage_error)?;
    drop(stored);
    Ok(block)
}

/// What starts round 0.
pub fn first_round(genesis: &Genesis, block: &EngineBlock) -> RoundInfo {
    let [committee, next] = genesis.committees().clone();
    let miners = genesis.draft().miners.iter();
    RoundInfo {
        round: 0,
        seed: block.header().beacon,
        root: Hash(block.digest().0),
        committee,
        next,
        candidates: miners
            .take(round_info::MAX_CANDIDATES)
            .map(|miner| (miner.keys.node, miner.dial.clone()))
            .collect(),
    }
}
