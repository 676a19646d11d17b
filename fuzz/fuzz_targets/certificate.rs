//! Finalizations: what makes a block final. Whatever the engine's codec reads, the wallet's own decoder reads alike.
#![no_main]

use bytes::Buf as _;
use commonware_codec::{Copying, Encode, Error, Read as _, ReadExt as _, varint::UInt};
use commonware_cryptography::bls12381::{certificate::multisig::Certificate, primitives::variant::MinSig};
use etm_types::{BlsPublicKey, ChainId, Member, MinerId, MinerName, MinerSecrets};
use finalization::Finalization;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

#[path = "../../wallet/src/verify/finalization.rs"]
#[allow(dead_code)]
mod finalization;

/// A finalization as the engine reads it: epoch, view, view of the parent, digest, certificate.
type Theirs = ([u64; 3], [u8; 32], Certificate<MinSig>);

fn theirs(rest: &mut Copying<'_>, members: usize) -> Result<Theirs, Error> {
    let mut number = || Ok(UInt::<u64>::read(rest)?.0);
    let numbers = [number()?, number()?, number()?];
    let digest = <[u8; 32]>::read(rest)?;
    Ok((numbers, digest, Certificate::read_cfg(rest, &members)?))
}

/// A committee whose last key is no key.
static MEMBERS: LazyLock<Vec<Member>> = LazyLock::new(|| {
    (0..5u8)
        .map(|index| {
            let secrets = MinerSecrets::from_seed([index; 32]);
            Member {
                miner: MinerId(index.into()),
                node: secrets.node.node_key(),
                bls: if index == 4 { BlsPublicKey([index; 96]) } else { secrets.bls.public_key() },
                dial: etm_types::DialAddress::new("127.0.0.1:4000").unwrap(),
                name: MinerName::new("m").unwrap(),
            }
        })
        .collect()
});

fuzz_target!(|bytes: &[u8]| {
    for members in [1, 4, 5, 101] {
        let ours = Finalization::decode(bytes, members);
        if let Ok(ours) = &ours {
            assert_eq!(ours.signers.len(), members);
            if members < 6 {
                let _ = ours.verify(&ChainId([1; 32]), &MEMBERS[..members]);
            }
        }
        let mut rest = Copying(bytes);
        let Ok(([epoch, view, parent_view], digest, certificate)) = theirs(&mut rest, members) else {
            continue;
        };
        let length = bytes.len() - rest.remaining();
        let encoded = certificate.encode();
        assert_eq!(encoded.as_ref(), &bytes[length - encoded.len()..length]);
        let whole = Finalization::decode(&bytes[..length], certificate.signers.len());
        let whole = whole.expect("what the engine reads the wallet does");
        assert_eq!((whole.epoch, whole.view, whole.parent_view), (epoch, view, parent_view));
        assert_eq!(whole.digest.0, digest);
        assert_eq!(whole.signers.iter().filter(|signed| **signed).count(), certificate.signers.count());
    }
});
