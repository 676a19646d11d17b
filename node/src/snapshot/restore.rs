//! Making a node's folder of a snapshot: as if the node had been stopped after the block whose state it is.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use commonware_codec::varint::UInt;
use commonware_consensus::{
    Heightable as _,
    marshal::store::{Blocks as _, Certificates as _},
};
use commonware_cryptography::Digestible as _;
use commonware_runtime::{Clock, Metrics, Runner as _, Spawner, Storage, tokio};
use commonware_storage::{
    Context as StorageContext,
    metadata::{self, Metadata},
    mmr::Family,
    qmdb::sync::{self, EngineError, Request, Source, source},
};
use commonware_utils::{NZU64, NZUsize, sequence::U64};
use etm_execution::{ChainParams, Genesis};
use etm_types::{Hash, Header};

use super::{
    Checkpoint, MAX_PIECE_OPERATIONS, Progress, SnapshotError, SnapshotFile, Verified, base,
};
use crate::{
    engine::{
        Retention, begin,
        round_info::RoundInfo,
        state::Commitment,
        state::{self, Database, StateOperation},
        storage::{self, Archives},
        tip::Tip,
        types::Digest,
    },
    folder::{self, PREFIX},
    record::{self, Record},
};

/// Under which key marshal keeps the height up to which blocks are done, in the partition that it calls its application's. A test
/// holds it to that: a node goes on after the block of a snapshot.
const DONE: U64 = U64::new(0xFF);

/// What comes of a snapshot.
pub type Observer = Box<dyn FnMut(Progress) + Send>;

/// Where the folder `directory` is made of a snapshot: what is there when nobody makes one was left by an attempt that was cut short.
pub(crate) fn left_by_restore(directory: &Path) -> PathBuf {
    directory.with_extension(folder::RESTORING)
}

/// Makes the folder `directory` of a node of the snapshot in `file`. It is put into its place once it is whole: a folder is as it was, or
/// it is one of a node that was stopped after the snapshot's block. What a history begins with is taken from the state if there is to be one.
///
/// # Errors
/// [`SnapshotError`]; then there is nothing in the folder.
pub fn restore(
    file: &Path,
    genesis: &Arc<Genesis>,
    directory: &Path,
    retention: Retention,
    checkpoint: Option<Checkpoint>,
    history: bool,
    mut observe: Observer,
) -> Result<Header, SnapshotError> {
    let _lock = folder::lock(directory)?;
    if !record::is_empty(directory)? {
        return Err(SnapshotError::NotEmpty(directory.to_owned()));
    }
    let snapshot = SnapshotFile::open(file, genesis, checkpoint)?;
    let draft = left_by_restore(directory);
    let failed = |reason| SnapshotError::Io(draft.clone(), reason);
    if draft.exists() {
        observe(Progress::Anew(draft.clone()));
        fs::remove_dir_all(&draft).map_err(failed)?;
    }
    let config = tokio::Config::new()
        .with_worker_threads(2)
        .with_catch_panics(false)
        .with_storage_directory(&draft);
    let (for_chain, for_history) = (Arc::clone(genesis), history.then(|| base(&draft)));
    let restored = tokio::Runner::new(config).start(|context| async move {
        restore_in(
            &context,
            &for_chain,
            PREFIX,
            retention,
            snapshot,
            for_history,
            observe,
        )
        .await
    });
    let placed = restored.and_then(|header| {
        let wanted = Record {
            chain: genesis.chain().id,
            node: None,
            blocks: retention.into(),
        };
        record::check(directory, &wanted)?;
        fs::rename(&draft, directory).map_err(failed)?;
        if let Some(parent) = directory.parent() {
            File::open(parent)
                .and_then(|parent| parent.sync_all())
                .map_err(failed)?;
        }
        Ok(header)
    });
    if placed.is_err() {
        let _ = fs::remove_dir_all(&draft);
    }
    placed
}

/// The same in a runtime that is there already, under names that begin with `prefix`. Nothing may be there under such names. What a history
/// begins with is written into the file `base`, if there is one.
///
/// # Errors
/// [`SnapshotError`]; then what was written is good for nothing.
pub async fn restore_in<E, R>(
    context: &E,
    genesis: &Genesis,
    prefix: &str,
    retention: Retention,
    snapshot: SnapshotFile<R>,
    base: Option<PathBuf>,
    observe: Observer,
) -> Result<Header, SnapshotError>
where
    E: Spawner + Metrics + Clock + Storage + StorageContext,
    R: Read + Send + 'static,
{
    let head = snapshot.head().clone();
    let base = base.map(|file| (genesis.chain().params, file));
    state_of(context, prefix, snapshot, base, observe).await?;
    let cache = storage::cache();
    begin::write_down(context, genesis, prefix, &cache, &head.block)
        .await
        .map_err(failed)?;
    let blocks_per_round = u64::from(genesis.chain().params.mechanism.blocks_per_round);
    let (height, digest) = (head.block.height(), head.block.digest());
    let tip = Tip::new(head.header().clone());
    let archives = Archives::open(context, prefix, retention, blocks_per_round, &cache, &tip)
        .await
        .map_err(failed)?;
    let block = Arc::new(head.block.clone());
    let blocks = archives.blocks.put(digest, &block).await.map_err(failed)?;
    drop(blocks.sync().await.map_err(failed)?);
    let certificates = archives
        .finalizations
        .put(height, digest, &head.finalization)
        .await
        .map_err(failed)?;
    drop(certificates.sync().await.map_err(failed)?);
    let info = next_round(&head)?;
    let round = U64::new(info.round.0);
    put(context, &format!("{prefix}-rounds"), round, info).await?;
    // Last: from here on a node goes on after the block.
    let partition = format!("{prefix}-marshal-application-metadata");
    put(context, &partition, DONE, UInt(height.get())).await?;
    Ok(head.header().clone())
}

