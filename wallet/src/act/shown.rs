//! What is shown before a signature.

use super::{
    intent::Intent,
    preview::{Change, Preview},
    sign::SignOptions,
};
use crate::{
    context::{Context, miner_text},
    figures::etm,
    secret::can_ask,
    signed::{self, Names},
};
use etm_types::{
    UnsignedTransaction,
    api::{Amount, MinerRef, miner::MinerPage},
};

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
    page.title(title);
    for (transaction, names) in signed {
        signed::show_payload(&mut page, transaction, names);
    }
    preview.show(&mut page);
    for (transaction, _) in signed {
        signed::show_frame(&mut page, transaction);
    }
    context.output.ask_about(page.as_str());
}
