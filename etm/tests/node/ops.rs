//! What watches over nodes asks for metrics that nodes show.

use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path};

fn read(name: &str) -> String {
    fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../ops")
            .join(name),
    )
    .unwrap()
}

/// The names of metrics in a query.
fn names(query: &str) -> BTreeSet<String> {
    query
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| {
            ["engine_", "etm_", "network_", "runtime_"]
                .iter()
                .any(|head| word.starts_with(head))
        })
        .map(str::to_owned)
        .collect()
}

/// Checks dashboard and alert rules against the answer of a node's `/metrics`.
pub fn every_metric_is_shown(metrics: &str) {
    let shown: BTreeSet<&str> = metrics
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split([' ', '{']).next())
        .collect();
    let dashboard: Value = serde_json::from_str(&read("grafana/etm.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    assert!(panels.len() > 15);
    let mut asked = 0;
    let mut expect = |place: &str, query: &str| {
        let names = names(query);
        assert!(!names.is_empty(), "{place}: no metric in {query}");
        for name in names {
            assert!(
                shown.contains(name.as_str()),
                "{place}: no node shows {name}"
            );
            asked += 1;
        }
    };
    for panel in panels {
        for target in panel["targets"].as_array().unwrap() {
            expect(
                panel["title"].as_str().unwrap(),
                target["expr"].as_str().unwrap(),
            );
        }
    }
    let rules = read("prometheus/etm.rules.yml");
    for rule in rules.split("- alert: ").skip(1) {
        let name = rule.lines().next().unwrap();
        let query = rule
            .lines()
            .find_map(|line| line.trim().strip_prefix("expr: "))
            .unwrap();
        if !query.starts_with("up{") {
            expect(name, query);
        }
    }
    assert!(asked > 30, "{asked}");
}

#[test]
fn a_name_that_no_node_shows_is_found() {
    let shown = std::panic::catch_unwind(|| every_metric_is_shown("etm_pool_transactions 1\n"));
    assert!(shown.is_err());
    assert_eq!(
        names("sum(rate(etm_a_total{x=\"y\"}[2m])) + up"),
        BTreeSet::from(["etm_a_total".to_owned()])
    );
}
