//! BLS signatures, many checked together.
//!
//! A batch holds if the sum of its equations, each times a random number of 128 bits, holds. The numbers follow from a hash of all that
//! is checked, so that they can't be known before it is made and there is nothing to draw: the same bytes have the same answer.

use commonware_codec::{Copying, DecodeExt as _, Encode as _};
use commonware_cryptography::bls12381::primitives::{
    group::{G1, G2},
    ops,
    variant::{MinSig, Variant},
};
use commonware_parallel::Sequential;
use etm_types::{BlsPublicKey, BlsSignature, Hash};
use rand_chacha::{ChaCha12Rng, rand_core::SeedableRng as _};
use std::collections::HashMap;

/// Keys that were decoded before: to check that one is of the group takes as long as adding a hundred.
#[derive(Default)]
pub(crate) struct Keys(HashMap<BlsPublicKey, G2>);

impl Keys {
    fn point(&mut self, key: &BlsPublicKey) -> Result<G2, String> {
        if let Some(point) = self.0.get(key) {
            return Ok(*point);
        }
        let point = G2::decode(Copying(&key.0))
            .map_err(|_| format!("the BLS key {key} is no point of its group"))?;
        self.0.insert(*key, point);
        Ok(point)
    }

    /// The sum of some keys, at least one.
    pub fn sum<'a>(
        &mut self,
        keys: impl IntoIterator<Item = &'a BlsPublicKey>,
    ) -> Result<G2, String> {
        let mut sum: Option<G2> = None;
        for key in keys {
            let point = self.point(key)?;
            match &mut sum {
                Some(sum) => *sum += &point,
                None => sum = Some(point),
            }
        }
        sum.ok_or_else(|| "nobody signed".to_owned())
    }
}

/// A signature with what it is to be checked by.
pub(crate) struct Signed {
    key: G2,
    message: G1,
    signature: G1,
    digest: Hash,
}

impl Signed {
    pub fn new(
        key: G2,
        name: &[u8],
        message: &[u8],
        signature: &BlsSignature,
    ) -> Result<Self, String> {
        let point = G1::decode(Copying(&signature.0))
            .map_err(|_| "the signature is no point of its group".to_owned())?;
        let length = (name.len() as u64).to_be_bytes();
        Ok(Self {
            message: ops::hash_with_namespace::<MinSig>(MinSig::MESSAGE, name, message),
            digest: Hash::of(&[&key.encode(), &length, name, message, &signature.0]),
            key,
            signature: point,
        })
    }
}

/// Checks signatures together; answers the index of one that does not hold.
pub(crate) fn check(signed: &[Signed]) -> Result<(), usize> {
    if signed.is_empty() || holds(signed) {
        return Ok(());
    }
    // One of the halves does not hold; if both do, chance had it otherwise, and the first is as good as any.
    let (mut from, mut until) = (0, signed.len());
    while until - from > 1 {
        let middle = from + (until - from) / 2;
        match signed.get(from..middle) {
            Some(left) if !holds(left) => until = middle,
            _ => from = middle,
        }
    }
    Err(from)
}

fn holds(signed: &[Signed]) -> bool {
    let digests: Vec<&[u8]> = signed.iter().map(|one| one.digest.0.as_slice()).collect();
    let mut numbers = ChaCha12Rng::from_seed(Hash::of(&digests).0);
    let keys: Vec<G2> = signed.iter().map(|one| one.key).collect();
    let messages: Vec<G1> = signed.iter().map(|one| one.message).collect();
    let signatures: Vec<G1> = signed.iter().map(|one| one.signature).collect();
    MinSig::batch_verify(&mut numbers, &keys, &messages, &signatures, &Sequential).is_ok()
}

#[cfg(test)]
mod tests;
