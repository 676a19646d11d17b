//! Blocks: a header of fixed size that is hashed alone, and a body that the header commits to.

use crate::codec::{self, DecodeError, Reader, Wire, Writer};
use crate::hash::{Beacon, ChainId, Hash};
use crate::keys::{BlsPublicKey, BlsSignature, NodeKey};
use crate::limits::{MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS, MAX_COMMITTEE_MEMBERS};
use crate::merkle;
use crate::receipt::Receipt;
use crate::text::DialAddress;
use crate::transaction::Transaction;
use etm_mechanism::{Height, MinerId, MinerName, Round, Slot};
use std::collections::BTreeSet;

#[cfg(test)]
mod tests;

const VERSION: u8 = 1;
const COMMITTEE_TAG: &[u8] = b"etm/committee/v1";

/// The header of a block. Its SHA-256 is the block's hash and what consensus signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub chain: ChainId,
    /// The height; genesis is 0.
    pub height: Height,
    /// The round of the height.
    pub round: Round,
    /// The slot (the view of consensus) within the round; 0 in genesis only.
    pub slot: Slot,
    /// The slot of the parent if it lies in the same round, else 0: what lies between was missed. With slot and
    /// leader it makes the hash commit to where in consensus the block was proposed.
    pub parent_slot: Slot,
    /// The hash of the parent; zeros in genesis.
    pub parent: Hash,
    /// Milliseconds since the Unix epoch.
    pub timestamp_ms: u64,
    /// The committee member that made the block; [`Header::NOBODY`] in genesis.
    pub producer: MinerId,
    /// The node key of the producer; of no meaning in genesis.
    pub leader: NodeKey,
    /// The producer's beacon contribution; zeros in genesis.
    pub vrf: BlsSignature,
    pub beacon: Beacon,
    /// Over the transactions: [`transactions_root`].
    pub transactions_root: Hash,
    /// The root of the state after the block.
    pub state_root: Hash,
    /// The root of the state's operations log after the block.
    pub ops_root: Hash,
    /// The first operation the log still holds.
    pub ops_start: u64,
    /// The end of the log.
    pub ops_end: u64,
    /// Over the receipts: [`receipts_root`].
    pub receipts_root: Hash,
    /// [`Committee::root`] of the committee carried; zeros if none.
    pub committee_root: Hash,
}

impl Header {
    /// The number of bytes of every encoded header.
    pub const SIZE: usize = 1 + 32 + 4 * 8 + 32 + 8 + 4 + 32 + 48 + 32 + 3 * 32 + 2 * 8 + 2 * 32;
    /// The producer of genesis.
    pub const NOBODY: MinerId = MinerId(u32::MAX);

    /// The block's hash: SHA-256 of the encoded header.
    pub fn hash(&self) -> Hash {
        Hash::of(&[&codec::to_bytes(self)])
    }
}

impl Wire for Header {
    fn write(&self, out: &mut Writer) {
        out.u8(VERSION);
        self.chain.write(out);
        out.u64(self.height.0);
        out.u64(self.round.0);
        out.u64(self.slot.0);
        out.u64(self.parent_slot.0);
        self.parent.write(out);
        out.u64(self.timestamp_ms);
        self.producer.write(out);
        self.leader.write(out);
        self.vrf.write(out);
        self.beacon.write(out);
        self.transactions_root.write(out);
        self.state_root.write(out);
        self.ops_root.write(out);
        out.u64(self.ops_start);
        out.u64(self.ops_end);
        self.receipts_root.write(out);
        self.committee_root.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = input.offset();
        if input.u8("header version")? != VERSION {
            return Err(Reader::invalid("header version", offset, "must be 1"));
        }
        Ok(Self {
            chain: Wire::read(input)?,
            height: input.u64("height").map(Height)?,
            round: input.u64("round").map(Round)?,
            slot: input.u64("slot").map(Slot)?,
            parent_slot: input.u64("parent slot").map(Slot)?,
            parent: Wire::read(input)?,
            timestamp_ms: input.u64("timestamp")?,
            producer: Wire::read(input)?,
            leader: Wire::read(input)?,
            vrf: Wire::read(input)?,
            beacon: Wire::read(input)?,
            transactions_root: Wire::read(input)?,
            state_root: Wire::read(input)?,
            ops_root: Wire::read(input)?,
            ops_start: input.u64("operations start")?,
            ops_end: input.u64("operations end")?,
            receipts_root: Wire::read(input)?,
            committee_root: Wire::read(input)?,
        })
    }
}

