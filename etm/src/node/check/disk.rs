//! The disk the node's files lie on.

use super::{Finding, State};
use crate::disk::space;
use std::path::Path;

/// Below this a node soon can't go on.
const LEAST: u64 = 1 << 30;
/// Below this it is time to make room.
const LITTLE: u64 = 10 << 30;

/// Whether there is room, and whether the folder can be written.
pub fn look(folder: &Path) -> Finding {
    if let Err(error) = tempfile::Builder::new()
        .prefix(".check-")
        .tempfile_in(folder)
    {
        let text = format!(
            "{}: {error}; the node must be able to write there",
            folder.display()
        );
        return Finding::new("disk", State::Bad, text);
    }
    match space(folder) {
        Err(error) => Finding::new(
            "disk",
            State::Unknown,
            format!("{}: {error}", folder.display()),
        ),
        Ok((free, _)) => {
            let gib = free as f64 / f64::from(1 << 30);
            let (state, advice) = match free {
                0..LEAST => (State::Bad, ": make room, or keep fewer `blocks`"),
                LEAST..LITTLE => (State::Warning, ": make room soon, or keep fewer `blocks`"),
                LITTLE.. => (State::Ok, ""),
            };
            Finding::new("disk", state, format!("{gib:.1} GiB are free{advice}"))
        }
    }
}
