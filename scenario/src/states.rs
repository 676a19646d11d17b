//! The states that follow from a scenario: plain data.

use crate::{Amount, Figure, ScenarioError, error};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The state after genesis and after each round.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct States {
    /// `etm-states/1`.
    pub format: StatesFormat,
    /// After genesis.
    pub genesis: GenesisState,
    /// After each round, all of section 8 done.
    pub rounds: Vec<RoundState>,
}

impl States {
    /// Reads states from JSON.
    pub fn parse(json: &str) -> Result<Self, ScenarioError> {
        error::from_json(json)
    }
}

/// The only format of states there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum StatesFormat {
    /// `etm-states/1`.
    #[default]
    #[serde(rename = "etm-states/1")]
    V1,
}

/// The state after genesis.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisState {
    /// The committees of rounds 0 and 1 by round.
    pub committees: BTreeMap<u64, Vec<u32>>,
}

/// The state after a round.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoundState {
    pub round: u64,
    /// Rejected requests: block in the round, request in the block.
    pub rejected: Vec<(usize, usize)>,
    /// The lucky member.
    pub lucky: u32,
    /// Bonus carried over.
    pub carry: Amount,
    /// `v_avg` times 2^32.
    pub v_avg: Figure,
    /// Registered miners by id.
    pub miners: Vec<MinerState>,
    /// Positions by account.
    pub positions: Vec<PositionState>,
    /// Accounts by name.
    pub accounts: Vec<AccountState>,
    /// The committee drawn.
    pub committee: CommitteeState,
    /// Bonus issued so far.
    pub bonus_issued: Amount,
    /// Fees not yet shared.
    pub fees_pending: Amount,
}

/// A registered miner.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MinerState {
    pub id: u32,
    #[serde(rename = "S")]
    pub votes: Figure,
    /// Blocks it produced.
    #[serde(rename = "m")]
    pub produced: u64,
    /// Its slots whose outcome is known.
    #[serde(rename = "n")]
    pub slots: u64,
    /// The optimal coefficient times 2^32.
    #[serde(rename = "v")]
    pub coefficient: Figure,
    /// Its election weight.
    #[serde(rename = "R")]
    pub weight: Figure,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PositionState {
    /// Whose it is.
    pub account: String,
    /// `T`.
    pub locked: Amount,
    /// Its time gain.
    pub t: u8,
    /// The miner it votes for.
    pub miner: Option<u32>,
    /// What it has earned and not spent.
    pub earned: Amount,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountState {
    /// Its name.
    pub id: String,
    /// What it can spend besides earned bonus.
    pub free: Amount,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitteeState {
    /// The round it serves in.
    pub round: u64,
    /// Its members in the order drawn.
    pub members: Vec<u32>,
}
