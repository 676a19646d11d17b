//! `cargo xtask load`: how many transactions a network on this machine takes, and what of its work is signatures.

use crate::{processes, run::Result};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command},
    time::Duration,
};

/// How long the network may take to begin.
const PATIENCE: Duration = Duration::from_secs(120);

/// A devnet of processes, to which the holders of a genesis send at a rate; beside it, on the same cores, signatures alone.
#[derive(clap::Args, Clone, PartialEq, Eq)]
pub struct Load {
    /// Transactions to send
    #[arg(long, default_value_t = 12_000)]
    count: u32,
    /// Transactions to send in a second
    #[arg(long, default_value_t = 2_000)]
    rate: u32,
    /// Of a hundred, how many lock tokens instead of sending them
    #[arg(long, default_value_t = 5)]
    requests: u8,
    /// Nodes, all of them in the committee
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=31))]
    nodes: u64,
    /// Length of a slot
    #[arg(long, default_value = "500ms")]
    slot: String,
    /// Use this binary instead of building one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// First port of the API; those of the network lie 100 above
    #[arg(long, default_value_t = 21_200)]
    port: u16,
}

impl Load {
    /// Runs it.
    ///
    /// # Errors
    /// A network that does not begin, or transactions that do not become final.
    pub fn run(&self, root: &Path) -> Result {
        let binary = processes::binary(root, self.binary.as_deref())?;
        let folder = std::env::temp_dir().join(format!("etm-load-{}", std::process::id()));
        let mut devnet = self.start(&binary, &folder)?;
        let ended = self.send(&binary, &folder);
        processes::stop(&mut devnet);
        // What is left is in nobody's way.
        let _ = fs::remove_dir_all(&folder);
        ended
    }

    fn start(&self, binary: &Path, folder: &Path) -> std::result::Result<Child, String> {
        let peers = self.port.checked_add(100).ok_or("--port is too high")?;
        let options = [
            ("--miners", self.nodes.to_string()),
            ("--committee", self.nodes.to_string()),
            ("--round", "101".to_owned()),
            ("--slot", self.slot.clone()),
            ("--port", self.port.to_string()),
            ("--p2p-port", peers.to_string()),
        ];
        let mut devnet = processes::devnet(binary, folder, &["--quiet-voters"], &options)?;
        processes::drain(&mut devnet);
        Ok(devnet)
    }

    fn send(&self, binary: &Path, folder: &Path) -> Result {
        let nodes = processes::ready(folder, self.nodes, PATIENCE)?;
        let mut load = Command::new(binary);
        load.arg("load")
            .args(["--count", &self.count.to_string()])
            .args(["--rate", &self.rate.to_string()])
            .args(["--requests", &self.requests.to_string()]);
        for node in &nodes {
            load.args(["--api", &format!("http://{}", node.api)])
                .args(["--process", &node.pid]);
        }
        let status = load
            .status()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("`etm load` ended with {status}"))
        }
    }
}
