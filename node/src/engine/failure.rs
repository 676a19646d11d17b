//! What this machine fails at, as opposed to what is wrong with a block.
//!
//! A node that can't read its state knows nothing about a block. An answer would be journaled and differ from everybody
//! else's, so it gives none and ends.

use std::sync::Arc;

use tracing::error;

/// Ends the engine when something local has failed. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Failure(Arc<tokio::sync::Notify>);

impl Failure {
    /// Says what failed, ends the engine, and never returns.
    pub async fn end(&self, what: &str) -> ! {
        error!(what, "this node can't go on");
        self.0.notify_one();
        futures::future::pending().await
    }

    /// Waits for a failure.
    pub async fn wait(self) {
        self.0.notified().await;
    }
}
