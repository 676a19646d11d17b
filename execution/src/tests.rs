//! Signed transactions through whole blocks.

mod blocks;
pub(crate) mod harness;
mod heartbeats;
mod hostile;
mod miners;
mod model;
mod outlook;
mod readers;
mod reads;
mod transactions;
mod world;

use crate as execution;
