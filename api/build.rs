//! Embeds the built voting page (`web/dist`), if it is there, as a table of paths and bytes.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let dist = Path::new(&manifest).join("../web/dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut table = String::from("&[\n");
    if dist.is_dir() {
        embed(&dist.canonicalize()?, "", &mut table)?;
    }
    table.push(']');
    fs::write(Path::new(&out).join("page.rs"), table)
}

fn embed(folder: &Path, prefix: &str, table: &mut String) -> io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry
            .file_name()
            .into_string()
            .map_err(|_| io::Error::other("a file name isn't UTF-8"))?;
        let path = format!("{prefix}/{name}");
        if entry.file_type()?.is_dir() {
            embed(&entry.path(), &path, table)?;
        } else {
            println!("cargo::rerun-if-changed={}", entry.path().display());
            writeln!(table, "({path:?}, include_bytes!({:?})),", entry.path())
                .map_err(io::Error::other)?;
        }
    }
    Ok(())
}
