//! The table of the report: all measures of all policies side by side.

use super::*;
use crate::measure::{Estimate, SEEDS_MIN};

/// What is unequal: its name in measures, and its title.
const UNEQUAL: [(&str, &str); 5] = [
    ("stake", "stake, holders"),
    ("holder_votes", "votes, holders"),
    ("bonus", "bonus, holders"),
    ("miner_votes", "votes, miners"),
    ("seats", "seats, miners"),
];

/// Measures of the table: name, title, whether it is a share, and what to read in it.
pub(super) const MEASURES: &[(&str, &str, bool)] = &[
    ("stake_gini", "Gini of locked stake, holders", false),
    ("holder_votes_gini", "Gini of votes, holders", false),
    ("bonus_gini", "Gini of bonus, holders", false),
    ("miner_votes_gini", "Gini of votes, miners", false),
    ("seats_gini", "Gini of seats, miners", false),
    ("seats_hhi", "HHI of seats, miners", false),
    ("stake_nakamoto33", "Nakamoto 33 % of stake, holders", false),
    (
        "holder_votes_nakamoto33",
        "Nakamoto 33 % of votes, holders",
        false,
    ),
    ("bonus_nakamoto33", "Nakamoto 33 % of bonus, holders", false),
    ("bonus_nakamoto50", "Nakamoto 50 % of bonus, holders", false),
    (
        "miner_votes_nakamoto33",
        "Nakamoto 33 % of votes, miners",
        false,
    ),
    ("seats_nakamoto33", "Nakamoto 33 % of seats, miners", false),
    ("seats_nakamoto50", "Nakamoto 50 % of seats, miners", false),
    (
        "seats_of_top1",
        "Seats that votes of the top 1 % stand for",
        true,
    ),
    ("distinct_per_day", "Distinct miners elected a day", false),
    ("time_gain_mean", "Mean time gain", false),
    ("bonus_per_etm_year", "Bonus per ETM locked and year", true),
    ("slots_missed_share", "Slots missed", true),
    (
        "stalled_rounds_share",
        "Rounds with a third of members in an outage",
        true,
    ),
    (
        "captured_rounds_share",
        "Rounds with a third of seats a cartel's",
        true,
    ),
    (
        "most_cartel_seats",
        "Most seats of cartels in a round",
        false,
    ),
];

fn shown(value: f64, percent: bool, number: fn(f64) -> String) -> String {
    if percent {
        format!("{} %", number(value * 100.0))
    } else {
        number(value)
    }
}

pub(super) fn cell(found: Option<&Estimate>, percent: bool) -> String {
    match found {
        None => "<td>–</td>".into(),
        Some(found) => {
            let half = found.half_width.unwrap_or(0.0);
            let around = match half > 1e-6 * found.mean.abs() {
                true => format!(" <small>± {}</small>", shown(half, percent, shorter)),
                false => String::new(),
            };
            format!("<td>{}{around}</td>", shown(found.mean, percent, short))
        }
    }
}

