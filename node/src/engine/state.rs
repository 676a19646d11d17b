//! The state: an authenticated key-value store whose root is in every header, and proofs of what it holds now.

use std::{collections::BTreeMap, convert::Infallible, num::NonZeroU64};

use bytes::BufMut;
use commonware_codec::{Buf, Encode as _, EncodeSize, Error as CodecError, Read, Write};
use commonware_cryptography::{Sha256, sha256};
use commonware_glue::stateful::db::{
    AttachableResolver, DatabaseSet, Merkleized as _, Shared, Unmerkleized as _,
};
use commonware_parallel::Sequential;
use commonware_runtime::{Spawner, buffer::paged::CacheRef};
use commonware_storage::{
    Context,
    journal::contiguous::variable::Config as LogConfig,
    mmr::{Family, Location, full::Config as TreeConfig},
    qmdb::{
        any::unordered::variable::Operation,
        current::{VariableConfig, unordered::variable},
        sync::{Request, Source as SyncSource, Target, source},
    },
    translator::EightCap,
};
use commonware_utils::{NZU64, NZUsize, range::NonEmptyRange};
use thiserror::Error;

use super::{storage, types::Digest};
use etm_execution::Source;
use etm_types::{Header, StateKey, limits::MAX_STATE_VALUE_BYTES};

/// Bytes of the activity bitmap hashed into one leaf.
const CHUNK: usize = 32;

/// A value of the state: bytes behind a four-byte length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value(pub Vec<u8>);

impl Write for Value {
    fn write(&self, buf: &mut impl BufMut) {
        buf.put_u32(u32::try_from(self.0.len()).unwrap_or(u32::MAX));
        buf.put_slice(&self.0);
    }
}

impl EncodeSize for Value {
    fn encode_size(&self) -> usize {
        4 + self.0.len()
    }
}

impl Read for Value {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, (): &()) -> Result<Self, CodecError> {
        let length = usize::try_from(u32::read_cfg(buf, &())?).unwrap_or(usize::MAX);
        if length > MAX_STATE_VALUE_BYTES {
            return Err(CodecError::InvalidLength(length));
        }
        if buf.remaining() < length {
            return Err(CodecError::EndOfBuffer);
        }
        let mut value = vec![0; length];
        buf.copy_to_slice(&mut value);
        Ok(Self(value))
    }
}

/// A write, a removal or an end of a block in the log of the state.
pub type StateOperation = Operation<Family, Digest, Value>;

/// The database of one node.
pub type Database<E> =
    variable::Db<Family, E, sha256::Digest, Value, Sha256, EightCap, CHUNK, Sequential>;

/// The database as the stateful actor shares it.
pub type Databases<E> = Shared<Database<E>>;

/// Changes on their way into the database.
pub type Batch<E> = <Databases<E> as DatabaseSet<E>>::Unmerkleized;

/// Changes with their root.
pub type Sealed<E> = <Databases<E> as DatabaseSet<E>>::Merkleized;

/// What a header commits to: the root (of "this key has this value now"), the root of the operations, their range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitment {
    /// Root of the current values.
    pub root: [u8; 32],
    /// Root of the log of operations, by which a joining node checks what it downloads.
    pub ops_root: [u8; 32],
    /// First operation of the log still needed.
    pub ops_start: u64,
    /// Number of operations so far.
    pub ops_end: u64,
}

impl Commitment {
    /// What a header commits to.
    pub fn of(header: &Header) -> Self {
        Self {
            root: header.state_root.0,
            ops_root: header.ops_root.0,
            ops_start: header.ops_start,
            ops_end: header.ops_end,
        }
    }

    /// As the target of recovery; `None` for a range that cannot be.
    pub fn target(&self) -> Option<Target<Family, Digest>> {
        let start = Location::new(self.ops_start);
        let end = Location::new(self.ops_end);
        let range = NonEmptyRange::new(start..end).ok()?;
        Some(Target::new(Digest::from(self.ops_root), range))
    }
}

/// The state could not be read or written.
#[derive(Debug, Error)]
#[error("state: {0}")]
pub struct StateError(String);

impl StateError {
    fn new(error: impl std::fmt::Debug) -> Self {
        Self(format!("{error:?}"))
    }
}

