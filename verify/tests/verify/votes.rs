//! The votes of miners, and positions among them: proved by the database of a node, changed and forged.

use crate::changes::change_every_byte;
use crate::database::{Batch, prove};
use crate::golden::compare;
use crate::world::{World, certify, params};
use etm_history::testing::account;
use etm_mechanism::{CohortNode, PositionRecord};
use etm_types::bytes::hex;
use etm_types::state::Record;
use etm_types::{Address, Hash, Height, MinerId, Payload, Round, StateKey, Units, codec};
use etm_verify::{PositionEvidence, Proved, StateTree, Trust, VotesCheck, VotesEvidence};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A chain that stands in the middle of a round, with the changes of its state from genesis on.
struct Scene {
    world: World,
    batches: Vec<Batch>,
    trust: Trust,
}

type Values = BTreeMap<StateKey, Vec<u8>>;

fn difference(before: &Values, after: &Values) -> Batch {
    let set = after
        .iter()
        .filter(|(key, value)| before.get(key) != Some(value))
        .map(|(key, value)| (*key, Some(value.clone())));
    let gone = before.keys().filter(|key| !after.contains_key(key));
    set.chain(gone.map(|key| (*key, None))).collect()
}

const ROUND: u64 = 5;

/// Who votes for miner 6 and is in a cohort that was merged into another since.
fn voter(scene: &Scene) -> Address {
    let values = &scene.world.chain.state.values;
    let merged = |address: &Address| {
        let position: PositionRecord =
            codec::from_bytes(&values[&Record::Position(address).key()]).unwrap();
        let node = &values[&Record::CohortNode(position.cohort).key()];
        matches!(codec::from_bytes(node).unwrap(), CohortNode::Merged { .. })
    };
    let found = [6, 7, 8, 9].map(account).into_iter().find(merged);
    found.expect("no cohort was merged")
}

/// Positions of owners with other time gains, and three that join them: forty days that pass merge their cohorts, and then come halvings.
fn make() -> Scene {
    let mut world = World::new("votes", params(5, 6, 4), 7, 4);
    let mut batches = vec![difference(&Values::new(), &world.chain.state.values)];
    let lock = |etm: u64| Payload::Lock {
        amount: Units(etm * Units::ETM.0),
    };
    let vote = Payload::Vote { miner: MinerId(6) };
    let mut block = |requests: &[(u8, Payload)], ms: u64| {
        let before = world.chain.state.values.clone();
        world.block(requests, 0, ms);
        batches.push(difference(&before, &world.chain.state.values));
        world.chain.height()
    };
    block(&[(7, lock(500)), (8, lock(900)), (9, lock(77))], 0);
    while block(&[], 0) < Height(5) {}
    block(&[(7, vote.clone()), (8, vote.clone())], 0);
    while block(&[], 0) < Height(2 * 6) {}
    block(&[], 40 * 600_000);
    while block(&[], 0) < Height(3 * 6 - 1) {}
    block(&[(9, vote)], 0);
    while block(&[], 0) < Height(4 * 6) {}
    block(&[], 40 * 600_000);
    while block(&[], 0) < Height(ROUND * 6 + 2) {}
    let trust = world.trust(Round(ROUND));
    Scene {
        world,
        batches,
        trust,
    }
}

fn scene() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(make)
}

impl Scene {
    /// What the state after the last block says, as evidence of the votes of `miner` and of the position of `address`.
    fn evidence(&self, miner: u32, address: Option<Address>) -> VotesEvidence {
        let miner = MinerId(miner);
        let mut keys = vec![
            Record::Miner(miner).key(),
            Record::Cohorts(Some(miner)).key(),
            Record::Tally.key(),
        ];
        if let Some(address) = &address {
            keys.push(Record::Position(address).key());
            let values = &self.world.chain.state.values;
            let position: PositionRecord = codec::from_bytes(&values[&keys[3]]).unwrap();
            let mut id = position.cohort;
            loop {
                let key = Record::CohortNode(id).key();
                keys.push(key);
                match codec::from_bytes(&values[&key]).unwrap() {
                    CohortNode::Merged { into, .. } => id = into,
                    CohortNode::Live(_) => break,
                }
            }
        }
        let (root, proofs) = prove(&self.batches, &keys);
        let mut tree: Option<StateTree> = None;
        let mut proofs = proofs.iter().inspect(|proof| {
            let (own, _) = etm_verify::StateProof::from_database(&proof.proof).unwrap();
            assert_eq!(*tree.get_or_insert(own.clone()), own);
        });
        macro_rules! record {
            () => {{
                let proof = proofs.next().unwrap();
                Proved::from_database(&proof.value, &proof.proof).unwrap().1
            }};
        }
        let (record, cohorts, tally) = (record!(), record!(), record!());
        let position = address.map(|address| PositionEvidence {
            address,
            record: record!(),
            links: (4..keys.len()).map(|_| record!()).collect(),
        });
        let mut header = self.world.chain.tip.clone().unwrap();
        header.state_root = root;
        let committee = self.world.committee(header.round);
        VotesEvidence {
            miner,
            certificate: certify(&self.world.id(), &committee, &header, |_| true),
            committee,
            header,
            tree: tree.unwrap(),
            record,
            cohorts,
            tally,
            position,
        }
    }

