//! A devnet where few files may be open.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking, in its helpers too

use std::{
    io::Read as _,
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Command, Output, Stdio},
    time::Duration,
};

/// A folder that a disk need not keep up with, where there is one.
fn in_memory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

/// An address that is free.
fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// Runs a devnet under a limit of `files` open files.
fn devnet(files: u32, data: &Path, arguments: &[&str]) -> Output {
    command(files, free(), data, arguments).output().unwrap()
}

/// The command that does.
fn command(files: u32, api: SocketAddr, data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("ulimit -n {files} && exec \"$0\" \"$@\"")])
        .arg(env!("CARGO_BIN_EXE_etm"))
        .args(["devnet", "--quiet-voters"])
        .args(["--port", &api.port().to_string(), "--data"])
        .arg(data)
        .args(arguments)
        .env_remove("RUST_BACKTRACE");
    command
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
fn devnets_live_under_the_usual_limit() {
    // The files of a network are as many after four rounds as after a hundred: with nine nodes 941-953 were counted from block 94 to block
    // 1,989. A small committee votes faster.
    let fast = ["--committee", "2", "--slot", "10ms", "--blocks"];
    for (miners, blocks) in [("6", "600"), ("9", "200")] {
        let home = in_memory();
        let arguments = [&fast[..], &[blocks, "--miners", miners]].concat();
        let output = devnet(1_024, &home.path().join("net"), &arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        assert_eq!(errors, "");
        let seen = String::from_utf8_lossy(&output.stdout);
        let apart = seen.contains("each node runs in a process of its own");
        assert_eq!(apart, miners == "9", "{seen}");
        assert!(seen.contains(&format!("#{blocks} ")), "{seen}");
    }
}

#[test]
fn nobody_ends_a_node_by_connecting_to_it() {
    let home = in_memory();
    let (api, p2p) = (free(), free());
    let p2p_port = p2p.port().to_string();
    let options = ["--slot", "10ms", "--blocks", "400", "--p2p-port", &p2p_port];
    // Less than a node needs for good, so only the least number of clients is let in.
    let mut devnet = command(
        200,
        api,
        &home.path().join("net"),
        &[&ALONE[..], &options].concat(),
    )
    .stdout(Stdio::null())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    // More than it may have open, to each of its ports, idle, and again whenever it closes one.
    let mut idle: Vec<Option<TcpStream>> = (0..400).map(|_| None).collect();
    let mut opened = 0;
    while devnet.try_wait().unwrap().is_none() {
        for (index, slot) in idle.iter_mut().enumerate() {
            let closed = slot.as_ref().is_none_or(|stream| {
                stream.set_nonblocking(true).unwrap();
                matches!((&*stream).read(&mut [0; 64]), Ok(0))
            });
            if closed {
                let address = [api, p2p][index % 2];
                *slot = TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok();
                opened += usize::from(slot.is_some());
            }
        }
    }
    let output = devnet.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert_eq!(errors, "");
    assert!(opened > 200, "only {opened} connections were opened");
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

/// The history meets the limit first and stops nothing; then a file of the chain does.
#[test]
fn who_may_write_no_larger_file_reads_just_that() {
    let home = in_memory();
    let data = home.path().join("net");
    let output = Command::new("sh")
        .args(["-c", "ulimit -f 600 && exec \"$0\" \"$@\""])
        .arg(env!("CARGO_BIN_EXE_etm"))
        .args(["devnet", "--quiet-voters", "--slot", "10ms"])
        .args(["--port", &free().port().to_string()])
        .args(["--p2p-port", &free().port().to_string(), "--data"])
        .arg(&data)
        .args(ALONE)
        .args(["--blocks", "100000"])
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{}: {errors}", output.status);
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(errors.starts_with("etm: "), "{errors}");
    assert!(errors.contains("can't become larger"), "{errors}");
    assert!(errors.contains("ulimit -f"), "{errors}");

    let log = std::fs::read_to_string(data.join("log")).unwrap();
    let (_, after) = log
        .split_once("can't become larger: the limit on the size of a file is reached")
        .expect("the history says why it is behind");
    assert!(after.contains("finalized height="), "{after}");
    assert!(!log.contains("put aside"), "{log}");
}
