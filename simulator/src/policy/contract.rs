//! What a policy is asked and told, whatever its rule.

use crate::{time_gain::Halving, world::World};
use etm_mechanism::{Hash, Params};

/// A policy to choose by name.
pub struct Entry {
    /// Its name in studies.
    pub name: &'static str,
    /// Its name in reports.
    pub title: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// How it gives seats.
    pub seats: Seats,
    /// Makes it.
    pub start: Maker,
}

/// Makes a policy at genesis.
pub type Maker = fn(&World, &Start) -> Result<Box<dyn Policy>, PolicyError>;

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The world makes no valid genesis.
    #[error("genesis: {0}")]
    Genesis(String),
    /// A bug of the lab or the mechanism.
    #[error("round {round}: {reason}")]
    Round {
        round: u64,
        /// What the mechanism says.
        reason: String,
    },
    /// Too few miners have votes.
    #[error("only {found} miners have votes, a committee needs {needed}")]
    TooFewCandidates {
        /// With votes.
        found: usize,
        /// `MIN_COMMITTEE`.
        needed: u32,
    },
}

/// What the first round begins with.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    pub params: Params,
    /// The beacon of genesis.
    pub beacon: Hash,
}

/// A voter's change of mind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// Whose.
    pub voter: u32,
    /// The miner it votes for from now on.
    pub to: u32,
}

/// A block of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Who made it.
    pub producer: u32,
    /// How many of [`Round::missed`] belong to slots before it and after the block before.
    pub missed: u32,
    /// Its time in seconds.
    pub timestamp: u64,
}

/// A round to play.
#[derive(Clone, Copy, Debug)]
pub struct Round<'a> {
    pub number: u64,
    pub blocks: &'a [Block],
    /// The members whose slots were missed, in order.
    pub missed: &'a [u32],
    /// The beacon of its last block.
    pub beacon: Hash,
    /// The votes that change in it.
    pub moves: &'a [Move],
}

/// A position as it is now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PositionState {
    /// Its time gain; 1 where there is none.
    pub t: u8,
    pub votes: f64,
    /// What it has earned, ETM.
    pub earned: f64,
}

/// A miner as it is now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MinerState {
    pub votes: f64,
    /// Its weight in the election.
    pub weight: f64,
}

/// How votes become seats and bonus, round by round.
pub trait Policy: Send {
    /// The committee of the running round.
    fn committee(&self) -> &[u32];
    /// Plays the running round to its end.
    fn play(&mut self, round: &Round<'_>) -> Result<(), PolicyError>;
    /// All miners by id.
    fn miners(&self) -> Result<Vec<MinerState>, PolicyError>;
    /// A position (0 is the first of the world).
    fn position(&self, voter: u32) -> Result<PositionState, PolicyError>;
    /// How the election works, for voters that look ahead.
    fn outlook(&self) -> Outlook;
}

/// What a voter can know about the election.
#[derive(Clone, Copy, Debug)]
pub struct Outlook {
    /// Votes of 1 ETM raised to what power a position of `stake` ETM has at time gain 1.
    pub votes_of: fn(f64) -> f64,
    /// The factor that time gain `t` gives to votes.
    pub gain: fn(usize) -> f64,
    /// A miner's weight before performance, given its votes.
    pub weight_of: fn(f64) -> f64,
    /// How seats are given.
    pub seats: Seats,
    /// When the time gain is halved; `None`: there is none.
    pub halving: Option<Halving>,
}

/// How seats are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seats {
    /// Drawn by weight without replacement.
    Drawn,
    /// To the greatest weights.
    Top,
}
