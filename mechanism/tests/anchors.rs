//! The specification and the code name each other: every rule section has code that names it, and no name points nowhere. The same for the page
//! on verification, whose sections code names beside its file.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const PAGE: &str = include_str!("../../docs/spec/mechanism.md");
const VERIFYING: &str = include_str!("../../docs/verify.md");
/// Sections that state no rule: scenario files and decisions.
const NO_RULES: [u32; 2] = [11, 12];

/// The sections of the page, and the steps of section 8.
fn headings() -> (BTreeSet<u32>, BTreeSet<u32>) {
    let mut sections = BTreeSet::new();
    let mut steps = BTreeSet::new();
    for line in PAGE.lines() {
        if let Some(number) = line.strip_prefix("## ").and_then(leading) {
            sections.insert(number);
        } else if sections.last() == Some(&8)
            && let Some(step) = leading(line)
            && line.contains(". ")
        {
            steps.insert(step);
        }
    }
    (sections, steps)
}

/// The number a text begins with.
fn leading(text: &str) -> Option<u32> {
    let end = text.find(|letter: char| !letter.is_ascii_digit())?;
    text[..end].parse().ok()
}

/// The `src` folders of all crates, and the page's.
fn rooms() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    folders
        .filter(|folder| folder.join("Cargo.toml").exists() || folder.join("package.json").exists())
        .map(|folder| folder.join("src"))
        .filter(|source| source.is_dir())
        .collect()
}

/// The source files in a folder, without its tests.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            sources(&path, found);
        } else if [".rs", ".ts", ".tsx"].iter().any(|end| name.ends_with(end))
            && !path.components().any(|part| part.as_os_str() == "tests")
            && name != "tests.rs"
            && !name.contains(".test.")
        {
            found.push(path);
        }
    }
}

fn is_comment(line: &str) -> bool {
    line.contains("//") || line.trim_start().starts_with(['*', '/'])
}

/// The numbers after `word` in the comments of a text: `section 3`, `sections 2, 6 and 8`, `steps 3 to 6`.
fn named(text: &str, word: &str) -> Vec<u32> {
    let mut found: Vec<u32> = Vec::new();
    for line in text.lines().filter(|line| is_comment(line)) {
        for (place, _) in line.match_indices(word) {
            let rest = line[place + word.len()..].trim_start_matches('s');
            let mut range = false;
            for part in rest.split([' ', ',']).filter(|part| !part.is_empty()) {
                let number = leading(&format!("{part} "));
                match (part, number) {
                    ("and", _) => {}
                    ("to", _) => range = true,
                    (_, Some(number)) if range => {
                        let first = found.last().map_or(number, |last| last + 1);
                        found.extend(first..=number);
                        range = false;
                    }
                    (_, Some(number)) => found.push(number),
                    _ => break,
                }
                // A full stop or bracket ends the list.
                if number.is_some() && !part.ends_with(|last: char| last.is_ascii_digit()) {
                    break;
                }
            }
        }
    }
    found
}

/// The short names in a text: `M§8.2` is step 2 of section 8.
fn short(text: &str) -> Vec<(u32, Option<u32>)> {
    let names = text.split("M§").skip(1).filter_map(|rest| {
        let section = leading(&format!("{rest} "))?;
        let step = rest
            .trim_start_matches(|letter: char| letter.is_ascii_digit())
            .strip_prefix('.');
        Some((section, step.and_then(|step| leading(&format!("{step} ")))))
    });
    names.collect()
}

#[test]
fn every_rule_is_named_in_code_and_no_name_points_nowhere() {
    let (sections, steps) = headings();
    assert_eq!(sections, (1..=14).collect(), "sections of the page");
    assert_eq!(steps, (1..=10).collect(), "steps of section 8");
    let verifying: BTreeSet<u32> = VERIFYING
        .lines()
        .filter_map(|line| line.strip_prefix("## ").and_then(leading))
        .collect();
    let mut names: BTreeMap<u32, usize> = BTreeMap::new();
    let rooms = rooms();
    assert!(rooms.len() >= 15, "{rooms:?}");
    for room in rooms {
        let mut files = Vec::new();
        sources(&room, &mut files);
        assert!(!files.is_empty());
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let (of_verifying, of_rules): (Vec<&str>, Vec<&str>) =
                text.lines().partition(|line| line.contains("verify.md"));
            for section in named(&of_verifying.join("\n"), "section") {
                let file = file.display();
                assert!(
                    verifying.contains(&section),
                    "{file}: verify.md has no section {section}"
                );
            }
            for section in named(&of_rules.join("\n"), "section") {
                let file = file.display();
                assert!(
                    sections.contains(&section),
                    "{file}: there is no section {section}"
                );
                *names.entry(section).or_default() += 1;
            }
            for (section, step) in short(&text) {
                let known = sections.contains(&section)
                    && step.is_none_or(|step| section == 8 && steps.contains(&step));
                let file = file.display();
                assert!(known, "{file}: there is no M§{section} {step:?}");
            }
        }
    }
    for section in sections.iter().filter(|number| !NO_RULES.contains(number)) {
        assert!(
            names.contains_key(section),
            "no code names section {section}"
        );
    }
    let round = include_str!("../src/round.rs").to_owned() + include_str!("../src/round/roll.rs");
    let done: BTreeSet<u32> = named(&round, "tep").into_iter().collect();
    assert_eq!(done, steps, "round.rs names the steps of section 8");
}

#[test]
fn names_are_found() {
    assert_eq!(named("// as section 3 says", "section"), [3]);
    assert_eq!(named("/// (sections 2, 6 and 8)", "section"), [2, 6, 8]);
    assert_eq!(named("//! `mechanism.md` section 14", "section"), [14]);
    assert_eq!(named("/// Steps 3 to 6: per miner", "tep"), [3, 4, 5, 6]);
    assert_eq!(named("/// (section 8, step 3).", "section"), [8]);
    assert_eq!(
        named("/** mechanism.md sections 3 and 4 */", "section"),
        [3, 4]
    );
    assert_eq!(named("let section = 3;", "section"), [0; 0]);
    assert_eq!(
        short("(M§8.2). // M§6. M§9, M§x"),
        [(8, Some(2)), (6, None), (9, None)]
    );
}
