//! A member that equivocates: two whole engines with the same keys, each heard by half of the network.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroUsize,
    sync::{Arc, Mutex},
    time::SystemTime,
};

use commonware_codec::Read as _;
use commonware_cryptography::{Digestible as _, ed25519::PublicKey, sha256::Digest};
use commonware_glue::simulate::engine::ChannelPair;
use commonware_p2p::{CheckedSender, LimitedSender, Message, Receiver, Recipients};
use commonware_runtime::{IoBufs, Spawner as _, Supervisor as _, deterministic::Context};
use commonware_utils::channel::mpsc;
use etm_node::engine::block::EngineBlock;

use crate::tracker::LocalTracker;

/// Blocks the twins proposed, by round and slot.
pub type Proposals = Arc<Mutex<BTreeMap<(u64, u64), BTreeSet<Digest>>>>;

/// Sends to one half of the network only.
#[derive(Clone)]
pub struct HalfSender<S> {
    inner: S,
    half: Heard,
    proposals: Option<Proposals>,
    drops: Option<Drops>,
}

/// Whom a node's messages reach.
#[derive(Clone)]
pub enum Heard {
    These(Vec<PublicKey>),
    /// Whom it tracks, as with real sockets.
    Tracked(LocalTracker),
}

impl Heard {
    pub fn peers(&self) -> Vec<PublicKey> {
        match self {
            Self::These(peers) => peers.clone(),
            Self::Tracked(tracker) => tracker.peers(),
        }
    }
}

impl<S> HalfSender<S> {
    /// Sends to `heard` only, and not what `drops` says.
    pub fn only(inner: S, heard: Vec<PublicKey>, drops: Option<Drops>) -> Self {
        Self {
            inner,
            half: Heard::These(heard),
            proposals: None,
            drops,
        }
    }
}

/// A channel of a node that talks with those it tracks only, as with real sockets: what others send does not arrive.
pub fn gate(
    context: &Context,
    channel: ChannelPair<PublicKey>,
    tracker: LocalTracker,
) -> (
    HalfSender<commonware_p2p::simulated::Sender<PublicKey, Context>>,
    CopyReceiver,
) {
    let (inner, mut receiver) = channel;
    let capacity = receiver.capacity();
    let (hear, heard) = mpsc::unbounded_channel();
    let from = tracker.clone();
    let _gate = context.child("gate").spawn(move |_| async move {
        while let Ok(message) = receiver.recv().await {
            if from.peers().contains(&message.0) {
                let _ = hear.send(message);
            }
        }
    });
    let sender = HalfSender {
        inner,
        half: Heard::Tracked(tracker),
        proposals: None,
        drops: None,
    };
    (
        sender,
        CopyReceiver {
            inner: heard,
            capacity,
        },
    )
}

pub struct HalfChecked<C> {
    inner: C,
    proposals: Option<Proposals>,
    drops: Option<Drops>,
}

/// Whether a message is lost.
pub type Drops = Arc<dyn Fn(&[u8]) -> bool + Send + Sync>;

impl<C: CheckedSender> CheckedSender for HalfChecked<C> {
    type PublicKey = C::PublicKey;

    fn recipients(&self) -> Vec<C::PublicKey> {
        self.inner.recipients()
    }

    fn send(
        self,
        message: impl Into<IoBufs> + Send,
        priority: bool,
    ) -> commonware_actor::Unreliable<commonware_actor::Feedback> {
        let message: IoBufs = message.into();
        if let Some(proposals) = self.proposals {
            let mut bytes = message.clone().coalesce();
            if let Ok(block) = EngineBlock::read_cfg(&mut bytes, &()) {
                let header = block.header();
                proposals
                    .lock()
                    .unwrap()
                    .entry((header.round.0, header.slot.0))
                    .or_default()
                    .insert(block.digest());
            }
        }
        if let Some(drops) = self.drops
            && drops(message.clone().coalesce().as_ref())
        {
            return commonware_actor::Unreliable::Rejected;
        }
        self.inner.send(message, priority)
    }
}

impl<S: LimitedSender<PublicKey = PublicKey>> LimitedSender for HalfSender<S> {
    type PublicKey = PublicKey;
    type Checked<'a>
        = HalfChecked<S::Checked<'a>>
    where
        Self: 'a;

    fn check(
        &mut self,
        recipients: Recipients<PublicKey>,
    ) -> Result<Self::Checked<'_>, SystemTime> {
        let half = self.half.peers();
        let recipients = match recipients {
            Recipients::All => half.clone(),
            Recipients::Some(some) => some,
            Recipients::One(one) => vec![one],
        };
        let heard = recipients
            .into_iter()
            .filter(|recipient| half.contains(recipient))
            .collect();
        Ok(HalfChecked {
            inner: self.inner.check(Recipients::Some(heard))?,
            proposals: self.proposals.clone(),
            drops: self.drops.clone(),
        })
    }
}

/// Hears what both twins are sent.
#[derive(Debug)]
pub struct CopyReceiver {
    inner: mpsc::UnboundedReceiver<Message<PublicKey>>,
    capacity: NonZeroUsize,
}

#[derive(Debug, thiserror::Error)]
#[error("closed")]
pub struct Closed;

impl Receiver for CopyReceiver {
    type Error = Closed;
    type PublicKey = PublicKey;

    async fn recv(&mut self) -> Result<Message<PublicKey>, Closed> {
        self.inner.recv().await.ok_or(Closed)
    }

    fn capacity(&self) -> NonZeroUsize {
        self.capacity
    }
}

type Half = (
    HalfSender<commonware_p2p::simulated::Sender<PublicKey, Context>>,
    CopyReceiver,
);

/// Splits a channel in two: each half is heard by `halves` of the network, and hears all of it.
pub fn split(
    context: &Context,
    channel: ChannelPair<PublicKey>,
    halves: &[Vec<PublicKey>; 2],
    proposals: Option<&Proposals>,
) -> [Half; 2] {
    let (sender, mut receiver) = channel;
    let capacity = receiver.capacity();
    let (first, first_receiver) = mpsc::unbounded_channel();
    let (second, second_receiver) = mpsc::unbounded_channel();
    context.child("copy").spawn(move |_| async move {
        while let Ok(message) = receiver.recv().await {
            let _ = first.send(message.clone());
            let _ = second.send(message);
        }
    });
    let half = |index: usize, inner| {
        (
            HalfSender {
                inner: sender.clone(),
                half: Heard::These(halves[index].clone()),
                proposals: proposals.cloned(),
                drops: None,
            },
            CopyReceiver { inner, capacity },
        )
    };
    [half(0, first_receiver), half(1, second_receiver)]
}
