//! The beacon and the orders that are keyed by it (`docs/spec/mechanism.md` sections 2, 6 and 8).

use crate::{Round, Slot, wide};
use sha2::{Digest, Sha256};

/// 32 bytes: a beacon or a SHA-256 digest.
pub type Hash = [u8; 32];

/// The beacon of a block: `SHA-256("etm/beacon/v1" || beacon of the parent || vrf)`, `vrf` being the producer's
/// signature (48 bytes), which the caller has verified.
pub fn next(parent: &Hash, vrf: &[u8; 48]) -> Hash {
    digest(&[b"etm/beacon/v1", parent, vrf])
}

/// The place in the committee of `members` members of the one on turn in `slot` (1, 2, 3 ...) of `round`, where
/// `beacon` is that of the last block of the previous round (of genesis for round 0). 0 if there are no members.
pub fn on_turn(round: Round, beacon: &Hash, slot: Slot, members: usize) -> usize {
    let hash = digest(&[
        b"etm/slot/v1",
        &round.0.to_be_bytes(),
        beacon,
        &slot.0.to_be_bytes(),
    ]);
    place(&hash, members)
}

/// The place in the committee of the member that was lucky in `round`, whose last block has `beacon` (section 8, step 2).
pub fn lucky(round: Round, beacon: &Hash, members: usize) -> usize {
    place(&lucky_hash(round, beacon), members)
}

/// What [`lucky`] goes by.
pub fn lucky_hash(round: Round, beacon: &Hash) -> Hash {
    digest(&[b"etm/lucky/v1", &round.0.to_be_bytes(), beacon])
}

/// `H(i)` of the draw for `round` (section 6).
pub(crate) fn draw(round: Round, beacon: &Hash, pick: u32) -> Hash {
    // 55 bytes, just what fits in one block of SHA-256 with its padding.
    let mut message = [0; 55];
    message[..11].copy_from_slice(b"etm/draw/v1");
    message[11..19].copy_from_slice(&round.0.to_be_bytes());
    message[19..51].copy_from_slice(beacon);
    message[51..].copy_from_slice(&pick.to_be_bytes());
    Sha256::digest(message).into()
}

fn place(hash: &Hash, members: usize) -> usize {
    // Below `members`, see `wide::scale`.
    wide::scale(hash, members as u128) as usize
}

fn digest(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests;
