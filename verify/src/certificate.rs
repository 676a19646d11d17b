//! Certificates: what makes a block final, checked with nothing but the committee's keys.

use crate::batch::{Keys, Signed};
use etm_types::codec::{DecodeError, Reader, Wire, Writer};
use etm_types::{BlsSignature, ChainId, Hash, Member, Round, Slot, namespace};

const SUFFIX: &[u8] = b"_FINALIZE";
/// Bytes of the bitmap of the largest committee.
const MAX_BITMAP: usize = etm_types::limits::MAX_COMMITTEE_MEMBERS.div_ceil(8);

/// The signatures over a block, without what follows from elsewhere: round, hash and the size of the committee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The view of consensus in which the block was finalized.
    pub view: Slot,
    pub parent_view: Slot,
    /// Who signed: the members by rising node key, the lowest bit of each byte first.
    pub bitmap: Vec<u8>,
    /// The sum of the signers' signatures.
    pub signature: BlsSignature,
}

impl Certificate {
    /// Takes what is needed from a finalization as consensus encodes it: `varint round || varint view || varint parent view || hash ||
    /// u64be members || bitmap || signature`. Nothing is checked but the shape.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_finalization(bytes: &[u8]) -> Result<Self, String> {
        let mut rest = bytes;
        varint(&mut rest)?;
        let (view, parent_view) = (Slot(varint(&mut rest)?), Slot(varint(&mut rest)?));
        array::<32>(&mut rest)?;
        let members = u64::from_be_bytes(array(&mut rest)?);
        let length = usize::try_from(members.div_ceil(8))
            .ok()
            .filter(|length| (1..=MAX_BITMAP).contains(length))
            .ok_or_else(|| format!("its bitmap counts {members} members"))?;
        let (bitmap, mut rest) = rest
            .split_at_checked(length)
            .ok_or_else(|| "it is cut short".to_owned())?;
        let signature = BlsSignature(array(&mut rest)?);
        match rest.len() {
            0 => Ok(Self {
                view,
                parent_view,
                bitmap: bitmap.to_vec(),
                signature,
            }),
            left => Err(format!("{left} bytes too many")),
        }
    }

    /// The finalization of a block as consensus encodes it.
    pub fn to_finalization(&self, round: Round, hash: &Hash, members: usize) -> Vec<u8> {
        let mut bytes = self.message(round, hash);
        bytes.extend_from_slice(&(members as u64).to_be_bytes());
        bytes.extend_from_slice(&self.bitmap);
        bytes.extend_from_slice(&self.signature.0);
        bytes
    }

    fn message(&self, round: Round, hash: &Hash) -> Vec<u8> {
        let mut message = Vec::with_capacity(48);
        for value in [round.0, self.view.0, self.parent_view.0] {
            push_varint(&mut message, value);
        }
        message.extend_from_slice(&hash.0);
        message
    }

    /// For each member of a committee, by rising node key, whether it signed; refused if they are no quorum.
    pub(crate) fn signers(&self, members: usize) -> Result<Vec<bool>, String> {
        let needed = members.div_ceil(8);
        if self.bitmap.len() != needed {
            return Err(format!(
                "its bitmap has {} bytes, a committee of {members} needs {needed}",
                self.bitmap.len()
            ));
        }
        let bit = |place: usize| {
            let byte = self.bitmap.get(place / 8).copied().unwrap_or_default();
            byte >> (place % 8) & 1 == 1
        };
        if (members..needed * 8).any(bit) {
            return Err("its bitmap has signers beyond the committee".to_owned());
        }
        let signers: Vec<bool> = (0..members).map(bit).collect();
        let count = signers.iter().filter(|signed| **signed).count();
        let quorum = members - members.saturating_sub(1) / 3;
        if count < quorum {
            return Err(format!("{count} of {members} signed, {quorum} are needed"));
        }
        Ok(signers)
    }

    /// The signature to check: over the hash of a block of `round` and `slot`, by the members that signed. Answers them, too, as
    /// indexes of `members`.
    pub(crate) fn signed(
        &self,
        chain: &ChainId,
        block: (Round, Slot, &Hash),
        members: &[&Member],
        keys: &mut Keys,
    ) -> Result<(Signed, Vec<usize>), String> {
        let (round, slot, hash) = block;
        if self.view < slot {
            return Err(format!(
                "it is of view {}, before the block's slot {slot}",
                self.view
            ));
        }
        let mut order: Vec<usize> = (0..members.len()).collect();
        order.sort_by_key(|place| members.get(*place).map(|member| member.node));
        let signers = self.signers(members.len())?;
        let mut signing: Vec<usize> = order
            .into_iter()
            .zip(signers)
            .filter_map(|(place, signed)| signed.then_some(place))
            .collect();
        signing.sort_unstable();
        let names = signing
            .iter()
            .filter_map(|place| members.get(*place))
            .map(|member| &member.bls);
        let name = [namespace::consensus(chain).as_slice(), SUFFIX].concat();
        let signed = Signed::new(
            keys.sum(names)?,
            &name,
            &self.message(round, hash),
            &self.signature,
        )?;
        Ok((signed, signing))
    }
}

impl Wire for Certificate {
    fn write(&self, out: &mut Writer) {
        out.u64(self.view.0);
        out.u64(self.parent_view.0);
        // At most 13.
        out.u8(u8::try_from(self.bitmap.len()).unwrap_or(u8::MAX));
        out.raw(&self.bitmap);
        self.signature.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (view, parent_view) = (
            input.u64("view").map(Slot)?,
            input.u64("parent view").map(Slot)?,
        );
        let offset = input.offset();
        let length = usize::from(input.u8("length of the bitmap")?);
        if !(1..=MAX_BITMAP).contains(&length) {
            return Err(DecodeError::LengthOutOfRange {
                field: "bitmap",
                offset,
                length,
                min: 1,
                max: MAX_BITMAP,
            });
        }
        Ok(Self {
            view,
            parent_view,
            bitmap: input.raw("bitmap", length)?.to_vec(),
            signature: Wire::read(input)?,
        })
    }
}

fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn array<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], String> {
    let (head, tail) = rest
        .split_first_chunk::<N>()
        .ok_or_else(|| "it is cut short".to_owned())?;
    *rest = tail;
    Ok(*head)
}

/// A little-endian base-128 integer in its shortest form.
pub(crate) fn varint(rest: &mut &[u8]) -> Result<u64, String> {
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
mod tests;
