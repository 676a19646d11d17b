//! The round that runs.

use commonware_p2p::Sender;
use commonware_runtime::{Error, Handle};
use etm_types::Round;

use super::hearing::Kept;

/// The round that runs, with its consensus instance if this node has a place in the network; dropping it ends it.
pub(super) struct Active<S: Sender> {
    pub(super) round: Round,
    pub(super) handle: Option<Handle<()>>,
    /// Its votes and certificates, as long as they are kept.
    pub(super) kept: Option<Kept<S>>,
}

impl<S: Sender> Drop for Active<S> {
    fn drop(&mut self) {
        if let Some(handle) = &self.handle {
            handle.abort();
        }
    }
}

/// Waits for the end of consensus, if it runs.
pub(super) async fn consensus_ended(consensus: Option<&mut Handle<()>>) -> Result<(), Error> {
    match consensus {
        Some(consensus) => consensus.await,
        None => std::future::pending().await,
    }
}
