//! Time travel across processes: the clock of a devnet, in a file that all its nodes watch.

use etm_node::engine::clock::ChainClock;
use std::{fs, io, path::PathBuf, time::Duration};

/// How often the file is looked at.
const PERIOD: Duration = Duration::from_millis(100);

/// The file.
#[derive(Clone, Debug)]
pub struct Travel(PathBuf);

impl Travel {
    /// The clock kept in `file`.
    pub const fn new(file: PathBuf) -> Self {
        Self(file)
    }

    /// Writes where `clock` stands.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn tell(&self, clock: &ChainClock) -> io::Result<()> {
        let draft = self.0.with_extension("new");
        fs::write(
            &draft,
            format!("{} {}\n", clock.offset_ms(), clock.unpaced_until()),
        )?;
        fs::rename(&draft, &self.0)
    }

    /// Follows the file from now on; clocks only go forward, so an older file changes nothing.
    pub async fn follow(self, clock: ChainClock) {
        loop {
            if let Some((offset, unpaced)) = self.read() {
                clock.advance_to_offset(offset);
                clock.unpace_until(unpaced);
            }
            tokio::time::sleep(PERIOD).await;
        }
    }

    fn read(&self) -> Option<(u64, u64)> {
        let text = fs::read_to_string(&self.0).ok()?;
        let (offset, unpaced) = text.trim().split_once(' ')?;
        Some((offset.parse().ok()?, unpaced.parse().ok()?))
    }
}
