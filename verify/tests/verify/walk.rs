//! The walk over the ends of rounds.

use crate::world::{World, params};
use etm_execution::genesis::{Draft, Genesis};
use etm_types::{Committee, DialAddress, Member, MinerId, MinerName, NodeKey, Round, codec};
use etm_verify::{Boundaries, Trust, WalkError};

fn world() -> World {
    let mut world = World::new("walk", params(5, 4, 4), 9, 1);
    world.finish(Round(9), true);
    world
}

#[test]
fn the_walk_may_be_made_in_parts_and_kept() {
    let world = world();
    let mut whole = world.genesis();
    assert_eq!(whole.next(), Round(0));
    assert_eq!(whole.walk(&world.boundaries(0, 9)), Ok(10));
    let mut parts = world.genesis();
    for (first, last) in [(0, 0), (1, 4), (5, 9)] {
        parts = Trust::from_bytes(&parts.to_bytes()).unwrap();
        assert_eq!(
            parts.walk(&world.boundaries(first, last)),
            Ok(last + 1 - first)
        );
    }
    assert_eq!(parts, whole);
    for round in 0..12 {
        assert_eq!(
            whole.root(Round(round)),
            Some(&world.committee(Round(round)).root())
        );
    }
    assert_eq!((whole.root(Round(12)), whole.next()), (None, Round(10)));
    // From a checkpoint in the middle.
    let roots = [
        *whole.root(Round(6)).unwrap(),
        *whole.root(Round(7)).unwrap(),
    ];
    let mut later = Trust::at(*whole.facts(), Round(6), roots);
    assert_eq!(later.walk(&world.boundaries(6, 9)), Ok(4));
    assert_eq!(
        later.check(&world.evidence(Round(8)).to_bytes()).failed(),
        None
    );
    assert!(
        later
            .check(&world.evidence(Round(5)).to_bytes())
            .failed()
            .is_some()
    );
}

#[test]
fn a_walk_that_begins_elsewhere_is_refused() {
    let world = world();
    let mut trust = world.genesis();
    for first in 1..4 {
        assert_eq!(
            trust.walk(&world.boundaries(first, 5)),
            Err(WalkError::Elsewhere {
                found: Round(first),
                expected: Round(0)
            })
        );
    }
    assert_eq!(trust, world.genesis());
}

/// A bit of every byte of the document changed; at every eighth the byte set, and the document cut.
#[test]
fn no_byte_of_the_boundaries_can_be_changed() {
    let world = world();
    let bytes = world.boundaries(0, 2);
    let genesis = world.genesis();
    let (mut changes, mut steps) = (0u32, 0u32);
    for place in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1 << (place % 8);
        let mut tried = vec![flipped];
        if place % 8 == 0 {
            let mut set = bytes.clone();
            set[place] = set[place].wrapping_add(1 + (place % 255) as u8);
            tried.extend([set, bytes[..place].to_vec()]);
        }
        for changed in tried {
            let mut trust = genesis.clone();
            let error = trust.walk(&changed).unwrap_err();
            assert_eq!(trust, genesis, "something was learnt");
            steps += u32::from(matches!(error, WalkError::Step { .. }));
            changes += 1;
        }
    }
    println!("{changes} changes, all refused, {steps} of them by a step");
    assert!(steps > 1_000, "{steps}");
}

/// The step that is wrong is named, wherever it is.
#[test]
fn the_round_that_is_wrong_is_named() {
    let world = world();
    for wrong in 0..8 {
        let mut boundaries =
            Boundaries::new(&world.committee(Round(0)), &world.committee(Round(1))).unwrap();
        for round in 0..8 {
            let mut certificate = world.certificate(Round(round));
            if round == wrong {
                certificate.view = certificate.view.next();
            }
            let header = &world.last(Round(round)).block.header;
            assert!(boundaries.push(header, certificate, &world.committee(Round(round + 2))));
        }
        let error = world.genesis().walk(&boundaries.to_bytes()).unwrap_err();
        assert!(
            matches!(error, WalkError::Step { round, .. } if round == Round(wrong)),
            "{error}"
        );
    }
}

