//! A look at an account and at what a request makes of it: computed here, and held against the node's own answer of the same block.

use super::{
    intent::Intent,
    prepare,
    preview::{Change, Preview},
    waiting::{self, Counted},
};
use crate::{
    context::Context,
    failure::{Failure, Result},
};
use etm_types::{
    Address, Units,
    api::{account::Account, chain::Parameters, miner::MinerPage},
};

/// A block that comes between two answers is nobody's fault, so many in a row are.
const TRIES: usize = 5;

/// What is asked for.
pub(super) struct Asked<'a> {
    pub(super) intent: &'a Intent,
    pub(super) fee: Units,
    /// The transaction's nonce; the next one the node knows of, if none was given.
    pub(super) nonce: Option<u64>,
    /// How many transactions with the same fee follow.
    pub(super) further: u64,
}

/// What was seen.
pub(super) struct Look {
    pub(super) nonce: u64,
    pub(super) counted: Counted,
    pub(super) change: Change,
    pub(super) preview: Preview,
}

/// Looks until account and answer are of one block.
///
/// # Errors
/// [`Failure`] if the chain would refuse the request, or the node answers nothing that can be one.
pub(super) async fn look(
    context: &Context,
    address: &Address,
    parameters: &Parameters,
    asked: &Asked<'_>,
) -> Result<Look> {
    let address = address.to_string();
    let mut miners = match prepare::needs_miners(asked.intent) {
        true => Some(context.all_miners(None).await?),
        false => None,
    };
    let mut tries = TRIES;
    loop {
        let account = context.client.account(&address).await?;
        if miners.is_none() && !account.pending_transactions.is_empty() {
            miners = Some(context.all_miners(None).await?);
        }
        let table = miners
            .clone()
            .unwrap_or_else(|| prepare::no_miners(&account));
        let mut look = judge(&account, parameters, table, asked)?;
        let Some(query) = prepare::query(asked.intent, &look.change, asked.fee) else {
            return Ok(look);
        };
        let told = context.client.preview(&address, &query).await?;
        if let Some(refused) = &told.refused {
            return Err(Failure::failed(&refused.code, refused.message.clone()));
        }
        tries = tries.saturating_sub(1);
        if told.height == account.height {
            compare(&mut look, parameters, asked.fee, |preview| {
                preview.compare(&told);
            });
            return Ok(look);
        }
        if tries == 0 {
            look.preview.note_not_compared();
            return Ok(look);
        }
    }
}

fn judge(
    account: &Account,
    parameters: &Parameters,
    miners: MinerPage,
    asked: &Asked<'_>,
) -> Result<Look> {
    let nonce = asked.nonce.unwrap_or(account.next_nonce);
    let counted = waiting::count_in(account, parameters, miners, nonce);
    let scene = counted.scene(parameters);
    let change = prepare::change(asked.intent, &scene, asked.fee, asked.further);
    let change = counted.explain(change)?;
    let mut preview = counted.explain(Preview::new(&scene, &change, asked.fee))?;
    preview.note_nonce(account, nonce)?;
    Ok(Look {
        nonce,
        counted,
        change,
        preview,
    })
}

/// Has the node's answer held against the preview. The node counts in nothing that waits for a block: where something does, its answer is
/// held against a preview without that.
fn compare(look: &mut Look, parameters: &Parameters, fee: Units, hold: impl Fn(&mut Preview)) {
    if !look.counted.any() {
        return hold(&mut look.preview);
    }
    let scene = look.counted.scene_now(parameters);
    // What only the waiting ones make possible, the node can't judge.
    if let Ok(mut now) = Preview::new(&scene, &look.change, fee) {
        now.warnings.clear();
        hold(&mut now);
        look.preview.warnings.append(&mut now.warnings);
    }
}
