//! Time travel across processes: the clock of a devnet, in a file that all its nodes watch.

use etm_node::engine::clock::ChainClock;
use etm_types::Height;
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

    /// Sets `clock` as the file says: a devnet that is started again goes on at the time it had come to, in whose past its blocks lie.
    pub fn recall(&self, clock: &ChainClock) {
        let (offset, unpaced) = self.read();
        clock.advance_to_offset(offset);
        clock.unpace_until(unpaced);
    }

    /// Follows the file from now on, and keeps in it what this clock went ahead by itself; clocks only go forward, so an older file changes
    /// nothing.
    pub async fn follow(self, clock: ChainClock) {
        loop {
            self.recall(&clock);
            if (clock.offset_ms(), clock.unpaced_until()) != self.read()
                && let Err(error) = self.tell(&clock)
            {
                tracing::warn!(%error, "the clock's file can't be written");
            }
            tokio::time::sleep(PERIOD).await;
        }
    }

    /// Whether the file holds a clock.
    pub fn is_there(&self) -> bool {
        self.held().is_some()
    }

    /// The offset and the height in the file; zeros if there is none.
    fn read(&self) -> (u64, Height) {
        self.held().unwrap_or_default()
    }

    fn held(&self) -> Option<(u64, Height)> {
        let text = fs::read_to_string(&self.0).ok()?;
        let (offset, unpaced) = text.trim().split_once(' ')?;
        Some((offset.parse().ok()?, Height(unpaced.parse().ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_goes_on_where_it_was() {
        let folder = std::env::temp_dir().join(format!("etm-travel-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let travel = Travel::new(folder.join("clock"));
        let first = ChainClock::default();
        travel.recall(&first);
        assert_eq!(first.offset_ms(), 0);
        first.advance(Duration::from_secs(60));
        first.unpace_until(Height(70));
        travel.tell(&first).unwrap();
        let second = ChainClock::default();
        travel.recall(&second);
        assert_eq!(
            (second.offset_ms(), second.unpaced_until()),
            (60_000, Height(70))
        );
        // What is no clock changes nothing.
        fs::write(folder.join("clock"), "soon").unwrap();
        travel.recall(&second);
        assert_eq!(second.offset_ms(), 60_000);
        fs::remove_dir_all(&folder).unwrap();
    }
}
