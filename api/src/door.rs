//! Who is let in, and how much of everything an address may have.
//!
//! A connection is *idle* while the node works on no request of its own: before the first, between two, and while a request is still on
//! its way here. Where there is no room for another one the idle one that has been so for longest is closed; where none is idle the new
//! one is refused. So connections that nobody uses keep nobody out, however many there are.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::shares::{Full, Whose};

/// How much of everything clients may have at once: all of them, and those of an address.
///
/// Clients on the machine of the node itself (loopback) are held to the bounds for all, not to those of an address: a proxy there speaks
/// for many. An IPv6 client can have as many addresses as it wants out of its network, so a network of 56 bits, as households
/// have, counts as one address.
/// An address has an eighth of everything: one takes little from the others, and many nodes or people may share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open connections.
    pub connections: usize,
    /// Open connections of an address.
    pub connections_of_address: usize,
    /// Requests in work, those below and event streams apart.
    pub requests: usize,
    /// Requests in work of an address.
    pub requests_of_address: usize,
    /// Of what is done at once: submissions that don't wait, status, what waits in the pool.
    pub quick: usize,
    /// The same of an address.
    pub quick_of_address: usize,
    /// Of what waits for its turn: ranges of blocks, snapshots, exports.
    pub bulk: usize,
    /// The same of an address.
    pub bulk_of_address: usize,
    /// Submissions that wait until they are final.
    pub waiting: usize,
    /// Submissions of an address that wait.
    pub waiting_of_address: usize,
    /// Requests of those who watch over the node.
    pub watching: usize,
    /// Requests of an address that watches over the node.
    pub watching_of_address: usize,
    /// Event streams.
    pub streams: usize,
    /// Event streams of an address.
    pub streams_of_address: usize,
    /// KiB of large answers on their way.
    pub answers_kib: usize,
    /// KiB of large answers on their way to an address.
    pub answers_kib_of_address: usize,
    /// Whether this machine's own addresses have bounds like any other.
    pub bound_loopback: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 2_048,
            connections_of_address: 256,
            requests: 512,
            requests_of_address: 64,
            quick: 256,
            quick_of_address: 32,
            bulk: 256,
            bulk_of_address: 32,
            waiting: 512,
            waiting_of_address: 64,
            watching: 32,
            watching_of_address: 4,
            streams: 256,
            streams_of_address: 32,
            answers_kib: 256 * 1024,
            answers_kib_of_address: 32 * 1024,
            bound_loopback: false,
        }
    }
}

impl Limits {
    /// As usual, but with at most so many connections, the other bounds in proportion.
    pub fn of_connections(most: usize) -> Self {
        let usual = Self::default();
        let connections = usual.connections.min(most);
        let part = |of: usize| (of * connections / usual.connections).max(1);
        Self {
            connections,
            // A browser opens six.
            connections_of_address: part(usual.connections_of_address).max(8),
            requests_of_address: part(usual.requests_of_address).max(8),
            quick_of_address: part(usual.quick_of_address).max(8),
            bulk_of_address: part(usual.bulk_of_address).max(8),
            waiting_of_address: part(usual.waiting_of_address).max(8),
            streams: part(usual.streams).max(4.min(connections / 2)),
            streams_of_address: part(usual.streams_of_address).max(2),
            ..usual
        }
    }
}

/// The connections there are.
#[derive(Debug)]
pub(crate) struct Door {
    limits: Limits,
    lines: Mutex<Lines>,
    /// Told when the last of those that were closed to make room is gone.
    left: Notify,
}

#[derive(Debug, Default)]
struct Lines {
    /// Counts connections and changes of them: what happened later has a higher number.
    clock: u64,
    open: HashMap<u64, Open>,
    /// Those that were closed to make room and have their sockets still: on a busy machine it takes a while until each hears of it.
    leaving: HashSet<u64>,
}

/// An open connection.
#[derive(Debug)]
struct Open {
    /// Whose it is, for the bounds of an address.
    whose: Whose,
    /// Requests in work, event streams among them.
    work: usize,
    /// When it became idle, by the clock of [`Lines`].
    idle_since: u64,
    close: Arc<Notify>,
}

