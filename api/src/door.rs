//! Who is let in: connections as a whole and of each address, and streams of events.
//!
//! A connection is *idle* while the node works on no request of its own: before the first, between two, and while a request is still on
//! its way here. Where there is no room for another one the idle one that has been so for longest is closed; where none is idle the new
//! one is refused. So connections that nobody uses keep nobody out, however many there are.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv6Addr};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// How many connections and streams of events there may be.
///
/// Clients on the machine of the node itself (loopback) are held to the bounds for all, not to those of an address: a proxy there speaks
/// for many. An IPv6 client can have as many addresses as it wants out of its network, so a network of 64 bits counts as one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open connections.
    pub connections: usize,
    /// Open connections of an address.
    pub connections_of_address: usize,
    /// Requests of an address that are in work, event streams apart.
    pub work_of_address: usize,
    /// Event streams.
    pub streams: usize,
    /// Event streams of an address.
    pub streams_of_address: usize,
    /// Whether this machine's own addresses have bounds like any other.
    pub bound_loopback: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 2_048,
            connections_of_address: 256,
            work_of_address: 64,
            streams: 256,
            streams_of_address: 32,
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
            work_of_address: part(usual.work_of_address).max(8),
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
    group: Option<IpAddr>,
    /// Requests in work.
    work: usize,
    /// Event streams.
    streams: usize,
    /// When it became idle, by the clock of [`Lines`].
    idle_since: u64,
    close: Arc<Notify>,
}

/// A connection that was let in; it is out when this is dropped.
#[derive(Debug)]
pub(crate) struct Line {
    id: u64,
    door: Arc<Door>,
    close: Arc<Notify>,
}

/// A request of a connection that is in work.
#[derive(Debug)]
pub(crate) struct Work(Arc<Line>);

/// A place among the event streams, and work of its connection.
#[derive(Debug)]
pub(crate) struct Stream {
    line: Arc<Line>,
    _work: Work,
}

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    All(usize),
    Address(usize),
}

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
        let group = self.group(address);
        let mut lines = self.lines();
        if let Some(group) = group
            && lines.of(group).count() >= self.limits.connections_of_address
            && !lines.close_idle(Some(group))
        {
            return Err(Full::Address(self.limits.connections_of_address));
        }
        if lines.open.len() >= self.limits.connections && !lines.close_idle(None) {
            return Err(Full::All(self.limits.connections));
        }
        lines.clock += 1;
        let (id, close) = (lines.clock, Arc::new(Notify::new()));
        let open = Open {
            group,
            work: 0,
            streams: 0,
            idle_since: id,
            close: Arc::clone(&close),
        };
        lines.open.insert(id, open);
        Ok(Arc::new(Line {
            id,
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

    /// Whose bounds an address has; nobody's on this machine.
    fn group(&self, address: IpAddr) -> Option<IpAddr> {
        let address = address.to_canonical();
        if address.is_loopback() && !self.limits.bound_loopback {
            return None;
        }
        Some(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(address) => {
                let network = address.to_bits() >> 64 << 64;
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
        })
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    fn of(&self, group: IpAddr) -> impl Iterator<Item = &Open> {
        let mine = move |open: &&Open| open.group == Some(group);
        self.open.values().filter(mine)
    }

    /// Closes the one that has been idle for longest, of a group or of all. It counts no more from now on.
    fn close_idle(&mut self, group: Option<IpAddr>) -> bool {
        let idle = self
            .open
            .iter()
            .filter(|(_, open)| open.work == 0 && (group.is_none() || open.group == group));
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

    /// A request begins, if its address may have one more; it ends when this is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Result<Work, Full> {
        let most = self.door.limits.work_of_address;
        let mut lines = self.door.lines();
        let in_work = |open: &Open| open.work.saturating_sub(open.streams);
        let group = lines.open.get(&self.id).and_then(|open| open.group);
        if group.is_some_and(|group| lines.of(group).map(in_work).sum::<usize>() >= most) {
            return Err(Full::Address(most));
        }
        // Under the same lock: those that come at once don't pass the bound together.
        if let Some(open) = lines.open.get_mut(&self.id) {
            open.work += 1;
        }
        Ok(Work(Arc::clone(self)))
    }

    /// A request begins, however many there are; it ends when this is dropped.
    pub(crate) fn work(self: &Arc<Self>) -> Work {
        if let Some(open) = self.door.lines().open.get_mut(&self.id) {
            open.work += 1;
        }
        Work(Arc::clone(self))
    }

    /// A stream of events begins, if there is room for one more; it ends when this is dropped.
    pub(crate) fn stream(self: &Arc<Self>) -> Result<Stream, Full> {
        let limits = &self.door.limits;
        let mut lines = self.door.lines();
        let streams = |open: &Open| open.streams;
        if lines.open.values().map(streams).sum::<usize>() >= limits.streams {
            return Err(Full::All(limits.streams));
        }
        let group = lines.open.get(&self.id).and_then(|open| open.group);
        if let Some(group) = group
            && lines.of(group).map(streams).sum::<usize>() >= limits.streams_of_address
        {
            return Err(Full::Address(limits.streams_of_address));
        }
        if let Some(open) = lines.open.get_mut(&self.id) {
            open.streams += 1;
        }
        drop(lines);
        Ok(Stream {
            line: Arc::clone(self),
            _work: self.work(),
        })
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

impl Drop for Stream {
    fn drop(&mut self) {
        if let Some(open) = self.line.door.lines().open.get_mut(&self.line.id) {
            open.streams = open.streams.saturating_sub(1);
        }
    }
}

impl std::fmt::Display for Full {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All(most) => write!(
                out,
                "{most} are open, which is as many as there may be; try again later"
            ),
            Self::Address(most) => write!(
                out,
                "{most} are open from this address, which is as many as one may have; close some"
            ),
        }
    }
}

#[cfg(test)]
mod tests;
