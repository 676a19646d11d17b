//! How the archives and journals of a node are laid out on disk.

use std::num::{NonZeroU16, NonZeroU64, NonZeroUsize};

use commonware_runtime::buffer::paged::CacheRef;
use commonware_storage::{archive::prunable, translator::EightCap};
use commonware_utils::{NZU16, NZU64, NZUsize};

/// Bytes buffered before a write.
pub const WRITE_BUFFER: NonZeroUsize = NZUsize!(64 * 1024);
/// Bytes read at once on recovery.
pub const REPLAY_BUFFER: NonZeroUsize = NZUsize!(256 * 1024);
/// Blocks per file of an archive, and so the step in which old ones can be removed.
pub const SECTION: NonZeroU64 = NZU64!(256);

const PAGE: NonZeroU16 = NZU16!(4096);
const PAGES: NonZeroUsize = NZUsize!(1024);

/// The read cache of a node: 4 MiB.
pub fn cache() -> CacheRef {
    CacheRef::new(PAGE, PAGES)
}

/// An archive by height.
pub fn archive<C>(
    prefix: &str,
    name: &str,
    cache: CacheRef,
    codec_config: C,
) -> prunable::Config<EightCap, C> {
    prunable::Config {
        translator: EightCap,
        metadata_partition: format!("{prefix}-{name}-metadata"),
        key_partition: format!("{prefix}-{name}-key"),
        key_page_cache: cache,
        value_partition: format!("{prefix}-{name}-value"),
        compression: None,
        codec_config,
        items_per_section: SECTION,
        key_write_buffer: WRITE_BUFFER,
        value_write_buffer: WRITE_BUFFER,
        replay_buffer: REPLAY_BUFFER,
    }
}
