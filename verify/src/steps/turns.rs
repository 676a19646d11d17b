//! Who was on turn: blocks and missed slots.

use super::{Found, Place, find, same};
use crate::evidence::Evidence;
use etm_mechanism::{MinerId, beacon};
use etm_types::api::round::CheckedBlock;
use etm_types::api::{self, MinerRef};
use etm_types::{Committee, Member, Slot};
use std::collections::BTreeMap;

/// The most slots a chain lets be missed before a block.
const MAX_MISSED: u64 = 1 << 20;

/// The most missed slots of a round of which is told who missed them: each takes a hash. On mainnet that is a week without a block.
pub const MAX_TOLD: u64 = 1 << 17;

/// Blocks and missed slots by miner.
#[derive(Debug, Default)]
pub struct Turns {
    blocks: BTreeMap<MinerId, u32>,
    /// None where there are too many.
    missed: Option<BTreeMap<MinerId, u32>>,
}

impl Turns {
    pub fn produced(&self, miner: MinerId) -> u32 {
        self.blocks.get(&miner).copied().unwrap_or_default()
    }

    pub fn missed(&self, miner: MinerId) -> Option<u32> {
        let missed = self.missed.as_ref()?;
        Some(missed.get(&miner).copied().unwrap_or_default())
    }

    /// All blocks.
    pub fn blocks(&self) -> u64 {
        self.blocks.values().copied().map(u64::from).sum()
    }
}

pub fn member(committee: &Committee, miner: MinerId) -> Result<&Member, String> {
    committee
        .members
        .iter()
        .find(|member| member.miner == miner)
        .ok_or_else(|| format!("miner {} is not in the committee", miner.0))
}

/// Each producer was on turn in its slot, and whoever was on turn in the slots between missed them (M§2).
pub fn slots(evidence: &Evidence, place: &Place<'_>) -> Found<Turns> {
    let members = &evidence.committee.members;
    let on_turn = |slot: Slot| {
        let index = beacon::on_turn(place.round, &place.seed.0, slot, members.len());
        members
            .get(index)
            .ok_or_else(|| "the committee is empty".to_owned())
    };
    let mut turns = Turns::default();
    let mut missed = 0u64;
    for header in &evidence.headers {
        let wrong = |reason: String| format!("block {}: {reason}", header.height);
        let slots = header.slot.since(header.parent_slot);
        if slots > MAX_MISSED + 1 {
            return Err(wrong(
                "more than 2^20 slots are missed before it".to_owned(),
            ));
        }
        let member = on_turn(header.slot).map_err(wrong)?;
        same("its producer", header.producer.0, member.miner.0).map_err(wrong)?;
        same("its leader", header.leader, member.node).map_err(wrong)?;
        // At most 2^20 for each header.
        missed = missed.saturating_add(slots.saturating_sub(1));
        count(&mut turns.blocks, member.miner)?;
    }
    let mut by_whom = "";
    if missed <= MAX_TOLD {
        let mut told = BTreeMap::new();
        for header in &evidence.headers {
            for slot in header.parent_slot.saturating_add(1).until(header.slot) {
                count(&mut told, on_turn(slot)?.miner)?;
            }
        }
        turns.missed = Some(told);
    } else {
        by_whom = ", too many to tell by whom";
    }
    let blocks = evidence.headers.len();
    Ok((
        turns,
        format!("{blocks} blocks in the slots of their producers, {missed} slots missed{by_whom}"),
    ))
}

fn count(of: &mut BTreeMap<MinerId, u32>, miner: MinerId) -> Result<(), String> {
    let counter = of.entry(miner).or_default();
    *counter = counter
        .checked_add(1)
        .ok_or("more slots than can be counted")?;
    Ok(())
}

/// The blocks as they are read.
pub fn blocks(evidence: &Evidence, place: &Place<'_>) -> Vec<CheckedBlock> {
    evidence
        .headers
        .iter()
        .zip(&place.hashes)
        .map(|(header, hash)| CheckedBlock {
            height: header.height.0,
            hash: api::Hash::from(*hash),
            slot: header.slot.0,
            timestamp_ms: header.timestamp_ms,
            // Every producer was found in the committee before.
            miner: find(&evidence.committee, header.producer).unwrap_or(MinerRef {
                id: header.producer.0,
                name: String::new(),
            }),
        })
        .collect()
}
