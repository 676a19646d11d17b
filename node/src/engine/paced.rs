//! The pace of the chain between consensus and the application: who waits for what (see [`Pace`]).
//!
//! A proposer waits for its slot, and a member waits with its *vote* until the time of a block has come. Nothing else
//! waits, and nothing is refused because of a clock: what [`certify`](CertifiableAutomaton::certify) answers is journaled,
//! and members that answered differently could never finalize again.

use std::{future::Future, sync::Arc};

use commonware_consensus::{
    Application, Automaton, CertifiableAutomaton, Handoff,
    marshal::{
        ancestry::Ancestry,
        core::{CommitmentFallback, DigestFallback},
    },
    types::Round as EngineRound,
};
use commonware_cryptography::{Digested, Digestible as _};
use commonware_macros::select;
use commonware_runtime::{Clock, Spawner};
use commonware_utils::channel::oneshot;
use futures::StreamExt as _;

use super::{
    block::{EngineBlock, Marshal},
    pace::{Pace, Parent},
    silence::Silence,
    types::{ConsensusContext, Digest},
};

/// An application that is asked to propose when its slot has come.
///
/// The waiting is done before the application's turn comes. What executes blocks does one thing at a time: a member
/// that waited for its slot there would see no block become final until it has made its own.
#[derive(Clone)]
pub struct Paced<A> {
    inner: A,
    pace: Pace,
    silence: Silence,
}

impl<A> Paced<A> {
    /// Paces `inner`, which proposes nothing while the node keeps its votes.
    pub const fn new(inner: A, pace: Pace, silence: Silence) -> Self {
        Self {
            inner,
            pace,
            silence,
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
        self.silence.spoken().await;
        self.pace.slot(&context.0, &parent_of(&parent)).await;
        self.inner.propose(context, ancestry, input).await
    }

    async fn verify(
        &mut self,
        context: (E, Self::Context),
        ancestry: impl Ancestry<EngineBlock>,
    ) -> bool {
        self.inner.verify(context, ancestry).await
    }
}

/// What a block is as a parent.
pub fn parent_of(block: &Digested<EngineBlock>) -> Parent {
    let header = block.inner().header();
    Parent {
        digest: block.digest(),
        height: header.height,
        timestamp_ms: header.timestamp_ms,
    }
}

/// A member that votes for a block only when its time has come.
///
/// It waits without limit; a view that does not become a block meanwhile is given up by the timeouts of consensus. If
/// others have confirmed the block, it is certified as any other, whatever this member's clock says.
pub struct Punctual<E, A> {
    context: Arc<E>,
    inner: A,
    marshal: Marshal,
    pace: Pace,
}

impl<E, A: Clone> Clone for Punctual<E, A> {
    fn clone(&self) -> Self {
        Self {
            context: self.context.clone(),
            inner: self.inner.clone(),
            marshal: self.marshal.clone(),
            pace: self.pace.clone(),
        }
    }
}

impl<E, A> Punctual<E, A> {
    /// Lets `inner` vote on time.
    pub fn new(context: E, inner: A, marshal: Marshal, pace: Pace) -> Self {
        Self {
            context: Arc::new(context),
            inner,
            marshal,
            pace,
        }
    }

    /// The automaton inside.
    pub const fn inner(&self) -> &A {
        &self.inner
    }
}

impl<E, A> Punctual<E, A>
where
    E: Spawner + Clock,
{
    /// Waits for the time of the block `digest`, which has arrived.
    async fn wait(&self, runtime: &E, context: &ConsensusContext, digest: Digest) -> Option<()> {
        let (view, parent) = context.parent;
        if digest == parent {
            // The last block of a round, proposed again: its time came when it was certified.
            return Some(());
        }
        let block = self
            .marshal
            .subscribe_by_digest(digest, DigestFallback::Wait);
        let round = EngineRound::new(context.round.epoch(), view);
        let parent = self
            .marshal
            .subscribe_by_commitment(parent, CommitmentFallback::FetchByRound { round });
        let block = block.await.ok()?;
        let timestamp_ms = block.inner().header().timestamp_ms;
        // Who has the parent can go by it; who has not goes by the clock.
        select! {
            parent = parent => {
                let parent = parent_of(&parent.ok()?);
                self.pace.come(runtime, &parent, timestamp_ms).await;
            },
            _ = self.pace.shown(runtime, timestamp_ms) => {},
        }
        self.pace.has_come(runtime, digest, timestamp_ms, false);
        Some(())
    }
}

impl<E, A> Punctual<E, A>
where
    E: Spawner + Clock,
    A: Send + Sync + 'static,
{
    /// Remembers since when the block `digest` is certified, once it is here.
    fn note_certified(&self, round: EngineRound, digest: Digest) {
        let steady_ms = self.pace.clock().steady_ms(&*self.context);
        let block = self
            .marshal
            .subscribe_by_digest(digest, DigestFallback::Wait);
        let pace = self.pace.clone();
        self.context
            .child("certified")
            .with_attribute("round", round)
            .spawn(move |runtime| async move {
                select! {
                    block = block => {
                        if let Ok(block) = block {
                            let timestamp_ms = block.inner().header().timestamp_ms;
                            pace.was_certified(digest, timestamp_ms, steady_ms);
                        }
                    },
                    _ = runtime.sleep(pace.patience()) => {},
                }
            });
    }
}

impl<E, A> Automaton for Punctual<E, A>
where
    E: Spawner + Clock,
    A: Automaton<Context = ConsensusContext, Digest = Digest> + Sync,
{
    type Context = ConsensusContext;
    type Digest = Digest;

    fn propose(
        &mut self,
        context: ConsensusContext,
    ) -> impl Future<Output = oneshot::Receiver<Digest>> + Send {
        self.inner.propose(context)
    }

    async fn verify(
        &mut self,
        context: ConsensusContext,
        digest: Digest,
    ) -> oneshot::Receiver<bool> {
        let verdict = self.inner.verify(context.clone(), digest).await;
        let (mut sender, receiver) = oneshot::channel();
        let member = self.clone();
        self.context
            .child("punctual")
            .with_attribute("round", context.round)
            .spawn(move |runtime| async move {
                let vote = async {
                    let valid = verdict.await.ok()?;
                    if valid {
                        member.wait(&runtime, &context, digest).await?;
                    }
                    Some(valid)
                };
                let valid = select! {
                    _ = sender.closed() => None,
                    valid = vote => valid,
                };
                if let Some(valid) = valid {
                    let _ = sender.send(valid);
                }
            });
        receiver
    }
}

impl<E, A> CertifiableAutomaton for Punctual<E, A>
where
    E: Spawner + Clock,
    A: CertifiableAutomaton<Context = ConsensusContext, Digest = Digest> + Sync,
{
    fn prepare(
        &mut self,
        context: ConsensusContext,
    ) -> impl Future<Output = oneshot::Receiver<Handoff<Digest>>> + Send {
        self.inner.prepare(context)
    }

    fn certify(
        &mut self,
        round: EngineRound,
        digest: Digest,
    ) -> impl Future<Output = oneshot::Receiver<bool>> + Send {
        self.note_certified(round, digest);
        self.inner.certify(round, digest)
    }
}
