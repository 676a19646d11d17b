//! Embeds the voting page (`web/dist`) as a table of paths and bytes, plain and as the script compressed them.
//!
//! `web/scripts/build.mjs` makes the page when it is absent or older than its sources; it needs Node.js with npm. Where they are
//! missing, or the packages can't be had, what lies in `web/dist` is embedded as it is: the node builds all the same and serves a page
//! that says how to get it. Only a page whose own source is broken fails the build.

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};
use std::{env, fs, io};

/// What the build of the page reads, beside the sources.
const INPUTS: [&str; 7] = [
    "index.html",
    "package.json",
    "package-lock.json",
    "public",
    "scripts/build.mjs",
    "tsconfig.json",
    "vite.config.ts",
];

/// The exit code by which the script says that the page can't be built on this machine.
const CANNOT: i32 = 3;

fn main() -> io::Result<()> {
    let begun = SystemTime::now();
    let manifest = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let web = Path::new(&manifest).join("../web");
    for input in INPUTS.map(|input| web.join(input)) {
        watch(&input);
    }
    watch_sources(&web.join("src"))?;

    // Builds into other target directories wait here: they share `web/dist`. The lock ends with this process.
    let lock = File::create(web.join(".build-lock")).and_then(|lock| lock.lock().map(|()| lock));
    match &lock {
        Ok(_) => make(&web)?,
        Err(error) => warn(&format!("`web` can't be written: {error}")),
    }
    embed(&web.join("dist"), &out, begun)
}

/// Makes `web/dist`, unless it is up to date.
fn make(web: &Path) -> io::Result<()> {
    let output = Command::new("node")
        .arg("scripts/build.mjs")
        .current_dir(web)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) => {
            warn(&format!("`node` does not start: {error}"));
            return Ok(());
        }
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(CANNOT) {
        warn(said.trim());
    } else if !output.status.success() {
        // Cargo shows what a failed build script writes as it is.
        let shown = String::from_utf8_lossy(&output.stdout);
        eprintln!("the voting page does not build:\n{shown}\n{said}");
        std::process::exit(1);
    }
    Ok(())
}

/// Says why the page is not made anew.
fn warn(reason: &str) {
    let reason = reason.lines().collect::<Vec<_>>().join(" ");
    println!(
        "cargo::warning=the voting page is embedded as it lies in web/dist, or not at all: {reason}"
    );
}

/// Copies the page into `out`, where no other build changes it, and writes the table.
fn embed(dist: &Path, out: &Path, begun: SystemTime) -> io::Result<()> {
    let index = dist.join("index.html");
    if index.is_file() {
        // Written during this run it would seem changed after it, and everything be compiled a second time.
        let index_file = File::open(&index)?;
        if index_file.metadata()?.modified()? >= begun {
            index_file.set_modified(begun - Duration::from_secs(1))?;
        }
        watch(&index);
    } else if fs::create_dir_all(dist).is_ok() {
        // A page made by hand later is noticed. To watch what is missing would compile everything each time.
        watch(dist);
    }
    let copy = out.join("page");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    let mut table = String::from("&[\n");
    if index.is_file() {
        copy_files(dist, &copy, "", &mut table)?;
    }
    table.push(']');
    fs::write(out.join("page.rs"), table)
}

fn copy_files(from: &Path, to: &Path, prefix: &str, table: &mut String) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for (name, entry) in entries(from)? {
        let path = format!("{prefix}/{name}");
        let target = to.join(&name);
        if entry.is_dir() {
            copy_files(&entry, &target, &path, table)?;
        } else if !name.starts_with('.') && !name.ends_with(".gz") && !name.ends_with(".br") {
            fs::copy(&entry, &target)?;
            let packed = |coding: &str| {
                let packed = entry.with_file_name(format!("{name}.{coding}"));
                let to = to.join(format!("{name}.{coding}"));
                match packed.is_file() {
                    true => fs::copy(&packed, &to).map(|_| format!("Some(include_bytes!({to:?}))")),
                    false => Ok("None".to_owned()),
                }
            };
            let (gzip, brotli) = (packed("gz")?, packed("br")?);
            writeln!(
                table,
                "PageFile {{ path: {path:?}, plain: include_bytes!({target:?}), gzip: {gzip}, brotli: {brotli} }},"
            )
            .map_err(io::Error::other)?;
        }
    }
    Ok(())
}

/// Watches the sources one by one: their tests are none of the page, and a new source is one that an old one begins to import.
fn watch_sources(folder: &Path) -> io::Result<()> {
    for (name, entry) in entries(folder)? {
        if entry.is_dir() {
            if name != "test" {
                watch_sources(&entry)?;
            }
        } else if !name.contains(".test.") {
            watch(&entry);
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().into_string();
        let name = name.map_err(|_| io::Error::other("a file name isn't UTF-8"))?;
        found.push((name, entry.path()));
    }
    found.sort();
    Ok(found)
}

fn watch(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}
