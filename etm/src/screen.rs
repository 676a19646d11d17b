//! Standard output of commands that go on for long.
//!
//! A terminal that is paused takes nothing, nor does a pipe that nobody empties. So a thread of its own prints: a network can be stopped
//! meanwhile, and its nodes go on.

use crate::failure::Failure;
use std::{
    fmt::Display,
    io::{self, Write, stdout},
    sync::OnceLock,
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

/// Whether somebody still reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Somebody may.
    There,
    /// The pipe is closed: whoever read has seen enough.
    Gone,
}

/// Lines that wait to be printed.
const WAITING: usize = 256;

/// How long the last lines are waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// A line, or none to hear when those before it are printed, and where to answer what became of it.
type Line = (Option<String>, oneshot::Sender<Result<Reader, Failure>>);

/// Prints a line, and waits until it is printed.
///
/// # Errors
/// As [`print()`].
pub async fn line(text: impl Display) -> Result<Reader, Failure> {
    let (answer, printed) = oneshot::channel();
    let Some(printer) = printer() else {
        return print(text);
    };
    let _ = printer.send((Some(text.to_string()), answer)).await;
    printed.await.unwrap_or(Ok(Reader::There))
}

/// A line that nobody waits for, and that is lost if too many wait already: the next [`line()`] finds out what is wrong.
pub fn remark(text: impl Display) {
    match printer() {
        Some(printer) => drop(printer.try_send((Some(text.to_string()), oneshot::channel().0))),
        None => drop(print(text)),
    }
}

/// Prints a line on this thread.
///
/// # Errors
/// [`Failure`] where standard output takes no more, as on a full disk. That a terminal was closed is none: what was started there may
/// go on.
pub fn print(text: impl Display) -> Result<Reader, Failure> {
    write(&mut stdout().lock(), text)
}

/// Once this is dropped, what was to be printed is, unless nobody takes it.
pub struct Printed;

impl Drop for Printed {
    fn drop(&mut self) {
        let (done, waits) = std::sync::mpsc::channel();
        let (answer, printed) = oneshot::channel();
        // It may have to wait for its place.
        let last = std::thread::Builder::new().spawn(move || {
            let sent = printer().map(|printer| printer.blocking_send((None, answer)));
            let _ = sent.map(|_| printed.blocking_recv());
            let _ = done.send(());
        });
        if last.is_ok() {
            let _ = waits.recv_timeout(PATIENCE);
        }
    }
}

/// The way to the thread that prints; none if the system gives none.
fn printer() -> Option<&'static mpsc::Sender<Line>> {
    static PRINTER: OnceLock<Option<mpsc::Sender<Line>>> = OnceLock::new();
    let printer = PRINTER.get_or_init(|| {
        let (sender, mut lines) = mpsc::channel::<Line>(WAITING);
        let thread = std::thread::Builder::new().name("etm-screen".into());
        let started = thread.spawn(move || {
            while let Some((text, answer)) = lines.blocking_recv() {
                let _ = answer.send(text.map_or(Ok(Reader::There), print));
            }
        });
        started.is_ok().then_some(sender)
    });
    printer.as_ref()
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
