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

/// Runs a devnet under a limit of `files` open files.
fn devnet(files: u32, data: &Path, arguments: &[&str]) -> Output {
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port();
    Command::new("sh")
        .args(["-c", &format!("ulimit -n {files} && exec \"$0\" \"$@\"")])
        .arg(env!("CARGO_BIN_EXE_etm"))
        .args(["devnet", "--quiet-voters"])
        .args(["--port", &port.to_string(), "--data"])
        .arg(data)
        .args(arguments)
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap()
}

/// The options of a devnet of one node.
const ALONE: [&str; 4] = ["--miners", "1", "--committee", "1"];

#[test]
fn a_node_needs_no_more_files_as_the_chain_grows() {
    let home = in_memory();
    // A few more than a node has after its first rounds.
    let output = devnet(
        150,
        &home.path().join("net"),
        &[&ALONE[..], &["--slot", "10ms", "--blocks", "1200"]].concat(),
    );
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert_eq!(errors, "");
}

#[test]
fn the_usual_devnet_lives_under_the_usual_limit() {
    let home = in_memory();
    // Its files are as many after four rounds as after a hundred: 941-953 were counted from block 94 to block 1,989.
    // One process for all nine: a note on standard error would say so if each got its own. A small committee votes faster.
    let output = devnet(
        1_024,
        &home.path().join("net"),
        &["--committee", "2", "--slot", "10ms", "--blocks", "600"],
    );
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert_eq!(errors, "");
    let blocks = String::from_utf8_lossy(&output.stdout);
    assert!(blocks.contains("#600 "), "{blocks}");
}

#[test]
fn who_runs_out_of_files_reads_just_that() {
    let home = in_memory();
    for files in [24, 40, 56] {
        let data = home.path().join(files.to_string());
        let output = devnet(
            files,
            &data,
            &[&ALONE[..], &["--blocks", "100000"]].concat(),
        );
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert_eq!(errors.lines().count(), 1, "{files}: {errors}");
        assert!(errors.starts_with("etm: "), "{errors}");
        assert!(errors.contains("ulimit -n"), "{files}: {errors}");
    }
}
