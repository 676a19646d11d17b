//! The processes of a devnet's nodes, as the system tells of them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    http,
    run::{self, Result, run},
};

/// How often a network that begins is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// A node's process.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its number in the devnet.
    pub number: u16,
    /// The id of the process.
    pub pid: String,
    /// Where its API listens.
    pub api: String,
    /// Memory that it wrote to and shares with nobody.
    pub memory_kib: u64,
    /// Files and connections that it has open.
    pub files: u64,
    pub threads: u64,
    /// Processor time that it took.
    pub worked: Duration,
}

impl Node {
    /// Ends it as a power cut would; false if it is gone already.
    pub fn kill(&self) -> bool {
        let sent = Command::new("kill").args(["-9", &self.pid]).status();
        sent.is_ok_and(|status| status.success())
    }
}

/// The release build of `etm`, or the program that was named instead.
///
/// # Errors
/// The build's.
pub fn binary(root: &Path, named: Option<&Path>) -> std::result::Result<PathBuf, String> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    build(root)?;
    let target = run::target(root);
    Ok(target.join("release/etm"))
}

fn build(root: &Path) -> Result {
    run(
        root,
        "cargo",
        &["build", "--release", "--locked", "-p", "etm"],
    )
}

/// Starts a devnet whose nodes have processes of their own, with these flags and options.
///
/// # Errors
/// The program does not start.
pub fn devnet(
    binary: &Path,
    folder: &Path,
    flags: &[&str],
    options: &[(&str, String)],
) -> std::result::Result<Child, String> {
    Command::new(binary)
        .args(["devnet", "--processes", "--no-lazy-miner", "--data"])
        .arg(folder)
        .args(flags)
        .args(options.iter().flat_map(|(name, value)| [*name, value]))
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", binary.display()))
}

/// Nobody reads the blocks of a devnet: a full pipe would hold it up.
pub fn drain(devnet: &mut Child) {
    if let Some(mut output) = devnet.stdout.take() {
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    }
}

/// So many nodes with data in `folder`, once all follow the chain.
///
/// # Errors
/// They don't within `patience`.
pub fn ready(
    folder: &Path,
    count: u64,
    patience: Duration,
) -> std::result::Result<Vec<Node>, String> {
    let begun = Instant::now();
    loop {
        let nodes = nodes(folder);
        let ready = |node: &Node| {
            let answer = http::get(&node.api, "/readyz");
            answer
                .is_ok_and(|(status, text)| status == 200 && !text.contains("\"chain_height\":0,"))
        };
        if nodes.len() as u64 == count && nodes.iter().all(ready) {
            return Ok(nodes);
        }
        if begun.elapsed() > patience {
            return Err(format!(
                "the network did not begin within {} s",
                patience.as_secs()
            ));
        }
        std::thread::sleep(LOOK);
    }
}

/// Stops a devnet with all its nodes.
pub fn stop(devnet: &mut Child) {
    // Already over, unless something failed.
    let _ = Command::new("kill").arg(devnet.id().to_string()).status();
    let _ = devnet.wait();
}

/// The processes of the nodes with data in `folder`, by their numbers.
pub fn nodes(folder: &Path) -> Vec<Node> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut nodes: Vec<Node> = processes
        .filter_map(|process| node(&process.path(), folder))
        .collect();
    nodes.sort_by_key(|node| node.number);
    nodes
}

/// None if it is something else, or has just ended.
fn node(process: &Path, folder: &Path) -> Option<Node> {
    let (number, api) = told(&fs::read(process.join("cmdline")).ok()?, folder)?;
    let memory = fs::read_to_string(process.join("smaps_rollup")).ok()?;
    Some(Node {
        number,
        pid: process.file_name()?.to_str()?.to_owned(),
        api,
        memory_kib: private(&memory),
        files: count(&process.join("fd"))?,
        threads: count(&process.join("task"))?,
        worked: worked(&fs::read_to_string(process.join("stat")).ok()?)?,
    })
}

fn count(folder: &Path) -> Option<u64> {
    u64::try_from(fs::read_dir(folder).ok()?.count()).ok()
}

/// Number and address of a node from its command line, if it is one with data in `folder`.
fn told(command: &[u8], folder: &Path) -> Option<(u16, String)> {
    let mut arguments = command
        .split(|byte| *byte == 0)
        .map(|argument| std::str::from_utf8(argument).unwrap_or_default());
    if arguments.nth(1)? != "devnet-node" {
        return None;
    }
    let arguments: Vec<&str> = arguments.collect();
    let after = |name: &str| {
        let place = arguments.iter().position(|argument| *argument == name)?;
        arguments.get(place + 1).copied()
    };
    if after("--data")? != folder.to_str()? {
        return None;
    }
    Some((after("--number")?.parse().ok()?, after("--api")?.to_owned()))
}

/// What `smaps_rollup` calls private and dirty: clean pages are of the program, and private only where no other process runs it.
fn private(memory: &str) -> u64 {
    let dirty = memory
        .lines()
        .find_map(|line| line.strip_prefix("Private_Dirty:"));
    dirty
        .and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}

/// User and system time, in hundredths of a second: fields 14 and 15, counted behind the name, which may hold anything.
fn worked(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Some(Duration::from_millis(ticks * 10))
}

#[cfg(test)]
mod tests;
