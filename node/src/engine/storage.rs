//! How the archives and journals of a node are laid out on disk, and how much of them stays.
//!
//! Every file of a node stays open while it runs, so the number of files must not grow with the chain: whatever grows
//! without end is kept in few large files, and everything else is removed from behind.

mod tolerant;

use std::{
    num::{NonZeroU16, NonZeroU32, NonZeroU64, NonZeroUsize},
    sync::Arc,
};

use commonware_codec::CodecShared;
use commonware_consensus::{
    marshal::store::{Blocks, Certificates},
    simplex::types::Finalization,
    types::{Height as EngineHeight, ViewDelta},
};
use commonware_cryptography::certificate::Verifier as _;
use commonware_runtime::{Handle, buffer::paged::CacheRef};
use commonware_storage::{
    Context,
    archive::{Error, Identifier, immutable, prunable},
    translator::EightCap,
};
use commonware_utils::{NZU16, NZU64, NZUsize};

use tolerant::Tolerant;

use super::{
    block::EngineBlock,
    tip::Tip,
    types::{Digest, Scheme},
};

/// Bytes buffered before a write.
pub const WRITE_BUFFER: NonZeroUsize = NZUsize!(64 * 1024);
/// Bytes read at once on recovery.
pub const REPLAY_BUFFER: NonZeroUsize = NZUsize!(256 * 1024);

/// Views behind the tip of which consensus and marshal keep what they heard. Marshal keeps a set of open files for each
/// round these may reach back to: [`crate::files::needed`] counts them.
pub(crate) const VIEW_RETENTION: ViewDelta = ViewDelta::new(16);

/// Blocks that are executed before the first of them is durable, so that a node that catches up waits once for many; a round's, where that
/// is shorter. So many of the newest may have to be executed again after a stop.
pub(super) const UNACKNOWLEDGED: u64 = 32;

const PAGE: NonZeroU16 = NZU16!(4096);
const PAGES: NonZeroUsize = NZUsize!(1024);

/// Blocks per file of the index of an archive that keeps all: ten months of mainnet are 33 files.
const KEPT_SECTION: NonZeroU64 = NZU64!(1 << 18);
/// Bytes per file of the values of an archive that keeps all.
const KEPT_FILE: u64 = 1 << 30;
/// Slots of a new hash table of an archive that keeps all; it doubles as it fills.
const TABLE: u32 = 1 << 12;
/// Entries of a slot from which on it counts as full.
const TABLE_FULL: u8 = 4;
/// Slots moved with each block while the table doubles.
const TABLE_STEP: u32 = 1 << 12;
/// Blocks per file of an archive that forgets: the step in which old ones are removed.
const WINDOW_SECTION: NonZeroU64 = NZU64!(1 << 14);

/// How many finalized blocks a node keeps for those that come late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Retention {
    /// All: a new node can follow from genesis.
    #[default]
    All,
    /// At least this many, and never less than two rounds. Old ones go 16,384 at a time.
    Blocks(NonZeroU32),
}

impl Retention {
    /// How many blocks are kept at least; `None`: all.
    pub fn window(self, blocks_per_round: u64) -> Option<u64> {
        match self {
            Self::All => None,
            Self::Blocks(blocks) => {
                Some(u64::from(blocks.get()).max(blocks_per_round.saturating_mul(2)))
            }
        }
    }
}

/// The read cache of a node: 4 MiB.
pub fn cache() -> CacheRef {
    CacheRef::new(PAGE, PAGES)
}

/// Where the archive `name` has its commits, in either form.
pub fn partitions(prefix: &str, name: &str) -> [String; 2] {
    ["commits", "window-commits"].map(|part| format!("{prefix}-{name}-{part}"))
}

/// What is finalized, as marshal keeps it.
pub struct Archives<E: Context> {
    /// The certificates of blocks.
    pub finalizations: Tolerant<Archive<E, Finalization<Scheme, Digest>>>,
    pub blocks: Tolerant<Archive<E, Arc<EngineBlock>>>,
}

impl<E: Context> Archives<E> {
    /// Opens both, of a node that has executed all up to `tip`.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub async fn open(
        context: &E,
        prefix: &str,
        retention: Retention,
        blocks_per_round: u64,
        cache: &CacheRef,
        tip: &Tip,
    ) -> Result<Self, Error> {
        let finalizations = Archive::open(
            context.child("finalizations"),
            prefix,
            "finalizations",
            retention,
            blocks_per_round,
            cache.clone(),
            Scheme::certificate_codec_config_unbounded(),
        )
        .await?;
        let blocks = Archive::open(
            context.child("blocks"),
            prefix,
            "blocks",
            retention,
            blocks_per_round,
            cache.clone(),
            (),
        )
        .await?;
        Ok(Self {
            finalizations: Tolerant::new(finalizations, "finalizations", tip.clone()),
            blocks: Tolerant::new(blocks, "blocks", tip.clone()),
        })
    }
}

/// An archive of what is finalized, by height and hash.
pub enum Archive<E: Context, V: CodecShared> {
    /// Everything stays.
    Kept(immutable::Archive<E, Digest, V>),
    /// The newest blocks stay: at least so many.
    Window(prunable::Archive<EightCap, E, Digest, V>, u64),
}

