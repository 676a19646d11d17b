//! What a life has come to before a round: what is written down of it, and how it goes on.

use etm_mechanism::{Position, weight};
use etm_types::{Height, MinerId, Round, TimeGain, Units};
use ruint::aliases::U256;
use rusqlite::Row;

use crate::error::{HistoryError, Result};
use crate::value::{maybe_uint, uint};

/// What changed a position at the end of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub round: Round,
    /// What it was.
    pub cause: Cause,
    pub before: Option<Position>,
    pub after: Option<Position>,
}

/// Why a position changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    Genesis,
    /// A request, the transaction at this height and place.
    Request {
        /// Height of the block that accepted it.
        height: Height,
        /// Place of the transaction in the block.
        place: u32,
        /// False if it was void.
        applied: bool,
    },
    /// Its miner produced blocks.
    Halving,
    /// So many day boundaries passed.
    Days(u64),
    MinerResigned(MinerId),
}

/// What a life had come to before a round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stand {
    /// The round that is to come.
    pub(crate) round: Round,
    /// The position during it.
    pub(crate) state: Option<Position>,
    /// Gains of the position in units of 2^-64.
    pub(crate) gains: U256,
    /// What positions before it earned.
    pub(crate) earned_before: u64,
    pub(crate) since: Option<Round>,
    /// Rounds in which there was a position.
    pub(crate) rounds: u64,
    /// Rounds in which something was shared with it.
    pub(crate) shared: u64,
    pub(crate) changes: u64,
}

impl Stand {
    /// What the present position earned.
    pub(crate) fn earned_by_present(&self) -> Units {
        Units(u64::try_from(self.gains >> 64).unwrap_or(u64::MAX))
    }

    /// What all positions earned.
    pub(crate) fn earned(&self) -> Units {
        Units(
            self.earned_before
                .saturating_add(self.earned_by_present().0),
        )
    }

    pub(crate) fn earn(&mut self, per_weight: U256) {
        if let Some(state) = self.state {
            // Gains are in proportion to the weight, so sums of what a unit of it earns are exact.
            self.gains += per_weight * U256::from(weight::w(state.locked));
        }
    }

    /// The position ended.
    pub(crate) fn end(&mut self) {
        self.earned_before = self.earned().0;
        self.gains = U256::ZERO;
        self.since = None;
    }
}

/// Changes that are wanted: those with these numbers, counted from the first of the life.
pub(crate) struct Wanted {
    pub(crate) numbers: std::ops::Range<u64>,
    pub(crate) found: Vec<Change>,
}

impl Wanted {
    pub(crate) fn is_full(&self) -> bool {
        self.found.len() as u64 >= self.numbers.end.saturating_sub(self.numbers.start)
    }
}

/// The columns of a stand that is written down.
pub(crate) const STAND: &str = "SELECT round, locked, time_gain, miner, gains, earned_before, since_round, rounds, shared, changes FROM lives";

/// A stand as it is written down, and its time gain as it stands there.
pub(crate) fn stand(row: &Row<'_>) -> rusqlite::Result<(Stand, u8)> {
    let locked = maybe_uint(row, 1)?;
    let gain: u8 = row.get(2)?;
    let miner: Option<u32> = row.get(3)?;
    let state = locked.map(|locked| Position {
        locked: Units(locked),
        t: TimeGain::new(gain).unwrap_or(TimeGain::MIN),
        miner: miner.map(MinerId),
    });
    let stand = Stand {
        round: Round(uint(row, 0)?),
        state,
        gains: U256::from_be_bytes(row.get::<_, [u8; 32]>(4)?),
        earned_before: uint(row, 5)?,
        since: maybe_uint(row, 6)?.map(Round),
        rounds: uint(row, 7)?,
        shared: uint(row, 8)?,
        changes: uint(row, 9)?,
    };
    Ok((stand, gain))
}

/// The stand, if its time gain is one.
pub(crate) fn whole((stand, gain): (Stand, u8)) -> Result<Stand> {
    if stand.state.is_some() && TimeGain::new(gain).is_none() {
        return Err(HistoryError::Damaged("a time gain in a life"));
    }
    Ok(stand)
}

/// The position becomes another, if it does.
pub(crate) fn step(
    stand: &mut Stand,
    round: Round,
    cause: Cause,
    after: Position,
    wanted: Option<&mut Wanted>,
) {
    if stand.state != Some(after) {
        change(stand, round, cause, Some(after), wanted);
    }
}

/// The position becomes another, or is asked to.
pub(crate) fn change(
    stand: &mut Stand,
    round: Round,
    cause: Cause,
    after: Option<Position>,
    wanted: Option<&mut Wanted>,
) {
    let before = std::mem::replace(&mut stand.state, after);
    if let Some(wanted) = wanted
        && wanted.numbers.contains(&stand.changes)
    {
        wanted.found.push(Change {
            round,
            cause,
            before,
            after,
        });
    }
    stand.changes += 1;
}
