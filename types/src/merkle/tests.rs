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
fn every_selection_of_every_small_list_is_proved() {
    let mut proved = 0u32;
    for count in 1..11u8 {
        let all: Vec<Vec<u8>> = (0..count).map(|item| vec![item]).collect();
        let root = root(&all);
        for set in 1u32..1 << count {
            let indexes: Vec<u32> = (0..count.into())
                .filter(|bit| set >> bit & 1 == 1)
                .collect();
            let chosen: Vec<&Vec<u8>> = indexes.iter().map(|index| &all[*index as usize]).collect();
            let proof = select(&all, &indexes).unwrap();
            assert_eq!(proof.verify(&root, &chosen), Ok(()));
            if let [only] = *indexes {
                let alone = prove(&all, only as usize).unwrap();
                assert_eq!(proof.path.len(), alone.path.len());
            }
            refuses_what_is_near(&proof, &root, &chosen);
            proved += 1;
        }
    }
    assert_eq!(proved, 2036);
    assert_eq!(select(&items(3), &[]), None);
    assert_eq!(select(&items(3), &[1, 1]), None);
    assert_eq!(select(&items(3), &[2, 1]), None);
    assert_eq!(select(&items(3), &[3]), None);
}

fn refuses_what_is_near(proof: &SelectionProof, root: &Hash, chosen: &[&Vec<u8>]) {
    let mut near = Vec::new();
    for place in 0..proof.indexes.len() {
        let mut moved = proof.clone();
        moved.indexes[place] += 1;
        near.push(moved);
    }
    for place in 0..proof.path.len() {
        let mut other = proof.clone();
        other.path[place].0[31] ^= 1;
        near.push(other);
        let mut short = proof.clone();
        short.path.remove(place);
        near.push(short);
    }
    let mut long = proof.clone();
    long.path.push(Hash::ZERO);
    near.push(long);
    for count in [proof.count - 1, proof.count + 1, MAX_LEAVES + 1] {
        near.push(SelectionProof {
            count,
            ..proof.clone()
        });
    }
    for wrong in near {
        assert!(wrong.verify(root, chosen).is_err(), "{wrong:?}");
    }
    for place in 0..chosen.len() {
        let other = vec![255];
        let mut items = chosen.to_vec();
        items[place] = &other;
        assert!(proof.verify(root, &items).is_err());
    }
    assert!(proof.verify(root, &chosen[1..]).is_err());
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
    fn arbitrary_selections_never_panic(
        count: u32,
        indexes in proptest::collection::vec(any::<u32>(), 0..8),
        path in proptest::collection::vec(any::<[u8; 32]>(), 0..40),
    ) {
        let proof = SelectionProof { count, indexes: indexes.clone(), path: path.into_iter().map(Hash).collect() };
        let items = vec![b"x"; indexes.len()];
        prop_assert!(proof.verify(&Hash::ZERO, &items).is_err());
    }

    #[test]
    fn arbitrary_proofs_never_panic(index: u32, count: u32, path in proptest::collection::vec(any::<[u8; 32]>(), 0..24)) {
        let proof = InclusionProof { index, count, path: path.into_iter().map(Hash).collect() };
        prop_assert!(proof.verify(&Hash::ZERO, b"x").is_err());
    }
}
