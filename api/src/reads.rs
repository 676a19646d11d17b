//! Reads of the history: a few at once, a bounded queue before them, and none that nobody wants any more.

use std::sync::Arc;

use etm_history::Cancel;
use etm_types::api::error::ErrorCode;
use tokio::sync::Semaphore;

use crate::error::ApiError;

/// Reads in work at once, each on a thread and a connection of its own.
const AT_ONCE: usize = 8;

/// Reads that wait for their turn; more are told to come back.
const WAITING: usize = 256;

/// The places of reads.
pub(crate) struct Reads {
    working: Arc<Semaphore>,
    waiting: Semaphore,
}

impl Default for Reads {
    fn default() -> Self {
        Self {
            working: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Semaphore::new(WAITING),
        }
    }
}

/// Says so when nobody waits for the answer any more: its client has gone, or its time is over.
struct Wanted(Cancel);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Reads {
    /// Reads in work now.
    pub(crate) fn in_work(&self) -> usize {
        AT_ONCE - self.working.available_permits()
    }

    /// Runs `work` where it may block. Whoever drops this leaves nothing behind: not a place in the queue, and a read that has begun
    /// stops within a millisecond.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let queued = self.waiting.try_acquire().map_err(|_| {
            let message = "the node reads as much of its history as it can; try again";
            ApiError::new(ErrorCode::TooManyRequests, message)
        })?;
        let place = Arc::clone(&self.working).acquire_owned().await;
        let place = place.map_err(|error| ApiError::internal(&error))?;
        drop(queued);
        let cancel = Cancel::default();
        let wanted = Wanted(cancel.clone());
        let task = tokio::task::spawn_blocking(move || {
            let _place = place;
            cancel.during(|| {
                // It may have waited for a thread.
                if cancel.is_cancelled() {
                    return Err(ApiError::new(ErrorCode::Timeout, "nobody waits any more"));
                }
                work()
            })
        });
        let answer = match task.await {
            Ok(answer) => answer,
            Err(error) => Err(ApiError::internal(&error)),
        };
        drop(wanted);
        answer
    }
}

#[cfg(test)]
mod tests;
