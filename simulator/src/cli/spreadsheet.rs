//! The tables as LibreOffice opens them, where it is installed.

use super::tests::{SMALL, call, folder, people, text};
use super::*;
use std::{fs, process::Command};

/// The cells of a table that quotes nothing over lines.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            letter => cells.last_mut().expect("a cell").push(letter),
        }
    }
    cells
}

/// Each cell of text is the text that it was, each figure the figure - with a key whose values look like dates and numbers.
#[test]
fn every_table_opens_right_in_a_spreadsheet() {
    let folder = folder(&people());
    let study = folder.path().join("sweep.toml");
    let sweep = format!("{SMALL}[sweep]\nname = [\"1/2\", \"007\", \"=1+1\"]\n");
    fs::write(&study, sweep).expect("written");
    let out = folder.path().join("out");
    let seed = "1795733329337361800";
    let ran = call(&[
        text(&study),
        "--out",
        text(&out),
        "--seed",
        seed,
        "--rounds",
        "30",
        "--bom",
    ]);
    assert_eq!(ran, Ok(EXIT_DONE));
    let tables: Vec<PathBuf> = fs::read_dir(&out)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "csv"))
        .collect();
    assert_eq!(tables.len(), 10);
    let opened = Command::new("soffice")
        .arg(format!(
            "-env:UserInstallation=file://{}",
            text(&folder.path().join("profile"))
        ))
        .args(["--headless", "--infilter=CSV:44,34,76,1", "--convert-to"])
        .arg("tsv:Text - txt - csv (StarCalc):9,34,76,1,,0,false,false")
        .arg("--outdir")
        .arg(folder.path())
        .args(&tables)
        .output();
    let Ok(opened) = opened else {
        println!("SKIPPED: there is no soffice here to open the tables with");
        return;
    };
    assert!(opened.status.success(), "{opened:?}");
    for table in tables {
        let name = table.file_stem().expect("a name");
        let file = folder.path().join(name).with_extension("tsv");
        let (ours, theirs) = (fs::read_to_string(&table), fs::read_to_string(&file));
        let (ours, theirs) = (ours.expect("a table"), theirs.expect("a table"));
        let ours = ours.strip_prefix('\u{feff}').expect("a byte-order mark");
        let theirs = theirs.trim_start_matches('\u{feff}');
        assert_eq!(ours.lines().count(), theirs.lines().count(), "{name:?}");
        for (ours, theirs) in ours.lines().zip(theirs.lines()) {
            let theirs: Vec<&str> = theirs.split('\t').collect();
            let ours = cells(ours);
            assert_eq!(ours.len(), theirs.len(), "{name:?}: {ours:?}: {theirs:?}");
            for (cell, shown) in ours.iter().zip(theirs) {
                match (cell.parse::<f64>(), shown.parse::<f64>()) {
                    (Ok(figure), Ok(found)) => {
                        // Small ones are shown, and therefore saved again, with three digits.
                        let digits = if cell.contains('e') { 1e-2 } else { 1e-12 };
                        let apart = (figure - found).abs();
                        assert!(apart <= figure.abs() * digits, "{name:?}: {cell}, {shown}");
                    }
                    // Some take them for logical values, which they are.
                    _ if matches!(cell.as_str(), "true" | "false") => {
                        assert_eq!(*cell, shown.to_lowercase(), "{name:?}");
                    }
                    _ => assert_eq!(
                        cell.trim_start_matches('\''),
                        shown.trim_matches('"').trim_start_matches('\''),
                        "{name:?}"
                    ),
                }
            }
        }
    }
}
