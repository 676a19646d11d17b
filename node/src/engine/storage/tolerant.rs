//! What was finalized long ago ends nobody. Disks lose a sector now and then: whoever asks for the block that was there is told that it is not kept
//! any more, and consensus, which needs the newest blocks alone, goes on. A damage of those still ends the node, as it could not go on.

use std::{
    fmt::Display,
    sync::atomic::{AtomicU32, Ordering},
};

use commonware_consensus::Heightable as _;
use commonware_consensus::{
    marshal::store::{Blocks, Certificates},
    simplex::types::Finalization,
    types::Height as EngineHeight,
};
use commonware_cryptography::Digestible;
use commonware_runtime::Handle;
use commonware_storage::archive::Identifier;
use tracing::error;

/// So many of the newest blocks may be needed to go on.
pub(super) const NEEDED: u64 = 1_024;

/// So often it stands in the log: who asks may be a stranger.
const TOLD: u32 = 32;

/// An archive of which only the newest part has to be readable.
pub struct Tolerant<A> {
    archive: A,
    name: &'static str,
    /// From here on everything may be needed.
    floor: u64,
    told: AtomicU32,
}

impl<A> Tolerant<A> {
    /// `archive`, whose newest block is at `last`.
    pub fn new(archive: A, name: &'static str, last: Option<EngineHeight>) -> Self {
        let mut new = Self {
            archive,
            name,
            floor: 0,
            told: AtomicU32::new(0),
        };
        new.grows(last.unwrap_or_default());
        new
    }

    fn grows(&mut self, height: EngineHeight) {
        self.floor = self.floor.max(height.get().saturating_sub(NEEDED));
    }

    /// An answer of the archive; nothing in place of an error about what is not needed. What is asked for by its hash may be needed.
    fn forgive<V, E: Display>(
        &self,
        height: Option<u64>,
        answer: Result<Option<V>, E>,
    ) -> Result<Option<V>, E> {
        match answer {
            Err(error) if height.is_some_and(|height| height < self.floor) => {
                if self.told.fetch_add(1, Ordering::Relaxed) < TOLD {
                    error!(
                        archive = self.name,
                        height,
                        %error,
                        "what is kept of an old block can't be read: it is given to nobody, and the node goes on"
                    );
                }
                Ok(None)
            }
            answer => answer,
        }
    }
}

/// The height that an archive is asked for; none for a hash.
fn height_of<K: commonware_utils::Array>(id: &Identifier<'_, K>) -> Option<u64> {
    match id {
        Identifier::Index(height) => Some(*height),
        Identifier::Key(_) => None,
    }
}

/// What both kinds of store have in common.
macro_rules! common {
    ($store:ident) => {
        async fn sync(mut self) -> Result<Self, Self::Error> {
            self.archive = $store::sync(self.archive).await?;
            Ok(self)
        }

        async fn start_sync(mut self) -> Result<(Self, Handle<()>), Self::Error> {
            let (archive, handle) = $store::start_sync(self.archive).await?;
            self.archive = archive;
            Ok((self, handle))
        }

        async fn prune(mut self, min: EngineHeight) -> Result<Self, Self::Error> {
            self.archive = $store::prune(self.archive, min).await?;
            Ok(self)
        }

        fn last_index(&self) -> Option<EngineHeight> {
            $store::last_index(&self.archive)
        }
    };
}

impl<A: Certificates> Certificates for Tolerant<A> {
    type BlockDigest = A::BlockDigest;
    type Commitment = A::Commitment;
    type Scheme = A::Scheme;
    type Error = A::Error;

    common!(Certificates);

    async fn put(
        mut self,
        height: EngineHeight,
        digest: Self::BlockDigest,
        finalization: &Finalization<Self::Scheme, Self::Commitment>,
    ) -> Result<Self, Self::Error> {
        self.archive = Certificates::put(self.archive, height, digest, finalization).await?;
        self.grows(height);
        Ok(self)
    }

    async fn get(
        &self,
        id: Identifier<'_, Self::BlockDigest>,
    ) -> Result<Option<Finalization<Self::Scheme, Self::Commitment>>, Self::Error> {
        let height = height_of(&id);
        self.forgive(height, Certificates::get(&self.archive, id).await)
    }

    async fn has(&self, height: EngineHeight) -> Result<bool, Self::Error> {
        Certificates::has(&self.archive, height).await
    }

    fn ranges_from(
        &self,
        from: EngineHeight,
    ) -> impl Iterator<Item = (EngineHeight, EngineHeight)> {
        Certificates::ranges_from(&self.archive, from)
    }
}

impl<A: Blocks> Blocks for Tolerant<A> {
    type Block = A::Block;
    type Error = A::Error;

    common!(Blocks);

    async fn put(
        mut self,
        digest: <Self::Block as Digestible>::Digest,
        block: &Self::Block,
    ) -> Result<Self, Self::Error> {
        self.archive = Blocks::put(self.archive, digest, block).await?;
        self.grows(block.height());
        Ok(self)
    }

    async fn get(
        &self,
        id: Identifier<'_, <Self::Block as Digestible>::Digest>,
    ) -> Result<Option<Self::Block>, Self::Error> {
        let height = height_of(&id);
        self.forgive(height, Blocks::get(&self.archive, id).await)
    }

    fn missing_items(&self, start: EngineHeight, max: usize) -> Vec<EngineHeight> {
        Blocks::missing_items(&self.archive, start, max)
    }

    fn next_gap(&self, value: EngineHeight) -> (Option<EngineHeight>, Option<EngineHeight>) {
        Blocks::next_gap(&self.archive, value)
    }
}