/// Where a node's state lives on disk and how much of it is buffered.
pub fn config(prefix: &str, cache: CacheRef) -> VariableConfig<EightCap, ((), ()), Sequential> {
    VariableConfig {
        merkle_config: TreeConfig {
            journal_partition: format!("{prefix}-state-tree"),
            metadata_partition: format!("{prefix}-state-pins"),
            items_per_blob: NZU64!(1 << 18),
            write_buffer: storage::WRITE_BUFFER,
            replay_buffer: storage::REPLAY_BUFFER,
            strategy: Sequential,
            page_cache: cache.clone(),
        },
        journal_config: LogConfig {
            partition: format!("{prefix}-state-log"),
            items_per_section: NZU64!(1 << 17),
            compression: None,
            codec_config: ((), ()),
            page_cache: cache,
            write_buffer: storage::WRITE_BUFFER,
            replay_buffer: storage::REPLAY_BUFFER,
        },
        grafted_metadata_partition: format!("{prefix}-state-bitmap"),
        translator: EightCap,
        init_cache: Some(NZUsize!(16_384)),
        init_buffer: NZUsize!(1 << 20),
        init_concurrency: (),
    }
}

/// The state a batch of changes is made on.
pub struct BatchSource<'a, E: Spawner + Context>(pub &'a Batch<E>);

impl<E: Spawner + Context> Source for BatchSource<'_, E> {
    type Error = StateError;

    async fn get_many(&self, keys: &[StateKey]) -> Result<Vec<Option<Vec<u8>>>, StateError> {
        let keys: Vec<Digest> = keys.iter().map(|key| Digest::from(key.0)).collect();
        let keys: Vec<&Digest> = keys.iter().collect();
        let values = self.0.get_many(&keys).await.map_err(StateError::new)?;
        Ok(values
            .into_iter()
            .map(|value| value.map(|value| value.0))
            .collect())
    }
}

/// The newest finalized state, as finalization hooks see it.
pub struct ReadSource<'a, E: Spawner + Context>(pub &'a <Databases<E> as DatabaseSet<E>>::Readers);

impl<E: Spawner + Context> Source for ReadSource<'_, E> {
    type Error = StateError;

    async fn get_many(&self, keys: &[StateKey]) -> Result<Vec<Option<Vec<u8>>>, StateError> {
        let database = self.0.read().await;
        read(&database, keys).await
    }
}

/// The newest state of a database that nobody else uses.
pub struct DatabaseSource<'a, E: Spawner + Context>(pub &'a Database<E>);

impl<E: Spawner + Context> Source for DatabaseSource<'_, E> {
    type Error = StateError;

    async fn get_many(&self, keys: &[StateKey]) -> Result<Vec<Option<Vec<u8>>>, StateError> {
        read(self.0, keys).await
    }
}

/// Applies a changeset to a batch and computes its roots.
///
/// # Errors
/// [`StateError`] if the batch no longer fits the database.
pub async fn seal<E: Spawner + Context>(
    mut batch: Batch<E>,
    changes: BTreeMap<StateKey, Option<Vec<u8>>>,
) -> Result<(Sealed<E>, Commitment), StateError> {
    for (key, value) in changes {
        batch = batch.write(Digest::from(key.0), value.map(Value));
    }
    let sealed = batch.merkleize().await.map_err(StateError::new)?;
    let commitment = Commitment {
        root: sealed.root().0,
        ops_root: sealed.ops_root().0,
        ops_start: *sealed.sync_boundary(),
        ops_end: *sealed.bounds().tip.size,
    };
    Ok((sealed, commitment))
}

/// Writes the genesis state into an empty database and returns its commitment; one that is not empty is left alone.
///
/// # Errors
/// [`StateError`] if the storage fails.
pub async fn write_genesis<E: Spawner + Context>(
    context: E,
    config: VariableConfig<EightCap, ((), ()), Sequential>,
    state: &BTreeMap<StateKey, Vec<u8>>,
) -> Result<Commitment, StateError> {
    let database = genesis_database(context, config, state).await?;
    Ok(commitment(&database))
}

/// The database with the genesis state, which is written if it is empty.
///
/// # Errors
/// [`StateError`] if the storage fails.
pub async fn genesis_database<E: Spawner + Context>(
    context: E,
    config: VariableConfig<EightCap, ((), ()), Sequential>,
    state: &BTreeMap<StateKey, Vec<u8>>,
) -> Result<Database<E>, StateError> {
    let mut database = Database::<E>::init(context, config, None)
        .await
        .map_err(StateError::new)?;
    if *database.bounds().end <= 1 {
        let mut batch = database.new_batch();
        for (key, value) in state {
            batch = batch.write(Digest::from(key.0), Some(Value(value.clone())));
        }
        let sealed = batch
            .merkleize(
                &database,
                None,
                &mut commonware_storage::qmdb::floor::Proportional,
            )
            .await
            .map_err(StateError::new)?;
        database = database
            .apply_batch(sealed)
            .await
            .map_err(StateError::new)?;
        database = database.sync().await.map_err(StateError::new)?;
    }
    Ok(database)
}

