use std::{
    fs::File,
    io::{self, Read as _},
};

/// The bytes of a file (or of a device or pipe); none if there are more than `most`.
///
/// # Errors
/// The system's, if it can't be read.
pub fn read(file: File, most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}
