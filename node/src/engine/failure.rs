//! What this machine fails at, as opposed to what is wrong with a block.
//!
//! A node that can't read its state knows nothing about a block. An answer would be journaled and differ from everybody
//! else's, so it gives none and ends.

use std::sync::{Arc, OnceLock};

use tracing::error;

/// Ends the engine when something local has failed. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Failure(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// What failed first.
    what: OnceLock<String>,
    ends: tokio::sync::Notify,
}

impl Failure {
    /// Says what failed, ends the engine, and never returns.
    pub async fn end(&self, what: &str) -> ! {
        error!(what, "this node can't go on");
        self.note(what);
        self.0.ends.notify_one();
        futures::future::pending().await
    }

    /// Notes what failed; whoever calls this ends by itself. The first note stays.
    pub fn note(&self, what: &str) {
        let _ = self.0.what.set(what.to_owned());
    }

    /// What failed first.
    pub fn what(&self) -> Option<&str> {
        self.0.what.get().map(String::as_str)
    }

    /// Waits for a failure.
    pub async fn wait(self) {
        self.0.ends.notified().await;
    }
}
