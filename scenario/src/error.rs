//! Why a scenario is refused.

use std::fmt;

/// A scenario that is malformed, or can't happen: what is wrong and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{path}: {message}")]
pub struct ScenarioError {
    /// The path to it, such as `rounds[1].blocks[0].producer`; `.` for the whole.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl ScenarioError {
    pub(crate) fn new(path: impl Into<String>, message: impl fmt::Display) -> Self {
        Self {
            path: path.into(),
            message: message.to_string(),
        }
    }

    /// The same error inside of the value at `prefix`.
    pub(crate) fn within(self, prefix: &str) -> Self {
        let path = match self.path.as_str() {
            "." => prefix.to_owned(),
            path if path.starts_with('[') => format!("{prefix}{path}"),
            path => format!("{prefix}.{path}"),
        };
        Self { path, ..self }
    }
}

/// Reads a value from JSON; an error has the path to what is wrong.
pub(crate) fn from_json<'a, T: serde::Deserialize<'a>>(json: &'a str) -> Result<T, ScenarioError> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| ScenarioError::new(error.path().to_string(), error.inner()))?;
    deserializer
        .end()
        .map_err(|error| ScenarioError::new(".", error))?;
    Ok(value)
}
