//! Finalized blocks, for whoever follows the chain: history, for one.
//!
//! The node writes what it found out about a block ([`Recorder::record`]) and goes on. Followers ask for the heights they want
//! ([`Feed::get`]), at their own pace, from wherever they are; nothing the node does waits for one. The newest blocks come from memory,
//! older ones from the archives.

use std::{
    collections::VecDeque,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock},
};

use bytes::Bytes;
use commonware_codec::Encode as _;
use commonware_runtime::Storage;
use etm_types::{Block, BlockOutcome, FinalizedBlock, Hash, Height};
use thiserror::Error;
use tokio::sync::watch;
use tracing::error;

use etm_execution::ChainParams;

use crate::{
    engine::{
        block::Marshal,
        counters::ToEngine as _,
        missing::MissingEnds,
        outcomes::{OutcomeError, Outcomes},
    },
    reader::BoxFuture,
};

/// Blocks that are kept in memory for followers that are at the tip.
pub(crate) const RECENT: usize = 8;

/// A finalized block can't be had.
#[derive(Debug, Error)]
pub enum FeedError {
    /// It is not final yet, or this node has not executed it.
    #[error("block {0} is not there yet")]
    Ahead(Height),
    /// The node doesn't have it any more.
    #[error("block {0} is no longer kept by this node")]
    Gone(Height),
    /// What it brought should be there as well, and is not.
    #[error("block {0} is kept, but what executing it brought is no longer in `node-outcomes`")]
    Lost(Height),
    /// It ends a round, and its certificate is not here yet: peers are asked for it.
    #[error("the certificate of block {0}, which ends a round, is not here yet")]
    Uncertified(Height),
    /// The archives can't be read.
    #[error(transparent)]
    Archive(#[from] OutcomeError),
    /// Blocks and outcomes don't fit together.
    #[error("block {0} and its outcome in the archives are of different chains")]
    Mismatch(Height),
    /// The node has ended.
    #[error("the node has ended")]
    Closed,
}

impl FeedError {
    /// Whether waiting helps nobody, but for a node that has just crashed and has its last blocks again in a moment.
    pub const fn is_for_good(&self) -> bool {
        matches!(
            self,
            Self::Gone(_)
                | Self::Lost(_)
                | Self::Mismatch(_)
                | Self::Archive(OutcomeError::Damaged(_))
        )
    }
}

/// The archive of outcomes, whatever its storage.
trait Archive: Send + Sync + 'static {
    fn append<'a>(
        &'a self,
        height: Height,
        hash: Hash,
        outcome: &'a BlockOutcome,
    ) -> BoxFuture<'a, Result<(), OutcomeError>>;

    fn get(
        &self,
        height: Height,
    ) -> BoxFuture<'_, Result<Option<(Hash, BlockOutcome)>, OutcomeError>>;

    fn keeps(&self, height: Height) -> bool;

    fn gap(&self, begin: Height, done: Height) -> Option<(Height, Height)>;
}

impl<E: Storage> Archive for Outcomes<E> {
    fn append<'a>(
        &'a self,
        height: Height,
        hash: Hash,
        outcome: &'a BlockOutcome,
    ) -> BoxFuture<'a, Result<(), OutcomeError>> {
        Box::pin(Self::append(self, height, hash, outcome))
    }

    fn get(
        &self,
        height: Height,
    ) -> BoxFuture<'_, Result<Option<(Hash, BlockOutcome)>, OutcomeError>> {
        Box::pin(Self::get(self, height))
    }

    fn keeps(&self, height: Height) -> bool {
        Self::keeps(self, height)
    }

    fn gap(&self, begin: Height, done: Height) -> Option<(Height, Height)> {
        Self::gap(self, begin, done)
    }
}

struct Recent {
    block: Arc<Block>,
    hash: Hash,
    outcome: Arc<BlockOutcome>,
}

