//! A node whose disk is full, on a small disk of its own.

use crate::support::{Node, etm, eventually, free_port, get, height, miner};
use std::{
    fs::{self, File},
    io::{ErrorKind, Read as _, Write as _},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

/// The size of the disk: a node needs about a third of that.
const SIZE: &str = "size=96m";

fn start(data: &Path) -> Node {
    Node::start(etm().args(["node", "run", "--data"]).arg(data))
}

/// Waits until a node has ended by itself; its exit code and what it wrote.
fn ended(mut node: Node) -> (i32, String) {
    let begun = Instant::now();
    while node.0.try_wait().unwrap().is_none() {
        let patience = Duration::from_secs(60);
        assert!(begun.elapsed() < patience, "it goes on with a full disk");
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut log = String::new();
    let mut errors = node.0.stderr.take().unwrap();
    errors.read_to_string(&mut log).unwrap();
    (node.0.wait().unwrap().code().unwrap_or(-1), log)
}

/// Takes all room that is left, to the last byte.
fn fill(file: &Path) {
    let mut filler = File::create(file).unwrap();
    for chunk in [1 << 20, 1 << 12, 1] {
        let chunk = vec![1; chunk];
        let error = loop {
            if let Err(error) = filler.write_all(&chunk) {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
    }
}

/// The hash of a block as the node on `port` knows it.
fn hash(port: u16, height: u64) -> Option<String> {
    let (status, body) = get(port, &format!("/api/v1/blocks/{height}"))?;
    let block: serde_json::Value = serde_json::from_str(&body).ok()?;
    (status == 200).then(|| block["hash"].as_str().map(str::to_owned))?
}

/// It ends with one sentence, again and again; when there is room, it goes on, and nothing is lost.
pub fn goes_on_when_there_is_room() {
    // In a namespace of its own this machine does not hear itself yet.
    let lo = ["link", "set", "lo", "up"];
    assert!(Command::new("ip").args(lo).status().unwrap().success());
    let home = tempfile::tempdir().unwrap();
    let disk = home.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let mount = ["-t", "tmpfs", "-o", SIZE, "tmpfs"];
    let mounted = Command::new("mount").args(mount).arg(&disk).status();
    assert!(mounted.unwrap().success(), "no disk could be made");
    let (peers, api) = (free_port(), free_port());
    let data = miner(&disk, peers, api, &[]);
    let node = start(&data);
    let filler = disk.join("filler");
    let before = eventually("blocks", || height(api).filter(|height| *height > 24));
    let known = eventually("the block in the history", || hash(api, before));
    fill(&filler);
    for (time, node) in [Some(node), None, None].into_iter().enumerate() {
        let (code, log) = ended(node.unwrap_or_else(|| start(&data)));
        let last = log.lines().last().unwrap_or_default();
        assert_eq!(code, 1, "time {time}: {log}");
        assert!(last.starts_with("etm: "), "time {time}: {log}");
        assert!(last.contains("the disk is full: "), "time {time}: {log}");
        assert!(last.contains("make room and start again"), "{log}");
        let said = log.lines().filter(|line| line.starts_with("etm: "));
        assert_eq!(said.count(), 1, "time {time}: {log}");
        assert!(!log.contains("panicked at"), "time {time}: {log}");
    }
    fs::remove_file(&filler).unwrap();
    let node = start(&data);
    eventually("more blocks", || {
        height(api).filter(|height| *height > before + 4)
    });
    let again = eventually("the same block", || hash(api, before));
    assert_eq!(again, known, "block {before} is another one");
    assert_eq!(node.stop().0, 0);
    is_refused_where_nothing_can_be_written(&disk, &data, api, (before, &known));
    let unmounted = Command::new("umount").arg(&disk).status().unwrap();
    assert!(unmounted.success());
}

/// A folder that can't be written is refused in one sentence, and is the same afterwards.
fn is_refused_where_nothing_can_be_written(disk: &Path, data: &Path, api: u16, block: (u64, &str)) {
    let remount = |mode: &str| {
        let options = ["-o", mode];
        let mounted = Command::new("mount").args(options).arg(disk).status();
        assert!(mounted.unwrap().success(), "{mode}");
    };
    remount("remount,ro");
    let (code, log) = ended(start(data));
    let last = log.lines().last().unwrap_or_default();
    assert_eq!(code, 1, "{log}");
    assert!(last.starts_with("etm: "), "{log}");
    assert!(last.contains("Read-only file system"), "{log}");
    assert!(!log.contains("panicked at"), "{log}");
    remount("remount,rw");
    let node = start(data);
    let again = eventually("the same block", || hash(api, block.0));
    assert_eq!(again, block.1, "block {} is another one", block.0);
    assert_eq!(node.stop().0, 0);
}
