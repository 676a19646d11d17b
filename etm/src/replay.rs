//! `etm replay`: the states that follow from a scenario.

use etm_scenario::{ReplayError, Replayed, replay_file};
use etm_wallet::{
    failure::Failure,
    files,
    output::{Output, Page, Report},
};
use serde::Serialize;
use std::path::Path;

#[derive(Serialize)]
struct Agree {
    agree: bool,
    rounds: usize,
    #[serde(skip)]
    file: String,
}

impl Report for Agree {
    fn show(&self, page: &mut Page) {
        page.line(format!("{}: {} rounds agree", self.file, self.rounds));
    }
}

/// Runs `etm replay`: prints the states, JSON in any case, or whether those in the file agree.
///
/// # Errors
/// [`Failure`]: exit code 1 for the first difference, 2 for a file that is malformed.
pub fn run(file: &Path, check: bool, output: &Output) -> Result<(), Failure> {
    match replay_file(file, files::open, check) {
        Ok(Replayed::States(states)) => output.print_json(&states),
        Ok(Replayed::Agree { rounds }) => output.print(&Agree {
            agree: true,
            rounds,
            file: file.display().to_string(),
        }),
        Err(ReplayError::Different(text)) => {
            let candidates = text.contains(".candidates[");
            let failure = Failure::failed("states_differ", text);
            Err(match candidates {
                true => failure.hint(
                    "a scenario knows no readiness: the run of a network in which a miner with votes was not ready can't be repeated from it",
                ),
                false => failure,
            })
        }
        Err(ReplayError::Malformed(text)) => Err(Failure::usage("invalid_scenario", text)),
    }
}