/// Fewer than a quorum prove nothing, and a member of no committee neither.
#[test]
fn a_quorum_is_needed() {
    let world = world();
    let header = &world.last(Round(0)).block.header;
    for signers in 0..=5 {
        let committee = world.committee(Round(0));
        let certificate =
            crate::world::certify(&world.id(), &committee, header, |place| place < signers);
        let mut boundaries = Boundaries::new(&committee, &world.committee(Round(1))).unwrap();
        assert!(boundaries.push(header, certificate, &world.committee(Round(2))));
        let walked = world.genesis().walk(&boundaries.to_bytes());
        assert_eq!(walked.is_ok(), signers >= 4, "{signers}: {walked:?}");
    }
}

/// A genesis read here is the one that a node reads.
#[test]
fn genesis_is_read_as_nodes_read_it() {
    for (miners, holders) in [(4, 0), (7, 3), (60, 5)] {
        let world = World::new("walk", params(5, 4, 4), miners, holders);
        let trust = world.genesis();
        let genesis: &Genesis = &world.chain.genesis;
        assert_eq!(trust.chain(), genesis.chain().id);
        assert_eq!(trust.facts().params, genesis.chain().params.mechanism);
        assert_eq!(
            trust.facts().timestamp_ms,
            genesis.chain().genesis_timestamp_ms
        );
        assert_eq!(trust.facts().beacon, genesis.draft().beacon);
        for committee in genesis.committees().unwrap() {
            assert_eq!(trust.root(committee.round), Some(&committee.root()));
        }
    }
    let draft: Draft = World::new("walk", params(5, 4, 4), 7, 1)
        .chain
        .genesis
        .draft()
        .clone();
    let bytes = codec::to_bytes(&draft);
    for end in 0..bytes.len() {
        assert!(Trust::genesis(&bytes[..end]).is_err());
    }
    let few = Draft {
        positions: draft.positions.into_iter().take(3).collect(),
        ..Draft::new("few", draft.params, 0, draft.beacon)
    };
    assert!(Trust::genesis(&codec::to_bytes(&few)).is_err());
}

/// Committees of strangers, with the longest names and addresses there are.
#[test]
fn a_document_has_room_for_the_steps_that_walkers_count_on() {
    let world = world();
    let step = world.last(Round(0)).block.header.clone();
    let mut member = world.committee(Round(0)).members[0].clone();
    member.name = MinerName::new("abcdefghijklmnopqrst").unwrap();
    member.dial = DialAddress::new(format!(
        "{}:65535",
        ["a".repeat(60), "b".repeat(61)].join(".")
    ))
    .unwrap();
    assert_eq!(member.dial.as_str().len(), 128);
    let mut strangers = 0u64;
    let mut committee = |round| {
        let members = (0..101u32).map(|place| {
            strangers += 1;
            let mut key = [0; 32];
            key[..8].copy_from_slice(&strangers.to_be_bytes());
            let miner = if place == 0 {
                step.producer
            } else {
                MinerId(1_000 + place)
            };
            Member {
                miner,
                node: NodeKey(key),
                ..member.clone()
            }
        });
        Committee {
            round: Round(round),
            members: members.collect(),
        }
    };
    let mut document = Boundaries::new(&committee(0), &committee(1)).unwrap();
    let mut certificate = world.certificate(Round(0));
    certificate.bitmap = vec![0xff; 13];
    for round in 0..Boundaries::LEAST_STEPS as u64 {
        assert!(
            document.push(&step, certificate.clone(), &committee(round + 2)),
            "{round}"
        );
    }
    assert!(document.to_bytes().len() <= Boundaries::MAX_BYTES);
    let year = 104_000;
    assert_eq!(Boundaries::most_documents(year), 219);
}
