//! What a block is, beside its transactions.

use etm_types::{Beacon, BlsSignature, Header, Height, NodeKey, Round, Slot};

/// What a block is, beside its transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockContext {
    pub height: Height,
    pub round: Round,
    /// Its slot: the view of consensus, from 1.
    pub slot: Slot,
    /// The slot of its parent if that is in the same round; 0 for the first block of a round (and for height 1).
    pub parent_slot: Slot,
    pub parent_beacon: Beacon,
    /// Its timestamp, in milliseconds.
    pub timestamp_ms: u64,
    /// The producer's signature over [`vrf_message`].
    pub vrf: BlsSignature,
    /// The node that made it, as consensus knows it.
    pub leader: NodeKey,
}

impl BlockContext {
    /// What a header says, on a parent with this beacon.
    pub const fn of(header: &Header, parent_beacon: Beacon) -> Self {
        Self {
            height: header.height,
            round: header.round,
            slot: header.slot,
            parent_slot: header.parent_slot,
            parent_beacon,
            timestamp_ms: header.timestamp_ms,
            vrf: header.vrf,
            leader: header.leader,
        }
    }
}

/// What the producer of the block at `height` signs, in [`namespace::vrf`](etm_types::namespace::vrf): `beacon of the parent || u64be(height)`.
pub fn vrf_message(parent_beacon: &Beacon, height: Height) -> Vec<u8> {
    [&parent_beacon.0[..], &height.0.to_be_bytes()].concat()
}
