//! Where a panic came from.

use std::{
    cell::{Cell, RefCell},
    panic,
    sync::Once,
};

thread_local! {
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static FIRST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `work`; of panics on this thread only the first is told, as it is the cause of the others.
pub fn watch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if WATCHED.get() {
                FIRST.with_borrow_mut(|first| {
                    first.get_or_insert_with(|| info.to_string());
                });
            } else {
                usual(info);
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
