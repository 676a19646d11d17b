//! What a request is judged by, proved from genesis: a node that names another fee or deposit is caught before anything is signed.

use super::{
    held::Held,
    pins::{Pins, unreadable},
};
use crate::{
    context::{Context, now_ms},
    failure::{Failure, Result},
    files,
};
use etm_execution::genesis::Draft;
use etm_types::{
    ChainId, Hash,
    api::chain::{ChainRef, Parameters, Tip},
    codec,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

const MAX_BYTES: u64 = 1 << 20;

/// A parameter: its name, what genesis says of it, and what a node says.
type Row = (&'static str, fn(&Draft) -> Value, fn(&Parameters) -> Value);

/// What stands in a row: a number, or a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Value {
    Number(u64),
    Name(String),
}

impl From<u64> for Value {
    /// One that is more than a file can hold as a number stands there as text.
    fn from(number: u64) -> Self {
        match i64::try_from(number) {
            Ok(_) => Self::Number(number),
            Err(_) => Self::Name(number.to_string()),
        }
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<&str> for Value {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(out),
            Self::Name(name) => out.write_str(name),
        }
    }
}

/// What wallets go by of a chain. Amounts in units.
const ROWS: [Row; 13] = [
    (
        "chain",
        |own| own.name.as_str().into(),
        |told| told.chain.name.as_str().into(),
    ),
    (
        "min_fee",
        |own| own.params.fee.0.into(),
        |told| told.min_fee.0.into(),
    ),
    (
        "min_lock",
        |own| own.params.mechanism.min_lock.0.into(),
        |told| told.min_lock.0.into(),
    ),
    (
        "deposit",
        |own| own.params.mechanism.deposit.0.into(),
        |told| told.deposit.0.into(),
    ),
    (
        "committee",
        |own| own.params.mechanism.committee.into(),
        |told| told.committee.into(),
    ),
    (
        "blocks_per_round",
        |own| own.params.mechanism.blocks_per_round.into(),
        |told| told.blocks_per_round.into(),
    ),
    (
        "min_committee",
        |own| own.params.mechanism.min_committee.into(),
        |told| told.min_committee.into(),
    ),
    (
        "slot_ms",
        |own| own.params.slot_ms.into(),
        |told| told.slot_ms.into(),
    ),
    (
        "day_seconds",
        |own| own.params.mechanism.day_seconds.into(),
        |told| told.day_seconds.into(),
    ),
    (
        "ready_rounds",
        |own| own.params.ready_rounds.into(),
        |told| told.ready_rounds.into(),
    ),
    (
        "genesis_timestamp_ms",
        |own| own.timestamp_ms.into(),
        |told| told.chain.genesis_timestamp_ms.into(),
    ),
    (
        "devnet",
        |own| u64::from(own.params.devnet).into(),
        |told| u64::from(told.chain.devnet).into(),
    ),
    // What nobody can have more of.
    (
        "genesis_supply",
        |own| u64::try_from(own.supply()).unwrap_or(u64::MAX).into(),
        |told| told.genesis_supply.0.into(),
    ),
];

/// By how much clocks may differ before a height is held to be none.
const CLOCKS_MS: u64 = 600_000;

/// What the genesis of a chain says of each of [`ROWS`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "BTreeMap<String, Value>", try_from = "BTreeMap<String, Value>")]
pub struct Terms([Value; ROWS.len()]);

impl From<Terms> for BTreeMap<String, Value> {
    fn from(terms: Terms) -> Self {
        let names = ROWS.map(|(name, ..)| name.to_owned());
        names.into_iter().zip(terms.0).collect()
    }
}

impl TryFrom<BTreeMap<String, Value>> for Terms {
    type Error = String;

    fn try_from(mut table: BTreeMap<String, Value>) -> std::result::Result<Self, String> {
        let mut terms = ROWS.map(|_| Value::Number(0));
        for (place, (name, ..)) in terms.iter_mut().zip(ROWS) {
            *place = table
                .remove(name)
                .ok_or_else(|| format!("{name} is missing"))?;
        }
        match table.into_keys().next() {
            None => Ok(Self(terms)),
            Some(name) => Err(format!("{name} is no parameter")),
        }
    }
}

/// What a node gives as the canonical genesis of `chain`.
///
/// # Errors
/// [`Failure`] if it is another's, or none.
pub fn draft(canonical: &[u8], chain: ChainId) -> Result<Draft> {
    let wrong = |reason: String| Failure::failed("does_not_verify", format!("genesis: {reason}"));
    let found = ChainId::of_genesis(canonical);
    if found != chain {
        return Err(wrong(format!(
            "its hash is {found}, the chain's id is {chain}"
        )));
    }
    codec::from_bytes(canonical).map_err(|error| wrong(error.to_string()))
}

const SUM: &str = "# sha256 ";

/// Of what is kept of a chain: a digit that a disk has changed, or the terms of another chain, would accuse an honest node.
fn sum_of(text: &str, chain: ChainId) -> Hash {
    Hash::of(&[&chain.0, text.as_bytes()])
}

fn sealed(text: &str, chain: ChainId) -> String {
    format!("{text}{SUM}{}\n", sum_of(text, chain))
}

/// What stands before its sum, if that is the one.
fn whole(kept: &str, chain: ChainId) -> Option<&str> {
    let (text, sum) = kept.trim_end().rsplit_once(SUM)?;
    (sum == sum_of(text, chain).to_string()).then_some(text)
}

impl Terms {
    fn of(genesis: &Draft) -> Self {
        Self(ROWS.map(|(_, own, _)| own(genesis)))
    }

    /// Those that are kept of a chain, if they were seen before.
    pub(super) fn read(held: &Held, chain: ChainId) -> Result<Option<Self>> {
        let path = held.path(&format!("{chain}.terms"));
        let Some(path) = path.filter(|path| path.exists()) else {
            return Ok(None);
        };
        let text = files::read_text(&path, MAX_BYTES).map_err(|error| unreadable(&path, error))?;
        let Some(text) = whole(&text, chain) else {
            // As it is where an earlier version wrote it, or a disk changed it: they follow from the genesis anew.
            return Ok(None);
        };
        let kept: BTreeMap<String, Value> =
            toml::from_str(text).map_err(|error| unreadable(&path, error.message()))?;
        // One that was written when fewer terms were compared is as good as none: they follow from the genesis anew.
        if ROWS.iter().any(|(name, ..)| !kept.contains_key(*name)) {
            return Ok(None);
        }
        let terms = Self::try_from(kept).map_err(|error| unreadable(&path, error))?;
        Ok(Some(terms))
    }

    /// The number of this name, if it is one.
    pub(super) fn number(&self, wanted: &str) -> Option<u64> {
        let mut rows = self.0.iter().zip(ROWS);
        rows.find_map(|(value, (name, ..))| match value {
            Value::Number(number) if name == wanted => Some(*number),
            _ => None,
        })
    }

    /// Keeps them.
    fn write(&self, held: &Held, chain: ChainId) -> Result<()> {
        let Some(path) = held.path(&format!("{chain}.terms")) else {
            return Ok(());
        };
        let text = toml::to_string(self)
            .map_err(|error| Failure::failed("file_not_written", error.to_string()))?;
        files::write(&path, sealed(&text, chain).as_bytes(), true)
    }

    /// Holds what a node says against these.
    ///
    /// # Errors
    /// [`Failure`] naming the first parameter that differs.
    pub fn compare(&self, parameters: &Parameters) -> Result<()> {
        for (own, (name, _, told)) in self.0.iter().zip(ROWS) {
            let told = told(parameters);
            if *own != told {
                return Err(Failure::failed(
                    "does_not_verify",
                    format!("the node says that {name} is {told}, but in the genesis of this chain it is {own}: nothing was signed"),
                )
                .hint("--node names another node"));
            }
        }
        Ok(())
    }
}

/// Holds the height that a node names against the time there was since genesis: transactions expire by it. Only a devnet's clock, which travels, may be
/// ahead of this one.
///
/// # Errors
/// [`Failure`] if no chain with these parameters can be there yet.
fn is_possible(chain: &ChainRef, slot_ms: u64, tip: &Tip, now_ms: u64) -> Result<()> {
    let now_ms = match chain.devnet {
        true => now_ms.max(tip.timestamp_ms),
        false => now_ms,
    };
    let passed_ms = now_ms
        .saturating_add(CLOCKS_MS)
        .saturating_sub(chain.genesis_timestamp_ms);
    let most = passed_ms / slot_ms.max(1);
    if tip.height <= most {
        return Ok(());
    }
    let message = format!(
        "the node says that the chain is at block {}, but since its genesis there was time for {most} at most: nothing was signed",
        tip.height
    );
    Err(Failure::failed("does_not_verify", message)
        .hint("--node names another node; see that this machine's clock is right"))
}

/// What stands behind a node's word of its chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grounds {
    /// Whether the parameters follow from the chain's id: of a node that gives no genesis they are its word.
    pub proved: bool,
    /// Whether a signature holds the node to the chain that it gives the genesis of, where nobody named one and it was held to none before.
    pub first_use: bool,
}

