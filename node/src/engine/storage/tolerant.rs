//! What is executed ends nobody. Disks lose a sector now and then: whoever asks for the block that was there is told that it is not kept any more,
//! and consensus, which needs by their hashes the newest blocks alone, goes on. A damage of what is still to be executed, or of a new block that is
//! asked for by its hash, ends the node, as it could not go on.

use std::{
    fmt::Display,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use commonware_consensus::{
    marshal::store::{Blocks, Certificates},
    simplex::types::Finalization,
    types::Height as EngineHeight,
};
use commonware_cryptography::Digestible as _;
use commonware_runtime::Handle;
use commonware_storage::{
    Context,
    archive::{Error, Identifier},
};
use tracing::error;

use super::{Archive, Digest, EngineBlock, Scheme, UNACKNOWLEDGED};
use crate::engine::tip::Tip;

/// So often it stands in the log: who asks may be a stranger.
const TOLD: u32 = 32;

/// An archive of which only the newest part has to be readable.
pub struct Tolerant<A> {
    archive: A,
    name: &'static str,
    /// What is executed.
    tip: Tip,
    told: AtomicU32,
}

impl<A> Tolerant<A> {
    /// `archive` of a node that has executed all up to `tip`.
    pub const fn new(archive: A, name: &'static str, tip: Tip) -> Self {
        Self {
            archive,
            name,
            tip,
            told: AtomicU32::new(0),
        }
    }

    /// From this height on everything may be needed.
    fn floor(&self) -> u64 {
        self.tip.height().0.saturating_sub(UNACKNOWLEDGED)
    }

    /// What stands in the log where a damage is forgiven.
    fn forgiven(&self, error: &impl Display) {
        if self.told.fetch_add(1, Ordering::Relaxed) < TOLD {
            error!(
                archive = self.name,
                %error,
                "what is kept of an old block can't be read: it is given to nobody, and the node goes on"
            );
        }
    }
}

/// What both kinds of store have in common: which hash what they keep has.
macro_rules! common {
    ($store:ident, $value:ty, $kept:ident => $hash:expr) => {
        async fn get(&self, id: Identifier<'_, Digest>) -> Result<Option<$value>, Error> {
            let asked = match id {
                Identifier::Index(height) => Ok(height),
                Identifier::Key(hash) => Err(*hash),
            };
            let error = match $store::get(&self.archive, id).await {
                Err(error) => error,
                answer => return answer,
            };
            let floor = self.floor();
            match asked {
                // At first it is not known what is executed.
                _ if floor == 0 => return Err(error),
                // While this process runs, what it has executed is asked for by height for others alone.
                Ok(height) if height > self.tip.height().0 => return Err(error),
                Ok(_) => {}
                // Whether it may be needed say the hashes of all that may be: 32, and what came since.
                Err(hash) => {
                    let last = $store::last_index(self).map_or(0, EngineHeight::get);
                    for height in floor..=last {
                        let needed = $store::get(&self.archive, Identifier::Index(height)).await?;
                        if needed.is_some_and(|$kept| $hash == hash) {
                            return Err(error);
                        }
                    }
                }
            }
            self.forgiven(&error);
            Ok(None)
        }

        async fn sync(mut self) -> Result<Self, Error> {
            self.archive = $store::sync(self.archive).await?;
            Ok(self)
        }

        async fn start_sync(mut self) -> Result<(Self, Handle<()>), Error> {
            let (archive, handle) = $store::start_sync(self.archive).await?;
            self.archive = archive;
            Ok((self, handle))
        }

        async fn prune(mut self, min: EngineHeight) -> Result<Self, Error> {
            self.archive = $store::prune(self.archive, min).await?;
            Ok(self)
        }

        fn last_index(&self) -> Option<EngineHeight> {
            $store::last_index(&self.archive)
        }
    };
}

impl<E: Context> Certificates for Tolerant<Archive<E, Finalization<Scheme, Digest>>> {
    type BlockDigest = Digest;
    type Commitment = Digest;
    type Scheme = Scheme;
    type Error = Error;

    common!(Certificates, Finalization<Scheme, Digest>, certificate => certificate.proposal.payload);

    async fn put(
        mut self,
        height: EngineHeight,
        digest: Digest,
        finalization: &Finalization<Scheme, Digest>,
    ) -> Result<Self, Error> {
        self.archive = Certificates::put(self.archive, height, digest, finalization).await?;
        Ok(self)
    }

    async fn has(&self, height: EngineHeight) -> Result<bool, Error> {
        Certificates::has(&self.archive, height).await
    }

    fn ranges_from(
        &self,
        from: EngineHeight,
    ) -> impl Iterator<Item = (EngineHeight, EngineHeight)> {
        Certificates::ranges_from(&self.archive, from)
    }
}

impl<E: Context> Blocks for Tolerant<Archive<E, Arc<EngineBlock>>> {
    type Block = Arc<EngineBlock>;
    type Error = Error;

    common!(Blocks, Arc<EngineBlock>, block => block.digest());

    async fn put(mut self, digest: Digest, block: &Arc<EngineBlock>) -> Result<Self, Error> {
        self.archive = Blocks::put(self.archive, digest, block).await?;
        Ok(self)
    }

    fn missing_items(&self, start: EngineHeight, max: usize) -> Vec<EngineHeight> {
        Blocks::missing_items(&self.archive, start, max)
    }

    fn next_gap(&self, value: EngineHeight) -> (Option<EngineHeight>, Option<EngineHeight>) {
        Blocks::next_gap(&self.archive, value)
    }
}
