//! `cargo xtask follow`: how soon after a node its followers have a block, and how fast a node gives blocks away.

use crate::{
    http,
    processes::{self, Node},
    run::Result,
};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// How long the network, and then the followers, may take to begin.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long blocks are asked for.
const ASKING: Duration = Duration::from_secs(5);
/// Members of the network that is followed.
const MEMBERS: u64 = 4;

/// A devnet of four processes, one of which many followers follow, each a process, too.
#[derive(clap::Args, Clone, PartialEq, Eq)]
pub struct Follow {
    /// Nodes that follow the first one
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=90))]
    followers: u16,
    /// Seconds to measure
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Length of a slot
    #[arg(long, default_value = "500ms")]
    slot: String,
    /// Use this binary instead of building one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// First port of the API; those of the network lie 100 above, those of followers 200 and 300
    #[arg(long, default_value_t = 21_400)]
    port: u16,
}

/// Ends with whoever holds it.
struct Follower(Child);

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Follow {
    /// Runs it.
    ///
    /// # Errors
    /// A network or a follower that does not begin.
    pub fn run(&self, root: &Path) -> Result {
        let binary = processes::binary(root, self.binary.as_deref())?;
        let folder = std::env::temp_dir().join(format!("etm-follow-{}", std::process::id()));
        let mut devnet = self.start(&binary, &folder)?;
        let ended = self.measure(&binary, &folder);
        processes::stop(&mut devnet);
        // What is left is in nobody's way.
        let _ = fs::remove_dir_all(&folder);
        ended
    }

    fn start(&self, binary: &Path, folder: &Path) -> std::result::Result<Child, String> {
        let options = [
            ("--miners", MEMBERS.to_string()),
            ("--committee", MEMBERS.to_string()),
            ("--round", "101".to_owned()),
            ("--slot", self.slot.clone()),
            ("--port", self.port.to_string()),
            ("--p2p-port", self.port_of(100)?.to_string()),
        ];
        let mut devnet = processes::devnet(binary, folder, &["--quiet-voters"], &options)?;
        processes::drain(&mut devnet);
        Ok(devnet)
    }

    fn port_of(&self, offset: u16) -> std::result::Result<u16, String> {
        let port = self.port.checked_add(offset);
        port.ok_or_else(|| "--port is too high".to_owned())
    }

    fn measure(&self, binary: &Path, folder: &Path) -> Result {
        let nodes = processes::ready(folder, MEMBERS, PATIENCE)?;
        let leader = nodes.first().ok_or("the network has no node")?;
        let places: Vec<PathBuf> = (0..self.followers)
            .map(|number| folder.join(format!("follower-{number}")))
            .collect();
        let mut followers = Vec::new();
        for (number, place) in (0..).zip(&places) {
            followers.push(self.follow(binary, leader, place, number)?);
        }
        self.wait(&followers)?;
        let (from, worked) = (height(leader)?, leader.worked);
        std::thread::sleep(Duration::from_secs(self.seconds));
        let to = height(leader)?;
        let now = processes::nodes(folder);
        let now = now.first().ok_or("the node that is followed has ended")?;
        let work = now.worked.saturating_sub(worked);
        let first = finals(&folder.join("node-0").join("log"))?;
        let mut late = Vec::new();
        for place in &places {
            let own = finals(&place.join("log"))?;
            let of = |height: &u64| Some(own.get(height)?.saturating_sub(*first.get(height)?));
            late.extend((from + 1..to).filter_map(|height| of(&height)));
        }
        late.sort_unstable();
        let expected = (to - from).saturating_sub(1) * u64::from(self.followers);
        let at = |share: usize| {
            let place = late.len().saturating_sub(1) * share / 100;
            late.get(place).copied().unwrap_or_default() / 1000
        };
        println!(
            "{} followers of one node, {} blocks: {} of {expected} times a follower had one, {} ms after the node (half of them), {} ms (99 of 100), {} ms at most; the node worked {:.1} ms a block",
            self.followers,
            to - from,
            late.len(),
            at(50),
            at(99),
            at(100),
            work.as_secs_f64() * 1e3 / (to - from).max(1) as f64
        );
        drop(followers);
        given(leader, to)
    }

    fn follow(
        &self,
        binary: &Path,
        leader: &Node,
        place: &Path,
        number: u16,
    ) -> std::result::Result<(String, Follower), String> {
        let failed = |error: std::io::Error| format!("{}: {error}", place.display());
        let url = format!("http://{}", leader.api);
        let made = Command::new(binary)
            .args(["node", "init", "--genesis", &url, "--upstreams", &url])
            .arg("--data")
            .arg(place)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(failed)?;
        if !made.success() {
            return Err(format!("{}: not made: {made}", place.display()));
        }
        let api = format!("127.0.0.1:{}", self.port_of(200 + number)?);
        let listen = format!("127.0.0.1:{}", self.port_of(300 + number)?);
        let log = File::create(place.join("log")).map_err(failed)?;
        let child = Command::new(binary)
            .args(["node", "run", "--api", &api, "--listen", &listen, "--data"])
            .arg(place)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(failed)?;
        Ok((api, Follower(child)))
    }

    /// Until all are at the tip.
    fn wait(&self, followers: &[(String, Follower)]) -> Result {
        let begun = Instant::now();
        for (api, _) in followers {
            while !http::get(api, "/readyz").is_ok_and(|(status, _)| status == 200) {
                if begun.elapsed() > PATIENCE {
                    return Err(format!("the follower at {api} does not come to the tip"));
                }
                std::thread::sleep(Duration::from_millis(100));
            }
        }
        Ok(())
    }
}

