//! The end of the round: what was carried, how bonus and fees were shared.

use super::turns::Turns;
use super::{Found, Place, find, named, same};
use crate::evidence::{ChosenReceipts, Evidence};
use etm_mechanism::{MinerId, Split, Units, Votes, beacon, schedule};
use etm_types::amount::format_etm;
use etm_types::api::round::{CheckedPool, Distribution, LuckyReceipt};
use etm_types::api::{self, Amount, Integer, MinerRef};
use etm_types::{Hash, Receipt, Round};

/// What the receipts of the last block say.
pub struct End {
    fees: Fees,
    bonus: Bonus,
    lucky: (MinerId, Units),
    pools: Vec<(MinerId, Units, Votes)>,
    /// `v_avg`.
    pub average: u64,
    /// The round drawn for.
    pub round: Round,
    /// How many candidates there were.
    pub candidates: u32,
    /// The hash of their list.
    pub candidates_hash: Hash,
    /// The sum of their weights.
    pub total: Votes,
    /// Those drawn.
    pub members: Vec<MinerId>,
    /// Whether a committee was kept.
    pub kept: bool,
}

struct Fees {
    total: u64,
    per_block: u64,
    remainder: u64,
}

struct Bonus {
    total: u64,
    pool: u64,
    lucky: u64,
    carry: u64,
}

/// What the round before left.
pub struct Carried {
    carry: u64,
    fees: u64,
}

fn fees_of(receipt: Option<&&Receipt>) -> Result<Fees, String> {
    match receipt {
        Some(Receipt::Fees {
            total,
            per_block,
            remainder,
        }) => Ok(Fees {
            total: total.0,
            per_block: per_block.0,
            remainder: remainder.0,
        }),
        _ => Err("the first receipt chosen must be that of the fees".to_owned()),
    }
}

fn bonus_of(receipt: Option<&&Receipt>) -> Result<Bonus, String> {
    match receipt {
        Some(Receipt::Bonus {
            total,
            pool,
            lucky,
            carry,
        }) => Ok(Bonus {
            total: total.0,
            pool: pool.0,
            lucky: lucky.0,
            carry: carry.0,
        }),
        _ => Err("the second receipt chosen must be that of the bonus".to_owned()),
    }
}

/// The receipts are those of the last block: fees, bonus, lucky member, a pool for each member, average, draw.
pub fn receipts(evidence: &Evidence, place: &Place<'_>) -> Found<End> {
    let chosen: &ChosenReceipts = &evidence.receipts;
    let receipts = chosen.proved(&place.last.receipts_root)?;
    let mut rest = receipts.iter();
    let (fees, bonus) = (fees_of(rest.next())?, bonus_of(rest.next())?);
    let Some(Receipt::Lucky { miner, amount }) = rest.next() else {
        return Err("the third receipt chosen must be that of the lucky member".to_owned());
    };
    let lucky = (*miner, *amount);
    let mut pools = Vec::with_capacity(evidence.committee.members.len());
    for member in &evidence.committee.members {
        match rest.next() {
            Some(Receipt::Pool {
                miner,
                amount,
                votes,
            }) if *miner == member.miner => pools.push((*miner, *amount, *votes)),
            _ => {
                return Err(format!(
                    "the pool of {} must stand in its place in the committee",
                    member.name.as_str()
                ));
            }
        }
    }
    let Some(Receipt::Average { v_avg }) = rest.next() else {
        return Err("after the pools must come the receipt of the average".to_owned());
    };
    let Some(Receipt::Draw {
        round,
        candidates,
        candidates_hash,
        total,
        members,
        kept,
    }) = rest.next()
    else {
        return Err("the last receipt chosen must be that of the draw".to_owned());
    };
    same("the number of receipts after the draw", rest.len(), 0)?;
    let end = End {
        fees,
        bonus,
        lucky,
        pools,
        average: *v_avg,
        round: *round,
        candidates: *candidates,
        candidates_hash: *candidates_hash,
        total: *total,
        members: members.clone(),
        kept: *kept,
    };
    let detail = format!(
        "{} of the {} receipts of block {}",
        receipts.len(),
        chosen.count,
        place.last.height
    );
    Ok((end, detail))
}

fn etm(units: u64) -> String {
    format_etm(Units(units))
}

/// What the round before carried on, by the receipts of its last block.
pub fn carry(evidence: &Evidence) -> Found<Carried> {
    let Some(previous) = &evidence.previous else {
        let nothing = Carried { carry: 0, fees: 0 };
        return Ok((nothing, "nothing at genesis".to_owned()));
    };
    let receipts = previous.receipts.proved(&previous.header.receipts_root)?;
    let mut rest = receipts.iter();
    let carried = Carried {
        fees: fees_of(rest.next())?.remainder,
        carry: bonus_of(rest.next())?.carry,
    };
    same("the number of receipts after the bonus", rest.len(), 0)?;
    let detail = format!(
        "{} ETM of bonus and {} ETM of fees, by block {}",
        etm(carried.carry),
        etm(carried.fees),
        previous.header.height
    );
    Ok((carried, detail))
}

