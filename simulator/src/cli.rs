//! `etm simulate`: what runs, and what it answers.

#[cfg(test)]
mod spreadsheet;
#[cfg(test)]
mod tests;

use crate::{
    args::{SimulateArgs, SimulateCommand},
    files,
    jobs::{self, Question, Shard},
    live::{self, Ask},
    output::{self, OutputError},
    presets, report,
    results::{Results, VariantRecord},
    study::{self, Variant},
    timing,
    world::World,
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use serde::Serialize;
use std::{
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

pub const EXIT_DONE: u8 = 0;
/// Something failed while it ran.
pub const EXIT_FAILED: u8 = 1;
/// The question is wrong; nothing was written.
pub const EXIT_USAGE: u8 = 2;
/// The largest study file read, bytes.
const STUDY_MAX: u64 = 16 << 20;
/// More than machines have, and no more than one can start.
const MAX_THREADS: usize = 1_024;
/// Interrupted; what was done is written and marked as partial.
pub const EXIT_INTERRUPTED: u8 = 130;

/// What `etm simulate` answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Answer {
    /// What the runs say to the study's question, a sentence or two each; with `--timing` what was measured.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub answer: Vec<String>,
    /// With `--print`: the study (TOML).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub study: Option<String>,
    /// The report that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<PathBuf>,
    /// Runs that are finished, of how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<Runs>,
}

/// How many runs of a question are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Runs {
    /// Those finished.
    pub finished: usize,
    /// Those there are to be.
    pub of: usize,
    /// Whether Ctrl-C ended them: exit code [`EXIT_INTERRUPTED`].
    pub interrupted: bool,
}

impl Answer {
    /// The text for people. Scripts take its last line: the path of the report, if there is one.
    pub fn text(&self) -> String {
        let mut text = self.study.clone().unwrap_or_default();
        for line in &self.answer {
            text += &format!("{line}\n");
        }
        if let Some(report) = &self.report {
            text += &format!("{}\n", report.display());
        }
        text
    }

    /// What is to be said beside the answer: whether runs are missing.
    pub fn remark(&self) -> Option<String> {
        let Runs {
            finished,
            of,
            interrupted,
        } = self.runs?;
        if interrupted {
            return Some(format!(
                "interrupted: {finished} of {of} runs are finished, the results are marked as partial"
            ));
        }
        (finished < of)
            .then(|| format!("{finished} of {of} runs are here, the results are marked as partial"))
    }

    /// The exit code: [`EXIT_DONE`] or [`EXIT_INTERRUPTED`].
    pub fn code(&self) -> u8 {
        match self.runs {
            Some(runs) if runs.interrupted => EXIT_INTERRUPTED,
            _ => EXIT_DONE,
        }
    }
}

type Outcome = Result<Answer, (u8, String)>;

fn usage(error: impl ToString) -> (u8, String) {
    (EXIT_USAGE, error.to_string())
}

fn failed(error: impl ToString) -> (u8, String) {
    (EXIT_FAILED, error.to_string())
}

/// What is there already is the question's fault, a disk that takes nothing is not.
fn not_prepared(error: OutputError) -> (u8, String) {
    match error {
        OutputError::Io { .. } => failed(error),
        OutputError::Document { .. } => usage(error),
    }
}

/// Does what the arguments say; `ask` asks the node that `--from` names.
///
/// # Errors
/// The exit code and what went wrong, one line.
pub fn run(args: &SimulateArgs, ask: &Ask) -> Outcome {
    if let Some(SimulateCommand::Merge {
        parts,
        out,
        replace,
        bom,
    }) = &args.command
    {
        return merge(parts, out, *replace, *bom);
    }
    if args.timing {
        return Ok(Answer {
            answer: timing::measure_all(),
            ..Answer::default()
        });
    }
    if let (true, Some(name)) = (args.print, &args.preset) {
        return Ok(Answer {
            study: Some(presets::find(name).map_err(usage)?.to_owned()),
            ..Answer::default()
        });
    }
    if args
        .threads
        .is_some_and(|threads| !(1..=MAX_THREADS).contains(&threads))
    {
        return Err(usage(format!("--threads: from 1 to {MAX_THREADS}")));
    }
    if let Some(source) = &args.from {
        let variants = live::variants(args, source, ask).map_err(usage)?;
        let records = variants
            .iter()
            .map(|variant| variant.record.clone())
            .collect();
        let world = |variant: usize, _seed: u64| Ok(variants[variant].world.clone());
        return simulate(
            args,
            &Question {
                records,
                world: &world,
            },
        );
    }
    // Clap lets these pass where a study rules --from out.
    let changes = [
        ("--add-miner", !args.add_miner.is_empty()),
        ("--move-votes", !args.move_votes.is_empty()),
        ("--committee", args.committee.is_some()),
        ("--slot-ms", args.slot_ms.is_some()),
    ];
    if let Some((name, _)) = changes.iter().find(|(_, given)| *given) {
        return Err(usage(format!(
            "{name} changes a network, which --from names; a study is changed in its file"
        )));
    }
    let (text, folder) = match (&args.study, &args.preset) {
        (Some(path), None) => {
            let text = files::read_text(path, STUDY_MAX);
            let text = text.map_err(|error| usage(format!("{}: {error}", path.display())))?;
            (text, path.parent().unwrap_or(Path::new("")).to_path_buf())
        }
        (None, Some(name)) => (
            presets::find(name).map_err(usage)?.to_string(),
            PathBuf::new(),
        ),
        _ => {
            return Err(usage(
                "what to simulate? give STUDY.toml, --preset NAME or --from URL",
            ));
        }
    };
    let name = |error: study::StudyError| match &args.study {
        Some(path) => usage(format!("{}: {error}", path.display())),
        None => usage(error),
    };
    let variants = study::variants(&text, &args.overrides().map_err(usage)?).map_err(name)?;
    let world = |variant: usize, seed: u64| {
        World::build(&variants[variant].study, &folder, seed).map_err(|error| error.to_string())
    };
    // Every world is made once before anything runs, so that a wrong question leaves nothing behind.
    for (index, variant) in variants.iter().enumerate() {
        world(index, variant.study.run.seed).map_err(|error| usage(in_variant(variant, &error)))?;
    }
    let records = variants.iter().map(|variant| VariantRecord {
        values: variant.values.clone(),
        study: variant.study.clone(),
        live: None,
    });
    simulate(
        args,
        &Question {
            records: records.collect(),
            world: &world,
        },
    )
}

