//! What the runs say to the study's question, in sentences: the head of the report, and what the terminal shows.

use crate::{
    measure::{Estimate, SEEDS_MIN, proportion},
    policy,
    report::svg::short,
    results::{
        Results,
        summary::{counted, summary},
    },
};
use etm_mechanism::{Height, schedule};
use std::collections::BTreeMap;

/// Variants that are told one by one, at most.
const VARIANTS_TOLD: usize = 8;

/// The answer, a sentence or two a line; never empty if there are runs.
pub fn answer(results: &Results) -> Vec<String> {
    let Some(first) = results.variants.first() else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    if let Some(few) = too_few(results) {
        lines.push(few);
    }
    let adversaries = &first.study.adversaries;
    let kind = |wanted: &str| adversaries.iter().position(|found| found.kind() == wanted);
    if first.live.is_some() {
        lines.extend(network(results));
    } else if let Some(index) = kind("withholder") {
        lines.extend(withholding(results, index));
    } else if let Some(index) = kind("cartel") {
        lines.extend(capture(results, index));
    } else if let Some(index) = kind("whale") {
        lines.extend(splitting(results, index));
    } else {
        lines.extend(concentration(results));
    }
    for line in &mut lines {
        let first = line.chars().next().map(|first| first.to_ascii_uppercase());
        if let Some(first) = first {
            line.replace_range(..first.len_utf8(), first.encode_utf8(&mut [0; 4]));
        }
    }
    lines
}

/// Says so if there are too few seeds for an interval.
fn too_few(results: &Results) -> Option<String> {
    let counts = (0..results.variants.len()).flat_map(|variant| {
        let policies = &results.variants[variant].study.run.policies;
        policies
            .iter()
            .map(move |policy| counted(results, variant, policy).len())
    });
    let counts: Vec<usize> = counts.filter(|count| *count > 0).collect();
    let (least, most) = (*counts.iter().min()?, *counts.iter().max()?);
    (least < SEEDS_MIN).then(|| {
        let seeds = match (least, most) {
            (1, 1) => "1 seed is".to_owned(),
            (least, most) if least == most => format!("{least} seeds are"),
            (least, most) => {
                let some = several_of(least.to_string(), "seed");
                format!("{some} of some, {most} of others, are")
            }
        };
        format!(
            "{seeds} too few for intervals: what follows was seen and may be chance. --seeds 5 gives intervals, {SEEDS_MIN} are the least."
        )
    })
}

/// What there is of a variant under its first policy.
struct Told {
    /// What is special about it, in front of a sentence; empty if there is one variant.
    name: String,
    means: BTreeMap<String, Estimate>,
    /// Rounds played, and those with a captured committee, all seeds together.
    rounds: f64,
    captured: f64,
}

impl Told {
    fn mean(&self, name: &str) -> Option<f64> {
        self.means.get(name).map(|found| found.mean)
    }

    /// A measure as people read it.
    fn text(&self, name: &str, shown: impl Fn(f64) -> String) -> String {
        self.means
            .get(name)
            .map_or_else(|| "nothing".into(), |found| with_interval(found, shown))
    }
}

/// A mean with its interval, if there is one that differs from it.
fn with_interval(found: &Estimate, shown: impl Fn(f64) -> String) -> String {
    let mean = shown(found.mean);
    match found.interval() {
        Some((low, high)) => {
            let (low, high) = (shown(low), shown(high));
            match low == mean && high == mean {
                true => mean,
                false => format!("{mean} ({low} to {high})"),
            }
        }
        None => mean,
    }
}

fn percent(value: f64) -> String {
    format!("{} %", short(round_to(value * 100.0, 3)))
}

/// Of a whole: an interval around a share may reach beyond it.
fn share(value: f64) -> String {
    percent(value.clamp(0.0, 1.0))
}

fn plain(value: f64) -> String {
    short(round_to(value, 3))
}

/// To so many digits: more are not known.
fn round_to(value: f64, digits: i32) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let place = digits - 1 - libm::floor(libm::log10(value.abs())) as i32;
    let scale = libm::pow(10.0, f64::from(place));
    libm::round(value * scale) / scale
}

/// A probability as `1 in N`.
pub fn one_in(chance: f64) -> String {
    match chance {
        _ if chance <= 0.0 => "never".into(),
        _ if chance >= 0.995 => "always".into(),
        _ => {
            let count = round_to(1.0 / chance, 2);
            match count < 1e7 {
                true => format!("1 in {}", short(count)),
                false => format!("1 in {count:.1e}"),
            }
        }
    }
}

/// In how many of the rounds, as a probability.
fn in_rounds(chance: f64) -> String {
    match one_in(chance).as_str() {
        "always" => "in every round".to_owned(),
        "never" => "in no round".to_owned(),
        count => format!("in {count} rounds"),
    }
}

