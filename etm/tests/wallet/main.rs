//! The wallet's commands in the real binary: against a real devnet, on a real terminal, and what the program says of itself.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking, in its helpers too

mod checking;
mod devnet;
mod elsewhere;
mod golden;
mod home;
mod liar;
mod life;
mod names;
mod previews;
mod reference;
mod refusals;
mod terminal;
