//! Disks that fail.

use std::{
    future::{Future, poll_fn},
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use commonware_runtime::Error;
use etm_node::runtime::{Access, Around, Layer};

use crate::{
    dice::Dice,
    panics,
    plan::{Disk, Trouble},
};

/// The disk of a node, for one life of it.
#[derive(Clone)]
pub struct FailingDisk {
    dice: Arc<Mutex<Dice>>,
    /// What is wrong with it just now.
    trouble: Arc<Mutex<Option<Trouble>>>,
    /// Whether it has failed.
    failed: Arc<AtomicBool>,
}

impl FailingDisk {
    pub fn new(dice: Dice) -> Self {
        Self {
            dice: Arc::new(Mutex::new(dice)),
            trouble: Arc::default(),
            failed: Arc::default(),
        }
    }

    /// From now on it is like that.
    pub fn set(&self, trouble: Option<Trouble>) {
        *self.trouble.lock().unwrap() = trouble;
    }

    /// Whether it has failed, so that the node has to end.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }
}

impl Around for FailingDisk {
    fn before(&self, access: Access) -> Result<(), Error> {
        let Some(trouble) = *self.trouble.lock().unwrap() else {
            return Ok(());
        };
        let concerns = match trouble.disk {
            Disk::Unreadable => matches!(access, Access::Open | Access::Scan | Access::Read),
            Disk::Full => access == Access::Write,
            Disk::Unsynced => access == Access::Sync,
            Disk::Broken => true,
        };
        if !concerns || !self.dice.lock().unwrap().in_thousand(trouble.per_mille) {
            return Ok(());
        }
        self.failed.store(true, Ordering::Relaxed);
        // As the system says it: no space is left, or the device failed.
        let code = if access == Access::Write { 28 } else { 5 };
        Err(io::Error::from_raw_os_error(code).into())
    }
}

impl Layer for FailingDisk {
    type File = Self;

    fn file(&self, _: &str, _: &[u8]) -> Self {
        self.clone()
    }

    fn task<F>(&self, _: &str, task: F) -> impl Future<Output = F::Output> + Send + 'static + use<F>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let mut task = Box::pin(task);
        let failed = self.failed.clone();
        poll_fn(move |polled| panics::excused_by(&failed, || task.as_mut().poll(polled)))
    }
}
