//! The chain's clock: the system's clock plus an offset that only development networks may move.

use etm_types::Height;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use commonware_runtime::Clock;

/// The clock of block timestamps. Clones share the offset, so the nodes of one process travel together.
#[derive(Clone, Debug, Default)]
pub struct ChainClock(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    source: Source,
    /// Milliseconds ahead of the source.
    offset_ms: AtomicU64,
    /// Blocks up to this height are produced without waiting for their slot.
    unpaced_until: AtomicU64,
}

/// What a clock shows.
#[derive(Default)]
enum Source {
    /// The system's time.
    #[default]
    System,
    /// What follows from the runtime's time, in ms.
    Simulated(Box<dyn Fn(u64) -> u64 + Send + Sync>),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::Simulated(_) => "Simulated",
        })
    }
}

impl ChainClock {
    /// A clock that shows `shown(time)` when the runtime's time is `time`, in ms: that of a simulation.
    pub fn simulated(shown: impl Fn(u64) -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner {
            source: Source::Simulated(Box::new(shown)),
            ..Inner::default()
        }))
    }

    /// The chain's time in ms since 1970, as this machine believes it is. It may jump.
    pub fn now_ms(&self, runtime: &impl Clock) -> u64 {
        match &self.0.source {
            Source::System => self.system_now_ms(),
            Source::Simulated(shown) => {
                shown(since_1970(runtime.current())).saturating_add(self.offset_ms())
            }
        }
    }

    /// A time that goes on by as much as passes, and by as much as this clock is moved: for measuring how long ago
    /// something was, whatever happens to the system's clock.
    pub fn steady_ms(&self, runtime: &impl Clock) -> u64 {
        since_1970(runtime.current()).saturating_add(self.offset_ms())
    }

    /// The chain's time in ms since 1970, for those outside of a runtime.
    pub fn system_now_ms(&self) -> u64 {
        since_1970(SystemTime::now()).saturating_add(self.offset_ms())
    }

    /// How far the clock is ahead of the system's.
    pub fn offset_ms(&self) -> u64 {
        self.0.offset_ms.load(Ordering::SeqCst)
    }

    /// Moves the clock forward: it never goes back, as timestamps only grow.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        let _ = self
            .0
            .offset_ms
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |offset| {
                Some(offset.saturating_add(by))
            });
    }

    /// Sets the offset if it is larger than the present one.
    pub fn advance_to_offset(&self, offset_ms: u64) {
        self.0.offset_ms.fetch_max(offset_ms, Ordering::SeqCst);
    }

    /// Lets blocks up to `height` be produced at once; the clock then follows their timestamps.
    pub fn unpace_until(&self, height: Height) {
        self.0.unpaced_until.fetch_max(height.0, Ordering::SeqCst);
    }

    /// The height up to which blocks are produced at once; 0 if they never were.
    pub fn unpaced_until(&self) -> Height {
        Height(self.0.unpaced_until.load(Ordering::SeqCst))
    }
}

fn since_1970(time: SystemTime) -> u64 {
    let elapsed = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
