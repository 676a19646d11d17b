//! The mechanism lab: whole networks in memory, on the mechanism crate itself, to ask what the election does.
//!
//! A [`study::Study`] names a population, miners, behaviours, adversaries, parameters, policies and seeds. Each
//! (variant, policy, seed) is one run ([`task::Task`]) over a [`world::World`]; [`results::Results`] holds what all of
//! them produced, and [`output`] writes it as a report, tables and JSON. `docs/lab.md` shows how to ask a question.
//!
//! The lab knows nothing of chains, networks or files of a node. Floating point is everywhere here: it measures, and
//! nothing of it reaches the state of the mechanism.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::panic))]

pub mod args;
pub mod behaviour;
pub mod capture;
pub mod cli;
mod files;
mod jobs;
pub mod live;
pub mod measure;
mod observe;
pub mod output;
pub mod policy;
pub mod population;
mod presets;
mod report;
pub mod results;
pub mod rng;
pub mod run;
mod setup;
pub mod study;
pub mod task;
pub mod time_gain;
pub mod timing;
pub mod units;
pub mod withhold;
pub mod world;
