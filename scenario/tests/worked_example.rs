//! The figures of `docs/spec/worked-example.md` are those the mechanism computes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;

use etm_scenario::Scenario;
use serde_json::Value;

const PAGE: &str = include_str!("../../docs/spec/worked-example.md");

/// The value at a path such as `rounds[0].miners[1].S`.
fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    let pointer = format!(
        "/{}",
        path.replace("[", "/").replace("]", "").replace(".", "/")
    );
    value
        .pointer(&pointer)
        .unwrap_or_else(|| panic!("there is no {path}"))
}

#[test]
fn every_figure() {
    let (_, rest) = PAGE.split_once("```json\n").unwrap();
    let (json, _) = rest.split_once("```").unwrap();
    let scenario = Scenario::parse(json).unwrap();
    assert_eq!(common::disagreement(&scenario), None);
    let states = serde_json::to_value(etm_scenario::run(&scenario).unwrap()).unwrap();
    let rows: Vec<_> = PAGE
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .collect();
    assert!(rows.len() > 30);
    for row in rows {
        let (path, rest) = row.split_once("` | `").unwrap();
        let value = rest.strip_suffix("` |").unwrap();
        let computed = match at(&states, path) {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        assert_eq!(value, computed, "{path}");
    }
}
