//! Genesis files: JSON or TOML, strict. Amounts are decimal strings of units, keys and hashes lower-case hex.

use super::{Draft, DraftMiner, DraftPosition};
use crate::chain::ChainParams;
use etm_mechanism::{Params, TimeGain};
use etm_types::{Address, Beacon, Contact, MinerId, MinerKeys, Units};
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use std::str::FromStr;
use thiserror::Error;

const FORMAT: &str = "etm-genesis/1";

/// Why a text is no genesis file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FileError {
    /// It is not JSON or TOML of the right shape.
    #[error("{0}")]
    Shape(String),
    /// A value is wrong.
    #[error("{path}: {reason}")]
    Value {
        /// Where it stands.
        path: String,
        reason: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    name: String,
    timestamp_ms: u64,
    beacon: String,
    parameters: Parameters,
    #[serde(default)]
    accounts: Vec<Account>,
    #[serde(default)]
    miners: Vec<Miner>,
    #[serde(default)]
    positions: Vec<Position>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    committee: u32,
    blocks_per_round: u32,
    min_committee: u32,
    min_lock: String,
    deposit: String,
    day_seconds: u64,
    slot_ms: u64,
    fee: String,
    ready_rounds: u64,
    max_block_transactions: u32,
    max_block_bytes: u32,
    #[serde(default)]
    devnet: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    address: String,
    balance: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Miner {
    owner: String,
    name: String,
    node_key: String,
    bls_key: String,
    node_proof: String,
    bls_proof: String,
    dial: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Position {
    account: String,
    locked: String,
    #[serde(default = "one")]
    time_gain: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    miner: Option<u32>,
}

const fn one() -> u8 {
    1
}

impl Draft {
    /// Reads a JSON genesis file.
    ///
    /// # Errors
    /// [`FileError`], with line and column or with the path of the value that is wrong.
    pub fn from_json(text: &str) -> Result<Self, FileError> {
        let file =
            serde_json::from_str(text).map_err(|error| FileError::Shape(error.to_string()))?;
        from_file(file)
    }

    /// Reads a TOML genesis file of the same shape.
    ///
    /// # Errors
    /// As [`Draft::from_json`].
    pub fn from_toml(text: &str) -> Result<Self, FileError> {
        let file = toml::from_str(text).map_err(|error| FileError::Shape(error.to_string()))?;
        from_file(file)
    }

    /// Writes the JSON genesis file.
    pub fn to_json(&self) -> String {
        // Strings, numbers and lists: serialization can't fail.
        serde_json::to_string_pretty(&to_file(self)).unwrap_or_default()
    }
}

fn value<T>(path: impl Fn() -> String, text: &str) -> Result<T, FileError>
where
    T: FromStr,
    T::Err: Display,
{
    text.parse().map_err(|error: T::Err| FileError::Value {
        path: path(),
        reason: error.to_string(),
    })
}

fn units(path: impl Fn() -> String, text: &str) -> Result<Units, FileError> {
    let plain = !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text.len() == 1 || !text.starts_with('0'));
    text.parse()
        .ok()
        .filter(|_| plain)
        .map(Units)
        .ok_or_else(|| FileError::Value {
            path: path(),
            reason: format!("must be units as a decimal string from 0 to {}", u64::MAX),
        })
}

fn from_file(file: File) -> Result<Draft, FileError> {
    let wrong = |path: String, reason: &str| FileError::Value {
        path,
        reason: reason.to_owned(),
    };
    if file.format != FORMAT {
        return Err(wrong("format".into(), "must be \"etm-genesis/1\""));
    }
    let beacon: Beacon = value(|| "beacon".into(), &file.beacon)?;
    let params = parameters(&file.parameters)?;
    let mut draft = Draft::new(file.name, params, file.timestamp_ms, beacon);
    for (index, account) in file.accounts.iter().enumerate() {
        let path = |field: &str| format!("accounts[{index}].{field}");
        let address: Address = value(|| path("address"), &account.address)?;
        let balance = units(|| path("balance"), &account.balance)?;
        if draft.accounts.insert(address, balance).is_some() {
            return Err(wrong(path("address"), "the account is listed twice"));
        }
    }
    for (index, miner) in file.miners.iter().enumerate() {
        let path = |field: &str| format!("miners[{index}].{field}");
        draft.miners.push(DraftMiner {
            owner: value(|| path("owner"), &miner.owner)?,
            name: etm_types::MinerName::new(&miner.name)
                .map_err(|error| wrong(path("name"), &error.to_string()))?,
            keys: MinerKeys {
                node: value(|| path("node_key"), &miner.node_key)?,
                bls: value(|| path("bls_key"), &miner.bls_key)?,
                node_proof: value(|| path("node_proof"), &miner.node_proof)?,
                bls_proof: value(|| path("bls_proof"), &miner.bls_proof)?,
            },
            dial: value(|| path("dial"), &miner.dial)?,
            contact: miner
                .contact
                .as_deref()
                .map(|contact| value::<Contact>(|| path("contact"), contact))
                .transpose()?,
        });
    }
    for (index, position) in file.positions.iter().enumerate() {
        let path = |field: &str| format!("positions[{index}].{field}");
        let account: Address = value(|| path("account"), &position.account)?;
        let entry = DraftPosition {
            locked: units(|| path("locked"), &position.locked)?,
            time_gain: TimeGain::new(position.time_gain)
                .ok_or_else(|| wrong(path("time_gain"), "must be 1 to 32"))?,
            miner: position.miner.map(MinerId),
        };
        if draft.positions.insert(account, entry).is_some() {
            return Err(wrong(path("account"), "the account has a position already"));
        }
    }
    Ok(draft)
}

fn parameters(file: &Parameters) -> Result<ChainParams, FileError> {
    let amount = |name: &str, text: &str| units(|| format!("parameters.{name}"), text);
    Ok(ChainParams {
        mechanism: Params {
            committee: file.committee,
            blocks_per_round: file.blocks_per_round,
            min_committee: file.min_committee,
            min_lock: amount("min_lock", &file.min_lock)?,
            deposit: amount("deposit", &file.deposit)?,
            day_seconds: file.day_seconds,
        },
        slot_ms: file.slot_ms,
        fee: amount("fee", &file.fee)?,
        ready_rounds: file.ready_rounds,
        max_block_transactions: file.max_block_transactions,
        max_block_bytes: file.max_block_bytes,
        devnet: file.devnet,
    })
}

fn to_file(draft: &Draft) -> File {
    let params = &draft.params;
    File {
        format: FORMAT.to_owned(),
        name: draft.name.clone(),
        timestamp_ms: draft.timestamp_ms,
        beacon: draft.beacon.to_string(),
        parameters: Parameters {
            committee: params.mechanism.committee,
            blocks_per_round: params.mechanism.blocks_per_round,
            min_committee: params.mechanism.min_committee,
            min_lock: params.mechanism.min_lock.to_string(),
            deposit: params.mechanism.deposit.to_string(),
            day_seconds: params.mechanism.day_seconds,
            slot_ms: params.slot_ms,
            fee: params.fee.to_string(),
            ready_rounds: params.ready_rounds,
            max_block_transactions: params.max_block_transactions,
            max_block_bytes: params.max_block_bytes,
            devnet: params.devnet,
        },
        accounts: draft
            .accounts
            .iter()
            .map(|(address, balance)| Account {
                address: address.to_string(),
                balance: balance.to_string(),
            })
            .collect(),
        miners: draft
            .miners
            .iter()
            .map(|miner| Miner {
                owner: miner.owner.to_string(),
                name: miner.name.to_string(),
                node_key: miner.keys.node.to_string(),
                bls_key: miner.keys.bls.to_string(),
                node_proof: miner.keys.node_proof.to_string(),
                bls_proof: miner.keys.bls_proof.to_string(),
                dial: miner.dial.to_string(),
                contact: miner.contact.as_ref().map(Contact::to_string),
            })
            .collect(),
        positions: draft
            .positions
            .iter()
            .map(|(account, position)| Position {
                account: account.to_string(),
                locked: position.locked.to_string(),
                time_gain: position.time_gain.get(),
                miner: position.miner.map(|miner| miner.0),
            })
            .collect(),
    }
}
