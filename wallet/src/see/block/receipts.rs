//! The receipts of a block: what its header commits to, in words.

use super::{another_block, outcome_text};
use crate::{
    context::miner_text,
    failure::{Exit, Failure, Result},
    figures::{coefficient, counted, etm, votes},
    output::{Page, plain},
    see::chain::names,
    verbs::Verb,
};
use etm_types::{
    MinerId, Receipt,
    api::{
        MinerRef,
        block::{Block, BlockReceipts},
        receipt::{Effect, ReceiptInfo},
        request::Request,
    },
    codec, merkle,
};
use std::collections::BTreeMap;

/// What a node tells of the receipts of a block that was held against its header, if that is what they are. What is shown is read from
/// the encodings that the header commits to; the node's word are the names of miners, and whether a request took effect later.
///
/// # Errors
/// [`Failure`] naming the first receipt that is told otherwise.
pub fn checked(block: &Block, told: BlockReceipts) -> Result<BlockReceipts> {
    let root = block.header.receipts_root;
    let (hash, height) = (block.summary.hash, block.summary.height);
    if (told.height, told.hash) != (height, hash) {
        let of = format!("its receipts are of block {} ({})", told.height, told.hash);
        return Err(another_block(&hash.to_string(), &of));
    }
    let encoded: Vec<&[u8]> = told.encoded.iter().map(|one| one.0.as_slice()).collect();
    if merkle::root(&encoded).0 != root.0 || told.receipts_root != root {
        return Err(lie(format!(
            "the receipts that the node sent are not those of block {height}, whose header commits to {root}"
        )));
    }
    if encoded.len() != told.receipts.len() {
        let (shown, all) = (told.receipts.len(), encoded.len());
        return Err(lie(format!(
            "the node shows {shown} of the {all} receipts of block {height}"
        )));
    }
    let names: BTreeMap<u32, &str> = told
        .receipts
        .iter()
        .flat_map(miners)
        .map(|miner| (miner.id, miner.name.as_str()))
        .collect();
    let named = |id: MinerId| MinerRef {
        id: id.0,
        name: names
            .get(&id.0)
            .map_or_else(String::new, |name| (*name).to_owned()),
    };
    let mut receipts = Vec::with_capacity(encoded.len());
    for (number, (bytes, told)) in (1_u32..).zip(encoded.iter().zip(&told.receipts)) {
        let receipt: Receipt = codec::from_bytes(bytes)
            .map_err(|error| lie(format!("receipt {number} of block {height}: {error}")))?;
        let shown = ReceiptInfo::of(&receipt, effect(told), named);
        if without_words(&shown) != without_words(told) || !is_possible(&shown, block.summary.round)
        {
            return Err(lie(format!(
                "receipt {number} of block {height} is not what the node tells of it; it says: {}",
                plain(&text(&shown))
            )));
        }
        receipts.push(shown);
    }
    Ok(BlockReceipts { receipts, ..told })
}

pub fn lie(message: String) -> Failure {
    Failure::new(Exit::Unreachable, "not_a_node", message).hint("--node names another node")
}

fn miners(told: &ReceiptInfo) -> &[MinerRef] {
    match told {
        ReceiptInfo::Reward { miner, .. }
        | ReceiptInfo::Missed { miner, .. }
        | ReceiptInfo::FeeShare { miner, .. }
        | ReceiptInfo::Pool { miner, .. }
        | ReceiptInfo::Lucky { miner, .. }
        | ReceiptInfo::Halving { miner, .. }
        | ReceiptInfo::DepositReturned { miner, .. }
        | ReceiptInfo::Request {
            request: Request::Vote { miner },
            ..
        } => std::slice::from_ref(miner),
        ReceiptInfo::Draw { members, .. } => members,
        ReceiptInfo::Transaction { .. }
        | ReceiptInfo::Request { .. }
        | ReceiptInfo::DayTick { .. }
        | ReceiptInfo::Bonus { .. }
        | ReceiptInfo::Fees { .. }
        | ReceiptInfo::Average { .. } => &[],
    }
}

