//! `cargo xtask hundred`: a committee of full size on this machine, and what it takes.

use crate::step::{Result, run};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A network whose miners all serve, each node a process of its own; some of them are killed after the first round.
#[derive(clap::Args, Clone, PartialEq, Eq)]
pub struct Hundred {
    /// Miners, seats and blocks of a round
    #[arg(long, default_value_t = 101, value_parser = clap::value_parser!(u64).range(4..=101))]
    members: u64,
    /// Rounds to run
    #[arg(long, default_value_t = 3)]
    rounds: u64,
    /// Length of a slot: long enough for this machine's cores to do the work of all members
    #[arg(long, default_value = "6s")]
    slot: String,
    /// Nodes to kill after the first round: less than a third, or the network waits for them
    #[arg(long, default_value_t = 30)]
    kill: usize,
    /// Use this binary instead of building one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// First port of the API
    #[arg(long, default_value_t = 20_000)]
    port: u16,
}

/// The most that a node was seen to take.
#[derive(Default)]
struct Seen {
    memory_kib: u64,
    files: usize,
    nodes: usize,
}

impl Hundred {
    /// Runs it.
    ///
    /// # Errors
    /// A node that does not come back, or a network that ends before its time.
    pub fn run(&self, root: &Path) -> Result {
        let binary = match &self.binary {
            Some(binary) => binary.clone(),
            None => {
                run(
                    root,
                    "cargo",
                    &["build", "--release", "--locked", "-p", "etm"],
                )?;
                let target = std::env::var_os("CARGO_TARGET_DIR")
                    .map_or_else(|| root.join("target"), PathBuf::from);
                target.join("release/etm")
            }
        };
        let folder = std::env::temp_dir().join(format!("etm-hundred-{}", std::process::id()));
        let mut devnet = self.start(&binary, &folder)?;
        let ended = self.watch(&mut devnet, &folder);
        // Already over, unless something failed.
        let _ = devnet.kill();
        let _ = devnet.wait();
        let _ = fs::remove_dir_all(&folder);
        ended
    }

    fn start(&self, binary: &Path, folder: &Path) -> std::result::Result<Child, String> {
        let members = self.members.to_string();
        let blocks = (self.members * self.rounds).to_string();
        Command::new(binary)
            .args(["devnet", "--processes", "--quiet-voters", "--no-lazy-miner"])
            .args([
                "--miners",
                &members,
                "--committee",
                &members,
                "--round",
                &members,
            ])
            .args([
                "--slot",
                &self.slot,
                "--blocks",
                &blocks,
                "--port",
                &self.port.to_string(),
            ])
            .arg("--data")
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))
    }

    fn watch(&self, devnet: &mut Child, folder: &Path) -> Result {
        let begun = Instant::now();
        let output = devnet.stdout.take().ok_or("the devnet prints nowhere")?;
        let (mut blocks, mut missed, mut rounds, mut killed) = (0, 0, 0, 0);
        let mut seen = Seen::default();
        let mut spent = Duration::ZERO;
        for line in BufReader::new(output).lines() {
            let line = line.map_err(|error| error.to_string())?;
            missed += u64::from(line.contains(" missed by "));
            if line.starts_with("== round ") {
                println!("{line}");
                rounds += 1;
            }
            if !line.starts_with('#') {
                continue;
            }
            blocks += 1;
            if blocks == self.members * self.rounds {
                // The nodes are being stopped.
                continue;
            }
            let nodes = nodes(folder);
            spent = spent.max(nodes.iter().map(|node| node.worked).sum());
            seen = nodes.iter().fold(
                Seen {
                    nodes: nodes.len(),
                    ..seen
                },
                |seen, node| Seen {
                    memory_kib: seen.memory_kib.max(node.memory_kib),
                    files: seen.files.max(node.files),
                    ..seen
                },
            );
            if blocks == self.members {
                println!("killing {} nodes", self.kill);
                for node in nodes.iter().take(self.kill) {
                    let sent = Command::new("kill").args(["-9", &node.pid]).status();
                    killed += usize::from(sent.is_ok_and(|status| status.success()));
                }
            }
            if blocks % 20 == 0 {
                println!(
                    "block {blocks}, {missed} missed, {} nodes, {:.0} s",
                    seen.nodes,
                    begun.elapsed().as_secs_f64()
                );
            }
        }
        let status = devnet.wait().map_err(|error| error.to_string())?;
        let work = spent.as_secs_f64() * 1000.0 / (blocks.max(1) * self.members) as f64;
        println!(
            "{blocks} blocks in {rounds} rounds, {missed} slots missed, {killed} nodes killed, {} run at the end; at most {} MiB \
             of its own and {} files a node; {work:.1} ms of processor time a block and node",
            seen.nodes,
            seen.memory_kib / 1024,
            seen.files
        );
        if !status.success() {
            return Err(format!("the devnet ended with {status}"));
        }
        if blocks < self.members * self.rounds || seen.nodes as u64 != self.members {
            return Err("the network was not whole at the end".into());
        }
        Ok(())
    }
}

/// A node's process.
struct Node {
    pid: String,
    /// Memory that it shares with nobody.
    memory_kib: u64,
    files: usize,
    worked: Duration,
}

/// The processes of the nodes with data in `folder`.
fn nodes(folder: &Path) -> Vec<Node> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|process| node(&process.path(), folder))
        .collect()
}

/// None if it is something else, or has just ended.
fn node(process: &Path, folder: &Path) -> Option<Node> {
    let command = fs::read(process.join("cmdline")).ok()?;
    let mut arguments = command.split(|byte| *byte == 0);
    let folder = folder.to_str()?.as_bytes();
    if arguments.nth(1)? != b"devnet-node" || !arguments.any(|argument| argument == folder) {
        return None;
    }
    let memory = fs::read_to_string(process.join("smaps_rollup")).ok()?;
    let private = memory
        .lines()
        .filter_map(|line| line.strip_prefix("Private_"))
        .filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
        .sum();
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    // User and system time, in hundredths of a second: fields 14 and 15, counted behind the name, which may hold anything.
    let ticks: u64 = stat
        .rsplit_once(')')?
        .1
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Some(Node {
        pid: process.file_name()?.to_str()?.to_owned(),
        memory_kib: private,
        files: fs::read_dir(process.join("fd")).ok()?.count(),
        worked: Duration::from_millis(ticks * 10),
    })
}
