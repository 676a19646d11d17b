//! The parts of the report.

use super::*;

pub(super) fn figure(title: &str, text: &str, chart: &str) -> String {
    format!(
        "<figure><h3>{}</h3><p>{text}</p>{chart}</figure>",
        escape(title)
    )
}

/// Lorenz curves and bonus by tenth of the holders.
pub fn people(results: &Results, subjects: &[Subject]) -> String {
    let curve = |subject: &Subject, what: &str| -> Vec<(f64, f64)> {
        let runs = subject.runs(results);
        let rows = runs
            .iter()
            .filter_map(|run| run.lorenz.get(what).map(Vec::as_slice));
        let mean = mean_rows(rows);
        let last = mean.len().saturating_sub(1).max(1) as f64;
        mean.iter()
            .enumerate()
            .map(|(place, share)| (place as f64 / last, *share))
            .collect()
    };
    let equal = Series {
        name: "all equal".into(),
        points: vec![(0.0, 0.0), (1.0, 1.0)],
        dashed: true,
        colour: 7,
        ..Series::default()
    };
    let x = Axis::linear("holders, from the smallest", 0.0, 1.0).in_percent();
    let mut out = String::from("<h2>Who gets what</h2><div class=\"charts\">");
    for (what, title, text) in [
        (
            "votes",
            "Votes of holders",
            "The closer to the diagonal, the more equal. Dotted grey: all equal. Stake is what they lock.",
        ),
        (
            "bonus",
            "Bonus of holders",
            "What the voters earned over the run, beside the stake they locked.",
        ),
    ] {
        let mut series = vec![equal.clone()];
        if let Some(subject) = subjects.first() {
            series.push(Series {
                name: "stake".into(),
                points: curve(subject, "stake"),
                dashed: true,
                colour: 6,
                ..Series::default()
            });
        }
        series.extend(subjects.iter().map(|subject| Series {
            name: subject.name.clone(),
            points: curve(subject, what),
            colour: subject.colour,
            ..Series::default()
        }));
        let y = Axis::linear(&format!("share of {what}"), 0.0, 1.0).in_percent();
        out.push_str(&figure(title, text, &svg::lines(title, &x, &y, &series)));
    }
    let mut groups = Vec::new();
    for subject in subjects {
        let runs = subject.runs(results);
        let values = (0..10).filter_map(|decile| {
            let values: Vec<f64> = runs
                .iter()
                .filter_map(|run| run.deciles.get(decile).copied())
                .collect();
            crate::measure::estimate(&values)
                .map(|found| (found.mean, found.half_width.unwrap_or(0.0)))
        });
        groups.push((
            subject.name.clone(),
            subject.colour,
            values.collect::<Vec<_>>(),
        ));
    }
    if groups.iter().any(|(.., values)| !values.is_empty()) {
        let lines: Vec<Series> = groups
            .iter()
            .map(|(name, colour, values)| {
                let at = |place: usize| place as f64 + 1.0;
                let points = values
                    .iter()
                    .enumerate()
                    .map(|(place, (mean, _))| (at(place), *mean));
                // A logarithmic axis has no place for 0 and below.
                let low = |mean: f64, half: f64| (mean - half).max(mean / 10.0);
                Series {
                    name: name.clone(),
                    points: points.collect(),
                    band: values
                        .iter()
                        .map(|(mean, half)| (low(*mean, *half), mean + half))
                        .collect(),
                    colour: *colour,
                    ..Series::default()
                }
            })
            .collect();
        let x = Axis::linear("tenth of the holders by stake, 1 the smallest", 1.0, 10.0);
        let all = lines
            .iter()
            .flat_map(|line| line.points.iter().map(|point| point.1));
        let y = Axis::log_around("bonus per ETM locked and year", all).in_percent();
        let chart = svg::lines("Bonus rate by tenth of holders", &x, &y, &lines);
        out.push_str(&figure("Bonus rate by tenth of holders", "A level row would treat every token alike; a falling one favours small holders (or those that seem small).", &chart));
    }
    out + "</div>"
}

