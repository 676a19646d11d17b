//! `cargo xtask hundred`: a committee of full size on this machine, and what it takes.

use crate::{
    processes::{self, nodes},
    run::Result,
};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::Child,
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
    files: u64,
    nodes: usize,
}

impl Hundred {
    /// Runs it.
    ///
    /// # Errors
    /// A node that does not come back, or a network that ends before its time.
    pub fn run(&self, root: &Path) -> Result {
        let binary = processes::binary(root, self.binary.as_deref())?;
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
        let options = [
            ("--miners", members.clone()),
            ("--committee", members.clone()),
            ("--round", members),
            ("--slot", self.slot.clone()),
            ("--blocks", (self.members * self.rounds).to_string()),
            ("--port", self.port.to_string()),
        ];
        processes::devnet(binary, folder, &["--quiet-voters"], &options)
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
                    killed += usize::from(node.kill());
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