/// From now on the node has to have this chain, or a devnet if that is one, which may be made anew, unless there is nothing but the node's word, which may
/// be of none. To be called where somebody has signed for it, and not where somebody only looks.
///
/// # Errors
/// [`Failure`] if that can't be written down.
pub fn pin(context: &Context, chain: &ChainRef, grounds: Grounds) -> Result<()> {
    let node = &context.settings.node;
    if !grounds.proved {
        return Ok(());
    }
    let held = Held::open(None)?;
    if chain.devnet {
        return held.pins().remember_devnet(node);
    }
    held.remember(&context.output, node, ChainId(chain.id.0))?;
    held.pins().forget_devnet(node)
}

impl Terms {
    /// Those of a chain that are kept, or that follow from the genesis that the node gives; none if it gives none.
    ///
    /// # Errors
    /// [`Failure`] if what the node gives is the genesis of another chain.
    pub(super) async fn of_chain(
        context: &Context,
        held: &Held,
        chain: ChainId,
    ) -> Result<Option<Self>> {
        if let Some(kept) = Self::read(held, chain)? {
            return Ok(Some(kept));
        }
        let Ok(genesis) = context.client.genesis().await else {
            return Ok(None);
        };
        let terms = Self::of(&draft(&genesis.canonical.0, chain)?);
        terms.write(held, chain)?;
        Ok(Some(terms))
    }
}