const fn effect(told: &ReceiptInfo) -> Effect {
    match told {
        ReceiptInfo::Transaction { outcome, .. } => outcome.effect,
        _ => Effect::Immediate,
    }
}

/// The same but for what another version may word in another way.
fn without_words(told: &ReceiptInfo) -> ReceiptInfo {
    let mut told = told.clone();
    if let ReceiptInfo::Transaction { outcome, .. } = &mut told
        && let Some(refused) = &mut outcome.refused
    {
        refused.message.clear();
    }
    told
}

/// Whether a request takes effect with the round of its block, if it was accepted.
const fn is_possible(shown: &ReceiptInfo, block_round: u64) -> bool {
    let ReceiptInfo::Transaction { outcome, .. } = shown else {
        return true;
    };
    match outcome.effect {
        Effect::Immediate => true,
        Effect::Waiting { round, .. } | Effect::Applied { round } | Effect::Void { round } => {
            round == block_round
        }
        Effect::None => !outcome.accepted,
    }
}

/// Each receipt in words.
pub fn show(receipts: &[ReceiptInfo], page: &mut Page) {
    for receipt in receipts {
        for line in text(receipt).lines() {
            page.line(line);
        }
    }
}

fn text(receipt: &ReceiptInfo) -> String {
    match receipt {
        ReceiptInfo::Transaction { hash, fee, outcome } => {
            format!(
                "transaction {hash}\n  {}, fee {}",
                outcome_text(outcome),
                etm(*fee)
            )
        }
        ReceiptInfo::Reward {
            miner,
            owner,
            amount,
        } => format!("reward {} to {} ({owner})", etm(*amount), miner_text(miner)),
        ReceiptInfo::Missed { miner, slot } => {
            format!("slot {slot} missed by {}", miner_text(miner))
        }
        ReceiptInfo::FeeShare {
            miner,
            blocks,
            amount,
            ..
        } => {
            format!(
                "fees {} to {} for {}",
                etm(*amount),
                miner_text(miner),
                counted(*blocks as usize, "block", "blocks")
            )
        }
        ReceiptInfo::Pool {
            miner,
            amount,
            votes: all,
        } => {
            format!(
                "pool {} for the {} votes of {}",
                etm(*amount),
                votes(*all),
                miner_text(miner)
            )
        }
        ReceiptInfo::Lucky { miner, amount } => {
            format!("lucky: {}, {} on top", miner_text(miner), etm(*amount))
        }
        ReceiptInfo::Halving { miner, times } => format!(
            "time gain of the voters of {} halved {times} times",
            miner_text(miner)
        ),
        ReceiptInfo::DayTick { days } => format!("{days} days passed: every time gain +{days}"),
        ReceiptInfo::Request {
            account,
            request,
            applied,
        } => {
            let effect = if *applied { "took effect" } else { "was void" };
            format!("{account}: {} {effect}", Verb::from(request))
        }
        ReceiptInfo::Draw {
            round,
            members,
            candidates,
            kept,
            ..
        } => {
            let how = if *kept {
                "too few, the same again"
            } else {
                "drawn"
            };
            format!(
                "{how} for round {round} from {candidates} candidates: {}",
                names(members)
            )
        }
        ReceiptInfo::DepositReturned {
            miner,
            owner,
            amount,
        } => {
            format!(
                "deposit {} of {} back to {owner}",
                etm(*amount),
                miner_text(miner)
            )
        }
        ReceiptInfo::Bonus {
            total,
            pool,
            lucky,
            carry,
        } => format!(
            "bonus {}: {} for each pool, {} on top for the lucky one, {} carried on",
            etm(*total),
            etm(*pool),
            etm(*lucky),
            etm(*carry)
        ),
        ReceiptInfo::Fees {
            total,
            per_block,
            remainder,
        } => format!(
            "fees {}: {} for each block, {} left for the next round",
            etm(*total),
            etm(*per_block),
            etm(*remainder)
        ),
        ReceiptInfo::Average {
            coefficient: average,
        } => format!("average coefficient {}", coefficient(*average)),
    }
}

#[cfg(test)]
pub mod tests;
