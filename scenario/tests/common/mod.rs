//! What several test programs use.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::panic, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test program uses a part")]

pub mod model;

use etm_mechanism::{Mechanism, MemoryStore, check, verify_draw};
use etm_scenario::{Runner, Scenario, States, StatesFormat, first_difference};
use std::{fs, path::PathBuf};

/// Runs a scenario with every check of the mechanism after every block.
pub fn run_checked(scenario: &Scenario) -> Result<States, String> {
    let mut runner = Runner::new(&scenario.params, &scenario.genesis).map_err(text)?;
    let genesis = runner.genesis_state().map_err(text)?;
    let check = |mechanism: &Mechanism<MemoryStore<String>>| {
        let checked = check::all(mechanism).map_err(text)?;
        checked.map(|_| ()).map_err(text)
    };
    check(runner.mechanism())?;
    let rounds = scenario.rounds.iter().map(|round| {
        let mut checked = Ok(());
        let state = runner.round_with(round, |mechanism| {
            if checked.is_ok() {
                checked = check(mechanism);
            }
        });
        let state = state.map_err(text)?;
        checked?;
        verify_draw(&runner.report().unwrap().draw).map_err(text)?;
        Ok(state)
    });
    Ok(States {
        rounds: rounds.collect::<Result<_, String>>()?,
        format: StatesFormat::V1,
        genesis,
    })
}

fn text(error: impl ToString) -> String {
    error.to_string()
}

/// What is wrong with the mechanism's states of a scenario, by its own checks or the naive model.
pub fn disagreement(scenario: &Scenario) -> Option<String> {
    let expected = model::run(scenario);
    match run_checked(scenario) {
        Ok(computed) => {
            first_difference(&expected, &computed).map(|difference| difference.to_string())
        }
        Err(error) => Some(error),
    }
}

/// Writes a scenario to a file, to be kept in `tests/regressions` once its cause is known.
pub fn save(scenario: &Scenario, name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, serde_json::to_string_pretty(scenario).unwrap()).unwrap();
    path
}

/// Panics with what is wrong with a scenario, having saved it.
pub fn assert_agreement(scenario: &Scenario, name: &str) {
    if let Some(wrong) = disagreement(scenario) {
        panic!("{wrong}; saved as {}", save(scenario, name).display());
    }
}
