//! The end of a round on the chain: the mechanism's report becomes receipts, a record and a committee.

use crate::chain::{Chain, ChainParams};
use crate::context::BlockContext;
use crate::error::Halt;
use crate::overlay::{Key, Miss, Overlay, read};
use etm_mechanism::{Action, Mechanism, RoundReport, Split, Standings, Store as _, Votes};
use etm_types::state::{CandidateList, RoundMember, RoundRecord};
use etm_types::{Address, Beacon, Committee, Hash, Member, MinerId, Receipt, Round, Units};
use std::collections::BTreeSet;

/// Ends the round (section 8) after its last block, whose beacon is given.
pub(crate) fn end(
    mechanism: &mut Mechanism<&mut Overlay>,
    chain: &Chain,
    context: &BlockContext,
    beacon: &Beacon,
    receipts: &mut Vec<Receipt>,
) -> Result<RoundReport<Address>, Halt> {
    let seed = Beacon(mechanism.store().globals()?.beacon);
    let ready = ready_miners(mechanism.store(), &chain.params, context.round)?;
    let report = mechanism.end_round(&beacon.0, |miner| ready.contains(&miner))?;
    let overlay = mechanism.store_mut();
    write_nodes(overlay, &report)?;
    overlay
        .rounds
        .put(report.round, Some(round_record(&report, seed, *beacon)));
    if let Some(old) = report.round.checked_sub(ChainParams::ROUND_RECORDS_KEPT) {
        overlay.rounds.put(old, None);
    }
    receipts.extend(round_receipts(&report));
    Ok(report)
}

/// The miners whose node proved within the last `READY_ROUNDS` rounds that it runs (section 6).
pub(crate) fn ready_miners(
    overlay: &Overlay,
    params: &ChainParams,
    round: Round,
) -> Result<BTreeSet<MinerId>, Miss> {
    let mut ready = BTreeSet::new();
    for page in overlay.directory()? {
        if let Some(presence) = read!(overlay, presence, Presence, &page)? {
            let seen = presence
                .0
                .iter()
                .filter(|entry| params.is_ready(round, entry.seen));
            ready.extend(seen.map(|entry| entry.miner));
        }
    }
    Ok(ready)
}

/// Gives new miners their node records and removes those of miners whose record ended.
fn write_nodes(overlay: &mut Overlay, report: &RoundReport<Address>) -> Result<(), Miss> {
    for applied in &report.requests {
        if let (Action::Register(..), Some(miner)) = (&applied.action, applied.miner) {
            let account = applied.account;
            let record = read!(overlay, registrations, Registration, &account)?
                .cloned()
                .ok_or(Miss::Absent("the keys of a registration"))?;
            overlay.registrations.put(account, None);
            overlay.nodes.put(miner, Some(record));
        }
    }
    for returned in &report.deposits {
        overlay.nodes.put(returned.miner, None);
        let page = Standings::page_of(returned.miner);
        let mut presence = read!(overlay, presence, Presence, &page)?
            .cloned()
            .unwrap_or_default();
        presence.remove(returned.miner);
        let value = (!presence.0.is_empty()).then_some(presence);
        overlay.presence.put(page, value);
    }
    Ok(())
}

/// The records from which the committee drawn is completed.
pub(crate) fn committee_records(overlay: &Overlay, report: &RoundReport<Address>) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    if !report.draw.kept {
        for miner in &report.draw.members {
            keys.insert(Key::Node(*miner));
            keys.insert(Key::Miner(*miner));
        }
    }
    keys.retain(|key| !overlay.is_loaded(key));
    keys
}

/// Completes the committee drawn with its members' keys as they are now, and writes it. One that serves again keeps the
/// keys it has.
pub(crate) fn complete_committee(
    overlay: &mut Overlay,
    report: &RoundReport<Address>,
) -> Result<Committee, Miss> {
    let round = report.draw.round;
    let committee = if report.draw.kept {
        let serving = overlay
            .full_committee(round.saturating_sub(1))?
            .ok_or(Miss::Absent("the committee of the next round"))?;
        Committee {
            round,
            members: serving.members.clone(),
        }
    } else {
        members(overlay, round, &report.draw.members)?
    };
    overlay.committees.put(round, Some(committee.clone()));
    Ok(committee)
}

