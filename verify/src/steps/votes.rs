//! The steps of the check of a miner's votes, in the order of `docs/verify.md`, section 8.

use super::{Failed, Found, Step, Steps, named, same};
use crate::batch::{self, Keys};
use crate::trust::Trust;
use crate::votes::{PositionEvidence, VotesEvidence};
use etm_mechanism::{Cohort, CohortNode, TallyEntry, weight};
use etm_types::amount::format_etm;
use etm_types::api::votes::{CheckedCohort, CheckedPosition, CheckedVotes};
use etm_types::api::{self, Amount, Integer, MinerRef};
use etm_types::state::Record;
use etm_types::{Hash, Member};
use std::fmt;

/// What a step checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VotesCheck {
    /// The bytes are evidence of votes.
    Evidence,
    /// The committee is the one that was proved for the round.
    Committee,
    /// The block is final.
    Certificate,
    /// The state knows the miner.
    Miner,
    /// The state holds its cohorts.
    Cohorts,
    /// The state holds what the committee did in the round so far.
    Tally,
    /// The state holds the position.
    Position,
    /// The position is in one of the cohorts.
    Link,
}

impl VotesCheck {
    /// All of them, in order. The last two are there if a position is.
    pub const ALL: [Self; 8] = [
        Self::Evidence,
        Self::Committee,
        Self::Certificate,
        Self::Miner,
        Self::Cohorts,
        Self::Tally,
        Self::Position,
        Self::Link,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            Self::Committee => "committee",
            Self::Certificate => "certificate",
            Self::Miner => "miner",
            Self::Cohorts => "cohorts",
            Self::Tally => "tally",
            Self::Position => "position",
            Self::Link => "link",
        }
    }
}

impl fmt::Display for VotesCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The outcome of a check of votes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VotesReport {
    /// The steps, up to the first that fails.
    pub steps: Vec<Step<VotesCheck>>,
    /// All that can be read from the evidence; only if every step holds.
    pub votes: Option<CheckedVotes>,
}

impl VotesReport {
    /// The step that failed, if one did.
    pub fn failed(&self) -> Option<&Step<VotesCheck>> {
        self.steps.iter().find(|step| !step.ok)
    }
}

impl Trust {
    /// Checks the evidence of a miner's votes, and answers all that can be read from it. The committee of the block's round must be
    /// known: see [`Trust::walk`].
    pub fn check_votes(&self, evidence: &[u8]) -> VotesReport {
        let mut steps = Steps(Vec::new());
        let votes = self.run_votes(evidence, &mut steps).ok();
        VotesReport {
            steps: steps.0,
            votes,
        }
    }

    fn run_votes(
        &self,
        bytes: &[u8],
        steps: &mut Steps<VotesCheck>,
    ) -> Result<CheckedVotes, Failed> {
        let evidence = steps.note(
            VotesCheck::Evidence,
            VotesEvidence::from_bytes(bytes)
                .map(|evidence| (evidence, format!("{} bytes", bytes.len())))
                .map_err(|error| error.to_string()),
        )?;
        let evidence = &evidence;
        let round = steps.note(VotesCheck::Committee, self.votes_committee(evidence))?;
        let signers = steps.note(VotesCheck::Certificate, self.votes_certificate(evidence))?;
        let root = &evidence.header.state_root;
        let miner = steps.note(VotesCheck::Miner, miner(evidence, root))?;
        let cohorts = steps.note(VotesCheck::Cohorts, cohorts(evidence, root))?;
        let member = steps.note(VotesCheck::Tally, member(evidence, root, round))?;
        let position = match &evidence.position {
            None => None,
            Some(position) => {
                steps.note(VotesCheck::Position, held(evidence, position, root))?;
                let cohort = steps.note(VotesCheck::Link, link(evidence, position, root))?;
                Some(shown(position, &cohort))
            }
        };
        Ok(CheckedVotes {
            chain: api::Hash::from(self.chain()),
            round,
            height: evidence.header.height.0,
            timestamp_ms: evidence.header.timestamp_ms,
            state_root: api::Hash::from(*root),
            signers,
            miner,
            seated: member.map(|entry| entry.is_some()),
            produced: member.flatten().map(|entry| entry.produced),
            votes: Integer::from(evidence.cohorts.record.votes()),
            cohorts,
            position,
        })
    }

    /// The committee is the one that was proved. Answers in which round the state's votes count.
    fn votes_committee(&self, evidence: &VotesEvidence) -> Found<u64> {
        let (committee, header) = (&evidence.committee, &evidence.header);
        let known = self.root(committee.round).copied().ok_or_else(|| {
            format!(
                "the committee of round {} is not proved yet; those of {} to {} are",
                committee.round,
                self.first(),
                self.next().saturating_add(1)
            )
        })?;
        same("its root", committee.root(), known)?;
        same("the round of the block", header.round, committee.round)?;
        same("the chain of the block", header.chain, self.chain())?;
        let out_of_range = || "the heights of the round are out of range".to_owned();
        let last = self.last_height(header.round).ok_or_else(out_of_range)?;
        let after_end = header.height == last;
        // The end of a round has made the votes of the next one.
        let round = header.round.saturating_add(u64::from(after_end));
        let detail = format!(
            "{} members of round {}; the votes are those of round {round}",
            committee.members.len(),
            header.round
        );
        Ok((round.0, detail))
    }

