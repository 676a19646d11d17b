//! Settings in TOML, value by value, each with its line: whoever is told that one is wrong finds it.

use crate::suggest;
use std::collections::BTreeMap;
use toml::{Spanned, Value, de::Error};

/// A value under a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub name: String,
    pub value: Value,
    /// Counted from 1.
    pub line: usize,
}

/// What stands in a text that is one table, in its order.
///
/// # Errors
/// Why it is no TOML, with the line in front.
pub fn entries(text: &str) -> Result<Vec<Entry>, String> {
    let table: BTreeMap<Spanned<String>, Value> =
        toml::from_str(text).map_err(|error| explain(text, &error))?;
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(name, value)| Entry {
            line: line(text, name.span().start),
            name: name.into_inner(),
            value,
        })
        .collect();
    entries.sort_by_key(|entry| entry.line);
    Ok(entries)
}

/// What is wrong with a text, on one line, with the line in front.
pub fn explain(text: &str, error: &Error) -> String {
    let at = error.span().map_or(0, |span| span.start);
    let message = error.message().replace('\n', ", ");
    format!("line {}: {message}", line(text, at))
}

/// That there is nothing of a name, with the nearest one there is, or else all of them.
pub fn unknown(what: &str, name: &str, names: &[&str]) -> String {
    match suggest::nearest(name, names.iter().copied()) {
        Some(near) => format!("there is no such {what}; did you mean {near}?"),
        None => format!("there is no such {what}; there are {}", names.join(", ")),
    }
}

fn line(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count() + 1
}

#[cfg(test)]
mod tests;
