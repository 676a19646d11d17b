//! The steps of a check, one after the other. Each is a function of what was checked before it; the first that fails ends those that
//! build on it, and the others still run.

mod figures;
mod turns;

use super::{evidence::Evidence, finalization::Finalization};
use etm_mechanism::Params;
use etm_types::{
    Beacon, ChainId, Committee, DialAddress, Hash, Header, Member, MinerId, MinerName,
    api::{
        block::{BlockCertificate, CommitteeMember},
        round::{BoundaryCertificate, RoundReceipt},
    },
    codec,
};
use figures::{draw, pools, receipts};
use serde::Serialize;
use std::collections::BTreeMap;
use turns::{beacons, lucky, slots};

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
