//! Results on disk: `results.json`, tidy CSV tables and `report.html`. The same results give the same bytes.

use crate::{
    files, report,
    results::{
        Concentration, Results, Run,
        curve::{CapturePoint, capture_curve},
        summary::summary,
    },
    time_gain::{self, Halving, Halvings},
};
use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

/// The largest results document read.
const DOCUMENT_MAX: u64 = 4 << 30;

const DOCUMENT: &str = "results.json";
/// The folder in that of the results where they lie until all are written.
const DRAFT: &str = ".etm-simulate.part";

/// All that [`write`] writes.
pub(crate) const WRITTEN: [&str; 12] = [
    DOCUMENT,
    "report.html",
    "time_gain_law.csv",
    "summary.csv",
    "runs.csv",
    "days.csv",
    "rounds.csv",
    "miners.csv",
    "deciles.csv",
    "lorenz.csv",
    "time_gain.csv",
    "capture.csv",
];

/// Why results can't be written or read.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The system refuses to have it there.
    #[error(
        "{path} cannot be written: {}",
        etm_types::files::not_made(path, source)
    )]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    /// Not a results document of this lab.
    #[error("{path}: {reason}")]
    Document { path: PathBuf, reason: String },
}

/// Makes `folder` and sees whether it can be written to: better before a long run than after. What results would write over is refused,
/// unless `replace`.
pub fn prepare(folder: &Path, replace: bool) -> Result<(), OutputError> {
    let mut there = WRITTEN.iter().filter(|name| folder.join(name).exists());
    if let (false, Some(name)) = (replace, there.next()) {
        return Err(OutputError::Document {
            path: folder.join(name),
            reason: "exists already: --out names another folder, --replace writes over what is in this one".to_owned(),
        });
    }
    let fail = |path: &Path| {
        let path = path.to_path_buf();
        |source| OutputError::Io { path, source }
    };
    fs::create_dir_all(folder).map_err(fail(folder))?;
    let draft = Draft::begin(folder)?;
    let probe = draft.0.join("probe");
    fs::write(&probe, []).map_err(fail(&probe))
}

/// Where results are written before they are moved to their place: what was cut short lies there, and nothing of it looks like results.
struct Draft(PathBuf);

impl Draft {
    /// An empty one in `folder`.
    fn begin(folder: &Path) -> Result<Self, OutputError> {
        let draft = folder.join(DRAFT);
        let fail = |source| OutputError::Io {
            path: draft.clone(),
            source,
        };
        if draft.exists() {
            fs::remove_dir_all(&draft).map_err(fail)?;
        }
        fs::create_dir(&draft).map_err(fail)?;
        Ok(Self(draft))
    }

    /// Writes a file.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), OutputError> {
        let path = self.0.join(name);
        let fail = |source| OutputError::Io {
            path: path.clone(),
            source,
        };
        let mut file = fs::File::create(&path).map_err(fail)?;
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(fail)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Whatever is left of it goes with the next.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Writes everything into `folder`, which is made: all of it, or nothing. `results.json` is put in place last. With `bom` the tables
/// begin with a byte-order mark, by which some spreadsheets know UTF-8.
pub fn write(folder: &Path, results: &Results, bom: bool) -> Result<(), OutputError> {
    fs::create_dir_all(folder).map_err(|source| OutputError::Io {
        path: folder.into(),
        source,
    })?;
    let draft = Draft::begin(folder)?;
    let capture = capture_curve(results);
    let mut written = Vec::new();
    for (name, text) in tables(results, &capture) {
        let mark = if bom { "\u{feff}" } else { "" };
        draft.put(name, format!("{mark}{text}").as_bytes())?;
        written.push(name);
    }
    draft.put("report.html", report::page(results, &capture).as_bytes())?;
    written.push("report.html");
    let json = serde_json::to_vec(results);
    let json = json.map_err(|error| OutputError::Document {
        path: folder.join(DOCUMENT),
        reason: error.to_string(),
    })?;
    draft.put(DOCUMENT, &json)?;
    // All of it is on the disk now, and takes its place in one go; until the document does, last, the folder has no results.
    let placed = |name: &str, source| OutputError::Io {
        path: folder.join(name),
        source,
    };
    match fs::remove_file(folder.join(DOCUMENT)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(placed(DOCUMENT, error));
        }
        _ => written.push(DOCUMENT),
    }
    for name in written {
        fs::rename(draft.0.join(name), folder.join(name)).map_err(|error| placed(name, error))?;
    }
    Ok(())
}

