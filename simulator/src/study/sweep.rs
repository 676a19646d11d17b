//! Sweeps: the same study with some values varied.

use super::{Study, StudyError};

/// More variants than this are refused.
pub const VARIANTS_MAX: usize = 400;

/// All that a study file may say.
const KEYS: [&str; 11] = [
    "name",
    "question",
    "population",
    "locks",
    "miners",
    "outage",
    "behaviour",
    "adversary",
    "params",
    "run",
    "sweep",
];

/// A study with the values that distinguish it from its siblings.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The varied keys and their values, in the order of the sweep; none without a sweep.
    pub values: Vec<(String, String)>,
    pub study: Study,
}

impl Variant {
    /// `key=value, key=value`, or the empty string.
    pub fn label(&self) -> String {
        let parts = self
            .values
            .iter()
            .map(|(key, value)| format!("{key}={value}"));
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// All variants of a study text: one, or every combination of what its `[sweep]` lists. The values of a sweep are
/// keys of the study with dots (`"miners.count" = [100, 300]`, `"adversary.0.accounts" = [1, 10]`).
pub fn variants(text: &str, overrides: &[(&str, toml::Value)]) -> Result<Vec<Variant>, StudyError> {
    let mut table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| StudyError::Toml(error.to_string().trim_end().into()))?;
    for (path, value) in overrides {
        set(&mut table, path, value.clone())?;
    }
    if let Some(unknown) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let known = KEYS.map(|key| format!("`{key}`")).join(", ");
        let message = format!("unknown key `{unknown}`, expected one of {known}");
        return Err(StudyError::Toml(message));
    }
    let sweep = match table.remove("sweep") {
        None => toml::Table::new(),
        Some(toml::Value::Table(sweep)) => sweep,
        Some(_) => return Err(StudyError::Sweep("it must be a table of lists".into())),
    };
    let mut variants = vec![(Vec::new(), table)];
    for (path, values) in &sweep {
        let toml::Value::Array(values) = values else {
            return Err(StudyError::Sweep(format!(
                "{path:?} must be a list of values"
            )));
        };
        if values.is_empty() {
            return Err(StudyError::Sweep(format!("{path:?} lists no values")));
        }
        if variants.len() * values.len() > VARIANTS_MAX {
            return Err(StudyError::Sweep(format!(
                "more than {VARIANTS_MAX} combinations"
            )));
        }
        let mut wider = Vec::with_capacity(variants.len() * values.len());
        for (names, table) in &variants {
            for value in values {
                let mut names: Vec<(String, String)> = names.clone();
                let mut table: toml::Table = table.clone();
                set(&mut table, path, value.clone())?;
                let shown = match value {
                    toml::Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                if names.iter().any(|(name, _)| name == path) {
                    return Err(StudyError::Sweep(format!("{path:?} is listed twice")));
                }
                names.push((path.clone(), shown));
                wider.push((names, table));
            }
        }
        variants = wider;
    }
    let mut checked: Vec<Variant> = Vec::with_capacity(variants.len());
    for (values, table) in variants {
        let study = Study::from_table(table)?;
        let variant = Variant { values, study };
        if checked.iter().any(|other| other.values == variant.values) {
            return Err(StudyError::Sweep(format!(
                "{} is there twice",
                variant.label()
            )));
        }
        checked.push(variant);
    }
    Ok(checked)
}

/// Puts `value` under a dotted path; numbers are places in a list that exists.
fn set(table: &mut toml::Table, path: &str, value: toml::Value) -> Result<(), StudyError> {
    let wrong = || StudyError::Sweep(format!("{path:?} is no key of the study"));
    let mut parts: Vec<&str> = path.split('.').collect();
    let last = parts
        .pop()
        .filter(|last| !last.is_empty())
        .ok_or_else(wrong)?;
    let mut parts = parts.into_iter();
    let Some(first) = parts.next() else {
        table.insert(last.into(), value);
        return Ok(());
    };
    let mut here = table
        .entry(first)
        .or_insert_with(|| toml::Value::Table(toml::Table::new()));
    for part in parts {
        here = match here {
            toml::Value::Table(table) => table
                .entry(part)
                .or_insert_with(|| toml::Value::Table(toml::Table::new())),
            toml::Value::Array(list) => {
                let index: usize = part.parse().map_err(|_| wrong())?;
                list.get_mut(index).ok_or_else(wrong)?
            }
            _ => return Err(wrong()),
        };
    }
    match here {
        toml::Value::Table(table) => {
            table.insert(last.into(), value);
            Ok(())
        }
        _ => Err(wrong()),
    }
}
