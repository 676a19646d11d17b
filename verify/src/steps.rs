//! The steps of a check, in the order of `docs/verify.md`, section 6. Each takes what those before it proved, so the first that fails
//! ends the check: nothing is computed from bytes that nobody vouches for.

mod draw;
mod end;
mod turns;
mod votes;

pub use votes::{VotesCheck, VotesReport};

use crate::batch::{self, Keys, Signed};
use crate::certificate::Certificate;
use crate::evidence::Evidence;
use crate::trust::Trust;
use etm_mechanism::MinerId;
use etm_types::api::block::CommitteeMember;
use etm_types::api::round::CheckedRound;
use etm_types::api::{self, Bytes, MinerRef};
use etm_types::{Beacon, Committee, Day, Hash, Header, Height, Member, Round, Slot};
use std::fmt;

/// What a step checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The bytes are evidence.
    Evidence,
    /// The committee is the one that was proved for the round.
    Committee,
    /// The headers hang together.
    Headers,
    /// The last block is final.
    Certificate,
    /// The receipts are those of the last block.
    Receipts,
    /// What the round before carried on.
    Carry,
    /// The committee drawn is the one that the last block carries.
    Drawn,
    /// Who could be drawn, and with what weight.
    Candidates,
    /// Each producer was on turn.
    Slots,
    /// The beacon contributions are signatures, and the beacons follow.
    Beacons,
    /// The lucky member.
    Lucky,
    /// How the bonus was cut.
    Pools,
    /// How the fees were shared.
    Fees,
    Draw,
}

impl Check {
    /// All of them, in order.
    pub const ALL: [Self; 14] = [
        Self::Evidence,
        Self::Committee,
        Self::Headers,
        Self::Certificate,
        Self::Receipts,
        Self::Carry,
        Self::Drawn,
        Self::Candidates,
        Self::Slots,
        Self::Beacons,
        Self::Lucky,
        Self::Pools,
        Self::Fees,
        Self::Draw,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            Self::Committee => "committee",
            Self::Headers => "headers",
            Self::Certificate => "certificate",
            Self::Slots => "slots",
            Self::Beacons => "beacons",
            Self::Receipts => "receipts",
            Self::Carry => "carry",
            Self::Lucky => "lucky",
            Self::Pools => "pools",
            Self::Fees => "fees",
            Self::Candidates => "candidates",
            Self::Drawn => "drawn",
            Self::Draw => "draw",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One step of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<C = Check> {
    pub check: C,
    /// Whether all is as it must be.
    pub ok: bool,
    /// What was found, or what differs.
    pub detail: String,
}

/// The outcome of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The steps, up to the first that fails.
    pub steps: Vec<Step>,
    /// All that can be read from the evidence; only if every step holds.
    pub round: Option<CheckedRound>,
}

impl Report {
    /// The step that failed, if one did.
    pub fn failed(&self) -> Option<&Step> {
        self.steps.iter().find(|step| !step.ok)
    }
}

/// What a step finds: a word on it, or what differs.
type Found<T> = Result<(T, String), String>;

/// The steps that hold so far.
struct Steps<C>(Vec<Step<C>>);

/// A step failed: it is noted.
struct Failed;

impl<C> Steps<C> {
    fn note<T>(&mut self, check: C, found: Found<T>) -> Result<T, Failed> {
        let (value, ok, detail) = match found {
            Ok((value, detail)) => (Ok(value), true, detail),
            Err(detail) => (Err(Failed), false, detail),
        };
        self.0.push(Step { check, ok, detail });
        value
    }
}

impl Trust {
    /// Checks the evidence of a round, and answers all that can be read from it. The committees of the round and the next must be
    /// known: see [`Trust::walk`].
    pub fn check(&self, evidence: &[u8]) -> Report {
        let mut steps = Steps(Vec::new());
        let round = self.run(evidence, &mut steps).ok();
        Report {
            steps: steps.0,
            round,
        }
    }