/// Seats against stake, and how they spread.
pub fn seats(results: &Results, subjects: &[Subject]) -> String {
    let mut out = String::from("<h2>Who gets seats</h2><div class=\"charts\">");
    let mut series = Vec::new();
    for subject in subjects {
        let runs = subject.runs(results);
        let Some(run) = runs.first() else { continue };
        let mut points: Vec<(f64, f64)> = run
            .miners
            .iter()
            .filter(|miner| miner.stake > 0.0)
            .map(|miner| (miner.stake, miner.seated))
            .collect();
        points.sort_by(|left, right| left.0.total_cmp(&right.0));
        let stride = points.len().div_ceil(600).max(1);
        let points = points.into_iter().step_by(stride).collect();
        series.push(Series {
            name: subject.name.clone(),
            points,
            dots: true,
            colour: subject.colour,
            ..Series::default()
        });
    }
    let x = Axis::log_around(
        "share of the voting stake behind the miner",
        series
            .iter()
            .flat_map(|line| line.points.iter().map(|point| point.0)),
    )
    .in_percent();
    let y = Axis::linear("rounds with a seat", 0.0, 1.0).in_percent();
    out.push_str(&figure("Seats against stake", "A dot is a miner. A step says the same miners always serve; a slope that others have a turn.", &svg::lines("Seats against stake", &x, &y, &series)));

    let mut lorenz = vec![Series {
        name: "all equal".into(),
        points: vec![(0.0, 0.0), (1.0, 1.0)],
        dashed: true,
        colour: 7,
        ..Series::default()
    }];
    for subject in subjects {
        let runs = subject.runs(results);
        let mean = mean_rows(
            runs.iter()
                .filter_map(|run| run.lorenz.get("seats").map(Vec::as_slice)),
        );
        let last = mean.len().saturating_sub(1).max(1) as f64;
        let points = mean
            .iter()
            .enumerate()
            .map(|(place, share)| (place as f64 / last, *share))
            .collect();
        lorenz.push(Series {
            name: subject.name.clone(),
            points,
            colour: subject.colour,
            ..Series::default()
        });
    }
    let x = Axis::linear("miners, from the least elected", 0.0, 1.0).in_percent();
    let y = Axis::linear("share of seats", 0.0, 1.0).in_percent();
    out.push_str(&figure(
        "Seats of miners",
        "How evenly seats were spread over the run.",
        &svg::lines("Seats of miners", &x, &y, &lorenz),
    ));

    for (title, text, label, of) in [
        (
            "Distinct miners elected, day by day",
            "How many different miners served on each day.",
            "miners",
            (|day| day.distinct as f64) as fn(&crate::results::Day) -> f64,
        ),
        (
            "Miners that hold a third of the seats",
            "The Nakamoto coefficient of each day's seats.",
            "miners",
            |day| day.concentration.seats.nakamoto33 as f64,
        ),
    ] {
        let series = daily(results, subjects, of);
        if series.iter().all(|line| line.points.len() < 2) {
            continue;
        }
        let x = Axis::from_zero(
            "day",
            series
                .iter()
                .flat_map(|line| line.points.iter().map(|point| point.0)),
        )
        .in_whole();
        let y = Axis::from_zero(
            label,
            series
                .iter()
                .flat_map(|line| line.points.iter().map(|point| point.1)),
        );
        out.push_str(&figure(title, text, &svg::lines(title, &x, &y, &series)));
    }
    out + "</div>"
}

/// A line over the whole days of each subject: mean over its runs.
fn daily(
    results: &Results,
    subjects: &[Subject],
    of: fn(&crate::results::Day) -> f64,
) -> Vec<Series> {
    let lines = subjects.iter().map(|subject| {
        let rows: Vec<Vec<f64>> = subject
            .runs(results)
            .iter()
            .map(|run| {
                let whole = if run.daily.len() > 1 {
                    &run.daily[..run.daily.len() - 1]
                } else {
                    &run.daily[..]
                };
                whole.iter().map(of).collect()
            })
            .collect();
        let mean = mean_rows(rows.iter().map(Vec::as_slice));
        Series {
            name: subject.name.clone(),
            points: mean
                .iter()
                .enumerate()
                .map(|(day, value)| (day as f64 + 1.0, *value))
                .collect(),
            colour: subject.colour,
            ..Series::default()
        }
    });
    lines.collect()
}