    fn votes_certificate(&self, evidence: &VotesEvidence) -> Found<Vec<MinerRef>> {
        let (header, members) = (&evidence.header, &evidence.committee.members);
        let mut keys = Keys::default();
        let names: Vec<&Member> = members.iter().collect();
        let (signed, signers) = evidence.certificate.signed(
            &self.chain(),
            (header.round, header.slot, &header.hash()),
            &names,
            &mut keys,
        )?;
        batch::check(&[signed])
            .map_err(|_| "the signature is not that of the members it names".to_owned())?;
        let detail = format!(
            "block {} is final: {} of {} signed",
            header.height,
            signers.len(),
            members.len()
        );
        let signers = signers
            .into_iter()
            .filter_map(|place| members.get(place).map(named))
            .collect();
        Ok((signers, detail))
    }
}

fn miner(evidence: &VotesEvidence, root: &Hash) -> Found<MinerRef> {
    let key = Record::Miner(evidence.miner).key();
    let record = evidence.record.checked(&evidence.tree, root, &key)?;
    let miner = MinerRef {
        id: evidence.miner.0,
        name: record.name.as_str().to_owned(),
    };
    let detail = format!("#{} is {}, owned by {}", miner.id, miner.name, record.owner);
    Ok((miner, detail))
}

fn cohorts(evidence: &VotesEvidence, root: &Hash) -> Found<Vec<CheckedCohort>> {
    let key = Record::Cohorts(Some(evidence.miner)).key();
    let record = evidence.cohorts.checked(&evidence.tree, root, &key)?;
    let cohorts: Vec<CheckedCohort> = record
        .as_slice()
        .iter()
        .map(|cohort| CheckedCohort {
            time_gain: cohort.t.get(),
            weight: Integer(cohort.weight.into()),
            votes: Integer::from(cohort.votes()),
        })
        .collect();
    let votes = record.votes().0;
    let detail = match cohorts.len() {
        1 => format!("one cohort makes S = {votes}"),
        several => format!("{several} cohorts make S = {votes}"),
    };
    Ok((cohorts, detail))
}

/// What the miner did in `round` so far; nothing if it is no member of its committee. None if the committee is that of the round before: the tally
/// begins anew with its last block.
fn member(evidence: &VotesEvidence, root: &Hash, round: u64) -> Found<Option<Option<TallyEntry>>> {
    let tally = &evidence.tally;
    let entries = &tally.checked(&evidence.tree, root, &Record::Tally.key())?.0;
    let committee = &evidence.committee;
    if round != committee.round.0 {
        let detail = format!("no block of round {round} is there yet");
        return Ok((None, detail));
    }
    same("its length", entries.len(), committee.members.len())?;
    let mut members = committee.members.iter().zip(entries);
    let found = members.find(|(member, _)| member.miner == evidence.miner);
    let entry = found.map(|(_, entry)| *entry);
    let detail = match entry {
        None => format!("the miner sits in no committee of round {round}"),
        Some(entry) => format!(
            "the miner sits in the committee of round {round}, and has made {} blocks so far",
            entry.produced
        ),
    };
    Ok((Some(entry), detail))
}

fn held(evidence: &VotesEvidence, position: &PositionEvidence, root: &Hash) -> Found<()> {
    let key = Record::Position(&position.address).key();
    let record = position.record.checked(&evidence.tree, root, &key)?;
    same("its w", record.weight, weight::w(record.locked))?;
    let detail = format!(
        "{} has {} ETM locked, w = {}",
        position.address,
        format_etm(record.locked),
        record.weight
    );
    Ok(((), detail))
}

/// Follows the merged cohorts from the one that the position joined.
fn link(evidence: &VotesEvidence, position: &PositionEvidence, root: &Hash) -> Found<Cohort> {
    let mut id = position.record.record.cohort;
    let mut merged = 0u32;
    let mut links = position.links.iter();
    let owner = loop {
        let link = links
            .next()
            .ok_or("it leads to a cohort that is not there")?;
        match link.checked(&evidence.tree, root, &Record::CohortNode(id).key())? {
            CohortNode::Merged { into, .. } => id = *into,
            CohortNode::Live(owner) => break owner,
        }
        merged = merged.saturating_add(1);
    };
    if links.next().is_some() {
        return Err("there are more links than lead to its cohort".to_owned());
    }
    if *owner != Some(evidence.miner) {
        return Err(match owner {
            Some(other) => format!(
                "the position votes for #{}, not #{}",
                other.0, evidence.miner.0
            ),
            None => "the position votes for nobody".to_owned(),
        });
    }
    let cohort = evidence
        .cohorts
        .record
        .find(id)
        .ok_or_else(|| format!("cohort {} is not among the miner's", id.0))?;
    if cohort.weight < position.record.record.weight {
        return Err("its cohort weighs less than the position".to_owned());
    }
    let way = match merged {
        0 => "the position is in",
        _ => "over cohorts that were merged it is in",
    };
    let detail = format!("{way} the miner's cohort with t = {}", cohort.t.get());
    Ok((*cohort, detail))
}

fn shown(position: &PositionEvidence, cohort: &Cohort) -> CheckedPosition {
    let record = &position.record.record;
    CheckedPosition {
        address: position.address.to_string(),
        locked: Amount::from(record.locked),
        time_gain: cohort.t.get(),
        weight: Integer(record.weight.into()),
        votes: Integer::from(weight::votes(record.locked, cohort.t)),
    }
}
