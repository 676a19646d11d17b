//! Inclusion proofs, and keys and signatures of arbitrary bytes.
#![no_main]

use etm_types::codec::{Reader, Wire, to_bytes};
use etm_types::merkle::InclusionProof;
use etm_types::{BlsPublicKey, BlsSignature, Hash, PublicKey, Signature};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut input = Reader::new(bytes);
    if let Ok(proof) = InclusionProof::read(&mut input) {
        assert_eq!(to_bytes(&proof), bytes[..input.offset()]);
        assert!(proof.verify(&Hash::ZERO, bytes).is_err());
    }
    let mut input = Reader::new(bytes);
    if let (Ok(key), Ok(signature)) = (PublicKey::read(&mut input), Signature::read(&mut input)) {
        let _ = key.verify(bytes, &signature);
    }
    let mut input = Reader::new(bytes);
    if let (Ok(key), Ok(signature)) = (BlsPublicKey::read(&mut input), BlsSignature::read(&mut input)) {
        let _ = key.verify(b"fuzz", bytes, &signature);
    }
});
