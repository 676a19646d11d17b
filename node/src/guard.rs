//! Watches over a node's tasks and files, so that whatever ends it is known by its first cause.
//!
//! The storage and the engine answer a failing disk by panicking, each task in its own words, and the tasks beside it
//! follow with theirs. [`Guard`] is a layer between them and the runtime: it notes the first file that failed and the first
//! task that panicked, and [`Faults`] says in one sentence what happened and what helps.

mod fault;
mod layer;

pub(crate) use fault::sentence;
pub use fault::{Faults, Inside, quiet_panics};
pub use layer::Guard;

#[cfg(test)]
mod tests;
