//! The first difference between expected and computed states.

use crate::States;
use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// Where expected and computed states differ first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The path, such as `rounds[2].positions[0].earned`.
    pub path: String,
    /// What was expected, `nothing` if it isn't there.
    pub expected: String,
    /// What was computed, `nothing` if it isn't there.
    pub computed: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            expected,
            computed,
        } = self;
        write!(
            formatter,
            "{path}: expected {expected}, computed {computed}"
        )
    }
}

/// The first difference, genesis first, then round by round; `None` if the states agree.
pub fn first_difference(expected: &States, computed: &States) -> Option<Difference> {
    difference(expected, computed)
}

/// The first difference of what is written down of two values.
pub(crate) fn difference<T: Serialize + PartialEq>(
    expected: &T,
    computed: &T,
) -> Option<Difference> {
    if expected == computed {
        return None;
    }
    let value = |states: &T| serde_json::to_value(states).unwrap_or_default();
    let mut path = String::new();
    walk(&mut path, Some(&value(expected)), Some(&value(computed)))
}

fn walk(
    path: &mut String,
    expected: Option<&Value>,
    computed: Option<&Value>,
) -> Option<Difference> {
    let length = path.len();
    let mut descend = |step: &str, expected: Option<&Value>, computed: Option<&Value>| {
        path.push_str(step);
        let found = walk(path, expected, computed);
        path.truncate(length);
        found
    };
    match (expected, computed) {
        (Some(expected), Some(computed)) if expected == computed => None,
        (Some(Value::Object(expected)), Some(Value::Object(computed))) => {
            let more = computed.keys().filter(|key| !expected.contains_key(*key));
            expected.keys().chain(more).find_map(|key| {
                let step = if length == 0 {
                    key.clone()
                } else {
                    format!(".{key}")
                };
                descend(&step, expected.get(key), computed.get(key))
            })
        }
        (Some(Value::Array(expected)), Some(Value::Array(computed))) => {
            (0..expected.len().max(computed.len())).find_map(|index| {
                descend(
                    &format!("[{index}]"),
                    expected.get(index),
                    computed.get(index),
                )
            })
        }
        _ => {
            let text = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
            Some(Difference {
                path: path.clone(),
                expected: text(expected),
                computed: text(computed),
            })
        }
    }
}
