//! Text from files, up to a size.

use std::path::Path;

/// The text of a file (or of a device or pipe) of at most `most` bytes, or why there is none.
pub fn read_text(path: &Path, most: u64) -> Result<String, String> {
    let bytes = etm_types::files::open(path)
        .and_then(|file| etm_scenario::read(file, most))
        .map_err(|error| error.to_string())?;
    let bytes = bytes.ok_or_else(|| format!("larger than {}", size(most)))?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = &error.as_bytes()[..valid];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        format!("line {line}: not UTF-8 text")
    })
}

fn size(bytes: u64) -> String {
    match bytes >> 30 {
        0 => format!("{} MiB", bytes >> 20),
        whole => format!("{whole} GiB"),
    }
}

#[cfg(test)]
mod tests;
