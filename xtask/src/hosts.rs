//! A network over hosts, each a network namespace, in a namespace made for all of it.

use crate::run::{self, Result, run_with};
use std::{
    path::Path,
    process::{Command, Stdio},
};

/// What makes the namespaces: of users where this is not root, of networks, of mounts for the names of hosts, and of processes so that all
/// of them end together.
const UNSHARE: [&str; 7] = [
    "--map-root-user",
    "--net",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
];

/// How much of the story is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Story {
    /// A network begins, loses a host and gets it back; a newcomer joins, produces and is paid.
    Short,
    /// Then a host gets another address, a miner other keys, and the newcomer leaves.
    Full,
}

/// Runs the story with so many hosts. Where namespaces are not allowed it says so, and nothing was tested.
pub fn run(root: &Path, hosts: u8, story: Story) -> Result {
    if let Err(reason) = possible() {
        println!("hosts: {reason}: a network over hosts and a full disk were NOT tested");
        return Ok(());
    }
    let test = ["test", "--workspace", "--locked", "--test", "hosts"];
    // Built outside, where there is a network.
    run::run(
        root,
        "cargo",
        &[&test[..], &["--no-run", "--quiet"]].concat(),
    )?;
    let hosts = hosts.to_string();
    let story = match story {
        Story::Short => "short",
        Story::Full => "full",
    };
    let command = [
        "cargo",
        "test",
        "--workspace",
        "--locked",
        "--offline",
        "--quiet",
        "--test",
        "hosts",
    ];
    let which = ["--", "--ignored", "--test-threads=1", "--nocapture"];
    run_with(
        root,
        "unshare",
        &[&UNSHARE[..], &command, &which].concat(),
        &[("HOSTS", hosts.as_str()), ("HOSTS_STORY", story)],
    )
}

/// Whether namespaces, devices and the programs for them are there.
fn possible() -> std::result::Result<(), String> {
    let script = "ip link set lo up && ip tuntap add dev etm0 mode tun && mount -t tmpfs none /mnt && python3 -c ''";
    let tried = Command::new("unshare")
        .args(UNSHARE)
        .args(["sh", "-c", script])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`unshare` does not start: {error}"))?;
    if tried.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&tried.stderr);
    let first = errors.lines().next().unwrap_or("no reason is given");
    Err(format!("network namespaces can't be made here ({first})"))
}
