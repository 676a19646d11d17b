//! Real rounds - executed by `etm-execution`, signed by committees whose keys are at hand - checked, changed and forged.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod changes;
mod forgeries;
mod golden;
mod walk;
mod world;
