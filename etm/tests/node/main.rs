//! `etm node`: folders are made, nodes run in them, and whatever is wrong is said in one line.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking, in its helpers too

mod checking;
mod cut;
mod following;
mod init;
mod ops;
mod refusals;
mod running;
mod snapshot;
mod support;
mod testnet;
