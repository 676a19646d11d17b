//! What the tests need and a fresh machine may lack.

use crate::step::{Result, run};
use std::{
    net::{TcpStream, ToSocketAddrs},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

fn answers(arguments: &[&str]) -> bool {
    Command::new("cargo")
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn installed(root: &Path, subcommand: &str, package: &str) -> Result {
    if answers(&[subcommand, "--version"]) {
        return Ok(());
    }
    println!("{package} is missing: installing it");
    run(root, "cargo", &["install", "--locked", package])
}

/// `cargo nextest`, the test runner.
pub fn nextest(root: &Path) -> Result {
    installed(root, "nextest", "cargo-nextest")
}

/// `cargo deny`, the guard of licences and advisories.
pub fn cargo_deny(root: &Path) -> Result {
    installed(root, "deny", "cargo-deny")
}

/// `cargo fuzz`, the driver of the fuzz targets.
pub fn cargo_fuzz(root: &Path) -> Result {
    installed(root, "fuzz", "cargo-fuzz")
}

/// The packages of the voting page, as its lock file names them.
pub fn npm(web: &Path) -> Result {
    let lock = web.join("package-lock.json");
    let installed = web.join("node_modules").join(".package-lock.json");
    let time = |file: &Path| file.metadata().and_then(|data| data.modified()).ok();
    if time(&installed).is_some_and(|installed| time(&lock).is_none_or(|lock| lock <= installed)) {
        return Ok(());
    }
    run(web, "npm", &["ci", "--no-audit", "--no-fund"])
        .map_err(|error| format!("{error}; the voting page needs Node.js 20.19 or newer with npm"))
}

/// The browser of the page's tests.
pub fn chromium(root: &Path) -> Result {
    if Path::new("/usr/bin/chromium").exists() {
        return Ok(());
    }
    println!("chromium is missing: installing it");
    run(root, "apt-get", &["update", "--quiet"])
        .and_then(|()| {
            run(
                root,
                "apt-get",
                &["install", "--yes", "--quiet", "chromium"],
            )
        })
        .map_err(|error| {
            format!("{error}; install the package `chromium` (as root) and run this again")
        })
}

/// Whether the host of the advisory database answers within two seconds.
pub fn advisories_reachable() -> bool {
    let Ok(mut addresses) = ("github.com", 443).to_socket_addrs() else {
        return false;
    };
    addresses.any(|address| TcpStream::connect_timeout(&address, Duration::from_secs(2)).is_ok())
}
