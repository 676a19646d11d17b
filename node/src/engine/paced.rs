//! The pace of the chain: when a block may be proposed, and when one that was proposed is looked at.
//!
//! The waiting is done here, before the application's turn comes. What executes blocks does one thing at a time: a member
//! that waited for its slot there would see no block become final until it has made its own.

use std::time::Duration;

use commonware_consensus::{Application, Handoff, marshal::ancestry::Ancestry};
use commonware_cryptography::Digested;
use commonware_runtime::Clock;
use futures::StreamExt as _;
use tracing::warn;

use super::{block::EngineBlock, clock::ChainClock};

/// How long a block may be ahead of the local clock before it is refused. Longer than every timeout of a view, so
/// that nobody can be brought to finalize what others refuse because of the time they have.
pub const MAX_AHEAD: Duration = Duration::from_secs(10);

/// An application that is asked when the time has come.
#[derive(Clone)]
pub struct Paced<A> {
    inner: A,
    clock: ChainClock,
    slot_ms: u64,
}

impl<A> Paced<A> {
    /// Paces `inner`: a block comes at least `slot_ms` after its parent.
    pub const fn new(inner: A, clock: ChainClock, slot_ms: u64) -> Self {
        Self {
            inner,
            clock,
            slot_ms,
        }
    }
}

impl<E, A> Application<E> for Paced<A>
where
    E: Clock,
    A: Application<E, Block = EngineBlock> + Sync,
    A::Context: Send,
{
    type SigningScheme = A::SigningScheme;
    type Context = A::Context;
    type Block = EngineBlock;
    type Input = A::Input;

    async fn prepare(
        &mut self,
        context: (E, Self::Context),
        ancestry: impl Ancestry<EngineBlock>,
        input: Self::Input,
    ) -> Handoff<Digested<EngineBlock>> {
        self.inner.prepare(context, ancestry, input).await
    }

    async fn propose(
        &mut self,
        context: (E, Self::Context),
        ancestry: impl Ancestry<EngineBlock>,
        input: Self::Input,
    ) -> Option<Digested<EngineBlock>> {
        let parent = ancestry.clone().next().await?;
        let header = parent.inner().header();
        let height = header.height.saturating_add(1);
        let earliest = header.timestamp_ms.saturating_add(self.slot_ms);
        self.clock
            .wait_until(&context.0, height, earliest, Duration::MAX)
            .await;
        self.inner.propose(context, ancestry, input).await
    }

    /// A block of the near future is waited for. One from beyond is refused only after every node has given up its
    /// view, so clocks that differ cannot split the committee.
    async fn verify(
        &mut self,
        context: (E, Self::Context),
        ancestry: impl Ancestry<EngineBlock>,
    ) -> bool {
        let Some(block) = ancestry.clone().next().await else {
            return false;
        };
        let header = block.inner().header();
        let (height, timestamp_ms) = (header.height, header.timestamp_ms);
        let come = self
            .clock
            .wait_until(&context.0, height, timestamp_ms, MAX_AHEAD)
            .await;
        if !come {
            warn!(
                height,
                "refused a block: its timestamp is too far ahead of the local clock"
            );
            return false;
        }
        self.inner.verify(context, ancestry).await
    }
}
