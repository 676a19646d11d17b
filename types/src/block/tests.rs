use super::*;
use crate::codec::{from_bytes, to_bytes};
use crate::testing::{any_block, any_receipt, member};
use proptest::prelude::*;

#[test]
fn a_committee_has_distinct_members() {
    let committee = Committee {
        round: Round(3),
        members: vec![member(1), member(2)],
    };
    assert_eq!(
        from_bytes::<Committee>(&to_bytes(&committee)),
        Ok(committee.clone())
    );
    for change in 0..3 {
        let mut twice = committee.clone();
        match change {
            0 => twice.members[1].miner = twice.members[0].miner,
            1 => twice.members[1].node = twice.members[0].node,
            _ => twice.members[1].bls = twice.members[0].bls,
        }
        assert!(from_bytes::<Committee>(&to_bytes(&twice)).is_err());
        assert_ne!(twice.root(), committee.root());
    }
    let nobody = Committee {
        round: Round(3),
        members: vec![],
    };
    assert!(from_bytes::<Committee>(&to_bytes(&nobody)).is_err());
}

#[test]
fn the_roots_commit_to_the_body() {
    let strategy = any_block();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut block = strategy.new_tree(&mut runner).unwrap().current();
    block.header.transactions_root = transactions_root(&block.body.transactions);
    block.header.committee_root = committee_root(block.body.committee.as_ref());
    assert!(block.commits_to_body());
    let mut other = block.clone();
    other.body.committee = match other.body.committee {
        Some(_) => None,
        None => Some(Committee {
            round: Round(3),
            members: vec![member(1)],
        }),
    };
    assert!(!other.commits_to_body());
}

use proptest::strategy::ValueTree as _;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn blocks_round_trip(block in any_block()) {
        let bytes = to_bytes(&block);
        prop_assert_eq!(to_bytes(&block.header).len(), Header::SIZE);
        prop_assert_eq!(Block::from_bytes(&bytes), Ok(block.clone()));
        prop_assert_eq!(from_bytes::<Header>(&bytes[..Header::SIZE]), Ok(block.header.clone()));
        prop_assert_eq!(Hash::of(&[&bytes[..Header::SIZE]]), block.hash());
        prop_assert!(Block::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    }

    #[test]
    fn changed_blocks_decode_canonically_or_not_at_all(block in any_block(), position: prop::sample::Index, value: u8) {
        let mut bytes = to_bytes(&block);
        let position = position.index(bytes.len());
        bytes[position] = value;
        if let Ok(decoded) = Block::from_bytes(&bytes) {
            prop_assert_eq!(to_bytes(&decoded), bytes);
        }
    }

    #[test]
    fn receipts_round_trip(receipt in any_receipt()) {
        let bytes = to_bytes(&receipt);
        prop_assert_eq!(from_bytes::<Receipt>(&bytes), Ok(receipt));
        for end in 0..bytes.len() {
            prop_assert!(from_bytes::<Receipt>(&bytes[..end]).is_err());
        }
    }

    #[test]
    fn no_bytes_panic_a_decoder(bytes in prop::collection::vec(any::<u8>(), 0..2048)) {
        let _ = Block::from_bytes(&bytes);
        let _ = Transaction::from_bytes(&bytes);
        if let Ok(receipt) = from_bytes::<Receipt>(&bytes) {
            prop_assert_eq!(to_bytes(&receipt), bytes.clone());
        }
        if let Ok(committee) = from_bytes::<Committee>(&bytes) {
            prop_assert_eq!(to_bytes(&committee), bytes.clone());
        }
        let _ = from_bytes::<merkle::InclusionProof>(&bytes);
        let _ = from_bytes::<crate::MinerKeys>(&bytes);
    }
}
