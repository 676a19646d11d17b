//! What is in a block: by its own bytes, whose hash is the block's.

use super::{another_block, receipts::lie};
use crate::{context::Context, failure::Result};
use etm_client::Error;
use etm_mechanism::schedule;
use etm_types::{
    Block as SignedBlock, Height,
    api::{
        Amount, Hash, MinerRef,
        block::{Block, BlockReceipts, CommitteeMember},
        error::ErrorCode,
        receipt::{Outcome, ReceiptInfo},
    },
    codec::to_bytes,
    range::Range,
};

/// The block itself, if the node gives it.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) if what it gives is another block.
pub async fn fetched(context: &Context, block: &Block) -> Result<Option<SignedBlock>> {
    let height = block.summary.height;
    let range = match context.client.chain_blocks(height, height).await {
        Ok(range) => range,
        Err(error) if gone(&error) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    read(block.summary.hash, &range).map(Some)
}

fn gone(error: &Error) -> bool {
    let gone = [
        ErrorCode::Pruned,
        ErrorCode::NotFound,
        ErrorCode::RouteNotFound,
    ];
    error.code().is_some_and(|code| gone.contains(&code))
}

fn read(hash: Hash, range: &[u8]) -> Result<SignedBlock> {
    let another = |reason: String| another_block(&hash.to_string(), &reason);
    let range = Range::from_bytes(range).map_err(|error| another(error.to_string()))?;
    let first = range.blocks.first();
    let bytes = first.map_or(&[][..], |first| first.block.as_slice());
    let found = SignedBlock::from_bytes(bytes).map_err(|error| another(error.to_string()))?;
    if Hash::from(found.hash()) != hash {
        return Err(another(format!(
            "the hash of its bytes is {}",
            found.hash()
        )));
    }
    match found.commits_to_body() {
        true => Ok(found),
        false => Err(another(
            "its header commits to other transactions".to_owned(),
        )),
    }
}

/// Holds what a node tells of a block against the block itself. Names of miners stay the node's word.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) naming what is told otherwise.
pub fn held(told: &Block, block: &SignedBlock) -> Result<()> {
    let (summary, height) = (&told.summary, told.summary.height);
    let all = &block.body.transactions;
    let other = |what: &str| {
        Err(lie(format!(
            "{what} that the node tells of are not those of block {height}, whose header commits to them"
        )))
    };
    if told.transaction_list.len() != all.len() {
        return other("the transactions");
    }
    for (index, (shown, signed)) in (0_u32..).zip(told.transaction_list.iter().zip(all)) {
        let place = (shown.height, shown.index, shown.timestamp_ms);
        if !shown.is_of(signed) || place != (Some(height), Some(index), Some(summary.timestamp_ms))
        {
            return Err(lie(format!(
                "transaction {} of block {height} is not what the node tells of it: its hash is {}",
                u64::from(index) + 1,
                signed.hash()
            )));
        }
    }
    let shown = |member: &etm_types::Member| CommitteeMember {
        miner: MinerRef {
            id: member.miner.0,
            name: member.name.as_str().to_owned(),
        },
        node_key: Hash::from(member.node),
        bls_key: etm_types::api::Bytes(to_bytes(&member.bls)),
        dial_address: member.dial.as_str().to_owned(),
    };
    let committee = block.body.committee.as_ref();
    let committee =
        committee.map(|committee| committee.members.iter().map(shown).collect::<Vec<_>>());
    if told.committee != committee {
        return other("the members of the committee");
    }
    let fees = all.iter().filter(|one| !one.payload().is_heartbeat());
    let fees = fees.fold(0, |sum: u64, one| sum.saturating_add(one.unsigned.fee.0));
    let sums = (
        summary.transactions as usize,
        summary.fees,
        summary.size as usize,
    );
    match sums == (all.len(), Amount(fees), to_bytes(block).len()) {
        true => Ok(()),
        false => other("the sums"),
    }
}

/// Holds what a node tells of what happened in a block against its receipts, which were held against the header: what became of its
/// transactions, slots that were missed, what was paid. Whether a request took effect later stays the node's word.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) naming what is told otherwise.
pub fn happened(told: &Block, receipts: &BlockReceipts) -> Result<()> {
    let (summary, height) = (&told.summary, told.summary.height);
    let (mut outcomes, mut missed, mut reward) = (Vec::new(), Vec::new(), Amount(0));
    for receipt in &receipts.receipts {
        match receipt {
            ReceiptInfo::Transaction { hash, outcome, .. } => {
                outcomes.push((*hash, outcome_of(outcome)));
            }
            ReceiptInfo::Missed { miner, slot } => missed.push((*slot, miner.id, height)),
            ReceiptInfo::Reward { amount, .. } => {
                reward = Amount(reward.0.saturating_add(amount.0));
            }
            _ => {}
        }
    }
    let listed = told.transaction_list.iter();
    let listed = listed.map(|one| (one.hash, one.outcome.as_ref().and_then(outcome_of)));
    let skipped = summary.missed.iter();
    let skipped = skipped.map(|one| (one.slot, one.miner.id, one.before_height));
    let bonus = Amount::from(schedule::bonus(Height(height)));
    let wrong = if !listed.eq(outcomes) {
        "the outcomes"
    } else if !skipped.eq(missed) {
        "the missed slots"
    } else if (told.reward, told.bonus) != (reward, bonus) {
        "the reward and the bonus"
    } else {
        return Ok(());
    };
    Err(lie(format!(
        "{wrong} that the node tells of are not those of the receipts of block {height}, to which its header commits"
    )))
}

/// Whether it was accepted, or the code of the refusal; none if it is both.
fn outcome_of(told: &Outcome) -> Option<Option<String>> {
    let refused = told.refused.as_ref().map(|refused| refused.code.clone());
    (told.accepted == refused.is_none()).then_some(refused)
}

#[cfg(test)]
mod tests;
