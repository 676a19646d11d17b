//! A file that is watched.

use std::{future::Future, sync::Arc};

use commonware_runtime::{Blob, Error, Handle, IoBufs, IoBufsMut, ReadOptions, WriteOptions};
use futures::{FutureExt as _, Stream, StreamExt as _};

use super::fault::Faults;

/// The hint that what is read need not stay in the system's cache is not passed on: the runtime follows it through a
/// second descriptor that it keeps for each file, and a node has many small files that it reads once.
fn cached(options: ReadOptions) -> ReadOptions {
    options.without(ReadOptions::DONT_CACHE)
}

/// A blob of type `B`, watched.
pub struct Watched<B> {
    inner: B,
    file: Arc<str>,
    faults: Faults,
}

impl<B> Watched<B> {
    pub(super) const fn new(inner: B, file: Arc<str>, faults: Faults) -> Self {
        Self {
            inner,
            file,
            faults,
        }
    }

    fn check<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        self.faults.check(&self.file, result)
    }

    /// The same handle, whose failure is noted when it is waited for.
    fn later<T: Send + 'static>(&self, handle: Handle<T>) -> Handle<T> {
        let (file, faults) = (Arc::clone(&self.file), self.faults.clone());
        Handle::from_future(async move { faults.check(&file, handle.await) })
    }
}

impl<B: Blob> Blob for Watched<B> {
    async fn read_at_buf(
        &self,
        offset: u64,
        len: usize,
        bufs: impl Into<IoBufsMut> + Send,
        options: ReadOptions,
    ) -> Result<IoBufsMut, Error> {
        self.faults.reads(&self.file);
        self.check(
            self.inner
                .read_at_buf(offset, len, bufs, cached(options))
                .await,
        )
    }

    async fn read_at(
        &self,
        offset: u64,
        len: usize,
        options: ReadOptions,
    ) -> Result<IoBufsMut, Error> {
        self.faults.reads(&self.file);
        self.check(self.inner.read_at(offset, len, cached(options)).await)
    }

    fn read_many(
        &self,
        ranges: &[(u64, usize)],
        options: ReadOptions,
    ) -> impl Stream<Item = Result<(usize, IoBufsMut), Error>> + Send {
        self.faults.reads(&self.file);
        self.inner
            .read_many(ranges, cached(options))
            .map(|result| self.check(result))
    }

    fn start_read_many(
        &self,
        ranges: &[(u64, usize)],
        options: ReadOptions,
    ) -> impl Future<Output = Handle<Vec<IoBufsMut>>> + Send {
        self.faults.reads(&self.file);
        let started = self.inner.start_read_many(ranges, cached(options));
        started.map(|handle| self.later(handle))
    }

    async fn write_at(
        &self,
        offset: u64,
        bufs: impl Into<IoBufs> + Send,
        options: WriteOptions,
    ) -> Result<(), Error> {
        self.check(self.inner.write_at(offset, bufs, options).await)
    }

    async fn resize(&self, len: u64) -> Result<(), Error> {
        self.check(self.inner.resize(len).await)
    }

    async fn sync(&self) -> Result<(), Error> {
        self.check(self.inner.sync().await)
    }

    async fn start_sync(&self) -> Handle<()> {
        self.later(self.inner.start_sync().await)
    }
}
