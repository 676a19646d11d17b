//! The state as one request reads it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use etm_execution::Source;
use etm_types::StateKey;

use crate::backend::{Backend, BackendError};

/// Reads the state for one request, all of one block: if a block comes in between, the read fails with [`ReadError::Moved`] and is to be
/// begun anew with another reader.
pub(crate) struct Reader {
    backend: Arc<dyn Backend>,
    height: AtomicU64,
}

impl Reader {
    pub(crate) fn new(backend: Arc<dyn Backend>) -> Self {
        Self {
            backend,
            height: AtomicU64::new(u64::MAX),
        }
    }

    /// The block of the state that was read.
    pub(crate) fn height(&self) -> u64 {
        self.height.load(Ordering::Relaxed)
    }
}

/// Why a read of the state failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// A block was finalized in between.
    #[error("the state moved on")]
    Moved,
    /// The node couldn't answer.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

impl Source for Reader {
    type Error = ReadError;

    async fn get_many(&self, keys: &[StateKey]) -> Result<Vec<Option<Vec<u8>>>, ReadError> {
        let answer = self.backend.get_many(keys).await?;
        let first = self.height.compare_exchange(
            u64::MAX,
            answer.height.0,
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
        match first {
            Err(height) if height != answer.height.0 => Err(ReadError::Moved),
            _ => Ok(answer.values),
        }
    }
}

/// Reads the state with `$read`, an expression over the reader `$reader`, until it is read whole from one block. Gives the value and
/// the block's height.
macro_rules! read_state {
    ($api:expr, $reader:ident => $read:expr) => {{
        let mut tries = 0;
        loop {
            let $reader = $api.reader();
            tries += 1;
            match $read.await {
                Err(etm_execution::ExecutionError::Source($crate::reader::ReadError::Moved))
                    if tries < 10 => {}
                result => break result.map(|value| (value, $reader.height())),
            }
        }
    }};
}
pub(crate) use read_state;
