//! What is shown before a signature.

use super::{
    intent::Intent,
    preview::{Change, Preview},
    sign::SignOptions,
};
use crate::{
    context::{Context, miner_text},
    failure::Result,
    figures::etm,
    output::{Page, Report},
    secret::can_ask,
    signed::{self, Names},
};
use etm_types::{
    UnsignedTransaction,
    api::{Amount, MinerRef, miner::MinerPage},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is done, in a line.
pub(super) fn title(intent: &Intent, change: &Change, miners: &MinerPage, chain: &str) -> String {
    let names = names(intent, change, miners);
    let what = match (intent, change) {
        (Intent::Transfer { to, amount, .. }, _) => {
            let to = match names.recipient {
                Some(name) => format!("{name} ({to})"),
                None => to.to_string(),
            };
            format!("Send {} to {to}", etm(Amount::from(*amount)))
        }
        (_, Change::Lock(amount)) => format!("Lock {}", etm(Amount::from(*amount))),
        (_, Change::Unlock(amount)) => format!("Unlock {}", etm(Amount::from(*amount))),
        (_, Change::Vote(id)) => {
            let name = names.miner.unwrap_or_default();
            format!("Vote for {}", miner_text(&MinerRef { id: *id, name }))
        }
        (_, Change::Withdraw) => "Withdraw the vote".to_owned(),
        (Intent::Register { name, .. }, _) => format!("Register as miner {name}"),
        (Intent::Update { .. }, _) => "Update the miner".to_owned(),
        _ => "Resign as a miner".to_owned(),
    };
    let then = match change {
        Change::Resign => ": its voters keep t and vote for nobody",
        _ => "",
    };
    format!("{what} on {chain}{then}")
}

/// What is called by a name in what is signed.
pub(super) fn names(intent: &Intent, change: &Change, miners: &MinerPage) -> Names {
    let recipient = match intent {
        Intent::Transfer { name, .. } => name.clone(),
        _ => None,
    };
    let miner = match change {
        Change::Vote(id) => miners.miners.iter().find(|miner| miner.id == *id),
        _ => None,
    };
    Names {
        miner: miner.map(|miner| miner.name.clone()),
        recipient,
    }
}

/// Shows what is signed and what it changes, if there is somebody who asked for it.
pub(super) fn show(
    context: &Context,
    preview: &Preview,
    title: &str,
    options: &SignOptions,
    signed: &[(&UnsignedTransaction, Names)],
) {
    let silent = context.output.is_json() || context.output.is_quiet();
    // Without a terminal nobody can be asked: the failure that follows is all there is to say.
    if silent && (options.yes || options.unsigned || !can_ask()) {
        return;
    }
    let mut page = context.output.page();
    write(&mut page, title, preview, signed);
    context.output.ask_about(page.as_str());
}

fn write(
    page: &mut Page,
    title: &str,
    preview: &Preview,
    signed: &[(&UnsignedTransaction, Names)],
) {
    page.title(title);
    for (transaction, names) in signed {
        signed::show_payload(page, transaction, names);
    }
    preview.show(page);
    for (transaction, _) in signed {
        signed::show_frame(page, transaction);
    }
}

/// What `--dry-run` prints: all that would be signed, and what it changes.
#[derive(Serialize)]
pub(super) struct DryRun<'a> {
    /// What would be done, in a line.
    does: &'a str,
    transactions: Vec<Planned>,
    #[serde(flatten)]
    preview: &'a Preview,
    #[serde(skip)]
    signed: &'a [(&'a UnsignedTransaction, Names)],
}

/// A transaction that would be signed.
#[derive(Serialize)]
struct Planned {
    kind: &'static str,
    facts: BTreeMap<&'static str, Option<String>>,
}

impl<'a> DryRun<'a> {
    pub(super) fn new(
        does: &'a str,
        preview: &'a Preview,
        signed: &'a [(&'a UnsignedTransaction, Names)],
    ) -> Self {
        let planned = |(transaction, _): &(&UnsignedTransaction, Names)| Planned {
            kind: transaction.payload.kind(),
            facts: signed::by_name(&transaction.payload),
        };
        Self {
            does,
            transactions: signed.iter().map(planned).collect(),
            preview,
            signed,
        }
    }

    pub(super) fn print(&self, context: &Context) -> Result<()> {
        context.output.print(self)
    }
}

impl Report for DryRun<'_> {
    fn show(&self, page: &mut Page) {
        write(page, self.does, self.preview, self.signed);
        page.line("Nothing was signed or sent.");
    }
}
