//! What is shown before a signature.

use super::{
    intent::Intent,
    preview::{Change, Preview},
    sign::SignOptions,
};
use crate::{
    context::Context,
    failure::Result,
    output::{Page, Report},
    secret::can_ask,
    signed::{self, Names},
    verbs::Verb,
};
use etm_mechanism::Request;
use etm_types::{
    MinerId, UnsignedTransaction,
    api::{MinerRef, miner::MinerPage},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is done, in a line.
pub(super) fn title(intent: &Intent, change: &Change, miners: &MinerPage, chain: &str) -> String {
    let names = names(intent, change, miners);
    let verb = match change {
        Change::Asks(request) => Verb::asked(
            request,
            |to| match &names.recipient {
                Some(name) => format!("{name} ({to})"),
                None => to.clone(),
            },
            |MinerId(id)| MinerRef {
                id,
                name: names.miner.clone().unwrap_or_default(),
            },
        ),
        Change::Update => Verb::Update,
    };
    let then = match change {
        Change::Asks(Request::Resign) => ": its voters keep t and vote for nobody",
        _ => "",
    };
    format!("{} on {chain}{then}", verb.begun())
}

/// What is called by a name in what is signed.
pub(super) fn names(intent: &Intent, change: &Change, miners: &MinerPage) -> Names {
    let recipient = match intent {
        Intent::Transfer { name, .. } => name.clone(),
        _ => None,
    };
    let miner = match change {
        Change::Asks(Request::Vote(MinerId(id))) => {
            miners.miners.iter().find(|miner| miner.id == *id)
        }
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
    let frames: Vec<&UnsignedTransaction> = signed.iter().map(|(one, _)| *one).collect();
    signed::show_frames(page, &frames);
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
