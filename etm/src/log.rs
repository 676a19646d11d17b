//! Where log lines go: a file for a devnet, whose terminal shows the chain.

use crate::failure::Failure;
use std::{fs::OpenOptions, path::Path, sync::Mutex};
use tracing_subscriber::EnvFilter;

/// Appends log lines to `file`: warnings, or what `RUST_LOG` asks for.
///
/// # Errors
/// [`Failure`] if the file can't be opened.
pub fn to_file(file: &Path) -> Result<(), Failure> {
    let target = OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .map_err(|error| Failure::Failed(format!("{}: {error}", file.display())))?;
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,etm=info,etm_node=info"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Mutex::new(target))
        .finish();
    // An error means that a log is set up already: lines then go there.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}
