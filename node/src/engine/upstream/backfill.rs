//! Where marshal asks for what it lacks: peers, and upstreams if the node has any.

use std::sync::{Arc, Mutex, PoisonError};

use commonware_actor::Feedback;
use commonware_consensus::marshal::resolver::handler::{Annotation, Key};
use commonware_resolver::{Fetch, Resolver, TargetedResolver, p2p};
use commonware_utils::vec::NonEmptyVec;
use tokio::sync::mpsc;

use crate::engine::types::{Digest, PublicKey};

/// What marshal asks for.
pub type Wish = Fetch<Key<Digest>, Annotation>;

/// Whether something is still wanted.
pub type StillWanted = Box<dyn Fn(&Key<Digest>, &Annotation) -> bool + Send>;

/// What marshal says to those who ask upstreams.
pub enum Asked {
    /// It wants something.
    Fetch(Wish),
    /// It wants only this any more.
    Retain(StillWanted),
}

/// Asks peers and upstreams at once. Whatever comes is checked by marshal, from wherever it comes.
#[derive(Clone)]
pub struct Backfill {
    peers: p2p::Mailbox<Key<Digest>, PublicKey, Annotation>,
    upstreams: Option<mpsc::UnboundedSender<Asked>>,
    /// What is meant for upstreams alone names this node itself as its target.
    me: PublicKey,
}

impl Backfill {
    /// Asks `peers`, and `upstreams` if there are any.
    pub const fn new(
        peers: p2p::Mailbox<Key<Digest>, PublicKey, Annotation>,
        upstreams: Option<mpsc::UnboundedSender<Asked>>,
        me: PublicKey,
    ) -> Self {
        Self {
            peers,
            upstreams,
            me,
        }
    }

    fn ask_upstreams(&self, wish: &Wish) {
        if let Some(upstreams) = &self.upstreams {
            // They are gone only when the node ends.
            let _ = upstreams.send(Asked::Fetch(wish.clone()));
        }
    }
}

impl Resolver for Backfill {
    type Key = Key<Digest>;
    type Subscriber = Annotation;

    fn fetch<F: Into<Wish> + Send>(&mut self, wish: F) -> Feedback {
        let wish = wish.into();
        self.ask_upstreams(&wish);
        self.peers.fetch(wish)
    }

    fn fetch_all<F: Into<Wish> + Send>(&mut self, wishes: Vec<F>) -> Feedback {
        let wishes: Vec<Wish> = wishes.into_iter().map(Into::into).collect();
        for wish in &wishes {
            self.ask_upstreams(wish);
        }
        self.peers.fetch_all(wishes)
    }

    fn retain(
        &mut self,
        predicate: impl Fn(&Key<Digest>, &Annotation) -> bool + Send + 'static,
    ) -> Feedback {
        let Some(upstreams) = &self.upstreams else {
            return self.peers.retain(predicate);
        };
        let shared = Arc::new(Mutex::new(predicate));
        let theirs = Arc::clone(&shared);
        let _ = upstreams.send(Asked::Retain(Box::new(move |key, annotation| {
            shared.lock().unwrap_or_else(PoisonError::into_inner)(key, annotation)
        })));
        self.peers.retain(move |key, annotation| {
            theirs.lock().unwrap_or_else(PoisonError::into_inner)(key, annotation)
        })
    }
}

impl TargetedResolver for Backfill {
    type PublicKey = PublicKey;

    fn fetch_targeted(
        &mut self,
        wish: impl Into<Wish> + Send,
        targets: NonEmptyVec<PublicKey>,
    ) -> Feedback {
        let wish = wish.into();
        self.ask_upstreams(&wish);
        if targets.iter().all(|target| *target == self.me) {
            return Feedback::Ok;
        }
        self.peers.fetch_targeted(wish, targets)
    }

    fn fetch_all_targeted<F: Into<Wish> + Send>(
        &mut self,
        wishes: Vec<(F, NonEmptyVec<PublicKey>)>,
    ) -> Feedback {
        let mut feedback = Feedback::Ok;
        for (wish, targets) in wishes {
            feedback = self.fetch_targeted(wish, targets);
        }
        feedback
    }
}