/// A member of a committee, as of its draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub miner: MinerId,
    pub node: NodeKey,
    pub bls: BlsPublicKey,
    /// Where the node listens.
    pub dial: DialAddress,
    pub name: MinerName,
}

impl Wire for Member {
    fn write(&self, out: &mut Writer) {
        self.miner.write(out);
        self.node.write(out);
        self.bls.write(out);
        self.dial.write(out);
        self.name.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            miner: Wire::read(input)?,
            node: Wire::read(input)?,
            bls: Wire::read(input)?,
            dial: Wire::read(input)?,
            name: Wire::read(input)?,
        })
    }
}

/// The block producers of a round, in the order drawn. Miners, node keys and BLS keys are each distinct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committee {
    /// The round it serves in.
    pub round: Round,
    pub members: Vec<Member>,
}

impl Committee {
    /// What the header commits to: `SHA-256("etm/committee/v1" || encoding)`.
    pub fn root(&self) -> Hash {
        Hash::of(&[COMMITTEE_TAG, &codec::to_bytes(self)])
    }

    fn is_distinct(&self) -> bool {
        let count = self.members.len();
        let miners: BTreeSet<_> = self.members.iter().map(|member| member.miner).collect();
        let nodes: BTreeSet<_> = self.members.iter().map(|member| member.node).collect();
        let keys: BTreeSet<_> = self.members.iter().map(|member| member.bls).collect();
        miners.len() == count && nodes.len() == count && keys.len() == count
    }
}

impl Wire for Committee {
    fn write(&self, out: &mut Writer) {
        out.u64(self.round.0);
        out.list(&self.members);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = input.offset();
        let committee = Self {
            round: input.u64("committee round").map(Round)?,
            members: input.list("committee members", 1, MAX_COMMITTEE_MEMBERS)?,
        };
        if committee.is_distinct() {
            Ok(committee)
        } else {
            Err(Reader::invalid(
                "committee",
                offset,
                "miners, node keys and BLS keys must each be distinct",
            ))
        }
    }
}

/// What a block carries beside its header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// Its transactions, in the order of execution.
    pub transactions: Vec<Transaction>,
    /// In the last block of round `r`, the committee of round `r + 2`.
    pub committee: Option<Committee>,
}

impl Wire for Body {
    fn write(&self, out: &mut Writer) {
        out.list(&self.transactions);
        out.option(self.committee.as_ref());
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            transactions: input.list("transactions", 0, MAX_BLOCK_TRANSACTIONS)?,
            committee: input.option("committee flag")?,
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub header: Header,
    pub body: Body,
}

impl Block {
    /// The block's hash, that of its header.
    pub fn hash(&self) -> Hash {
        self.header.hash()
    }

    /// Whether the header commits to this body. (The receipts and the state follow from execution.)
    pub fn commits_to_body(&self) -> bool {
        self.header.transactions_root == transactions_root(&self.body.transactions)
            && self.header.committee_root == committee_root(self.body.committee.as_ref())
    }

    /// Decodes a block that stands alone, refusing inputs above [`MAX_BLOCK_BYTES`].
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > MAX_BLOCK_BYTES {
            return Err(DecodeError::TooLong {
                field: "block",
                length: bytes.len(),
                max: MAX_BLOCK_BYTES,
            });
        }
        codec::from_bytes(bytes)
    }
}

impl Wire for Block {
    fn write(&self, out: &mut Writer) {
        self.header.write(out);
        self.body.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            header: Wire::read(input)?,
            body: Wire::read(input)?,
        })
    }
}

/// The Merkle root over the hashes of transactions.
pub fn transactions_root(transactions: &[Transaction]) -> Hash {
    let hashes: Vec<Hash> = transactions.iter().map(Transaction::hash).collect();
    merkle::root(&hashes)
}

/// The Merkle root over encoded receipts.
pub fn receipts_root(receipts: &[Receipt]) -> Hash {
    let encoded: Vec<Vec<u8>> = receipts.iter().map(codec::to_bytes).collect();
    merkle::root(&encoded)
}

/// [`Committee::root`], or zeros for none.
pub fn committee_root(committee: Option<&Committee>) -> Hash {
    committee.map_or(Hash::ZERO, Committee::root)
}
