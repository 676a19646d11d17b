//! The steps of a check, one after the other. Each is a function of what was checked before it; the first that fails ends those that
//! build on it, and the others still run.

use super::{evidence::Evidence, finalization::Finalization};
use etm_mechanism::{Candidate, DrawReceipt, Params, Pick, beacon, schedule, verify_draw};
use etm_types::{
    Beacon, BlsSignature, ChainId, Committee, DialAddress, Hash, Header, Member, MinerId,
    MinerName, Receipt, Votes,
    api::{
        MinerRef,
        block::{BlockCertificate, CommitteeMember},
        round::{BoundaryCertificate, RoundReceipt},
    },
    codec, merkle, namespace,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// One step of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Its name.
    pub step: &'static str,
    /// Whether all is as it must be.
    pub ok: bool,
    /// What was found, or what differs.
    pub detail: String,
}

/// What a step finds: a word on it, or what differs.
pub type Found<T> = Result<(T, String), String>;

/// Where trust begins: genesis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The chain.
    pub chain: ChainId,
    /// The beacon of genesis.
    pub beacon: Beacon,
    /// The constants of the chain.
    pub params: Params,
    /// The committees of rounds 0 and 1, in the order drawn.
    pub committees: [Committee; 2],
}

/// Runs all steps.
pub fn check(evidence: &Evidence, anchor: &Anchor) -> Vec<Step> {
    let mut steps = Vec::new();
    let receipt = &evidence.receipt;
    note(
        &mut steps,
        "parameters",
        parameters(receipt, &anchor.params),
    );
    let committees = note(&mut steps, "boundaries", boundaries(evidence, anchor));
    let members = committees
        .as_ref()
        .and_then(|committees| note(&mut steps, "committee", committee(receipt, committees)));
    let headers = note(&mut steps, "headers", headers(evidence, anchor));
    if let (Some(members), Some(headers)) = (&members, &headers) {
        note(
            &mut steps,
            "certificate",
            certificate(receipt, headers, members, &anchor.chain),
        );
        note(
            &mut steps,
            "beacons",
            beacons(receipt, headers, members, &anchor.chain),
        );
        note(&mut steps, "slots", slots(receipt, headers, members));
        note(&mut steps, "lucky", lucky(receipt, headers, members));
    }
    if let Some(headers) = &headers {
        note(&mut steps, "pools", pools(receipt, headers));
        note(&mut steps, "receipts", receipts(evidence, headers));
        note(
            &mut steps,
            "draw",
            draw(receipt, headers, committees.as_ref()),
        );
    }
    steps
}

fn note<T>(steps: &mut Vec<Step>, step: &'static str, found: Found<T>) -> Option<T> {
    let (value, ok, detail) = match found {
        Ok((value, detail)) => (Some(value), true, detail),
        Err(detail) => (None, false, detail),
    };
    steps.push(Step { step, ok, detail });
    value
}

fn same<T: PartialEq + std::fmt::Display>(what: &str, found: T, expected: T) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what} is {found}, it must be {expected}"))
}

/// The constants that the receipt tells are those of genesis.
fn parameters(receipt: &RoundReceipt, params: &Params) -> Found<()> {
    same(
        "the number of blocks a round",
        receipt.blocks_per_round,
        params.blocks_per_round,
    )?;
    same(
        "the committee's size",
        receipt.committee_size,
        params.committee,
    )?;
    same(
        "the least number of candidates",
        receipt.min_committee,
        params.min_committee,
    )?;
    let detail = format!(
        "{} blocks a round, {} seats, at least {} candidates",
        params.blocks_per_round, params.committee, params.min_committee
    );
    Ok(((), detail))
}

/// The committees by round that the chain of certificates proves, from the anchor to the round after next.
type Committees = BTreeMap<u64, Committee>;

