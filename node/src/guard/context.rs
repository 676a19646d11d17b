//! A runtime's context whose tasks and files are watched.

use std::{
    fmt,
    future::{Future, poll_fn},
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    panic::{AssertUnwindSafe, resume_unwind},
    time::{Duration, SystemTime},
};

use commonware_runtime::{
    BlobVersion, Clock, Error, Handle, ListenerOf, Metrics, Name, Network, Resolver, SinkOf,
    Spawner, Storage, StreamOf, Supervisor,
    signal::Signal,
    telemetry::metrics::{Metric, Registered},
};
use futures::FutureExt as _;
use governor::clock::{Clock as GovernorClock, ReasonablyRealtime};
use rand_core::{TryCryptoRng, TryRng};

use super::{
    fault::{Faults, Inside},
    files::Watched,
};

/// A context of type `E`, watched.
#[derive(Clone)]
pub struct Guard<E> {
    inner: E,
    faults: Faults,
}

impl<E> Guard<E> {
    /// Watches over what is done with `inner`.
    pub const fn new(inner: E, faults: Faults) -> Self {
        Self { inner, faults }
    }

    fn with(&self, inner: E) -> Self {
        Self {
            inner,
            faults: self.faults.clone(),
        }
    }
}

impl<E: Supervisor> Supervisor for Guard<E> {
    fn name(&self) -> Name {
        self.inner.name()
    }

    fn child(&self, label: &'static str) -> Self {
        self.with(self.inner.child(label))
    }

    fn with_attribute(self, key: &'static str, value: impl fmt::Display) -> Self {
        Self {
            inner: self.inner.with_attribute(key, value),
            faults: self.faults,
        }
    }
}

impl<E: Spawner> Spawner for Guard<E> {
    fn shared(self, blocking: bool) -> Self {
        Self {
            inner: self.inner.shared(blocking),
            faults: self.faults,
        }
    }

    fn dedicated(self) -> Self {
        Self {
            inner: self.inner.dedicated(),
            faults: self.faults,
        }
    }

    fn spawn<F, Fut, T>(self, task: F) -> Handle<T>
    where
        F: FnOnce(Self) -> Fut + Send + 'static,
        Fut: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let name = self.inner.name().label;
        let faults = self.faults;
        self.inner.spawn(move |inner| {
            let context = Self {
                inner,
                faults: faults.clone(),
            };
            let mut task = Box::pin(AssertUnwindSafe(task(context)).catch_unwind());
            async move {
                let result = poll_fn(move |polled| {
                    let _inside = Inside::enter();
                    task.as_mut().poll(polled)
                })
                .await;
                match result {
                    Ok(output) => output,
                    Err(payload) => {
                        faults.panicked(&name, &*payload);
                        resume_unwind(payload)
                    }
                }
            }
        })
    }

    async fn stop(self, value: i32, timeout: Option<Duration>) -> Result<(), Error> {
        self.inner.stop(value, timeout).await
    }

    fn stopped(&self) -> Signal {
        self.inner.stopped()
    }
}

impl<E: Metrics> Metrics for Guard<E> {
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

impl<E: Clock> Clock for Guard<E> {
    fn current(&self) -> SystemTime {
        self.inner.current()
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static + use<E> {
        self.inner.sleep(duration)
    }

    fn sleep_until(
        &self,
        deadline: SystemTime,
    ) -> impl Future<Output = ()> + Send + 'static + use<E> {
        self.inner.sleep_until(deadline)
    }
}

impl<E: Clock> GovernorClock for Guard<E> {
    type Instant = SystemTime;

    fn now(&self) -> SystemTime {
        self.inner.current()
    }
}

impl<E: Clock> ReasonablyRealtime for Guard<E> {}

impl<E: TryRng> TryRng for Guard<E> {
    type Error = E::Error;

    fn try_next_u32(&mut self) -> Result<u32, E::Error> {
        self.inner.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, E::Error> {
        self.inner.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), E::Error> {
        self.inner.try_fill_bytes(bytes)
    }
}

impl<E: TryCryptoRng> TryCryptoRng for Guard<E> {}

impl<E: Network> Network for Guard<E> {
    type Listener = ListenerOf<E>;

    async fn bind(&self, socket: SocketAddr) -> Result<Self::Listener, Error> {
        self.inner.bind(socket).await
    }

    async fn dial(&self, socket: SocketAddr) -> Result<(SinkOf<Self>, StreamOf<Self>), Error> {
        self.inner.dial(socket).await
    }
}

impl<E: Resolver> Resolver for Guard<E> {
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, Error> {
        self.inner.resolve(host).await
    }
}

impl<E: Storage> Storage for Guard<E> {
    type Blob = Watched<E::Blob>;

    async fn open_versioned(
        &self,
        partition: &str,
        name: &[u8],
        versions: RangeInclusive<BlobVersion>,
    ) -> Result<(Self::Blob, u64, BlobVersion), Error> {
        let file = self.faults.file(partition, name);
        self.faults.reads(&file);
        let opened = self.inner.open_versioned(partition, name, versions).await;
        let (inner, length, version) = self.faults.check(&file, opened)?;
        let blob = Watched::new(inner, file, self.faults.clone());
        Ok((blob, length, version))
    }

    async fn remove(&self, partition: &str, name: Option<&[u8]>) -> Result<(), Error> {
        let removed = self.inner.remove(partition, name).await;
        self.faults.check(
            &self.faults.file(partition, name.unwrap_or_default()),
            removed,
        )
    }

    async fn scan(&self, partition: &str) -> Result<Vec<Vec<u8>>, Error> {
        let scanned = self.inner.scan(partition).await;
        self.faults
            .check(&self.faults.file(partition, &[]), scanned)
    }
}
