//! Who was on turn: blocks and missed slots.

use super::{Found, Place, find, same};
use crate::evidence::Evidence;
use etm_mechanism::{MinerId, beacon};
use etm_types::api::round::CheckedBlock;
use etm_types::api::{self, MinerRef};
use etm_types::{Committee, Member, Slot};
use std::collections::BTreeMap;

/// The most slots a chain lets be missed before a block: a check that counts more could be kept busy.
const MAX_MISSED: u64 = 1 << 20;

/// Blocks and missed slots by miner.
pub type Turns = BTreeMap<MinerId, (u32, u32)>;

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
    let mut turns = Turns::new();
    let mut count = |miner: MinerId, missed: bool| {
        let (blocks, misses) = turns.entry(miner).or_default();
        let counter = if missed { misses } else { blocks };
        *counter = counter
            .checked_add(1)
            .ok_or("more slots than can be counted")?;
        Ok::<(), String>(())
    };
    let mut missed = 0u64;
    for header in &evidence.headers {
        let wrong = |reason: String| format!("block {}: {reason}", header.height);
        if header.slot.since(header.parent_slot) > MAX_MISSED + 1 {
            return Err(wrong(
                "more than 2^20 slots are missed before it".to_owned(),
            ));
        }
        let member = on_turn(header.slot).map_err(wrong)?;
        same("its producer", header.producer.0, member.miner.0).map_err(wrong)?;
        same("its leader", header.leader, member.node).map_err(wrong)?;
        for slot in header.parent_slot.saturating_add(1).until(header.slot) {
            count(on_turn(slot)?.miner, true)?;
            missed = missed.saturating_add(1);
        }
        count(member.miner, false)?;
    }
    let blocks = evidence.headers.len();
    Ok((
        turns,
        format!("{blocks} blocks in the slots of their producers, {missed} slots missed"),
    ))
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
