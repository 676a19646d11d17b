//! What the tests need and a fresh machine may lack.

use crate::run::{Result, run, run_with};
use std::{
    ffi::{OsStr, OsString},
    fs,
    net::{TcpStream, ToSocketAddrs},
    path::{Path, PathBuf},
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

/// Installs a subcommand of cargo where none answers to its name. Unoptimised: it takes a third of the time to build, and
/// what these tools do takes seconds either way.
fn installed(root: &Path, subcommand: &str, version: &str) -> Result {
    if answers(&[subcommand, "--version"]) {
        return Ok(());
    }
    let package = format!("cargo-{subcommand}@{version}");
    println!("{package} is missing: installing it");
    run(root, "cargo", &["install", "--locked", "--debug", &package])
}

/// `cargo nextest`, the test runner.
pub fn nextest(root: &Path) -> Result {
    installed(root, "nextest", "0.9.143")
}

/// `cargo deny`, the guard of licences and advisories.
pub fn cargo_deny(root: &Path) -> Result {
    installed(root, "deny", "0.20.2")
}

/// `cargo fuzz`, the driver of the fuzz targets.
pub fn cargo_fuzz(root: &Path) -> Result {
    installed(root, "fuzz", "0.13.2")
}

/// A cargo home that holds the sources of every package of the lock file and nothing else, removed with its value.
///
/// What checks all packages needs those that this platform never builds, too: the ordinary home has them only by chance.
pub struct CargoHome(PathBuf);

impl CargoHome {
    /// Fetches it anew.
    pub fn fetch(root: &Path) -> std::result::Result<Self, String> {
        let home =
            Self(std::env::temp_dir().join(format!("etm-cargo-home-{}", std::process::id())));
        fs::create_dir_all(&home.0)
            .map_err(|error| format!("{} can't be made: {error}", home.0.display()))?;
        // Where the machine's registry is a mirror, its configuration says so.
        if let Some(ordinary) = cargo_home() {
            let _ = fs::copy(ordinary.join("config.toml"), home.0.join("config.toml"));
        }
        run_with(
            root,
            "cargo",
            &["fetch", "--locked", "--quiet"],
            &[home.variable()],
        )?;
        Ok(home)
    }

    /// What makes cargo use it.
    pub fn variable(&self) -> (&str, &OsStr) {
        ("CARGO_HOME", self.0.as_os_str())
    }
}

impl Drop for CargoHome {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))
}

/// The program of a subcommand: with another cargo home, cargo finds only what is in the search path.
pub fn program(subcommand: &str) -> OsString {
    let name = format!("cargo-{subcommand}");
    let installed = cargo_home().map(|home| home.join("bin").join(&name));
    match installed.filter(|program| program.exists()) {
        Some(program) => program.into(),
        None => name.into(),
    }
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
