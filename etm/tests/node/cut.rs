//! Making, restoring and taking snapshots, killed at moments that are told by how far they are. Nothing of it is ever served, and the next attempt says
//! once that it begins anew.

use crate::support::{
    Node, etm, eventually, failure, follower, free_port, get, height, in_memory, succeed,
};
use etm_types::Address;
use rustix::io::ioctl_fionread;
use serde_json::Value;
use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{Read, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant},
};

/// Accounts, so that the state has several pieces.
const ACCOUNTS: u32 = 40_000;
/// Moments at which one of them is killed.
const MOMENTS: u64 = 4;
const ANEW: &str =
    "was left by an attempt that was cut short: it is removed, and this one begins anew";

/// A chain with a state that is worth a snapshot, its node, and the port of its API.
fn network(home: &Path) -> (Node, u16) {
    let (peers, port) = (free_port(), free_port());
    let mut funds = String::from("address,balance\n");
    for number in 0..ACCOUNTS {
        let mut address = Address([1; 20]);
        address.0[..4].copy_from_slice(&number.to_be_bytes());
        writeln!(funds, "{address},1").unwrap();
    }
    let file = home.join("funds.csv");
    fs::write(&file, funds).unwrap();
    let (net, host) = (home.join("net"), format!("127.0.0.1:{peers}"));
    let mut arguments = vec!["testnet", "init", "--name", "cut", "--host", &host];
    arguments.extend(["--slot", "500ms", "--round", "10"]);
    arguments.extend(["--fund", file.to_str().unwrap()]);
    arguments.extend(["--out", net.to_str().unwrap()]);
    succeed(&arguments);
    let api = format!("127.0.0.1:{port}");
    let node = Node::start(
        etm()
            .args(["node", "run", "--api", &api, "--data"])
            .arg(net.join("127.0.0.1").join("node-0")),
    );
    eventually("the end of a round", || {
        height(port).filter(|height| *height > 10)
    });
    (node, port)
}

/// A way to a node on which so many bytes of its answers come through, and then no more.
struct Gate {
    port: u16,
    held: Receiver<()>,
    passed: Arc<Mutex<u64>>,
}

