//! Records of the chain beside the mechanism.

use crate::codec::{self, DecodeError, Reader, Wire, Writer};
use crate::hash::{Beacon, Hash};
use crate::keys::{BlsPublicKey, NodeKey};
use crate::limits::MAX_COMMITTEE_MEMBERS;
use crate::text::{Contact, DialAddress};
use etm_mechanism::{Candidate, Height, MinerId, Round, Slot, Units, Votes};

/// Figures of the chain there is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainRecord {
    /// The height of the last block; 0 after genesis.
    pub height: Height,
    /// The slot of the last block in its round; 0 after genesis.
    pub slot: Slot,
    /// Its timestamp, in milliseconds.
    pub timestamp_ms: u64,
    pub beacon: Beacon,
    /// The sum of `free` over all accounts: kept up block by block from the accounts that change, and so a witness for
    /// invariant 1 of the mechanism that does not depend on the mechanism's own totals.
    pub free_total: Units,
    /// How many accounts there are.
    pub accounts: u64,
}

impl Wire for ChainRecord {
    fn write(&self, out: &mut Writer) {
        out.u64(self.height.0);
        out.u64(self.slot.0);
        out.u64(self.timestamp_ms);
        self.beacon.write(out);
        self.free_total.write(out);
        out.u64(self.accounts);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            height: input.u64("height").map(Height)?,
            slot: input.u64("slot").map(Slot)?,
            timestamp_ms: input.u64("timestamp")?,
            beacon: Wire::read(input)?,
            free_total: Wire::read(input)?,
            accounts: input.u64("accounts")?,
        })
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountRecord {
    /// What it can spend beside earned bonus.
    pub free: Units,
    /// The nonce of its next transaction: how many it has sent.
    pub nonce: u64,
    /// The registered miner it owns.
    pub miner: Option<MinerId>,
}

impl Wire for AccountRecord {
    fn write(&self, out: &mut Writer) {
        self.free.write(out);
        out.u64(self.nonce);
        out.option(self.miner.as_ref());
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            free: Wire::read(input)?,
            nonce: input.u64("nonce")?,
            miner: input.option("miner flag")?,
        })
    }
}

/// What a miner registered about its node. Committees take a copy when they are drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRecord {
    pub node: NodeKey,
    pub bls: BlsPublicKey,
    /// Where the node listens.
    pub dial: DialAddress,
    /// How people reach the miner.
    pub contact: Option<Contact>,
}

impl Wire for NodeRecord {
    fn write(&self, out: &mut Writer) {
        self.node.write(out);
        self.bls.write(out);
        self.dial.write(out);
        out.option(self.contact.as_ref());
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            node: Wire::read(input)?,
            bls: Wire::read(input)?,
            dial: Wire::read(input)?,
            contact: input.option("contact flag")?,
        })
    }
}

/// When a miner's node last proved that it runs (`docs/spec/mechanism.md`, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresenceEntry {
    pub miner: MinerId,
    /// The last round with a block or a heartbeat of it.
    pub seen: Round,
    /// The last round with a heartbeat of it.
    pub heartbeat: Option<Round>,
}

impl Wire for PresenceEntry {
    fn write(&self, out: &mut Writer) {
        self.miner.write(out);
        out.u64(self.seen.0);
        out.bool(self.heartbeat.is_some());
        if let Some(round) = self.heartbeat {
            out.u64(round.0);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            miner: Wire::read(input)?,
            seen: input.u64("seen").map(Round)?,
            heartbeat: if input.bool("heartbeat flag")? {
                Some(input.u64("heartbeat").map(Round)?)
            } else {
                None
            },
        })
    }
}

/// A page of presence, by rising miner id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presence(pub Vec<PresenceEntry>);

impl Presence {
    /// What is known of a miner.
    pub fn get(&self, miner: MinerId) -> Option<&PresenceEntry> {
        let index = self
            .0
            .binary_search_by_key(&miner, |entry| entry.miner)
            .ok()?;
        self.0.get(index)
    }

    /// Writes what is known of a miner.
    pub fn set(&mut self, entry: PresenceEntry) {
        match self
            .0
            .binary_search_by_key(&entry.miner, |other| other.miner)
        {
            Ok(index) => self.0[index] = entry,
            Err(index) => self.0.insert(index, entry),
        }
    }

    /// Forgets a miner.
    pub fn remove(&mut self, miner: MinerId) {
        self.0.retain(|entry| entry.miner != miner);
    }
}

impl Wire for Presence {
    fn write(&self, out: &mut Writer) {
        out.list(&self.0);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = input.offset();
        let list: Vec<PresenceEntry> = input.list("presence", 0, 64)?;
        if list.is_sorted_by(|left, right| left.miner < right.miner) {
            Ok(Self(list))
        } else {
            Err(Reader::invalid(
                "presence",
                offset,
                "must stand in the order of miner ids",
            ))
        }
    }
}

