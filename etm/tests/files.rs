//! A devnet where few files may be open.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking, in its helpers too

use std::{
    net::TcpListener,
    path::Path,
    process::{Command, Output},
};

/// A folder that a disk need not keep up with, where there is one.
fn in_memory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

/// Runs a devnet of one node under a limit of `files` open files.
fn devnet(files: u32, data: &Path, arguments: &[&str]) -> Output {
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port();
    Command::new("sh")
        .args(["-c", &format!("ulimit -n {files} && exec \"$0\" \"$@\"")])
        .arg(env!("CARGO_BIN_EXE_etm"))
        .args([
            "devnet",
            "--quiet-voters",
            "--miners",
            "1",
            "--committee",
            "1",
        ])
        .args(["--port", &port.to_string(), "--data"])
        .arg(data)
        .args(arguments)
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap()
}

#[test]
fn a_node_needs_no_more_files_as_the_chain_grows() {
    let home = in_memory();
    // A few more than a node has after its first rounds.
    let output = devnet(
        150,
        &home.path().join("net"),
        &["--slot", "10ms", "--blocks", "1200"],
    );
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert_eq!(errors, "");
}

#[test]
fn who_runs_out_of_files_reads_just_that() {
    let home = in_memory();
    for files in [24, 40, 56] {
        let data = home.path().join(files.to_string());
        let output = devnet(files, &data, &["--blocks", "100000"]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert_eq!(errors.lines().count(), 1, "{files}: {errors}");
        assert!(errors.starts_with("etm: "), "{errors}");
        assert!(errors.contains("ulimit -n"), "{files}: {errors}");
    }
}
