//! Chain parameters of the mechanism (`docs/spec/mechanism.md` sections 2, 3 and 6).

use crate::{Day, Height, Round, Units};

/// Parameters of the mechanism. They never change during the life of a chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Params {
    /// `K`: the greatest size of a committee, at least 1.
    pub committee: u32,
    /// `L`: blocks (heights) of a round, at least 2.
    pub blocks_per_round: u32,
    /// `MIN_COMMITTEE`: with fewer candidates the next committee serves again; at least 1.
    pub min_committee: u32,
    /// `MIN_LOCK`: the least amount a position holds.
    pub min_lock: Units,
    /// What a miner deposits when it registers.
    pub deposit: Units,
    /// Length of a day in seconds of block time, at least 1.
    pub day_seconds: u64,
}

impl Params {
    /// The values of mechanism.md: 101 members, 101 blocks, at least 4 candidates, 1 ETM, 1,000 ETM, 86,400 s.
    pub const fn mainnet() -> Self {
        Self {
            committee: 101,
            blocks_per_round: 101,
            min_committee: 4,
            min_lock: Units::ETM,
            deposit: Units(1_000 * Units::ETM.0),
            day_seconds: 86_400,
        }
    }

    /// Says which bound a parameter breaks, if any.
    pub const fn check(&self) -> Result<(), ParamsError> {
        if self.committee == 0 {
            return Err(ParamsError::Committee);
        }
        if self.blocks_per_round < 2 {
            return Err(ParamsError::BlocksPerRound(self.blocks_per_round));
        }
        if self.min_committee == 0 {
            return Err(ParamsError::MinCommittee);
        }
        if self.day_seconds == 0 {
            return Err(ParamsError::DaySeconds);
        }
        Ok(())
    }

    pub fn round_of(&self, height: Height) -> Round {
        Round(height.0 / u64::from(self.blocks_per_round).max(1))
    }

    /// The day of a block, from its timestamp and that of genesis, in seconds.
    pub fn day_of(&self, timestamp: u64, genesis: u64) -> Day {
        Day(timestamp.saturating_sub(genesis) / self.day_seconds.max(1))
    }

    /// The first height that earns something in `round`: heights `round * L .. (round + 1) * L`, without genesis.
    pub fn first_height(&self, round: Round) -> Option<Height> {
        let first = round.0.checked_mul(u64::from(self.blocks_per_round))?;
        Some(Height(first.max(1)))
    }

    /// The last height of `round`.
    pub fn last_height(&self, round: Round) -> Option<Height> {
        let next = round.checked_add(1)?.0;
        let end = next.checked_mul(u64::from(self.blocks_per_round))?;
        Height(end).previous()
    }
}

impl Default for Params {
    fn default() -> Self {
        Self::mainnet()
    }
}

/// A parameter outside its bounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ParamsError {
    /// `K` of 0.
    #[error("the committee has at least 1 member")]
    Committee,
    /// `L` below 2.
    #[error("a round has at least 2 blocks, not {0}")]
    BlocksPerRound(u32),
    /// `MIN_COMMITTEE` of 0.
    #[error("the least committee has at least 1 member")]
    MinCommittee,
    /// A day of 0 seconds.
    #[error("a day has at least 1 second")]
    DaySeconds,
}
