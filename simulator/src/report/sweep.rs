//! How measures change over the variants of a sweep.

use super::{
    sections::figure,
    table::{MEASURES, actor_title, cell},
    *,
};

/// How measures change over the variants.
pub fn sweep(results: &Results) -> String {
    let mut names: Vec<(String, String, bool)> = Vec::new();
    let add = |names: &mut Vec<(String, String, bool)>, name: &str, title: &str, percent: bool| {
        if !names.iter().any(|(other, ..)| other == name) {
            names.push((name.into(), title.into(), percent));
        }
    };
    let first = results.runs.first().map(|run| &run.summary);
    for name in first.into_iter().flat_map(BTreeMap::keys) {
        let wanted = [
            "_per_stake",
            "_seats_share",
            "_lucky_share",
            "_lucky_law_share",
            "_profit_etm",
        ];
        if wanted.iter().any(|end| name.ends_with(end)) {
            add(
                &mut names,
                name,
                &actor_title(name),
                name.ends_with("_share"),
            );
        }
    }
    for wanted in [
        "time_gain_mean",
        "bonus_gini",
        "seats_gini",
        "seats_nakamoto33",
        "captured_rounds_share",
        "distinct_per_day",
    ] {
        if let Some((name, title, percent)) = MEASURES.iter().find(|(name, ..)| *name == wanted) {
            add(&mut names, name, title, *percent);
        }
    }
    let policies = &results.variants[0].study.run.policies;
    let means: Vec<Vec<_>> = (0..results.variants.len())
        .map(|variant| {
            policies
                .iter()
                .map(|policy| summary(results, variant, policy))
                .collect()
        })
        .collect();
    let mut out = String::from("<h2>Over the variants</h2>");
    let numeric: Option<Vec<f64>> = match &results.variants[0].values[..] {
        [_] => results
            .variants
            .iter()
            .map(|record| record.values.first()?.1.parse().ok())
            .collect(),
        _ => None,
    };
    if let Some(at) = numeric {
        let key = short_key(&results.variants[0].values[0].0).replace('_', " ");
        out.push_str("<div class=\"charts\">");
        for (name, title, percent) in &names {
            let mut series = Vec::new();
            for (index, policy) in policies.iter().enumerate() {
                let found: Vec<_> = at
                    .iter()
                    .zip(&means)
                    .filter_map(|(at, means)| means[index].get(name).map(|found| (*at, *found)))
                    .collect();
                series.push(Series {
                    name: policy::find(policy).map_or(policy.clone(), |entry| entry.title.into()),
                    points: found.iter().map(|(at, found)| (*at, found.mean)).collect(),
                    band: found
                        .iter()
                        .map(|(_, found)| found.interval().unwrap_or((found.mean, found.mean)))
                        .collect(),
                    colour: index,
                    ..Series::default()
                });
            }
            let all = || series.iter().flat_map(|line| line.points.iter());
            if all().all(|(_, value)| *value == 0.0) {
                continue;
            }
            let spread = at.iter().copied().fold(f64::INFINITY, f64::min) > 0.0
                && at.iter().copied().fold(0.0, f64::max)
                    / at.iter().copied().fold(f64::INFINITY, f64::min)
                    > 20.0;
            let x = match spread {
                true => Axis::log_around(&key, at.iter().copied()),
                false => Axis::from_zero(&key, at.iter().copied()),
            };
            let mut y = Axis::from_zero(title, all().map(|(_, value)| *value));
            if *percent {
                y = y.in_percent();
            }
            let chart = svg::lines(title, &x, &y, &series);
            out.push_str(&figure(
                title,
                &format!("Against {}.", escape(&key)),
                &chart,
            ));
        }
        return out + "</div>";
    }
    for (name, title, percent) in &names {
        let values: Vec<f64> = means
            .iter()
            .flatten()
            .filter_map(|means| Some(means.get(name)?.mean))
            .collect();
        let (low, high) = values
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(*value), high.max(*value))
            });
        if values.is_empty() || low >= high {
            continue;
        }
        let _ = write!(
            out,
            "<h3 style=\"margin-top:22px\">{}</h3><div class=\"wide\"><table class=\"heat\"><thead><tr><th>Variant</th>",
            escape(title)
        );
        for policy in policies {
            let _ = write!(
                out,
                "<th>{}</th>",
                escape(policy::find(policy).map_or(policy.as_str(), |entry| entry.title))
            );
        }
        out.push_str("</tr></thead><tbody>");
        for (variant, means) in means.iter().enumerate() {
            let _ = write!(
                out,
                "<tr><td>{}</td>",
                escape(&variant_name(results, variant))
            );
            for means in means {
                match means.get(name) {
                    Some(found) => {
                        let heat = (found.mean - low) / (high - low);
                        let cell = cell(Some(found), *percent);
                        let _ = write!(
                            out,
                            "{}",
                            cell.replacen("<td>", &format!("<td style=\"--h:{heat:.3}\">"), 1)
                        );
                    }
                    None => out.push_str("<td>–</td>"),
                }
            }
            out.push_str("</tr>");
        }
        out.push_str("</tbody></table></div>");
    }
    out
}
