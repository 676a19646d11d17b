//! Who has connected and has not yet said who they are.
//!
//! The network has room for so many handshakes, and turns away whoever comes while it is full: strangers that say nothing could keep a
//! node from its peers. Here the one who waits longest at the most crowded address goes instead, so whoever comes from an address of
//! their own is heard, however many others knock.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use commonware_runtime::{Error, IoBufs, Listener, Stream};
use commonware_utils::{
    IpAddrExt as _,
    net::{Subnet, SubnetMask},
};
use tokio::sync::Notify;

use super::Layer;

/// What the network counts as one subnet, too.
const SUBNET: SubnetMask = SubnetMask::new(24, 48);

/// The door of a node: how many wait there, and from where.
#[derive(Clone, Debug)]
pub struct Door {
    most: usize,
    waiting: Arc<Mutex<Waiting>>,
    somebody_left: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    /// By when they came.
    all: BTreeMap<u64, Waits>,
    /// Who was put out and has not left.
    leaving: usize,
}

#[derive(Debug)]
struct Waits {
    address: IpAddr,
    subnet: Subnet,
    out: Arc<Notify>,
}

impl Door {
    /// With room for `most`; nobody waits.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            waiting: Arc::default(),
            somebody_left: Arc::default(),
        }
    }

    /// Ends once there is room at the door, half as much again as inside: those who were put out leave by themselves.
    async fn room(&self) {
        while self.waiting().leaving > self.most / 2 {
            self.somebody_left.notified().await;
        }
    }

    /// Lets somebody in, and another out if there is no room for both.
    fn knock(&self, address: IpAddr) -> Knock {
        let out = Arc::new(Notify::new());
        let mut waiting = self.waiting();
        let number = waiting.next;
        waiting.next += 1;
        let waits = Waits {
            address,
            subnet: address.subnet(&SUBNET),
            out: out.clone(),
        };
        waiting.all.insert(number, waits);
        if waiting.all.len() > self.most
            && let Some(longest) = waiting.longest_of_the_most()
            && let Some(gone) = waiting.all.remove(&longest)
        {
            waiting.leaving += 1;
            gone.out.notify_one();
        }
        drop(waiting);
        Knock {
            door: self.clone(),
            number,
            out,
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Of the subnet with the most, of its address with the most, the first that came.
    fn longest_of_the_most(&self) -> Option<u64> {
        let mut subnets: HashMap<Subnet, usize> = HashMap::new();
        let mut addresses: HashMap<IpAddr, usize> = HashMap::new();
        for waits in self.all.values() {
            *subnets.entry(waits.subnet).or_default() += 1;
            *addresses.entry(waits.address).or_default() += 1;
        }
        let crowd = |waits: &Waits| (subnets.get(&waits.subnet), addresses.get(&waits.address));
        let mut longest = None;
        for (number, waits) in &self.all {
            if longest.is_none_or(|(_, most)| crowd(waits) > most) {
                longest = Some((*number, crowd(waits)));
            }
        }
        longest.map(|(number, _)| number)
    }
}

impl Layer for Door {
    type File = ();

    fn file(&self, _: &str, _: &[u8]) {}

    fn door(&self) -> Option<Self> {
        Some(self.clone())
    }
}

/// Somebody's place at the door, until dropped.
#[derive(Debug)]
pub struct Knock {
    door: Door,
    number: u64,
    out: Arc<Notify>,
}

impl Knock {
    /// Ends when the place is needed for another.
    pub async fn put_out(&self) {
        self.out.notified().await;
    }
}

impl Drop for Knock {
    fn drop(&mut self) {
        let mut waiting = self.door.waiting();
        if waiting.all.remove(&self.number).is_none() {
            waiting.leaving -= 1;
            self.door.somebody_left.notify_one();
        }
    }
}

/// Tells those who connect apart.
#[derive(Debug)]
pub struct Doorstep<L> {
    inner: L,
    door: Option<Door>,
}

impl<L> Doorstep<L> {
    pub(super) const fn new(inner: L, door: Option<Door>) -> Self {
        Self { inner, door }
    }
}

impl<L: Listener> Listener for Doorstep<L> {
    type Sink = L::Sink;
    type Stream = Visitor<L::Stream>;

    async fn accept(&mut self) -> Result<(SocketAddr, Self::Sink, Self::Stream), Error> {
        if let Some(door) = &self.door {
            door.room().await;
        }
        let (address, sink, inner) = self.inner.accept().await?;
        let knock = self.door.as_ref().map(|door| door.knock(address.ip()));
        Ok((address, sink, Visitor { inner, knock }))
    }

    fn local_addr(&self) -> Result<SocketAddr, std::io::Error> {
        self.inner.local_addr()
    }
}

/// What a connection says, with the place at the door of who made it.
#[derive(Debug)]
pub struct Visitor<S> {
    inner: S,
    knock: Option<Knock>,
}

impl<S> Visitor<S> {
    pub(super) const fn asked_in(inner: S) -> Self {
        Self { inner, knock: None }
    }

    /// The place, for whoever finds out who it is; none if this node dialled, or it was taken before.
    pub const fn knock(&mut self) -> Option<Knock> {
        self.knock.take()
    }
}

impl<S: Stream> Stream for Visitor<S> {
    fn recv(&mut self, len: usize) -> impl Future<Output = Result<IoBufs, Error>> + Send {
        self.inner.recv(len)
    }

    fn peek(&self, max_len: usize) -> &[u8] {
        self.inner.peek(max_len)
    }
}