/// The last block of round `r` is final by the committee of `r` and carries that of `r + 2`.
fn boundaries(evidence: &Evidence, anchor: &Anchor) -> Found<Committees> {
    let mut committees: Committees = anchor
        .committees
        .iter()
        .map(|committee| (committee.round, committee.clone()))
        .collect();
    let round = evidence.receipt.round;
    let expected = round.checked_add(1).ok_or("the round is out of range")?;
    if evidence.boundaries.len() as u64 != expected {
        return Err(format!(
            "{} certificates of round boundaries, {expected} are needed (rounds 0 to {round})",
            evidence.boundaries.len()
        ));
    }
    for (number, boundary) in (0u64..).zip(&evidence.boundaries) {
        let wrong = |reason: String| format!("round {number}: {reason}");
        let signers = committees
            .get(&number)
            .ok_or_else(|| wrong("its committee is unknown".to_owned()))?;
        let carried =
            boundary_step(boundary, number, signers, evidence, &anchor.chain).map_err(wrong)?;
        committees.insert(carried.round, carried);
    }
    let detail = format!(
        "{expected} boundaries, each final by the committee that the one two rounds before carries"
    );
    Ok((committees, detail))
}

fn boundary_step(
    boundary: &BoundaryCertificate,
    round: u64,
    signers: &Committee,
    evidence: &Evidence,
    chain: &ChainId,
) -> Result<Committee, String> {
    same("its number", boundary.round, round)?;
    let header = final_header(&boundary.certificate, signers, chain)?;
    same("its round", header.round, round)?;
    let last = last_height(round, evidence.receipt.blocks_per_round)?;
    same("its height", header.height, last)?;
    let carried: Committee = codec::from_bytes(&boundary.committee_encoded.0)
        .map_err(|error| format!("the committee it carries: {error}"))?;
    same(
        "the root of the committee it carries",
        carried.root(),
        header.committee_root,
    )?;
    same(
        "the round of the committee it carries",
        carried.round,
        round.saturating_add(2),
    )?;
    Ok(carried)
}

/// The header of a certificate, once the committee's signatures hold.
fn final_header(
    certificate: &BlockCertificate,
    committee: &Committee,
    chain: &ChainId,
) -> Result<Header, String> {
    let header: Header =
        codec::from_bytes(&certificate.header.0).map_err(|error| format!("its header: {error}"))?;
    same("its chain", header.chain, *chain)?;
    let finalization = Finalization::decode(&certificate.finalization.0, committee.members.len())
        .map_err(|reason| format!("its finalization: {reason}"))?;
    same(
        "the block that was finalized",
        finalization.digest,
        header.hash(),
    )?;
    same(
        "the round that was finalized",
        finalization.epoch,
        header.round,
    )?;
    finalization
        .verify(chain, &committee.members)
        .map_err(|reason| format!("its finalization: {reason}"))?;
    Ok(header)
}

fn last_height(round: u64, blocks_per_round: u32) -> Result<u64, String> {
    round
        .checked_add(1)
        .and_then(|next| next.checked_mul(blocks_per_round.into()))
        .and_then(|next| next.checked_sub(1))
        .filter(|height| *height > 0)
        .ok_or_else(|| "the heights of the round are out of range".to_owned())
}

/// Reads a committee from the API's shape.
fn committee_from(round: u64, members: &[CommitteeMember]) -> Result<Committee, String> {
    let members = members
        .iter()
        .map(|member| {
            Ok(Member {
                miner: MinerId(member.miner.id),
                node: etm_types::NodeKey(member.node_key.0),
                bls: etm_types::BlsPublicKey(
                    member
                        .bls_key
                        .0
                        .as_slice()
                        .try_into()
                        .map_err(|_| "a BLS key has 96 bytes".to_owned())?,
                ),
                dial: DialAddress::new(member.dial_address.clone())
                    .map_err(|error| error.to_string())?,
                name: MinerName::new(&member.miner.name).map_err(|error| error.to_string())?,
            })
        })
        .collect::<Result<Vec<Member>, String>>()?;
    let committee = Committee { round, members };
    // The codec refuses what is no committee: none, too many, or the same key twice.
    codec::from_bytes(&codec::to_bytes(&committee)).map_err(|error| error.to_string())
}

fn committee(receipt: &RoundReceipt, committees: &Committees) -> Found<Committee> {
    let proved = committees
        .get(&receipt.round)
        .ok_or("the committee of the round is unknown")?;
    let told = committee_from(receipt.round, &receipt.committee)?;
    if told != *proved {
        return Err("the receipt's committee is not the one that was drawn and carried".to_owned());
    }
    Ok((
        proved.clone(),
        format!("{} members, in the order drawn", proved.members.len()),
    ))
}

