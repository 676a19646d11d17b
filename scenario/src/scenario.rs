//! The file a scenario is written in: plain data, as strict as serde makes it.

use crate::{Amount, Beacon, ScenarioError, error};
use etm_mechanism::{Params, Request};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A genesis and a list of rounds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// `etm-scenario/1`.
    pub format: ScenarioFormat,
    /// What differs from the parameters of the mainnet.
    pub params: ParamsEntry,
    /// What the chain begins with.
    pub genesis: GenesisEntry,
    /// The rounds 0, 1, 2 ...
    pub rounds: Vec<RoundEntry>,
}

impl Scenario {
    /// Reads a scenario from JSON.
    pub fn parse(json: &str) -> Result<Self, ScenarioError> {
        error::from_json(json)
    }
}

/// The only format of scenarios there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum ScenarioFormat {
    /// `etm-scenario/1`.
    #[default]
    #[serde(rename = "etm-scenario/1")]
    V1,
}

/// A value that is there isn't null.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Parameters that differ from those of the mainnet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ParamsEntry {
    /// `K`.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub committee: Option<u32>,
    /// `L`.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub blocks_per_round: Option<u32>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub min_committee: Option<u32>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub min_lock: Option<Amount>,
    /// The deposit of a miner.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub deposit: Option<Amount>,
    /// The length of a day.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub day_seconds: Option<u64>,
}

impl ParamsEntry {
    /// The parameters meant.
    pub fn resolve(&self) -> Params {
        let mainnet = Params::mainnet();
        Params {
            committee: self.committee.unwrap_or(mainnet.committee),
            blocks_per_round: self.blocks_per_round.unwrap_or(mainnet.blocks_per_round),
            min_committee: self.min_committee.unwrap_or(mainnet.min_committee),
            min_lock: self.min_lock.map_or(mainnet.min_lock, Into::into),
            deposit: self.deposit.map_or(mainnet.deposit, Into::into),
            day_seconds: self.day_seconds.unwrap_or(mainnet.day_seconds),
        }
    }
}

impl From<Params> for ParamsEntry {
    fn from(params: Params) -> Self {
        Self {
            committee: Some(params.committee),
            blocks_per_round: Some(params.blocks_per_round),
            min_committee: Some(params.min_committee),
            min_lock: Some(params.min_lock.into()),
            deposit: Some(params.deposit.into()),
            day_seconds: Some(params.day_seconds),
        }
    }
}

/// What the chain begins with.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisEntry {
    /// Time of genesis in seconds.
    pub timestamp: u64,
    /// The beacon of genesis.
    pub beacon: Beacon,
    /// Accounts with what they have beside their position.
    pub accounts: Vec<GenesisAccount>,
    /// Miners 0, 1, 2 ...
    pub miners: Vec<GenesisMinerEntry>,
    pub positions: Vec<GenesisPositionEntry>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisAccount {
    /// Its name.
    pub id: String,
    /// What it has beside its position.
    #[serde(default)]
    pub free: Amount,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisMinerEntry {
    /// Its account.
    pub owner: String,
    pub name: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisPositionEntry {
    /// Whose it is.
    pub account: String,
    /// `T`.
    pub locked: Amount,
    /// Its time gain.
    #[serde(default = "one")]
    pub t: u8,
    /// The miner it votes for.
    #[serde(default)]
    pub miner: Option<u32>,
}

const fn one() -> u8 {
    1
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoundEntry {
    /// Its blocks: `L - 1` in round 0, `L` in any other.
    pub blocks: Vec<BlockEntry>,
    /// The beacon of its last block.
    pub beacon: Beacon,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockEntry {
    pub producer: u32,
    /// The members whose slots between the previous block and this one were missed, with repetition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<u32>,
    /// Its time in seconds.
    pub timestamp: u64,
    /// Fees that come from no account.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub fees: Amount,
    /// Requests in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<RequestEntry>,
}

fn is_zero(amount: &Amount) -> bool {
    amount.0 == 0
}

/// A request of an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestEntry {
    /// Who asks.
    pub account: String,
    pub operation: Operation,
}

/// What a request asks for. Not `etm_mechanism::Request`, whose names are valid: a scenario may ask for a name that can't be one, and sees it
/// refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Operation {
    Lock(Amount),
    Unlock(Amount),
    /// Vote for this miner.
    Vote(u32),
    Withdraw,
    /// Register as a miner under this name, valid or not.
    Register(String),
    Resign,
    Transfer(TransferEntry),
}

impl<A: ToString> From<Request<A>> for Operation {
    fn from(request: Request<A>) -> Self {
        match request {
            Request::Lock(amount) => Self::Lock(Amount(amount.0)),
            Request::Unlock(amount) => Self::Unlock(Amount(amount.0)),
            Request::Vote(miner) => Self::Vote(miner.0),
            Request::Withdraw => Self::Withdraw,
            Request::Register(name) => Self::Register(name.to_string()),
            Request::Resign => Self::Resign,
            Request::Transfer { to, amount } => Self::Transfer(TransferEntry {
                to: to.to_string(),
                amount: Amount(amount.0),
            }),
        }
    }
}

/// The recipient and the amount of a transfer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferEntry {
    /// The recipient.
    pub to: String,
    pub amount: Amount,
}

/// A request as it is written: an account and exactly one of the others.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestFields {
    account: String,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    lock: Option<Amount>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    unlock: Option<Amount>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    vote: Option<u32>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    withdraw: Option<bool>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    register: Option<String>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    resign: Option<bool>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    transfer: Option<TransferEntry>,
}

impl<'de> Deserialize<'de> for RequestEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = RequestFields::deserialize(deserializer)?;
        if fields.withdraw == Some(false) || fields.resign == Some(false) {
            return Err(D::Error::custom(
                "`withdraw` and `resign` are true if they are there",
            ));
        }
        let mut operations = [
            fields.lock.map(Operation::Lock),
            fields.unlock.map(Operation::Unlock),
            fields.vote.map(Operation::Vote),
            fields.withdraw.map(|_| Operation::Withdraw),
            fields.register.map(Operation::Register),
            fields.resign.map(|_| Operation::Resign),
            fields.transfer.map(Operation::Transfer),
        ]
        .into_iter()
        .flatten();
        match (operations.next(), operations.next()) {
            (Some(operation), None) => Ok(Self {
                account: fields.account,
                operation,
            }),
            _ => Err(D::Error::custom(
                "a request has exactly one of `lock`, `unlock`, `vote`, `withdraw`, `register`, `resign`, `transfer`",
            )),
        }
    }
}

impl Serialize for RequestEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = RequestFields {
            account: self.account.clone(),
            ..RequestFields::default()
        };
        match &self.operation {
            Operation::Lock(amount) => fields.lock = Some(*amount),
            Operation::Unlock(amount) => fields.unlock = Some(*amount),
            Operation::Vote(miner) => fields.vote = Some(*miner),
            Operation::Withdraw => fields.withdraw = Some(true),
            Operation::Register(name) => fields.register = Some(name.clone()),
            Operation::Resign => fields.resign = Some(true),
            Operation::Transfer(transfer) => fields.transfer = Some(transfer.clone()),
        }
        fields.serialize(serializer)
    }
}
