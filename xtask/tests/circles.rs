//! Files of different folders don't use one another in circles: what two of them need lies in a third.
//!
//! A module and what lies in its own folder are one thing: what is below may use what is above, if nothing else leads back.

#![allow(clippy::unwrap_used)] // a test fails by panicking, in its helpers too

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

const CRATES: [&str; 13] = [
    "api",
    "client",
    "etm",
    "execution",
    "history",
    "mechanism",
    "mempool",
    "node",
    "scenario",
    "simulator",
    "types",
    "verify",
    "wallet",
];

/// The names that lead to a module from the root of its crate.
type Module = Vec<String>;

/// What a file uses, and what it lets others use by another path.
#[derive(Default)]
struct Source {
    uses: Vec<Vec<String>>,
    exports: BTreeMap<String, Vec<String>>,
}

/// The modules of a crate with their sources, those of tests apart.
fn modules(folder: &Path, module: &Module, found: &mut BTreeMap<Module, Source>) {
    let entries = fs::read_dir(folder).unwrap();
    for path in entries.map(|entry| entry.unwrap().path()) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if ["tests", "testing"].contains(&&*name) {
            continue;
        }
        let mut inner = module.clone();
        if path.is_dir() {
            inner.push(name);
            modules(&path, &inner, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            if !["lib", "main", "mod"].contains(&&*name) {
                inner.push(name);
            }
            let source = read(&fs::read_to_string(&path).unwrap());
            found.insert(inner, source);
        }
    }
}

/// What a text uses: by `use`, and by paths from the root or from above.
fn read(text: &str) -> Source {
    // Tests in the same file come last.
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = text.lines().filter(|line| !line.trim().starts_with("//"));
    let code: Vec<&str> = lines.collect();
    let code = code
        .join("\n")
        .replace("#[cfg(test)]\nuse", "#[cfg(test)] ignore");
    let mut source = Source::default();
    for (at, _) in code.match_indices("use ") {
        let line = code[..at].rsplit('\n').next().unwrap();
        let exported = line.trim_start().starts_with("pub");
        if !line.trim().is_empty() && !exported {
            continue;
        }
        let tree = code[at + 4..].split(';').next().unwrap();
        let is_path = |letter: char| letter.is_alphanumeric() || "_:{},* \n".contains(letter);
        if !tree.chars().all(is_path) {
            continue;
        }
        for (path, name) in flat(tree) {
            if exported {
                source.exports.insert(name, path.clone());
            }
            source.uses.push(path);
        }
    }
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let inner = |letter: char| letter.is_alphanumeric() || "_:".contains(letter);
            let path = code[at..].split(|letter| !inner(letter)).next().unwrap();
            // A tree of a `use` was read before.
            if path.ends_with("::") {
                continue;
            }
            let path = path.split("::").map(str::to_owned);
            source.uses.push(path.collect());
        }
    }
    source
}

/// The paths of a tree of a `use`, each with the name that it gets.
fn flat(tree: &str) -> Vec<(Vec<String>, String)> {
    let tree = tree.trim();
    let Some((before, inner)) = tree.split_once('{') else {
        let (path, name) = tree.split_once(" as ").unwrap_or((tree, tree));
        let path: Vec<String> = path
            .split("::")
            .map(|part| part.trim().to_owned())
            .collect();
        let name = name.rsplit("::").next().unwrap().trim().to_owned();
        return vec![(path, name)];
    };
    let inner = inner.rsplit_once('}').unwrap().0;
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for letter in inner.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().unwrap().push(letter);
    }
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts
        .flat_map(|part| flat(&format!("{before}{}", part.trim())))
        .collect()
}

/// A path from the root of the crate, if it leads into this one.
fn absolute(from: &Module, path: &[String], all: &BTreeMap<Module, Source>) -> Option<Module> {
    let mut base = from.clone();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => {
            base.clear();
            rest = &path[1..];
        }
        "super" | "self" => {
            while let Some(step) = rest
                .first()
                .filter(|step| ["super", "self"].contains(&step.as_str()))
            {
                if step == "super" {
                    base.pop();
                }
                rest = &rest[1..];
            }
        }
        child => {
            let mut inner = base.clone();
            inner.push(child.to_owned());
            all.contains_key(&inner).then_some(())?;
        }
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

/// The module in which what a path names is defined, whatever it is exported by.
fn home(path: &Module, all: &BTreeMap<Module, Source>, depth: u32) -> Option<Module> {
    let length = (0..=path.len())
        .rev()
        .find(|length| all.contains_key(&path[..*length]))?;
    let module = path[..length].to_vec();
    let exported = path
        .get(length)
        .and_then(|name| all[&module].exports.get(name));
    let further = exported
        .filter(|_| depth < 6)
        .and_then(|to| absolute(&module, to, all));
    match further {
        Some(mut to) => {
            to.extend(path[length + 1..].iter().cloned());
            home(&to, all, depth + 1)
        }
        None => Some(module),
    }
}

/// Whether what a module uses, and what that uses, comes back to it.
fn leads_back(module: &Module, used: &BTreeMap<&Module, BTreeSet<Module>>) -> bool {
    let mut reached = BTreeSet::new();
    let mut next = vec![module];
    while let Some(module) = next.pop() {
        next.extend(used[module].iter().filter(|to| reached.insert(*to)));
    }
    reached.contains(module)
}

#[test]
fn no_circle_leads_through_files_of_different_folders() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (mut files, mut edges, mut circles) = (0, 0, Vec::new());
    for name in CRATES {
        let mut all = BTreeMap::new();
        modules(&root.join(name).join("src"), &Module::new(), &mut all);
        let mut used: BTreeMap<&Module, BTreeSet<Module>> = BTreeMap::new();
        for (module, source) in &all {
            let paths = source
                .uses
                .iter()
                .filter_map(|path| absolute(module, path, &all));
            let homes = paths.filter_map(|path| home(&path, &all, 0));
            // A file and those above it are one thing.
            let homes = homes.filter(|home| !module.starts_with(home));
            used.insert(module, homes.collect());
        }
        files += all.len();
        edges += used.values().map(BTreeSet::len).sum::<usize>();
        let circular = all.keys().filter(|module| leads_back(module, &used));
        circles.extend(circular.map(|module| format!("{name}: {}", module.join("::"))));
    }
    assert!(
        circles.is_empty(),
        "they lead back to themselves: {circles:#?}"
    );
    assert!(files > 300 && edges > 1_000, "{files} files, {edges} uses");
}
