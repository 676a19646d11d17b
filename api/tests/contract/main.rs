//! The API over a real listening socket, with a chain in memory that runs real execution.

// The helpers beside the tests fail the test, too.
#![allow(clippy::unwrap_used, clippy::panic)]

mod bad_input;
mod chain;
mod delivery;
mod door;
mod flow;
mod following;
mod forecasts;
mod hostile;
mod light;
mod previews;
mod reading;
mod resigned;
mod shares;
mod support;
