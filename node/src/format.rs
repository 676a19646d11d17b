//! The version of a node's data folder, so that an older or newer program is told what it meets instead of guessing.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

/// How this program lays out blocks, state, outcomes and journals. Raised whenever what an older program wrote would be misread.
pub const FORMAT: u32 = 2;

/// The record: one line of text. No partition of the storage can have its name.
const RECORD: &str = "etm.format";

/// What a folder holds can't be used.
#[derive(Debug, Error)]
pub enum FormatError {
    /// The folder can't be read or written.
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
    /// It was written by an older program.
    #[error(
        "{0}: its data has format {1}, this program needs format {FORMAT}. Move the folder away and start again: \
         the node fetches the chain from its peers (its key lies outside of this folder)"
    )]
    Older(PathBuf, u32),
    /// It was written by a newer program.
    #[error(
        "{0}: its data has format {1}, this program knows formats up to {FORMAT}; use a newer one"
    )]
    Newer(PathBuf, u32),
    /// The record is not one.
    #[error("{0}: is no record of a data format; it should be the line `etm data format {FORMAT}`")]
    Record(PathBuf),
}

/// Checks that the data in `directory` is in this program's format; an empty folder gets its record.
///
/// # Errors
/// [`FormatError`]; nothing was changed.
pub fn check(directory: &Path) -> Result<(), FormatError> {
    let record = directory.join(RECORD);
    let failed = |error| FormatError::Io(directory.to_owned(), error);
    match fs::read_to_string(&record) {
        Ok(text) => {
            let version = text.trim().strip_prefix("etm data format ");
            let version = version.and_then(|version| version.parse().ok());
            match version.ok_or(FormatError::Record(record))? {
                FORMAT => Ok(()),
                newer if newer > FORMAT => Err(FormatError::Newer(directory.to_owned(), newer)),
                older => Err(FormatError::Older(directory.to_owned(), older)),
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut data = false;
            for entry in fs::read_dir(directory).map_err(failed)? {
                data |= entry
                    .and_then(|entry| entry.file_type())
                    .map_err(failed)?
                    .is_dir();
            }
            if data {
                // The first format had no record.
                return Err(FormatError::Older(directory.to_owned(), 1));
            }
            // In one step: a folder with data and half a record would be nobody's.
            let half = directory.join("etm.format.new");
            fs::write(&half, format!("etm data format {FORMAT}\n")).map_err(failed)?;
            fs::File::open(&half)
                .and_then(|file| file.sync_all())
                .map_err(failed)?;
            fs::rename(&half, &record).map_err(failed)?;
            fs::File::open(directory)
                .and_then(|folder| folder.sync_all())
                .map_err(failed)
        }
        Err(error) => Err(FormatError::Io(record, error)),
    }
}

#[cfg(test)]
mod tests;