fn in_variant(variant: &Variant, error: &str) -> String {
    match variant.values.is_empty() {
        true => error.to_string(),
        false => format!("{}: {error}", variant.label()),
    }
}

/// Whether Ctrl-C was pressed. The first asks runs to end, the second ends the process.
fn interrupted() -> &'static AtomicBool {
    static FLAG: AtomicBool = AtomicBool::new(false);
    static HANDLER: OnceLock<()> = OnceLock::new();
    HANDLER.get_or_init(|| {
        // Without a handler Ctrl-C ends the process at once, which is no reason not to run.
        let _ = ctrlc::set_handler(|| {
            if FLAG.swap(true, Ordering::SeqCst) {
                std::process::exit(EXIT_INTERRUPTED.into());
            }
        });
    });
    &FLAG
}

fn simulate(args: &SimulateArgs, question: &Question<'_>) -> Outcome {
    let out = args
        .out
        .as_deref()
        .ok_or_else(|| usage("where to? give --out DIR"))?;
    let shard = args.shard.unwrap_or(Shard::WHOLE);
    let mut pool = rayon::ThreadPoolBuilder::new();
    if let Some(threads) = args.threads {
        pool = pool.num_threads(threads);
    }
    let pool = pool.build().map_err(failed)?;
    output::prepare(out, args.replace).map_err(not_prepared)?;
    // Nothing is left behind where nothing came of it: a folder that was empty goes.
    let tidy = || drop(std::fs::remove_dir(out));
    let stop = interrupted();
    let bar = progress(question.rounds(shard), args.quiet);
    let go_on = |rounds: u64| {
        bar.inc(rounds);
        !stop.load(Ordering::SeqCst)
    };
    let results = pool.install(|| question.answer(shard, &go_on));
    bar.finish_and_clear();
    let results = results.map_err(|error| {
        tidy();
        failed(error)
    })?;
    if results.runs.is_empty() && shard.count <= results.jobs {
        tidy();
        return Err((
            EXIT_INTERRUPTED,
            "interrupted before anything was done; nothing was written".into(),
        ));
    }
    write(out, &results, stop.load(Ordering::SeqCst), args.bom).inspect_err(|_| tidy())
}

fn write(out: &Path, results: &Results, interrupted: bool, bom: bool) -> Outcome {
    output::write(out, results, bom).map_err(failed)?;
    let finished = results.runs.iter().filter(|run| run.finished).count();
    Ok(Answer {
        answer: report::answer::answer(results),
        report: Some(out.join("report.html")),
        runs: Some(Runs {
            finished,
            of: results.jobs,
            interrupted,
        }),
        study: None,
    })
}

fn progress(rounds: u64, quiet: bool) -> ProgressBar {
    let target = if quiet {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr_with_hz(5)
    };
    let bar = ProgressBar::with_draw_target(Some(rounds), target);
    let style = ProgressStyle::with_template(
        "{wide_bar} {percent} % · {human_pos} of {human_len} rounds · {speed} · {eta} left",
    );
    if let Ok(style) = style {
        let speed = |state: &ProgressState, text: &mut dyn std::fmt::Write| {
            // A sink that refuses shows less, which harms nobody.
            let _ = write!(text, "{:.0} rounds/s", state.per_sec());
        };
        bar.set_style(style.with_key("speed", speed));
    }
    bar
}

fn merge(parts: &[PathBuf], out: &Path, replace: bool, bom: bool) -> Outcome {
    let mut read = Vec::with_capacity(parts.len());
    for path in parts {
        let results = output::read(path).map_err(usage)?;
        read.push((path.display().to_string(), results));
    }
    let merged = jobs::merge(read).map_err(usage)?;
    output::prepare(out, replace).map_err(not_prepared)?;
    write(out, &merged, false, bom)
}
