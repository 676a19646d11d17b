//! How the parts that come from libraries are set: bounds, times, files. [`start`](super::start) puts them together.

use std::{
    num::{NonZeroU64, NonZeroUsize},
    time::Duration,
};

use commonware_broadcast::buffered;
use commonware_consensus::{
    marshal::{
        self,
        core::Floor,
        resolver::handler::{Handler, Key},
        standard::Standard,
    },
    types::FixedEpocher,
};
use commonware_cryptography::Digested;
use commonware_glue::stateful::{
    Config as StatefulConfig, PruneConfig, SyncPlan, db::SyncEngineConfig,
};
use commonware_p2p::Blocker;
use commonware_parallel::Sequential;
use commonware_resolver::p2p as resolver;
use commonware_runtime::{Clock, Metrics, Spawner, Storage, buffer::paged::CacheRef};
use commonware_utils::{NZDuration, NZU64, NZUsize};
use rand_core::CryptoRng;

use super::{
    BLOCKS_OF_A_PEER, Config,
    application::App,
    block::{EngineBlock, Marshal},
    peers::Tracker,
    provider::Schemes,
    state::{self, NoDownload},
    storage,
    types::{Digest, PublicKey, Scheme},
};

/// Messages that wait for a part of this node before it is looked at which of them are still needed.
pub const MAILBOX: NonZeroUsize = NZUsize!(1024);

type BackfillConfig<B, T> =
    resolver::Config<PublicKey, T, B, Key<Digest>, Handler<Digest>, Handler<Digest>>;

/// Peers are asked for the blocks and certificates that marshal lacks, and asked by them.
pub fn backfill<B, T>(config: &Config<B, T>, handler: &Handler<Digest>) -> BackfillConfig<B, T>
where
    B: Blocker<PublicKey = PublicKey>,
    T: Tracker,
{
    resolver::Config {
        peer_provider: config.tracker.clone(),
        blocker: config.blocker.clone(),
        consumer: handler.clone(),
        producer: handler.clone(),
        mailbox_size: MAILBOX,
        me: Some(config.me.clone()),
        fetch_timeout: NZDuration!(Duration::from_secs(2)),
        fetch_retry_delay: Duration::from_millis(100),
        priority_requests: false,
        priority_responses: false,
    }
}

/// Blocks are sent to peers, and kept as they come from them, until consensus asks.
pub fn broadcast<B, T>(config: &Config<B, T>) -> buffered::Config<PublicKey, (), T, Sequential>
where
    T: Tracker,
{
    buffered::Config {
        public_key: config.me.clone(),
        mailbox_size: MAILBOX,
        deque_size: BLOCKS_OF_A_PEER,
        priority: true,
        codec_config: (),
        peer_provider: config.tracker.clone(),
        strategy: Sequential,
    }
}

type MarshalConfig =
    marshal::Config<Schemes, FixedEpocher, Sequential, EngineBlock, Digested<EngineBlock>>;

/// What is final is put in order and kept, from `start` on.
pub fn marshal(
    prefix: &str,
    cache: CacheRef,
    blocks_per_round: NonZeroU64,
    schemes: Schemes,
    start: marshal::Start<Scheme, Digest, Digested<EngineBlock>>,
) -> MarshalConfig {
    marshal::Config {
        provider: schemes,
        epocher: FixedEpocher::new(blocks_per_round),
        start,
        partition_prefix: format!("{prefix}-marshal"),
        mailbox_size: MAILBOX,
        view_retention: storage::VIEW_RETENTION,
        prunable_items_per_section: NZU64!(64),
        page_cache: cache,
        replay_buffer: storage::REPLAY_BUFFER,
        key_write_buffer: storage::WRITE_BUFFER,
        value_write_buffer: storage::WRITE_BUFFER,
        block_codec_config: (),
        max_repair: NZUsize!(32),
        max_pending_acks: unacknowledged(blocks_per_round),
        strategy: Sequential,
    }
}

fn unacknowledged(blocks_per_round: NonZeroU64) -> NonZeroUsize {
    let most = blocks_per_round.get().min(storage::UNACKNOWLEDGED);
    usize::try_from(most)
        .ok()
        .and_then(NonZeroUsize::new)
        .unwrap_or(NonZeroUsize::MIN)
}

type StateConfig<E> = StatefulConfig<E, App, Standard<EngineBlock>, NoDownload, Sequential>;

/// The state follows what is final, with what is not final yet on top. By `plan` it is never got from peers: it is put in place before
/// ([`crate::snapshot`]).
pub fn state<E>(
    app: App,
    marshal: (Marshal, Floor),
    plan: SyncPlan<E, Scheme, Standard<EngineBlock>>,
    prefix: &str,
    cache: CacheRef,
    blocks_per_round: NonZeroU64,
) -> StateConfig<E>
where
    E: Spawner + Metrics + Clock + Storage + CryptoRng,
{
    StatefulConfig {
        application: app,
        db_config: state::config(prefix, cache),
        provider: (),
        marshal,
        mailbox_size: MAILBOX,
        plan,
        resolvers: NoDownload,
        sync_config: SyncEngineConfig {
            fetch_batch_size: NZU64!(16),
            apply_batch_size: NZU64!(64),
            max_outstanding_requests: NZUsize!(1),
        },
        prune_config: Some(pruning(blocks_per_round)),
        strategy: Sequential,
    }
}

/// How often what is no longer needed is removed. Operations of the state that later ones replaced serve whoever takes a snapshot of the
/// end of a round ([`crate::snapshot`]): those of the newest and of the one before stay, so that there is a round's time to take one. The
/// blocks' archives keep what [`Retention`](super::Retention) says beyond the heights they are told to forget.
fn pruning(blocks_per_round: NonZeroU64) -> PruneConfig {
    let retained = blocks_per_round.get().saturating_mul(2);
    let retained = usize::try_from(retained).unwrap_or(usize::MAX / 2);
    PruneConfig {
        maintenance_interval: NZUsize!(64),
        retained_marshal_blocks: retained,
        retained_qmdb_blocks: retained,
    }
}
