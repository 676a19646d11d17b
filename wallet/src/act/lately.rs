//! What was signed here lately and takes money. A node that took it may say that it did not, or that it has expired: whoever signs the same once
//! more is asked apart.

use crate::{config, context::now_ms, figures::span, files, output::Output};
use etm_types::{Address, Hash, Payload, Transaction, UnsignedTransaction, api, codec};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Beside what is known of chains.
const FILE: &str = "signed.json";
const MAX_BYTES: u64 = 64 * 1024;
/// The newest are kept.
const MOST: usize = 50;
const LATELY_MS: u64 = 24 * 3_600_000;

/// One signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// Chain, sender and payload, as their hash.
    what: api::Hash,
    nonce: u64,
    hash: api::Hash,
    /// By this machine's clock, in milliseconds since 1970.
    at_ms: u64,
}

/// The list of them; none where there is no home folder.
#[derive(Clone, Debug)]
pub struct Lately(Option<PathBuf>);

impl Lately {
    /// Where what is known of chains is kept.
    pub fn usual() -> Self {
        let folder = config::named_chains().or_else(config::usual_chains);
        Self(folder.map(|folder| folder.join(FILE)))
    }

    /// What there is to ask if the very same was signed within a day. With the same nonce it counts once, however often it is signed.
    pub fn doubt(&self, unsigned: &UnsignedTransaction) -> Option<String> {
        self.doubt_at(unsigned, now_ms())
    }

    fn doubt_at(&self, unsigned: &UnsignedTransaction, now_ms: u64) -> Option<String> {
        let what = what(unsigned)?;
        let same = |entry: &&Entry| {
            entry.what == what
                && entry.nonce != unsigned.nonce
                && now_ms.saturating_sub(entry.at_ms) < LATELY_MS
        };
        let Entry { hash, at_ms, .. } = *self.entries().iter().rfind(same)?;
        Some(format!(
            "the very same was signed here {} ago, as transaction {hash}: whatever a node said of that, both may count",
            span(now_ms.saturating_sub(at_ms))
        ))
    }

    /// Remembers what was signed, or says that it can't.
    pub fn note(&self, signed: &Transaction, output: &Output) {
        if let Err(reason) = self.note_at(signed, now_ms()) {
            output.note(&format!(
                "etm: warning: that this was signed is not remembered: {reason}"
            ));
        }
    }

    fn note_at(&self, signed: &Transaction, now_ms: u64) -> Result<(), String> {
        let (Some(path), Some(what)) = (&self.0, what(&signed.unsigned)) else {
            return Ok(());
        };
        let mut entries = self.entries();
        entries.push(Entry {
            what,
            nonce: signed.unsigned.nonce,
            hash: signed.hash().into(),
            at_ms: now_ms,
        });
        let newest = entries.len().saturating_sub(MOST);
        let bytes = serde_json::to_vec(entries.get(newest..).unwrap_or_default());
        let bytes = bytes.map_err(|error| error.to_string())?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        files::write(path, &bytes, true).map_err(|failure| failure.message)
    }

    /// A list that can't be read is none: it is no reason to sign nothing more.
    fn entries(&self) -> Vec<Entry> {
        let text = (self.0.as_ref()).and_then(|path| files::read_text(path, MAX_BYTES).ok());
        text.and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    }
}

/// What takes money, as chain, sender and payload; none of all that costs no more than its fee.
fn what(unsigned: &UnsignedTransaction) -> Option<api::Hash> {
    let takes_money = match &unsigned.payload {
        Payload::Transfer { recipient, .. } => *recipient != Address::of(&unsigned.sender),
        Payload::Lock { .. } | Payload::Register { .. } => true,
        _ => false,
    };
    takes_money.then(|| {
        let payload = codec::to_bytes(&unsigned.payload);
        let sender = unsigned.sender.to_string();
        Hash::of(&[
            b"etm/signed/v1",
            &unsigned.chain.0,
            sender.as_bytes(),
            &payload,
        ])
        .into()
    })
}

#[cfg(test)]
mod tests;
