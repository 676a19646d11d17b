//! Whom to ask: the upstreams, what they say, how they did.

use etm_types::Height;
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::upstream::{Told, Upstream, UpstreamError, UpstreamStatus, Upstreams};

/// Questions to one upstream at a time.
const QUESTIONS: usize = 2;

/// Questions at a time to upstreams that are not slow.
const QUICK_QUESTIONS: usize = 8;

/// An upstream that takes longer for an answer is slow until it answers in less: while others are not, it is not asked for what is needed next.
pub(super) const SLOW: Duration = Duration::from_secs(2);

/// How long an upstream that did not answer is put aside for the first time, and at most. It doubles with each time in a row.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// So many certificates make good for having kept one back: one at each round's end, which nobody gets along without, is too few.
pub(super) const FINALS: u32 = 16;

/// The same for one that gave what no honest node gives.
const WRONG_PAUSE: Duration = Duration::from_secs(30);
const LONGEST_WRONG_PAUSE: Duration = Duration::from_secs(3_600);

struct Source {
    upstream: Arc<dyn Upstream>,
    told: Told,
    asked: usize,
    /// Whether its last answer took [`SLOW`] or longer, or takes so long already.
    is_slow: bool,
    /// Failures in a row.
    failures: u32,
    /// How often it kept back what makes its blocks final, less what [`FINALS`] made good.
    withheld: u32,
    /// Blocks that its certificates made final since.
    finals: u32,
    aside: Option<(SystemTime, String)>,
    blocks: u64,
    /// When it was asked last, as a count of questions.
    turn: u64,
}

impl Source {
    fn tip(&self, now: SystemTime) -> Option<Height> {
        match self.told {
            Told::Tip(tip) if self.is_used(now) => Some(tip),
            _ => None,
        }
    }

    fn is_used(&self, now: SystemTime) -> bool {
        self.aside.as_ref().is_none_or(|(until, _)| *until <= now)
    }
}

/// How much a block is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// After many others.
    Later,
    /// It is among the next.
    Soon,
    /// The same, and somebody has said for [`SLOW`] that it is there.
    Long,
}

/// The upstreams of a node.
pub struct Sources {
    sources: Vec<Source>,
    turns: u64,
}

impl Sources {
    /// All of them, in use.
    pub fn new(upstreams: Upstreams) -> Self {
        let sources = upstreams.into_iter().map(|upstream| Source {
            upstream,
            told: Told::default(),
            asked: 0,
            is_slow: false,
            failures: 0,
            withheld: 0,
            finals: 0,
            aside: None,
            blocks: 0,
            turn: 0,
        });
        Self {
            sources: sources.collect(),
            turns: 0,
        }
    }

    /// All of them.
    pub fn all(&self) -> Vec<Arc<dyn Upstream>> {
        let sources = self.sources.iter();
        sources.map(|source| Arc::clone(&source.upstream)).collect()
    }

    /// Where one is.
    pub fn address(&self, source: usize) -> String {
        let source = self.sources.get(source);
        source
            .map(|source| source.upstream.address())
            .unwrap_or_default()
    }

    /// An upstream says something about itself.
    pub fn heard(&mut self, source: usize, told: Told) {
        if let Some(source) = self.sources.get_mut(source) {
            source.told = told;
        }
    }

    /// The highest block that one of those in use says it has.
    pub fn tip(&self, now: SystemTime) -> Option<Height> {
        let sources = self.sources.iter();
        sources.filter_map(|source| source.tip(now)).max()
    }

    /// Somebody to ask for the block at `height`, but for `others`; how far it reaches, and what answers. The one that was asked longest ago comes first.
    ///
    /// A slow one is not asked for what is needed `soon` while another that is not slow has it, or may have it in a moment.
    pub fn ask(
        &mut self,
        height: Height,
        others: &[usize],
        need: Need,
        now: SystemTime,
    ) -> Option<(usize, Height, Arc<dyn Upstream>)> {
        let quick = || self.sources.iter().filter(|source| !source.is_slow);
        let mut tips = quick().filter_map(|source| source.tip(now)).peekable();
        let with_slow = match need {
            _ if tips.peek().is_none() => true,
            Need::Later => true,
            Need::Soon => false,
            Need::Long => !tips.any(|tip| tip >= height),
        };
        let has_room = quick().map(|source| source.asked).sum::<usize>() < QUICK_QUESTIONS;
        let may = |source: &Source| match source.is_slow {
            true => with_slow,
            false => has_room,
        };
        let candidates = self.sources.iter().enumerate();
        let (index, tip) = candidates
            .filter(|(index, source)| source.asked < QUESTIONS && !others.contains(index))
            .filter(|(_, source)| may(source))
            .filter_map(|(index, source)| Some((index, source, source.tip(now)?)))
            .filter(|(_, _, tip)| *tip >= height)
            .min_by_key(|(_, source, _)| (source.is_slow, source.asked, source.turn))
            .map(|(index, _, tip)| (index, tip))?;
        self.turns += 1;
        let turn = self.turns;
        let source = self.sources.get_mut(index)?;
        source.asked += 1;
        source.turn = turn;
        Some((index, tip, Arc::clone(&source.upstream)))
    }

