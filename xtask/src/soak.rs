//! `cargo xtask soak`: a long chain on this machine, and what grows with it.

mod course;
mod parts;

use crate::{
    http,
    processes::{self, Node},
    run::Result,
};
use course::{Sample, Times, median};
use parts::Part;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::Child,
    sync::mpsc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// Blocks of a row of figures.
const STEP: u64 = 1_000;
/// How long the chain may stand still.
const STILL: Duration = Duration::from_secs(300);
/// How long a killed node may take until it follows the chain again.
const BACK: Duration = Duration::from_secs(120);
/// How often a node that is being started is asked whether it is there.
const LOOK: Duration = Duration::from_millis(20);
/// How often each call is timed.
const CALLS: usize = 21;
/// What is asked of a node.
const PATHS: [&str; 5] = ["status", "miners", "blocks", "rounds", "rounds/0"];

/// A devnet of processes whose blocks wait for no clock, with holders who act, and a node that is killed now and then.
#[derive(clap::Args, Clone, PartialEq, Eq)]
pub struct Soak {
    /// Blocks to make
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u64).range(4_000..))]
    blocks: u64,
    /// Nodes, all of them in the committee: one shows what a node's own files and memory do in the least time
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=31))]
    nodes: u64,
    /// Blocks that a node keeps, as `etm devnet --keep` takes it
    #[arg(long, default_value = "all")]
    keep: String,
    /// History that a node keeps, as `etm devnet --history` takes it; all if not said
    #[arg(long)]
    history: Option<String>,
    /// Length of a slot: holders act once in two of them, and a slot that a killed node misses takes that long
    #[arg(long, default_value = "200ms")]
    slot: String,
    /// Blocks between two kills
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(100..))]
    kill: u64,
    /// Use this binary instead of building one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Keep the network in this folder, which must not exist, instead of removing it
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// First port of the API; those of the network lie 100 above
    #[arg(long, default_value_t = 21_000)]
    port: u16,
}

/// What a killed node took to come back.
struct Restart {
    /// Until its API answered.
    answers_ms: u64,
    /// Until it followed the chain.
    ready_ms: u64,
}

/// What was counted since the last row.
#[derive(Default)]
struct Counted {
    transactions: u64,
    missed: u64,
}

impl Soak {
    /// Runs it.
    ///
    /// # Errors
    /// A chain that stands still, a killed node that does not come back, or growth beyond the bounds.
    pub fn run(&self, root: &Path) -> Result {
        let binary = processes::binary(root, self.binary.as_deref())?;
        let folder = self.data.clone().unwrap_or_else(|| {
            std::env::temp_dir().join(format!("etm-soak-{}", std::process::id()))
        });
        if folder.exists() {
            return Err(format!(
                "{} exists; name a folder that does not",
                folder.display()
            ));
        }
        let mut devnet = self.start(&binary, &folder)?;
        let ended = self.watch(&mut devnet, &folder);
        processes::stop(&mut devnet);
        if self.data.is_none() {
            // What is left is in nobody's way.
            let _ = fs::remove_dir_all(&folder);
        }
        ended
    }

    fn start(&self, binary: &Path, folder: &Path) -> std::result::Result<Child, String> {
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        fs::create_dir_all(folder).map_err(failed)?;
        // The clock of the network: so many blocks wait for no slot. A few more than are wanted are made while the end is looked at.
        fs::write(
            folder.join("clock"),
            format!("0 {}\n", self.blocks.saturating_mul(2)),
        )
        .map_err(failed)?;
        let peers = self.port.checked_add(100).ok_or("--port is too high")?;
        let mut options = vec![
            ("--miners", self.nodes.to_string()),
            ("--committee", self.nodes.to_string()),
            ("--round", "101".to_owned()),
            ("--slot", self.slot.clone()),
            ("--day", "10m".to_owned()),
            ("--keep", self.keep.clone()),
            ("--port", self.port.to_string()),
            ("--p2p-port", peers.to_string()),
        ];
        options.extend(self.history.clone().map(|history| ("--history", history)));
        processes::devnet(binary, folder, &[], &options)
    }

