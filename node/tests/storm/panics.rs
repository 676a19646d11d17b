//! Where a panic came from.

use std::{
    cell::{Cell, RefCell},
    panic,
    sync::{
        Arc, Once,
        atomic::{AtomicBool, Ordering},
    },
};

thread_local! {
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static FIRST: RefCell<Option<String>> = const { RefCell::new(None) };
    /// Whether whoever runs just now may panic.
    static EXCUSE: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}

/// Does `work`, whose panics are no finding if `excuse` is true by then.
pub fn excused_by<T>(excuse: &Arc<AtomicBool>, work: impl FnOnce() -> T) -> T {
    struct Restore(Option<Arc<AtomicBool>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            EXCUSE.set(self.0.take());
        }
    }
    let _restore = Restore(EXCUSE.replace(Some(excuse.clone())));
    work()
}

fn is_excused() -> bool {
    EXCUSE.with_borrow(|excuse| {
        excuse
            .as_ref()
            .is_some_and(|excuse| excuse.load(Ordering::Relaxed))
    })
}

/// The first panic since this thread is watched.
pub fn first() -> Option<String> {
    FIRST.with_borrow(Clone::clone)
}

/// Runs `work`; of panics on this thread only the first is told, as it is the cause of the others.
pub fn watch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !WATCHED.get() {
                usual(info);
            } else if !is_excused() {
                FIRST.with_borrow_mut(|first| {
                    first.get_or_insert_with(|| info.to_string());
                });
            }
        }));
    });
    WATCHED.set(true);
    let result = panic::catch_unwind(panic::AssertUnwindSafe(work));
    WATCHED.set(false);
    let first = FIRST.with_borrow_mut(Option::take);
    // Somebody may have caught it, but nothing may panic.
    match (result, first) {
        (Ok(value), None) => Ok(value),
        (_, first) => Err(first.unwrap_or_else(|| "a panic without a word".into())),
    }
}