/// A committee of these miners with the keys they have now.
pub(crate) fn members(
    overlay: &Overlay,
    round: Round,
    miners: &[MinerId],
) -> Result<Committee, Miss> {
    let member = |miner: &MinerId| {
        let node = read!(overlay, nodes, Node, miner)?
            .ok_or(Miss::Absent("the node record of a miner"))?;
        let record =
            read!(overlay, miners, Miner, miner)?.ok_or(Miss::Absent("the record of a miner"))?;
        Ok(Member {
            miner: *miner,
            node: node.node,
            bls: node.bls,
            dial: node.dial.clone(),
            name: record.name,
        })
    };
    Ok(Committee {
        round,
        members: miners.iter().map(member).collect::<Result<_, Miss>>()?,
    })
}

fn candidates_hash(report: &RoundReport<Address>) -> Hash {
    CandidateList(report.draw.candidates.clone()).hash()
}

/// How many candidates a draw had, as receipts and records count them.
fn candidate_count(report: &RoundReport<Address>) -> u32 {
    // Miner ids are u32, so there are not more.
    u32::try_from(report.draw.candidates.len()).unwrap_or(u32::MAX)
}

fn round_record(report: &RoundReport<Address>, seed: Beacon, beacon: Beacon) -> RoundRecord {
    RoundRecord {
        round: report.round,
        first_height: report.first_height,
        last_height: report.last_height,
        seed,
        beacon,
        fees: report.fees,
        fee_share: report.fee_share,
        fees_pending: report.fees_pending,
        bonus: report.bonus,
        lucky: report.lucky,
        carry: report.carry,
        days: report.days,
        average: report.average,
        members: report
            .members
            .iter()
            .map(|member| RoundMember {
                miner: member.miner,
                produced: member.produced,
                missed: member.missed,
                fees: member.fees,
                votes: member.votes,
                pool: member.pool,
            })
            .collect(),
        candidates: candidate_count(report),
        candidates_hash: candidates_hash(report),
        kept: report.draw.kept,
        drawn: report.draw.members.clone(),
    }
}

/// The receipts of a round's end, in the order of section 8.
fn round_receipts(report: &RoundReport<Address>) -> Vec<Receipt> {
    let mut receipts = vec![Receipt::Fees {
        total: report.fees,
        per_block: report.fee_share,
        remainder: report.fees_pending,
    }];
    for member in report.members.iter().filter(|m| m.fees > Units::ZERO) {
        receipts.push(Receipt::FeeShare {
            miner: member.miner,
            owner: member.owner,
            blocks: member.produced,
            amount: member.fees,
        });
    }
    let split = Split::new(report.bonus, report.members.len());
    receipts.push(Receipt::Bonus {
        total: report.bonus,
        pool: split.share,
        lucky: split.lucky,
        carry: report.carry,
    });
    receipts.push(Receipt::Lucky {
        miner: report.lucky,
        amount: split.lucky,
    });
    for member in &report.members {
        receipts.push(Receipt::Pool {
            miner: member.miner,
            amount: member.pool,
            votes: member.votes,
        });
    }
    for member in &report.members {
        if member.produced > 0 && member.votes > Votes::ZERO {
            receipts.push(Receipt::Halving {
                miner: member.miner,
                blocks: member.produced,
            });
        }
    }
    if report.days > 0 {
        receipts.push(Receipt::DayTick { days: report.days });
    }
    for applied in &report.requests {
        receipts.push(Receipt::Request {
            account: applied.account,
            request: applied
                .action
                .with_registration(applied.miner.unwrap_or_default()),
            applied: applied.effective,
        });
    }
    receipts.push(Receipt::Average {
        v_avg: report.average,
    });
    receipts.push(Receipt::Draw {
        round: report.draw.round,
        candidates: candidate_count(report),
        candidates_hash: candidates_hash(report),
        // The mechanism has checked that the sum fits.
        total: Votes(
            report
                .draw
                .candidates
                .iter()
                .fold(0u128, |sum, candidate| sum.wrapping_add(candidate.weight.0)),
        ),
        members: report.draw.members.clone(),
        kept: report.draw.kept,
    });
    for returned in &report.deposits {
        receipts.push(Receipt::DepositReturned {
            miner: returned.miner,
            owner: returned.owner,
            amount: returned.amount,
        });
    }
    receipts
}