    fn run(&self, bytes: &[u8], steps: &mut Steps<Check>) -> Result<CheckedRound, Failed> {
        let evidence = steps.note(
            Check::Evidence,
            Evidence::from_bytes(bytes)
                .map(|evidence| (evidence, format!("{} bytes", bytes.len())))
                .map_err(|error| error.to_string()),
        )?;
        let evidence = &evidence;
        let next_root = steps.note(Check::Committee, self.committee(evidence))?;
        let place = steps.note(Check::Headers, self.headers(evidence))?;
        let mut keys = Keys::default();
        let signers = steps.note(
            Check::Certificate,
            self.certificate(evidence, &place, &mut keys),
        )?;
        let end = steps.note(Check::Receipts, end::receipts(evidence, &place))?;
        let carried = steps.note(Check::Carry, end::carry(evidence))?;
        steps.note(Check::Drawn, draw::drawn(evidence, &place))?;
        let total = steps.note(Check::Candidates, draw::candidates(evidence, &end))?;
        let turns = steps.note(Check::Slots, turns::slots(evidence, &place))?;
        steps.note(Check::Beacons, self.beacons(evidence, &place, &mut keys))?;
        let lucky = steps.note(Check::Lucky, end::lucky(evidence, &place, &end))?;
        let pools = steps.note(
            Check::Pools,
            end::pools(evidence, &place, &end, &carried, lucky.index),
        )?;
        steps.note(
            Check::Fees,
            end::fees(evidence, &place, &end, &carried, &turns),
        )?;
        let facts = self.facts();
        let picks = steps.note(
            Check::Draw,
            draw::draw(evidence, &place, &end, &facts.params, &next_root),
        )?;
        Ok(CheckedRound {
            chain: api::Hash::from(facts.chain),
            round: place.round.0,
            first_height: place.first.0,
            last_height: place.last.height.0,
            seed: api::Hash::from(place.seed),
            beacon: api::Hash::from(place.last.beacon),
            days: self.days(evidence, &place),
            committee: shown_members(&evidence.committee),
            blocks: turns::blocks(evidence, &place),
            signers,
            distribution: end::distribution(&end, &carried),
            pools: end::shown_pools(&end, &pools, &turns),
            lucky,
            draw: draw::shown(evidence, &end, picks, total),
        })
    }

    /// The committee is the one that was proved. Answers the root of the committee of the next round.
    fn committee(&self, evidence: &Evidence) -> Found<Hash> {
        let committee = &evidence.committee;
        let round = committee.round;
        let known = |round: Round| {
            self.root(round).copied().ok_or_else(|| {
                format!(
                    "the committee of round {round} is not proved yet; those of {} to {} are",
                    self.first(),
                    self.next().next()
                )
            })
        };
        same("its root", committee.root(), known(round)?)?;
        let after = round.checked_add(1).ok_or("the round is out of range")?;
        let detail = format!("{} members of round {round}", committee.members.len());
        Ok((known(after)?, detail))
    }

