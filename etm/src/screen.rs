//! Standard output of commands that go on for long.

use crate::failure::Failure;
use std::{
    fmt::Display,
    io::{self, Write, stdout},
};

/// Whether somebody still reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Somebody may.
    There,
    /// The pipe is closed: whoever read has seen enough.
    Gone,
}

/// Prints a line.
///
/// # Errors
/// [`Failure`] where standard output takes no more, as on a full disk. That a terminal was closed is none: what was started there may
/// go on.
pub fn line(text: impl Display) -> Result<Reader, Failure> {
    write(&mut stdout().lock(), text)
}

/// A line whose loss changes nothing: the next of [`line()`] finds out.
pub fn remark(text: impl Display) {
    drop(line(text));
}

fn write(out: &mut dyn Write, text: impl Display) -> Result<Reader, Failure> {
    /// `EIO`: the terminal is gone.
    const NO_TERMINAL: i32 = 5;
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => Ok(Reader::There),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(error) if error.raw_os_error() == Some(NO_TERMINAL) => Ok(Reader::There),
        Err(error) => Err(Failure::Failed(format!(
            "standard output cannot be written: {error}"
        ))),
    }
}

#[cfg(test)]
mod tests;
