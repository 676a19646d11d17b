//! `etm replay`: a scenario in, its states out.

use crate::{Scenario, ScenarioError, States, error, first_difference, run};
use serde::Deserialize;
use std::{fs, io::Write, path::Path};

/// A file: a scenario alone, or with the states expected of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Document {
    /// The scenario.
    pub scenario: Scenario,
    /// The states expected.
    pub states: Option<States>,
}

/// A scenario and its states, as files hold them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    scenario: Scenario,
    states: States,
}

/// Tells a pair from a scenario: whether the object has a field `scenario`.
#[derive(Deserialize)]
struct Shape {
    scenario: Option<serde::de::IgnoredAny>,
}

impl Document {
    /// Reads `{"scenario": ..., "states": ...}` or a scenario alone.
    pub fn parse(json: &str) -> Result<Self, ScenarioError> {
        let shape: Option<Shape> = serde_json::from_str(json).ok();
        if shape.is_some_and(|shape| shape.scenario.is_some()) {
            let Pair { scenario, states } = error::from_json(json)?;
            let states = Some(states);
            return Ok(Self { scenario, states });
        }
        let scenario = Scenario::parse(json)?;
        let states = None;
        Ok(Self { scenario, states })
    }
}

/// Exit code of a run that went well.
const OK: u8 = 0;
/// Exit code of states that differ.
const DIFFERENT: u8 = 1;
/// Exit code of input that is malformed or can't be read.
const MALFORMED: u8 = 2;

/// `etm replay FILE [--check]`: reads `file`, writes the states to `out`, or with `check` compares them with those in
/// the file. Answers the exit code: 0; 1 at the first difference, whose path goes to `errors`; 2 for malformed input,
/// with one line in `errors` that says what and where.
pub fn replay_main(file: &Path, check: bool, out: &mut dyn Write, errors: &mut dyn Write) -> u8 {
    let name = file.display();
    let json = match fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) => return say(errors, &format!("{name}: {error}"), MALFORMED),
    };
    match String::from_utf8(json) {
        Ok(json) => replay(&name.to_string(), &json, check, out, errors),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            say(errors, &format!("{name}: byte {at}: not UTF-8"), MALFORMED)
        }
    }
}

/// The same for text that is there already; `name` stands for it in messages.
pub fn replay(
    name: &str,
    json: &str,
    check: bool,
    out: &mut dyn Write,
    errors: &mut dyn Write,
) -> u8 {
    let computed = Document::parse(json).and_then(|document| {
        let prefix = |error: ScenarioError| match document.states {
            Some(_) => error.within("scenario"),
            None => error,
        };
        let computed = run(&document.scenario).map_err(prefix)?;
        Ok((document.states, computed))
    });
    let (expected, computed) = match computed {
        Ok(states) => states,
        Err(error) => return say(errors, &format!("{name}: {error}"), MALFORMED),
    };
    if !check {
        let written = serde_json::to_writer_pretty(&mut *out, &computed)
            .map_err(Into::into)
            .and_then(|()| writeln!(out));
        return match written {
            Ok(()) => OK,
            Err(error) => say(
                errors,
                &format!("the states can't be written: {error}"),
                MALFORMED,
            ),
        };
    }
    let Some(expected) = expected else {
        let message = format!(
            "{name}: there is nothing to check: a file to check is {{\"scenario\": ..., \"states\": ...}}"
        );
        return say(errors, &message, MALFORMED);
    };
    match first_difference(&expected, &computed) {
        Some(difference) => say(errors, &format!("{name}: {difference}"), DIFFERENT),
        None => say(
            out,
            &format!("{name}: {} rounds agree", computed.rounds.len()),
            OK,
        ),
    }
}

/// Writes one line and answers `code`. Where there is nowhere left to write to, the code must do.
fn say(to: &mut dyn Write, line: &str, code: u8) -> u8 {
    let line: String = line
        .chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect();
    let _ = writeln!(to, "{line}");
    code
}
