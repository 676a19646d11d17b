use super::*;
use etm_types::codec::{from_bytes, to_bytes};
use etm_types::{BlsSecret, DialAddress, MinerId, MinerName, MinerSecrets};
use proptest::prelude::*;

const CHAIN: ChainId = ChainId([7; 32]);
const HASH: Hash = Hash([9; 32]);

/// A committee of `count`, with its secrets in the same order.
fn committee(count: u8) -> (Vec<Member>, Vec<BlsSecret>) {
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
            (member, secrets.bls)
        })
        .unzip()
}

/// A certificate of round 300 and view 5 by the first `count` members in the order of their node keys.
fn signed_by(members: &[Member], secrets: &[BlsSecret], count: usize) -> Certificate {
    let mut certificate = Certificate {
        view: Slot(5),
        parent_view: Slot(4),
        bitmap: vec![0; members.len().div_ceil(8)],
        signature: BlsSignature([0; 48]),
    };
    let mut order: Vec<(&Member, &BlsSecret)> = members.iter().zip(secrets).collect();
    order.sort_by_key(|(member, _)| member.node);
    let name = [namespace::consensus(&CHAIN).as_slice(), SUFFIX].concat();
    let message = certificate.message(Round(300), &HASH);
    let mut signatures = Vec::new();
    for (place, (_, secret)) in order.iter().take(count).enumerate() {
        certificate.bitmap[place / 8] |= 1 << (place % 8);
        signatures.push(secret.sign(&name, &message));
    }
    if let Some(sum) = BlsSignature::sum(&signatures).unwrap() {
        certificate.signature = sum;
    }
    certificate
}

fn holds(certificate: &Certificate, slot: Slot, members: &[Member]) -> Result<Vec<usize>, String> {
    let members: Vec<&Member> = members.iter().collect();
    let block = (Round(300), slot, &HASH);
    let (signed, signers) = certificate.signed(&CHAIN, block, &members, &mut Keys::default())?;
    match crate::batch::check(&[signed]) {
        Ok(()) => Ok(signers),
        Err(_) => Err("the signature".to_owned()),
    }
}

#[test]
fn all_but_less_than_a_third_must_sign() {
    for (size, quorum) in [(1, 1), (2, 2), (3, 3), (4, 3), (7, 5), (9, 7), (10, 7)] {
        let (members, secrets) = committee(size);
        for count in 0..=usize::from(size) {
            let found = holds(&signed_by(&members, &secrets, count), Slot(5), &members);
            assert_eq!(
                found.is_ok(),
                count >= quorum,
                "{count} of {size}: {found:?}"
            );
            if let Ok(signers) = found {
                assert_eq!(signers.len(), count);
            }
        }
    }
}

#[test]
fn what_a_certificate_says_is_what_was_signed() {
    let (members, secrets) = committee(9);
    let good = signed_by(&members, &secrets, 8);
    assert!(holds(&good, Slot(5), &members).is_ok());
    // A last block is proposed again in later views, never before its slot.
    assert!(holds(&good, Slot(4), &members).is_ok());
    assert!(holds(&good, Slot(6), &members).is_err());
    let mut wrong = vec![
        Certificate {
            view: Slot(6),
            ..good.clone()
        },
        Certificate {
            parent_view: Slot(3),
            ..good.clone()
        },
        Certificate {
            bitmap: vec![255],
            ..good.clone()
        },
        Certificate {
            bitmap: vec![255, 0, 0],
            ..good.clone()
        },
        // A signer beyond the committee, one more, another.
        Certificate {
            bitmap: vec![255, 2],
            ..good.clone()
        },
        Certificate {
            bitmap: vec![255, 1],
            ..good.clone()
        },
        Certificate {
            bitmap: vec![127, 1],
            ..good.clone()
        },
    ];
    for byte in 0..48 {
        let mut other = good.clone();
        other.signature.0[byte] ^= 1;
        wrong.push(other);
    }
    for wrong in wrong {
        assert!(holds(&wrong, Slot(5), &members).is_err(), "{wrong:?}");
    }
    // The order in which a committee was drawn changes nothing.
    let mut turned = members.clone();
    turned.rotate_left(4);
    assert!(holds(&good, Slot(5), &turned).is_ok());
    let (others, _) = committee(10);
    assert!(holds(&good, Slot(5), &others[1..]).is_err());
}

#[test]
fn finalizations_are_read_whole_and_in_one_way() {
    let (members, secrets) = committee(9);
    let good = signed_by(&members, &secrets, 8);
    let bytes = good.to_finalization(Round(300), &HASH, 9);
    assert_eq!(Certificate::from_finalization(&bytes), Ok(good));
    for end in 0..bytes.len() {
        assert!(Certificate::from_finalization(&bytes[..end]).is_err());
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(Certificate::from_finalization(&longer).is_err());
    // 300 is [0xac, 2]: not in three bytes; and no integer of more than 64 bits.
    let padded = [&[0xac, 0x82, 0], &bytes[2..]].concat();
    assert!(Certificate::from_finalization(&padded).is_err());
    let huge = [&[0xff; 10][..], &bytes[2..]].concat();
    assert!(Certificate::from_finalization(&huge).is_err());
    // No committee has nobody, or more members than 101 take bytes.
    let place = bytes.len() - 48 - 2 - 8;
    for members in [0u64, 105, u64::MAX] {
        let mut other = bytes.clone();
        other[place..place + 8].copy_from_slice(&members.to_be_bytes());
        assert!(Certificate::from_finalization(&other).is_err(), "{members}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Certificate::from_finalization(&bytes);
        if let Ok(certificate) = from_bytes::<Certificate>(&bytes) {
            prop_assert_eq!(to_bytes(&certificate), bytes);
        }
    }

    #[test]
    fn views_of_any_size_are_read_back(view: u64, parent_view: u64, round: u64) {
        let certificate = Certificate { view: Slot(view), parent_view: Slot(parent_view), bitmap: vec![3], signature: BlsSignature([5; 48]) };
        let bytes = certificate.to_finalization(Round(round), &HASH, 2);
        prop_assert_eq!(Certificate::from_finalization(&bytes), Ok(certificate));
    }
}