/// The time gain over time, its distribution, and where it could matter.
pub fn time_gain(results: &Results, subjects: &[Subject]) -> String {
    let gaining: Vec<Subject> = subjects
        .iter()
        .filter(|subject| subject.policy.starts_with("entanmo") || subject.policy == "original")
        .cloned()
        .collect();
    if gaining.is_empty() {
        return String::new();
    }
    let mut out = String::from("<h2>The time gain</h2><div class=\"charts\">");
    let series = daily(results, &gaining, |day| day.time_gain);
    if series.iter().any(|line| line.points.len() > 1) {
        let x = Axis::from_zero(
            "day",
            series
                .iter()
                .flat_map(|line| line.points.iter().map(|point| point.0)),
        )
        .in_whole();
        let y = Axis::from_zero(
            "mean time gain t",
            series
                .iter()
                .flat_map(|line| line.points.iter().map(|point| point.1)),
        );
        out.push_str(&figure("Mean time gain of positions", "At the end of each day, before the daily step. 1 means that the time gain does nothing.", &svg::lines("Mean time gain of positions", &x, &y, &series)));
    }
    let categories: Vec<String> = (1..=32).map(|t| t.to_string()).collect();
    let mut groups = Vec::new();
    for subject in &gaining {
        let runs = subject.runs(results);
        let mean = mean_rows(runs.iter().map(|run| run.time_gain.as_slice()));
        groups.push((
            subject.name.clone(),
            subject.colour,
            mean.iter().map(|share| (*share, 0.0)).collect::<Vec<_>>(),
        ));
    }
    let y = Axis::from_zero(
        "share of positions",
        groups
            .iter()
            .flat_map(|(.., values)| values.iter().map(|(mean, _)| *mean)),
    )
    .in_percent();
    out.push_str(&figure(
        "Distribution of the time gain",
        "At the end of the last day.",
        &svg::bars(
            "Distribution of the time gain",
            "time gain t",
            &categories,
            &y,
            &groups,
        ),
    ));

    let study = &results.variants[0].study;
    let seats = f64::from(study.params.committee);
    let halvings = Halvings {
        rule: Halving::EachBlock,
        blocks_per_seat: f64::from(study.params.blocks_per_round) / seats,
    };
    let per_day = study.rounds_per_day();
    let mut series = Vec::new();
    for (index, (name, day)) in [
        ("a day of 1 hour", 3_600.0),
        ("1 day, as specified", 86_400.0),
        ("7 days", 604_800.0),
        ("30 days", 2_592_000.0),
    ]
    .into_iter()
    .enumerate()
    {
        let steps = 16;
        let points = (0..=steps).map(|step| {
            let miners = seats * 10f64.powf(4.0 * f64::from(step) / f64::from(steps));
            let chance = seats / miners;
            let rounds = chance * per_day * day / 86_400.0;
            (miners, time_gain::mean_among_equals(&halvings, rounds))
        });
        series.push(Series {
            name: name.into(),
            points: points.collect(),
            colour: index,
            ..Series::default()
        });
    }
    let x = Axis::log_around(
        "miners with equal votes",
        series
            .iter()
            .flat_map(|line| line.points.iter().map(|point| point.0)),
    );
    let y = Axis::linear("mean time gain in the long run", 0.0, 33.0);
    out.push_str(&figure("Where the time gain could matter", "Computed, not simulated: the stationary mean of t if it steps once in the time named and halves for each block, by the number of equal miners.", &svg::lines("Where the time gain could matter", &x, &y, &series)));
    out + "</div>"
}

/// The capture curve.
pub fn capture(results: &Results, points: &[CapturePoint]) -> String {
    let Some(any) = points.first() else {
        return String::new();
    };
    let mut out = String::from("<h2>Capture of a committee</h2>");
    let honest = results.runs.first().map_or(0, |run| {
        run.miners
            .iter()
            .filter(|miner| !miner.cartel && miner.weight > 0.0)
            .count()
    });
    let _ = write!(
        out,
        "<p>The chance that an adversary with a share of the election weight, split evenly over its miners, holds at least {} of {} seats against the {honest} honest miners of this world at their final weights. Drawn between a lower and an upper bound that are computed, not sampled; dots are {} simulated draws each.</p><div class=\"charts\">",
        any.threshold, any.seats, 20_000
    );
    for (title, text, of) in [
        (
            "In one round",
            "Below 10⁻⁹ is not drawn.",
            (|point: &CapturePoint| point.round) as fn(&CapturePoint) -> crate::capture::Bounds,
        ),
        (
            "At least once in a year",
            "All rounds of 365 days, at the same weights.",
            |point| point.year,
        ),
    ] {
        let mut series = Vec::new();
        for (index, miners) in CAPTURE_MINERS.iter().enumerate() {
            let own: Vec<&CapturePoint> = points
                .iter()
                .filter(|point| point.miners == *miners && of(point).high > 1e-9)
                .collect();
            series.push(Series {
                name: format!("over {miners} miners"),
                points: own
                    .iter()
                    .map(|point| (point.share, of(point).middle()))
                    .collect(),
                band: own
                    .iter()
                    .map(|point| (of(point).low, of(point).high))
                    .collect(),
                colour: index,
                ..Series::default()
            });
        }
        if title == "In one round" {
            let trials = points
                .iter()
                .filter_map(|point| Some((point.share, point.trials?.0)));
            series.push(Series {
                name: "simulated, 101 miners".into(),
                points: trials.filter(|(_, value)| *value > 0.0).collect(),
                dots: true,
                colour: 4,
                ..Series::default()
            });
        }
        let x = Axis::linear("share of the election weight", 0.0, 0.5).in_percent();
        let y = Axis::chance("probability", 1e-9);
        out.push_str(&figure(title, text, &svg::lines(title, &x, &y, &series)));
    }
    out.push_str("</div>");
    let weights: Vec<f64> = results
        .runs
        .first()
        .map(|run| run.miners.iter().map(|miner| miner.weight).collect())
        .unwrap_or_default();
    let seats = results.variants[0].study.params.committee as usize;
    let (chances, _) = inclusion(&weights, seats);
    let busiest = chances.iter().copied().fold(0.0, f64::max);
    if busiest > 0.0 && busiest < 1.0 {
        let _ = write!(
            out,
            "<p class=\"soft\">The strongest miner of the first run has a seat in {} % of the rounds to come.</p>",
            short(busiest * 100.0)
        );
    }
    out
}