/// The headers hang together, from the block before the round to its last one, which the boundary makes final.
fn headers(evidence: &Evidence, anchor: &Anchor) -> Found<Vec<Header>> {
    let receipt = &evidence.receipt;
    let headers = receipt
        .headers
        .iter()
        .enumerate()
        .map(|(index, bytes)| {
            codec::from_bytes(&bytes.0).map_err(|error| format!("header {index}: {error}"))
        })
        .collect::<Result<Vec<Header>, String>>()?;
    let last = last_height(receipt.round, receipt.blocks_per_round)?;
    let first = match receipt.round {
        0 => 1,
        round => round.saturating_mul(receipt.blocks_per_round.into()),
    };
    same(
        "the number of headers",
        headers.len() as u64,
        last.saturating_sub(first).saturating_add(1),
    )?;
    let mut parent = Hash(receipt.parent.0);
    let mut slot = 0;
    for (height, header) in (first..).zip(&headers) {
        let wrong = |reason: String| format!("block {height}: {reason}");
        same("its height", header.height, height).map_err(wrong)?;
        same("its round", header.round, receipt.round).map_err(wrong)?;
        same("its chain", header.chain, anchor.chain).map_err(wrong)?;
        same("its parent", header.parent, parent).map_err(wrong)?;
        same("the slot of its parent", header.parent_slot, slot).map_err(wrong)?;
        if header.slot <= slot {
            return Err(wrong(format!(
                "its slot {} does not come after slot {slot}",
                header.slot
            )));
        }
        slot = header.slot;
        parent = header.hash();
    }
    if receipt.round == 0 {
        same(
            "the seed of the round",
            Beacon(receipt.seed.0),
            anchor.beacon,
        )?;
    }
    // The block before the round is the one that the boundary before proves.
    if let Some(before) = receipt
        .round
        .checked_sub(1)
        .and_then(|round| evidence.boundaries.get(usize::try_from(round).ok()?))
    {
        let before: Header =
            codec::from_bytes(&before.certificate.header.0).map_err(|error| error.to_string())?;
        same(
            "the block before the round",
            Hash(receipt.parent.0),
            before.hash(),
        )?;
        same(
            "the seed of the round",
            Beacon(receipt.seed.0),
            before.beacon,
        )?;
    }
    Ok((
        headers,
        format!("heights {first} to {last}, each names its parent"),
    ))
}

fn certificate(
    receipt: &RoundReceipt,
    headers: &[Header],
    committee: &Committee,
    chain: &ChainId,
) -> Found<()> {
    let header = final_header(&receipt.certificate, committee, chain)?;
    let last = headers.last().ok_or("there are no headers")?;
    same("the final block", header.hash(), last.hash())?;
    Ok(((), format!("block {} is final", last.height)))
}

fn find(committee: &Committee, miner: MinerId) -> Result<&Member, String> {
    committee
        .members
        .iter()
        .find(|member| member.miner == miner)
        .ok_or_else(|| format!("producer #{} is not in the committee", miner.0))
}

