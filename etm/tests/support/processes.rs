//! A devnet of real processes.

#![allow(dead_code)] // every test uses a part

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

#[path = "ports.rs"]
mod ports;
pub use ports::free_port;

/// The devnet's process, told to stop when the test ends, however it ends.
pub struct Devnet(Child);

impl Devnet {
    pub fn start(data: &Path, port: u16, miners: u16, slot_ms: u64) -> Self {
        let (miners, slot) = (miners.to_string(), format!("{slot_ms}ms"));
        let child = Command::new(env!("CARGO_BIN_EXE_etm"))
            .args([
                "devnet",
                "--processes",
                "--quiet-voters",
                "--miners",
                &miners,
                "--committee",
                "4",
            ])
            .args([
                "--round",
                "10",
                "--slot",
                &slot,
                "--day",
                "20s",
                "--port",
                &port.to_string(),
            ])
            .arg("--data")
            .arg(data)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    pub fn stop(mut self) {
        signal("-TERM", self.0.id());
        let ended = Instant::now();
        while self.0.try_wait().unwrap().is_none() {
            assert!(
                ended.elapsed() < Duration::from_secs(40),
                "the devnet does not stop"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Devnet {
    fn drop(&mut self) {
        // The nodes end when this process is gone: their standard input ends.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn signal(name: &str, process: u32) {
    let status = Command::new("kill")
        .args([name, &process.to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}
