//! How much memory a peer may take by what it sends, and by what it does not read.
//!
//! The network has one bound of length for all messages, which is that of a block, and counts messages, not bytes: a burst of votes could
//! be one of megabytes each, and a peer that asks for blocks and reads none of them would fill its queue with them. So each connection has
//! a budget of bytes in both directions:
//!
//! * [`Measured`] ends a connection whose messages are longer than any of their channel, and reads the next message only when those before
//!   it are within [`RECEIVED_AT_ONCE`] bytes and [`RECEIVED_PER_SECOND`]. The others wait where they come from.
//! * [`Outstanding`] gives the network no further message to one peer while [`UNSENT`] bytes of those before have not been written to the
//!   peer's connection. Answers that are dropped are asked for again, of somebody else.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use commonware_actor::{Feedback, Unreliable};
use commonware_p2p::{CheckedSender, LimitedSender, Recipients};
use commonware_runtime::{Buf as _, IoBuf, IoBufs};
use commonware_stream::Receiver;

use crate::engine::{gossip, max_engine_message_size, max_vote_size, throttle, types::PublicKey};

/// Bytes that a peer may have sent at once: the block of its slot, a half beyond.
pub const RECEIVED_AT_ONCE: u64 = 3 << 19;
/// Bytes that it may send in a second from then on: several times what full blocks come to.
pub const RECEIVED_PER_SECOND: u64 = 3 << 19;
// Transactions leave room for votes and blocks.
const _: () = assert!(throttle::BYTES_PER_SECOND * 3 <= RECEIVED_PER_SECOND * 2);
/// Bytes for one peer that may wait until they are written to its connection; one message is always taken.
pub const UNSENT: usize = 1 << 20;

/// More than any message of votes, certificates and questions about them takes.
const SHORT: usize = 4_096;

/// The longest message of a channel of [`crate::engine::CHANNELS`] in bytes.
fn message_limit(channel: u64) -> usize {
    match channel {
        0..=2 => max_vote_size().max(SHORT),
        5 => gossip::MAX_BYTES,
        _ => usize::try_from(max_engine_message_size()).unwrap_or(usize::MAX),
    }
}

/// Bytes of a message that are not its own: kind, channel and length.
const FRAME: usize = 1 + 10 + 5;
/// What a message of a channel begins with.
const DATA: u8 = 0;

/// Receives what is no longer than its channel allows, and not more at once than a peer may send.
pub struct Measured<R> {
    inner: R,
    budget: Budget,
}

impl<R> Measured<R> {
    /// Over a connection that has just been made.
    pub fn new(inner: R) -> Self {
        Self {
            inner,
            budget: Budget {
                taken: 0,
                counted: Instant::now(),
            },
        }
    }
}

impl<R: Receiver> Receiver for Measured<R> {
    type Error = R::Error;

    async fn recv(&mut self) -> Result<IoBufs, Self::Error> {
        let message = self.inner.recv().await?;
        if !fits(&message) {
            // The network takes that for what it is, and ends the connection.
            return Ok(IoBufs::from(vec![u8::MAX]));
        }
        let wait = self.budget.take(message.remaining(), Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Ok(message)
    }
}

/// Whether a message is as long as one of its channel may be.
fn fits(message: &IoBufs) -> bool {
    let mut head = message.clone();
    if head.remaining() < 2 || head.get_u8() != DATA {
        return true;
    }
    let channel = head.get_u8().into();
    message.remaining() <= message_limit(channel).saturating_add(FRAME)
}

/// How many of the bytes that may come at once have come.
struct Budget {
    taken: u64,
    counted: Instant,
}

impl Budget {
    /// Takes so many bytes; says how long to wait until they are within bounds.
    fn take(&mut self, bytes: usize, now: Instant) -> Duration {
        let passed = now.saturating_duration_since(self.counted).as_millis();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        let given = passed.saturating_mul(RECEIVED_PER_SECOND) / 1_000;
        if given > 0 {
            self.taken = self.taken.saturating_sub(given);
            self.counted = now;
        }
        self.taken = self.taken.saturating_add(bytes as u64);
        let over = self.taken.saturating_sub(RECEIVED_AT_ONCE);
        Duration::from_millis(over.saturating_mul(1_000) / RECEIVED_PER_SECOND)
    }
}

/// Sends to a single peer only while what was sent to it before gets away.
#[derive(Clone, Debug)]
pub struct Outstanding<S> {
    inner: S,
    unsent: Unsent,
}

impl<S> Outstanding<S> {
    /// Sends on `inner`; what it has to be told of is shared with others of `unsent`.
    pub const fn new(inner: S, unsent: Unsent) -> Self {
        Self { inner, unsent }
    }
}

/// Bytes that wait, by peer. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Unsent(Arc<Mutex<BTreeMap<PublicKey, usize>>>);

impl Unsent {
    /// Counts a message in, if there is room for it.
    fn admit(&self, peer: &PublicKey, message: IoBufs) -> Option<IoBufs> {
        let length = message.remaining();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all.get(peer).copied().unwrap_or_default();
        if before > 0 && before.saturating_add(length) > UNSENT {
            return None;
        }
        all.insert(peer.clone(), before.saturating_add(length));
        drop(all);
        let counted = Counted {
            message: message.coalesce(),
            length,
            peer: peer.clone(),
            unsent: self.clone(),
        };
        Some(IoBuf::from(Bytes::from_owner(counted)).into())
    }

    fn gone(&self, peer: &PublicKey, length: usize) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = all.get_mut(peer) {
            *bytes = bytes.saturating_sub(length);
            if *bytes == 0 {
                all.remove(peer);
            }
        }
    }
}

/// A message that counts until nobody has it any more.
struct Counted<M> {
    message: M,
    length: usize,
    peer: PublicKey,
    unsent: Unsent,
}

impl<M: AsRef<[u8]>> AsRef<[u8]> for Counted<M> {
    fn as_ref(&self) -> &[u8] {
        self.message.as_ref()
    }
}

impl<M> Drop for Counted<M> {
    fn drop(&mut self) {
        self.unsent.gone(&self.peer, self.length);
    }
}

impl<S: LimitedSender<PublicKey = PublicKey>> LimitedSender for Outstanding<S> {
    type PublicKey = PublicKey;
    type Checked<'a> = Checked<S::Checked<'a>>;

    fn check(
        &mut self,
        recipients: Recipients<PublicKey>,
    ) -> Result<Self::Checked<'_>, SystemTime> {
        let one = match &recipients {
            Recipients::One(peer) => Some((peer.clone(), self.unsent.clone())),
            // The same bytes to all, once.
            Recipients::All | Recipients::Some(_) => None,
        };
        let inner = self.inner.check(recipients)?;
        Ok(Checked { inner, one })
    }
}

/// A message about to be sent.
pub struct Checked<C> {
    inner: C,
    one: Option<(PublicKey, Unsent)>,
}

impl<C: CheckedSender<PublicKey = PublicKey>> CheckedSender for Checked<C> {
    type PublicKey = PublicKey;

    fn recipients(&self) -> Vec<PublicKey> {
        self.inner.recipients()
    }

    fn send(self, message: impl Into<IoBufs> + Send, priority: bool) -> Unreliable<Feedback> {
        let message = message.into();
        let message = match &self.one {
            Some((peer, unsent)) => unsent.admit(peer, message),
            None => Some(message),
        };
        match message {
            Some(message) => self.inner.send(message, priority),
            None => Unreliable::rejected(),
        }
    }
}

#[cfg(test)]
mod tests;
