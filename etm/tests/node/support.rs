//! A chain of one miner, commands, and running nodes.

#![allow(dead_code)] // every test uses a part

use std::{
    fs,
    io::{Read, Write},
    net::{TcpStream, ToSocketAddrs},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

#[path = "../support/ports.rs"]
mod ports;
pub use ports::free_port;

/// A folder that a disk need not keep up with, where there is one.
pub fn in_memory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

/// `etm` with nothing of the caller's environment.
pub fn etm() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_etm"));
    command
        .env_clear()
        .env("HOME", "/nonexistent")
        .stdin(Stdio::null());
    command
}

/// What a command printed on standard error, and its exit code.
pub fn failure(output: &Output) -> (i32, String) {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    (output.status.code().unwrap_or(-1), text)
}

/// Runs `etm` and expects it to succeed.
pub fn succeed(arguments: &[&str]) -> String {
    let output = etm().args(arguments).output().unwrap();
    let (code, errors) = failure(&output);
    assert_eq!(code, 0, "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap() + &errors
}

/// Makes a chain with one miner in `home`: its genesis and its node's keys.
pub fn chain(home: &Path, peers: u16) -> (PathBuf, PathBuf) {
    let net = home.join("net");
    let host = format!("127.0.0.1:{peers}");
    let mut arguments = vec!["testnet", "init", "--name", "test", "--host", &host];
    arguments.extend(["--slot", "500ms", "--round", "20"]);
    arguments.extend(["--out", net.to_str().unwrap()]);
    succeed(&arguments);
    let key = net.join("127.0.0.1").join("node-0").join("node.key");
    (net.join("genesis.json"), key)
}

/// Makes the folder of the node of that miner.
pub fn miner(home: &Path, peers: u16, api: u16, settings: &[&str]) -> PathBuf {
    let (genesis, key) = chain(home, peers);
    let data = home.join("node");
    fs::create_dir(&data).unwrap();
    fs::copy(key, data.join("node.key")).unwrap();
    let (listen, api) = (format!("127.0.0.1:{peers}"), format!("127.0.0.1:{api}"));
    let mut arguments = vec!["node", "init", "--genesis", genesis.to_str().unwrap()];
    arguments.extend(["--data", data.to_str().unwrap()]);
    arguments.extend(["--listen", &listen, "--api", &api]);
    arguments.extend(settings);
    succeed(&arguments);
    data
}

/// Makes the folder `name` of a node that follows the one on `port`: where it is, the port of its own API, and what was said.
pub fn follower(home: &Path, name: &str, port: u16) -> (String, u16, String) {
    let (folder, own) = (home.join(name), free_port());
    let folder = folder.to_str().unwrap().to_owned();
    let (url, api) = (
        format!("http://127.0.0.1:{port}"),
        format!("127.0.0.1:{own}"),
    );
    let mut arguments = vec!["node", "init", "--genesis", &url];
    arguments.extend(["--api", &api, "--data", &folder]);
    let said = succeed(&arguments);
    (folder, own, said)
}

/// The mode of a file.
pub fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}

/// A running node, killed when the test ends.
pub struct Node(pub Child);

impl Node {
    pub fn start(command: &mut Command) -> Self {
        Self(command.stderr(Stdio::piped()).spawn().unwrap())
    }

    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([name, &self.0.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// Tells it to stop; its exit code and what it logged. To be told to is no failure, whatever it was doing: no error is logged then.
    pub fn stop(self) -> (i32, String) {
        self.signal("-TERM");
        self.ended()
    }

    /// The exit code of one that was told to stop, and what it logged.
    pub fn ended(mut self) -> (i32, String) {
        let begun = Instant::now();
        while self.0.try_wait().unwrap().is_none() {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "it does not stop"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        let mut log = String::new();
        self.0
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        let code = self.0.wait().unwrap().code().unwrap_or(-1);
        assert!(code != 0 || !log.contains(" ERROR "), "{log}");
        (code, log)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Status and body of `GET path`; none while nobody answers.
pub fn get(port: u16, path: &str) -> Option<(u16, String)> {
    get_from(("127.0.0.1", port), path)
}

/// The same from anywhere.
pub fn get_from(node: impl ToSocketAddrs, path: &str) -> Option<(u16, String)> {
    let address = node.to_socket_addrs().ok()?.next()?;
    let patience = Duration::from_secs(10);
    let mut stream = TcpStream::connect_timeout(&address, patience).ok()?;
    stream.set_read_timeout(Some(patience)).ok()?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

/// The height of the chain as the node on `port` knows it.
pub fn height(port: u16) -> Option<u64> {
    let (_, body) = get(port, "/readyz")?;
    let ready: serde_json::Value = serde_json::from_str(&body).ok()?;
    ready["chain_height"].as_u64()
}

/// Asks until there is an answer.
pub fn eventually<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    eventually_within(Duration::from_secs(60), what, ask)
}

/// Asks until there is an answer, for a time that says that there won't be one.
pub fn eventually_within<T>(
    patience: Duration,
    what: &str,
    mut ask: impl FnMut() -> Option<T>,
) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < patience, "never: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
