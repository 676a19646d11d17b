//! `docs/cli.md` is what the program says of itself.

use std::{path::Path, process::Command};

fn etm(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_etm"))
        .args(arguments)
        .env_clear()
        .env("HOME", "/nonexistent")
        .output()
        .unwrap()
}

#[test]
fn the_reference_is_up_to_date() {
    let made = etm(&["man", "--markdown"]);
    assert!(made.status.success());
    let made = String::from_utf8(made.stdout).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cli.md");
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let difference = made
        .lines()
        .zip(kept.lines())
        .find(|(made, kept)| made != kept);
    assert!(
        made == kept,
        "docs/cli.md is not what `etm man --markdown` prints; first difference: {difference:?}"
    );
}

#[test]
fn every_command_shows_an_example() {
    let reference = String::from_utf8(etm(&["man", "--markdown"]).stdout).unwrap();
    let lacking: Vec<&str> = reference
        .split("\n### `")
        .skip(1)
        .filter(|section| !section.contains("Examples:"))
        .filter_map(|section| section.split('`').next())
        .collect();
    assert!(lacking.is_empty(), "without an example: {lacking:?}");
}

/// An example is copied as a line.
#[test]
fn examples_stand_on_one_line() {
    let reference = String::from_utf8(etm(&["man", "--markdown"]).stdout).unwrap();
    let mut examples = 0;
    for section in reference.split("\nExamples:\n").skip(1) {
        for line in section.lines().take_while(|line| line.starts_with("  ")) {
            let first = line.trim_start().split(' ').next().unwrap();
            let begins = matches!(first, "etm" | "curl") || first.contains('=');
            assert!(begins, "broken over two lines: {line:?}");
            examples += 1;
        }
    }
    assert!(examples > 60, "{examples}");
}

#[test]
fn completions_and_manual_pages_are_made() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = etm(&["completions", shell]);
        assert!(script.status.success(), "{shell}");
        assert!(
            String::from_utf8_lossy(&script.stdout).contains("ETM_COMPLETE"),
            "{shell}"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(
        etm(&["man", "--out", folder.path().to_str().unwrap()])
            .status
            .success()
    );
    assert!(folder.path().join("etm-lock.1").exists());
    let empty: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("help") || name.contains("devnet-node"))
        .collect();
    assert!(empty.is_empty(), "pages nobody needs: {empty:?}");
    let first = etm(&["man"]);
    assert!(
        String::from_utf8_lossy(&first.stdout).starts_with(".ie"),
        "{}",
        String::from_utf8_lossy(&first.stdout)
    );
}