/// The variants that are told, under the first policy of each.
fn told(results: &Results) -> Vec<Told> {
    let several = results.variants.len() > 1;
    let variants = results.variants.iter().enumerate().take(VARIANTS_TOLD);
    variants
        .filter_map(|(variant, record)| {
            let policy = record.study.run.policies.first()?;
            let runs = counted(results, variant, policy);
            if runs.is_empty() {
                return None;
            }
            let share = |run: &crate::results::Run| {
                run.summary
                    .get("captured_rounds_share")
                    .copied()
                    .unwrap_or(0.0)
            };
            Some(Told {
                name: match several {
                    true => format!("{}: ", super::variant_name(results, variant)),
                    false => String::new(),
                },
                means: summary(results, variant, policy),
                rounds: runs.iter().map(|run| run.rounds as f64).sum(),
                captured: runs.iter().map(|run| share(run) * run.rounds as f64).sum(),
            })
        })
        .collect()
}

fn rest(results: &Results) -> Option<String> {
    let more = results.variants.len().checked_sub(VARIANTS_TOLD)?;
    (more > 0).then(|| format!("{more} more variants are in the tables."))
}

/// Whether a difference is above or below nothing, or can't be told.
fn sign(found: &Estimate) -> Option<bool> {
    match found.interval() {
        Some((low, _)) if low > 0.0 => Some(true),
        Some((_, high)) if high < 0.0 => Some(false),
        _ => None,
    }
}

fn withholding(results: &Results, index: usize) -> Vec<String> {
    let name = |what: &str| format!("withholder{index}_{what}");
    let told = told(results);
    let mut lines: Vec<String> = told
        .iter()
        .map(|told| {
            let verdict = match told.means.get(&name("profit_etm")).map(sign) {
                Some(Some(true)) => "it pays",
                Some(Some(false)) => "it costs more than it brings",
                _ => "whether it pays can't be told",
            };
            format!(
                "{}with {} of the seats the group has the lucky bonus in {} of the rounds (computed: {}) by withholding {} slots a round; that brings {} ETM a round for {} ETM of rewards: {verdict}.",
                told.name,
                told.text(&name("seats_share"), percent),
                told.text(&name("lucky_share"), percent),
                told.mean(&name("lucky_law_share")).map_or_else(String::new, percent),
                told.text(&name("withheld_slots"), plain),
                told.text(&name("luck_etm"), plain),
                told.text(&name("forgone_etm"), plain),
            )
        })
        .collect();
    // Where it begins to pay, between the variants around it.
    let mut points: Vec<(f64, f64)> = told
        .iter()
        .filter_map(|told| {
            Some((
                told.mean(&name("seats_share"))?,
                told.mean(&name("profit_etm"))?,
            ))
        })
        .collect();
    points.sort_by(|left, right| left.0.total_cmp(&right.0));
    let crossing = points
        .windows(2)
        .find(|pair| pair[0].1 < 0.0 && pair[1].1 >= 0.0);
    if let Some([(low, below), (high, above)]) = crossing {
        let even = low + (high - low) * -below / (above - below);
        lines.insert(
            0,
            format!(
                "Withholding begins to pay between {} and {} of the seats, at about {}; the closed form says {}.",
                percent(*low),
                percent(*high),
                percent(even),
                percent(break_even(results))
            ),
        );
    }
    lines.extend(rest(results));
    lines
}

/// The share of the seats at which the reward of a block is what withholding it brings: both are those of the first span.
fn break_even(results: &Results) -> f64 {
    let blocks = results
        .variants
        .first()
        .map_or(1, |first| first.study.params.blocks_per_round);
    let (reward, bonus) = (
        schedule::reward(Height(1)).0 as f64,
        schedule::bonus(Height(1)).0 as f64,
    );
    reward / (bonus * f64::from(blocks) / 2.0)
}

fn capture(results: &Results, index: usize) -> Vec<String> {
    let mut lines: Vec<String> = told(results)
        .iter()
        .map(|told| {
            let stake = told.text(&format!("cartel{index}_stake_share"), percent);
            let seats = told.text(&format!("cartel{index}_seats_share"), percent);
            let (low, high) = proportion(told.captured, told.rounds);
            let seen = match told.captured > 0.0 {
                true => format!(
                    "{} ({} to {}, 95 %)",
                    in_rounds(told.captured / told.rounds),
                    one_in(high),
                    one_in(low)
                ),
                false => format!(
                    "in none of {} rounds (so in fewer than {}, 95 %)",
                    told.rounds,
                    one_in(high)
                ),
            };
            let computed = told
                .mean("capture_expected_high")
                .map_or(String::new(), |chance| match chance > 0.0 {
                    true => format!("; computed: at most {}", one_in(chance)),
                    false => "; computed: never".to_owned(),
                });
            format!(
                "{}a cartel with {stake} of the stake has {seats} of the seats and holds a third of the committee {seen}{computed}.",
                told.name
            )
        })
        .collect();
    lines.extend(rest(results));
    lines
}