/// Each `vrf` is its producer's signature over the beacon before and the height, and each beacon follows from it.
fn beacons(
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
fn slots(receipt: &RoundReceipt, headers: &[Header], committee: &Committee) -> Found<()> {
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

fn lucky(receipt: &RoundReceipt, headers: &[Header], committee: &Committee) -> Found<()> {
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

/// Bonus, pools and carry (mechanism.md section 8, steps 1 and 2).
fn pools(receipt: &RoundReceipt, headers: &[Header]) -> Found<()> {
    let told = &receipt.distribution;
    let issued = headers.iter().try_fold(0u64, |sum, header| {
        sum.checked_add(schedule::bonus(header.height).0)
    });
    let issued = issued.ok_or("the bonus is out of range")?;
    same("the bonus issued", told.issued.0, issued)?;
    let total = told
        .carry_in
        .0
        .checked_add(issued)
        .ok_or("the bonus is out of range")?;
    same("the bonus to share", told.total.0, total)?;
    let even = total / 2;
    let members = receipt.committee.len() as u64;
    let pool = even.checked_div(members).ok_or("the committee is empty")?;
    let on_top = total - even;
    same("the ordinary pool", told.ordinary_pool.0, pool)?;
    same(
        "what the lucky member gets on top",
        told.lucky_extra.0,
        on_top,
    )?;
    let order: Vec<u32> = receipt.pools.iter().map(|pool| pool.miner.id).collect();
    let drawn: Vec<u32> = receipt
        .committee
        .iter()
        .map(|member| member.miner.id)
        .collect();
    if order != drawn {
        return Err("the pools are not those of the committee, in its order".to_owned());
    }
    let mut carry = even - pool * members;
    let mut fees = 0u64;
    for entry in &receipt.pools {
        let name = &entry.miner.name;
        let lucky = entry.miner.id == receipt.lucky.miner.id;
        let expected = if lucky { pool + on_top } else { pool };
        same(&format!("the pool of {name}"), entry.pool.0, expected)?;
        if entry.votes.0 == 0 {
            carry = carry.saturating_add(expected);
        }
        let share = told
            .fee_per_block
            .0
            .checked_mul(entry.produced.into())
            .ok_or("the fees are out of range")?;
        same(&format!("the fees of {name}"), entry.fees.0, share)?;
        fees = fees.checked_add(share).ok_or("the fees are out of range")?;
    }
    same("what is carried on", told.carry_out.0, carry)?;
    same(
        "what was shared out",
        told.credited.0,
        total.saturating_sub(carry),
    )?;
    same(
        "the fee of a block",
        told.fee_per_block.0,
        told.fees.0 / headers.len().max(1) as u64,
    )?;
    same(
        "the remainder of the fees",
        told.fees_remainder.0,
        told.fees.0.saturating_sub(fees),
    )?;
    Ok((
        (),
        format!(
            "{} units shared by {members} pools of {pool}, {on_top} on top for the lucky one, {carry} carried on",
            total
        ),
    ))
}

/// What the committee signed in the last block's receipts agrees with the document.
fn receipts(evidence: &Evidence, headers: &[Header]) -> Found<()> {
    let receipt = &evidence.receipt;
    let last = headers.last().ok_or("there are no headers")?;
    let encoded: Vec<&[u8]> = evidence
        .receipts
        .iter()
        .map(|bytes| bytes.0.as_slice())
        .collect();
    same(
        "the root of the receipts",
        merkle::root(&encoded),
        last.receipts_root,
    )?;
    let signed = encoded
        .iter()
        .map(|bytes| codec::from_bytes(bytes).map_err(|error| format!("a receipt: {error}")))
        .collect::<Result<Vec<Receipt>, String>>()?;
    let told = &receipt.distribution;
    let mut pools = receipt.pools.iter();
    let mut seen = 0u32;
    for entry in &signed {
        match entry {
            Receipt::Bonus {
                total,
                pool,
                lucky,
                carry,
            } => {
                same("the bonus", told.total.0, total.0)?;
                same("the pool", told.ordinary_pool.0, pool.0)?;
                same("what is on top", told.lucky_extra.0, lucky.0)?;
                same("the carry", told.carry_out.0, carry.0)?;
            }
            Receipt::Lucky { miner, .. } => {
                same("the lucky member", receipt.lucky.miner.id, miner.0)?
            }
            Receipt::Pool {
                miner,
                amount,
                votes,
            } => {
                let told = pools
                    .next()
                    .ok_or("there are more pools than the receipt tells of")?;
                same("a pool's member", told.miner.id, miner.0)?;
                same("a pool", told.pool.0, amount.0)?;
                same("the votes of a pool", told.votes.0, votes.0)?;
            }
            Receipt::Average { v_avg } => same(
                "the average coefficient",
                receipt.draw.v_avg.0,
                u128::from(*v_avg),
            )?,
            Receipt::Draw {
                round,
                candidates,
                total,
                members,
                kept,
            } => {
                same("the round drawn for", receipt.draw.round, *round)?;
                same(
                    "the number of candidates",
                    receipt.draw.candidates.len() as u64,
                    u64::from(*candidates),
                )?;
                same(
                    "the sum of their weights",
                    receipt.draw.total_weight.0,
                    total.0,
                )?;
                same("whether the committee was kept", receipt.draw.kept, *kept)?;
                let told: Vec<u32> = receipt
                    .draw
                    .members
                    .iter()
                    .map(|member| member.id)
                    .collect();
                let drawn: Vec<u32> = members.iter().map(|member| member.0).collect();
                if told != drawn {
                    return Err("the members drawn are not those that were signed".to_owned());
                }
            }
            _ => continue,
        }
        seen += 1;
    }
    // Bonus, lucky, average and draw, and a pool for each member.
    same(
        "the number of receipts of the round's end",
        u64::from(seen),
        4 + receipt.pools.len() as u64,
    )?;
    Ok((
        (),
        format!(
            "{} receipts of the last block, as its header says",
            signed.len()
        ),
    ))
}

/// The draw follows from the beacon and the weights, and its members are the committee that the last block carries.
fn draw(receipt: &RoundReceipt, headers: &[Header], committees: Option<&Committees>) -> Found<()> {
    let last = headers.last().ok_or("there are no headers")?;
    let told = &receipt.draw;
    let round = receipt
        .round
        .checked_add(2)
        .ok_or("the round is out of range")?;
    same("the round drawn for", told.round, round)?;
    same("the round drawn in", told.drawn_in, receipt.round)?;
    same("the beacon", Beacon(told.beacon.0), last.beacon)?;
    let ids = |miners: &[MinerRef]| {
        miners
            .iter()
            .map(|miner| MinerId(miner.id))
            .collect::<Vec<MinerId>>()
    };
    let drawn = DrawReceipt {
        round,
        beacon: told.beacon.0,
        committee: receipt.committee_size,
        min_committee: receipt.min_committee,
        average: u64::try_from(told.v_avg.0)
            .map_err(|_| "the average coefficient is out of range")?,
        candidates: told
            .candidates
            .iter()
            .map(|candidate| Candidate {
                miner: MinerId(candidate.miner.id),
                votes: Votes(candidate.votes.0),
                produced: candidate.produced,
                slots: candidate.slots,
                weight: Votes(candidate.weight.0),
            })
            .collect(),
        previous: ids(&told.previous),
        kept: told.kept,
        picks: told
            .picks
            .iter()
            .map(|pick| Pick {
                hash: pick.hash.0,
                total: Votes(pick.total.0),
                point: Votes(pick.point.0),
                miner: MinerId(pick.miner.id),
            })
            .collect(),
        members: ids(&told.members),
    };
    verify_draw(&drawn).map_err(|fault| fault.to_string())?;
    let sum = told
        .candidates
        .iter()
        .try_fold(0u128, |sum, candidate| sum.checked_add(candidate.weight.0));
    same(
        "the sum of the weights",
        told.total_weight.0,
        sum.ok_or("the weights are out of range")?,
    )?;
    let order = (0u32..)
        .zip(&told.picks)
        .all(|(index, pick)| pick.index == index);
    if !order {
        return Err("the picks are not numbered in order".to_owned());
    }
    if let Some(committees) = committees {
        let carried = committees
            .get(&round)
            .ok_or("the committee that was drawn is unknown")?;
        let members: Vec<MinerId> = carried.members.iter().map(|member| member.miner).collect();
        if members != drawn.members {
            return Err(
                "the members drawn are not the committee that the last block carries".to_owned(),
            );
        }
        let previous = committees
            .get(&round.saturating_sub(1))
            .ok_or("the committee before is unknown")?;
        let previous: Vec<MinerId> = previous.members.iter().map(|member| member.miner).collect();
        if previous != drawn.previous {
            return Err(
                "the committee before is not the one that serves in the next round".to_owned(),
            );
        }
    }
    let how = if told.kept {
        "kept: too few candidates"
    } else {
        "drawn"
    };
    Ok((
        (),
        format!(
            "{} of {} candidates for round {round}, {how}",
            drawn.members.len(),
            drawn.candidates.len()
        ),
    ))
}
