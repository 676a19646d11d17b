//! A connection whose other side pinged while this machine stood still.
//!
//! A ping says nothing but that the connection lives, and the network takes one of them in half the time in which one is
//! sent: for whichever comes earlier it waits, and with it everything behind it. A process that stood still for a minute
//! finds a minute's pings in each connection, and would hear nothing new for as long again. So pings are passed over here
//! before the network sees them, as many as may come of a long standstill and no more: who floods a node with them waits
//! as before.

use std::time::{Duration, Instant};

use commonware_runtime::{Buf as _, IoBufs};
use commonware_stream::Receiver;

/// Pings that are passed over at once: those of five minutes on a devnet, and of most of an hour elsewhere.
const AT_ONCE: u32 = 64;
/// In which time one more may be.
const ONE_MORE: Duration = Duration::from_secs(2);
/// What a ping is to the network.
const PING: u8 = 1;

/// Receives what is no ping.
pub struct Awake<R> {
    inner: R,
    allowance: Allowance,
}

impl<R> Awake<R> {
    /// Over a connection that has just been made.
    pub fn new(inner: R) -> Self {
        Self {
            inner,
            allowance: Allowance {
                left: AT_ONCE,
                counted: Instant::now(),
            },
        }
    }
}

impl<R: Receiver> Receiver for Awake<R> {
    type Error = R::Error;

    async fn recv(&mut self) -> Result<IoBufs, Self::Error> {
        loop {
            let message = self.inner.recv().await?;
            if !is_ping(&message) || !self.allowance.take(Instant::now()) {
                return Ok(message);
            }
        }
    }
}

fn is_ping(message: &IoBufs) -> bool {
    message.remaining() == 1 && message.chunk().first() == Some(&PING)
}

/// How many pings may still be passed over.
struct Allowance {
    left: u32,
    counted: Instant,
}

impl Allowance {
    fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.counted);
        let more = u32::try_from(passed.as_secs() / ONE_MORE.as_secs()).unwrap_or(u32::MAX);
        if more > 0 {
            self.left = self.left.saturating_add(more).min(AT_ONCE);
            self.counted = now;
        }
        let may = self.left > 0;
        self.left = self.left.saturating_sub(1);
        may
    }
}

#[cfg(test)]
mod tests;
