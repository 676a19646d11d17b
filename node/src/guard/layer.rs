//! The layer around a runtime that watches over a node's tasks and files.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, resume_unwind},
    sync::Arc,
};

use commonware_runtime::Error;
use futures::FutureExt as _;

use super::fault::{Faults, Inside, LastRead, Running};
use crate::runtime::{Access, Around, Layer};

/// Notes which file and which task failed first.
#[derive(Clone)]
pub struct Guard(Faults);

impl Guard {
    /// Notes it there.
    pub const fn new(faults: Faults) -> Self {
        Self(faults)
    }
}

impl Layer for Guard {
    type File = WatchedFile;

    fn file(&self, partition: &str, name: &[u8]) -> WatchedFile {
        WatchedFile {
            file: self.0.file(partition, name),
            faults: self.0.clone(),
        }
    }

    fn task<F>(
        &self,
        label: &str,
        task: F,
    ) -> impl Future<Output = F::Output> + Send + 'static + use<F>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let running = Arc::new(Running {
            label: label.to_owned(),
            faults: self.0.clone(),
            read: LastRead::default(),
        });
        let mut task = Box::pin(AssertUnwindSafe(task).catch_unwind());
        async move {
            let entered = Arc::clone(&running);
            let result = poll_fn(move |polled| {
                let _inside = Inside::task(Some(Arc::clone(&entered)));
                task.as_mut().poll(polled)
            })
            .await;
            result.unwrap_or_else(|payload| {
                running.panicked(&*payload);
                resume_unwind(payload)
            })
        }
    }
}

/// A file that is watched.
#[derive(Clone)]
pub struct WatchedFile {
    file: Arc<str>,
    faults: Faults,
}

impl Around for WatchedFile {
    fn before(&self, access: Access) -> Result<(), Error> {
        if access == Access::Read || access == Access::Open {
            self.faults.reads(&self.file);
        }
        Ok(())
    }

    fn after<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        self.faults.check(&self.file, result)
    }
}