/// The measures of all subjects side by side.
pub fn table(results: &Results, subjects: &[Subject]) -> String {
    let means: Vec<_> = subjects
        .iter()
        .map(|subject| summary(results, subject.variant, &subject.policy))
        .collect();
    let mut rows: Vec<(String, String, bool)> = MEASURES
        .iter()
        .map(|(name, title, percent)| ((*name).to_string(), (*title).to_string(), *percent))
        .collect();
    let mut actors: Vec<&String> = means.iter().flat_map(BTreeMap::keys).collect();
    actors.sort();
    actors.dedup();
    for name in actors {
        let actor = ["whale", "cartel", "withholder", "capture_"]
            .iter()
            .any(|kind| name.starts_with(kind));
        if actor {
            let share = name.ends_with("_share") || name.starts_with("capture_");
            rows.push((name.clone(), actor_title(name), share));
        }
    }
    let seeds: Vec<usize> = subjects
        .iter()
        .map(|subject| subject.runs(results).len())
        .collect();
    let (least, most) = (seeds.iter().min(), seeds.iter().max());
    let over = match (*least.unwrap_or(&0), *most.unwrap_or(&0)) {
        (1, 1) => format!("One seed: too few for confidence intervals, {SEEDS_MIN} are the least."),
        (few, most) if few < SEEDS_MIN => {
            let few = match few == most {
                true => few.to_string(),
                false => format!("{few} to {most}"),
            };
            format!(
                "Means over {few} seeds: too few for confidence intervals, {SEEDS_MIN} are the least."
            )
        }
        _ => "Means over seeds with 95 % confidence intervals.".into(),
    };
    let mut out = format!(
        "<h2>In numbers</h2><p>{over} Gini is 0 if all are equal and 1 if one has all; HHI is the sum of squared shares; the Nakamoto coefficient is how many must agree to hold more than a third or half. An adversary that splits counts as one holder, a cartel as one miner.</p>",
    );
    if results.variants.len() > 2 {
        let _ = write!(
            out,
            "<p class=\"soft\">This table and the charts after the variants show the first of {} variants: {}.</p>",
            results.variants.len(),
            escape(&variant_name(results, 0))
        );
    }
    out.push_str("<div class=\"wide\"><table><thead><tr><th>Measure</th>");
    for subject in subjects {
        let _ = write!(out, "<th>{}</th>", escape(&subject.name));
    }
    out.push_str("</tr></thead><tbody>");
    for (name, title, percent) in rows {
        let found: Vec<_> = means.iter().map(|means| means.get(&name)).collect();
        let empty = found.iter().flatten().all(|found| found.mean == 0.0);
        let quiet = [
            "stalled_rounds_share",
            "captured_rounds_share",
            "most_cartel_seats",
        ];
        if found.iter().all(Option::is_none) || (empty && quiet.contains(&name.as_str())) {
            continue;
        }
        let _ = write!(out, "<tr><td>{}</td>", escape(&title));
        found
            .iter()
            .for_each(|found| out.push_str(&cell(*found, percent)));
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
    out + &concentration(subjects, &means)
}

/// Gini, HHI and Nakamoto coefficients of everything: for those who want them all.
fn concentration(subjects: &[Subject], means: &[BTreeMap<String, Estimate>]) -> String {
    let mut out = String::from(
        "<details><summary>All measures of concentration</summary><div class=\"wide\"><table><thead><tr><th>Measure</th>",
    );
    for subject in subjects {
        let _ = write!(out, "<th>{}</th>", escape(&subject.name));
    }
    out.push_str("</tr></thead><tbody>");
    for (name, title) in UNEQUAL {
        for (measure, what) in [
            ("gini", "Gini"),
            ("hhi", "HHI"),
            ("nakamoto33", "Nakamoto 33 %"),
            ("nakamoto50", "Nakamoto 50 %"),
        ] {
            let _ = write!(out, "<tr><td>{what} of {title}</td>");
            for means in means {
                out.push_str(&cell(means.get(&format!("{name}_{measure}")), false));
            }
            out.push_str("</tr>");
        }
    }
    out + "</tbody></table></div></details>"
}

pub(super) fn actor_title(name: &str) -> String {
    let text = name.replace('_', " ");
    let text = text.replace("votes per stake", "votes per ETM, others' = 1");
    let text = text.replace("bonus per stake", "bonus per ETM, others' = 1");
    let text = text.replace("lucky law share", "chance of the lucky bonus, computed");
    let text = text.replace("lucky share", "rounds with the lucky bonus");
    let text = text.replace("withheld slots law", "slots withheld a round, computed");
    let text = text.replace("withheld slots", "slots withheld a round");
    let text = text.replace("last blocks law share", "last blocks of rounds, computed");
    let text = text.replace("last blocks share", "last blocks of rounds");
    let text = text.replace("luck etm", "ETM a round from better luck");
    let text = text.replace("forgone etm", "ETM a round of rewards of withheld slots");
    let text = text.replace(
        "profit after blocks etm",
        "ETM a round of profit, blocks made after all counted",
    );
    let text = text.replace("profit etm", "ETM a round of profit");
    // "whale0 ..." reads better as "Whale 0: ...".
    let text = match text.split_once(' ') {
        Some((actor, rest)) if actor.ends_with(|last: char| last.is_ascii_digit()) => {
            let digits = actor.trim_start_matches(|letter: char| !letter.is_ascii_digit());
            let kind = actor.trim_end_matches(|digit: char| digit.is_ascii_digit());
            format!("{kind} {digits}: {rest}")
        }
        _ => text,
    };
    for (prefix, span) in [("capture expected", "a round"), ("capture year", "a year")] {
        if let Some(bound) = text.strip_prefix(prefix) {
            return format!("Computed chance of a third of the seats in {span}, bound:{bound}");
        }
    }
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Miners of a network shown, at most.
const MINERS_SHOWN: usize = 40;

/// The miners of a network by name: those with the most votes in the last variant.
pub fn miners(results: &Results, subjects: &[Subject]) -> String {
    let names = |subject: &Subject| results.variants[subject.variant].live.as_ref();
    let Some(last) = subjects.last().and_then(names) else {
        return String::new();
    };
    // For each subject and miner: its share of the votes, and of the rounds in which it has a seat.
    let rows: Vec<Vec<(f64, f64)>> = subjects
        .iter()
        .map(|subject| {
            let runs = subject.runs(results);
            let count = runs.len().max(1) as f64;
            let mut rows = vec![(0.0, 0.0); last.miners.len()];
            for run in &runs {
                for (row, miner) in rows.iter_mut().zip(&run.miners) {
                    row.0 += miner.votes / count;
                    row.1 += miner.seated / count;
                }
            }
            rows
        })
        .collect();
    let mut order: Vec<usize> = (0..last.miners.len()).collect();
    let votes = |miner: usize| rows.last().map_or(0.0, |rows| rows[miner].0);
    order.sort_by(|left, right| votes(*right).total_cmp(&votes(*left)).then(left.cmp(right)));
    let mut out = String::from(
        "<h2>Miner by miner</h2><p>The share of all votes that a miner has at the end, and of the rounds in which it has a seat.",
    );
    if order.len() > MINERS_SHOWN {
        let _ = write!(
            out,
            " The {MINERS_SHOWN} with the most votes of {}; all are in <code>miners.csv</code>.",
            order.len()
        );
    }
    out.push_str("</p><div class=\"wide\"><table><thead><tr><th>Miner</th>");
    for what in ["votes", "seat"] {
        for subject in subjects {
            let _ = write!(out, "<th>{what}, {}</th>", escape(&subject.name));
        }
    }
    out.push_str("</tr></thead><tbody>");
    for miner in order.into_iter().take(MINERS_SHOWN) {
        let _ = write!(out, "<tr><td>{}</td>", escape(&last.miners[miner]));
        for part in [|row: &(f64, f64)| row.0, |row: &(f64, f64)| row.1] {
            for (subject, rows) in subjects.iter().zip(&rows) {
                let there = names(subject).is_some_and(|live| miner < live.miners.len());
                let text = match there {
                    true => shown(part(&rows[miner]), true, short),
                    false => "–".into(),
                };
                let _ = write!(out, "<td>{text}</td>");
            }
        }
        out.push_str("</tr>");
    }
    out + "</tbody></table></div>"
}