    /// A question was answered after so long, somehow.
    pub fn answered(&mut self, source: usize, after: Duration) {
        if let Some(source) = self.sources.get_mut(source) {
            source.asked = source.asked.saturating_sub(1);
            source.is_slow = after >= SLOW;
        }
    }

    /// An answer takes long.
    pub fn is_late(&mut self, source: usize) {
        if let Some(source) = self.sources.get_mut(source) {
            source.is_slow = true;
        }
    }

    /// A block of an upstream was good, and final by a certificate of its own if `certified`.
    pub fn good(&mut self, source: usize, certified: bool) {
        let Some(source) = self.sources.get_mut(source) else {
            return;
        };
        source.failures = 0;
        source.blocks += 1;
        source.finals += u32::from(certified);
        if source.finals >= FINALS {
            source.finals = 0;
            source.withheld = source.withheld.saturating_sub(1);
        }
    }

    /// An upstream kept back what makes its blocks final, so that nothing went on: it is put aside, each time for twice as long. Returns for how long.
    pub fn withholds(&mut self, source: usize, reason: &str, now: SystemTime) -> Duration {
        let Some(source) = self.sources.get_mut(source) else {
            return Duration::ZERO;
        };
        let pause = PAUSE
            .saturating_mul(1 << source.withheld.min(16))
            .min(LONGEST_PAUSE);
        source.withheld = source.withheld.saturating_add(1);
        source.finals = 0;
        source.aside = Some((now + pause, reason.to_owned()));
        pause
    }

    /// An upstream failed: it is put aside. Returns for how long.
    pub fn failed(&mut self, source: usize, reason: &UpstreamError, now: SystemTime) -> Duration {
        let Some(source) = self.sources.get_mut(source) else {
            return Duration::ZERO;
        };
        let (pause, longest) = match reason {
            UpstreamError::Passing(_) => (PAUSE, LONGEST_PAUSE),
            UpstreamError::Wrong(_) => (WRONG_PAUSE, LONGEST_WRONG_PAUSE),
        };
        let pause = pause
            .saturating_mul(1 << source.failures.min(16))
            .min(longest);
        source.failures = source.failures.saturating_add(1);
        source.aside = Some((now + pause, reason.to_string()));
        pause
    }

    /// Up to `count` of those in use, to pass something on to; others each time.
    pub fn listeners(&mut self, count: usize, now: SystemTime) -> Vec<(usize, Arc<dyn Upstream>)> {
        self.turns += 1;
        let start = usize::try_from(self.turns).unwrap_or_default();
        let all = self.sources.len().max(1);
        let order = (0..self.sources.len()).map(|offset| (start + offset) % all);
        order
            .filter_map(|index| Some((index, self.sources.get(index)?)))
            .filter(|(_, source)| source.tip(now).is_some())
            .take(count)
            .map(|(index, source)| (index, Arc::clone(&source.upstream)))
            .collect()
    }

    /// How they do.
    pub fn status(&self, now: SystemTime) -> Vec<UpstreamStatus> {
        let sources = self.sources.iter();
        sources
            .map(|source| UpstreamStatus {
                address: source.upstream.address(),
                tip: match source.told {
                    Told::Tip(tip) => Some(tip),
                    _ => None,
                },
                blocks: source.blocks,
                aside: match (&source.aside, &source.told) {
                    (Some((until, reason)), _) if *until > now => {
                        let left = until.duration_since(now).unwrap_or_default();
                        Some((reason.clone(), left))
                    }
                    (_, Told::Trouble(reason)) => Some((reason.clone(), Duration::ZERO)),
                    _ => None,
                },
            })
            .collect()
    }
}
