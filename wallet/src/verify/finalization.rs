//! Finalizations: what makes a block final, decoded and checked with nothing but the committee's keys.
//!
//! Encoding: `varint epoch || varint view || varint parent view || digest (32) || u64be members || bitmap || signature (48)`. The first
//! four are what is signed, in the namespace of consensus with `_FINALIZE` behind it; the bitmap counts the members by rising node key,
//! the lowest bit of each byte first; the signature is the sum of the signers' (BLS12-381, signatures in G1).

use commonware_codec::{Copying, DecodeExt as _, Encode as _};
use commonware_cryptography::bls12381::primitives::group::G2;
use etm_types::{BlsPublicKey, BlsSignature, ChainId, Hash, Member, namespace};

const SUFFIX: &[u8] = b"_FINALIZE";

/// A decoded finalization. Decoding checks no signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finalization {
    /// The round.
    pub epoch: u64,
    /// The view in which the block was finalized.
    pub view: u64,
    /// The view of its parent.
    pub parent_view: u64,
    /// The hash of the block.
    pub digest: Hash,
    /// For each member, by rising node key, whether it signed.
    pub signers: Vec<bool>,
    signature: BlsSignature,
    signed: Vec<u8>,
}

impl Finalization {
    /// Decodes a finalization by a committee of `members`; every byte counts.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn decode(bytes: &[u8], members: usize) -> Result<Self, String> {
        let mut rest = bytes;
        let epoch = varint(&mut rest)?;
        let view = varint(&mut rest)?;
        let parent_view = varint(&mut rest)?;
        let digest = Hash(array(&mut rest)?);
        let signed = bytes
            .get(..bytes.len() - rest.len())
            .unwrap_or_default()
            .to_vec();
        let count = u64::from_be_bytes(array(&mut rest)?);
        if count != members as u64 {
            return Err(format!(
                "its bitmap counts {count} members, the committee has {members}"
            ));
        }
        let mut signers = Vec::with_capacity(members);
        for first in (0..members).step_by(8) {
            let [byte] = array::<1>(&mut rest)?;
            let here = (members - first).min(8);
            if here < 8 && byte >> here != 0 {
                return Err("its bitmap has signers beyond the committee".to_owned());
            }
            signers.extend((0..here).map(|bit| byte >> bit & 1 == 1));
        }
        let signature = BlsSignature(array(&mut rest)?);
        if !rest.is_empty() {
            return Err(format!("{} bytes too many", rest.len()));
        }
        Ok(Self {
            epoch,
            view,
            parent_view,
            digest,
            signers,
            signature,
            signed,
        })
    }

    /// Checks that enough of the committee signed: all but less than a third.
    ///
    /// # Errors
    /// What is wrong.
    pub fn verify(&self, chain: &ChainId, members: &[Member]) -> Result<usize, String> {
        if members.is_empty() || members.len() != self.signers.len() {
            return Err(format!(
                "it is for {} members, the committee has {}",
                self.signers.len(),
                members.len()
            ));
        }
        let quorum = members.len() - (members.len() - 1) / 3;
        let count = self.signers.iter().filter(|signed| **signed).count();
        if count < quorum {
            return Err(format!(
                "{count} of {} signed, {quorum} are needed",
                members.len()
            ));
        }
        let mut sorted: Vec<&Member> = members.iter().collect();
        sorted.sort_by_key(|member| member.node);
        let mut sum: Option<G2> = None;
        for (member, _) in sorted
            .iter()
            .zip(&self.signers)
            .filter(|(_, signed)| **signed)
        {
            let key = G2::decode(Copying(&member.bls.0))
                .map_err(|_| format!("the BLS key of {} is not valid", member.name.as_str()))?;
            match &mut sum {
                Some(sum) => *sum += &key,
                None => sum = Some(key),
            }
        }
        let sum = sum.ok_or_else(|| "nobody signed".to_owned())?;
        let mut bytes = [0; 96];
        let encoded = sum.encode();
        if encoded.len() != bytes.len() {
            return Err("the keys do not add up".to_owned());
        }
        bytes.copy_from_slice(&encoded);
        let name = [namespace::consensus(chain).as_slice(), SUFFIX].concat();
        BlsPublicKey(bytes)
            .verify(&name, &self.signed, &self.signature)
            .map_err(|_| "the signature is not that of the members it names".to_owned())?;
        Ok(count)
    }
}

fn array<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], String> {
    let (head, tail) = rest
        .split_first_chunk::<N>()
        .ok_or_else(|| "it is cut short".to_owned())?;
    *rest = tail;
    Ok(*head)
}

/// A little-endian base-128 integer in its shortest form.
fn varint(rest: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let [byte] = array::<1>(rest)?;
        let part = u64::from(byte & 0x7f);
        if shift == 63 && part > 1 {
            break;
        }
        value |= part << shift;
        if byte & 0x80 == 0 {
            if byte == 0 && shift > 0 {
                return Err("an integer is not in its shortest form".to_owned());
            }
            return Ok(value);
        }
    }
    Err("an integer is above 64 bits".to_owned())
}

#[cfg(test)]
pub(super) mod tests;