    fn watch(&self, devnet: &mut Child, folder: &Path) -> Result {
        let begun = Instant::now();
        let output = devnet.stdout.take().ok_or("the devnet prints nowhere")?;
        let lines = follow(output);
        let mut samples: Vec<Sample> = Vec::new();
        let mut restarts: Vec<Restart> = Vec::new();
        let mut away: Option<JoinHandle<std::result::Result<Restart, String>>> = None;
        let (mut first_calls, mut kills) = (Vec::new(), 0);
        let mut counted = Counted::default();
        head();
        loop {
            let line = lines.recv_timeout(STILL).map_err(|error| match error {
                mpsc::RecvTimeoutError::Timeout => {
                    format!("no block for {} s", STILL.as_secs())
                }
                mpsc::RecvTimeoutError::Disconnected => "the devnet has ended".to_owned(),
            })?;
            counted.missed += u64::from(line.contains(" missed by "));
            let Some((height, transactions)) = block(&line) else {
                continue;
            };
            counted.transactions += transactions;
            if away.as_ref().is_some_and(JoinHandle::is_finished)
                && let Some(back) = away.take()
            {
                restarts.push(joined(back)?);
            }
            // In the middle between two rows, so that these see whole networks.
            if height % self.kill == self.kill / 2 && away.is_none() {
                // The devnet listens to the first node; it is spared where there are others.
                let victim = match self.nodes {
                    1 => 0,
                    nodes => 1 + kills % (nodes - 1),
                };
                let found = processes::nodes(folder)
                    .into_iter()
                    .find(|node| u64::from(node.number) == victim);
                if let Some(node) = found.filter(Node::kill) {
                    kills += 1;
                    let folder = folder.to_owned();
                    away = Some(std::thread::spawn(move || restart(&folder, &node)));
                }
            }
            if height % STEP != 0 {
                continue;
            }
            let nodes = processes::nodes(folder);
            let sample = sample(height, &nodes, folder);
            row(&sample, samples.last(), &counted, restarts.last(), begun);
            samples.push(sample);
            counted = Counted::default();
            if samples.len() == 2 {
                first_calls = calls(&nodes);
            }
            if height >= self.blocks {
                break;
            }
        }
        if let Some(back) = away.take() {
            restarts.push(joined(back)?);
        }
        let last_calls = calls(&processes::nodes(folder));
        let times = times(&restarts, &first_calls, &last_calls);
        let pruned = self.keep != "all";
        summary(&samples, &times, restarts.len(), pruned);
        let complaints = course::complaints(&samples, pruned, &times);
        if complaints.is_empty() {
            Ok(())
        } else {
            Err(complaints.join("; "))
        }
    }
}

