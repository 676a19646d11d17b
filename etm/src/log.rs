//! Where log lines go: a file for a devnet, whose terminal shows the chain; standard error or a file for a node.
//!
//! A file does not grow without end: once it is full it is put aside as `NAME.1`, in the place of the one before. Nobody waits until a line is
//! written ([`queue`]).

mod queue;

use crate::failure::Failure;
pub use queue::Settles;
use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, IsTerminal, Write, stderr},
    path::{Path, PathBuf},
    sync::Mutex,
};
use tracing_subscriber::EnvFilter;

/// What is logged if nothing is said.
const USUAL: &str = "warn,etm=info,etm_node=info";

/// What is put behind the name of a file that is put aside.
pub const ASIDE: &str = ".1";

/// Bytes after which a file is put aside.
const FULL: u64 = 8 << 20;

/// Appends log lines to `file`: warnings, or what `RUST_LOG` asks for.
///
/// # Errors
/// [`Failure`] if the file can't be opened.
pub fn to_file(file: &Path) -> Result<Settles, Failure> {
    let (target, settles) = queue::to(open(file)?).map_err(no_thread)?;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(USUAL));
    let filter = without_noise(filter);
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .log_internal_errors(false)
        .with_writer(Mutex::new(target))
        .finish();
    // An error means that a log is set up already: lines then go there.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(settles)
}

fn no_thread(error: io::Error) -> Failure {
    Failure::Failed(format!("no thread for the log: {error}"))
}

/// Writes log lines to `file`, or to standard error, as text or as JSON.
///
/// # Errors
/// [`Failure`] if the file can't be opened or the filter is none.
pub fn set_up(filter: &str, json: bool, file: Option<&Path>) -> Result<Settles, Failure> {
    let target: Box<dyn Write + Send> = match file {
        Some(file) => Box::new(open(file)?),
        None => Box::new(stderr()),
    };
    let (target, settles) = queue::to(target).map_err(no_thread)?;
    let filter = EnvFilter::try_new(filter).map_err(|error| Failure::Input(error.to_string()))?;
    let filter = without_noise(filter);
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(file.is_none() && stderr().is_terminal())
        .log_internal_errors(false)
        .with_writer(Mutex::new(target));
    // As above.
    let _ = if json {
        tracing::subscriber::set_global_default(subscriber.json().finish())
    } else {
        tracing::subscriber::set_global_default(subscriber.finish())
    };
    Ok(settles)
}

/// Parts of the engine that call an error what is none.
///
/// The runtime says of each task that it panicked, of the neighbours of one that failed and of those that a stop overtakes too; what is
/// to be known of that the node says once, with its cause (`node/src/guard`). What fetches for consensus says that its mailbox is closed
/// when the consensus of a round has ended, as each does.
const NOISE: [&str; 2] = [
    "commonware_runtime::utils::handle=off",
    "commonware_resolver::p2p::engine=off",
];

fn without_noise(filter: EnvFilter) -> EnvFilter {
    let directives = NOISE.iter().filter_map(|directive| directive.parse().ok());
    directives.fold(filter, EnvFilter::add_directive)
}

fn open(file: &Path) -> Result<Rotating, Failure> {
    Rotating::open(file, FULL)
        .map_err(|error| Failure::Failed(format!("{}: {error}", file.display())))
}

/// A file of lines that is put aside once it is full.
struct Rotating {
    path: PathBuf,
    file: File,
    length: u64,
    full: u64,
}

impl Rotating {
    fn open(path: &Path, full: u64) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self {
            path: path.to_owned(),
            length: file.metadata()?.len(),
            file,
            full,
        })
    }

    /// Where the file before this one is.
    fn aside(path: &Path) -> PathBuf {
        let mut name = OsString::from(path);
        name.push(ASIDE);
        PathBuf::from(name)
    }

    fn rotate(&mut self) -> io::Result<()> {
        fs::rename(&self.path, Self::aside(&self.path))?;
        *self = Self::open(&self.path, self.full)?;
        Ok(())
    }
}

impl Write for Rotating {
    /// Lines come whole, each in one call.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let more = u64::try_from(line.len()).unwrap_or(u64::MAX);
        if self.length > 0 && self.length.saturating_add(more) > self.full && self.rotate().is_err()
        {
            // A log that grows is better than none. The next try is after as much again.
            self.length = 0;
        }
        let written = self.file.write(line)?;
        self.length = self
            .length
            .saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests;
