//! A runtime with a layer around it, which may show another clock, hold tasks back and watch files.
//!
//! The engine and the network compute their deadlines from the runtime's clock. The system's clock jumps when it is set,
//! and every deadline would jump with it: a node whose clock was put back by half a minute would wait half a minute longer
//! for everything. So nodes run on a [`Steady`] clock. What the system's clock says matters for timestamps alone.

pub mod door;
mod files;
pub(crate) mod names;

pub use door::Door;
use door::{Doorstep, Visitor};
pub use files::{Access, Around, LayeredBlob};
pub use names::Names;

use std::{
    future::Future,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    time::{Duration, Instant, SystemTime},
};

use commonware_runtime::{
    BlobVersion, Clock, Error, Handle, Metrics, Name, Network, Resolver, SinkOf, Spawner, Storage,
    StreamOf, Supervisor, signal,
    telemetry::metrics::{Metric, Registered},
};
use rand_core::{TryCryptoRng, TryRng};

/// What lies around a runtime.
pub trait Layer: Clone + Send + Sync + 'static {
    /// What lies around a file.
    type File: Around;

    /// What lies around the file `name` of a `partition`; the partition itself if the name is empty.
    fn file(&self, partition: &str, name: &[u8]) -> Self::File;

    /// The time, if the runtime says that it is `time`.
    fn current(&self, time: SystemTime) -> SystemTime {
        time
    }

    /// What is run instead of the `task` called `label`.
    fn task<F>(
        &self,
        _label: &str,
        task: F,
    ) -> impl Future<Output = F::Output> + Send + 'static + use<Self, F>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        task
    }

    /// The addresses of `host`, for which the runtime would be asked by `ask`.
    fn resolve(
        &self,
        _host: &str,
        ask: impl Future<Output = Result<Vec<IpAddr>, Error>> + Send,
    ) -> impl Future<Output = Result<Vec<IpAddr>, Error>> + Send {
        ask
    }

    /// Where those wait who connect, if they are told apart.
    fn door(&self) -> Option<Door> {
        None
    }
}

/// A clock that only goes on, whatever happens to the system's.
#[derive(Clone, Copy, Debug)]
pub struct Steady {
    begun: Instant,
    at: SystemTime,
}

impl Steady {
    /// A clock that begins with the system's time.
    pub fn new() -> Self {
        Self {
            begun: Instant::now(),
            at: SystemTime::now(),
        }
    }
}

impl Default for Steady {
    fn default() -> Self {
        Self::new()
    }
}

impl Layer for Steady {
    type File = ();

    fn file(&self, _: &str, _: &[u8]) {}

    fn current(&self, _: SystemTime) -> SystemTime {
        let elapsed = self.begun.elapsed();
        self.at.checked_add(elapsed).unwrap_or(self.at)
    }
}

/// A runtime with a layer around it.
#[derive(Debug)]
pub struct Layered<E, L> {
    inner: E,
    layer: L,
}

impl<E, L> Layered<E, L> {
    /// `inner` with `layer` around it.
    pub const fn new(inner: E, layer: L) -> Self {
        Self { inner, layer }
    }

    /// The runtime inside.
    pub const fn inner(&self) -> &E {
        &self.inner
    }

    fn with(&self, inner: E) -> Self
    where
        L: Clone,
    {
        Self::new(inner, self.layer.clone())
    }
}

impl<E: Supervisor, L: Layer> Supervisor for Layered<E, L> {
    fn name(&self) -> Name {
        self.inner.name()
    }

    fn child(&self, label: &'static str) -> Self {
        self.with(self.inner.child(label))
    }

    fn with_attribute(self, key: &'static str, value: impl std::fmt::Display) -> Self {
        Self::new(self.inner.with_attribute(key, value), self.layer)
    }
}

impl<E: Spawner, L: Layer> Spawner for Layered<E, L> {
    fn shared(self, blocking: bool) -> Self {
        Self::new(self.inner.shared(blocking), self.layer)
    }

