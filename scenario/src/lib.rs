//! Scenario files (`etm-scenario/1`) of the En-Tan-Mo mechanism and the states (`etm-states/1`) that follow from them.
//!
//! * [`Scenario::parse`] and [`Document::parse`] read a file strictly: an error names the path to what is wrong.
//! * [`run`] runs a scenario and answers its [`States`]; [`Runner`] does it step by step.
//! * [`first_difference`] compares states and names the path of the first difference.
//! * [`replay_file`] is `etm replay`.
//! * The types are plain data, so a program can build a scenario; [`export`] helps a chain to write down what happened on it.
//!
//! The format is described in `docs/spec/scenario-format.md`.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::panic))]

mod compare;
mod error;
pub mod export;
mod files;
mod record;
mod replay;
mod runner;
mod scenario;
mod states;
mod text;

pub use compare::{Difference, first_difference};
pub use error::ScenarioError;
pub use files::read;
pub use record::{Record, RecordFormat, RecordedCandidate, RecordedPosition, RecordedRound};
pub use replay::{Document, ReplayError, Replayed, replay, replay_file};
pub use runner::{Runner, run};
pub use scenario::{
    BlockEntry, GenesisAccount, GenesisEntry, GenesisMinerEntry, GenesisPositionEntry, Operation,
    ParamsEntry, RequestEntry, RoundEntry, Scenario, ScenarioFormat, TransferEntry,
};
pub use states::{
    AccountState, CommitteeState, GenesisState, MinerState, PositionState, RoundState, States,
    StatesFormat,
};
pub use text::{Amount, Beacon, Figure};
