//! Files that are read: which are opened, and whether others can read them, too; and why one can't be made.

use std::{
    fs::{self, File},
    io::{Error, ErrorKind, Result},
    os::unix::fs::{FileTypeExt as _, PermissionsExt as _},
    path::Path,
};

/// Opens a file to read it. A folder is refused, and so is a named pipe, into which nobody may ever write. What a shell or a service
/// hands over by its number (`/dev/stdin`, `/dev/fd/63`) is taken, whatever it is.
///
/// # Errors
/// The system's, or in words that go behind "cannot be read".
pub fn open(path: &Path) -> Result<File> {
    let kind = fs::metadata(path)?.file_type();
    let wrong = |what: &str| Err(Error::new(ErrorKind::InvalidInput, what));
    if kind.is_dir() {
        return wrong("it is a folder, not a file");
    }
    if kind.is_fifo() && !is_handed_over(path) {
        return wrong(
            "it is a named pipe, which may be silent for ever; name a file, or read it as /dev/stdin",
        );
    }
    if kind.is_socket() {
        return wrong("it is a socket, not a file");
    }
    File::open(path)
}

/// Whether others than its owner can read a file: what a shell or a service hands over is no file.
pub fn is_open_to_others(file: &File) -> bool {
    file.metadata()
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o077 != 0)
}

/// Whether a path names an open file of a process: nobody makes files in these folders.
fn is_handed_over(path: &Path) -> bool {
    ["/dev", "/proc"]
        .iter()
        .any(|folder| path.starts_with(folder))
}

/// Why a file or a folder can't be made at `path`, in words: the system's are about a name that whoever reads them never gave, or say of a
/// folder that takes none that there is no such file.
pub fn not_made(path: &Path, error: &Error) -> String {
    let there = path.ancestors().skip(1).find(|above| above.exists());
    let there = match there {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let folder = there.display();
    match error.kind() {
        ErrorKind::NotFound => match parent.filter(|parent| !parent.exists()) {
            Some(parent) => format!("there is no folder {}", parent.display()),
            None => format!("{folder} takes no files"),
        },
        ErrorKind::PermissionDenied => format!("{folder} may not be written to by this user"),
        ErrorKind::ReadOnlyFilesystem => format!("{folder} can be read only"),
        ErrorKind::StorageFull => format!("the disk with {folder} is full"),
        ErrorKind::NotADirectory => format!("{folder} is no folder"),
        // Without the name under which it was begun.
        _ => match error.raw_os_error() {
            Some(code) => Error::from_raw_os_error(code).to_string(),
            None => error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests;
