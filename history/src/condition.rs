//! How a history does, and how often its file may be begun anew.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::error::HistoryError;
use crate::lock::lock;

/// A file that is found damaged so soon after the one before it waits for so long, and every time in a row for twice as long...
const FIRST_PAUSE: Duration = Duration::from_secs(60);
/// ... up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);
/// A file that lasted for so long is the first of a row again.
const CALM: Duration = Duration::from_secs(86_400);

/// So many failures of the disk, one after the other within [`GLITCH`], are no accident.
const GLITCHES: u32 = 3;
const GLITCH: Duration = Duration::from_secs(60);

/// How a history does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// Why it is not whole, or can't be written now; none if all is well.
    pub trouble: Option<String>,
    /// How often its file was put aside since the process began.
    pub put_aside: u64,
    /// Why the last time.
    pub put_aside_because: Option<String>,
    /// Where it is since then.
    pub put_aside_as: Option<PathBuf>,
    /// Whether it is whole, and only not this node's.
    pub put_aside_whole: bool,
}

/// What is known of a history's health.
#[derive(Debug, Default)]
pub(crate) struct Health(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    condemned: Option<Condemned>,
    /// Why that can't be moved out of the way.
    stuck: Option<String>,
    /// Why the last try failed.
    trouble: Option<String>,
    /// Why it is being written anew, until that is done.
    anew: Option<String>,
    put_aside: u64,
    put_aside_because: Option<String>,
    put_aside_as: Option<PathBuf>,
    put_aside_whole: bool,
    pauses: Pauses,
    /// Failures of the disk in a row, and when the row began.
    glitches: Option<(u32, Instant)>,
    /// Whether one came since the file was opened.
    shaken: bool,
}

/// What is wrong with the present file, so that only another can help.
#[derive(Clone, Debug)]
pub(crate) struct Condemned {
    why: String,
    /// Whether it is whole, and not this node's.
    pub(crate) foreign: bool,
}

impl Condemned {
    fn error(self, pause: Option<Duration>) -> HistoryError {
        let Self { why, foreign } = self;
        HistoryError::Condemned {
            why,
            foreign,
            pause,
        }
    }
}

/// When files were put aside.
#[derive(Debug, Default)]
struct Pauses {
    last: Option<Instant>,
    /// How long the next one waits.
    pause: Duration,
}

impl Pauses {
    /// The time that must have passed since the last time, if it has not.
    fn wait(&self, now: Instant) -> Option<Duration> {
        let since = now.saturating_duration_since(self.last?);
        (since < self.pause).then_some(self.pause)
    }

    fn began(&mut self, now: Instant) {
        let calm = self
            .last
            .is_none_or(|last| now.saturating_duration_since(last) >= CALM);
        self.pause = if calm {
            FIRST_PAUSE
        } else {
            self.pause.saturating_mul(2).min(LONGEST_PAUSE)
        };
        self.last = Some(now);
    }
}

impl Health {
    pub(crate) fn condition(&self) -> Condition {
        let state = lock(&self.0);
        let condemned = state.condemned.clone();
        let condemned = condemned.map(|condemned| {
            condemned
                .error(state.pauses.wait(Instant::now()))
                .to_string()
        });
        let anew = || {
            let why = state.anew.as_ref()?;
            Some(format!("it is being written anew from the blocks: {why}"))
        };
        Condition {
            trouble: state
                .stuck
                .clone()
                .or(condemned)
                .or_else(|| state.trouble.clone())
                .or_else(anew),
            put_aside: state.put_aside,
            put_aside_because: state.put_aside_because.clone(),
            put_aside_as: state.put_aside_as.clone(),
            put_aside_whole: state.put_aside_whole,
        }
    }

    /// Remembers why the last try failed, or that it did not.
    pub(crate) fn note(&self, trouble: Option<&dyn Display>) {
        lock(&self.0).trouble = trouble.map(ToString::to_string);
    }

    /// What is wrong with the present file, if only another can help, as whoever reads is told.
    pub(crate) fn condemned(&self) -> Option<HistoryError> {
        let state = lock(&self.0);
        let condemned = state.condemned.clone()?;
        Some(condemned.error(state.pauses.wait(Instant::now())))
    }

    /// The present file is at fault.
    pub(crate) fn condemn(&self, why: &dyn Display) {
        self.condemn_as(why, false);
    }

    /// The present file is at fault, or only not this node's.
    pub(crate) fn condemn_as(&self, why: &dyn Display, foreign: bool) {
        lock(&self.0).condemned.get_or_insert_with(|| Condemned {
            why: why.to_string(),
            foreign,
        });
    }

    /// The disk failed; whether it does so again and again.
    pub(crate) fn glitch(&self, now: Instant) -> bool {
        let mut state = lock(&self.0);
        let (count, since) = state
            .glitches
            .filter(|(_, since)| now.saturating_duration_since(*since) < GLITCH)
            .unwrap_or((0, now));
        state.glitches = Some((count + 1, since));
        state.shaken = true;
        count + 1 >= GLITCHES
    }

    /// Whether the disk failed since the file was opened, so that it is to be opened anew.
    pub(crate) fn is_shaken(&self) -> bool {
        lock(&self.0).shaken
    }

    /// The file was opened anew and can be read.
    pub(crate) fn was_reopened(&self) {
        lock(&self.0).shaken = false;
    }

    /// What is wrong with the file that is put aside now.
    ///
    /// # Errors
    /// [`HistoryError::Condemned`] if the last time is not long enough ago.
    pub(crate) fn may_put_aside(&self, now: Instant) -> Result<Option<Condemned>, HistoryError> {
        let state = lock(&self.0);
        match (state.condemned.clone(), state.pauses.wait(now)) {
            (Some(condemned), Some(pause)) => Err(condemned.error(Some(pause))),
            (condemned, _) => Ok(condemned),
        }
    }

    /// The condemned file can't be moved out of the way.
    pub(crate) fn is_stuck(&self, why: &dyn Display) {
        lock(&self.0).stuck = Some(why.to_string());
    }

    /// The condemned file is out of the way.
    pub(crate) fn was_put_aside(&self, now: Instant, to: &Path) {
        let mut state = lock(&self.0);
        state.stuck = None;
        let Some(Condemned { why, foreign }) = state.condemned.take() else {
            return;
        };
        state.pauses.began(now);
        (state.glitches, state.shaken) = (None, false);
        state.put_aside += 1;
        state.anew = Some(match foreign {
            true => format!(
                "the file that was there is none of this node's ({why}), and is kept as {}",
                to.display()
            ),
            false => format!("its file was damaged ({why})"),
        });
        state.put_aside_because = Some(why);
        (state.put_aside_as, state.put_aside_whole) = (Some(to.to_owned()), foreign);
    }

    /// The file went away by itself.
    pub(crate) fn was_lost(&self) {
        let mut state = lock(&self.0);
        (state.condemned, state.stuck) = (None, None);
        (state.glitches, state.shaken) = (None, false);
        state.anew = Some("its file was deleted or replaced while the node ran".to_owned());
    }

    /// It holds all there is.
    pub(crate) fn is_whole(&self) {
        let mut state = lock(&self.0);
        state.trouble = None;
        state.anew = None;
    }
}

#[cfg(test)]
mod tests;