/// What a header says of the state of a database.
pub fn commitment<E: Spawner + Context>(database: &Database<E>) -> Commitment {
    Commitment {
        root: database.root().0,
        ops_root: database.ops_root().0,
        ops_start: *database.sync_boundary(),
        ops_end: *database.bounds().end,
    }
}

/// Removes a database from the disk.
///
/// # Errors
/// [`StateError`] if the storage fails.
pub async fn destroy<E: Spawner + Context>(database: Database<E>) -> Result<(), StateError> {
    database.destroy().await.map_err(StateError::new)
}

/// Operations that are read to learn how many more find room.
const FIRST_READ: NonZeroU64 = NZU64!(1024);

/// The encoding of what is asked of the log of operations, with its proof; none if the log no longer reaches back as far. It has no more
/// operations than find room in `room` bytes, and one at least.
///
/// # Errors
/// [`StateError`] if the storage fails.
pub async fn operations<E: Spawner + Context>(
    database: &Database<E>,
    request: Request<Family>,
    room: usize,
) -> Result<Option<Vec<u8>>, StateError> {
    let bounds = database.bounds();
    if request.start() < bounds.start || request.size() > bounds.end {
        return Ok(None);
    }
    let Request::Operations {
        size,
        start,
        max_ops,
    } = request
    else {
        let (answer, _) = database.serve(request).await.map_err(StateError::new)?;
        return Ok(Some(answer.encode().into()));
    };
    // How long operations are is only known once they are read: a few say how many more to read. So no more is read than is given, or
    // nearly, however long they are.
    let mut count = max_ops.min(FIRST_READ);
    let mut fits: Option<Vec<u8>> = None;
    loop {
        let request = Request::Operations {
            size,
            start,
            max_ops: count,
        };
        let (answer, _) = database.serve(request).await.map_err(StateError::new)?;
        let bytes: Vec<u8> = answer.encode().into();
        if bytes.len() > room {
            match fits {
                None if count.get() > 1 => count = count.div_ceil(NZU64!(2)),
                fits => return Ok(fits.or(Some(bytes))),
            }
            continue;
        }
        // What follows may be a third longer than this on the average.
        let of_this_length = room as u64 * 3 / 4 / (bytes.len() as u64).max(1);
        let more = count.saturating_mul(NonZeroU64::new(of_this_length).unwrap_or(NonZeroU64::MIN));
        let more = more.min(max_ops);
        if fits.is_some() || more <= count {
            return Ok(Some(bytes));
        }
        fits = Some(bytes);
        count = more;
    }
}

/// A proof that a key has a value now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub value: Vec<u8>,
    /// The encoded proof.
    pub proof: Vec<u8>,
    /// The root it leads to.
    pub root: [u8; 32],
}

/// Proves the value of `key` in the newest finalized state; `None` if it has none.
///
/// # Errors
/// [`StateError`] if the storage fails.
pub async fn prove<E: Spawner + Context>(
    database: &Database<E>,
    key: StateKey,
) -> Result<Option<Proof>, StateError> {
    let key = Digest::from(key.0);
    let Some(value) = database.get(&key).await.map_err(StateError::new)? else {
        return Ok(None);
    };
    let proof = database
        .key_value_proof(key)
        .await
        .map_err(StateError::new)?;
    Ok(Some(Proof {
        value: value.0,
        proof: proof.encode().into(),
        root: database.root().0,
    }))
}

/// The values of `keys` in the newest finalized state.
///
/// # Errors
/// [`StateError`] if the storage fails.
pub async fn read<E: Spawner + Context>(
    database: &Database<E>,
    keys: &[StateKey],
) -> Result<Vec<Option<Vec<u8>>>, StateError> {
    let keys: Vec<Digest> = keys.iter().map(|key| Digest::from(key.0)).collect();
    let keys: Vec<&Digest> = keys.iter().collect();
    let values = database.get_many(&keys).await.map_err(StateError::new)?;
    Ok(values
        .into_iter()
        .map(|value| value.map(|value| value.0))
        .collect())
}

/// The source of state downloads: none yet, as a node replays the blocks it missed.
#[derive(Clone, Copy, Debug)]
pub struct NoDownload;

impl SyncSource for NoDownload {
    type Family = Family;
    type Digest = Digest;
    type Op = StateOperation;
    type Error = Infallible;

    async fn serve(&self, _: Request<Family>) -> source::Result<Self> {
        std::future::pending().await
    }
}

impl<DB: Send + Sync + 'static> AttachableResolver<DB> for NoDownload {
    async fn attach_database(&self, _: Shared<DB>) {}
}
