//! Files for those who run nodes, checked by the programs that read them, as far as those are at hand.

use crate::run::Result;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Checks the unit file and the alert rules with their tests.
pub fn check(root: &Path) -> Result {
    let ops = root.join("ops");
    unit(&ops.join("etm.service"))?;
    rules(&ops.join("prometheus"))
}

/// Runs a program; none if it is not at hand.
fn output(program: &str, arguments: &[&str], folder: &Path) -> Option<(bool, String)> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .ok()?;
    let text = [output.stdout, output.stderr].concat();
    Some((
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    ))
}

/// The unit file as systemd reads it. Its program must exist for that: any does.
fn unit(file: &Path) -> Result {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let folder = Folder::new()?;
    let verified = |name: &str, text: &str| {
        let copy = folder.0.join(name);
        fs::write(&copy, text.replace("/usr/local/bin/etm", "/bin/true")).ok()?;
        output("systemd-analyze", &["verify", copy.to_str()?], &folder.0)
    };
    // It ends with 0 whatever it finds; what it finds, it says.
    let Some((_, complaints)) = verified("etm.service", &text) else {
        println!("ops: `systemd-analyze` is not at hand: the unit file was NOT checked");
        return Ok(());
    };
    if !complaints.is_empty() {
        return Err(format!("{}: {complaints}", file.display()));
    }
    match verified("wrong.service", &text.replace("Type=notify", "Type=notfy")) {
        Some((_, complaints)) if !complaints.is_empty() => {
            println!("ops: the unit file is as systemd wants it");
            Ok(())
        }
        _ => Err("`systemd-analyze verify` finds nothing wrong with a wrong unit file".into()),
    }
}

/// Scrape configuration, alert rules and their tests as Prometheus reads them.
fn rules(folder: &Path) -> Result {
    let checks: [&[&str]; 3] = [
        &["check", "config", "prometheus.yml"],
        &["check", "rules", "etm.rules.yml"],
        &["test", "rules", "etm.rules.test.yml"],
    ];
    for arguments in checks {
        match output("promtool", arguments, folder) {
            None => {
                println!(
                    "ops: `promtool` is not at hand: scrape configuration and alert rules were NOT checked"
                );
                return Ok(());
            }
            Some((true, _)) => println!("ops: promtool {}: ok", arguments.join(" ")),
            Some((false, text)) => return Err(format!("promtool {}: {text}", arguments.join(" "))),
        }
    }
    Ok(())
}

/// A folder that goes with its value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> std::result::Result<Self, String> {
        let path = std::env::temp_dir().join(format!("etm-ops-{}", std::process::id()));
        fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
