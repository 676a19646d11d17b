//! Real rounds - executed by `etm-execution`, signed by committees whose keys are at hand - checked, changed and forged.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod changes;
mod database;
mod forgeries;
mod genesis;
mod golden;
mod votes;
mod walk;
mod world;
