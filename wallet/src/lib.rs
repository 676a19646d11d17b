//! The wallet of En-Tan-Mo and its command line.
#![deny(clippy::unwrap_used, clippy::panic)]

pub mod amount;
pub mod config;
pub mod failure;
pub mod keys;
pub mod output;
pub mod secret;
pub mod suggest;