/// Reads the results in a folder, or a results document, and checks them.
pub fn read(path: &Path) -> Result<Results, OutputError> {
    let path = if path.is_dir() {
        path.join(DOCUMENT)
    } else {
        path.to_path_buf()
    };
    let wrong = |reason: String| OutputError::Document {
        path: path.clone(),
        reason,
    };
    let text = files::read_text(&path, DOCUMENT_MAX).map_err(wrong)?;
    let results: Results = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    results.check().map_err(wrong)?;
    Ok(results)
}

/// Mean time gain in the long run among equal miners, by the rounds a miner has a seat in between two steps of the time
/// gain, under the three rules of halving.
fn time_gain_law(results: &Results) -> String {
    let mut text = String::from("seats_per_step,each_block,each_round,once_a_day\n");
    let Some(record) = results.variants.first() else {
        return text;
    };
    let params = &record.study.params;
    let blocks_per_seat = f64::from(params.blocks_per_round) / f64::from(params.committee);
    for step in -8..=8 {
        let seats = libm::exp2(f64::from(step) / 2.0);
        let mean = |rule: Halving| {
            let halvings = Halvings {
                rule,
                blocks_per_seat,
            };
            time_gain::mean_among_equals(&halvings, seats)
        };
        let (block, round, day) = (
            mean(Halving::EachBlock),
            mean(Halving::EachRound),
            mean(Halving::OnceADay),
        );
        let _ = writeln!(text, "{seats:.4},{block:.4},{round:.4},{day:.4}");
    }
    text
}

/// More digits than these a spreadsheet rounds away.
const DIGITS: usize = 15;

/// A field of a CSV row: quoted where it must be, and to a spreadsheet never a formula, nor a date (`1/2`), nor a number that it
/// would write otherwise (`007`) or round.
fn field(text: &str) -> String {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let bare = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let padded = matches!(bare, [b'0', b'0'..=b'9', ..]);
    let number = text.parse::<f64>().is_ok() && digits <= DIGITS && !padded;
    let taken = text.starts_with(['=', '+', '-', '@', '\t', '\r', '.'])
        || text.starts_with(|letter: char| letter.is_ascii_digit());
    let guarded = match taken && !number {
        true => format!("'{text}"),
        false => text.to_string(),
    };
    match guarded.contains([',', ';', '"', '\n', '\r', '\t']) {
        true => format!("\"{}\"", guarded.replace('"', "\"\"")),
        false => guarded,
    }
}

/// A figure as a spreadsheet keeps it: 1.1, not 1.0999999999999999.
fn figure(value: f64) -> f64 {
    format!("{value:.*e}", DIGITS - 1).parse().unwrap_or(value)
}

/// Puts the measures of concentration at the end of a row.
fn end_row(table: &mut String, concentration: &Concentration) {
    for (_, spread) in concentration.named() {
        for (_, value) in spread.named() {
            let _ = write!(table, ",{}", figure(value));
        }
    }
    table.push('\n');
}

