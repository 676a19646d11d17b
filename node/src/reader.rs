//! Reading the newest finalized state from outside the engine, without knowing its runtime.

use std::{
    future::Future,
    pin::Pin,
    sync::{PoisonError, RwLock},
};

use commonware_runtime::Spawner;
use commonware_storage::{Context as StorageContext, mmr::Family, qmdb::sync::Request};
use etm_execution::{ExecutionError, Source};
use etm_types::StateKey;
use thiserror::Error;

use crate::engine::state::{self, Databases, Proof};

/// A boxed future, so that readers need not know the runtime.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The state can't be read now.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the state can't be read now: {0}")]
pub struct StateUnavailable(pub String);

impl From<ExecutionError<Self>> for StateUnavailable {
    fn from(error: ExecutionError<Self>) -> Self {
        match error {
            ExecutionError::Source(error) => error,
            other => Self(other.to_string()),
        }
    }
}

/// Values with proofs, all of one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proofs {
    /// The root they lead to: that of the header of the newest finalized block this node executed.
    pub root: [u8; 32],
    /// One for each key asked for; none where there is no value.
    pub entries: Vec<Option<Proof>>,
}

/// The newest finalized state of a node.
pub trait StateReader: Send + Sync + 'static {
    /// Values of `keys`, all of one state.
    fn get_many<'a>(
        &'a self,
        keys: &'a [StateKey],
    ) -> BoxFuture<'a, Result<Vec<Option<Vec<u8>>>, StateUnavailable>>;

    /// Values of `keys` with proofs, all of one state.
    fn prove<'a>(&'a self, keys: &'a [StateKey])
    -> BoxFuture<'a, Result<Proofs, StateUnavailable>>;

    /// A piece of the log of the state's operations with its proof, of at most `room` bytes if it has more than one; none if that is no
    /// longer kept.
    fn operations(
        &self,
        request: Request<Family>,
        room: usize,
    ) -> BoxFuture<'_, Result<Option<Vec<u8>>, StateUnavailable>>;

    /// As a source for the readers of execution. Several reads may see several states.
    fn source(&self) -> ReaderSource<'_>;

    /// Lets go of the database: every later read fails.
    fn close(&self);
}

/// A [`StateReader`] as a source of execution.
pub struct ReaderSource<'a>(pub &'a dyn StateReader);

impl Source for ReaderSource<'_> {
    type Error = StateUnavailable;

    fn get_many(
        &self,
        keys: &[StateKey],
    ) -> impl Future<Output = Result<Vec<Option<Vec<u8>>>, StateUnavailable>> + Send {
        let keys = keys.to_vec();
        async move { self.0.get_many(&keys).await }
    }
}

/// The database of a running engine. It can be closed, so that readers do not keep the storage of a node that has ended.
pub struct DatabaseReader<E: Spawner + StorageContext>(RwLock<Option<Databases<E>>>);

impl<E: Spawner + StorageContext> DatabaseReader<E> {
    /// A reader of `database`.
    pub const fn new(database: Databases<E>) -> Self {
        Self(RwLock::new(Some(database)))
    }

    fn database(&self) -> Result<Databases<E>, StateUnavailable> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .ok_or_else(|| StateUnavailable("the node has ended".into()))
    }
}

impl<E: Spawner + StorageContext> StateReader for DatabaseReader<E> {
    fn get_many<'a>(
        &'a self,
        keys: &'a [StateKey],
    ) -> BoxFuture<'a, Result<Vec<Option<Vec<u8>>>, StateUnavailable>> {
        Box::pin(async move {
            let database = self.database()?;
            let database = database.read().await;
            state::read(&database, keys)
                .await
                .map_err(|error| StateUnavailable(error.to_string()))
        })
    }

    fn prove<'a>(
        &'a self,
        keys: &'a [StateKey],
    ) -> BoxFuture<'a, Result<Proofs, StateUnavailable>> {
        Box::pin(async move {
            let database = self.database()?;
            let database = database.read().await;
            let mut entries = Vec::with_capacity(keys.len());
            for key in keys {
                let entry = state::prove(&database, *key)
                    .await
                    .map_err(|error| StateUnavailable(error.to_string()))?;
                entries.push(entry);
            }
            Ok(Proofs {
                root: database.root().0,
                entries,
            })
        })
    }

    fn operations(
        &self,
        request: Request<Family>,
        room: usize,
    ) -> BoxFuture<'_, Result<Option<Vec<u8>>, StateUnavailable>> {
        Box::pin(async move {
            let database = self.database()?;
            let database = database.read().await;
            state::operations(&database, request, room)
                .await
                .map_err(|error| StateUnavailable(error.to_string()))
        })
    }

    fn source(&self) -> ReaderSource<'_> {
        ReaderSource(self)
    }

    fn close(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