impl Gate {
    fn open(to: u16, most: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let passed = Arc::new(Mutex::new(0));
        let (hold, held) = channel();
        let count = passed.clone();
        std::thread::spawn(move || {
            for asking in listener.incoming() {
                let (asking, node) = (asking.unwrap(), TcpStream::connect(("127.0.0.1", to)));
                let node = node.unwrap();
                let (questions, asked) = (asking.try_clone().unwrap(), node.try_clone().unwrap());
                std::thread::spawn(move || carry(questions, asked));
                let (count, hold) = (count.clone(), hold.clone());
                std::thread::spawn(move || answers(node, asking, most, &count, &hold));
            }
        });
        Self { port, held, passed }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits until no more comes through.
    fn holds(&self) {
        self.held.recv_timeout(Duration::from_secs(120)).unwrap();
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    // Whoever is killed ends it.
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

fn answers(
    mut node: TcpStream,
    mut asking: TcpStream,
    most: u64,
    count: &Mutex<u64>,
    hold: &Sender<()>,
) {
    let mut buffer = [0; 4_096];
    while let Ok(read @ 1..) = node.read(&mut buffer) {
        let goes = {
            let mut count = count.lock().unwrap();
            let goes = (read as u64).min(most - *count);
            *count += goes;
            usize::try_from(goes).unwrap()
        };
        if asking.write_all(&buffer[..goes]).is_err() {
            return;
        }
        if goes < read {
            hold.send(()).unwrap();
            loop {
                std::thread::park();
            }
        }
    }
    let _ = asking.shutdown(Shutdown::Write);
}

/// Ends a process as a power cut would.
fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn spawn(arguments: &[&str]) -> Child {
    let command = &mut etm();
    let quiet = command.args(arguments).stdout(Stdio::null());
    quiet.stderr(Stdio::null()).spawn().unwrap()
}

/// How often a text holds another.
fn times(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

#[test]
fn making_a_snapshot_can_be_killed_at_any_time() {
    let home = in_memory();
    let (node, port) = network(home.path());
    let (folder, _, _) = follower(home.path(), "node", port);
    let file = home.path().join("etm.snapshot");
    let draft = home.path().join("etm.snapshot.part");
    let path = file.to_str().unwrap();
    let make = |url: &str, file: &str| {
        let make = [
            "node", "snapshot", "make", file, "--data", &folder, "--from", url,
        ];
        make.map(str::to_owned)
    };
    let through = |gate: &Gate| make(&gate.url(), path);
    let whole = Gate::open(port, u64::MAX);
    let arguments = through(&whole);
    let said = succeed(&arguments.each_ref().map(String::as_str));
    assert_eq!(times(&said, ANEW), 0, "{said}");
    let (all, before) = (*whole.passed.lock().unwrap(), fs::read(&file).unwrap());
    for moment in 0..MOMENTS {
        let gate = Gate::open(port, all * moment / MOMENTS);
        let arguments = through(&gate);
        let making = spawn(&arguments.each_ref().map(String::as_str));
        gate.holds();
        if moment + 1 == MOMENTS {
            // Nobody else writes the same one meanwhile.
            let (code, said) = failure(&etm().args(&arguments).output().unwrap());
            assert_eq!((code, said.lines().count()), (1, 1), "{said}");
            assert!(said.contains("another process writes it"), "{said}");
        }
        kill(making);
        assert_eq!(fs::read(&file).unwrap(), before, "moment {moment}");
    }
    // What is left is no snapshot.
    assert!(draft.metadata().unwrap().len() > 0);
    let draft_path = draft.to_str().unwrap();
    let restore = ["node", "snapshot", "restore", draft_path, "--data", &folder];
    let (code, said) = failure(&etm().args(restore).output().unwrap());
    assert_eq!((code, said.lines().count()), (1, 1), "{said}");
    assert!(said.contains("cut short"), "{said}");
    let arguments = make(&format!("http://127.0.0.1:{port}"), path);
    let said = succeed(&arguments.each_ref().map(String::as_str));
    assert_eq!(times(&said, ANEW), 1, "{said}");
    assert!(!draft.exists());
    let restored = succeed(&["node", "snapshot", "restore", path, "--data", &folder]);
    assert!(restored.contains("state root"), "{restored}");
    assert_eq!(node.stop().0, 0);
}

/// A file that is read as far as it is written.
struct Fifo(PathBuf);

impl Fifo {
    fn new(home: &Path) -> Self {
        let path = home.join("fifo");
        let made = Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        Self(path)
    }

    /// Gives the first bytes to whoever reads, and waits until they are read. More may come for as long as the answer is kept.
    fn gives(&self, bytes: &[u8]) -> File {
        let mut file = File::options().write(true).open(&self.0).unwrap();
        file.write_all(bytes).unwrap();
        let begun = Instant::now();
        while ioctl_fionread(&file).unwrap() > 0 {
            assert!(begun.elapsed() < Duration::from_secs(60), "nobody reads");
            std::thread::yield_now();
        }
        file
    }
}

/// Whether a folder has something in it.
fn filled(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some())
}

/// Waits until something is there, or the process has ended.
fn until(child: &mut Child, there: impl Fn() -> bool) {
    let begun = Instant::now();
    while !there() && child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never comes");
        std::thread::yield_now();
    }
}

/// The node on `own` is at a block above `height`, and it is that of the node on `port`.
fn agrees(own: u16, port: u16, height: u64) {
    let tip = eventually("new blocks", || {
        let (_, body) = get(own, "/api/v1/status")?;
        let status: Value = serde_json::from_str(&body).ok()?;
        Some(status["tip"].clone()).filter(|tip| tip["height"].as_u64() > Some(height))
    });
    let theirs = eventually("the block", || {
        let (_, body) = get(port, &format!("/api/v1/blocks/{}", tip["height"]))?;
        let block: Value = serde_json::from_str(&body).ok()?;
        Some(block["hash"].clone()).filter(Value::is_string)
    });
    assert_eq!(tip["hash"], theirs);
}

/// What the restoring of a state writes, one after the other: everything, what starts the next round, that all is done.
const WRITTEN: [&str; 2] = ["node-rounds", "node-marshal-application-metadata"];

#[test]
fn restoring_a_snapshot_can_be_killed_at_any_time() {
    let home = in_memory();
    let (node, port) = network(home.path());
    let (folder, own, _) = follower(home.path(), "node", port);
    let file = home.path().join("etm.snapshot");
    let path = file.to_str().unwrap();
    let made = succeed(&[
        "node",
        "snapshot",
        "make",
        path,
        "--data",
        &folder,
        "--json",
        "--from",
        &format!("http://127.0.0.1:{port}"),
    ]);
    let made: Value = serde_json::from_str(&made).unwrap();
    let at = made["height"].as_u64().unwrap();
    let bytes = fs::read(&file).unwrap();
    let fifo = Fifo::new(home.path());
    let (chain, left) = (
        Path::new(&folder).join("chain"),
        Path::new(&folder).join("chain.restoring"),
    );
    let slowly = [
        "node",
        "snapshot",
        "restore",
        fifo.0.to_str().unwrap(),
        "--data",
        &folder,
    ];
    // The last time all is there, but for the end.
    for moment in 1..=MOMENTS {
        let restoring = spawn(&slowly);
        let part = bytes.len() as u64 * moment / MOMENTS;
        let more = fifo.gives(&bytes[..usize::try_from(part).unwrap()]);
        assert!(!filled(&chain), "moment {moment}");
        kill(restoring);
        drop(more);
        assert!(!filled(&chain), "moment {moment}");
    }
    assert!(filled(&left));
    // A node that is run instead is one that begins with genesis.
    let other = home.path().join("other");
    fs::create_dir(&other).unwrap();
    for name in ["config.toml", "genesis.json"] {
        fs::copy(Path::new(&folder).join(name), other.join(name)).unwrap();
    }
    fs::create_dir_all(other.join("chain.restoring")).unwrap();
    fs::write(other.join("chain.restoring").join("node-rounds"), "torn").unwrap();
    let run = Node::start(etm().args(["node", "run", "--data"]).arg(&other));
    agrees(own, port, 0);
    assert!(!other.join("chain.restoring").exists());
    let (code, log) = run.stop();
    assert_eq!(
        (code, times(&log, "restore that was cut short")),
        (0, 1),
        "{log}"
    );

    // What comes after the state. It may be too late to kill it, then it is all there.
    let restore = ["node", "snapshot", "restore", path, "--data", &folder];
    for last in WRITTEN {
        let mut restoring = spawn(&restore);
        until(&mut restoring, || {
            left.join(last).exists() || filled(&chain)
        });
        kill(restoring);
        if filled(&chain) {
            break;
        }
    }
    if !filled(&chain) {
        let said = succeed(&restore);
        assert_eq!(times(&said, ANEW), 1, "{said}");
    }
    assert!(!left.exists());
    let run = Node::start(etm().args(["node", "run", "--data", &folder]));
    agrees(own, port, at);
    let (status, body) = get(own, "/api/v1/chain/blocks/1-2").unwrap();
    assert_eq!(status, 410, "{body}");
    assert_eq!(run.stop().0, 0);
    assert_eq!(node.stop().0, 0);
}

#[test]
fn a_node_that_takes_a_snapshot_can_be_killed_at_any_time() {
    let home = in_memory();
    let (node, port) = network(home.path());
    let (folder, own, _) = follower(home.path(), "node", port);
    let inside = |name: &str| Path::new(&folder).join(name);
    let (chain, left) = (inside("chain"), inside("chain.restoring"));
    let run = |url: &str| {
        let run = [
            "node",
            "run",
            "--sync",
            "snapshot",
            "--data",
            &folder,
            "--upstreams",
            url,
        ];
        run.map(str::to_owned)
    };
    let size = home.path().join("size");
    let whole = Gate::open(port, u64::MAX);
    let size = size.to_str().unwrap();
    succeed(&[
        "node",
        "snapshot",
        "make",
        size,
        "--data",
        &folder,
        "--from",
        &whole.url(),
    ]);
    let all = *whole.passed.lock().unwrap();
    for moment in 0..MOMENTS {
        let gate = Gate::open(port, all * moment / MOMENTS);
        let arguments = run(&gate.url());
        let taking = spawn(&arguments.each_ref().map(String::as_str));
        gate.holds();
        assert_eq!(get(own, "/api/v1/status"), None, "moment {moment}");
        kill(taking);
        assert!(!filled(&chain), "moment {moment}");
    }
    assert!(inside("chain.snapshot.part").metadata().unwrap().len() > 0);
    let url = format!("http://127.0.0.1:{port}");
    let arguments = run(&url);
    let arguments = arguments.each_ref().map(String::as_str);
    for last in ["node-state-log-blobs", WRITTEN[0], WRITTEN[1]] {
        let mut taking = spawn(&arguments);
        until(&mut taking, || left.join(last).exists() || filled(&chain));
        kill(taking);
        if filled(&chain) {
            break;
        }
    }
    let anew = !filled(&chain);
    let last = Node::start(etm().args(arguments));
    agrees(own, port, 9);
    let (status, body) = get(own, "/api/v1/chain/blocks/1-2").unwrap();
    assert_eq!(status, 410, "{body}");
    for name in ["chain.restoring", "chain.snapshot", "chain.snapshot.part"] {
        assert!(!inside(name).exists(), "{name}");
    }
    let (code, log) = last.stop();
    assert_eq!(code, 0, "{log}");
    assert_eq!(times(&log, ANEW) > 0, anew, "{log}");
    assert_eq!(node.stop().0, 0);
}
