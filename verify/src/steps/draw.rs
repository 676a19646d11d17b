//! Who could be drawn, and who was.

use super::end::End;
use super::{Found, Place, find, same, shown_members};
use crate::evidence::Evidence;
use etm_mechanism::{
    Candidate, DrawReceipt, MinerId, Params, Pick, Votes, draw as mechanism, verify_draw,
};
use etm_types::api::round::{CheckedCandidate, CheckedDraw, DrawPick};
use etm_types::api::{self, Integer, MinerRef};
use etm_types::{Committee, Hash};

/// The candidates are those of the draw's receipt, and each weight follows from votes and counters (M§5). Answers their sum.
pub fn candidates(evidence: &Evidence, end: &End) -> Found<Votes> {
    let candidates = &evidence.candidates.0;
    same("their number", candidates.len(), end.candidates as usize)?;
    same(
        "their hash",
        evidence.candidates.hash(),
        end.candidates_hash,
    )?;
    if !candidates.is_sorted_by(|left, right| left.miner < right.miner) {
        return Err("they do not stand in the order of their ids".to_owned());
    }
    let mut total = 0u128;
    for candidate in candidates {
        let wrong = |reason: String| format!("candidate {}: {reason}", candidate.miner.0);
        if candidate.produced > candidate.slots {
            return Err(wrong("more blocks than slots".to_owned()));
        }
        let weight = candidate.standing().weight(end.average);
        same("its weight", candidate.weight, weight).map_err(wrong)?;
        if weight == Votes::ZERO {
            return Err(wrong("it has no weight".to_owned()));
        }
        total = total
            .checked_add(weight.0)
            .ok_or("the weights are out of range")?;
    }
    same("the sum of their weights", end.total.0, total)?;
    let detail = format!("{} candidates, each weight follows", candidates.len());
    Ok((Votes(total), detail))
}

/// The committee drawn is the one that the last block carries.
pub fn drawn(evidence: &Evidence, place: &Place<'_>) -> Found<()> {
    let drawn = &evidence.drawn;
    let round = place
        .round
        .checked_add(2)
        .ok_or("the round is out of range")?;
    same("its round", drawn.round, round)?;
    same("its root", drawn.root(), place.last.committee_root)?;
    Ok((
        (),
        format!("{} members of round {round}", drawn.members.len()),
    ))
}

/// The draw follows from the beacon and the weights, and its members are the committee that the last block carries (M§6).
pub fn draw(
    evidence: &Evidence,
    place: &Place<'_>,
    end: &End,
    params: &Params,
    next_root: &Hash,
) -> Found<Vec<Pick>> {
    let round = place
        .round
        .checked_add(2)
        .ok_or("the round is out of range")?;
    let drawn = &evidence.drawn;
    same("the round drawn for", end.round, round)?;
    let members: Vec<MinerId> = drawn.members.iter().map(|member| member.miner).collect();
    if members != end.members {
        return Err("the committee carried is not that of the draw's receipt".to_owned());
    }
    let candidates: &[Candidate] = &evidence.candidates.0;
    let kept = candidates.len() < params.min_committee as usize;
    if kept != end.kept {
        return Err(format!(
            "{} candidates, at least {} are needed: the committee is drawn exactly if there are enough",
            candidates.len(),
            params.min_committee
        ));
    }
    let picks = match kept {
        true => {
            let again = Committee {
                round: round.saturating_sub(1),
                members: drawn.members.clone(),
            };
            same(
                "the root of the committee that serves again",
                again.root(),
                *next_root,
            )?;
            Vec::new()
        }
        false => {
            let size = candidates.len().min(params.committee as usize);
            mechanism::draw(round, &place.last.beacon.0, candidates, size)
                .ok_or("the weights are out of range")?
        }
    };
    // The mechanism's own check, by plain sums.
    let receipt = DrawReceipt {
        round,
        beacon: place.last.beacon.0,
        committee: params.committee,
        min_committee: params.min_committee,
        average: end.average,
        candidates: candidates.to_vec(),
        // That it is the committee of the next round was shown by its root.
        previous: members.clone(),
        kept,
        picks,
        members,
    };
    verify_draw(&receipt).map_err(|fault| fault.to_string())?;
    let how = match kept {
        true => "too few: the committee before serves again",
        false => "drawn",
    };
    let detail = format!(
        "{} of {} candidates for round {round}, {how}",
        receipt.members.len(),
        candidates.len()
    );
    Ok((receipt.picks, detail))
}

pub fn shown(evidence: &Evidence, end: &End, picks: Vec<Pick>, total: Votes) -> CheckedDraw {
    let candidates = evidence.candidates.0.iter();
    CheckedDraw {
        round: end.round.0,
        v_avg: Integer(end.average.into()),
        candidates: candidates
            .map(|candidate| CheckedCandidate {
                miner: candidate.miner.0,
                votes: Integer::from(candidate.votes),
                produced: candidate.produced,
                slots: candidate.slots,
                weight: Integer::from(candidate.weight),
            })
            .collect(),
        candidates_hash: api::Hash::from(end.candidates_hash),
        total_weight: Integer::from(total),
        kept: end.kept,
        picks: (0u32..)
            .zip(picks)
            .map(|(index, pick)| DrawPick {
                index,
                hash: api::Hash(pick.hash),
                total: Integer::from(pick.total),
                point: Integer::from(pick.point),
                // Those drawn are the committee carried.
                miner: find(&evidence.drawn, pick.miner).unwrap_or(MinerRef {
                    id: pick.miner.0,
                    name: String::new(),
                }),
            })
            .collect(),
        members: shown_members(&evidence.drawn),
    }
}