/// Holds the parameters that a node names against the genesis of its chain: that of the last time, or the node's own, whose hash has to be
/// the chain's id; and the height it names against them.
///
/// # Errors
/// [`Failure`] if they differ, or what the node gives is the genesis of another chain.
pub async fn check(
    context: &Context,
    chain: ChainId,
    parameters: &Parameters,
    tip: &Tip,
) -> Result<Grounds> {
    let held = Held::open(None)?;
    let terms = Terms::of_chain(context, &held, chain).await?;
    if let Some(terms) = &terms {
        terms.compare(parameters)?;
    }
    is_possible(&parameters.chain, parameters.slot_ms, tip, now_ms())?;
    let proved = terms.is_some();
    let (pins, node) = (held.pins().read()?, &context.settings.node);
    let before = pins.chain_of(node);
    let named = context.settings.chain.is_some() || parameters.chain.devnet;
    if !named {
        no_devnet_before(&pins, node, &parameters.chain)?;
    }
    Ok(Grounds {
        proved,
        first_use: proved && !named && before.is_none(),
    })
}

/// Refuses a chain that nobody named at a node that had a devnet: whoever signs for one expects nothing of value there.
fn no_devnet_before(pins: &Pins, node: &str, chain: &ChainRef) -> Result<()> {
    if !pins.had_devnet(node) {
        return Ok(());
    }
    let message = format!(
        "{node} had a devnet when something was signed for it here, and says now that its chain is {} ({}), which is none: nothing was signed",
        chain.name, chain.id
    );
    Err(Failure::failed("wrong_chain", message).hint(format!(
        "if that is the chain you mean: --chain {}",
        chain.id
    )))
}

#[cfg(test)]
mod tests;
