//! Reads that nobody wants any more stop.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;

/// Steps of SQLite's machine between two looks at whether a read is still wanted: well under a millisecond.
const STEPS: i32 = 4_000;

thread_local! {
    static WANTED: RefCell<Option<Cancel>> = const { RefCell::new(None) };
}

/// Whether an answer is still wanted; clones are one.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Nobody wants the answer any more.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether that was said.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Runs `work` on this thread; reads of a history in it fail soon after [`Cancel::cancel`].
    pub fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        struct Restore(Option<Cancel>);
        impl Drop for Restore {
            fn drop(&mut self) {
                let before = self.0.take();
                WANTED.with_borrow_mut(|wanted| *wanted = before);
            }
        }
        let before = WANTED.with_borrow_mut(|wanted| wanted.replace(self.clone()));
        let _restore = Restore(before);
        work()
    }

    /// What this thread works for, if that may be cancelled.
    pub fn current() -> Option<Self> {
        WANTED.with_borrow(Clone::clone)
    }

    /// Lets a connection look whether its work is wanted.
    pub(crate) fn watch(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        let cancel = self.clone();
        connection.progress_handler(STEPS, Some(move || cancel.is_cancelled()))
    }

    /// Lets a connection work undisturbed.
    pub(crate) fn unwatch(connection: &mut Connection) -> rusqlite::Result<()> {
        connection.progress_handler(0, None::<fn() -> bool>)
    }
}

#[cfg(test)]
mod tests;