fn failed(error: impl std::fmt::Display) -> SnapshotError {
    SnapshotError::Storage(error.to_string())
}

/// Writes one record of a store of its own.
async fn put<E, V>(context: &E, partition: &str, key: U64, value: V) -> Result<(), SnapshotError>
where
    E: StorageContext,
    V: commonware_codec::Codec<Cfg = ()> + Clone + Send + Sync + 'static,
{
    let config = metadata::Config {
        partition: partition.to_owned(),
        codec_config: (),
    };
    let store: Metadata<E, U64, V> = Metadata::init(context.child("records"), config)
        .await
        .map_err(failed)?;
    store.put_sync(key, value).await.map_err(failed).map(drop)
}

/// What starts the round after the snapshot's. Which candidates have a place in it and in the next was noted in rounds before.
fn next_round(head: &Verified) -> Result<RoundInfo, SnapshotError> {
    let header = head.header();
    let announced = head.block.block().body.committee.clone();
    Ok(RoundInfo {
        round: header.round.saturating_add(1),
        seed: header.beacon,
        root: Hash(head.block.digest().0),
        committee: head.committees[1].clone(),
        next: announced.ok_or_else(|| SnapshotError::Head("it carries no committee".into()))?,
        candidates: Vec::new(),
    })
}

/// Writes the state, and holds it against the header.
async fn state_of<E, R>(
    context: &E,
    prefix: &str,
    snapshot: SnapshotFile<R>,
    base: Option<(ChainParams, PathBuf)>,
    observe: Observer,
) -> Result<(), SnapshotError>
where
    E: Spawner + StorageContext,
    R: Read + Send + 'static,
{
    let header = snapshot.head().header().clone();
    let target = Commitment::of(&header)
        .target()
        .ok_or_else(|| SnapshotError::Head("it names a state without operations".into()))?;
    let pieces = Arc::new(Pieces(Mutex::new((snapshot, observe))));
    let database: Database<E> = sync::sync(sync::engine::Config {
        context: context.child("state"),
        source: Arc::clone(&pieces),
        target,
        // Pieces are read in their order.
        max_outstanding_requests: NZUsize!(1),
        fetch_batch_size: MAX_PIECE_OPERATIONS,
        apply_batch_size: NZU64!(1024),
        db_config: state::config(prefix, storage::cache()),
        update_rx: None,
        finish_rx: None,
        reached_target_tx: None,
    })
    .await
    .map_err(|error| match error {
        sync::Error::Source(error) => error,
        sync::Error::Engine(EngineError::RootMismatch { .. }) => {
            SnapshotError::State(header.height)
        }
        other => failed(other),
    })?;
    if database.root().0 != header.state_root.0 {
        return Err(SnapshotError::State(header.height));
    }
    let database = database.sync().await.map_err(failed)?;
    if pieces.next()?.is_some() {
        return Err(SnapshotError::Long);
    }
    if let Some((params, file)) = base
        && !base::write(&database, &params, &header, &file).await?
    {
        tracing::error!("the positions of the state are not all known: the node keeps no history");
    }
    Ok(())
}

/// The pieces of a snapshot, as what the database asks.
struct Pieces<R>(Mutex<(SnapshotFile<R>, Observer)>);

impl<R: Read> Pieces<R> {
    fn next(&self) -> Result<Option<super::pieces::Piece>, SnapshotError> {
        let mut this = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (snapshot, observe) = &mut *this;
        let piece = snapshot.piece()?;
        let (all, there) = snapshot.place().progress();
        observe(Progress::State(there, all));
        Ok(piece)
    }

    /// What comes next.
    fn expected(&self) -> Option<Request<Family>> {
        let this = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        this.0.place().request()
    }
}

impl<R: Read + Send + 'static> Source for Pieces<R> {
    type Family = Family;
    type Digest = Digest;
    type Op = StateOperation;
    type Error = SnapshotError;

    async fn serve(&self, request: Request<Family>) -> source::Result<Self> {
        if self.expected() != Some(request) {
            let text = format!("{request} is asked for out of turn");
            return Err(SnapshotError::Storage(text));
        }
        let piece = self.next()?;
        Ok((piece.ok_or(SnapshotError::Short("the state"))?, None))
    }
}
