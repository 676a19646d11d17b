//! What a check of a miner's votes reads (`docs/verify.md`, section 8).

use super::{Amount, Hash, Integer, MinerRef};
use serde::{Deserialize, Serialize};

/// A miner's votes in a round, proved from the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckedVotes {
    /// The chain id.
    pub chain: Hash,
    /// The round in which these votes count.
    pub round: u64,
    /// The block in whose state they stand.
    pub height: u64,
    /// When that block was made, as its header says that the committee signed: milliseconds since 1970. A node that stands still, or holds back what is
    /// newer, shows what was so then.
    pub timestamp_ms: u64,
    /// The root of that state.
    pub state_root: Hash,
    /// Who signed that the block is final, in the order drawn.
    pub signers: Vec<MinerRef>,
    /// The miner, with the name that the state has.
    pub miner: MinerRef,
    /// Whether it sits in the committee of that round. None where the block is the last of the round before: it leads to that committee's root alone.
    pub seated: Option<bool>,
    /// The blocks of that round which it made so far, as a member of its committee.
    pub produced: Option<u64>,
    /// `S`: the sum over its cohorts.
    pub votes: Integer,
    /// Its cohorts by rising time gain.
    pub cohorts: Vec<CheckedCohort>,
    /// A position that is in one of them.
    pub position: Option<CheckedPosition>,
}

/// Positions that vote for the same miner with the same time gain (mechanism.md section 9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckedCohort {
    /// `t`.
    pub time_gain: u8,
    /// `W`: the sum of `w(T)` over its positions.
    pub weight: Integer,
    /// `g(t) * W`.
    pub votes: Integer,
}

/// A position in a checked cohort.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckedPosition {
    /// Whose it is.
    pub address: String,
    /// What is locked: `T`.
    pub locked: Amount,
    /// `t`.
    pub time_gain: u8,
    /// `w(T)`.
    pub weight: Integer,
    /// `X = w(T) * g(t)`.
    pub votes: Integer,
}