/// A connection that was let in; it is out when this is dropped.
#[derive(Debug)]
pub(crate) struct Line {
    id: u64,
    whose: Whose,
    door: Arc<Door>,
    close: Arc<Notify>,
}

/// A request of a connection that is in work.
#[derive(Debug)]
pub(crate) struct Work(Arc<Line>);

impl Door {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            lines: Mutex::default(),
            left: Notify::new(),
        })
    }

    /// Lets a connection in, closing the one that has been idle for longest if there is no room.
    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Arc<Line>, Full> {
        let whose = Whose::of(address, self.limits.bound_loopback);
        let mut lines = self.lines();
        if lines.of(whose) >= self.limits.connections_of_address && !lines.close_idle(Some(whose)) {
            return Err(Full::Address(self.limits.connections_of_address));
        }
        if lines.open.len() >= self.limits.connections && !lines.close_idle(None) {
            return Err(Full::All(self.limits.connections));
        }
        lines.clock += 1;
        let (id, close) = (lines.clock, Arc::new(Notify::new()));
        let open = Open {
            whose,
            work: 0,
            idle_since: id,
            close: Arc::clone(&close),
        };
        lines.open.insert(id, open);
        Ok(Arc::new(Line {
            id,
            whose,
            door: Arc::clone(self),
            close,
        }))
    }

    /// Closes the connection that has been idle for longest. Says whether there was one.
    pub(crate) fn close_idle(&self) -> bool {
        self.lines().close_idle(None)
    }

    /// Done once all that were closed to make room are gone. Whoever lets the next one in waits for that, so that there never are more
    /// sockets than connections may be, but for the two that one who enters may have closed.
    pub(crate) async fn settled(&self) {
        loop {
            let mut left = pin!(self.left.notified());
            left.as_mut().enable();
            if self.lines().leaving.is_empty() {
                return;
            }
            left.await;
        }
    }

    /// How many connections are open.
    pub(crate) fn open(&self) -> usize {
        self.lines().open.len()
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    /// How many an address has; nobody has none.
    fn of(&self, whose: Whose) -> usize {
        let open = self.open.values();
        open.filter(|open| open.whose.is(whose)).count()
    }

    /// Closes the one that has been idle for longest, of an address or of all. It counts no more from now on.
    fn close_idle(&mut self, whose: Option<Whose>) -> bool {
        let idle = self
            .open
            .iter()
            .filter(|(_, open)| open.work == 0 && whose.is_none_or(|whose| open.whose.is(whose)));
        let Some(id) = idle
            .min_by_key(|(_, open)| open.idle_since)
            .map(|(id, _)| *id)
        else {
            return false;
        };
        if let Some(open) = self.open.remove(&id) {
            self.leaving.insert(id);
            open.close.notify_one();
        }
        true
    }
}

impl Line {
    /// Done once the connection is to be closed.
    pub(crate) async fn closed(&self) {
        self.close.notified().await;
    }

    /// Closes the connection, whatever it does.
    pub(crate) fn close(&self) {
        self.close.notify_one();
    }

    /// Whose bounds its requests count for.
    pub(crate) const fn whose(&self) -> Whose {
        self.whose
    }

    /// A request begins, so that the connection is not idle; it ends when this is dropped.
    pub(crate) fn work(self: &Arc<Self>) -> Work {
        if let Some(open) = self.door.lines().open.get_mut(&self.id) {
            open.work += 1;
        }
        Work(Arc::clone(self))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut lines = self.door.lines();
        lines.open.remove(&self.id);
        if lines.leaving.remove(&self.id) && lines.leaving.is_empty() {
            self.door.left.notify_waiters();
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let mut lines = self.0.door.lines();
        lines.clock += 1;
        let now = lines.clock;
        if let Some(open) = lines.open.get_mut(&self.0.id) {
            open.work = open.work.saturating_sub(1);
            open.idle_since = now;
        }
    }
}

#[cfg(test)]
mod tests;
