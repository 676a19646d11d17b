use super::*;
use commonware_cryptography::bls12381::primitives::group::G1;
use etm_types::{BlsSecret, DialAddress, MinerId, MinerName, MinerSecrets};
use proptest::prelude::*;

/// A committee of `count`, with its secrets in the same order.
pub fn committee(count: u8) -> (Vec<Member>, Vec<MinerSecrets>) {
    (0..count)
        .map(|number| {
            let secrets = MinerSecrets::from_seed([number + 1; 32]);
            let member = Member {
                miner: MinerId(number.into()),
                node: secrets.node.node_key(),
                bls: secrets.bls.public_key(),
                dial: DialAddress::new("127.0.0.1:4000").unwrap(),
                name: MinerName::new(&format!("m{number}")).unwrap(),
            };
            (member, secrets)
        })
        .unzip()
}

fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A finalization of `digest`, signed by the members for which `signs` says so.
pub fn finalize(
    chain: &ChainId,
    members: &[Member],
    secrets: &[MinerSecrets],
    place: (u64, u64, u64),
    digest: Hash,
    signs: impl Fn(usize) -> bool,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    for value in [place.0, place.1, place.2] {
        push_varint(&mut bytes, value);
    }
    bytes.extend_from_slice(&digest.0);
    let name = [namespace::consensus(chain).as_slice(), SUFFIX].concat();
    let mut order: Vec<(&Member, &BlsSecret)> = members
        .iter()
        .zip(secrets.iter().map(|secret| &secret.bls))
        .collect();
    order.sort_by_key(|(member, _)| member.node);
    let mut bitmap = vec![0u8; members.len().div_ceil(8)];
    let mut sum: Option<G1> = None;
    for (place, (_, secret)) in order.iter().enumerate().filter(|(place, _)| signs(*place)) {
        bitmap[place / 8] |= 1 << (place % 8);
        let signature = G1::decode(Copying(&secret.sign(&name, &bytes).0)).unwrap();
        match &mut sum {
            Some(sum) => *sum += &signature,
            None => sum = Some(signature),
        }
    }
    bytes.extend_from_slice(&(members.len() as u64).to_be_bytes());
    bytes.extend_from_slice(&bitmap);
    bytes.extend_from_slice(&sum.unwrap().encode());
    bytes
}

const CHAIN: ChainId = ChainId([7; 32]);

#[test]
fn a_quorum_makes_a_block_final_and_less_does_not() {
    let (members, secrets) = committee(7);
    let make = |count: usize| {
        finalize(
            &CHAIN,
            &members,
            &secrets,
            (300, 5, 4),
            Hash([9; 32]),
            |place| place < count,
        )
    };
    let whole = Finalization::decode(&make(5), 7).unwrap();
    assert_eq!(
        (whole.epoch, whole.view, whole.parent_view, whole.digest),
        (300, 5, 4, Hash([9; 32]))
    );
    assert_eq!(whole.verify(&CHAIN, &members), Ok(5));
    let few = Finalization::decode(&make(4), 7).unwrap();
    assert_eq!(
        few.verify(&CHAIN, &members),
        Err("4 of 7 signed, 5 are needed".to_owned())
    );
    assert!(whole.verify(&ChainId([8; 32]), &members).is_err());
    let (others, _) = committee(8);
    assert!(whole.verify(&CHAIN, &others[1..]).is_err());
    assert!(whole.verify(&CHAIN, &members[1..]).is_err());
}

#[test]
fn every_flipped_bit_is_seen() {
    let (members, secrets) = committee(4);
    let bytes = finalize(
        &CHAIN,
        &members,
        &secrets,
        (2, 1, 0),
        Hash([9; 32]),
        |place| place != 1,
    );
    assert_eq!(bytes.len(), 3 + 32 + 57);
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let refused =
            Finalization::decode(&damaged, 4).and_then(|decoded| decoded.verify(&CHAIN, &members));
        assert!(refused.is_err(), "bit {bit}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_the_decoder(bytes in proptest::collection::vec(any::<u8>(), 0..120), members in 0usize..200) {
        let _ = Finalization::decode(&bytes, members);
    }

    #[test]
    fn integers_survive(value: u64) {
        let mut bytes = Vec::new();
        push_varint(&mut bytes, value);
        let mut rest = bytes.as_slice();
        prop_assert_eq!(varint(&mut rest), Ok(value));
        prop_assert!(rest.is_empty());
    }
}