/// Where blocks and outcomes come from; let go of when the node ends, whose storage nobody may keep.
#[derive(Clone)]
struct Sources {
    outcomes: Arc<dyn Archive>,
    marshal: Marshal,
}

struct Inner {
    /// The newest height, and whether the node has ended.
    tip: watch::Sender<(Height, bool)>,
    recent: Mutex<VecDeque<Recent>>,
    sources: RwLock<Option<Sources>>,
    params: ChainParams,
    missing: MissingEnds,
    /// The first blocks in a row whose outcomes should be there, and are not.
    lost: OnceLock<(Height, Height)>,
}

/// The finalized blocks of a node. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Feed(Arc<Inner>);

/// Writes what the feed gives out. It ends with the engine, and not before: a block that is being finalized while the node is told to stop is
/// written down, whoever is no longer let read.
#[derive(Clone)]
pub struct Recorder {
    outcomes: Arc<dyn Archive>,
    feed: Feed,
}

impl Recorder {
    /// Writes down what executing a final block brought; durable once this returns.
    ///
    /// # Errors
    /// [`OutcomeError`] if the archive can't be written.
    pub async fn record(
        &self,
        block: Arc<Block>,
        hash: Hash,
        outcome: BlockOutcome,
    ) -> Result<(), OutcomeError> {
        let height = block.header.height;
        self.outcomes.append(height, hash, &outcome).await?;
        self.feed.is_recorded(Recent {
            block,
            hash,
            outcome: Arc::new(outcome),
        });
        Ok(())
    }
}

impl Feed {
    /// The feed over the archives of a node, and what writes them; what it finds missing it notes in `missing`.
    pub fn new<E: Storage>(
        outcomes: Outcomes<E>,
        marshal: Marshal,
        params: ChainParams,
        missing: MissingEnds,
    ) -> (Self, Recorder) {
        let tip = watch::Sender::new((outcomes.last(), false));
        let outcomes: Arc<dyn Archive> = Arc::new(outcomes);
        let feed = Self(Arc::new(Inner {
            params,
            missing,
            lost: OnceLock::new(),
            tip,
            recent: Mutex::default(),
            sources: RwLock::new(Some(Sources {
                outcomes: Arc::clone(&outcomes),
                marshal,
            })),
        }));
        let recorder = Recorder {
            outcomes,
            feed: feed.clone(),
        };
        (feed, recorder)
    }

    /// Looks whether the outcomes of all blocks from `begin` up to the one that is `done` are there, as far as that can be told
    /// without reading them all, and says so if not. The chain does without them.
    pub fn look_for_losses(&self, begin: Height, done: Height) {
        let Ok(Sources { outcomes, .. }) = self.sources() else {
            return;
        };
        if let Some((first, last)) = outcomes.gap(begin, done) {
            error!(
                "what executing blocks {first} to {last} brought is no longer in `node-outcomes`, which was damaged or removed: the chain \
                 goes on, but a history that has to be written anew can't have these blocks; keep history.db, and put back a copy of \
                 the whole folder or begin with an empty one"
            );
            let _ = self.0.lost.set((first, last));
        }
        // These blocks are there, whatever became of their outcomes.
        self.0
            .tip
            .send_modify(|(newest, _)| *newest = done.max(*newest));
    }

    /// The first blocks in a row whose outcomes should be there and were not when the node was started.
    pub fn lost(&self) -> Option<(Height, Height)> {
        self.0.lost.get().copied()
    }

    fn sources(&self) -> Result<Sources, FeedError> {
        self.0
            .sources
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .ok_or(FeedError::Closed)
    }

    fn recent(&self) -> MutexGuard<'_, VecDeque<Recent>> {
        self.0.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_recorded(&self, newest: Recent) {
        let at = newest.block.header.height;
        {
            let mut recent = self.recent();
            if recent.len() == RECENT {
                recent.pop_front();
            }
            recent.push_back(newest);
        }
        self.0.tip.send_if_modified(|(newest, _)| {
            let higher = at > *newest;
            *newest = at.max(*newest);
            higher
        });
    }

