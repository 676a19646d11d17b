//! A file of a node with something around it.

use std::future::Future;

use commonware_runtime::{Blob, Error, Handle, IoBufs, IoBufsMut, ReadOptions, WriteOptions};
use futures::{FutureExt as _, Stream, StreamExt as _};

/// What is done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It is opened.
    Open,
    /// A partition is looked through.
    Scan,
    Read,
    /// It is written, made longer or shorter, or removed.
    Write,
    /// What was written is made durable.
    Sync,
}

/// What lies around a file: it sees what is done with it, and may let it fail.
pub trait Around: Clone + Send + Sync + 'static {
    /// The file is about to be used; an error is what happens instead.
    ///
    /// # Errors
    /// What the file's user is told.
    fn before(&self, _: Access) -> Result<(), Error> {
        Ok(())
    }

    /// How it ended.
    fn after<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        result
    }

    /// Does `operation`, unless it is to fail.
    fn over<T: Send>(
        &self,
        access: Access,
        operation: impl Future<Output = Result<T, Error>> + Send,
    ) -> impl Future<Output = Result<T, Error>> + Send {
        async move {
            let result = match self.before(access) {
                Ok(()) => operation.await,
                Err(error) => Err(error),
            };
            self.after(result)
        }
    }
}

/// Nothing.
impl Around for () {}

/// The hint that what is read need not stay in the system's cache is not passed on: the runtime follows it through a
/// second descriptor that it keeps for each file, and a node has many small files that it reads once.
fn cached(options: ReadOptions) -> ReadOptions {
    options.without(ReadOptions::DONT_CACHE)
}

/// A blob with something around it.
pub struct LayeredBlob<B, A> {
    inner: B,
    around: A,
}

impl<B, A: Around> LayeredBlob<B, A> {
    pub(super) const fn new(inner: B, around: A) -> Self {
        Self { inner, around }
    }

    /// The same handle; how it ended is told when it is waited for.
    fn later<T: Send + 'static>(&self, handle: Handle<T>) -> Handle<T> {
        let around = self.around.clone();
        Handle::from_future(async move { around.after(handle.await) })
    }

    fn failed<T: Send + 'static>(&self, error: Error) -> Handle<T> {
        let around = self.around.clone();
        Handle::from_future(async move { around.after(Err(error)) })
    }
}

impl<B: Blob, A: Around> Blob for LayeredBlob<B, A> {
    async fn read_at_buf(
        &self,
        offset: u64,
        len: usize,
        bufs: impl Into<IoBufsMut> + Send,
        options: ReadOptions,
    ) -> Result<IoBufsMut, Error> {
        let read = self.inner.read_at_buf(offset, len, bufs, cached(options));
        self.around.over(Access::Read, read).await
    }

    async fn read_at(
        &self,
        offset: u64,
        len: usize,
        options: ReadOptions,
    ) -> Result<IoBufsMut, Error> {
        let read = self.inner.read_at(offset, len, cached(options));
        self.around.over(Access::Read, read).await
    }

    fn read_many(
        &self,
        ranges: &[(u64, usize)],
        options: ReadOptions,
    ) -> impl Stream<Item = Result<(usize, IoBufsMut), Error>> + Send {
        self.inner.read_many(ranges, cached(options)).map(|result| {
            match self.around.before(Access::Read) {
                Ok(()) => self.around.after(result),
                Err(error) => self.around.after(Err(error)),
            }
        })
    }

    fn start_read_many(
        &self,
        ranges: &[(u64, usize)],
        options: ReadOptions,
    ) -> impl Future<Output = Handle<Vec<IoBufsMut>>> + Send {
        let before = self.around.before(Access::Read);
        let started = self.inner.start_read_many(ranges, cached(options));
        started.map(|handle| match before {
            Ok(()) => self.later(handle),
            Err(error) => self.failed(error),
        })
    }

    async fn write_at(
        &self,
        offset: u64,
        bufs: impl Into<IoBufs> + Send,
        options: WriteOptions,
    ) -> Result<(), Error> {
        let operation = self.inner.write_at(offset, bufs, options);
        self.around.over(Access::Write, operation).await
    }

    async fn resize(&self, len: u64) -> Result<(), Error> {
        let operation = self.inner.resize(len);
        self.around.over(Access::Write, operation).await
    }

    async fn sync(&self) -> Result<(), Error> {
        let operation = self.inner.sync();
        self.around.over(Access::Sync, operation).await
    }

    async fn start_sync(&self) -> Handle<()> {
        match self.around.before(Access::Sync) {
            Ok(()) => self.later(self.inner.start_sync().await),
            Err(error) => self.failed(error),
        }
    }
}
