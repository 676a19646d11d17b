//! `docs/architecture.md` names nothing that isn't there, and files stay small.

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

/// The text of a page, its fenced blocks apart: every second part is a code span.
fn parts(page: &str) -> Vec<String> {
    let mut fenced = false;
    let mut text = String::new();
    for line in page.lines() {
        fenced ^= line.starts_with("```");
        if !fenced && !line.starts_with("```") {
            text.push_str(line);
            text.push('\n');
        }
    }
    text.split('`').map(str::to_owned).collect()
}

/// The code spans of a page.
fn spans(page: &str) -> BTreeSet<String> {
    parts(page).into_iter().skip(1).step_by(2).collect()
}

/// What a page says stands where: "`item` (`path`)", "`one`, `other` and `third` in `path`".
fn places(page: &str) -> Vec<(String, String)> {
    let parts = parts(page);
    let words = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut places = Vec::new();
    for at in (3..parts.len()).step_by(2) {
        let (path, between) = (&parts[at], words(&parts[at - 1]));
        if !path.contains('/') && !path.ends_with(".rs") || !["(", "in"].contains(&&*between) {
            continue;
        }
        let mut item = at - 2;
        places.push((parts[item].clone(), path.clone()));
        while between == "in" && item > 2 && [",", "and"].contains(&&*words(&parts[item - 1])) {
            item -= 2;
            places.push((parts[item].clone(), path.clone()));
        }
    }
    places
}

/// What begins the definition of what is named next.
const DEFINES: [&str; 12] = [
    "fn",
    "struct",
    "enum",
    "const",
    "static",
    "type",
    "trait",
    "mod",
    "macro_rules",
    "function",
    "class",
    "interface",
];

/// Whether a source defines the item; of what belongs to a type, whether it defines or implements that, too.
fn defines(source: &str, item: &[&str]) -> bool {
    let code = || {
        let lines = source.lines().map(str::trim_start);
        lines.filter(|line| !line.starts_with("//"))
    };
    let is_defined = |name: &str| {
        code().any(|line| {
            let all: Vec<&str> = words(line).collect();
            let mut pairs = all.windows(2);
            // A macro defines what it is given on a line of its own.
            line == name || pairs.any(|pair| DEFINES.contains(&pair[0]) && pair[1] == name)
        })
    };
    let is_implemented = |name: &str| {
        code().any(|line| line.starts_with("impl") && words(line).any(|word| word == name))
    };
    match item {
        [.., of, name] if of.starts_with(char::is_uppercase) => {
            is_defined(name) && (is_defined(of) || is_implemented(of))
        }
        [.., name] => is_defined(name),
        [] => false,
    }
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

#[test]
fn every_item_is_defined_where_the_page_says() {
    let mut all = Vec::new();
    files(&root(), "", &mut all);
    let page = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let (mut held, mut elsewhere) = (0, Vec::new());
    for (item, path) in places(&page) {
        let called = item.split('(').next().unwrap_or_default();
        let item: Vec<&str> = called.split("::").collect();
        // Routes and commands are defined by no keyword.
        if !item.iter().all(|part| words(part).eq([*part])) {
            continue;
        }
        held += 1;
        let path = path.trim_end_matches('/');
        let inside = |file: &&String| {
            let file = format!("/{file}");
            file.ends_with(&format!("/{path}")) || file.contains(&format!("/{path}/"))
        };
        let found = all.iter().filter(inside).any(|file| {
            fs::read_to_string(root().join(file)).is_ok_and(|source| defines(&source, &item))
        });
        if !found {
            elsewhere.push(format!("{called} in {path}"));
        }
    }
    assert!(elsewhere.is_empty(), "not defined there: {elsewhere:#?}");
    assert!(held > 40, "{held} pairs");
}

/// What people write by hand in Rust and TypeScript is short enough to be read at once.
#[test]
fn files_stay_small() {
    let mut all = Vec::new();
    files(&root(), "", &mut all);
    let written = |file: &&String| {
        let ends = [".rs", ".ts", ".tsx"];
        ends.iter().any(|end| file.ends_with(end)) && !file.ends_with(".d.ts")
    };
    let lines = |file: &String| {
        let text = fs::read_to_string(root().join(file)).unwrap();
        text.lines().count()
    };
    let long: Vec<_> = all
        .iter()
        .filter(written)
        .filter(|file| lines(file) >= 600)
        .collect();
    assert!(long.is_empty(), "600 lines or more: {long:#?}");
}