    /// The blocks of the running round that a member of its committee made, by their headers.
    fn made(&self, miner: u32) -> Option<u64> {
        let members = self.world.committee(Round(ROUND)).members;
        members.iter().find(|member| member.miner.0 == miner)?;
        let blocks = self.world.blocks.iter().map(|block| &block.block.header);
        let own = blocks.filter(|header| header.round.0 == ROUND && header.producer.0 == miner);
        Some(own.count() as u64)
    }

    fn refused(&self, evidence: &VotesEvidence) -> (VotesCheck, String) {
        let report = self.trust.check_votes(&evidence.to_bytes());
        let failed = report.failed().expect("the forgery is accepted");
        assert!(report.votes.is_none());
        println!("{}: {}", failed.check, failed.detail);
        (failed.check, failed.detail.clone())
    }
}

#[test]
fn votes_and_a_position_among_them_are_proved() {
    let scene = scene();
    let evidence = scene.evidence(6, Some(voter(scene)));
    assert!(evidence.position.as_ref().unwrap().links.len() > 1);
    let report = scene.trust.check_votes(&evidence.to_bytes());
    assert_eq!(report.failed(), None);
    let names: Vec<VotesCheck> = report.steps.iter().map(|step| step.check).collect();
    assert_eq!(names, VotesCheck::ALL);
    let votes = report.votes.unwrap();
    // The draw at the end of the round before has counted the same.
    let last = scene
        .world
        .last(Round(ROUND - 1))
        .outcome
        .report
        .clone()
        .unwrap();
    let candidates = &last.draw.candidates;
    let counted = candidates.iter().find(|one| one.miner.0 == 6).unwrap();
    assert_eq!(votes.votes.0, counted.votes.0);
    assert_eq!((votes.round, votes.miner.name.as_str()), (ROUND, "miner6"));
    // So do the headers of the round's blocks so far.
    for miner in 0..7 {
        let report = scene
            .trust
            .check_votes(&scene.evidence(miner, None).to_bytes());
        let votes = report.votes.unwrap();
        let made = scene.made(miner);
        assert_eq!((votes.seated, votes.produced), (Some(made.is_some()), made));
    }
    assert!((0..7).any(|miner| scene.made(miner).is_none()));
    assert!((0..7).any(|miner| scene.made(miner) > Some(0)));
    let position = votes.position.as_ref().unwrap();
    assert_eq!(position.address, voter(scene).to_string());
    let cohort = votes
        .cohorts
        .iter()
        .find(|one| one.time_gain == position.time_gain)
        .unwrap();
    assert!(position.votes.0 <= cohort.votes.0 && position.votes.0 > 0);
    let file = json!({
        "about": "A miner's votes and a position among them, with all that their check needs, and what is read from it: docs/verify.md, section 8.",
        "genesis": {
            "chain": scene.world.id().to_string(),
            "blocks": scene.world.blocks_per_round(),
        },
        "first": ROUND,
        "roots": (ROUND..ROUND + 2).map(|round| scene.trust.root(Round(round)).unwrap().to_string()).collect::<Vec<_>>(),
        "evidence": hex(&evidence.to_bytes()),
        "reading": votes,
    });
    compare("votes", "position", &file);
}

#[test]
fn a_miner_is_proved_without_a_position() {
    let scene = scene();
    for miner in 0..7 {
        let evidence = scene.evidence(miner, None);
        let report = scene.trust.check_votes(&evidence.to_bytes());
        assert_eq!(report.failed(), None, "miner {miner}");
        let votes = report.votes.unwrap();
        assert_eq!(votes.position, None);
        let sum: u128 = votes.cohorts.iter().map(|cohort| cohort.votes.0).sum();
        assert_eq!(votes.votes.0, sum);
    }
}

