//! Room on disks.

use std::{io, path::Path};

/// Free and all bytes of the disk with this folder.
///
/// # Errors
/// The system's.
pub fn space(folder: &Path) -> io::Result<(u64, u64)> {
    let disk = rustix::fs::statvfs(folder)?;
    let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
    Ok((bytes(disk.f_bavail), bytes(disk.f_blocks)))
}
