//! What a request is judged by, proved from genesis: a node that names another fee or deposit is caught before anything is signed.

use super::{held::Held, pins::unreadable};
use crate::{
    context::Context,
    failure::{Failure, Result},
    files,
};
use etm_execution::{ChainParams, genesis::Draft};
use etm_types::{ChainId, api::chain::Parameters, codec};
use serde::{Deserialize, Serialize};

const MAX_BYTES: u64 = 1 << 20;

/// The parameters of a chain that wallets go by. Amounts in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    min_fee: u64,
    min_lock: u64,
    deposit: u64,
    committee: u32,
    blocks_per_round: u32,
    min_committee: u32,
    slot_ms: u64,
    day_seconds: u64,
    ready_rounds: u64,
}

impl Terms {
    const fn of(params: &ChainParams) -> Self {
        let mechanism = &params.mechanism;
        Self {
            min_fee: params.fee.0,
            min_lock: mechanism.min_lock.0,
            deposit: mechanism.deposit.0,
            committee: mechanism.committee,
            blocks_per_round: mechanism.blocks_per_round,
            min_committee: mechanism.min_committee,
            slot_ms: params.slot_ms,
            day_seconds: mechanism.day_seconds,
            ready_rounds: params.ready_rounds,
        }
    }

    fn told(told: &Parameters) -> Self {
        Self {
            min_fee: told.min_fee.0,
            min_lock: told.min_lock.0,
            deposit: told.deposit.0,
            committee: told.committee,
            blocks_per_round: told.blocks_per_round,
            min_committee: told.min_committee,
            slot_ms: told.slot_ms,
            day_seconds: told.day_seconds,
            ready_rounds: u64::from(told.ready_rounds),
        }
    }

    /// Those of a canonical genesis, which must be that of `chain`.
    ///
    /// # Errors
    /// [`Failure`] if it is another's, or none.
    pub fn of_genesis(canonical: &[u8], chain: ChainId) -> Result<Self> {
        let wrong =
            |reason: String| Failure::failed("does_not_verify", format!("genesis: {reason}"));
        let found = ChainId::of_genesis(canonical);
        if found != chain {
            return Err(wrong(format!(
                "its hash is {found}, the chain's id is {chain}"
            )));
        }
        let draft: Draft =
            codec::from_bytes(canonical).map_err(|error| wrong(error.to_string()))?;
        Ok(Self::of(&draft.params))
    }

    /// Those that are kept of a chain, if they were seen before.
    fn read(held: &Held, chain: ChainId) -> Result<Option<Self>> {
        let path = held.path(&format!("{chain}.terms"));
        let Some(path) = path.filter(|path| path.exists()) else {
            return Ok(None);
        };
        let text = files::read_text(&path, MAX_BYTES).map_err(|error| unreadable(&path, error))?;
        let terms = toml::from_str(&text).map_err(|error| unreadable(&path, error.message()))?;
        Ok(Some(terms))
    }

    /// Keeps them.
    fn write(&self, held: &Held, chain: ChainId) -> Result<()> {
        let Some(path) = held.path(&format!("{chain}.terms")) else {
            return Ok(());
        };
        let text = toml::to_string(self)
            .map_err(|error| Failure::failed("file_not_written", error.to_string()))?;
        files::write(&path, text.as_bytes(), true)
    }

    fn rows(&self) -> [(&'static str, u64); 9] {
        [
            ("min_fee", self.min_fee),
            ("min_lock", self.min_lock),
            ("deposit", self.deposit),
            ("committee", self.committee.into()),
            ("blocks_per_round", self.blocks_per_round.into()),
            ("min_committee", self.min_committee.into()),
            ("slot_ms", self.slot_ms),
            ("day_seconds", self.day_seconds),
            ("ready_rounds", self.ready_rounds),
        ]
    }

    /// Holds what a node says against these.
    ///
    /// # Errors
    /// [`Failure`] naming the first parameter that differs.
    pub fn compare(&self, parameters: &Parameters) -> Result<()> {
        let told = Self::told(parameters).rows();
        match self.rows().iter().zip(told).find(|(own, told)| **own != *told) {
            None => Ok(()),
            Some(((name, own), (_, told))) => Err(Failure::failed(
                "does_not_verify",
                format!("the node says that {name} is {told}, but in the genesis of this chain it is {own}: nothing was signed"),
            )
            .hint("--node names another node")),
        }
    }
}

/// Holds the parameters that a node names against the genesis of its chain: that of the last time, or the node's own, whose hash has to be
/// the chain's id. A node that gives no genesis is believed; what it can do with that is bounded by what is asked about apart.
///
/// # Errors
/// [`Failure`] if they differ, or what the node gives is the genesis of another chain.
pub async fn check(context: &Context, chain: ChainId, parameters: &Parameters) -> Result<()> {
    let held = Held::open(None)?;
    if let Some(terms) = Terms::read(&held, chain)? {
        return terms.compare(parameters);
    }
    let Ok(genesis) = context.client.genesis().await else {
        let message = format!(
            "etm: warning: the node gives no genesis: that a fee is {} at least is its word alone",
            crate::figures::etm(parameters.min_fee)
        );
        context.output.note(&message);
        return Ok(());
    };
    let terms = Terms::of_genesis(&genesis.canonical.0, chain)?;
    terms.compare(parameters)?;
    terms.write(&held, chain)
}

#[cfg(test)]
mod tests;
