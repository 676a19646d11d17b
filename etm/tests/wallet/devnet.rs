//! A devnet of the real binary, stopped when the test ends.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

/// How long the devnet may take for anything it is told, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(90);

pub struct Devnet {
    child: Child,
    options: Vec<String>,
    port: u16,
    folder: tempfile::TempDir,
}

impl Devnet {
    /// Starts one with short rounds and days, and waits until it answers.
    pub fn start() -> Self {
        let usual = [
            "--quiet-voters",
            "--round",
            "10",
            "--slot",
            "200ms",
            "--day",
            "30s",
        ];
        Self::start_with(&usual)
    }

    /// Starts one with these options.
    pub fn start_with(options: &[&str]) -> Self {
        let options: Vec<String> = options.iter().map(|text| (*text).to_owned()).collect();
        let folder = tempfile::tempdir().unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        // Its nine nodes take a port each.
        let wanted = free.local_addr().unwrap().port().min(u16::MAX - 100);
        drop(free);
        let (child, port) = launch(folder.path(), wanted, &options);
        let devnet = Self {
            child,
            options,
            port,
            folder,
        };
        devnet.wait_until_it_answers();
        devnet
    }

    /// Stops it as a person would, and starts it again with its data on its port.
    pub fn restart(&mut self) {
        let status = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
        let begun = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < PATIENCE, "the devnet does not stop");
            std::thread::sleep(Duration::from_millis(50));
        }
        let (child, port) = launch(self.folder.path(), self.port, &self.options);
        self.child = child;
        assert_eq!(port, self.port, "somebody took its port");
        self.wait_until_it_answers();
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The chain's genesis file.
    pub fn genesis(&self) -> PathBuf {
        self.folder.path().join("devnet").join("genesis.json")
    }

    /// Lets so many days pass.
    pub fn travel_days(&self, days: u32) {
        let body = format!("{{\"days\":{days}}}");
        let answer = self.request("POST", "devnet/time-travel", &body);
        assert!(
            answer
                .as_deref()
                .is_some_and(|answer| answer.contains("to_ms")),
            "{answer:?}"
        );
    }

    /// Kills it, with whatever it was doing.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn wait_until_it_answers(&self) {
        let begun = Instant::now();
        while self
            .request("GET", "status", "")
            .is_none_or(|answer| !answer.contains("\"height\""))
        {
            assert!(begun.elapsed() < PATIENCE, "the devnet never answers");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn request(&self, method: &str, path: &str, body: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        write!(
            stream,
            "{method} /api/v1/{path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }
}

impl Drop for Devnet {
    fn drop(&mut self) {
        self.end();
    }
}

/// The process, and the port that its first node took: a port in use is passed over.
fn launch(folder: &Path, port: u16, options: &[String]) -> (Child, u16) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_etm"))
        .arg("devnet")
        .args(options)
        .arg("--port")
        .arg(port.to_string())
        .arg("--data")
        .arg(folder.join("devnet"))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let (sender, receiver) = mpsc::channel();
    // Read to the end, so that the devnet never waits for a reader.
    std::thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            if let Some(found) = line.split_whitespace().find_map(port_of) {
                let _ = sender.send(found);
            }
        }
    });
    match receiver.recv_timeout(PATIENCE) {
        Ok(port) => (child, port),
        Err(_) => {
            let _ = child.kill();
            panic!("the devnet does not say where its API is");
        }
    }
}

/// The port of `http://127.0.0.1:PORT...`.
fn port_of(word: &str) -> Option<u16> {
    let rest = word
        .trim_matches(|letter: char| !letter.is_ascii_alphanumeric())
        .strip_prefix("http://127.0.0.1:")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
