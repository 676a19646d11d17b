//! When a position's time gain grows next.

use etm_types::{
    TimeGain,
    api::account::{Position, RoundEnd},
};

/// The next time that days count for a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextGain {
    /// None comes: it has the most there is, and nothing halves it.
    Never,
    /// The end of the running round, for the days that begin in it.
    RoundEnd {
        /// How many, at least.
        days: u32,
        /// The time gain then.
        gain: u8,
    },
    /// The end of the round in which the next day begins, with the time gain then.
    NextDay(u8),
}

impl NextGain {
    /// That of a position whose round ends so, if its miner adds no more block until then.
    pub fn of(position: &Position, end: &RoundEnd) -> Self {
        let halvings = position.halvings_due;
        let most = TimeGain::MAX.get();
        match (TimeGain::new(position.time_gain), end.days) {
            _ if position.time_gain >= most && halvings == 0 => Self::Never,
            (Some(now), days) if days > 0 => Self::RoundEnd {
                days,
                gain: now.after_round(halvings.into(), days.into()).get(),
            },
            _ => Self::NextDay(position.time_gain_after_next_day),
        }
    }
}
