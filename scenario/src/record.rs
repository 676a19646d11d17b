//! What a chain wrote down of its own run, to be compared with what follows from the scenario.

use crate::{Amount, CommitteeState, Figure, RoundState, States};
use serde::{Deserialize, Serialize};

/// What a chain recorded of its rounds, and the positions it had after the last of them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// `etm-record/1`.
    pub format: RecordFormat,
    /// The rounds, from 0 on.
    pub rounds: Vec<RecordedRound>,
    /// The positions after the last round, by account.
    pub positions: Vec<RecordedPosition>,
}

/// The only format of records there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum RecordFormat {
    /// `etm-record/1`.
    #[default]
    #[serde(rename = "etm-record/1")]
    V1,
}

/// What a chain recorded of a round.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedRound {
    pub round: u64,
    /// Rejected requests: block in the round, request in the block.
    pub rejected: Vec<(usize, usize)>,
    /// The lucky member.
    pub lucky: u32,
    /// Bonus carried over.
    pub carry: Amount,
    /// `v_avg` times 2^32.
    pub v_avg: Figure,
    /// The candidates of the draw, by id.
    pub candidates: Vec<RecordedCandidate>,
    /// The committee drawn.
    pub committee: CommitteeState,
    /// Fees not yet shared.
    pub fees_pending: Amount,
}

/// A candidate of a draw.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedCandidate {
    pub id: u32,
    #[serde(rename = "S")]
    pub votes: Figure,
    /// Blocks it produced.
    #[serde(rename = "m")]
    pub produced: u64,
    /// Its slots whose outcome is known.
    #[serde(rename = "n")]
    pub slots: u64,
    /// Its election weight.
    #[serde(rename = "R")]
    pub weight: Figure,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedPosition {
    /// Whose it is.
    pub account: String,
    /// `T`.
    pub locked: Amount,
    /// Its time gain.
    pub t: u8,
    /// The miner it votes for.
    pub miner: Option<u32>,
}

impl Record {
    /// What a chain would record that went through these states.
    pub fn of(states: &States) -> Self {
        let positions = states.rounds.last().map(|last| {
            let positions = last.positions.iter().map(|position| RecordedPosition {
                account: position.account.clone(),
                locked: position.locked,
                t: position.t,
                miner: position.miner,
            });
            positions.collect()
        });
        Self {
            format: RecordFormat::V1,
            rounds: states.rounds.iter().map(RecordedRound::of).collect(),
            positions: positions.unwrap_or_default(),
        }
    }
}

impl RecordedRound {
    fn of(state: &RoundState) -> Self {
        // In a scenario every miner is ready, so all with weight are candidates.
        let candidates = state.miners.iter().filter(|miner| miner.weight.0 > 0);
        Self {
            round: state.round,
            rejected: state.rejected.clone(),
            lucky: state.lucky,
            carry: state.carry,
            v_avg: state.v_avg,
            candidates: candidates
                .map(|miner| RecordedCandidate {
                    id: miner.id,
                    votes: miner.votes,
                    produced: miner.produced,
                    slots: miner.slots,
                    weight: miner.weight,
                })
                .collect(),
            committee: state.committee.clone(),
            fees_pending: state.fees_pending,
        }
    }
}