/// What a finished round meant for a member of its committee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundMember {
    pub miner: MinerId,
    /// Blocks it produced.
    pub produced: u64,
    /// Slots it missed.
    pub missed: u64,
    /// Fees it received.
    pub fees: Units,
    /// `S` during the round.
    pub votes: Votes,
    /// `p`: its pool.
    pub pool: Units,
}

impl Wire for RoundMember {
    fn write(&self, out: &mut Writer) {
        self.miner.write(out);
        out.u64(self.produced);
        out.u64(self.missed);
        self.fees.write(out);
        self.votes.write(out);
        self.pool.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            miner: Wire::read(input)?,
            produced: input.u64("produced")?,
            missed: input.u64("missed")?,
            fees: Wire::read(input)?,
            votes: Wire::read(input)?,
            pool: Wire::read(input)?,
        })
    }
}

/// A finished round: how its bonus and fees were shared, and what its draw depended on. With the list of candidates
/// that [`RoundRecord::candidates_hash`] commits to, every step of the draw can be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundRecord {
    pub round: Round,
    /// Its first height (1 in round 0).
    pub first_height: Height,
    pub last_height: Height,
    /// The beacon that ordered its slots: of the last block before it.
    pub seed: Beacon,
    /// The beacon of its last block: of the lucky member and the draw.
    pub beacon: Beacon,
    /// Fees there were to share.
    pub fees: Units,
    /// What each block earned its producer.
    pub fee_share: Units,
    /// Remainder that joins the fees of the next round.
    pub fees_pending: Units,
    /// `B`: bonus there was to share, the carry included.
    pub bonus: Units,
    /// The lucky member.
    pub lucky: MinerId,
    /// What is carried into the next round.
    pub carry: Units,
    /// Day boundaries crossed.
    pub days: u64,
    /// `v_avg` after the round, times 2^32.
    pub average: u64,
    /// The members of its committee, in the order drawn.
    pub members: Vec<RoundMember>,
    /// How many candidates the draw for round `round + 2` had.
    pub candidates: u32,
    /// [`CandidateList::hash`] of them.
    pub candidates_hash: Hash,
    /// Whether there were too few, and the committee of the next round serves again.
    pub kept: bool,
    /// The committee of round `round + 2`, in the order drawn.
    pub drawn: Vec<MinerId>,
}

impl Wire for RoundRecord {
    fn write(&self, out: &mut Writer) {
        out.u64(self.round.0);
        out.u64(self.first_height.0);
        out.u64(self.last_height.0);
        self.seed.write(out);
        self.beacon.write(out);
        self.fees.write(out);
        self.fee_share.write(out);
        self.fees_pending.write(out);
        self.bonus.write(out);
        self.lucky.write(out);
        self.carry.write(out);
        out.u64(self.days);
        out.u64(self.average);
        out.list(&self.members);
        out.u32(self.candidates);
        self.candidates_hash.write(out);
        out.bool(self.kept);
        out.list(&self.drawn);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            round: input.u64("round").map(Round)?,
            first_height: input.u64("first height").map(Height)?,
            last_height: input.u64("last height").map(Height)?,
            seed: Wire::read(input)?,
            beacon: Wire::read(input)?,
            fees: Wire::read(input)?,
            fee_share: Wire::read(input)?,
            fees_pending: Wire::read(input)?,
            bonus: Wire::read(input)?,
            lucky: Wire::read(input)?,
            carry: Wire::read(input)?,
            days: input.u64("days")?,
            average: input.u64("average")?,
            members: input.list("members", 1, MAX_COMMITTEE_MEMBERS)?,
            candidates: input.u32("candidates")?,
            candidates_hash: Wire::read(input)?,
            kept: input.bool("kept")?,
            drawn: input.list("drawn", 1, MAX_COMMITTEE_MEMBERS)?,
        })
    }
}

/// The candidates of a draw, by rising miner id: too many for the state, which holds their hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandidateList(pub Vec<Candidate>);

impl CandidateList {
    /// The most candidates a list can carry.
    pub const MAX: usize = 1 << 20;

    /// `SHA-256("etm/candidates/v1" || encoding)`.
    pub fn hash(&self) -> Hash {
        Hash::of(&[b"etm/candidates/v1", &codec::to_bytes(self)])
    }
}

impl Wire for Candidate {
    fn write(&self, out: &mut Writer) {
        self.miner.write(out);
        self.votes.write(out);
        out.u64(self.produced);
        out.u64(self.slots);
        self.weight.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            miner: Wire::read(input)?,
            votes: Wire::read(input)?,
            produced: input.u64("produced")?,
            slots: input.u64("slots")?,
            weight: Wire::read(input)?,
        })
    }
}

impl Wire for CandidateList {
    fn write(&self, out: &mut Writer) {
        out.list(&self.0);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.list("candidates", 0, Self::MAX).map(Self)
    }
}
