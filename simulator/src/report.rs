//! `report.html`: one file with everything in it, to be looked at.

use crate::{
    capture::inclusion,
    live, policy,
    results::{
        Results, Run,
        curve::{CAPTURE_MINERS, CapturePoint},
        summary::{counted, summary},
    },
    time_gain::{self, Halving, Halvings},
};
use std::{collections::BTreeMap, fmt::Write};
use svg::{Axis, Series, escape, short, shorter};

pub mod answer;
mod sections;
pub mod svg;
mod sweep;
mod table;

const STYLE: &str = include_str!("report/page.css");

/// A line in charts: one policy of one variant.
#[derive(Clone, Debug)]
struct Subject {
    variant: usize,
    policy: String,
    name: String,
    colour: usize,
}

pub fn page(results: &Results, capture: &[CapturePoint]) -> String {
    let Some(first) = results.variants.first() else {
        return String::new();
    };
    let study = &first.study;
    let mut out = String::new();
    let title = escape(&study.name);
    let _ = write!(
        out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{title} - En-Tan-Mo lab</title><style>{STYLE}</style></head><body><main><h1>{title}</h1>"
    );
    // Of a network that is changed the last variant says what is asked.
    let asked = match (&first.live, results.variants.last()) {
        (Some(_), Some(last)) => &last.study.question,
        _ => &study.question,
    };
    if !asked.is_empty() {
        let _ = write!(out, "<p class=\"question\">{}</p>", escape(asked));
    }
    let lines = answer::answer(results);
    if !lines.is_empty() {
        out.push_str("<div class=\"answer\">");
        for line in &lines {
            let _ = write!(out, "<p>{}</p>", escape(line));
        }
        out.push_str("</div>");
    }
    let played: u64 = results.runs.iter().map(|run| run.rounds).sum();
    let params = &study.params;
    let _ = write!(
        out,
        "<p class=\"meta\"><span>etm lab {}</span><span>seeds {} to {}</span><span>{} runs, {} rounds</span><span>committee {}, {} blocks a round, slots of {} s</span></p>",
        escape(&results.version),
        study.run.seed,
        study.run.seed.wrapping_add(u64::from(study.run.seeds) - 1),
        results.runs.len(),
        played,
        params.committee,
        params.blocks_per_round,
        params.slot_ms as f64 / 1_000.0
    );
    if !results.complete {
        let finished = results.runs.iter().filter(|run| run.finished).count();
        let _ = write!(
            out,
            "<p class=\"partial\">Partial results: {finished} of {} runs are finished. Means use finished runs only where there are any.</p>",
            results.jobs
        );
    }
    let subjects = subjects(results);
    out.push_str(&table::table(results, &subjects));
    if first.live.is_some() {
        out.push_str(&table::miners(results, &subjects));
    } else if results.variants.len() > 1 {
        out.push_str(&sweep::sweep(results));
    }
    out.push_str(&sections::people(results, &subjects));
    out.push_str(&sections::seats(results, &subjects));
    out.push_str(&sections::time_gain(results, &subjects));
    out.push_str(&sections::capture(results, capture));
    out.push_str(&about(results));
    out.push_str("</main></body></html>\n");
    out
}

/// What charts show: all policies of the first variant, or of both if there are two.
fn subjects(results: &Results) -> Vec<Subject> {
    let shown = if results.variants.len() == 2 { 2 } else { 1 };
    let mut subjects = Vec::new();
    for (variant, record) in results.variants.iter().enumerate().take(shown) {
        for policy in &record.study.run.policies {
            if counted(results, variant, policy).is_empty() {
                continue;
            }
            let title = policy::find(policy).map_or(policy.as_str(), |entry| entry.title);
            let name = match shown {
                2 => format!("{title}, {}", variant_name(results, variant)),
                _ => title.to_string(),
            };
            let colour = subjects.len();
            subjects.push(Subject {
                variant,
                policy: policy.clone(),
                name,
                colour,
            });
        }
    }
    subjects
}

fn variant_name(results: &Results, variant: usize) -> String {
    let values = &results.variants[variant].values;
    let parts: Vec<_> = values
        .iter()
        .map(|(key, value)| match key.as_str() {
            live::VARIED => value.clone(),
            _ => format!("{}={value}", short_key(key)),
        })
        .collect();
    parts.join(", ")
}

/// The last part of a dotted key, which says enough.
fn short_key(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

impl Subject {
    fn runs<'a>(&'a self, results: &'a Results) -> Vec<&'a Run> {
        counted(results, self.variant, &self.policy)
    }
}

/// The mean over runs of rows of numbers, as long as the shortest.
fn mean_rows<'a>(rows: impl Iterator<Item = &'a [f64]>) -> Vec<f64> {
    let rows: Vec<_> = rows.collect();
    let length = rows.iter().map(|row| row.len()).min().unwrap_or(0);
    let count = rows.len().max(1) as f64;
    (0..length)
        .map(|place| rows.iter().map(|row| row[place]).sum::<f64>() / count)
        .collect()
}

/// How it was made: policies, study, how to repeat it.
fn about(results: &Results) -> String {
    let mut out = String::from(
        "<h2>How this was made</h2><p>Policies share population, behaviour, random beacons and the order of slots, and the bonus is shared among members in the same way under all of them.</p><ul>",
    );
    let mut named: Vec<&str> = Vec::new();
    for record in &results.variants {
        for name in &record.study.run.policies {
            if let (false, Ok(entry)) = (named.contains(&name.as_str()), policy::find(name)) {
                named.push(name);
                let _ = write!(
                    out,
                    "<li><b>{}</b> (<code>{name}</code>): {}.</li>",
                    escape(entry.title),
                    escape(entry.about)
                );
            }
        }
    }
    out.push_str("</ul>");
    if let Some(record) = results.variants.first() {
        if let Some(live) = &record.live {
            let _ = write!(
                out,
                "<p>The world was read from a document of a network with SHA-256 <code>{}</code>.</p>",
                escape(&live.digest)
            );
        }
        let text = toml::to_string(&record.study).unwrap_or_default();
        let swept = if results.variants.len() > 1 {
            " (first variant)"
        } else {
            ""
        };
        let again = match record.live {
            Some(_) => "--from DOCUMENT",
            None => "STUDY.toml",
        };
        let _ = write!(
            out,
            "<details open><summary>Study{swept}</summary><pre>{}</pre></details><p class=\"soft\">Run it again with <code>etm simulate {again} --seed {} --seeds {}</code>{}: the same study, version and seeds give the same bytes on any number of threads. All tables are beside this file as CSV, everything is in <code>results.json</code>.</p>",
            escape(&text),
            record.study.run.seed,
            record.study.run.seeds,
            if record.live.is_some() {
                " and the same changes"
            } else {
                ""
            }
        );
    }
    out
}