/// The newest final block of a node.
fn height(node: &Node) -> std::result::Result<u64, String> {
    let (_, text) = http::get(&node.api, "/readyz").map_err(|error| error.to_string())?;
    let told = text.split_once("\"chain_height\":").map(|(_, rest)| rest);
    let digits = told.map(|rest| rest.split(|letter: char| !letter.is_ascii_digit()));
    let height = digits.and_then(|mut parts| parts.next()?.parse().ok());
    height.ok_or_else(|| format!("{} names no height: {text}", node.api))
}

/// When a node had each block, in microseconds of the day, from what it logs.
fn finals(log: &Path) -> std::result::Result<BTreeMap<u64, u64>, String> {
    let text = fs::read_to_string(log).map_err(|error| format!("{}: {error}", log.display()))?;
    Ok(text.lines().filter_map(logged).collect())
}

/// `2026-11-27T16:04:30.594361Z  INFO ...: finalized height=670 ...`
fn logged(line: &str) -> Option<(u64, u64)> {
    let (_, height) = line.split_once("finalized height=")?;
    let height = height.split(' ').next()?.parse().ok()?;
    let (_, time) = line.split_once('T')?;
    let (time, _) = time.split_once('Z')?;
    let mut parts = time.split([':', '.']);
    let mut next = || parts.next()?.parse::<u64>().ok();
    let (hours, minutes, seconds, micros) = (next()?, next()?, next()?, next()?);
    Some((
        height,
        ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros,
    ))
}

/// How fast a node gives blocks away, to one who asks for one range after the other.
fn given(node: &Node, tip: u64) -> Result {
    let (begun, mut blocks, mut bytes) = (Instant::now(), 0, 0);
    let last = tip.saturating_sub(tip % 64).saturating_sub(1);
    if last < 64 {
        println!("the chain is too short to give a whole range of 64 blocks away");
        return Ok(());
    }
    while begun.elapsed() < ASKING {
        for first in (64..last).step_by(64) {
            let path = format!("/api/v1/chain/blocks/{first}-{}", first + 63);
            bytes += http::size(&node.api, &path).map_err(|error| format!("{path}: {error}"))?;
            blocks += 64;
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "it gives {:.0} blocks ({:.1} MB) a second to one who asks for ranges of 64, one after the other",
        f64::from(blocks) / seconds,
        bytes as f64 / seconds / 1e6
    );
    Ok(())
}

#[cfg(test)]
mod tests;