/// The lines that a devnet prints, as they come. Ends with it.
fn follow(output: std::process::ChildStdout) -> mpsc::Receiver<String> {
    let (tell, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output)
            .lines()
            .map_while(std::io::Result::ok)
        {
            if tell.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// Height and transactions of a block, if the line is of one.
fn block(line: &str) -> Option<(u64, u64)> {
    let line = line.strip_prefix('#')?;
    let height = line.split_whitespace().next()?.parse().ok()?;
    let transactions = line
        .split_once(" tx")
        .and_then(|(before, _)| before.split_whitespace().last()?.parse().ok());
    Some((height, transactions.unwrap_or_default()))
}

fn sample(height: u64, nodes: &[Node], folder: &Path) -> Sample {
    let mut sample = Sample {
        height,
        ..Sample::default()
    };
    for node in nodes {
        sample.memory_kib = sample.memory_kib.max(node.memory_kib);
        sample.files = sample.files.max(node.files);
        sample.threads = sample.threads.max(node.threads);
        let taken = parts::taken(&folder.join(format!("node-{}", node.number)));
        for (most, bytes) in sample.disk.iter_mut().zip(taken) {
            *most = (*most).max(bytes);
        }
    }
    sample
}

/// Waits until a killed node is back.
fn restart(folder: &Path, killed: &Node) -> std::result::Result<Restart, String> {
    let wait_for = |begun: Instant, what: &str, happens: &dyn Fn() -> bool| {
        while !happens() {
            if begun.elapsed() > BACK {
                return Err(format!("node {}: {what}", killed.number));
            }
            std::thread::sleep(LOOK);
        }
        Ok(u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX))
    };
    wait_for(Instant::now(), "it was not started again", &|| {
        let nodes = processes::nodes(folder);
        let mut again = nodes.iter().filter(|node| node.number == killed.number);
        again.any(|node| node.pid != killed.pid)
    })?;
    let begun = Instant::now();
    let good = |path: &str| http::get(&killed.api, path).is_ok_and(|(status, _)| status == 200);
    Ok(Restart {
        answers_ms: wait_for(begun, "its API does not answer", &|| good("/healthz"))?,
        ready_ms: wait_for(begun, "it does not follow the chain", &|| good("/readyz"))?,
    })
}

fn joined(
    back: JoinHandle<std::result::Result<Restart, String>>,
) -> std::result::Result<Restart, String> {
    back.join()
        .unwrap_or_else(|_| Err("who waited for a killed node panicked".into()))
}

/// Microseconds of each call to the first node.
fn calls(nodes: &[Node]) -> Vec<u64> {
    let Some(node) = nodes.first() else {
        return Vec::new();
    };
    let path = |path: &&str| {
        let path = format!("/api/v1/{path}");
        median(
            (0..CALLS)
                .filter_map(|_| http::time(&node.api, &path))
                .collect(),
        )
    };
    PATHS.iter().map(path).collect()
}

/// Restarts and calls at the beginning beside those at the end.
fn times(restarts: &[Restart], first: &[u64], last: &[u64]) -> Vec<Times> {
    let few = restarts.len().min(3);
    let (begin, end) = (&restarts[..few], &restarts[restarts.len() - few..]);
    let of = |restarts: &[Restart], time: fn(&Restart) -> u64| {
        median(restarts.iter().map(time).collect())
    };
    let mut times = vec![
        Times {
            name: "a restart until the API answers".into(),
            first: of(begin, |restart| restart.answers_ms),
            last: of(end, |restart| restart.answers_ms),
            beyond: 1_000,
        },
        Times {
            name: "a restart until the node follows the chain".into(),
            first: of(begin, |restart| restart.ready_ms),
            last: of(end, |restart| restart.ready_ms),
            beyond: 3_000,
        },
    ];
    for (path, (first, last)) in PATHS.iter().zip(first.iter().zip(last)) {
        times.push(Times {
            name: format!("GET {path}"),
            first: first / 1_000,
            last: last / 1_000,
            beyond: 20,
        });
    }
    times
}

fn head() {
    let parts: String = Part::ALL
        .iter()
        .map(|part| format!(" {:>12}", part.name()))
        .collect();
    println!(
        "{:>7} {:>6} {:>6} {:>6} {:>6} {:>6} {:>7}{parts} {:>8} {:>6}   (disk: KiB more than in the row before; restart: ms until it answers, until it follows)",
        "block", "s", "tx", "missed", "MiB", "files", "threads", "answers", "ready"
    );
}

fn row(
    sample: &Sample,
    before: Option<&Sample>,
    counted: &Counted,
    restart: Option<&Restart>,
    begun: Instant,
) {
    let before = before.copied().unwrap_or_default();
    let parts: String = sample
        .disk
        .iter()
        .zip(before.disk)
        .map(|(now, then)| (i128::from(*now) - i128::from(then)) / 1_024)
        .map(|more| format!(" {more:>+12}"))
        .collect();
    let back = restart.map_or_else(
        || format!("{:>8} {:>6}", "-", "-"),
        |restart| format!("{:>8} {:>6}", restart.answers_ms, restart.ready_ms),
    );
    println!(
        "{:>7} {:>6} {:>6} {:>6} {:>6} {:>6} {:>7}{parts} {back}",
        sample.height,
        begun.elapsed().as_secs(),
        counted.transactions,
        counted.missed,
        sample.memory_kib / 1_024,
        sample.files,
        sample.threads,
    );
}

fn summary(samples: &[Sample], times: &[Times], restarts: usize, pruned: bool) {
    let Some(last) = samples.last() else {
        return;
    };
    let mut all = 0;
    println!(
        "a folder after {} blocks, and what a mainnet year of {} blocks adds as the second half of the run shows it:",
        last.height,
        course::BLOCKS_A_YEAR
    );
    for part in Part::ALL {
        let year = course::a_year(samples, part);
        if part != Part::Lines {
            all += year;
        }
        println!(
            "  {:<12} {:>8.1} MB {:>8.2} GB a year",
            part.name(),
            last.disk[part as usize] as f64 / 1e6,
            year as f64 / 1e9
        );
    }
    let bound = if pruned {
        course::YEAR_PRUNED
    } else {
        course::YEAR_OF_ALL
    };
    println!(
        "  without the log, whose files are bounded: {:.2} GB a year; the bound is {} GB",
        all as f64 / 1e9,
        bound / 1_000_000_000
    );
    println!("{restarts} nodes killed and back; medians at the beginning and at the end:");
    for time in times {
        println!(
            "  {:<44} {:>6} ms {:>6} ms",
            time.name, time.first, time.last
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_devnet() {
        let line = "#123    round 1 slot 22  amber       12 tx  final in 31 ms";
        assert_eq!(block(line), Some((123, 12)));
        let line = "#124    round 1 slot 23  amber        -     final in 31 ms";
        assert_eq!(block(line), Some((124, 0)));
        assert_eq!(block("        slot 9   missed by dune"), None);
    }

    #[test]
    fn times_are_those_of_the_first_and_the_last() {
        let restarts: Vec<Restart> = (1..=7)
            .map(|time| Restart {
                answers_ms: time,
                ready_ms: 10 * time,
            })
            .collect();
        let times = times(&restarts, &[1_000; 5], &[2_000; 5]);
        assert_eq!((times[0].first, times[0].last), (2, 6));
        assert_eq!((times[1].first, times[1].last), (20, 60));
        assert_eq!((times[2].first, times[2].last), (1, 2));
        assert_eq!(times.len(), 2 + PATHS.len());
        let none = super::times(&[], &[], &[]);
        assert_eq!((none[0].first, none[0].last), (0, 0));
    }
}
