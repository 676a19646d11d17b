//! `etm simulate`: what the lab answers, printed.

use etm_simulator::cli::{self, Answer, EXIT_USAGE, args::SimulateArgs};
use etm_wallet::{failure::Failure, output::Output};
use std::process::ExitCode;

/// Runs `etm simulate` and answers its exit code.
pub fn run(options: &SimulateArgs, output: &Output) -> ExitCode {
    let (code, failure) = match cli::run(options) {
        Ok(answer) => match print(&answer, output) {
            Ok(()) => (answer.code(), None),
            Err(failure) => (failure.exit as u8, Some(failure)),
        },
        Err((EXIT_USAGE, message)) => (
            EXIT_USAGE,
            Some(Failure::usage("invalid_question", message)),
        ),
        Err((code, message)) => (code, Some(Failure::failed("failed", message))),
    };
    if let Some(failure) = failure {
        output.failure(&failure);
    }
    code.into()
}

fn print(answer: &Answer, output: &Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.print_json(answer);
    }
    output.print_text(&answer.text())?;
    if let Some(remark) = answer.remark() {
        output.note(&remark);
    }
    Ok(())
}