    /// The newest height there is.
    pub fn height(&self) -> Height {
        self.0.tip.borrow().0
    }

    /// Waits until the block at `height` is there, or the node has ended.
    pub fn wait(&self, height: Height) -> impl Future<Output = ()> + Send + use<> {
        let mut tip = self.0.tip.subscribe();
        async move {
            // An error means that the node is gone: asking for the block will say so.
            let _ = tip
                .wait_for(|(newest, ended)| *ended || *newest >= height)
                .await;
        }
    }

    /// The finalized block at `height`.
    ///
    /// # Errors
    /// [`FeedError`]
    pub async fn get(&self, height: Height) -> Result<FinalizedBlock, FeedError> {
        let Sources { outcomes, marshal } = self.sources()?;
        if height > self.height() {
            return Err(FeedError::Ahead(height));
        }
        let recent = self
            .recent()
            .iter()
            .find(|recent| recent.block.header.height == height)
            .map(|recent| {
                let (block, outcome) = (Arc::clone(&recent.block), Arc::clone(&recent.outcome));
                (block, recent.hash, outcome)
            });
        let at = height.to_engine();
        let (block, hash, outcome) = match recent {
            Some(recent) => recent,
            None => {
                let outcome = outcomes.get(height).await?;
                let block = self.block(height).await?;
                let Some((hash, outcome)) = outcome else {
                    return Err(if outcomes.keeps(height) {
                        FeedError::Lost(height)
                    } else {
                        FeedError::Gone(height)
                    });
                };
                if block.hash() != hash {
                    return Err(FeedError::Mismatch(height));
                }
                (block, hash, Arc::new(outcome))
            }
        };
        let certificate = marshal.get_finalization(at).await;
        if certificate.is_none() && self.0.params.is_last_of_round(height) {
            // Everybody who follows certificates goes by this one.
            self.0.missing.note(self.0.params.round_of(height));
            return Err(FeedError::Uncertified(height));
        }
        let certificate = certificate
            .map(|finalization| finalization.encode().into())
            .unwrap_or_default();
        Ok(FinalizedBlock {
            block,
            hash,
            certificate,
            outcome,
        })
    }

    /// The finalized block at `height` alone, whatever became of what executing it brought.
    ///
    /// # Errors
    /// [`FeedError::Gone`] if it is not kept or can't be read, [`FeedError::Closed`].
    pub async fn block(&self, height: Height) -> Result<Arc<Block>, FeedError> {
        let block = self.sources()?.marshal.get_block(height.to_engine()).await;
        let block = block.ok_or(FeedError::Gone(height))?;
        Ok(block.inner().shared())
    }

    /// The encoding of the finalized block at `height`, and of what makes it final: empty if that is not here, as with blocks that became final with
    /// a later one.
    ///
    /// # Errors
    /// [`FeedError`]
    pub async fn encoded(&self, height: Height) -> Result<(Bytes, Bytes), FeedError> {
        let Sources { marshal, .. } = self.sources()?;
        if height > self.height() {
            return Err(FeedError::Ahead(height));
        }
        let at = height.to_engine();
        let block = marshal.get_block(at).await.ok_or(FeedError::Gone(height))?;
        let certificate = marshal.get_finalization(at).await;
        if certificate.is_none() && self.0.params.is_last_of_round(height) {
            self.0.missing.note(self.0.params.round_of(height));
        }
        let certificate = certificate.map(|known| known.encode()).unwrap_or_default();
        Ok((block.inner().bytes().clone(), certificate))
    }

    /// Lets go of the archives: every later question fails.
    pub fn close(&self) {
        *self
            .0
            .sources
            .write()
            .unwrap_or_else(PoisonError::into_inner) = None;
        // Whoever waits for a block waits for nothing.
        self.0.tip.send_modify(|(_, ended)| *ended = true);
    }
}