    fn dedicated(self) -> Self {
        Self::new(self.inner.dedicated(), self.layer)
    }

    fn spawn<F, Fut, T>(self, f: F) -> Handle<T>
    where
        F: FnOnce(Self) -> Fut + Send + 'static,
        Fut: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let layer = self.layer;
        let label = self.inner.name().label;
        self.inner.spawn(move |inner| {
            let task = f(Self::new(inner, layer.clone()));
            layer.task(&label, task)
        })
    }

    async fn stop(self, value: i32, timeout: Option<Duration>) -> Result<(), Error> {
        self.inner.stop(value, timeout).await
    }

    fn stopped(&self) -> signal::Signal {
        self.inner.stopped()
    }
}

impl<E: Metrics, L: Layer> Metrics for Layered<E, L> {
    fn register<N: Into<String>, H: Into<String>, M: Metric>(
        &self,
        name: N,
        help: H,
        metric: M,
    ) -> Registered<M> {
        self.inner.register(name, help, metric)
    }

    fn encode(&self) -> String {
        self.inner.encode()
    }
}

impl<E: Clock, L: Layer> Clock for Layered<E, L> {
    fn current(&self) -> SystemTime {
        self.layer.current(self.inner.current())
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static + use<E, L> {
        self.inner.sleep(duration)
    }

    fn sleep_until(
        &self,
        deadline: SystemTime,
    ) -> impl Future<Output = ()> + Send + 'static + use<E, L> {
        let left = deadline.duration_since(self.current()).unwrap_or_default();
        self.inner.sleep(left)
    }
}

impl<E: Clock, L: Layer> governor::clock::Clock for Layered<E, L> {
    type Instant = SystemTime;

    fn now(&self) -> SystemTime {
        self.current()
    }
}

impl<E: Clock, L: Layer> governor::clock::ReasonablyRealtime for Layered<E, L> {}

impl<E: Network, L: Layer> Network for Layered<E, L> {
    type Listener = Doorstep<E::Listener>;

    async fn bind(&self, socket: SocketAddr) -> Result<Self::Listener, Error> {
        let inner = self.inner.bind(socket).await?;
        Ok(Doorstep::new(inner, self.layer.door()))
    }

    async fn dial(&self, socket: SocketAddr) -> Result<(SinkOf<Self>, StreamOf<Self>), Error> {
        let (sink, stream) = self.inner.dial(socket).await?;
        Ok((sink, Visitor::asked_in(stream)))
    }
}

impl<E: Resolver, L: Layer> Resolver for Layered<E, L> {
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, Error> {
        self.layer.resolve(host, self.inner.resolve(host)).await
    }
}

impl<E: TryRng, L> TryRng for Layered<E, L> {
    type Error = E::Error;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.inner.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.inner.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.inner.try_fill_bytes(bytes)
    }
}

impl<E: TryCryptoRng, L> TryCryptoRng for Layered<E, L> {}

impl<E: Storage, L: Layer> Storage for Layered<E, L> {
    type Blob = LayeredBlob<E::Blob, L::File>;

    async fn open_versioned(
        &self,
        partition: &str,
        name: &[u8],
        versions: RangeInclusive<BlobVersion>,
    ) -> Result<(Self::Blob, u64, BlobVersion), Error> {
        let file = self.layer.file(partition, name);
        let open = self.inner.open_versioned(partition, name, versions);
        let (inner, length, version) = file.over(Access::Open, open).await?;
        Ok((LayeredBlob::new(inner, file), length, version))
    }

    async fn remove(&self, partition: &str, name: Option<&[u8]>) -> Result<(), Error> {
        let file = self.layer.file(partition, name.unwrap_or_default());
        let remove = self.inner.remove(partition, name);
        file.over(Access::Write, remove).await
    }

    async fn scan(&self, partition: &str) -> Result<Vec<Vec<u8>>, Error> {
        let file = self.layer.file(partition, &[]);
        let scan = self.inner.scan(partition);
        file.over(Access::Scan, scan).await
    }
}
