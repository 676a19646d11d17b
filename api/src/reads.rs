//! Reads of the history: a few at once, each address in its turn, and none that nobody wants any more.

use etm_history::Cancel;
use etm_types::api::error::ErrorCode;

use crate::error::ApiError;
use crate::shares::{Turns, Whose};

/// Reads in work at once, each on a thread and a connection of its own.
const AT_ONCE: usize = 8;

/// The places of reads. As many wait as there are requests, streams and submissions to wait for them.
pub(crate) struct Reads(Turns);

impl Default for Reads {
    fn default() -> Self {
        Self(Turns::new(AT_ONCE))
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
        self.0.in_work()
    }

    /// Runs `work` where it may block, in the turn of whoever asks. Whoever drops this leaves nothing behind: not a place in the queue,
    /// and a read that has begun stops within a millisecond.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        whose: Whose,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let place = self.0.next(whose).await;
        let place = place.map_err(|error| ApiError::internal(&error))?;
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
