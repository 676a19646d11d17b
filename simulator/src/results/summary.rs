//! Means over the runs of a variant.

use super::{Results, Run};
use crate::measure::{Estimate, estimate};
use std::collections::BTreeMap;

/// The runs of a variant under a policy.
pub fn runs_of<'a>(
    results: &'a Results,
    variant: usize,
    policy: &'a str,
) -> impl Iterator<Item = &'a Run> {
    results
        .runs
        .iter()
        .filter(move |run| run.variant == variant && run.policy == policy)
}

/// Runs that count in means: the finished ones, or all if none is.
pub fn counted<'a>(results: &'a Results, variant: usize, policy: &'a str) -> Vec<&'a Run> {
    let all: Vec<_> = runs_of(results, variant, policy).collect();
    let finished: Vec<_> = all.iter().filter(|run| run.finished).copied().collect();
    if finished.is_empty() { all } else { finished }
}

/// Means over seeds of all measures, by name.
pub fn summary(results: &Results, variant: usize, policy: &str) -> BTreeMap<String, Estimate> {
    let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for run in counted(results, variant, policy) {
        for (name, value) in &run.summary {
            values.entry(name.clone()).or_default().push(*value);
        }
    }
    let means = values
        .into_iter()
        .filter_map(|(name, values)| Some((name, estimate(&values)?)));
    means.collect()
}
