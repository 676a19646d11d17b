//! Other nodes that this one gets finalized blocks from, and passes transactions on to, without a place in the network of committees.
//!
//! Nothing an upstream says is believed: every block is checked against the committee of its round before it is used, whoever sent it. What an
//! upstream can do is to send nothing, and then others are asked.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use etm_types::{Height, Transaction};
use thiserror::Error;
use tokio::sync::watch;

use crate::reader::BoxFuture;

/// What an upstream says about itself, as it changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Told {
    /// Nothing yet.
    #[default]
    Nothing,
    /// The height of its newest final block.
    Tip(Height),
    /// It can't be used now, and why.
    Trouble(String),
}

/// An upstream did not give what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UpstreamError {
    /// It can't be reached, or can't answer now.
    #[error("{0}")]
    Passing(String),
    /// It gave what no honest node of this chain gives.
    #[error("{0}")]
    Wrong(String),
}

/// A node that gives blocks. What it gives need not be true, nor come at all.
pub trait Upstream: Send + Sync + 'static {
    /// Where it is, for people.
    fn address(&self) -> String;

    /// What it says about itself.
    fn told(&self) -> watch::Receiver<Told>;

    /// Blocks from `first` up to `last` or fewer, as an [`etm_types::range`]. At most [`etm_types::range::MAX_BYTES`] bytes are taken in.
    fn blocks(
        &self,
        first: Height,
        last: Height,
    ) -> BoxFuture<'static, Result<Vec<u8>, UpstreamError>>;

    /// Gives it a transaction to pass on.
    fn submit(&self, transaction: Transaction) -> BoxFuture<'static, Result<(), UpstreamError>>;
}

/// The upstreams of a node; none if it knows the network of committees alone.
pub type Upstreams = Vec<Arc<dyn Upstream>>;

/// How an upstream does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpstreamStatus {
    /// Where it is.
    pub address: String,
    /// The height it says it is at.
    pub tip: Option<Height>,
    /// Blocks it gave that were good.
    pub blocks: u64,
    /// Why it is not used now, and for how long.
    pub aside: Option<(String, Duration)>,
}

/// Whether a node has a place in the network of committees, and how its upstreams do. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Standing(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    place: Place,
    upstreams: Vec<UpstreamStatus>,
}

/// Where a node gets its blocks from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// From the network of committees: its miner is on one, or it is one of the candidates that have a place there.
    #[default]
    Network,
    /// From its upstreams.
    Upstreams,
}

impl Standing {
    /// Where the node gets its blocks from now.
    pub fn place(&self) -> Place {
        self.lock().place
    }

    /// How its upstreams do.
    pub fn upstreams(&self) -> Vec<UpstreamStatus> {
        self.lock().upstreams.clone()
    }

    pub(crate) fn set_place(&self, place: Place) {
        self.lock().place = place;
    }

    pub(crate) fn set_upstreams(&self, upstreams: Vec<UpstreamStatus>) {
        self.lock().upstreams = upstreams;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
