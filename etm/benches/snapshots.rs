//! What a snapshot of a large state takes: its size, the making of it beside a node that goes on, the restoring, the first start with it.
//!
//! `cargo bench -p etm --bench snapshots [-- ACCOUNTS POSITIONS]`, a million and a hundred thousand if nothing is said; without optimisation,
//! `cargo test -p etm --bench snapshots`. `ETM_BIN` names another program than the one that was built.

#![allow(clippy::unwrap_used, clippy::panic)] // nobody but who measures runs this

#[path = "../tests/node/support.rs"]
mod support;

use etm_types::Address;
use serde_json::Value;
use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use support::{free_port, get};

/// Blocks of a round, half a second each: a state is given for a round, and a million accounts take minutes where the machine is busy.
const ROUND: u64 = 400;
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(3_600);

fn etm() -> Command {
    let named = std::env::var_os("ETM_BIN");
    let program = named.unwrap_or_else(|| env!("CARGO_BIN_EXE_etm").into());
    let mut command = Command::new(program);
    command.env_clear().env("HOME", "/nonexistent");
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// What a process took so far: processor time, and the most memory.
#[derive(Clone, Copy, Default)]
struct Took {
    worked: Duration,
    memory_kib: u64,
}

/// None once it is gone but for its parent, which may still ask for the time.
fn took(process: u32) -> Took {
    let read = |file: &str| fs::read_to_string(format!("/proc/{process}/{file}"));
    let stat = read("stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.map(|field| field.parse::<u64>().unwrap()).sum();
    let status = read("status").unwrap();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let most = most.and_then(|line| line.split_whitespace().next()?.parse().ok());
    Took {
        worked: Duration::from_millis(ticks * 10),
        memory_kib: most.unwrap_or_default(),
    }
}

/// Runs a command to its end.
fn run(command: &mut Command) -> (Duration, Took) {
    let begun = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut most = Took::default();
    loop {
        let now = took(child.id());
        most.worked = now.worked;
        most.memory_kib = most.memory_kib.max(now.memory_kib);
        // A zombie has its times until it is waited for.
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        if stat.contains(") Z ") {
            most.worked = took(child.id()).worked;
            break;
        }
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(20));
    }
    let elapsed = begun.elapsed();
    assert!(child.wait().unwrap().success(), "{command:?}");
    (elapsed, most)
}

fn line(what: &str, elapsed: Duration, took: Took) {
    println!(
        "{what}: {:.1} s of a processor, {:.1} s on the clock, at most {} MiB",
        took.worked.as_secs_f64(),
        elapsed.as_secs_f64(),
        took.memory_kib / 1_024
    );
}

struct Node(Child);

impl Node {
    fn start(data: &Path, port: u16, log: &Path) -> Self {
        let api = format!("127.0.0.1:{port}");
        let mut command = etm();
        command
            .args(["node", "run", "--api", &api, "--data"])
            .arg(data);
        Self(command.stderr(File::create(log).unwrap()).spawn().unwrap())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn height(port: u16) -> Option<u64> {
    let (_, body) = get(port, "/api/v1/chain")?;
    let chain: Value = serde_json::from_str(&body).ok()?;
    chain["height"].as_u64()
}

fn funds(home: &Path, accounts: u32, positions: u32) -> PathBuf {
    let file = home.join("funds.csv");
    let mut out = BufWriter::new(File::create(&file).unwrap());
    writeln!(out, "address,balance,locked,miner").unwrap();
    for number in 0..accounts {
        // Spread as hashes are.
        let mixed = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut address = Address([7; 20]);
        address.0[..8].copy_from_slice(&mixed.to_be_bytes());
        address.0[8..12].copy_from_slice(&number.to_be_bytes());
        let position = if number < positions { "3,0" } else { "," };
        writeln!(out, "{address},1.5,{position}").unwrap();
    }
    out.flush().unwrap();
    file
}

fn bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(about) if about.is_dir() => bytes(&entry.path()),
            Ok(about) => about.len(),
            // Removed meanwhile.
            Err(_) => 0,
        })
        .sum()
}

fn measure(home: &Path, accounts: u32, positions: u32) {
    let (peers, port, own) = (free_port(), free_port(), free_port());
    let net = home.join("net");
    let mut init = etm();
    init.args([
        "testnet",
        "init",
        "--slot",
        "500ms",
        "--round",
        &ROUND.to_string(),
    ])
    .args(["--host", &format!("127.0.0.1:{peers}"), "--fund"])
    .arg(funds(home, accounts, positions))
    .arg("--out")
    .arg(&net);
    let (elapsed, most) = run(&mut init);
    line("genesis made", elapsed, most);
    let data = net.join("127.0.0.1").join("node-0");
    let begun = Instant::now();
    let node = Node::start(&data, port, &home.join("log"));
    eventually("its first block", || {
        height(port).filter(|height| *height > 0)
    });
    line(
        "first start, to block 1",
        begun.elapsed(),
        took(node.0.id()),
    );
    eventually("the end of a round", || {
        height(port).filter(|height| *height > ROUND)
    });

    let file = home.join("etm.snapshot");
    let (before, from) = (took(node.0.id()).worked, height(port).unwrap());
    let mut make = etm();
    make.args(["node", "snapshot", "make"])
        .arg(&file)
        .arg("--data")
        .arg(&data)
        .args(["--from", &format!("http://127.0.0.1:{port}")]);
    let (elapsed, most) = run(&mut make);
    line("snapshot made", elapsed, most);
    let spent = took(node.0.id()).worked.saturating_sub(before);
    println!(
        "meanwhile the node: {:.1} s of a processor, {} blocks",
        spent.as_secs_f64(),
        height(port).unwrap() - from
    );
    let size = file.metadata().unwrap().len();
    println!(
        "{accounts} accounts, {positions} positions: {size} bytes, {} an account",
        size / u64::from(accounts)
    );

    let folder = home.join("restored");
    let mut init = etm();
    init.args(["node", "init", "--genesis"])
        .arg(net.join("genesis.json"))
        .args(["--upstreams", &format!("http://127.0.0.1:{port}"), "--data"])
        .arg(&folder);
    run(&mut init);
    let mut restore = etm();
    restore
        .args(["node", "snapshot", "restore"])
        .arg(&file)
        .arg("--data")
        .arg(&folder);
    let (elapsed, most) = run(&mut restore);
    line("restored", elapsed, most);
    println!("its folder: {} bytes", bytes(&folder.join("chain")));
    let begun = Instant::now();
    let restored = Node::start(&folder, own, &home.join("log-restored"));
    let reached = height(port).unwrap();
    eventually("the tip", || {
        height(own).filter(|height| *height >= reached)
    });
    line(
        "start with it, to the tip",
        begun.elapsed(),
        took(restored.0.id()),
    );
}

fn main() {
    let numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let numbers: Vec<u32> = numbers.collect();
    let accounts = numbers.first().copied().unwrap_or(1_000_000).max(1);
    let positions = numbers.get(1).copied().unwrap_or(accounts / 10);
    let home = tempfile::tempdir().unwrap();
    measure(home.path(), accounts, positions.min(accounts));
}
