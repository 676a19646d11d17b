//! Log lines on their way: whoever logs waits for nobody who reads, be it a full disk, a paused terminal or a pipe that nobody empties.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

/// Lines that wait to be written; further ones are lost, and counted.
const WAITING: usize = 1_024;

/// How long the end of the process waits for lines that are on their way.
const GRACE: Duration = Duration::from_secs(1);
/// How often it looks for room meanwhile.
const PAUSE: Duration = Duration::from_millis(10);

enum Entry {
    Line(Vec<u8>),
    /// All before it is written: somebody waits for that.
    Written(SyncSender<()>),
}

/// Takes lines, each in one call, and never waits.
pub struct Queue {
    entries: SyncSender<Entry>,
    lost: Arc<AtomicU64>,
}

/// Lets what is on its way be written when it is dropped, if that takes no longer than a second.
#[must_use]
pub struct Settles(SyncSender<Entry>);

/// Begins to write lines to `target`.
///
/// # Errors
/// If there is no further thread.
pub fn to(target: impl Write + Send + 'static) -> io::Result<(Queue, Settles)> {
    let (entries, waiting) = sync_channel(WAITING);
    let lost = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&lost);
    thread::Builder::new()
        .name("log".into())
        .spawn(move || write(target, &waiting, &counted))?;
    let settles = Settles(entries.clone());
    Ok((Queue { entries, lost }, settles))
}

fn write(mut target: impl Write, waiting: &Receiver<Entry>, lost: &AtomicU64) {
    for entry in waiting {
        let lines = lost.swap(0, Ordering::Relaxed);
        // What can't be written is lost: where that would be said is where it can't be.
        if lines > 0 {
            let _ = writeln!(
                target,
                "{lines} lines of the log are lost: they were not read in time"
            );
        }
        match entry {
            Entry::Line(line) => {
                let _ = target.write_all(&line);
            }
            Entry::Written(told) => {
                let _ = target.flush();
                let _ = told.send(());
            }
        }
    }
}

impl Write for Queue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Err(TrySendError::Full(_)) = self.entries.try_send(Entry::Line(line.to_vec())) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Settles {
    fn drop(&mut self) {
        let (told, written) = sync_channel(1);
        let (begun, mut entry) = (Instant::now(), Entry::Written(told));
        while let Err(TrySendError::Full(again)) = self.0.try_send(entry) {
            if begun.elapsed() > GRACE {
                return;
            }
            entry = again;
            thread::sleep(PAUSE);
        }
        let _ = written.recv_timeout(GRACE.saturating_sub(begun.elapsed()));
    }
}

#[cfg(test)]
mod tests;