fn splitting(results: &Results, index: usize) -> Vec<String> {
    let mut lines: Vec<String> = told(results)
        .iter()
        .map(|told| {
            let name = |what: &str| format!("whale{index}_{what}");
            format!(
                "{}a holder of {} of what is locked has, per ETM, {} times the votes and {} times the bonus of others.",
                told.name,
                told.text(&name("stake_share"), percent),
                told.text(&name("votes_per_stake"), plain),
                told.text(&name("bonus_per_stake"), plain),
            )
        })
        .collect();
    lines.extend(rest(results));
    lines
}

/// Policies side by side, of each variant.
fn concentration(results: &Results) -> Vec<String> {
    let several = results.variants.len() > 1;
    let mut lines = Vec::new();
    for (variant, record) in results.variants.iter().enumerate().take(VARIANTS_TOLD) {
        for policy in &record.study.run.policies {
            let means = summary(results, variant, policy);
            let text = |name: &str| {
                means
                    .get(name)
                    .map_or_else(|| "none".into(), |found| with_interval(found, plain))
            };
            if means.is_empty() {
                continue;
            }
            let title = policy::find(policy).map_or(policy.as_str(), |entry| entry.title);
            let name = match several {
                true => format!("{}: ", super::variant_name(results, variant)),
                false => String::new(),
            };
            lines.push(format!(
                "{name}under {title} it takes {} to hold a third of the seats and {} to have a third of the bonus; the miners elected on a day are {}, and the mean time gain is {}.",
                several_of(text("seats_nakamoto33"), "miner"),
                several_of(text("bonus_nakamoto33"), "holder"),
                text("distinct_per_day"),
                text("time_gain_mean"),
            ));
        }
    }
    lines.extend(rest(results));
    lines
}

fn several_of(count: String, what: &str) -> String {
    let plural = if count == "1" { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// Whom to tell of first, of miners with what they moved by: whoever is added to the `known` ones is asked about, whether it moved or not.
fn in_order(known: usize, one: (f64, usize), other: (f64, usize)) -> std::cmp::Ordering {
    let is_known = |(_, miner): (f64, usize)| miner < known;
    is_known(one)
        .cmp(&is_known(other))
        .then(other.0.abs().total_cmp(&one.0.abs()))
        .then(one.1.cmp(&other.1))
}

/// What a change of a network does: its miners that gain and lose most.
fn network(results: &Results) -> Vec<String> {
    let (Some(before), Some(after)) = (results.variants.first(), results.variants.last()) else {
        return Vec::new();
    };
    if results.variants.len() < 2 {
        return concentration(results);
    }
    let Some(names) = after.live.as_ref().map(|live| &live.miners) else {
        return Vec::new();
    };
    let Some(policy) = after.study.run.policies.first() else {
        return Vec::new();
    };
    let known = before.live.as_ref().map_or(0, |live| live.miners.len());
    // In how many of the rounds a miner has a seat, seed by seed.
    let seated = |variant: usize, miner: usize| -> Option<Estimate> {
        let runs = counted(results, variant, policy);
        let values: Vec<f64> = runs
            .iter()
            .filter_map(|run| run.miners.get(miner).map(|row| row.seated))
            .collect();
        crate::measure::estimate(&values)
    };
    let last = results.variants.len() - 1;
    let mut moved: Vec<(f64, usize, Option<Estimate>, Estimate)> = (0..names.len())
        .filter_map(|miner| {
            let now = seated(last, miner)?;
            let then = (miner < known).then(|| seated(0, miner)).flatten();
            Some((
                now.mean - then.map_or(0.0, |then| then.mean),
                miner,
                then,
                now,
            ))
        })
        .collect();
    moved.sort_by(|left, right| in_order(known, (left.0, left.1), (right.0, right.1)));
    let mut lines: Vec<String> = moved
        .iter()
        .take(3)
        .map(|(_, miner, then, now)| {
            let (name, now) = (&names[*miner], with_interval(now, share));
            match then {
                Some(then) => {
                    let then = with_interval(then, share);
                    format!("Miner {name} has a seat in {then} of the rounds as it is, and in {now} if changed.")
                }
                None => format!("Miner {name}, which is added, has a seat in {now} of the rounds."),
            }
        })
        .collect();
    if lines.is_empty() {
        lines = concentration(results);
    }
    lines
}

#[cfg(test)]
mod tests;
