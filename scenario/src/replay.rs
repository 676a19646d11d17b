//! `etm replay`: a scenario in, its states out.

use crate::{
    Record, Scenario, ScenarioError, States, compare, error, files::read, first_difference, run,
};
use serde::{Deserialize, Serialize};
use std::{fs::File, io, path::Path};

/// More than the run of a devnet takes.
const MAX_BYTES: u64 = 1 << 30;

/// A file: a scenario alone, or with what is expected of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub scenario: Scenario,
    /// The states expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub states: Option<States>,
    /// What a chain recorded of its run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Record>,
}

/// Tells a document from a scenario alone: whether the object has a field `scenario`.
#[derive(Deserialize)]
struct Shape {
    scenario: Option<serde::de::IgnoredAny>,
}

impl Document {
    /// Reads `{"scenario": ..., "states": ...}`, `{"scenario": ..., "record": ...}` or a scenario alone.
    pub fn parse(json: &str) -> Result<Self, ScenarioError> {
        let shape: Option<Shape> = serde_json::from_str(json).ok();
        if shape.is_some_and(|shape| shape.scenario.is_some()) {
            return error::from_json(json);
        }
        Ok(Self {
            scenario: Scenario::parse(json)?,
            states: None,
            record: None,
        })
    }
}

/// What a replay answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// The states that follow from the scenario.
    States(Box<States>),
    /// The states in the file are those that follow.
    Agree {
        /// How many rounds were compared.
        rounds: usize,
    },
}

/// Why there is no answer, or the answer is no: one line that names the file and the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The file can't be read or is malformed.
    #[error("{0}")]
    Malformed(String),
    /// The first difference between the states in the file and those that follow.
    #[error("{0}")]
    Different(String),
}

/// `etm replay FILE [--check]`: reads `file`, which is opened by `open`, and answers the states, or with `check` compares them with those in
/// the file.
///
/// # Errors
/// [`ReplayError`].
pub fn replay_file(
    file: &Path,
    open: impl FnOnce(&Path) -> io::Result<File>,
    check: bool,
) -> Result<Replayed, ReplayError> {
    let name = plain(&file.display().to_string());
    let malformed = |error: String| ReplayError::Malformed(format!("{name}: {}", plain(&error)));
    let bytes = open(file)
        .and_then(|file| read(file, MAX_BYTES))
        .map_err(|error| malformed(error.to_string()))?;
    let bytes = bytes.ok_or_else(|| malformed(format!("longer than {MAX_BYTES} bytes")))?;
    let json = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        malformed(format!("byte {at}: not UTF-8"))
    })?;
    let json = json.strip_prefix('\u{feff}').unwrap_or(&json);
    replay(&name, json, check)
}

/// The same for text that is there already; `name` stands for it in messages.
///
/// # Errors
/// [`ReplayError`].
pub fn replay(name: &str, json: &str, check: bool) -> Result<Replayed, ReplayError> {
    let malformed =
        |error: ScenarioError| ReplayError::Malformed(plain(&format!("{name}: {error}")));
    let Document {
        scenario,
        states,
        record,
    } = Document::parse(json).map_err(malformed)?;
    let alone = states.is_none() && record.is_none();
    let computed = run(&scenario).map_err(|error| match alone {
        true => malformed(error),
        false => malformed(error.within("scenario")),
    })?;
    if !check {
        return Ok(Replayed::States(Box::new(computed)));
    }
    if alone {
        return Err(ReplayError::Malformed(format!(
            "{name}: there is nothing to check: a file to check has beside its \"scenario\" the \"states\" expected of it, or the \"record\" of a chain: a devnet's GET /api/v1/scenario/full has both"
        )));
    }
    let of_states = states.and_then(|expected| first_difference(&expected, &computed));
    let of_record =
        || record.and_then(|expected| compare::difference(&expected, &Record::of(&computed)));
    match of_states.or_else(of_record) {
        Some(difference) => Err(ReplayError::Different(plain(&format!(
            "{name}: {difference}"
        )))),
        None => Ok(Replayed::Agree {
            rounds: computed.rounds.len(),
        }),
    }
}

/// One line, whatever a file holds.
fn plain(text: &str) -> String {
    text.replace(char::is_control, " ")
}
