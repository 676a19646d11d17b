//! `docs/architecture.md` names nothing that isn't there.

use std::{
    collections::{BTreeSet, HashSet},
    fs,
    path::{Path, PathBuf},
};

/// Folders that hold no source of ours.
const FOREIGN: [&str; 6] = [
    "target",
    "node_modules",
    ".git",
    "dist",
    "corpus",
    "artifacts",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All files below a folder, by their path from the root.
fn files(folder: &Path, from: &str, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{from}{name}");
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !FOREIGN.contains(&name.as_str()) => {
                files(&entry.path(), &format!("{path}/"), found);
            }
            Ok(kind) if kind.is_file() => found.push(path),
            _ => {}
        }
    }
}

/// The code spans of a page, those of its fenced blocks apart.
fn spans(page: &str) -> BTreeSet<String> {
    let mut spans = BTreeSet::new();
    let mut fenced = false;
    let mut text = String::new();
    for line in page.lines() {
        fenced ^= line.starts_with("```");
        if !fenced && !line.starts_with("```") {
            text.push_str(line);
            text.push('\n');
        }
    }
    for (index, span) in text.split('`').enumerate() {
        if index % 2 == 1 {
            spans.insert(span.to_owned());
        }
    }
    spans
}

/// The identifiers of a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let inner = |letter: char| !(letter.is_ascii_alphanumeric() || letter == '_');
    text.split(inner).filter(|word| !word.is_empty())
}

/// What a span names in the code: identifiers that only code has, and those joined by `::`.
fn items(span: &str) -> Vec<&str> {
    let path = span.split('(').next().unwrap_or_default();
    if path.contains("::") && path.split("::").all(|part| words(part).eq([part])) {
        return path.split("::").collect();
    }
    let word = match span.split_once('(') {
        Some((word, _)) if span.ends_with(')') => word,
        _ => span,
    };
    let one = words(word).eq([word]);
    let mixed = word.chars().any(char::is_lowercase) && word.chars().any(char::is_uppercase);
    if one && (word.contains('_') || mixed) {
        vec![word]
    } else {
        Vec::new()
    }
}

#[test]
fn every_path_and_item_that_is_named_exists() {
    let mut all = Vec::new();
    files(&root(), "", &mut all);
    let exists = |path: &str| {
        let path = path.trim_end_matches('/');
        root().join(path).exists() || all.iter().any(|file| file.ends_with(&format!("/{path}")))
    };
    let code = all.iter().filter(|file| {
        ["rs", "ts", "tsx"]
            .iter()
            .any(|end| file.ends_with(&format!(".{end}")))
            && *file != "xtask/tests/architecture.rs"
    });
    let mut known = HashSet::new();
    for file in code {
        let text = fs::read_to_string(root().join(file)).unwrap();
        known.extend(words(&text).map(str::to_owned));
    }
    // Parameters of the chain have the names of the specification.
    let specification = fs::read_to_string(root().join("docs/spec/mechanism.md")).unwrap();
    known.extend(words(&specification).map(str::to_owned));

    let page = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let (mut paths, mut named, mut missing) = (0, 0, Vec::new());
    for span in spans(&page) {
        let last = span.rsplit('/').next().unwrap_or_default();
        let is_file = [".rs", ".md", ".ts", ".tsx", ".sqlite"]
            .iter()
            .any(|end| last.ends_with(end) && last.len() > end.len());
        let is_path = !span.contains([' ', '{', '=', '*']) && (is_file || span.ends_with('/'));
        if is_path {
            paths += 1;
            if !exists(&span) {
                missing.push(span);
            }
            continue;
        }
        for item in items(&span) {
            named += 1;
            if !known.contains(item) {
                missing.push(format!("{item} (in {span})"));
            }
        }
    }
    assert!(missing.is_empty(), "not to be found: {missing:#?}");
    assert!(paths > 40 && named > 40, "{paths} paths, {named} items");
    // Links lead to pages.
    for link in page.split("](").skip(1) {
        let target = link.split([')', '#']).next().unwrap_or_default();
        let found = target.is_empty() || root().join("docs").join(target).exists();
        assert!(found, "{target}");
    }
}