/// After the last block of a round the state has the votes of the next one.
#[test]
fn the_end_of_a_round_has_the_votes_of_the_next() {
    let mut scene = make();
    while scene.world.chain.height() < Height((ROUND + 1) * 6 - 1) {
        let before = scene.world.chain.state.values.clone();
        scene.world.block(&[], 0, 0);
        let after = &scene.world.chain.state.values;
        scene.batches.push(difference(&before, after));
    }
    let evidence = scene.evidence(0, None);
    let report = scene.trust.check_votes(&evidence.to_bytes());
    assert_eq!(report.failed(), None);
    let votes = report.votes.unwrap();
    assert_eq!(votes.round, ROUND + 1);
    assert_eq!((votes.seated, votes.produced), (None, None));
}

#[test]
fn no_byte_of_the_evidence_of_votes_can_be_changed() {
    let scene = scene();
    let bytes = scene.evidence(6, Some(voter(scene))).to_bytes();
    let total = change_every_byte("position", &bytes, |bytes| {
        let report = scene.trust.check_votes(bytes);
        (report.failed().cloned(), report.votes.is_none())
    });
    assert!(total > 4_000, "{total}");
}

/// A change of evidence that is right, and the step that refuses it.
type Forgery = (&'static str, fn(&mut VotesEvidence, &Scene), VotesCheck);

const FORGERIES: [Forgery; 16] = [
    (
        "more weight in a cohort",
        |evidence, _| {
            let mut list = evidence.cohorts.record.as_slice().to_vec();
            list[0].weight *= 1_000;
            evidence.cohorts.record = etm_mechanism::Cohorts::new(list).unwrap();
        },
        VotesCheck::Cohorts,
    ),
    (
        "the cohorts of another miner",
        |evidence, scene| {
            evidence.cohorts = scene.evidence(5, None).cohorts;
        },
        VotesCheck::Cohorts,
    ),
    (
        "another miner's number",
        |evidence, _| evidence.miner = MinerId(5),
        VotesCheck::Miner,
    ),
    (
        "another name",
        |evidence, scene| {
            evidence.record = scene.evidence(5, None).record;
        },
        VotesCheck::Miner,
    ),
    (
        "blocks that were not made",
        |evidence, _| {
            evidence.tally.record.0[0].produced += 1;
        },
        VotesCheck::Tally,
    ),
    (
        "a tally that is where the cohorts are",
        |evidence, _| {
            evidence.tally.proof = evidence.cohorts.proof.clone();
        },
        VotesCheck::Tally,
    ),
    (
        "more locked",
        |evidence, _| {
            evidence.position.as_mut().unwrap().record.record.locked.0 += 1;
        },
        VotesCheck::Position,
    ),
    (
        "somebody else's position",
        |evidence, _| {
            evidence.position.as_mut().unwrap().address = account(8);
        },
        VotesCheck::Position,
    ),
    (
        "a position that votes for another miner",
        |evidence, scene| {
            evidence.position = scene.evidence(5, Some(account(5))).position;
        },
        VotesCheck::Link,
    ),
    (
        "a link left out",
        |evidence, _| {
            evidence.position.as_mut().unwrap().links.remove(0);
        },
        VotesCheck::Link,
    ),
    (
        "a link too many",
        |evidence, _| {
            let links = &mut evidence.position.as_mut().unwrap().links;
            links.push(links.last().unwrap().clone());
        },
        VotesCheck::Link,
    ),
    (
        "a merged cohort that lives",
        |evidence, _| {
            let links = &mut evidence.position.as_mut().unwrap().links;
            links[0].record = CohortNode::Live(Some(MinerId(6)));
            links.truncate(1);
        },
        VotesCheck::Link,
    ),
    (
        "the state of another block",
        |evidence, _| {
            evidence.header.state_root = Hash([1; 32]);
        },
        VotesCheck::Certificate,
    ),
    (
        "a block of nobody",
        |evidence, _| {
            evidence.certificate.bitmap.fill(0);
        },
        VotesCheck::Certificate,
    ),
    (
        "another committee",
        |evidence, scene| {
            evidence.committee = scene.world.committee(Round(ROUND + 1));
        },
        VotesCheck::Committee,
    ),
    (
        "another chain",
        |evidence, _| evidence.header.chain.0[0] ^= 1,
        VotesCheck::Committee,
    ),
];

#[test]
fn forgeries_are_refused_by_the_step_that_sees_them() {
    let scene = scene();
    let honest = scene.evidence(6, Some(voter(scene)));
    for (name, forge, step) in FORGERIES {
        let mut forged = honest.clone();
        forge(&mut forged, scene);
        assert_ne!(forged, honest, "{name}");
        assert_eq!(scene.refused(&forged).0, step, "{name}");
    }
}