    /// The headers hang together, from the last block of the round before.
    fn headers<'a>(&self, evidence: &'a Evidence) -> Found<Place<'a>> {
        let round = evidence.committee.round;
        let headers = &evidence.headers;
        let out_of_range = || "the heights of the round are out of range".to_owned();
        let last = self.last_height(round).ok_or_else(out_of_range)?;
        let previous = evidence.previous.as_ref().map(|previous| &previous.header);
        let before = match round.previous() {
            None => Height::ZERO,
            Some(before) => self.last_height(before).ok_or_else(out_of_range)?,
        };
        let first = before.next();
        match (previous, round.previous()) {
            (None, None) => {}
            (Some(header), Some(round)) => {
                let wrong = |reason: String| format!("the block before the round: {reason}");
                same("its height", header.height, before).map_err(wrong)?;
                same("its round", header.round, round).map_err(wrong)?;
                same("its chain", header.chain, self.chain()).map_err(wrong)?;
            }
            (None, Some(_)) => return Err("the block before the round is missing".to_owned()),
            (Some(_), None) => return Err("there is no round before round 0".to_owned()),
        }
        let count = last.since(before);
        same("the number of headers", headers.len() as u64, count)?;
        let mut parent = previous.map(Header::hash);
        let mut slot = Slot::ZERO;
        let mut time = previous.map_or(self.facts().timestamp_ms, |header| header.timestamp_ms);
        let mut hashes = Vec::with_capacity(headers.len());
        for (height, header) in first.through(Height::MAX).zip(headers) {
            let wrong = |reason: String| format!("block {height}: {reason}");
            same("its height", header.height, height).map_err(wrong)?;
            same("its round", header.round, round).map_err(wrong)?;
            same("its chain", header.chain, self.chain()).map_err(wrong)?;
            if let Some(parent) = parent {
                same("its parent", header.parent, parent).map_err(wrong)?;
            }
            same("the slot of its parent", header.parent_slot, slot).map_err(wrong)?;
            if header.slot <= slot {
                let reason = format!("slot {} does not come after slot {slot}", header.slot);
                return Err(wrong(reason));
            }
            if header.timestamp_ms <= time {
                return Err(wrong(
                    "its time does not come after its parent's".to_owned(),
                ));
            }
            (slot, time) = (header.slot, header.timestamp_ms);
            let hash = header.hash();
            hashes.push(hash);
            parent = Some(hash);
        }
        let place = Place {
            round,
            first,
            last: headers.last().ok_or("there are no headers")?,
            seed: previous.map_or(self.facts().beacon, |header| header.beacon),
            hashes,
        };
        Ok((
            place,
            format!("blocks {first} to {last}, each names its parent"),
        ))
    }

    /// The last block is final. Answers who signed.
    fn certificate(
        &self,
        evidence: &Evidence,
        place: &Place<'_>,
        keys: &mut Keys,
    ) -> Found<Vec<MinerRef>> {
        let certificate: &Certificate = &evidence.certificate;
        let members: Vec<&Member> = evidence.committee.members.iter().collect();
        let hash = place.hashes.last().ok_or("there are no headers")?;
        let block = (place.round, place.last.slot, hash);
        let (signed, signers) = certificate.signed(&self.chain(), block, &members, keys)?;
        batch::check(&[signed])
            .map_err(|_| "the signature is not that of the members it names".to_owned())?;
        let detail = format!(
            "block {} is final: {} of {} signed",
            place.last.height,
            signers.len(),
            members.len()
        );
        let signers = signers
            .into_iter()
            .filter_map(|place| members.get(place).map(|member| named(member)))
            .collect();
        Ok((signers, detail))
    }

    /// Each contribution is its producer's signature, and each beacon follows from it.
    fn beacons(&self, evidence: &Evidence, place: &Place<'_>, keys: &mut Keys) -> Found<()> {
        let name = etm_types::namespace::vrf(&self.chain());
        let mut before = place.seed;
        let mut signatures: Vec<Signed> = Vec::with_capacity(evidence.headers.len());
        for header in &evidence.headers {
            let wrong = |reason: String| format!("block {}: {reason}", header.height);
            let producer = turns::member(&evidence.committee, header.producer).map_err(wrong)?;
            let next = etm_mechanism::beacon::next(&before.0, &header.vrf.0);
            same("its beacon", header.beacon, Beacon(next)).map_err(wrong)?;
            let message = [before.0.as_slice(), &header.height.0.to_be_bytes()].concat();
            let key = keys.sum([&producer.bls]).map_err(wrong)?;
            signatures.push(Signed::new(key, &name, &message, &header.vrf).map_err(wrong)?);
            before = header.beacon;
        }
        batch::check(&signatures).map_err(|index| {
            format!(
                "block {}: the contribution is not its producer's signature",
                place.first.saturating_add(index as u64)
            )
        })?;
        let count = signatures.len();
        Ok(((), format!("{count} signatures, each beacon follows")))
    }

    /// Day boundaries between the block before the round and its last (M§8.6).
    fn days(&self, evidence: &Evidence, place: &Place<'_>) -> u64 {
        let facts = self.facts();
        let day = |header: &Header| {
            let timestamp = header.timestamp_ms / 1_000;
            facts.params.day_of(timestamp, facts.timestamp_ms / 1_000)
        };
        let before = evidence.previous.as_ref();
        day(place.last).since(before.map_or(Day::ZERO, |previous| day(&previous.header)))
    }
}

/// Where a round is, once its headers hang together.
struct Place<'a> {
    round: Round,
    first: Height,
    last: &'a Header,
    seed: Beacon,
    hashes: Vec<Hash>,
}

fn same<T: PartialEq + fmt::Display>(what: &str, found: T, expected: T) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what} is {found}, it must be {expected}"))
}

fn named(member: &Member) -> MinerRef {
    MinerRef {
        id: member.miner.0,
        name: member.name.as_str().to_owned(),
    }
}

/// A miner by its name in a committee; there is none for others.
fn find(committee: &Committee, miner: MinerId) -> Result<MinerRef, String> {
    turns::member(committee, miner).map(named)
}

fn shown_members(committee: &Committee) -> Vec<CommitteeMember> {
    let members = committee.members.iter().map(|member| CommitteeMember {
        miner: named(member),
        node_key: api::Hash::from(member.node),
        bls_key: Bytes(member.bls.0.to_vec()),
        dial_address: member.dial.to_string(),
    });
    members.collect()
}
