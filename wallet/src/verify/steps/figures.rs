//! Bonus, fees and the draw: what follows from the beacon and the figures.

use super::{Committees, Found, same};
use crate::{figures, verify::evidence::Evidence};
use etm_mechanism::{Candidate, DrawReceipt, Pick, schedule, verify_draw};
use etm_types::{
    Beacon, Header, MinerId, Receipt, Votes,
    api::{Amount, MinerRef, round::RoundReceipt},
    codec, merkle,
};

fn etm(units: u64) -> String {
    figures::etm(Amount(units))
}

/// Bonus, pools and carry (mechanism.md section 8, steps 1 and 2).
pub fn pools(receipt: &RoundReceipt, headers: &[Header]) -> Found<()> {
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
            "{} shared by {members} pools of {}, {} on top for the lucky one, {} carried on",
            etm(total),
            etm(pool),
            etm(on_top),
            etm(carry)
        ),
    ))
}

/// What the committee signed in the last block's receipts agrees with the document.
pub fn receipts(evidence: &Evidence, headers: &[Header]) -> Found<()> {
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
                ..
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
pub fn draw(
    receipt: &RoundReceipt,
    headers: &[Header],
    committees: Option<&Committees>,
) -> Found<()> {
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
