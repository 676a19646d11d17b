//! Beacons, slots and the lucky member: what follows from the round's signatures.

use super::{Found, same};
use etm_mechanism::beacon;
use etm_types::{
    Beacon, BlsSignature, ChainId, Committee, Hash, Header, Member, MinerId,
    api::round::RoundReceipt, namespace,
};
use std::collections::BTreeMap;

fn find(committee: &Committee, miner: MinerId) -> Result<&Member, String> {
    committee
        .members
        .iter()
        .find(|member| member.miner == miner)
        .ok_or_else(|| format!("producer #{} is not in the committee", miner.0))
}

/// Each `vrf` is its producer's signature over the beacon before and the height, and each beacon follows from it.
pub fn beacons(
    receipt: &RoundReceipt,
    headers: &[Header],
    committee: &Committee,
    chain: &ChainId,
) -> Found<()> {
    let name = namespace::vrf(chain);
    let mut before = receipt.seed.0;
    for header in headers {
        let wrong = |reason: String| format!("block {}: {reason}", header.height);
        let producer = find(committee, header.producer).map_err(wrong)?;
        let message = [before.as_slice(), &header.height.to_be_bytes()].concat();
        let signature: &BlsSignature = &header.vrf;
        producer
            .bls
            .verify(&name, &message, signature)
            .map_err(|error| {
                wrong(format!(
                    "the beacon signature of {}: {error}",
                    producer.name.as_str()
                ))
            })?;
        let next = beacon::next(&before, &header.vrf.0);
        same("its beacon", header.beacon, Beacon(next)).map_err(wrong)?;
        before = next;
    }
    Ok((
        (),
        format!(
            "{} signatures, each beacon follows from the one before",
            headers.len()
        ),
    ))
}

/// Each producer was on turn in its slot; blocks and missed slots are as the receipt says.
pub fn slots(receipt: &RoundReceipt, headers: &[Header], committee: &Committee) -> Found<()> {
    let mut outcomes: BTreeMap<MinerId, (u32, u32)> = BTreeMap::new();
    let mut missed_slots = 0u32;
    for header in headers {
        let on_turn = |slot: u64| {
            let place = beacon::on_turn(
                receipt.round,
                &receipt.seed.0,
                slot,
                committee.members.len(),
            );
            committee.members.get(place).ok_or("the committee is empty")
        };
        let member = on_turn(header.slot)?;
        let wrong = |reason: String| format!("block {}: {reason}", header.height);
        same("its producer", header.producer.0, member.miner.0).map_err(wrong)?;
        same("its leader", header.leader, member.node).map_err(wrong)?;
        // A round of more slots than could be missed in years is no round.
        if header.slot - header.parent_slot > 10_000_000 {
            return Err(wrong(format!("slot {} is out of reach", header.slot)));
        }
        for slot in header.parent_slot + 1..header.slot {
            let entry = outcomes.entry(on_turn(slot)?.miner).or_default();
            entry.1 = entry.1.saturating_add(1);
            missed_slots = missed_slots.saturating_add(1);
        }
        let entry = outcomes.entry(member.miner).or_default();
        entry.0 = entry.0.saturating_add(1);
    }
    for pool in &receipt.pools {
        let (produced, missed) = outcomes
            .get(&MinerId(pool.miner.id))
            .copied()
            .unwrap_or_default();
        same(
            &format!("blocks of {}", pool.miner.name),
            pool.produced,
            produced,
        )?;
        same(
            &format!("missed slots of {}", pool.miner.name),
            pool.missed,
            missed,
        )?;
    }
    Ok((
        (),
        format!(
            "{} blocks in the slots of their producers, {missed_slots} slots missed",
            headers.len()
        ),
    ))
}

pub fn lucky(receipt: &RoundReceipt, headers: &[Header], committee: &Committee) -> Found<()> {
    let last = headers.last().ok_or("there are no headers")?;
    let place = beacon::lucky(receipt.round, &last.beacon.0, committee.members.len());
    let member = committee
        .members
        .get(place)
        .ok_or("the committee is empty")?;
    same("the index", receipt.lucky.index as usize, place)?;
    same("the lucky member", receipt.lucky.miner.id, member.miner.0)?;
    let preimage: [&[u8]; 3] = [
        b"etm/lucky/v1",
        &receipt.round.to_be_bytes(),
        &last.beacon.0,
    ];
    same("the hash", Hash(receipt.lucky.hash.0), Hash::of(&preimage))?;
    Ok(((), format!("{}, place {place}", member.name.as_str())))
}
