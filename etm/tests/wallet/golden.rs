//! Golden outputs: the text of a command, with what changes from run to run masked.

use std::{fs, path::PathBuf};

/// Compares with `golden/NAME.txt`; with `UPDATE_GOLDEN` set it is written instead.
pub fn check(name: &str, text: &str) {
    let masked = mask(text);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/wallet/golden")
        .join(format!("{name}.txt"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &masked).unwrap();
        return;
    }
    let wanted =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(
        masked, wanted,
        "{name}: run with UPDATE_GOLDEN=1 if it is right as it is"
    );
}

/// Hex of 64 digits and more becomes HASH, an address ADDRESS, every other run of digits N, a span of time at the end of a line SPAN,
/// miners' names MINER. Columns are as wide as what stands in them, so that spaces between them count for two, and lines that are the
/// same after that, one below the other, for one.
fn mask(text: &str) -> String {
    let mut masked = String::new();
    let mut last = String::new();
    for line in text.lines() {
        let words: Vec<String> = line.split(' ').map(word).collect();
        let line = narrow(&words.join(" "));
        let spans = ["N min N s", "N ms", "N s", "any moment"];
        let line = spans.iter().fold(line, |line, span| {
            // Only at the end of a line: elsewhere an `s` may begin a word.
            match line.strip_suffix(span) {
                Some(before) => format!("{before}SPAN"),
                None => line,
            }
        });
        // Who misses a slot is chance, and so is whether the node keeps up on a busy machine.
        // So is which blocks of a miner fall into the running round.
        let chance = line.contains(" missed by ")
            || line.starts_with("etm: warning: the node")
            || line.starts_with("the node warns")
            || line.starts_with("t by then")
            || line.starts_with("not certain");
        let line = match line.starts_with("all its keys") {
            true => "all its keys  FINGERPRINT".to_owned(),
            false => line,
        };
        let line = match line.starts_with("keeps up") {
            true => "keeps up  STATE".to_owned(),
            false => line,
        };
        if !chance && (line != last || line.is_empty()) {
            masked.push_str(&line);
            masked.push('\n');
        }
        last = line;
    }
    masked
}

/// At most two spaces in a row, but those at the beginning.
fn narrow(line: &str) -> String {
    let text = line.trim_start();
    let mut out = line[..line.len() - text.len()].to_owned();
    let mut spaces = 0;
    for letter in text.chars() {
        spaces = if letter == ' ' { spaces + 1 } else { 0 };
        if spaces <= 2 {
            out.push(letter);
        }
    }
    out
}

fn word(word: &str) -> String {
    let bare = word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
    let names = [
        "amber", "birch", "cedar", "dune", "ember", "fjord", "grove", "heron", "iris",
    ];
    if bare.len() >= 64 && bare.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return word.replace(bare, "HASH");
    }
    if bare.len() > 25 && bare.starts_with('A') {
        return word.replace(bare, "ADDRESS");
    }
    if names.contains(&bare) {
        return word.replace(bare, "MINER");
    }
    let mut out = String::new();
    let mut letters = word.chars().peekable();
    let mut digits = false;
    while let Some(letter) = letters.next() {
        let within = digits && letters.peek().is_some_and(char::is_ascii_digit);
        match letter {
            '0'..='9' => {
                if !digits {
                    out.push('N');
                }
                digits = true;
            }
            ',' | '.' if within => {}
            other => {
                digits = false;
                out.push(other);
            }
        }
    }
    out
}