/// All tables: name and text.
fn tables(results: &Results, capture: &[CapturePoint]) -> Vec<(&'static str, String)> {
    // A column for each key that varies, so that there is one figure in a cell.
    let keys: String = results
        .variants
        .first()
        .into_iter()
        .flat_map(|first| &first.values)
        .map(|(key, _)| format!("{},", field(key)))
        .collect();
    let keys = format!("variant,{keys}");
    let label = |variant: usize| {
        let values = &results.variants[variant].values;
        let values = values.iter().map(|(_, value)| format!(",{}", field(value)));
        format!("{}{}", variant + 1, values.collect::<String>())
    };
    let head = |run: &Run| {
        format!(
            "{},{},{}",
            label(run.variant),
            run.policy,
            field(&run.seed.to_string())
        )
    };
    let mut means = format!("{keys}policy,measure,mean,half_width_95,seeds\n");
    for variant in 0..results.variants.len() {
        for policy in &results.variants[variant].study.run.policies {
            for (name, found) in summary(results, variant, policy) {
                let half = found
                    .half_width
                    .map_or(String::new(), |half| figure(half).to_string());
                let _ = writeln!(
                    means,
                    "{},{policy},{name},{},{half},{}",
                    label(variant),
                    figure(found.mean),
                    found.count
                );
            }
        }
    }
    let mut runs = format!("{keys}policy,seed,finished,rounds,days,measure,value\n");
    let mut daily = format!(
        "{keys}policy,seed,day,rounds,missed,distinct,moves,seats_of_top1,time_gain,captured,stalled",
    );
    let mut rounds =
        format!("{keys}policy,seed,round,day,seats,producers,missed,cartel_seats,bonus");
    for table in [&mut daily, &mut rounds] {
        for (what, spread) in Concentration::default().named() {
            for (measure, _) in spread.named() {
                let _ = write!(table, ",{what}_{measure}");
            }
        }
        table.push('\n');
    }
    let mut miners = format!("{keys}policy,seed,miner,stake,votes,weight,seated,missed,cartel\n");
    let mut deciles = format!("{keys}policy,seed,decile,bonus_per_etm_year\n");
    let mut lorenz = format!("{keys}policy,seed,what,holders,share\n");
    let mut gains = format!("{keys}policy,seed,time_gain,positions\n");
    for run in &results.runs {
        let head = head(run);
        for (name, value) in &run.summary {
            let _ = writeln!(
                runs,
                "{head},{},{},{},{name},{}",
                run.finished,
                run.rounds,
                run.days,
                figure(*value)
            );
        }
        for day in &run.daily {
            let _ = write!(
                daily,
                "{head},{},{},{},{},{},{},{},{},{}",
                day.day,
                day.rounds,
                day.missed,
                day.distinct,
                day.moves,
                day.seats_of_top1,
                day.time_gain,
                day.captured,
                day.stalled
            );
            end_row(&mut daily, &day.concentration);
        }
        for round in &run.every_round {
            let _ = write!(
                rounds,
                "{head},{},{},{},{},{},{},{}",
                round.round,
                round.day,
                round.seats,
                round.producers,
                round.missed,
                round.cartel_seats,
                round.bonus
            );
            end_row(&mut rounds, &round.concentration);
        }
        for (id, miner) in run.miners.iter().enumerate() {
            let _ = writeln!(
                miners,
                "{head},{id},{},{},{},{},{},{}",
                miner.stake, miner.votes, miner.weight, miner.seated, miner.missed, miner.cartel
            );
        }
        for (decile, value) in run.deciles.iter().enumerate() {
            let _ = writeln!(deciles, "{head},{},{value}", decile + 1);
        }
        for (what, curve) in &run.lorenz {
            for (place, share) in curve.iter().enumerate() {
                let _ = writeln!(
                    lorenz,
                    "{head},{what},{},{share}",
                    place as f64 / (curve.len() - 1).max(1) as f64
                );
            }
        }
        for (index, share) in run.time_gain.iter().enumerate() {
            let _ = writeln!(gains, "{head},{},{share}", index + 1);
        }
    }
    let mut curve = String::from(
        "miners,share,seats,threshold,round_low,round_high,year_low,year_high,monte_carlo,monte_carlo_error\n",
    );
    for point in capture {
        let (estimate, error) = point
            .trials
            .map_or((String::new(), String::new()), |(estimate, error)| {
                (estimate.to_string(), error.to_string())
            });
        let _ = writeln!(
            curve,
            "{},{:.2},{},{},{:e},{:e},{:e},{:e},{estimate},{error}",
            point.miners,
            point.share,
            point.seats,
            point.threshold,
            point.round.low,
            point.round.high,
            point.year.low,
            point.year.high
        );
    }
    vec![
        ("time_gain_law.csv", time_gain_law(results)),
        ("summary.csv", means),
        ("runs.csv", runs),
        ("days.csv", daily),
        ("rounds.csv", rounds),
        ("miners.csv", miners),
        ("deciles.csv", deciles),
        ("lorenz.csv", lorenz),
        ("time_gain.csv", gains),
        ("capture.csv", curve),
    ]
}

#[cfg(test)]
mod tests;