impl<E: Context, V: CodecShared> Archive<E, V> {
    /// Opens the archive `name`.
    ///
    /// # Errors
    /// The storage's, if its files can't be read or contradict each other.
    pub async fn open(
        context: E,
        prefix: &str,
        name: &str,
        retention: Retention,
        blocks_per_round: u64,
        cache: CacheRef,
        codec_config: V::Cfg,
    ) -> Result<Self, Error> {
        let partition = |part: &str| format!("{prefix}-{name}-{part}");
        match retention.window(blocks_per_round) {
            None => {
                let config = immutable::Config {
                    metadata_partition: partition("commits"),
                    freezer_table_partition: partition("table"),
                    freezer_table_initial_size: TABLE,
                    freezer_table_resize_frequency: TABLE_FULL,
                    freezer_table_resize_chunk_size: TABLE_STEP,
                    freezer_key_partition: partition("keys"),
                    freezer_key_page_cache: cache,
                    freezer_value_partition: partition("values"),
                    freezer_value_target_size: KEPT_FILE,
                    freezer_value_compression: None,
                    ordinal_partition: partition("heights"),
                    items_per_section: KEPT_SECTION,
                    freezer_key_write_buffer: WRITE_BUFFER,
                    freezer_value_write_buffer: WRITE_BUFFER,
                    ordinal_write_buffer: WRITE_BUFFER,
                    replay_buffer: REPLAY_BUFFER,
                    codec_config,
                };
                immutable::Archive::init(context, config)
                    .await
                    .map(Self::Kept)
            }
            Some(window) => {
                let config = prunable::Config {
                    translator: EightCap,
                    metadata_partition: partition("window-commits"),
                    key_partition: partition("window-keys"),
                    key_page_cache: cache,
                    value_partition: partition("window-values"),
                    compression: None,
                    codec_config,
                    items_per_section: WINDOW_SECTION,
                    key_write_buffer: WRITE_BUFFER,
                    value_write_buffer: WRITE_BUFFER,
                    replay_buffer: REPLAY_BUFFER,
                };
                prunable::Archive::init(context, config)
                    .await
                    .map(|archive| Self::Window(archive, window))
            }
        }
    }
}

/// Passes a call on to whichever archive it is.
macro_rules! either {
    ($self:ident, $archive:ident => $call:expr) => {
        match $self {
            Self::Kept($archive) => $call,
            Self::Window($archive, _) => $call,
        }
    };
    ($self:ident, move $archive:ident => $call:expr) => {
        match $self {
            Self::Kept($archive) => Ok(Self::Kept($call)),
            Self::Window($archive, window) => Ok(Self::Window($call, window)),
        }
    };
}

/// What both kinds of archive have in common.
macro_rules! common {
    ($store:ident) => {
        async fn sync(self) -> Result<Self, Error> {
            either!(self, move archive => $store::sync(archive).await?)
        }

        async fn start_sync(self) -> Result<(Self, Handle<()>), Error> {
            match self {
                Self::Kept(archive) => {
                    let (archive, handle) = $store::start_sync(archive).await?;
                    Ok((Self::Kept(archive), handle))
                }
                Self::Window(archive, window) => {
                    let (archive, handle) = $store::start_sync(archive).await?;
                    Ok((Self::Window(archive, window), handle))
                }
            }
        }

        /// Told of heights that are no longer needed to go on; the window stays for others.
        async fn prune(self, min: EngineHeight) -> Result<Self, Error> {
            match self {
                Self::Kept(_) => Ok(self),
                Self::Window(archive, window) => {
                    let min = EngineHeight::new(min.get().saturating_sub(window));
                    let archive = $store::prune(archive, min).await?;
                    Ok(Self::Window(archive, window))
                }
            }
        }

        fn last_index(&self) -> Option<EngineHeight> {
            either!(self, archive => $store::last_index(archive))
        }
    };
}

impl<E: Context> Certificates for Archive<E, Finalization<Scheme, Digest>> {
    type BlockDigest = Digest;
    type Commitment = Digest;
    type Scheme = Scheme;
    type Error = Error;

    common!(Certificates);

    async fn put(
        self,
        height: EngineHeight,
        digest: Digest,
        finalization: &Finalization<Scheme, Digest>,
    ) -> Result<Self, Error> {
        either!(self, move archive => Certificates::put(archive, height, digest, finalization).await?)
    }

    async fn get(
        &self,
        id: Identifier<'_, Digest>,
    ) -> Result<Option<Finalization<Scheme, Digest>>, Error> {
        either!(self, archive => Certificates::get(archive, id).await)
    }

    async fn has(&self, height: EngineHeight) -> Result<bool, Error> {
        either!(self, archive => Certificates::has(archive, height).await)
    }

    fn ranges_from(
        &self,
        from: EngineHeight,
    ) -> impl Iterator<Item = (EngineHeight, EngineHeight)> {
        let ranges: Box<dyn Iterator<Item = (EngineHeight, EngineHeight)>> = match self {
            Self::Kept(archive) => Box::new(Certificates::ranges_from(archive, from)),
            Self::Window(archive, _) => Box::new(Certificates::ranges_from(archive, from)),
        };
        ranges
    }
}

impl<E: Context> Blocks for Archive<E, Arc<EngineBlock>> {
    type Block = Arc<EngineBlock>;
    type Error = Error;

    common!(Blocks);

    async fn put(self, digest: Digest, block: &Arc<EngineBlock>) -> Result<Self, Error> {
        either!(self, move archive => Blocks::put(archive, digest, block).await?)
    }

    async fn get(&self, id: Identifier<'_, Digest>) -> Result<Option<Arc<EngineBlock>>, Error> {
        either!(self, archive => Blocks::get(archive, id).await)
    }

    fn missing_items(&self, start: EngineHeight, max: usize) -> Vec<EngineHeight> {
        either!(self, archive => Blocks::missing_items(archive, start, max))
    }

    fn next_gap(&self, value: EngineHeight) -> (Option<EngineHeight>, Option<EngineHeight>) {
        either!(self, archive => Blocks::next_gap(archive, value))
    }
}

#[cfg(test)]
mod tests;
