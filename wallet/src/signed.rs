//! All that a signature is put under, row by row: the one list of facts ([`etm_types::facts`]) that the page shows, too.

use crate::{
    figures::etm,
    output::{Page, plain},
};
use etm_types::{Memo, Payload, UnsignedTransaction, api::Amount, facts::Fact};
use std::collections::BTreeMap;

/// Names of what facts tell by number or address: a miner's, a contact's.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The miner that is voted for.
    pub miner: Option<String>,
    /// Who gets what is sent.
    pub recipient: Option<String>,
}

/// What is to be said of a memo that says more, or in another order, than can be seen.
pub fn unseen(memo: &Memo) -> Option<String> {
    let seen = plain(memo.as_str());
    (seen != memo.as_str())
        .then(|| format!("the memo has characters that can't be seen, each shown as ?: {seen}"))
}

/// Writes what a transaction says beside its kind, and what stands around it.
pub fn show(page: &mut Page, transaction: &UnsignedTransaction, names: &Names) {
    show_payload(page, transaction, names);
    for fact in transaction.frame_facts() {
        row(page, &fact, names);
    }
}

/// What it says beside its kind.
pub fn show_payload(page: &mut Page, transaction: &UnsignedTransaction, names: &Names) {
    for fact in transaction.payload.facts() {
        row(page, &fact, names);
    }
}

/// What stands around all that is signed at once, where the fee is shown beside the balance that pays it: what several have in common is shown
/// once, and where they differ, what each says.
pub fn show_frames(page: &mut Page, transactions: &[&UnsignedTransaction]) {
    let frames: Vec<Vec<Fact>> = transactions
        .iter()
        .map(|transaction| transaction.frame_facts())
        .collect();
    let Some(first) = frames.first() else {
        return;
    };
    for (at, fact) in first.iter().enumerate() {
        if matches!(fact, Fact::Fee(_)) {
            continue;
        }
        let (label, _) = words(fact, &Names::default());
        let mut texts: Vec<String> = frames
            .iter()
            .filter_map(|frame| frame.get(at))
            .map(|fact| words(fact, &Names::default()).1)
            .collect();
        texts.dedup();
        page.field(label, texts.join(" and "));
    }
}

fn row(page: &mut Page, fact: &Fact, names: &Names) {
    let (label, text) = words(fact, names);
    page.field(label, text);
}

/// A fact's label and its text.
fn words(fact: &Fact, names: &Names) -> (&'static str, String) {
    let with_name = |name: &Option<String>, what: String| match name {
        Some(name) => format!("{name} ({what})"),
        None => what,
    };
    let amount = |units: etm_types::Units| etm(Amount::from(units));
    match fact {
        Fact::Amount(units) => ("amount", amount(*units)),
        Fact::Recipient(address) => (
            "recipient",
            with_name(&names.recipient, address.to_string()),
        ),
        Fact::Memo(text) => ("memo, public", text.clone()),
        Fact::Miner(id) => ("for miner", with_name(&names.miner, format!("#{}", id.0))),
        Fact::Name(text) => ("name", text.clone()),
        Fact::Dial(text) => ("node listens at", text.clone()),
        Fact::Contact(Some(text)) => ("contact, public", text.clone()),
        Fact::Contact(None) => ("contact, public", "none from then on".to_owned()),
        Fact::NodeKey(Some(hex)) => ("node key", hex.clone()),
        Fact::NodeKey(None) => ("node key", "the present keys stay".to_owned()),
        Fact::KeysFingerprint(hex) => ("all its keys", in_fours(hex)),
        Fact::Round(round) => ("round", round.to_string()),
        Fact::Seed(hex) => ("beacon", hex.clone()),
        Fact::Sender(address) => ("sender", address.to_string()),
        Fact::Fee(units) => ("fee", amount(*units)),
        Fact::Nonce(nonce) => ("nonce", nonce.to_string()),
        Fact::Expires(height) => ("expires after", format!("height {height}")),
        Fact::Chain(chain) => ("chain", chain.to_string()),
    }
}

/// What a payload says, by the names of its facts: none has one twice.
pub fn by_name(payload: &Payload) -> BTreeMap<&'static str, Option<String>> {
    let facts = payload.facts();
    facts
        .iter()
        .map(|fact| (fact.name(), fact.value()))
        .collect()
}

/// A fingerprint as people compare it.
fn in_fours(hex: &str) -> String {
    let digits: Vec<char> = hex.chars().collect();
    let groups = digits
        .chunks(4)
        .map(|group| group.iter().collect::<String>());
    groups.collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests;
