//! Finalizations: what makes a block final. Whatever the engine's codec reads, the light client's own decoder reads alike.
#![no_main]

use bytes::Buf as _;
use commonware_codec::{Copying, Encode, Error, Read as _, ReadExt as _, varint::UInt};
use commonware_cryptography::bls12381::{certificate::multisig::Certificate as Engine, primitives::variant::MinSig};
use etm_types::{Hash, Round, Slot};
use etm_verify::Certificate;
use libfuzzer_sys::fuzz_target;

/// A finalization as the engine reads it: epoch, view, view of the parent, digest, certificate.
type Theirs = ([u64; 3], [u8; 32], Engine<MinSig>);

fn theirs(rest: &mut Copying<'_>, members: usize) -> Result<Theirs, Error> {
    let mut number = || Ok(UInt::<u64>::read(rest)?.0);
    let numbers = [number()?, number()?, number()?];
    let digest = <[u8; 32]>::read(rest)?;
    Ok((numbers, digest, Engine::read_cfg(rest, &members)?))
}

fuzz_target!(|bytes: &[u8]| {
    for members in [1, 4, 5, 101] {
        let mut rest = Copying(bytes);
        let Ok(([epoch, view, parent_view], digest, certificate)) = theirs(&mut rest, members) else {
            continue;
        };
        let length = bytes.len() - rest.remaining();
        let encoded = certificate.encode();
        assert_eq!(encoded.as_ref(), &bytes[length - encoded.len()..length]);
        let ours = Certificate::from_finalization(&bytes[..length]).expect("what the engine reads the light client does");
        assert_eq!((ours.view, ours.parent_view), (Slot(view), Slot(parent_view)));
        assert_eq!(ours.to_finalization(Round(epoch), &Hash(digest), certificate.signers.len()), &bytes[..length]);
    }
    let _ = Certificate::from_finalization(bytes);
});
