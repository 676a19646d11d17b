//! Where log lines go: a file for a devnet, whose terminal shows the chain; standard error or a file for a node.

use crate::failure::Failure;
use std::{
    fs::{File, OpenOptions},
    io::{IsTerminal, Write, stderr},
    path::Path,
    sync::Mutex,
};
use tracing_subscriber::EnvFilter;

/// What is logged if nothing is said.
const USUAL: &str = "warn,etm=info,etm_node=info";

/// Appends log lines to `file`: warnings, or what `RUST_LOG` asks for.
///
/// # Errors
/// [`Failure`] if the file can't be opened.
pub fn to_file(file: &Path) -> Result<(), Failure> {
    let target = open(file)?;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(USUAL));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Mutex::new(target))
        .finish();
    // An error means that a log is set up already: lines then go there.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}

/// Writes log lines to `file`, or to standard error, as text or as JSON.
///
/// # Errors
/// [`Failure`] if the file can't be opened or the filter is none.
pub fn set_up(filter: &str, json: bool, file: Option<&Path>) -> Result<(), Failure> {
    let target: Box<dyn Write + Send> = match file {
        Some(file) => Box::new(open(file)?),
        None => Box::new(stderr()),
    };
    let filter = EnvFilter::try_new(filter).map_err(|error| Failure::Input(error.to_string()))?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(file.is_none() && stderr().is_terminal())
        .with_writer(Mutex::new(target));
    // As above.
    let _ = if json {
        tracing::subscriber::set_global_default(subscriber.json().finish())
    } else {
        tracing::subscriber::set_global_default(subscriber.finish())
    };
    Ok(())
}

fn open(file: &Path) -> Result<File, Failure> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .map_err(|error| Failure::Failed(format!("{}: {error}", file.display())))
}
