use super::*;
use crate::codec::{from_bytes, to_bytes};
use proptest::prelude::*;

fn items(count: u8) -> Vec<Vec<u8>> {
    (0..count).map(|i| vec![i; usize::from(i % 3)]).collect()
}

#[test]
fn every_index_of_every_small_tree_is_proved() {
    for count in 0..40 {
        let items = items(count);
        let root = root(&items);
        for (index, item) in items.iter().enumerate() {
            let proof = prove(&items, index).unwrap();
            assert_eq!(proof.verify(&root, item), Ok(()));
            assert_eq!(
                from_bytes::<InclusionProof>(&to_bytes(&proof)),
                Ok(proof.clone())
            );
            assert!(proof.verify(&root, b"another item").is_err());
            for (wrong_index, wrong_count) in [
                (proof.index + 1, proof.count),
                (proof.index, proof.count + 1),
                (proof.index.wrapping_sub(1), proof.count),
            ] {
                let wrong = InclusionProof {
                    index: wrong_index,
                    count: wrong_count,
                    path: proof.path.clone(),
                };
                let same_item = items.get(wrong_index as usize) == Some(item);
                assert!(same_item || wrong.verify(&root, item).is_err());
            }
        }
        assert_eq!(prove(&items, items.len()), None);
    }
}

#[test]
fn roots_tell_lists_apart() {
    let empty: [&[u8]; 0] = [];
    let lists: Vec<Hash> = vec![
        root(&empty),
        root(&[b""]),
        root(&[b"", b""]),
        root(&[b"a", b"b"]),
        root(&[b"b", b"a"]),
    ];
    for (i, a) in lists.iter().enumerate() {
        for b in &lists[..i] {
            assert_ne!(a, b);
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_proofs_never_panic(index: u32, count: u32, path in proptest::collection::vec(any::<[u8; 32]>(), 0..24)) {
        let proof = InclusionProof { index, count, path: path.into_iter().map(Hash).collect() };
        prop_assert!(proof.verify(&Hash::ZERO, b"x").is_err());
    }
}