/// The lucky member follows from the beacon (M§8.2).
pub fn lucky(evidence: &Evidence, place: &Place<'_>, end: &End) -> Found<LuckyReceipt> {
    let beacon = &place.last.beacon.0;
    let members = &evidence.committee.members;
    let index = beacon::lucky(place.round, beacon, members.len());
    let member = members.get(index).ok_or("the committee is empty")?;
    same("the lucky member", end.lucky.0.0, member.miner.0)?;
    let hash = beacon::lucky_hash(place.round, beacon);
    let detail = format!("{}, place {index}", member.name.as_str());
    let lucky = LuckyReceipt {
        hash: api::Hash(hash),
        index: u32::try_from(index).map_err(|error| error.to_string())?,
        miner: named(member),
    };
    Ok((lucky, detail))
}

/// The bonus is cut as M§8.2 says. Answers who has which pool.
pub fn pools(
    evidence: &Evidence,
    place: &Place<'_>,
    end: &End,
    carried: &Carried,
    lucky: u32,
) -> Found<Vec<MinerRef>> {
    let until = schedule::bonus_total(place.last.height).0;
    let before = schedule::bonus_total(place.first.saturating_sub(1)).0;
    let total = carried
        .carry
        .checked_add(until.saturating_sub(before))
        .ok_or("the bonus is out of range")?;
    same("the bonus", end.bonus.total, total)?;
    let lucky = lucky as usize;
    let count = end.pools.len();
    let split = Split::new(Units(total), count);
    let share = split.share;
    same("the pool of every member", end.bonus.pool, share.0)?;
    let extra = split.lucky;
    same(
        "what the lucky member gets on top",
        end.bonus.lucky,
        extra.0,
    )?;
    same("the lucky member's receipt", end.lucky.1, extra)?;
    let mut members = Vec::with_capacity(count);
    for (index, (miner, amount, _)) in end.pools.iter().enumerate() {
        let member = find(&evidence.committee, *miner)?;
        let pool = split.pool(index == lucky);
        same(&format!("the pool of {}", member.name), *amount, pool)?;
        members.push(member);
    }
    let votes = end.pools.iter().map(|(_, _, votes)| *votes);
    let carry = split.carry(lucky, votes);
    same("what is carried on", end.bonus.carry, carry.0)?;
    let detail = format!(
        "{} ETM: {count} pools of {}, {} on top for the lucky one, {} carried on",
        etm(total),
        etm(share.0),
        etm(extra.0),
        etm(carry.0)
    );
    Ok((members, detail))
}

/// The fees are shared as M§8.1 says.
pub fn fees(
    evidence: &Evidence,
    place: &Place<'_>,
    end: &End,
    carried: &Carried,
    turns: &Turns,
) -> Found<()> {
    let Fees {
        total,
        per_block,
        remainder,
    } = end.fees;
    if total < carried.fees {
        return Err(format!(
            "there are {} ETM of fees, the round before left {}",
            etm(total),
            etm(carried.fees)
        ));
    }
    let blocks = evidence.headers.len() as u64;
    let share = total.checked_div(blocks).ok_or("there are no blocks")?;
    same("the fees of a block", per_block, share)?;
    same(
        "what is left of the fees",
        remainder,
        total - share * blocks,
    )?;
    same("the number of blocks", turns.blocks(), blocks)?;
    let detail = format!(
        "{} ETM in round {}, {} for each block, {} left",
        etm(total),
        place.round,
        etm(share),
        etm(remainder)
    );
    Ok(((), detail))
}

pub fn distribution(end: &End, carried: &Carried) -> Distribution {
    let bonus = &end.bonus;
    Distribution {
        carry_in: Amount(carried.carry),
        issued: Amount(bonus.total.saturating_sub(carried.carry)),
        total: Amount(bonus.total),
        ordinary_pool: Amount(bonus.pool),
        lucky_extra: Amount(bonus.lucky),
        carry_out: Amount(bonus.carry),
        credited: Amount(bonus.total.saturating_sub(bonus.carry)),
        fees: Amount(end.fees.total),
        fee_per_block: Amount(end.fees.per_block),
        fees_remainder: Amount(end.fees.remainder),
    }
}

pub fn shown_pools(end: &End, members: &[MinerRef], turns: &Turns) -> Vec<CheckedPool> {
    let pools = end.pools.iter().zip(members);
    pools
        .map(|((miner, amount, votes), member)| {
            let produced = turns.produced(*miner);
            CheckedPool {
                miner: member.clone(),
                pool: Amount::from(*amount),
                votes: Integer::from(*votes),
                produced,
                missed: turns.missed(*miner),
                // At most all the fees.
                fees: Amount(end.fees.per_block.saturating_mul(produced.into())),
            }
        })
        .collect()
}
